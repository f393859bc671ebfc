"""Files of pictures written by hand: PNG, BMP and blank JPEG, and the compressed streams in them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from itertools import accumulate
from types import MappingProxyType
from typing import Final

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


def orientation_block(orientation: int) -> bytes:
    """The smallest EXIF block: a TIFF header and a directory that holds nothing but the orientation, a short."""
    return b"II*\0\x08\0\0\0" + struct.pack("<HHHIHHI", 1, 274, 3, 1, orientation, 0, 0)


# PNG files by hand (PNG, third edition): chunks around compressed rows, and blank pictures of any size.


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
_LONGEST_EOB_RUN = 32_767


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
            run = min(left, _LONGEST_EOB_RUN)
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
