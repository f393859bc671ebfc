"""Reads the headers of a picture: format, size, frames, orientation, and whether the file ends too early.

Never decodes a pixel, never raises for any bytes, and does a bounded amount of work for hostile ones: at most
`_MAX_STEPS` segments or chunks, and a window of `_TAIL` bytes at the end in search of an end marker. Imports only
the standard library, a decoder of base64 and its own folder; judging imports this module and nothing else of the room.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from pybase64 import b64decode

from conformance.images.formats import Kind, Sniffed
from conformance.images.tiff import (
    BITS,
    EXTRA_SAMPLES,
    HEIGHT,
    ORIENTATION,
    PHOTOMETRIC,
    SAMPLES_PER_PIXEL,
    WIDTH,
    Directory,
    exif_orientation,
    read_chain,
    read_head,
)

__all__ = ["Sniffed", "is_other_picture", "sniff", "sniff_text"]

_MAX_STEPS = 2_000
_TAIL = 1 << 16

_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xDE}
_PROGRESSIVE_MARKERS = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_LONE_MARKERS = frozenset(range(0xD0, 0xDA)) | {0xC8} | frozenset(range(0xF0, 0xFE))
"""Markers that no length follows."""

_PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xae\x42\x60\x82"
_HEAD, _CHUNK = struct.Struct(">IIBB"), struct.Struct(">I4s")
_JPEG_KINDS: Final[Mapping[int, Kind]] = MappingProxyType({1: "grey", 3: "rgb", 4: "cmyk"})
_PNG_KINDS: Final[Mapping[int, Kind]] = MappingProxyType(
    {0: "grey", 2: "rgb", 3: "palette", 4: "grey-alpha", 6: "rgba"}
)


def sniff(data: bytes) -> Sniffed | None:
    """What the headers of `data` say, or None where no known format begins.

    A picture whose headers end too early keeps its format, with a size of 0 x 0 where it was not reached. Nothing is
    raised for any bytes. Trailing bytes do not hide an end marker unless there are more than 65,536 of them.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return _jpeg(data)
    if data.startswith(_PNG_SIGNATURE):
        return _png(data)
    if data.startswith(b"BM"):
        return _bmp(data)
    if data.startswith((b"II", b"MM")):
        return _tiff(data)
    for other in (_gif, _webp, _pdf, _heic, _svg):
        found = other(data)
        if found is not None:
            return found
    return None


def sniff_text(text: bytes) -> Sniffed | None:
    """`sniff` of the file that base64 text stands for; None also for no such text."""
    try:
        return sniff(b64decode(text, validate=True))
    except ValueError:
        return None


def _jpeg(data: bytes) -> Sniffed:
    """Walks the segments (ITU-T T.81, annex B) up to the first scan."""
    width = height = bits = 0
    orientation, in_passes = 1, False
    mode: Kind = "unknown"
    exif = complete = False
    at, size = 2, len(data)
    for _ in range(_MAX_STEPS):
        at = data.find(b"\xff", at, at + _TAIL)
        if at < 0 or at + 2 > size:
            break
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
        elif marker == 0 or marker in _LONE_MARKERS:
            at += 2
        elif marker < 0xC0 or at + 4 > size:
            break
        else:
            body = at + 4
            at = max(body, at + 2 + int.from_bytes(data[at + 2 : body], "big"))
            if at > size:
                break
            if marker in _FRAME_MARKERS and at - body >= 6:
                bits, height, width, components = struct.unpack(">BHHB", data[body : body + 6])
                mode, in_passes = _JPEG_KINDS.get(components, "other"), marker in _PROGRESSIVE_MARKERS
            elif marker == 0xE1 and not exif and data.startswith(b"Exif\0\0", body):
                exif = True
                orientation = exif_orientation(data[body + 6 : at])
            elif marker == 0xDA:
                # In compressed data FF is followed by 00, so FF D9 can only be the end.
                complete = data.rfind(b"\xff\xd9", max(at, size - _TAIL)) >= 0
                break
    return Sniffed("JPEG", width, height, 1, orientation, bits=bits, mode=mode, complete=complete, in_passes=in_passes)


def _png(data: bytes) -> Sniffed:
    """Reads IHDR, then the chunks up to the first image data (PNG, third edition, 5 and 11)."""
    if len(data) < 26 or data[12:16] != b"IHDR":
        return Sniffed("PNG")
    width, height, bits, colour = _HEAD.unpack_from(data, 16)
    mode: Kind = "bilevel" if (colour, bits) == (0, 1) else _PNG_KINDS.get(colour, "other")
    frames = orientation = 1
    complete = False
    at, size = 8, len(data)
    for _ in range(_MAX_STEPS):
        if at + 8 > size:
            break
        length, name = _CHUNK.unpack_from(data, at)
        if name == b"acTL" and length >= 4:
            frames = int.from_bytes(data[at + 8 : at + 12], "big")
            frames = frames if 0 < frames < 1 << 31 else 1
        elif name == b"eXIf":
            orientation = exif_orientation(data[at + 8 : at + 8 + min(length, _TAIL)])
        elif name in (b"IDAT", b"fdAT", b"IEND"):
            complete = data.rfind(_PNG_END, max(at, size - _TAIL)) >= 0
            break
        at += 12 + length
    return Sniffed(
        "PNG", width, height, frames, orientation,
        bits=bits, mode=mode, complete=complete, in_passes=data[28:29] == b"\x01",
    )  # fmt: skip


