"""Drawn pages as samples of a mode, a few rows at a time, so that no large raster is ever held.

Takes pages as Pillow images, and loads Pillow only when a function is called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from conformance.images.formats import Mode

if TYPE_CHECKING:
    from PIL.Image import Image

PILLOW_MODES: Final[Mapping[Mode, str]] = MappingProxyType(
    {
        "bilevel": "1",
        "grey": "L",
        "grey16": "L",
        "grey-alpha": "LA",
        "palette": "P",
        "rgb": "RGB",
        "rgb555": "RGB",
        "rgb16": "RGB",
        "rgba": "RGBA",
        "rgba16": "RGBA",
        "cmyk": "CMYK",
    }
)
"""The mode in which Pillow holds a page before its samples are written; it has none for colours of 16 bits."""

_COLOURS = 256


def converted(page: Image, mode: Mode) -> Image:
    """The page in the mode that Pillow uses for `mode`; black and white are split in the middle, without dithering."""
    from PIL.Image import Dither, Quantize

    wanted = PILLOW_MODES[mode]
    if page.mode == wanted and (wanted != "P" or page.getpalette()):
        return page
    if wanted == "1":
        return page.convert("L").convert("1", dither=Dither.NONE)
    if wanted == "P":
        # Of the ways that keep a page exactly which has no more colours than fit, the fastest.
        return page.convert("RGB").quantize(_COLOURS, Quantize.MAXCOVERAGE, dither=Dither.NONE)
    if wanted == "CMYK":
        return page.convert("RGB").convert("CMYK")
    return page.convert(wanted)


def colours(image: Image) -> bytes:
    """Red, green and blue of the 256 colours of a palette image; empty for any other."""
    if image.mode != "P":
        return b""
    return bytes(image.getpalette("RGB") or ()).ljust(3 * _COLOURS, b"\0")


def samples_of(image: Image, bits: int, before_row: int = 0) -> bytes:
    """The samples of a converted page, rows packed to whole bytes; 16-bit samples are 8-bit ones times 257.

    `before_row` zero bytes stand before each row.
    """
    size = -(-image.width // 8) if image.mode == "1" else image.width * len(image.getbands())
    if bits != 16:
        padded = image.tobytes("raw", image.mode, size + before_row)  # Pillow pads rows after them
        return bytes(before_row) + padded[: len(padded) - before_row]
    raw = image.tobytes()
    wide = bytearray(2 * len(raw))
    wide[0::2] = wide[1::2] = raw
    size *= 2
    return b"".join(bytes(before_row) + wide[at : at + size] for at in range(0, len(wide), size))


def bands(image: Image, width: int, height: int, rows: int) -> Iterator[Image]:
    """The page as bands of `width` x `rows` pixels from top to bottom, white where it is smaller.

    Ends with the band that holds the last row of the page; a band that would pass `height` is shorter.
    """
    from PIL.Image import new

    for top in range(0, image.height, rows):
        size = (width, min(rows, height - top))
        part = image.crop((0, top, image.width, min(top + rows, image.height)))
        if part.size == size:
            yield part
        else:
            band = new(image.mode, size, "white")
            band.paste(part, (0, 0))
            yield band


def rows_below(image: Image, height: int, rows: int) -> int:
    """How many rows of a picture of this height are left below the bands of a page."""
    return max(0, height - -(-image.height // rows) * rows)
