"""The words of this room: formats, modes, layouts, and what the headers of a picture say.

Imports only the standard library, so that reading a header never loads an image library.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Format: TypeAlias = Literal["JPEG", "PNG", "BMP", "TIFF"]
"""The formats that the documents list; `JPG` is another spelling of `JPEG`."""

FaultFormat: TypeAlias = Literal["GIF", "WEBP", "PDF", "SVG", "HEIC"]
"""Formats that the documents do not list: sending one is a fault."""

AnyFormat: TypeAlias = Format | FaultFormat

Mode: TypeAlias = Literal[
    "bilevel",
    "grey",
    "grey16",
    "grey-alpha",
    "palette",
    "rgb",
    "rgb555",
    "rgb16",
    "rgba",
    "rgba16",
    "cmyk",
]
"""How a maker stores a pixel: the kind of samples, with a suffix where a sample is not 8 bits (1 in `bilevel`)."""

Layout: TypeAlias = Literal["plain", "progressive", "interlaced", "run-length", "top-down", "big-endian", "multi-frame"]
"""How a maker arranges the pixels in the file; `plain` is what most writers of the format do."""

Kind: TypeAlias = Literal["bilevel", "grey", "grey-alpha", "palette", "rgb", "rgba", "cmyk", "other", "unknown"]
"""What a pixel is made of, as headers say it; `unknown` where they end before saying it."""

FORMATS: tuple[Format, ...] = get_args(Format)
FAULT_FORMATS: tuple[FaultFormat, ...] = get_args(FaultFormat)
MODES: tuple[Mode, ...] = get_args(Mode)
LAYOUTS: tuple[Layout, ...] = get_args(Layout)

MAX_SIDE = 16_383
"""The longest side that the makers of this room build, in pixels; twice the documents' limits, and WebP's own."""


@dataclass(frozen=True, slots=True)
class Sniffed:
    """What the headers of a picture say; nothing here was decoded.

    `width` and `height` are pixels of the stored grid (before `orientation` is applied) of the first frame, both 0
    where the headers end before naming them and for PDF, which has no pixels. `frames` counts pictures in the file
    (TIFF directories, frames of an animation), 1 where the format has one. `orientation` is the EXIF value 1 to 8, 1
    where none is given. `bits` is the number of bits of one sample, or of one index in a palette, 0 where unknown.
    `complete` is False where the data visibly end before the end marker of the format, or before the last byte that
    the headers declare. `in_passes` is True for a progressive JPEG and an interlaced PNG.
    """

    format: AnyFormat
    width: int = 0
    height: int = 0
    frames: int = 1
    orientation: int = 1
    bits: int = 0
    mode: Kind = "unknown"
    complete: bool = False
    in_passes: bool = False
