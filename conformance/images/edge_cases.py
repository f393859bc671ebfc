"""Pictures at a limit and beyond it: blank ones of any size, formats not listed, an exact length, files cut short.

By hand, without an image library, but for a drawn page in a format that is not listed.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from conformance.images.formats import (
    DEFAULT_FRAMES,
    FAULT_FORMATS,
    FaultFormat,
    Format,
    Layout,
    Mode,
    check_orientation,
    check_size,
    variant,
)
from conformance.images.sniff import sniff
from conformance.images.tiff import blank_tiff, read_directory, read_head
from conformance.images.writers import AFTER_HEADER, blank_bmp, blank_jpeg, blank_png, chunk

if TYPE_CHECKING:
    from PIL.Image import Image


def blank(
    fmt: Format,
    width: int,
    height: int,
    mode: Mode = "grey",
    layout: Layout = "plain",
    *,
    orientation: int = 1,
    frames: int = DEFAULT_FRAMES,
) -> bytes:
    """A white picture of exactly `width` x `height` pixels, made in milliseconds whatever its size.

    The side is 1 to 16,383 pixels. `orientation` is the EXIF value 1 to 8 to declare; width and height are those of
    the stored grid. `frames` counts the equal frames of a `multi-frame` layout and is ignored by the others. All but
    uncompressed BMP files stay below 5 MB at 8193 x 8193. Raises ValueError for a mode or layout that the format does
    not have (see VARIANTS), for a size or an orientation out of range, and for fewer than 2 frames.
    """
    wanted = variant(fmt, mode, layout)
    check_size(width, height)
    check_orientation(wanted, orientation)
    if layout != "multi-frame":
        frames = 1
    elif frames < 2:
        raise ValueError(f"expected at least 2 frames in a multi-frame picture, got {frames}")
    if fmt == "JPEG":
        return blank_jpeg(wanted, width, height, orientation)
    if fmt == "PNG":
        return blank_png(wanted, width, height, orientation, frames)
    if fmt == "TIFF":
        return blank_tiff(wanted, width, height, orientation, frames)
    return blank_bmp(wanted, width, height)


# Formats that the documents do not list: GIF, WebP, PDF and SVG as valid files, HEIC as its headers.


_GIF_CLEAR, _GIF_END, _GIF_FIRST = 4, 5, 6
"""Codes of a GIF with four colours: the fewest that its compression knows."""


def unsupported(fmt: FaultFormat, width: int, height: int) -> bytes:
    """A blank page of `width` x `height` pixels (PDF: points) in a format that the documents do not list.

    GIF, WEBP, PDF and SVG are valid files; HEIC is the boxes before the pixels and an empty box for them. The side is
    1 to 16,383. Raises ValueError for other formats and sizes.
    """
    check_size(width, height)
    if fmt == "GIF":
        return _gif(width, height)
    if fmt == "WEBP":
        return _webp(width, height)
    if fmt == "PDF":
        return _pdf(blank("JPEG", width, height), width, height, "DeviceGray")
    if fmt == "SVG":
        return _svg(width, height, f'<rect width="{width}" height="{height}" fill="white"/>')
    if fmt == "HEIC":
        return _heic(width, height)
    raise ValueError(f"expected one of the formats {', '.join(FAULT_FORMATS)}, got {fmt}")


def encode_unsupported(page: Image, fmt: FaultFormat) -> bytes:
    """A drawn page in a format that the documents do not list, with the size that it has.

    HEIC cannot be written: it is the headers of a picture of that size, as `unsupported` makes them. Raises
    ValueError for other formats and sizes, and OSError where this Pillow cannot write WebP.
    """
    if fmt not in ("GIF", "WEBP", "PDF", "SVG"):
        return unsupported(fmt, page.width, page.height)
    from PIL.Image import Quantize

    check_size(page.width, page.height)
    out = BytesIO()
    if fmt == "GIF":
        page.convert("RGB").quantize(256, Quantize.FASTOCTREE).save(out, "GIF")
        return out.getvalue()
    if fmt == "WEBP":
        page.convert("RGB").save(out, "WEBP", lossless=True, quality=0, method=0)
        return out.getvalue()
    if fmt == "PDF":
        page.convert("RGB").save(out, "JPEG", quality=90)
        return _pdf(out.getvalue(), page.width, page.height, "DeviceRGB")
    page.convert("RGB").save(out, "PNG", compress_level=3)
    text = base64.b64encode(out.getvalue()).decode("ascii")
    image = f'<image width="{page.width}" height="{page.height}" href="data:image/png;base64,{text}"/>'
    return _svg(page.width, page.height, image)


def _gif(width: int, height: int) -> bytes:
    """GIF89a with one white frame (appendix F: LZW with codes that grow)."""
    palette = bytes((255, 255, 255)) + bytes(9)
    screen = struct.pack("<HHBBB", width, height, 0x81, 0, 0)
    frame = b"," + struct.pack("<HHHHB", 0, 0, width, height, 0)
    packed = _packed(_gif_codes(width * height))
    blocks = b"".join(bytes((len(part),)) + part for part in (packed[i : i + 255] for i in range(0, len(packed), 255)))
    return b"".join((b"GIF89a", screen, palette, frame, b"\x02", blocks, b"\0;"))


def _gif_codes(pixels: int) -> Iterator[tuple[int, int]]:
    """Codes for so many zeros, with their sizes: each is the one before and a pixel more, until the table is full."""
    left = pixels
    size = 3
    yield _GIF_CLEAR, size
    while left:
        size, run, following = 3, 1, _GIF_FIRST
        while left and following < 4096:
            now = min(run, left)
            yield 0 if now == 1 else _GIF_FIRST + now - 2, size
            left -= now
            run += 1
            # A reader's table is one entry behind: it grows with the second code.
            if run > 2:
                following += 1
            if following == 1 << size and size < 12:
                size += 1
        if left:
            yield _GIF_CLEAR, size
    yield _GIF_END, size


def _packed(fields: Iterable[tuple[int, int]]) -> bytes:
    """Values of so many bits each, the lowest bit first, filled up with zeros."""
    out = bytearray()
    bits = used = 0
    for value, size in fields:
        bits |= value << used
        used += size
        while used >= 8:
            out.append(bits & 0xFF)
            bits >>= 8
            used -= 8
    if used:
        out.append(bits)
    return bytes(out)


def _webp(width: int, height: int) -> bytes:
    """Lossless WebP in which every pixel takes no bits: each of the five codes has one symbol, white."""
    white = (0b1, 1), (0b0, 1), (0b1, 1), (0xFF, 8)  # simple code, one symbol, of 8 bits
    distance = (0b1, 1), (0b0, 1), (0b0, 1), (0, 1)
    fields = [(width - 1, 14), (height - 1, 14), (0, 1), (0, 3), (0, 3), *white * 4, *distance]
    packed = b"\x2f" + _packed(fields)
    body = b"WEBPVP8L" + struct.pack("<I", len(packed)) + packed + bytes(len(packed) % 2)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _pdf(jpeg: bytes, width: int, height: int, space: str) -> bytes:
    """PDF 1.4 with one page that shows one JPEG picture."""
    drawing = f"q {width} 0 0 {height} 0 0 cm /Picture Do Q".encode()
    picture = (
        f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /{space} "
        f"/BitsPerComponent 8 /Filter /DCTDecode /Length {len(jpeg)} >>"
    )
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            "/Resources << /XObject << /Picture 5 0 R >> >> /Contents 4 0 R >>"
        ).encode(),
        f"<< /Length {len(drawing)} >>".encode() + b"\nstream\n" + drawing + b"\nendstream",
        picture.encode() + b"\nstream\n" + jpeg + b"\nendstream",
    )
    parts = [b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"]
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(sum(map(len, parts)))
        parts.append(f"{number} 0 obj\n".encode() + body + b"\nendobj\n")
    table = sum(map(len, parts))
    parts.append(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    parts += [f"{offset:010d} 00000 n \n".encode() for offset in offsets]
    parts.append(f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n".encode())
    return b"".join(parts)


def _svg(width: int, height: int, content: str) -> bytes:
    start = f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{start}{content}</svg>\n'.encode()


def _heic(width: int, height: int) -> bytes:
    """The boxes that announce a HEIC picture (ISO/IEC 23008-12), and no picture."""
    size_property = _box(b"ispe", struct.pack(">III", 0, width, height))
    handler = _box(b"hdlr", bytes(8) + b"pict" + bytes(13))
    properties = _box(b"iprp", _box(b"ipco", size_property))
    meta = _box(b"meta", bytes(4) + handler + properties)
    return _box(b"ftyp", b"heic" + bytes(4) + b"mif1heic") + meta + _box(b"mdat", b"")


def _box(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


# Pictures of an exact number of bytes, of an exact length in base64, or cut short.
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
