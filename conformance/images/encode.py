"""Drawn pages as files of every listed format, mode and layout, also as the corner of a much larger picture.

Takes pages as Pillow images, and loads Pillow only when a function is called.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from conformance.images.formats import (
    EXTENSIBLE,
    Format,
    Layout,
    Mode,
    Samples,
    Variant,
    check_orientation,
    check_size,
    colours,
    converted,
    variant,
)
from conformance.images.tiff import Strips, plain_strips, tiff_file
from conformance.images.writers import (
    ADAM7,
    END_OF_PICTURE,
    END_OF_ROW,
    LONGEST_RUN,
    Stretches,
    ZlibWriter,
    bmp_head,
    orientation_block,
    png_file,
    run_length_row,
    stride,
    write_plain_rows,
)

if TYPE_CHECKING:
    from PIL.Image import Image


Subsampling: TypeAlias = Literal["4:4:4", "4:2:2", "4:2:0"]
"""How coarsely a JPEG stores colour."""


def encode(
    page: Image,
    fmt: Format,
    mode: Mode = "rgb",
    layout: Layout = "plain",
    *,
    orientation: int = 1,
    quality: int = 90,
    subsampling: Subsampling = "4:2:0",
) -> bytes:
    """The page as a file of the given format, mode and layout, with the pixels and the size that it has.

    `orientation` is the EXIF value 1 to 8 to declare; the pixels are stored as they are. `quality` (1 to 95) and
    `subsampling` are for JPEG. In a `multi-frame` layout a blank page follows. 16-bit modes hold the page's 8 bits
    times 257; `bilevel` splits at mid-grey; `palette` keeps 256 colours. Raises ValueError for a combination that
    does not exist.
    """
    wanted = variant(fmt, mode, layout)
    check_size(page.width, page.height)
    check_orientation(wanted, orientation)
    image = converted(page, mode)
    if fmt == "JPEG":
        sampled = {"subsampling": subsampling} if mode == "rgb" else {}
        return _saved(image, "JPEG", orientation, quality=quality, progressive=layout == "progressive", **sampled)
    if fmt == "BMP":
        return bmp_page(image, wanted, page.width, page.height)
    # Pillow chooses row filters, which pays for photographs; but it has no 16-bit colours and shortens palettes.
    if fmt == "PNG" and layout == "plain" and wanted.samples.bits < 16 and mode != "palette":
        return _saved(image, "PNG", orientation, compress_level=3)
    frames = [image, _blank_frame(image, mode)] if layout == "multi-frame" else [image]
    if fmt == "PNG":
        streams = [png_stream(frame, wanted, page.width, page.height) for frame in frames]
        return png_file(wanted, page.size, streams, orientation=orientation, palette=colours(image))
    return tiff_file(wanted, [tiff_strips(frame, wanted, *frame.size) for frame in frames], orientation)


def extend(
    page: Image,
    fmt: Format,
    width: int,
    height: int,
    mode: Mode = "grey",
    *,
    orientation: int = 1,
    quality: int = 90,
) -> bytes:
    """A picture of exactly `width` x `height` pixels whose upper-left part is the page; the rest is white.

    `orientation` as for `encode`, the others as for `Extensible`, which makes many sizes of one page. Raises ValueError
    as it does.
    """
    return Extensible(page, fmt, mode, quality=quality).file(width, height, orientation=orientation)


class Extensible:
    """A page from which pictures of any size are made, of which it is the upper-left part; the rest is white.

    The first of them costs about as much as encoding the rows of the page at its width, and a further PNG next to
    nothing; no raster of the whole picture is held. Modes are those of EXTENSIBLE; a grey BMP is run-length coded,
    bilevel and rgb BMP files are uncompressed. `quality` as for `encode`. Raises ValueError for a mode that is not
    made.
    """

    def __init__(self, page: Image, fmt: Format, mode: Mode = "grey", *, quality: int = 90) -> None:
        wanted = next((v for v in EXTENSIBLE if (v.format, v.mode) == (fmt, mode)), None)
        if wanted is None:
            known = ", ".join(v.mode for v in EXTENSIBLE if v.format == fmt)
            raise ValueError(f"expected one of the modes that a {fmt} page can be extended in ({known}), got {mode}")
        self._wanted, self._quality = wanted, quality
        self._image = converted(page, mode)
        self._rows = PngRows(self._image, wanted) if fmt == "PNG" else None

    def file(self, width: int, height: int, *, orientation: int = 1) -> bytes:
        """The file of so many pixels. Raises ValueError where the page is larger, and for a size that is not made."""
        image, wanted = self._image, self._wanted
        check_size(width, height)
        check_orientation(wanted, orientation)
        if image.width > width or image.height > height:
            raise ValueError(
                f"expected a page within {width} x {height} pixels, got {image.width} x {image.height}; "
                "ask for a larger picture or draw a smaller page"
            )
        if self._rows is not None:
            return png_file(wanted, (width, height), (self._rows.stream(width, height),), orientation=orientation)
        if wanted.format == "JPEG":
            return jpeg_page(image, width, height, orientation=orientation, quality=self._quality)
        if wanted.format == "BMP":
            return bmp_page(image, wanted, width, height)
        return tiff_file(wanted, (tiff_strips(image, wanted, width, height),), orientation)


def _blank_frame(image: Image, mode: Mode) -> Image:
    """A white frame of the size of the first one; a palette frame shares its colours."""
    from PIL.Image import Dither, new

    page = new("L", image.size, "white")
    if mode == "palette":
        return page.convert("RGB").quantize(palette=image, dither=Dither.NONE)
    return converted(page, mode)


def _saved(image: Image, fmt: Format, orientation: int, **options: object) -> bytes:
    """What Pillow writes, with the orientation declared unless it is 1."""
    if orientation != 1:
        block = orientation_block(orientation)
        options["exif"] = block if fmt == "TIFF" else b"Exif\0\0" + block
    out = BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


# Samples of a mode, a few rows at a time, so that no large raster is ever held.


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


# One format after the other; the page may be the upper-left part of a larger picture.


_BAND = 256
_LEVEL = 3
"""Of compression: a printed page takes a third of the time of the usual level, and a fifth more bytes."""

_JPEG_BAND = 64
"""Eight rows of blocks: after each band the eight restart markers have gone round once."""

_RESTART_7 = b"\xff\xd7"
_RUN = re.compile(rb"(.)\1{0,%d}" % (LONGEST_RUN - 1), re.DOTALL)
_BMP_RAW_MODES: Final[Mapping[Mode, str]] = MappingProxyType(
    {"bilevel": "1", "grey": "L", "palette": "P", "rgb": "BGR", "rgba": "BGRA", "rgb555": "LA"}
)


def png_stream(image: Image, wanted: Variant, width: int, height: int) -> bytes:
    """The compressed rows of a PNG; `image` is converted to the mode, and as large as the picture if interlaced."""
    if wanted.layout != "interlaced":
        return PngRows(image, wanted).stream(width, height)
    writer = ZlibWriter(_LEVEL)
    for part in _passes(image):
        _write_rows(writer, part, wanted.samples)
    return writer.finish()


class PngRows:
    """The rows of a page, compressed once for all the pictures that it may be the upper-left part of."""

    def __init__(self, image: Image, wanted: Variant) -> None:
        """`image` is converted to the mode."""
        self._image, self._samples = image, wanted.samples

    def stream(self, width: int, height: int) -> bytes:
        """The compressed rows of a PNG of that size."""
        image, samples = self._image, self._samples
        white = samples.white_row(width)
        beside = len(white) - len(samples.white_row(image.width))
        if width == image.width:
            writer = self._as_wide.copy()
        elif samples.bits == 8:
            writer = ZlibWriter(_LEVEL)
            writer.write_padded(self._apart, white[len(white) - beside :])
        else:
            writer = ZlibWriter(_LEVEL)
            for band in bands(image, width, height, _BAND):
                _write_rows(writer, band, samples)
            write_plain_rows(writer, samples, width, rows_below(image, height, _BAND))
            return writer.finish()
        write_plain_rows(writer, samples, width, height - image.height)
        return writer.finish()

    @cached_property
    def _as_wide(self) -> ZlibWriter:
        """What has written the rows at their own width."""
        writer = ZlibWriter(_LEVEL)
        for band in bands(self._image, *self._image.size, _BAND):
            _write_rows(writer, band, self._samples)
        return writer

    @cached_property
    def _apart(self) -> Stretches:
        rows = samples_of(self._image, self._samples.bits, before_row=1)
        return Stretches(rows, len(rows) // self._image.height, _LEVEL)


def _write_rows(writer: ZlibWriter, image: Image, samples: Samples) -> None:
    writer.write(samples_of(image, samples.bits, before_row=1))


def _passes(image: Image) -> list[Image]:
    """The seven reduced images of an interlaced PNG, without the empty ones."""
    from PIL.Image import Transform

    parts = []
    for column, row, across, down in ADAM7:
        size = (-(-(image.width - column) // across), -(-(image.height - row) // down))
        if min(size) > 0:
            # Pillow samples at pixel centres: half a step back, half a pixel forward.
            steps = (across, 0, column + (1 - across) / 2, 0, down, row + (1 - down) / 2)
            parts.append(image.transform(size, Transform.AFFINE, steps))
    return parts


def tiff_strips(image: Image, wanted: Variant, width: int, height: int) -> Strips:
    """The deflated strips of one TIFF frame; `image` is converted to the mode."""
    rows = min(_BAND, height)
    page = tuple(
        zlib.compress(samples_of(band, wanted.samples.bits), _LEVEL) for band in bands(image, width, height, rows)
    )
    below = plain_strips(wanted.samples, width, rows_below(image, height, rows), rows)
    return Strips(width, height, rows, page + below, colours=colours(image))


def bmp_page(image: Image, wanted: Variant, width: int, height: int) -> bytes:
    """A whole BMP file; `image` is converted to the mode. Uncompressed unless the layout is run-length."""
    upward = wanted.layout != "top-down"
    below = rows_below(image, height, _BAND)
    if wanted.layout == "run-length":
        parts = [_run_length_rows(band) for band in bands(image, width, height, _BAND)]
        parts.append(run_length_row(wanted.samples.white, width) * below)
        tail = END_OF_PICTURE
    else:
        row, raw_mode = stride(wanted, width), _BMP_RAW_MODES[wanted.mode]
        parts = [
            (_five_bits(band) if wanted.mode == "rgb555" else band).tobytes("raw", raw_mode, row, -1 if upward else 1)
            for band in bands(image, width, height, _BAND)
        ]
        parts.append(bytes((wanted.samples.white,)) * (row * below))
        tail = b""
    if upward:
        parts.reverse()
    size = sum(map(len, parts)) + len(tail)
    return b"".join((bmp_head(wanted, width, height, size, colours(image)), *parts, tail))


def _run_length_rows(band: Image) -> bytes:
    """RLE8 rows from the last to the first. Runs only: readers disagree on how the other form is aligned."""
    raw = band.tobytes()
    rows, previous, coded = [], b"", b""
    for at in range(0, len(raw), band.width):
        row = raw[at : at + band.width]
        if row != previous:
            runs = (bytes((run.end() - run.start(), row[run.start()])) for run in _RUN.finditer(row))
            previous, coded = row, b"".join(runs) + END_OF_ROW
        rows.append(coded)
    rows.reverse()
    return b"".join(rows)


def _five_bits(band: Image) -> Image:
    """An RGB band as its two bytes of 5-5-5 bits, low byte first, dressed up as an image with two samples."""
    from PIL.Image import merge
    from PIL.ImageChops import add

    red, green, blue = band.split()
    low = add(green.point([(v >> 3 & 7) << 5 for v in range(256)]), blue.point([v >> 3 for v in range(256)]))
    high = add(red.point([v >> 3 << 2 for v in range(256)]), green.point([v >> 6 for v in range(256)]))
    return merge("LA", (low, high))


def jpeg_page(image: Image, width: int, height: int, *, orientation: int, quality: int) -> bytes:
    """A whole baseline JPEG file; `image` is converted to the mode.

    Every row of blocks is a restart interval of its own, so that bands encoded apart are one picture once a restart
    marker stands between them; the blank bands are encoded once.
    """
    from PIL.Image import new

    exif = b"Exif\0\0" + orientation_block(orientation) if orientation != 1 else b""
    parts = [_encoded(band, quality, exif) for band in bands(image, width, height, _JPEG_BAND)]
    whole, rest = divmod(rows_below(image, height, _JPEG_BAND), _JPEG_BAND)
    for times, rows in ((whole, _JPEG_BAND), (1 if rest else 0, rest)):
        if times:
            parts += [_encoded(new(image.mode, (width, rows), "white"), quality, exif)] * times
    frame_at, scan_at = _frame_and_scan(parts[0])
    head = bytearray(parts[0][:scan_at])
    head[frame_at + 5 : frame_at + 7] = height.to_bytes(2, "big")
    scans = [part[_frame_and_scan(part)[1] : -2] for part in parts]
    return bytes(head) + _RESTART_7.join(scans) + b"\xff\xd9"


def _encoded(band: Image, quality: int, exif: bytes) -> bytes:
    out = BytesIO()
    band.save(out, "JPEG", quality=quality, subsampling=0, restart_marker_rows=1, exif=exif)
    return out.getvalue()


def _frame_and_scan(data: bytes) -> tuple[int, int]:
    """Where the frame header of a baseline JPEG file starts, and where the compressed data of its scan start."""
    at, frame = 2, 0
    while True:
        marker, body = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xC0:
            frame = at
        at += 2 + body
        if marker == 0xDA:
            return frame, at
