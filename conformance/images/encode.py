"""Drawn pages as pictures of a format, mode and layout, at an exact number of bytes or base64 characters."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.images.directories import read_directory, read_head
from conformance.images.formats import EXTENSIBLE, Format, Layout, Mode, Variant, check_orientation, check_size, variant
from conformance.images.pages import PngRows, bmp_page, colours, converted, jpeg_page, png_stream, tiff_strips
from conformance.images.sniff import sniff
from conformance.images.writers import AFTER_HEADER, chunk, orientation_block, png_file, tiff_file

if TYPE_CHECKING:
    from PIL.Image import Image


Subsampling: TypeAlias = Literal["4:4:4", "4:2:2", "4:2:0"]
"""How coarsely a JPEG stores colour."""

TiffCompression: TypeAlias = Literal["raw", "packbits", "tiff_lzw", "tiff_adobe_deflate", "group4"]
"""Compressions of a TIFF file, by Pillow's names; `group4` is for bilevel pictures only."""


def encode(
    page: Image,
    fmt: Format,
    mode: Mode = "rgb",
    layout: Layout = "plain",
    *,
    orientation: int = 1,
    quality: int = 90,
    subsampling: Subsampling = "4:2:0",
    compression: TiffCompression | None = None,
    further: Sequence[Image] = (),
) -> bytes:
    """The page as a file of the given format, mode and layout, with the pixels and the size that it has.

    `orientation` is the EXIF value 1 to 8 to declare; the pixels are stored as they are. `quality` (1 to 95) and
    `subsampling` are for JPEG. `compression` is for plain TIFF, deflate where it is None. `further` are the frames
    after the page in a `multi-frame` layout, one blank page where none is given. 16-bit modes hold the page's 8 bits
    times 257; `bilevel` splits at mid-grey; `palette` keeps 256 colours. Raises ValueError for a combination that
    does not exist, or for a further frame of another size.
    """
    wanted = variant(fmt, mode, layout)
    check_size(page.width, page.height)
    check_orientation(wanted, orientation)
    image = converted(page, mode)
    if compression is not None:
        return _pillow_tiff(image, wanted, orientation, compression)
    if fmt == "JPEG":
        sampled = {"subsampling": subsampling} if mode == "rgb" else {}
        return _saved(image, "JPEG", orientation, quality=quality, progressive=layout == "progressive", **sampled)
    if fmt == "BMP":
        return bmp_page(image, wanted, page.width, page.height)
    # Pillow chooses row filters, which pays for photographs; but it has no 16-bit colours and shortens palettes.
    if fmt == "PNG" and layout == "plain" and wanted.samples.bits < 16 and mode != "palette":
        return _saved(image, "PNG", orientation, compress_level=3)
    frames = [image, *_further_frames(image, wanted, further)]
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


def _further_frames(image: Image, wanted: Variant, further: Sequence[Image]) -> list[Image]:
    """The frames after the first, converted; palette frames share the colours of the first."""
    from PIL.Image import Dither, new

    if wanted.layout != "multi-frame":
        return []
    for page in further:
        if page.size != image.size:
            raise ValueError(f"expected frames of {image.size} pixels like the first, got one of {page.size}")
    pages = further or (new("L", image.size, "white"),)
    if wanted.mode == "palette":
        return [page.convert("RGB").quantize(palette=image, dither=Dither.NONE) for page in pages]
    return [converted(page, wanted.mode) for page in pages]


def _pillow_tiff(image: Image, wanted: Variant, orientation: int, compression: TiffCompression) -> bytes:
    if (wanted.format, wanted.layout) != ("TIFF", "plain") or wanted.samples.bits == 16:
        raise ValueError(f"a compression can be chosen for plain TIFF with up to 8 bits a sample, not for {wanted}")
    if compression == "group4" and wanted.mode != "bilevel":
        raise ValueError(f"group4 compresses bilevel pictures only, not {wanted.mode}")
    return _saved(image, "TIFF", orientation, compression=compression)


def _saved(image: Image, fmt: Format, orientation: int, **options: object) -> bytes:
    """What Pillow writes, with the orientation declared unless it is 1."""
    if orientation != 1:
        block = orientation_block(orientation)
        options["exif"] = block if fmt == "TIFF" else b"Exif\0\0" + block
    out = BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


# Pictures of an exact number of bytes, of an exact length in base64, cut short, or with bytes after their end.
#
# Padding goes where each format says that readers skip it, so that the picture decodes to the same pixels.


_LONGEST_SEGMENT = 2 + 0xFFFF
_CHUNK = 1 << 20
"""Bytes of one padding chunk: well below the 8,000,000 that PNG readers commonly allow."""

_CHUNK_FRAME = 12
_PADDING_CHUNK = b"paDd"
"""Ancillary, private, safe to copy: readers that do not know the name skip it."""


