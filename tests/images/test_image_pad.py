"""Exact byte sizes and base64 lengths, cut files, and bytes after the end."""

from __future__ import annotations

import base64
import struct

import pytest
from drawn_pages import drawn_page, opened, white_bigtiff

from conformance.images import (
    FORMATS,
    VARIANTS,
    Format,
    Variant,
    blank,
    encode,
    pad,
    pad_to_base64,
    sniff,
    truncate,
    unsupported,
)

LENGTHS = (9_786_712, 9_900_000, 10_485_760, 10_485_764)
SMALLEST_GROWTH = {"JPEG": 1, "PNG": 12, "BMP": 1}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_padding_keeps_pixels_and_headers_and_reaches_the_size(variant: Variant) -> None:
    data = encode(drawn_page(), variant.format, variant.mode, variant.layout)

    for extra in (0, 300, 301, 302, 303, 1000, 65_536, 65_537, 65_538, 65_541, 200_003):
        padded = pad(data, len(data) + extra)

        assert len(padded) == len(data) + extra
        assert opened(padded).tobytes() == opened(data).tobytes()
        assert sniff(padded) == sniff(data)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "BMP"])
def test_padding_reaches_every_size_from_its_smallest(fmt: Format) -> None:
    data = encode(drawn_page(20, 12), fmt)

    for extra in range(SMALLEST_GROWTH[fmt], 80):
        padded = pad(data, len(data) + extra)

        assert (len(padded), opened(padded).tobytes()) == (len(data) + extra, opened(data).tobytes())


def test_a_tiff_grows_by_a_copy_of_its_directory() -> None:
    data = encode(drawn_page(20, 12), "TIFF")
    entries = struct.unpack_from("<H", data, 8)[0]
    table = 2 + 12 * entries + 4

    for extra in range(table + 1, table + 40):
        padded = pad(data, len(data) + extra)

        assert (len(padded), opened(padded).tobytes()) == (len(data) + extra, opened(data).tobytes())
        assert struct.unpack_from("<I", padded, 4)[0] % 2 == 0


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("fmt", FORMATS)
def test_padding_reaches_the_documents_lengths_of_base64(fmt: Format, length: int) -> None:
    data = encode(drawn_page(), fmt)

    padded = pad_to_base64(data, length)

    assert len(base64.b64encode(padded)) == length
    assert opened(padded).tobytes() == opened(data).tobytes()
    assert sniff(padded) == sniff(data)


@pytest.mark.parametrize(("equals", "size"), [(0, 7_340_034), (1, 7_340_033), (2, 7_340_032)])
def test_the_equals_signs_of_base64_can_be_chosen(equals: int, size: int) -> None:
    padded = pad_to_base64(blank("JPEG", 100, 100), 9_786_712, equals=equals)

    assert len(padded) == size
    assert base64.b64encode(padded).endswith(b"=" * equals)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_padded_picture_that_is_cut_is_incomplete(variant: Variant) -> None:
    data = encode(drawn_page(), variant.format, variant.mode, variant.layout)

    found = sniff(pad(data, len(data) + 5000)[:-3])

    assert found is not None
    assert not found.complete


def test_run_length_data_keep_their_alignment() -> None:
    # A row of pixels as they are, three of them and one byte to align: Pillow counts from the start of the file.
    pixels = b"\0\3\1\2\3\0\0\0" + b"\0\3\4\5\6\0\0\0" + b"\0\1"
    head = bytearray(blank("BMP", 3, 2, "grey", "run-length")[: 54 + 1024])
    struct.pack_into("<I", head, 2, len(head) + len(pixels))
    struct.pack_into("<I", head, 34, len(pixels))
    data = bytes(head) + pixels

    for extra in (1, 2, 3):
        padded = pad(data, len(data) + extra)
        assert list(opened(padded).tobytes()) == [4, 5, 6, 1, 2, 3]
        assert len(padded) == len(data) + extra
        assert sniff(padded) == sniff(data)


def test_a_png_cannot_grow_by_a_few_bytes() -> None:
    data = blank("PNG", 5, 5)

    with pytest.raises(ValueError) as failure:
        pad(data, len(data) + 11)

    assert str(failure.value) == (
        "a PNG file grows by a chunk of at least 12 bytes, not by 11; "
        "start from a smaller picture or ask for more bytes"
    )


def test_a_tiff_cannot_grow_by_less_than_its_directory() -> None:
    data = blank("TIFF", 5, 5)

    with pytest.raises(ValueError) as failure:
        pad(data, len(data) + 100)

    assert str(failure.value) == (
        "a TIFF file grows by a second copy of its directory, here at least 162 bytes, not by 100; "
        "start from a smaller picture or ask for more bytes"
    )


def test_a_picture_does_not_shrink() -> None:
    with pytest.raises(ValueError) as failure:
        pad(bytes(blank("BMP", 5, 5)), 100)

    assert str(failure.value) == "expected a picture of at most 100 bytes to pad, got one of 1118 bytes"


@pytest.mark.parametrize("data", [b"", b"no picture", blank("PNG", 9, 9)[:-1]])
def test_only_a_complete_picture_is_padded(data: bytes) -> None:
    with pytest.raises(ValueError) as failure:
        pad(data, 10_000)

    assert str(failure.value) == (
        "expected a complete JPEG, PNG, BMP or TIFF file to pad, got something else or a part of one"
    )


def test_other_formats_are_not_padded() -> None:
    with pytest.raises(ValueError) as failure:
        pad(unsupported("GIF", 9, 9), 10_000)

    assert str(failure.value) == "expected a JPEG, PNG, BMP or TIFF file to pad, got GIF"


def test_a_bigtiff_is_not_padded() -> None:
    with pytest.raises(ValueError) as failure:
        pad(white_bigtiff(5, 5), 10_000)

    assert str(failure.value) == "expected a TIFF file with 32-bit offsets to pad, got a BigTIFF"


def test_a_length_that_base64_never_has_is_refused() -> None:
    with pytest.raises(ValueError) as failure:
        pad_to_base64(blank("PNG", 5, 5), 10_485_761)

    assert str(failure.value) == (
        "padded base64 text has a multiple of 4 characters, never 10485761; nearest: 10485760 and 10485764"
    )


def test_three_equals_signs_are_refused() -> None:
    with pytest.raises(ValueError) as failure:
        pad_to_base64(blank("PNG", 5, 5), 1000, equals=3)

    assert str(failure.value) == "base64 text ends in 0, 1 or 2 equals signs, got 3"


@pytest.mark.parametrize(("share", "kept"), [(0.5, 50), (0.001, 1), (0.999999, 99)])
def test_a_truncated_file_keeps_its_share(share: float, kept: int) -> None:
    assert truncate(bytes(range(100)), share) == bytes(range(kept))


@pytest.mark.parametrize(("data", "share"), [(b"ab", 0), (b"ab", 1), (b"a", 0.5)])
def test_a_share_that_leaves_nothing_to_cut_is_refused(data: bytes, share: float) -> None:
    with pytest.raises(ValueError) as failure:
        truncate(data, share)

    assert str(failure.value) == f"expected a share between 0 and 1 of at least 2 bytes, got {share} of {len(data)}"


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_trailing_bytes_change_neither_pixels_nor_headers(variant: Variant) -> None:
    data = encode(drawn_page(), variant.format, variant.mode, variant.layout)

    longer = data + b"trailing " * 111

    assert opened(longer).tobytes() == opened(data).tobytes()
    assert sniff(longer) == sniff(data)
