"""Blank pictures at an exact size, without an image library: of every listed format, and of some not listed."""

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
    Variant,
    check_orientation,
    check_size,
    variant,
)
from conformance.images.writers import blank_bmp, blank_png, blank_tiff, orientation_block

if TYPE_CHECKING:
    from PIL.Image import Image


# Blank JPEG files by hand (ITU-T T.81): two bits for a block, one for progressive ones, whatever the size.
#
# White is told once, as the DC value of the first block of each component; every other block repeats it. With code
# tables of its own such a file is a few bytes, then zeros.


_SOI, _EOI = b"\xff\xd8", b"\xff\xd9"
_JFIF = b"JFIF\0\x01\x02\x00\0\x01\0\x01\0\0"
_ADOBE = b"Adobe\0\x64\0\0\0\0\0"
"""Says that four components are inverted CMYK, without a colour transform."""

_EIGHT_EVERYWHERE = bytes(1) + bytes((8,)) * 64
"""Quantisation table 0: a DC value of n makes a block of n + 128."""

# Code lengths (16 counts), then symbols. DC: `0` repeats the value, `10` is followed by 7 bits of difference.
_DC_CODES = bytes((0x00, 1, 1, *bytes(14), 0, 7))
_AC_CODES = bytes((0x10, 1, *bytes(15), 0x00))
"""`0`: nothing but zeros in this block."""
_AC_RUN_CODES = bytes((0x10, 0, 0, 0, 15, *bytes(12), *(run << 4 for run in range(15))))
"""Symbol n, coded in 4 bits as n: nothing but zeros in 2^n blocks and as many more as the next n bits say."""

_TO_WHITE = "10" + "1" * 7
_LONGEST_RUN = 32_767


def blank_jpeg(wanted: Variant, width: int, height: int, orientation: int) -> bytes:
    """A white JPEG file of exactly this size, baseline or progressive; colours are subsampled 2 x 2."""
    sampling = {"grey": (1,), "rgb": (2, 1, 1), "cmyk": (1, 1, 1, 1)}[wanted.mode]
    progressive = wanted.layout == "progressive"
    parts = [_SOI, _segment(0xEE, _ADOBE) if wanted.mode == "cmyk" else _segment(0xE0, _JFIF)]
    if orientation != 1:
        parts.append(_segment(0xE1, b"Exif\0\0" + orientation_block(orientation)))
    parts += [
        _segment(0xDB, _EIGHT_EVERYWHERE),
        _frame(0xC2 if progressive else 0xC0, width, height, sampling),
        _segment(0xC4, _DC_CODES),
        _segment(0xC4, _AC_RUN_CODES if progressive else _AC_CODES),
    ]
    if progressive:
        parts += _progressive_scans(width, height, sampling)
    else:
        parts.append(_interleaved_scan(width, height, sampling, dc_only=False))
    return b"".join([*parts, _EOI])


def _ceil(length: int, step: int) -> int:
    """How many steps cover the length."""
    return -(-length // step)


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, 2 + len(body)) + body


def _frame(marker: int, width: int, height: int, sampling: tuple[int, ...]) -> bytes:
    components = b"".join(bytes((number, side << 4 | side, 0)) for number, side in enumerate(sampling, start=1))
    return _segment(marker, struct.pack(">BHHB", 8, height, width, len(sampling)) + components)


def _interleaved_scan(width: int, height: int, sampling: tuple[int, ...], *, dc_only: bool) -> bytes:
    """All components together: the first block of each that is not mid-grey tells white, every other block nothing."""
    nothing = "0" if dc_only else "00"
    head = ""
    for number, side in enumerate(sampling):
        chroma = len(sampling) == 3 and number > 0
        first = nothing if chroma else _TO_WHITE + nothing[1:]
        head += first + nothing * (side * side - 1)
    unit = 8 * sampling[0]
    units = _ceil(width, unit) * _ceil(height, unit)
    blocks = sum(side * side for side in sampling)
    band = b"\0\0\0" if dc_only else b"\0\x3f\0"
    return _scan_head(range(1, len(sampling) + 1), band) + _packed_bits(head, (units - 1) * blocks * len(nothing))


def _progressive_scans(width: int, height: int, sampling: tuple[int, ...]) -> list[bytes]:
    scans = [_interleaved_scan(width, height, sampling, dc_only=True)]
    for number, side in enumerate(sampling, start=1):
        across, down = (_ceil(_ceil(length * side, sampling[0]), 8) for length in (width, height))
        bits, left = "", across * down
        while left:
            run = min(left, _LONGEST_RUN)
            exponent = run.bit_length() - 1
            bits += f"{exponent:04b}" + f"{run:b}"[1:]
            left -= run
        scans.append(_scan_head((number,), b"\x01\x3f\0") + _packed_bits(bits, 0))
    return scans


def _scan_head(components: range | tuple[int, ...], band: bytes) -> bytes:
    """Start of a scan with these components, all of them with code tables 0; `band` is Ss, Se and Ah/Al."""
    listed = b"".join(bytes((number, 0)) for number in components)
    return _segment(0xDA, bytes((len(components),)) + listed + band)


def _packed_bits(head: str, zeros: int) -> bytes:
    """Compressed data of the bits of `head`, then `zeros` zero bits, filled up with ones; FF becomes FF 00."""
    lead = min(zeros, -len(head) % 8)
    head += "0" * lead
    head += "1" * (-len(head) % 8)
    whole, rest = divmod(zeros - lead, 8)
    first = int(head, 2).to_bytes(len(head) // 8, "big").replace(b"\xff", b"\xff\0")
    return first + bytes(whole) + (bytes((0xFF >> rest,)) if rest else b"")


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


# Pictures in formats that the documents do not list: GIF, WebP, PDF and SVG as valid files, HEIC as its headers.
#
# By hand where a blank page is asked; with Pillow, loaded only then, for a drawn page.


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
