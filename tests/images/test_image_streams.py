"""Compressed streams with repeated stretches: what comes out, checksum included, is what was written."""

from __future__ import annotations

import zlib

import pytest

from conformance.images.writers import Stretches, ZlibWriter


@pytest.mark.parametrize("unit", [b"\0", b"\xff\xfe\x01", bytes(range(256)) * 5, b"\xff" * 20_000], ids=len)
@pytest.mark.parametrize("times", [0, 1, 2, 7, 1000])
def test_repeats_read_back_between_other_bytes(unit: bytes, times: int) -> None:
    writer = ZlibWriter()
    writer.write(b"before, and again before")
    writer.repeat(unit, times)
    writer.write(b"between, and again between")
    writer.repeat(unit, 3)

    data = zlib.decompress(writer.finish())

    assert data == b"before, and again before" + unit * times + b"between, and again between" + unit * 3


def test_many_repeats_read_back() -> None:
    writer = ZlibWriter()
    writer.repeat(b"\2\xf0\xff", 1_000_001)

    assert zlib.decompress(writer.finish()) == b"\2\xf0\xff" * 1_000_001


def test_a_stream_of_nothing_is_one() -> None:
    assert zlib.decompress(ZlibWriter().finish()) == b""


@pytest.mark.parametrize("padding", [b"\xff", b"\xff\xfe\x01" * 7000], ids=len)
def test_stretches_read_back_with_padding_after_each(padding: bytes) -> None:
    stretches = [bytes([number % 7]) * 40 + b"%04d" % number for number in range(3000)]
    writer = ZlibWriter()
    writer.write(b"before")
    writer.write_padded(Stretches(b"".join(stretches), 44, 3), padding)
    writer.repeat(b"\2\xf0", 9)

    data = zlib.decompress(writer.finish())

    assert data == b"before" + b"".join(one + padding for one in stretches) + b"\2\xf0" * 9


def test_a_copy_goes_on_from_where_it_was_made() -> None:
    writer = ZlibWriter()
    writer.write(b"before")
    other = writer.copy()
    other.write(b" and after")

    assert (zlib.decompress(other.finish()), zlib.decompress(writer.finish())) == (b"before and after", b"before")
