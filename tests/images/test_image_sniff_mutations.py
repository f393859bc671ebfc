"""`sniff` held against Pillow on pictures that were damaged at random: where Pillow opens one, both see the same."""

from __future__ import annotations

import logging
import struct
import warnings
from collections.abc import Iterator
from functools import cache

import pytest
from drawn_pages import drawn_page, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from conformance.images import (
    FAULT_FORMATS,
    VARIANTS,
    blank,
    encode,
    encode_unsupported,
    pad,
    sniff,
    unsupported,
)

KINDS = {"1": "bilevel", "L": "grey", "I;16": "grey", "LA": "grey-alpha", "P": "palette"}
TELLING = (0x00, 0x01, 0x02, 0x03, 0x04, 0x08, 0x2A, 0x2C, 0x7F, 0x80, 0xC0, 0xD8, 0xD9, 0xDA, 0xE1, 0xFE, 0xFF)


@cache
def pictures() -> tuple[bytes, ...]:
    page = drawn_page(40, 30)
    made = [encode(page, v.format, v.mode, v.layout, orientation=3 if v.oriented else 1) for v in VARIANTS]
    made += [blank(v.format, 37, 21, v.mode, v.layout) for v in VARIANTS]
    made += [pad(data, len(data) + 500) for data in made[: len(VARIANTS)]]
    made += [encode_unsupported(page, fmt) for fmt in FAULT_FORMATS] + [
        unsupported(fmt, 37, 21) for fmt in FAULT_FORMATS
    ]
    return tuple(made)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A picture with one to three bytes set, removed or added, most of them in its headers, perhaps cut short."""
    data = bytearray(draw(st.sampled_from(pictures())))
    for _ in range(draw(st.integers(1, 3))):
        last = len(data) - 1
        at = draw(st.integers(0, min(last, 250)) | st.integers(0, last))
        byte = draw(st.sampled_from(TELLING) | st.integers(0, 255))
        kind = draw(st.sampled_from(("set", "set", "set", "remove", "add", "cut")))
        if kind == "set":
            data[at] = byte
        elif kind == "remove":
            del data[at : at + draw(st.sampled_from((1, 2, 4, 12)))]
        elif kind == "add":
            data[at:at] = bytes((byte,)) * draw(st.sampled_from((1, 2, 4)))
        else:
            del data[max(1, at) :]
        if not data:
            return b""
    return bytes(data)


@pytest.fixture(autouse=True)
def _quiet_pillow() -> Iterator[None]:
    """Pillow warns and logs about damage; here that is no finding."""
    logging.disable()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    logging.disable(logging.NOTSET)


def opened_or_none(data: bytes) -> Image.Image | None:
    try:
        return opened(data)
    except Exception:  # noqa: BLE001 - whatever Pillow raises means that it has no opinion
        return None


def orientation_or_none(image: Image.Image) -> int | None:
    """What Pillow says, 1 for values that do not exist; None where it fails (it may decode pixels to find out)."""
    try:
        declared = image.getexif().get(274, 1)
    except Exception:  # noqa: BLE001 - as above
        return None
    return declared if declared in range(1, 9) else 1


def repeats_a_tag(data: bytes) -> bool:
    """Whether the first directory of a TIFF file names a tag twice: versions of Pillow differ on which one counts."""
    order = "<" if data.startswith(b"II") else ">"
    at = struct.unpack_from(order + "I", data, 4)[0]
    count = struct.unpack_from(order + "H", data, at)[0]
    tags = [data[entry : entry + 2] for entry in range(at + 2, min(len(data), at + 2 + 12 * count), 12)]
    return len(set(tags)) < len(tags)


@settings(max_examples=600, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
@given(damaged())
def test_what_pillow_opens_sniff_sees_alike(data: bytes) -> None:
    found = sniff(data)
    image = opened_or_none(data)
    if image is None or image.format not in ("JPEG", "PNG", "BMP", "TIFF"):
        return
    if image.format == "TIFF" and repeats_a_tag(data):
        return

    assert found is not None
    size = image.size
    if image.format == "TIFF" and found.orientation >= 5:
        size = size[::-1]  # for TIFF Pillow tells the size after orientation
    assert (found.format, found.width, found.height) == (image.format, *size)
    if found.complete and (declared := orientation_or_none(image)) is not None:
        assert found.orientation == declared
    if image.format in ("JPEG", "PNG"):
        assert found.mode == KINDS.get(image.mode, image.mode.lower())


@settings(max_examples=500, derandomize=True, database=None, deadline=None)
@given(
    st.sampled_from((b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"GIF89a")),
    st.binary(max_size=200),
)
def test_no_bytes_make_it_raise(start: bytes, rest: bytes) -> None:
    found = sniff(start + rest)

    assert found is None or found.width >= 0
    assert found is None or (found.frames >= 1 and 1 <= found.orientation <= 8)