def _bmp(data: bytes) -> Sniffed | None:
    """Reads the file header and any of the seven lengths of the information header."""
    found = Sniffed("BMP")
    if len(data) < 26:
        return found
    file_size, _, pixels, header = struct.unpack_from("<IIII", data, 2)
    if header == 12:
        width, height, _, depth = struct.unpack_from("<HHHH", data, 18)
        compression = stored = colours = 0
    elif header not in (40, 52, 56, 64, 108, 124):
        return None
    elif len(data) < 54:
        return found
    else:
        width, height, _, depth, compression, stored = struct.unpack_from("<IIHHII", data, 18)
        colours = struct.unpack_from("<I", data, 46)[0]
    if height >> 24 == 0xFF:  # a negative height: the first row is the top one
        height = (1 << 32) - height
    if compression in (0, 3):
        stored = (width * depth + 31) // 32 * 4 * height
    end = pixels + stored if stored else file_size
    return Sniffed(
        "BMP",
        width,
        height,
        bits={16: 5, 24: 8, 32: 8}.get(depth, depth),
        mode=_bmp_kind(data, header, depth, compression, colours),
        complete=end <= len(data),
    )


def _bmp_kind(data: bytes, header: int, depth: int, compression: int, colours: int) -> Kind:
    if depth > 8:
        # Alpha exists where a mask of its own is given, or where all four are left to the reader.
        masks = (
            struct.unpack_from("<4I", data, 54)
            if compression == 3 and header >= 56 and len(data) >= 70
            else (1, 1, 1, 0)
        )
        return "rgba" if depth == 32 and (masks[3] or not any(masks)) else "rgb"
    entry = 3 if header == 12 else 4
    count = min(colours or 1 << depth, 256)
    palette = data[14 + header : 14 + header + entry * count]
    ramp = b"\x00\xff" if count == 2 else bytes(range(count))
    if all(palette[channel::entry] == ramp for channel in range(3)):
        return "bilevel" if count <= 2 else "grey"
    return "palette"


def _tiff(data: bytes) -> Sniffed | None:
    """Reads the chain of directories; the size is that of the first one."""
    head = read_head(data)
    if head is None:
        return None
    if not head.first:
        return Sniffed("TIFF")
    first, frames, inside = read_chain(data, head)
    orientation = first.first(ORIENTATION, 1)
    return Sniffed(
        "TIFF",
        max(0, first.first(WIDTH)),
        max(0, first.first(HEIGHT)),
        frames=frames,
        orientation=orientation if 1 <= orientation <= 8 else 1,
        bits=first.first(BITS, 1) if first.whole else 0,
        mode=_tiff_kind(first) if first.whole else "unknown",
        complete=inside,
    )


def _tiff_kind(directory: Directory) -> Kind:
    photometric = directory.first(PHOTOMETRIC)
    samples = directory.first(SAMPLES_PER_PIXEL, 1)
    alpha = directory.first(EXTRA_SAMPLES) in (1, 2)
    if photometric in (0, 1):
        if directory.first(BITS, 1) == 1 and samples == 1:
            return "bilevel"
        return "grey-alpha" if alpha else "grey"
    if photometric in (2, 6):
        return "rgba" if alpha or (samples == 4 and EXTRA_SAMPLES not in directory.values) else "rgb"
    kinds: dict[int, Kind] = {3: "palette", 5: "cmyk"}
    return kinds.get(photometric, "other")


# Headers of the formats that the documents do not list: GIF, WebP, PDF, SVG and HEIC.


_OPENING = 1 << 12
_ENDING = 1 << 10

_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1")
_SVG_START = re.compile(rb"(?:\xef\xbb\xbf)?[ \t\r\n]*(?:<\?xml|<!--|<!DOCTYPE svg|<svg[ \t\r\n>])")
_SVG_TAG = re.compile(rb"<svg[ \t\r\n][^>]*")
_SVG_SIDE = re.compile(rb"[ \t\r\n](width|height)=[\"']([0-9]{1,9})(?:px)?[\"']")


def _gif(data: bytes) -> Sniffed | None:
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


def _webp(data: bytes) -> Sniffed | None:
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
        body = data[at + 8 : at + 8 + min(length, _OPENING)]
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


def _pdf(data: bytes) -> Sniffed | None:
    """A PDF file: it has pages, not pixels, so that its size is 0 x 0."""
    if not data.startswith(b"%PDF-"):
        return None
    return Sniffed("PDF", mode="other", complete=b"%%EOF" in data[-_ENDING:])


def _svg(data: bytes) -> Sniffed | None:
    """SVG text: the root element within the first 4,096 bytes; its size where it is given in pixels."""
    head = data[:_OPENING]
    if not _SVG_START.match(head):
        return None
    tag = _SVG_TAG.search(head)
    if tag is None:
        return None
    sides = {name: int(value) for name, value in _SVG_SIDE.findall(tag[0])}
    complete = data[-_ENDING:].rstrip().endswith(b"</svg>")
    return Sniffed("SVG", sides.get(b"width", 0), sides.get(b"height", 0), bits=8, mode="other", complete=complete)


def _heic(data: bytes) -> Sniffed | None:
    """An ISO base media file of a HEIC or HEIF brand: size from its first `ispe` property, end from its boxes."""
    if data[4:8] != b"ftyp" or data[8:12] not in _HEIC_BRANDS:
        return None
    width = height = 0
    property_at = data.find(b"ispe", 0, _OPENING)
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
