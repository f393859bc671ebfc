"""TIFF files (TIFF 6.0): their directories as read, in EXIF blocks, too, and as written around compressed strips.

Reading never raises, and does a bounded amount of work for hostile bytes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import MappingProxyType
from typing import Final, Literal

from conformance.images.formats import PALETTE, Kind, Samples, Variant
from conformance.images.writers import ZlibWriter

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


# Files by hand: directories around compressed strips, and blank pictures of any size.


Order = Literal["<", ">"]

# Tags and values that are written and not read.
_COMPRESSION, _ROWS_PER_STRIP, _COLOUR_MAP = 259, 278, 320
_ACROSS, _DOWN, _RESOLUTION_UNIT = 282, 283, 296
_INCH, _ALPHA = 2, 2

_SHORT, _LONG, _RATIONAL = 3, 4, 5
_CODES: Final[Mapping[int, str]] = MappingProxyType({_SHORT: "H", _LONG: "I", _RATIONAL: "I"})
_WHITE_IS_ZERO = 0
_PHOTOMETRIC: Final[Mapping[Kind, int]] = MappingProxyType(
    {"bilevel": 1, "grey": 1, "grey-alpha": 1, "rgb": 2, "rgba": 2, "palette": 3, "cmyk": 5}
)
_DEFLATE, _GROUP_4 = 8, 4
_STRIP = 1 << 20

Entry = tuple[int, int, tuple[int, ...]]
"""Tag, type, values; a rational is two values."""


@dataclass(frozen=True, slots=True)
class Strips:
    """The compressed pixels of one frame: strips of `rows_per_strip` rows, the last one perhaps shorter.

    `colours` are red, green and blue of 256 colours where the picture is a palette one.
    """

    width: int
    height: int
    rows_per_strip: int
    strips: tuple[bytes, ...]
    compression: int = _DEFLATE
    photometric: int | None = None
    colours: bytes = b""


def tiff_file(wanted: Variant, frames: Sequence[Strips], orientation: int = 1) -> bytes:
    """A TIFF file with one directory for each frame, each before its pixels; all frames have the same mode."""
    order: Order = ">" if wanted.layout == "big-endian" else "<"
    parts = [struct.pack(order + "2sHI", b"MM" if order == ">" else b"II", 42, 8)]
    at = 8
    for number, frame in enumerate(frames, start=1):
        directory = _directory(order, at, _entries(wanted.samples, frame, orientation), frame.strips)
        size = len(directory) + sum(map(len, frame.strips))
        padding = size % 2
        following = at + size + padding if number < len(frames) else 0
        # The offset of the next directory is the last field of the table, before the values that are too long for it.
        table = 2 + 12 * struct.unpack_from(order + "H", directory)[0]
        parts += [directory[:table], struct.pack(order + "I", following), directory[table + 4 :], *frame.strips]
        parts.append(bytes(padding if following else 0))
        at += size + padding
    return b"".join(parts)


def _entries(samples: Samples, frame: Strips, orientation: int) -> list[Entry]:
    photometric = _PHOTOMETRIC[samples.kind] if frame.photometric is None else frame.photometric
    entries: list[Entry] = [
        (WIDTH, _LONG, (frame.width,)),
        (HEIGHT, _LONG, (frame.height,)),
        (BITS, _SHORT, (samples.bits,) * samples.channels),
        (_COMPRESSION, _SHORT, (frame.compression,)),
        (PHOTOMETRIC, _SHORT, (photometric,)),
        (STRIP_OFFSETS, _LONG, (0,) * len(frame.strips)),
        (ORIENTATION, _SHORT, (orientation,)),
        (SAMPLES_PER_PIXEL, _SHORT, (samples.channels,)),
        (_ROWS_PER_STRIP, _LONG, (frame.rows_per_strip,)),
        (STRIP_BYTES, _LONG, tuple(map(len, frame.strips))),
        (_ACROSS, _RATIONAL, (300, 1)),
        (_DOWN, _RATIONAL, (300, 1)),
        (_RESOLUTION_UNIT, _SHORT, (_INCH,)),
    ]
    if frame.colours:
        planes = (frame.colours[channel::3] for channel in range(3))
        entries.append((_COLOUR_MAP, _SHORT, tuple(level * 257 for plane in planes for level in plane)))
    if samples.kind in ("grey-alpha", "rgba"):
        entries.append((EXTRA_SAMPLES, _SHORT, (_ALPHA,)))
    return entries


def _directory(order: Order, at: int, entries: list[Entry], strips: tuple[bytes, ...]) -> bytes:
    """The directory at offset `at`, its next offset left 0, with the values that do not fit into it; strips follow."""
    table = 2 + 12 * len(entries) + 4
    end = at + table + sum(size for size in (_value_size(e) for e in entries) if size > 4)
    rows = [struct.pack(order + "H", len(entries))]
    outside = b""
    for tag, kind, given in entries:
        values = tuple(accumulate(map(len, strips[:-1]), initial=end)) if tag == STRIP_OFFSETS else given
        packed = struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
        count = len(values) // 2 if kind == _RATIONAL else len(values)
        if len(packed) > 4:
            place = struct.pack(order + "I", at + table + len(outside))
            outside += packed
        else:
            place = packed.ljust(4, b"\0")
        rows.append(struct.pack(order + "HHI", tag, kind, count) + place)
    return b"".join(rows) + bytes(4) + outside


def _value_size(entry: Entry) -> int:
    _, kind, values = entry
    return struct.calcsize("=" + _CODES[kind]) * len(values)


def plain_strips(samples: Samples, width: int, height: int, rows_per_strip: int) -> tuple[bytes, ...]:
    """Deflated white strips for `height` rows."""
    whole, rest = divmod(height, rows_per_strip)
    strips = (_plain_strip(samples, width, rows_per_strip),) * whole if whole else ()
    return (*strips, _plain_strip(samples, width, rest)) if rest else strips


def _plain_strip(samples: Samples, width: int, rows: int) -> bytes:
    writer = ZlibWriter()
    writer.repeat(samples.white_row(width), rows)
    return writer.finish()


def blank_tiff(wanted: Variant, width: int, height: int, orientation: int, frames: int) -> bytes:
    """A white TIFF file of exactly this size: CCITT group 4 for bilevel pictures, deflate for the others."""
    if wanted.mode == "bilevel":
        # One bit a row says that it equals the white row above; 24 bits end the picture (ITU-T T.6).
        bits = "1" * height + "000000000001" * 2
        bits += "0" * (-len(bits) % 8)
        strip = int(bits, 2).to_bytes(len(bits) // 8, "big")
        page = Strips(width, height, height, (strip,), _GROUP_4, _WHITE_IS_ZERO)
    else:
        rows = min(height, max(1, _STRIP // wanted.samples.row_bytes(width)))
        strips = plain_strips(wanted.samples, width, height, rows)
        page = Strips(width, height, rows, strips, colours=PALETTE if wanted.mode == "palette" else b"")
    return tiff_file(wanted, (page,) * frames, orientation)
