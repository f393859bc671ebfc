"""Files of pictures written by hand: PNG, TIFF and BMP, and the compressed streams in them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from types import MappingProxyType
from typing import Final, Literal

from conformance.images.formats import PALETTE, Kind, Mode, Samples, Variant

# Compressed streams in which a stretch of repeated bytes costs as much as one of its periods.
#
# A blank picture of 8193 x 8193 pixels is hundreds of megabytes before compression. Here a period is compressed
# once, up to a byte boundary and without reference to what came before, and its bytes are repeated.


_BLOCK = 1 << 18
_MODULUS = 65_521
"""Of Adler-32 (RFC 1950)."""


class ZlibWriter:
    """Writes one zlib stream (RFC 1950) piece by piece."""

    def __init__(self, level: int = 6) -> None:
        self._level = level
        self._deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
        self._parts = [b"\x78\x9c"]
        self._adler = 1

    def write(self, data: bytes) -> None:
        """Appends `data`."""
        self._adler = zlib.adler32(data, self._adler)
        self._parts.append(self._deflate.compress(data))

    def repeat(self, unit: bytes, times: int) -> None:
        """Appends `unit`, `times` times over."""
        per_block = max(1, _BLOCK // max(1, len(unit)))
        blocks, rest = divmod(times, per_block)
        if blocks:
            self._parts.append(self._deflate.flush(zlib.Z_FULL_FLUSH))
            self._parts.append(self._alone(unit * per_block) * blocks)
            self._adler = _Repeats(unit).continued(self._adler, per_block * blocks)
        self.write(unit * rest)

    def write_padded(self, stretches: Stretches, padding: bytes) -> None:
        """Appends each of the stretches with `padding` after it, which is compressed once."""
        self._parts.append(self._deflate.flush(zlib.Z_FULL_FLUSH))
        block = self._alone(padding)
        self._parts += (block.join(stretches.compressed), block)
        self._adler = stretches.continued(self._adler, padding)

    def copy(self) -> ZlibWriter:
        """Another writer that goes on from here."""
        other = ZlibWriter(self._level)
        other._deflate, other._parts, other._adler = self._deflate.copy(), list(self._parts), self._adler
        return other

    def _alone(self, data: bytes) -> bytes:
        """`data` compressed up to a byte boundary and without reference to what came before."""
        deflate = zlib.compressobj(self._level, zlib.DEFLATED, -15)
        return deflate.compress(data) + deflate.flush(zlib.Z_FULL_FLUSH)

    def finish(self) -> bytes:
        """The whole stream; the writer is used up."""
        self._parts.append(self._deflate.flush())
        self._parts.append(self._adler.to_bytes(4, "big"))
        return b"".join(self._parts)


class Stretches:
    """Data in stretches of equal length, compressed apart from each other and from all that stands around them."""

    def __init__(self, data: bytes, length: int, level: int) -> None:
        self._length = length
        deflate = zlib.compressobj(level, zlib.DEFLATED, -15)
        stretches = [data[at : at + length] for at in range(0, len(data), length)]
        known = {one: deflate.compress(one) + deflate.flush(zlib.Z_FULL_FLUSH) for one in dict.fromkeys(stretches)}
        self.compressed = [known[one] for one in stretches]
        sums = [zlib.adler32(one) for one in stretches]
        steps = [(value & 0xFFFF) - 1 for value in sums]
        self._weight = sum(value >> 16 for value in sums) - length * len(sums)
        self._step = sum(steps)
        self._before = sum(accumulate(steps)) - self._step
        """What the steps add to the low sums before the stretches, all together."""

    def continued(self, value: int, padding: bytes) -> int:
        """The checksum after all stretches with `padding` after each, from `value`."""
        low, high, count = value & 0xFFFF, value >> 16, len(self.compressed)
        alone = zlib.adler32(padding)
        step, weight = (alone & 0xFFFF) - 1, (alone >> 16) - len(padding)
        lows = count * low + self._before + step * count * (count - 1) // 2
        high += self._weight + self._length * lows + count * weight + len(padding) * (lows + self._step)
        return (high % _MODULUS) << 16 | (low + self._step + count * step) % _MODULUS


class _Repeats:
    """Adler-32 over repeats of a unit, without going through the repeats."""

    def __init__(self, unit: bytes) -> None:
        alone = zlib.adler32(unit)
        self._length = len(unit)
        self._step = (alone & 0xFFFF) - 1  # what one unit adds to the low sum
        self._weight = (alone >> 16) - len(unit)  # what one unit adds to the high sum, from a low sum of 0

    def continued(self, value: int, times: int) -> int:
        """The checksum after `times` units more, from `value`."""
        low, high = value & 0xFFFF, value >> 16
        high += times * self._weight + self._length * (times * low + self._step * times * (times - 1) // 2)
        return (high % _MODULUS) << 16 | (low + times * self._step) % _MODULUS


# TIFF files by hand (TIFF 6.0): directories around compressed strips, and blank pictures of any size.


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


SIGNATURE = b"\x89PNG\r\n\x1a\n"
AFTER_HEADER = len(SIGNATURE) + 25
"""Where the chunk after IHDR starts."""

ADAM7: tuple[tuple[int, int, int, int], ...] = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
"""The passes of an interlaced picture: first column, first row, column step, row step (PNG, third edition, 8.1)."""

_COLOUR_TYPES: Final[Mapping[Kind, int]] = MappingProxyType(
    {"bilevel": 0, "grey": 0, "rgb": 2, "palette": 3, "grey-alpha": 4, "rgba": 6}
)


def chunk(name: bytes, body: bytes) -> bytes:
    """One chunk: length, name, body, CRC-32."""
    return b"".join((struct.pack(">I", len(body)), name, body, struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))))


def png_file(
    wanted: Variant,
    size: tuple[int, int],
    frames: Sequence[bytes],
    *,
    orientation: int = 1,
    palette: bytes = b"",
) -> bytes:
    """A PNG file around zlib streams, one for each frame; more than one frame makes an animated PNG."""
    width, height = size
    samples = wanted.samples
    header = struct.pack(
        ">IIBBBBB", width, height, samples.bits, _COLOUR_TYPES[samples.kind], 0, 0, wanted.layout == "interlaced"
    )
    parts = [SIGNATURE, chunk(b"IHDR", header)]
    if orientation != 1:
        parts.append(chunk(b"eXIf", orientation_block(orientation)))
    if palette:
        parts.append(chunk(b"PLTE", palette))
    if len(frames) > 1:
        parts += [chunk(b"acTL", struct.pack(">II", len(frames), 0)), _frame_control(0, size)]
    parts.append(chunk(b"IDAT", frames[0]))
    for number, stream in enumerate(frames[1:]):
        parts.append(_frame_control(1 + 2 * number, size))
        parts.append(chunk(b"fdAT", struct.pack(">I", 2 + 2 * number) + stream))
    return b"".join([*parts, chunk(b"IEND", b"")])


def _frame_control(sequence: int, size: tuple[int, int]) -> bytes:
    """A frame that covers the whole picture for one second."""
    return chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, *size, 0, 0, 1, 1, 0, 0))


def write_plain_rows(writer: ZlibWriter, samples: Samples, width: int, rows: int) -> None:
    """Writes `rows` white rows: one as it is, the others as no difference to the row above."""
    if rows:
        white = samples.white_row(width)
        writer.write(b"\0" + white)
        writer.repeat(b"\2" + bytes(len(white)), rows - 1)


def blank_png(wanted: Variant, width: int, height: int, orientation: int, frames: int) -> bytes:
    """A white PNG file of exactly this size."""
    passes = ADAM7 if wanted.layout == "interlaced" else ((0, 0, 1, 1),)
    writer = ZlibWriter()
    for column, row, across, down in passes:
        columns, rows = -(-(width - column) // across), -(-(height - row) // down)
        if columns > 0 and rows > 0:
            write_plain_rows(writer, wanted.samples, columns, rows)
    palette = PALETTE if wanted.mode == "palette" else b""
    return png_file(wanted, (width, height), (writer.finish(),) * frames, orientation=orientation, palette=palette)


# BMP files by hand: headers, runs, and blank pictures of any size.


BITS_PER_PIXEL: Final[Mapping[Mode, int]] = MappingProxyType(
    {"bilevel": 1, "grey": 8, "palette": 8, "rgb555": 16, "rgb": 24, "rgba": 32}
)

_RAW, _RLE8, _BIT_FIELDS = 0, 1, 3
_MASKS = struct.pack("<4I", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
_SRGB = b"BGRs" + bytes(48)
_GREYS = bytes(level for index in range(256) for level in (index, index, index))
_BLACK_WHITE = bytes((0, 0, 0, 255, 255, 255))

END_OF_ROW, END_OF_PICTURE = b"\0\0", b"\0\1"
LONGEST_RUN = 255


def stride(wanted: Variant, width: int) -> int:
    """Bytes of one uncompressed row, aligned to four."""
    return (width * BITS_PER_PIXEL[wanted.mode] + 31) // 32 * 4


def bmp_head(wanted: Variant, width: int, height: int, pixel_bytes: int, palette: bytes = b"") -> bytes:
    """Everything before the pixels: file header, information header (version 4 where there is alpha), palette.

    `palette` holds red, green and blue of each colour of a palette picture.
    """
    alpha = wanted.mode == "rgba"
    compression = _RLE8 if wanted.layout == "run-length" else _BIT_FIELDS if alpha else _RAW
    colours = {"bilevel": _BLACK_WHITE, "grey": _GREYS, "palette": palette}.get(wanted.mode, b"")
    entries = b"".join(colours[i : i + 3][::-1] + b"\0" for i in range(0, len(colours), 3))
    extension = _MASKS + _SRGB if alpha else b""
    header = struct.pack(
        "<IiiHHIIiiII",
        40 + len(extension),
        width,
        -height if wanted.layout == "top-down" else height,
        1,
        BITS_PER_PIXEL[wanted.mode],
        compression,
        pixel_bytes,
        11_811,  # 300 dots per inch, in pixels per metre
        11_811,
        len(entries) // 4,
        0,
    )
    offset = 14 + len(header) + len(extension) + len(entries)
    start = struct.pack("<2sIHHI", b"BM", offset + pixel_bytes, 0, 0, offset)
    return b"".join((start, header, extension, entries))


def run_length_row(index: int, width: int) -> bytes:
    """One row of one colour in RLE8, with its end."""
    whole, rest = divmod(width, LONGEST_RUN)
    return bytes((LONGEST_RUN, index)) * whole + (bytes((rest, index)) if rest else b"") + END_OF_ROW


def blank_bmp(wanted: Variant, width: int, height: int) -> bytes:
    """A white BMP file of exactly this size; only the run-length layout is small for a large picture."""
    if wanted.layout == "run-length":
        pixels = run_length_row(wanted.samples.white, width) * height + END_OF_PICTURE
        return bmp_head(wanted, width, height, len(pixels), PALETTE) + pixels
    size = stride(wanted, width) * height
    head = bmp_head(wanted, width, height, size, PALETTE)
    # One allocation: an uncompressed picture may be hundreds of megabytes.
    return head.ljust(len(head) + size, bytes((wanted.samples.white,)))
