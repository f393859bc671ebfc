"""The words of this room, which modes and layouts exist in which format, and pages in these modes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

if TYPE_CHECKING:
    from PIL.Image import Image


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


# Which modes and layouts exist in which format, as data: the makers check against it, tests run through it.


@dataclass(frozen=True, slots=True)
class Samples:
    """How one pixel of a mode is stored: samples per pixel, bits per sample, and the byte that white is made of.

    `kind` is the mode as headers say it, without the number of bits.
    """

    kind: Kind
    channels: int
    bits: int
    white: int = 0xFF

    def row_bytes(self, width: int) -> int:
        """Bytes of one row of `width` pixels, without any alignment."""
        return (width * self.channels * self.bits + 7) // 8

    def white_row(self, width: int) -> bytes:
        """One row of `width` white pixels."""
        return bytes((self.white,)) * self.row_bytes(width)


SAMPLES: Final[Mapping[Mode, Samples]] = MappingProxyType(
    {
        "bilevel": Samples("bilevel", 1, 1),
        "grey": Samples("grey", 1, 8),
        "grey16": Samples("grey", 1, 16),
        "grey-alpha": Samples("grey-alpha", 2, 8),
        "palette": Samples("palette", 1, 8, white=0),
        "rgb": Samples("rgb", 3, 8),
        "rgb555": Samples("rgb", 3, 5),
        "rgb16": Samples("rgb", 3, 16),
        "rgba": Samples("rgba", 4, 8),
        "rgba16": Samples("rgba", 4, 16),
        "cmyk": Samples("cmyk", 4, 8, white=0),
    }
)

PALETTE: Final[bytes] = bytes(
    level for index in range(256) for level in (255 - index, 255 - index // 2, 255 - index // 3)
)
"""Red, green and blue of the 256 colours of a blank palette picture; index 0 is white, and it is no ramp of greys."""

DEFAULT_FRAMES: Final = 2
"""Frames of a multi-frame picture where nothing else is asked."""

_JPEG: Final[tuple[Mode, ...]] = ("grey", "rgb", "cmyk")
_PNG: Final[tuple[Mode, ...]] = (
    "bilevel",
    "grey",
    "grey16",
    "grey-alpha",
    "palette",
    "rgb",
    "rgb16",
    "rgba",
    "rgba16",
)
_BMP: Final[tuple[Mode, ...]] = ("bilevel", "grey", "palette", "rgb", "rgb555", "rgba")
_TIFF: Final[tuple[Mode, ...]] = (*_PNG, "cmyk")

_TABLE: Final[tuple[tuple[Format, Layout, tuple[Mode, ...]], ...]] = (
    ("JPEG", "plain", _JPEG),
    ("JPEG", "progressive", _JPEG),
    ("PNG", "plain", _PNG),
    ("PNG", "interlaced", _PNG),
    ("PNG", "multi-frame", _PNG),
    ("BMP", "plain", _BMP),
    ("BMP", "top-down", _BMP),
    ("BMP", "run-length", ("grey", "palette")),
    ("TIFF", "plain", _TIFF),
    ("TIFF", "big-endian", _TIFF),
    ("TIFF", "multi-frame", _TIFF),
)


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to write a picture: a format, a mode and a layout that exist together."""

    format: Format
    mode: Mode
    layout: Layout = "plain"

    @property
    def samples(self) -> Samples:
        """How a pixel is stored."""
        return SAMPLES[self.mode]

    @property
    def oriented(self) -> bool:
        """Whether the format can carry an EXIF orientation."""
        return self.format != "BMP"

    @property
    def compact(self) -> bool:
        """Whether a blank picture of 8192 x 8192 pixels stays below 5 MB; the others hold every pixel as it is."""
        return self.format != "BMP" or self.layout == "run-length"

    def __str__(self) -> str:
        return f"{self.format} {self.mode} {self.layout}"


VARIANTS: Final[tuple[Variant, ...]] = tuple(
    Variant(fmt, mode, layout) for fmt, layout, modes in _TABLE for mode in modes
)
"""Every combination of format, mode and layout that `blank` and `encode` make."""

SMALLEST: Final[Mapping[Format, Variant]] = MappingProxyType(
    {
        "JPEG": Variant("JPEG", "grey"),
        "PNG": Variant("PNG", "bilevel"),
        "BMP": Variant("BMP", "grey", "run-length"),
        "TIFF": Variant("TIFF", "bilevel"),
    }
)
"""For each format the variant in which a blank picture is smallest: what to send where only the size matters."""

EXTENSIBLE: Final[tuple[Variant, ...]] = (
    Variant("JPEG", "grey"),
    Variant("JPEG", "rgb"),
    Variant("PNG", "bilevel"),
    Variant("PNG", "grey"),
    Variant("PNG", "rgb"),
    Variant("BMP", "bilevel"),
    Variant("BMP", "grey", "run-length"),
    Variant("BMP", "rgb"),
    Variant("TIFF", "bilevel"),
    Variant("TIFF", "grey"),
    Variant("TIFF", "rgb"),
)
"""What `extend` makes: one variant for each format and mode."""


def variant(fmt: Format, mode: Mode, layout: Layout) -> Variant:
    """The variant of these three. Raises ValueError, naming what exists, where the table does not list it."""
    wanted = Variant(fmt, mode, layout)
    if wanted not in VARIANTS:
        known = sorted(f"{v.mode} {v.layout}" for v in VARIANTS if v.format == fmt)
        raise ValueError(
            f"expected a mode and layout that {fmt} has ({', '.join(known)}), got {mode} {layout}"
            if known
            else f"expected one of the formats JPEG, PNG, BMP, TIFF, got {fmt}"
        )
    return wanted


def check_size(width: int, height: int) -> None:
    """Raises ValueError for a size that no maker of this room builds."""
    for name, side in (("width", width), ("height", height)):
        if not 1 <= side <= MAX_SIDE:
            raise ValueError(f"expected a {name} of 1 to {MAX_SIDE} pixels, got {side}")


def check_orientation(wanted: Variant, orientation: int) -> None:
    """Raises ValueError for an orientation that EXIF or the format does not have."""
    if not 1 <= orientation <= 8:
        raise ValueError(f"expected an EXIF orientation of 1 to 8, got {orientation}")
    if orientation != 1 and not wanted.oriented:
        raise ValueError(f"{wanted.format} cannot carry an EXIF orientation; use JPEG, PNG or TIFF")


# The modes as Pillow has them; it is loaded only where a page is given.


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
