"""Headers of pictures beyond the simplest: TIFF directories, and formats that the documents do not list."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from conformance.images.formats import Sniffed

WIDTH, HEIGHT, BITS, PHOTOMETRIC = 256, 257, 258, 262
STRIP_OFFSETS, ORIENTATION, SAMPLES_PER_PIXEL = 273, 274, 277
STRIP_BYTES, TILE_OFFSETS, TILE_BYTES, EXTRA_SAMPLES = 279, 324, 325, 338

_READ_TAGS = frozenset(
    {
        WIDTH,
        HEIGHT,
        BITS,
        PHOTOMETRIC,
        STRIP_OFFSETS,
        ORIENTATION,
        SAMPLES_PER_PIXEL,
        STRIP_BYTES,
        TILE_OFFSETS,
        TILE_BYTES,
        EXTRA_SAMPLES,
    }
)
_MAX_ENTRIES = 512
_MAX_FRAMES = 1_000
_DETAILED = 8
_MAX_VALUES = 1_024

_TYPE_SIZES: Final[Mapping[int, int]] = MappingProxyType(
    {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
)
_INTEGER_CODES: Final[Mapping[int, str]] = MappingProxyType({3: "H", 4: "I", 8: "h", 9: "i", 13: "I", 16: "Q"})

_FLAVOURS: Final[Mapping[bytes, tuple[str, bool]]] = MappingProxyType(
    {
        b"II\x2a\x00": ("<", False),
        b"MM\x00\x2a": (">", False),
        b"II\x00\x2a": ("<", False),
        b"MM\x2a\x00": (">", False),
        b"II\x2b\x00": ("<", True),
        b"MM\x00\x2b": (">", True),
    }
)
"""Byte order, and whether it is BigTIFF, by the first four bytes."""

Values = Sequence[int]


@dataclass(frozen=True, slots=True)
class Head:
    """Byte order and flavour of a TIFF file, and where its first directory is."""

    order: str
    big: bool
    first: int

    @property
    def count_code(self) -> str:
        """How the number of entries is stored, as a code of `struct`."""
        return self.order + ("Q" if self.big else "H")

    @property
    def entry_code(self) -> str:
        """Tag, type and count of an entry; the value or its offset follows."""
        return self.order + ("HHQ" if self.big else "HHI")

    @property
    def offset_code(self) -> str:
        """An offset, as a code of `struct`."""
        return self.order + ("Q" if self.big else "I")

    @property
    def offset_size(self) -> int:
        """Bytes of an offset, and of a value that is stored in place of one."""
        return 8 if self.big else 4


@dataclass(frozen=True, slots=True)
class Directory:
    """One directory: the values that are read here, by tag, and the offset of the next directory (0: none).

    `end` is where the last thing ends that the directory speaks of. `whole` is False where the data end inside the
    table of entries. `size` counts the bytes of that table.
    """

    next: int
    end: int
    size: int
    whole: bool
    values: Mapping[int, Values] = field(default_factory=dict)

    def first(self, tag: int, default: int = 0) -> int:
        """The first value of a tag, `default` where the tag is absent or holds no integer."""
        return next(iter(self.values.get(tag, ())), default)


def read_head(data: bytes) -> Head | None:
    """Reads the first 8 (BigTIFF: 16) bytes; None where they are not those of a TIFF file.

    Two header spellings that mix byte orders exist in the wild; their first two bytes are believed.
    """
    flavour = _FLAVOURS.get(data[:4])
    if flavour is None:
        return None
    order, big = flavour
    at, code = (8, "Q") if big else (4, "I")
    size = struct.calcsize(order + code)
    first = struct.unpack_from(order + code, data, at)[0] if len(data) >= at + size else 0
    return Head(order, big, first)


def read_directory(data: bytes, head: Head, at: int) -> Directory:
    """Reads the directory at offset `at`."""
    count_size = struct.calcsize(head.count_code)
    if at + count_size > len(data):
        return Directory(next=0, end=at + count_size, size=0, whole=False)
    count: int = struct.unpack_from(head.count_code, data, at)[0]
    entry_size = struct.calcsize(head.entry_code) + head.offset_size
    size = count_size + count * entry_size + head.offset_size
    end = at + size
    values: dict[int, Values] = {}
    whole = end <= len(data)
    readable = min(count, _MAX_ENTRIES, (len(data) - at - count_size) // entry_size)
    for number in range(readable):
        tag, entry_end, found = _entry(data, head, at + count_size + number * entry_size, values)
        end = max(end, entry_end)
        if found:
            values[tag] = found
    following: int = struct.unpack_from(head.offset_code, data, at + size - head.offset_size)[0] if whole else 0
    return Directory(next=following, end=max(end, _pixels_end(values)), size=size, whole=whole, values=values)


def read_chain(data: bytes, head: Head) -> tuple[Directory, int, bool]:
    """The first directory, how many there are, and whether everything that was looked at lies within the data."""
    first = read_directory(data, head, head.first)
    seen = {head.first}
    inside = first.whole and first.end <= len(data)
    at = first.next
    while at and at not in seen and len(seen) < _MAX_FRAMES:
        if len(seen) < _DETAILED:
            directory = read_directory(data, head, at)
            inside = inside and directory.end <= len(data)
            following, whole = directory.next, directory.whole
        else:
            following, whole = _next_only(data, head, at)
        if not whole:
            return first, len(seen), False
        seen.add(at)
        at = following
    return first, len(seen), inside


def exif_orientation(block: bytes) -> int:
    """The orientation (1 to 8) that an EXIF block, starting at its byte order mark, gives; 1 where it gives none."""
    head = read_head(block)
    if head is None:
        return 1
    value = read_directory(block, head, head.first).first(ORIENTATION, 1)
    return value if 1 <= value <= 8 else 1


def _entry(data: bytes, head: Head, at: int, known: Mapping[int, Values]) -> tuple[int, int, Values]:
    """Tag, end and values of one entry; no values for a tag that is not read here, or known already."""
    tag, kind, count = struct.unpack_from(head.entry_code, data, at)
    unit = _TYPE_SIZES.get(kind, 0)
    size = unit * count
    place = at + struct.calcsize(head.entry_code)
    if size > head.offset_size:
        place = struct.unpack_from(head.offset_code, data, place)[0]
    end: int = place + size
    code = _INTEGER_CODES.get(kind)
    if code is None or tag not in _READ_TAGS or tag in known or end > len(data):
        return tag, end, ()
    # Of a long list the last values are read: pixels end where the last strip ends.
    skipped = max(0, count - _MAX_VALUES)
    return tag, end, struct.unpack_from(f"{head.order}{count - skipped}{code}", data, place + skipped * unit)


def _pixels_end(values: Mapping[int, Values]) -> int:
    pairs = ((STRIP_OFFSETS, STRIP_BYTES), (TILE_OFFSETS, TILE_BYTES))
    return max(
        (
            offset + size
            for offsets, sizes in pairs
            for offset, size in zip(values.get(offsets, ()), values.get(sizes, ()), strict=False)
        ),
        default=0,
    )


def _next_only(data: bytes, head: Head, at: int) -> tuple[int, bool]:
    count_size = struct.calcsize(head.count_code)
    if at + count_size > len(data):
        return 0, False
    count: int = struct.unpack_from(head.count_code, data, at)[0]
    place = at + count_size + count * (struct.calcsize(head.entry_code) + head.offset_size)
    if place + head.offset_size > len(data):
        return 0, False
    following: int = struct.unpack_from(head.offset_code, data, place)[0]
    return following, True


# Headers of the formats that the documents do not list: GIF, WebP, PDF, SVG and HEIC.
#
# The same promises as `sniff`: never decodes, never raises, bounded work.


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
