"""TIFF files by hand (TIFF 6.0): directories around compressed strips, and blank pictures of any size."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Final, Literal

from conformance.images.formats import Kind
from conformance.images.streams import ZlibWriter
from conformance.images.variants import PALETTE, Samples, Variant

Order = Literal["<", ">"]

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


def orientation_block(orientation: int) -> bytes:
    """The smallest EXIF block: a TIFF header and a directory that holds nothing but the orientation."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 274, _SHORT, 1, orientation, 0, 0)


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
        (256, _LONG, (frame.width,)),
        (257, _LONG, (frame.height,)),
        (258, _SHORT, (samples.bits,) * samples.channels),
        (259, _SHORT, (frame.compression,)),
        (262, _SHORT, (photometric,)),
        (273, _LONG, (0,) * len(frame.strips)),
        (274, _SHORT, (orientation,)),
        (277, _SHORT, (samples.channels,)),
        (278, _LONG, (frame.rows_per_strip,)),
        (279, _LONG, tuple(map(len, frame.strips))),
        (282, _RATIONAL, (300, 1)),
        (283, _RATIONAL, (300, 1)),
        (296, _SHORT, (2,)),
    ]
    if frame.colours:
        planes = (frame.colours[channel::3] for channel in range(3))
        entries.append((320, _SHORT, tuple(level * 257 for plane in planes for level in plane)))
    if samples.kind in ("grey-alpha", "rgba"):
        entries.append((338, _SHORT, (2,)))
    return entries


def _directory(order: Order, at: int, entries: list[Entry], strips: tuple[bytes, ...]) -> bytes:
    """The directory at offset `at`, its next offset left 0, with the values that do not fit into it; strips follow."""
    table = 2 + 12 * len(entries) + 4
    end = at + table + sum(size for size in (_value_size(e) for e in entries) if size > 4)
    rows = [struct.pack(order + "H", len(entries))]
    outside = b""
    for tag, kind, given in entries:
        values = tuple(accumulate(map(len, strips[:-1]), initial=end)) if tag == 273 else given
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
