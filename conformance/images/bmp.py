"""BMP files by hand: headers, runs, and blank pictures of any size."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from conformance.images.formats import Mode
from conformance.images.variants import PALETTE, Variant

BITS_PER_PIXEL: Final[Mapping[Mode, int]] = MappingProxyType(
    {"bilevel": 1, "grey": 8, "palette": 8, "rgb555": 16, "rgb": 24, "rgba": 32}
)

_RAW, _RLE8, _BIT_FIELDS = 0, 1, 3
_MASKS = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
_SRGB = b"BGRs" + bytes(48)
_GREYS = bytes(level for index in range(256) for level in (index, index, index))
_BLACK_WHITE = bytes((0, 0, 0, 255, 255, 255))

END_OF_ROW, END_OF_PICTURE = b"\0\0", b"\0\1"
LONGEST_RUN = 255


def stride(wanted: Variant, width: int) -> int:
    """Bytes of one uncompressed row, aligned to four."""
    return (width * BITS_PER_PIXEL[wanted.mode] + 31) // 32 * 4


def bmp_head(wanted: Variant, width: int, height: int, pixel_bytes: int, palette: bytes = b"") -> bytes:
    """Everything before the pixels: file header, information header (version 4 where there is alpha), palette.

    `palette` holds red, green and blue of each colour of a palette picture.
    """
    alpha = wanted.mode == "rgba"
    compression = _RLE8 if wanted.layout == "run-length" else _BIT_FIELDS if alpha else _RAW
    colours = {"bilevel": _BLACK_WHITE, "grey": _GREYS, "palette": palette}.get(wanted.mode, b"")
    entries = b"".join(colours[i : i + 3][::-1] + b"\0" for i in range(0, len(colours), 3))
    extension = _MASKS + _SRGB if alpha else b""
    header = struct.pack(
        "<IiiHHIIiiII",
        40 + len(extension),
        width,
        -height if wanted.layout == "top-down" else height,
        1,
        BITS_PER_PIXEL[wanted.mode],
        compression,
        pixel_bytes,
        11_811,  # 300 dots per inch, in pixels per metre
        11_811,
        len(entries) // 4,
        0,
    )
    offset = 14 + len(header) + len(extension) + len(entries)
    start = struct.pack("<2sIHHI", b"BM", offset + pixel_bytes, 0, 0, offset)
    return b"".join((start, header, extension, entries))


def run_length_row(index: int, width: int) -> bytes:
    """One row of one colour in RLE8, with its end."""
    whole, rest = divmod(width, LONGEST_RUN)
    return bytes((LONGEST_RUN, index)) * whole + (bytes((rest, index)) if rest else b"") + END_OF_ROW


def blank_bmp(wanted: Variant, width: int, height: int) -> bytes:
    """A white BMP file of exactly this size; only the run-length layout is small for a large picture."""
    if wanted.layout == "run-length":
        pixels = run_length_row(wanted.samples.white, width) * height + END_OF_PICTURE
        return bmp_head(wanted, width, height, len(pixels), PALETTE) + pixels
    size = stride(wanted, width) * height
    head = bmp_head(wanted, width, height, size, PALETTE)
    # One allocation: an uncompressed picture may be hundreds of megabytes.
    return head.ljust(len(head) + size, bytes((wanted.samples.white,)))
