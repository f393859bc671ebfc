"""Blank JPEG files by hand (ITU-T T.81): two bits for a block, one for progressive ones, whatever the size.

White is told once, as the DC value of the first block of each component; every other block repeats it. With code
tables of its own such a file is a few bytes, then zeros.
"""

from __future__ import annotations

import struct

from conformance.images.tiff import orientation_block
from conformance.images.variants import Variant

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
    return _scan_head(range(1, len(sampling) + 1), band) + _packed(head, (units - 1) * blocks * len(nothing))


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
        scans.append(_scan_head((number,), b"\x01\x3f\0") + _packed(bits, 0))
    return scans


def _scan_head(components: range | tuple[int, ...], band: bytes) -> bytes:
    """Start of a scan with these components, all of them with code tables 0; `band` is Ss, Se and Ah/Al."""
    listed = b"".join(bytes((number, 0)) for number in components)
    return _segment(0xDA, bytes((len(components),)) + listed + band)


def _packed(head: str, zeros: int) -> bytes:
    """Compressed data of the bits of `head`, then `zeros` zero bits, filled up with ones; FF becomes FF 00."""
    lead = min(zeros, -len(head) % 8)
    head += "0" * lead
    head += "1" * (-len(head) % 8)
    whole, rest = divmod(zeros - lead, 8)
    first = int(head, 2).to_bytes(len(head) // 8, "big").replace(b"\xff", b"\xff\0")
    return first + bytes(whole) + (bytes((0xFF >> rest,)) if rest else b"")
