"""Compressed streams in which a stretch of repeated bytes costs as much as one of its periods.

A blank picture of 8193 x 8193 pixels is hundreds of megabytes before compression. Here a period is compressed
once, up to a byte boundary and without reference to what came before, and its bytes are repeated.
"""

from __future__ import annotations

import zlib
from itertools import accumulate

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
