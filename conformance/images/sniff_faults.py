"""Headers of the formats that the documents do not list: GIF, WebP, PDF, SVG and HEIC.

The same promises as `sniff`: never decodes, never raises, bounded work.
"""

from __future__ import annotations

import re
import struct
from dataclasses import replace

from conformance.images.directories import exif_orientation
from conformance.images.formats import Sniffed

_MAX_STEPS = 2_000
_HEAD = 1 << 12
_TAIL = 1 << 10

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
_SVG_START = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:<\?xml|<!--|<!DOCTYPE svg|<svg[ \t\r\n>])")
_SVG_TAG = re.compile(rb"<svg[ \t\r\n][^>]*")
_SVG_SIDE = re.compile(rb"[ \t\r\n](width|height)=[\"']([0-9]{1,9})(?:px)?[\"']")


def sniff_gif(data: bytes) -> Sniffed | None:
    """GIF87a and GIF89a: the screen, widened to the first frame as decoders do; counts image blocks, within bounds."""
    if not data.startswith((b"GIF87a", b"GIF89a")):
        return None
    if len(data) < 13:
        return Sniffed("GIF")
    width, height, flags = struct.unpack_from("<HHB", data, 6)
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    frames, blocks = 0, _MAX_STEPS
    while blocks > 0:
        introducer = data[at : at + 1]
        if introducer == b"," and at + 10 <= len(data):
            left, top, wide, high, local = struct.unpack_from("<HHHHB", data, at + 1)
            if not frames:
                width, height = max(width, left + wide), max(height, top + high)
            frames += 1
            at += 11 + (3 << (local & 7) + 1 if local & 0x80 else 0)
        elif introducer == b"!":
            at += 2
        else:
            break
        at, blocks = _end_of_blocks(data, at, blocks)
    # A picture too long to walk through is judged by its last byte.
    complete = data[at : at + 1] == b";" if blocks > 0 else data.endswith(b";")
    bits = (flags & 7) + 1
    return Sniffed("GIF", width, height, max(1, frames), bits=bits, mode="palette", complete=complete)


def _end_of_blocks(data: bytes, at: int, budget: int) -> tuple[int, int]:
    """Where the sub-blocks that start at `at` end (past the data where they do not), and what is left of `budget`."""
    while budget > 0:
        budget -= 1
        length = data[at] if at < len(data) else 0
        at += 1 + length
        if not length:
            break
    return at, budget


def sniff_webp(data: bytes) -> Sniffed | None:
    """Lossy, lossless and extended WebP; counts animation frames."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    declared = 8 + int.from_bytes(data[4:8], "little")
    found = Sniffed("WEBP", bits=8, complete=declared <= len(data))
    at, frames = 12, 0
    for _ in range(_MAX_STEPS):
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + min(length, _HEAD)]
        if name == b"ANMF":
            frames += 1
        elif name == b"EXIF":
            found = replace(found, orientation=exif_orientation(body.removeprefix(b"Exif\0\0")))
        elif not found.width:
            found = _webp_size(found, name, body)
        at += 8 + length + (length & 1)
    return replace(found, frames=max(1, frames))


def _webp_size(found: Sniffed, name: bytes, body: bytes) -> Sniffed:
    if name == b"VP8X" and len(body) >= 10:
        width, height = (1 + int.from_bytes(body[i : i + 3], "little") for i in (4, 7))
        return replace(found, width=width, height=height, mode="rgba" if body[0] & 0x10 else "rgb")
    if name == b"VP8L" and len(body) >= 5 and body[0] == 0x2F:
        packed = int.from_bytes(body[1:5], "little")
        width, height = 1 + (packed & 0x3FFF), 1 + (packed >> 14 & 0x3FFF)
        return replace(found, width=width, height=height, mode="rgba" if packed >> 28 & 1 else "rgb")
    if name == b"VP8 " and len(body) >= 10 and body[3:6] == b"\x9d\x01\x2a":
        width, height = struct.unpack_from("<HH", body, 6)
        return replace(found, width=width & 0x3FFF, height=height & 0x3FFF, mode="rgb")
    return found


def sniff_pdf(data: bytes) -> Sniffed | None:
    """A PDF file: it has pages, not pixels, so that its size is 0 x 0."""
    if not data.startswith(b"%PDF-"):
        return None
    return Sniffed("PDF", mode="other", complete=b"%%EOF" in data[-_TAIL:])


def sniff_svg(data: bytes) -> Sniffed | None:
    """SVG text: the root element within the first 4,096 bytes; its size where it is given in pixels."""
    head = data[:_HEAD]
    if not _SVG_START.match(head):
        return None
    tag = _SVG_TAG.search(head)
    if tag is None:
        return None
    sides = {name: int(value) for name, value in _SVG_SIDE.findall(tag[0])}
    complete = data[-_TAIL:].rstrip().endswith(b"</svg>")
    return Sniffed("SVG", sides.get(b"width", 0), sides.get(b"height", 0), bits=8, mode="other", complete=complete)


def sniff_heic(data: bytes) -> Sniffed | None:
    """An ISO base media file of a HEIC or HEIF brand: size from its first `ispe` property, end from its boxes."""
    if data[4:8] != b"ftyp" or data[8:12] not in _HEIC_BRANDS:
        return None
    width = height = 0
    property_at = data.find(b"ispe", 0, _HEAD)
    if property_at >= 0 and property_at + 16 <= len(data):
        width, height = struct.unpack_from(">II", data, property_at + 8)
    at, pixels = 0, False
    for _ in range(_MAX_STEPS):
        if at + 8 > len(data):
            break
        length = int.from_bytes(data[at : at + 4], "big")
        pixels = pixels or data.startswith(b"mdat", at + 4)
        at += length if length >= 8 else len(data) - at
    return Sniffed("HEIC", width, height, bits=8, mode="other", complete=pixels and at == len(data))


_OTHERS = (
    b"\x00\x00\x01\x00",  # ICO
    b"8BPS",  # Photoshop
    b"\x00\x00\x00\x0cjP  ", b"\xff\x4f\xff\x51",  # JPEG 2000
    b"\x00\x00\x00\x0cJXL ", b"\xff\x0a",  # JPEG XL
    *(b"P%d%c" % (kind, blank) for kind in range(1, 8) for blank in b" \n\r\t#"),  # PNM
    b"qoif", b"DDS ", b"AT&TFORM", b"%!PS", b"\x76\x2f\x31\x01", b"\x0a\x05\x01", b"\xd7\xcd\xc6\x9a",
)  # fmt: skip
"""How files of picture formats begin that `sniff` does not read; QOI, DDS, DjVu, PostScript, EXR, PCX, WMF are last."""


def is_other_picture(data: bytes) -> bool:
    """Whether bytes of which `sniff` knows nothing begin as a picture of some other format does."""
    return data.startswith(_OTHERS)