def pad(data: bytes, byte_size: int) -> bytes:
    """The same picture in exactly `byte_size` bytes.

    JPEG: comment segments (and up to three fill bytes) before the tables. PNG: a private ancillary chunk before the
    image data. BMP: a gap before the pixels. TIFF: the first directory again at the end, behind a gap that nothing
    refers to (it starts at an even offset, so that one byte may follow it). Raises ValueError where `data` is none of
    these or incomplete, is longer than `byte_size`, or leaves too few bytes for the smallest padding of its format.
    """
    found = sniff(data)
    if found is None or not found.complete:
        raise ValueError("expected a complete JPEG, PNG, BMP or TIFF file to pad, got something else or a part of one")
    extra = byte_size - len(data)
    if extra < 0:
        raise ValueError(f"expected a picture of at most {byte_size} bytes to pad, got one of {len(data)} bytes")
    if extra == 0:
        return data
    if found.format == "JPEG":
        return _pad_jpeg(data, extra)
    if found.format == "PNG":
        return _pad_png(data, extra)
    if found.format == "BMP":
        return _pad_bmp(data, extra)
    if found.format == "TIFF":
        return _pad_tiff(data, extra)
    raise ValueError(f"expected a JPEG, PNG, BMP or TIFF file to pad, got {found.format}")


def pad_to_base64(data: bytes, characters: int, *, equals: int = 0) -> bytes:
    """The same picture in so many bytes that its standard, padded base64 text has exactly `characters` characters.

    `equals` says how many of them (0, 1 or 2) are the `=` at the end: 9,786,712 characters are 7,340,034 bytes, or
    with two of them 7,340,032, which is 7 MB. Raises ValueError where no text has that length, and as `pad` does.
    """
    if characters <= 0 or characters % 4:
        near = max(4, characters - characters % 4)
        raise ValueError(
            f"padded base64 text has a multiple of 4 characters, never {characters}; nearest: {near} and {near + 4}"
        )
    if not 0 <= equals <= 2:
        raise ValueError(f"base64 text ends in 0, 1 or 2 equals signs, got {equals}")
    return pad(data, characters // 4 * 3 - equals)


def truncate(data: bytes, share: float = 0.5) -> bytes:
    """The first `share` of the file (more than 0, less than 1): at least one byte, at least one byte less than all.

    Raises ValueError for another share, and for fewer than 2 bytes. Headers at the end go with it: those of a padded
    TIFF file, for one.
    """
    if not 0 < share < 1 or len(data) < 2:
        raise ValueError(f"expected a share between 0 and 1 of at least 2 bytes, got {share} of {len(data)}")
    return data[: min(len(data) - 1, max(1, int(len(data) * share)))]


def _pad_jpeg(data: bytes, extra: int) -> bytes:
    at = 2
    while 0xE0 <= data[at + 1] <= 0xEF:  # the application segments, which must come first
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    whole, rest = divmod(extra, _LONGEST_SEGMENT)
    comments = _comment(_LONGEST_SEGMENT) * whole
    # Fewer than four bytes make no segment; any marker may be preceded by FF fill bytes (T.81, B.1.1.2).
    comments += _comment(rest) if rest >= 4 else b"\xff" * rest
    return b"".join((data[:at], comments, memoryview(data)[at:]))


def _comment(size: int) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xFE, size - 2) + bytes(size - 4)


def _pad_png(data: bytes, extra: int) -> bytes:
    if extra < _CHUNK_FRAME:
        raise ValueError(
            f"a PNG file grows by a chunk of at least {_CHUNK_FRAME} bytes, not by {extra}; "
            "start from a smaller picture or ask for more bytes"
        )
    chunks = -(-extra // _CHUNK)
    size, longer = divmod(extra, chunks)
    padding = [_padding_chunk(size + 1)] * longer if longer else []
    padding += [_padding_chunk(size)] * (chunks - longer)
    return b"".join((data[:AFTER_HEADER], *padding, memoryview(data)[AFTER_HEADER:]))


def _padding_chunk(size: int) -> bytes:
    return chunk(_PADDING_CHUNK, bytes(size - _CHUNK_FRAME))


def _pad_bmp(data: bytes, extra: int) -> bytes:
    size, _, at = struct.unpack_from("<III", data, 2)
    header = struct.unpack_from("<I", data, 14)[0]
    runs = header >= 40 and struct.unpack_from("<I", data, 30)[0] in (1, 2)
    # Run-length data are aligned to two bytes, by some readers from the start of the file: keep the parity.
    after = extra % 2 if runs else 0
    gap = extra - after
    head = bytearray(data[:at])
    struct.pack_into("<III", head, 2, size + extra, 0, at + gap)
    if after:
        stored = struct.unpack_from("<I", data, 34)[0]
        struct.pack_into("<I", head, 34, stored + after if stored else 0)
    return b"".join((head, bytes(gap), memoryview(data)[at:], bytes(after)))


def _pad_tiff(data: bytes, extra: int) -> bytes:
    head = read_head(data)
    if head is None or head.big:
        raise ValueError("expected a TIFF file with 32-bit offsets to pad, got a BigTIFF")
    table = read_directory(data, head, head.first).size
    end = len(data) + extra
    at = (end - table) // 2 * 2
    if at < len(data):
        raise ValueError(
            f"a TIFF file grows by a second copy of its directory, here at least {table} bytes, not by {extra}; "
            "start from a smaller picture or ask for more bytes"
        )
    start = data[:4] + struct.pack(head.order + "I", at)
    directory = data[head.first : head.first + table]
    return b"".join((start, memoryview(data)[8:], bytes(at - len(data)), directory, bytes(end - at - table)))
