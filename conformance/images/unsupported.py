"""Pictures in formats that the documents do not list: GIF, WebP, PDF and SVG as valid files, HEIC as its headers.

By hand where a blank page is asked; with Pillow, loaded only then, for a drawn page.
"""

from __future__ import annotations

import base64
import struct
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import TYPE_CHECKING

from conformance.images.blank import blank
from conformance.images.formats import FAULT_FORMATS, FaultFormat
from conformance.images.variants import check_size

if TYPE_CHECKING:
    from PIL.Image import Image

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
