"""Pictures of an exact number of bytes, of an exact length in base64, cut short, or with bytes after their end.

Padding goes where each format says that readers skip it, so that the picture decodes to the same pixels.
"""

from __future__ import annotations

import struct

from conformance.images.directories import read_directory, read_head
from conformance.images.png import AFTER_HEADER, chunk
from conformance.images.sniff import sniff

_LONGEST_SEGMENT = 2 + 0xFFFF
_CHUNK = 1 << 20
"""Bytes of one padding chunk: well below the 8,000,000 that PNG readers commonly allow."""

_CHUNK_FRAME = 12
_PADDING_CHUNK = b"paDd"
"""Ancillary, private, safe to copy: readers that do not know the name skip it."""


def pad(data: bytes, byte_size: int) -> bytes:
    """The same picture in exactly `byte_size` bytes.

    JPEG: comment segments (and up to three fill bytes) before the tables. PNG: a private ancillary chunk before the
    image data. BMP: a gap before the pixels. TIFF: the first directory again at the end, behind a gap that nothing
    refers to (it starts at an even offset, so that one byte may follow it). Raises ValueError where `data` is none of
    these or incomplete, is longer than `byte_size`, or leaves too few bytes for the smallest padding of its format.
    """
    found = sniff(data)
    if found is None or not found.complete:
        raise ValueError("expected a complete JPEG, PNG, BMP or TIFF file to pad, got something else or a part of one")
    extra = byte_size - len(data)
    if extra < 0:
        raise ValueError(f"expected a picture of at most {byte_size} bytes to pad, got one of {len(data)} bytes")
    if extra == 0:
        return data
    if found.format == "JPEG":
        return _pad_jpeg(data, extra)
    if found.format == "PNG":
        return _pad_png(data, extra)
    if found.format == "BMP":
        return _pad_bmp(data, extra)
    if found.format == "TIFF":
        return _pad_tiff(data, extra)
    raise ValueError(f"expected a JPEG, PNG, BMP or TIFF file to pad, got {found.format}")


def pad_to_base64(data: bytes, characters: int, *, equals: int = 0) -> bytes:
    """The same picture in so many bytes that its standard, padded base64 text has exactly `characters` characters.

    `equals` says how many of them (0, 1 or 2) are the `=` at the end: 9,786,712 characters are 7,340,034 bytes, or
    with two of them 7,340,032, which is 7 MB. Raises ValueError where no text has that length, and as `pad` does.
    """
    if characters <= 0 or characters % 4:
        near = max(4, characters - characters % 4)
        raise ValueError(
            f"padded base64 text has a multiple of 4 characters, never {characters}; nearest: {near} and {near + 4}"
        )
    if not 0 <= equals <= 2:
        raise ValueError(f"base64 text ends in 0, 1 or 2 equals signs, got {equals}")
    return pad(data, characters // 4 * 3 - equals)


def truncate(data: bytes, share: float = 0.5) -> bytes:
    """The first `share` of the file (more than 0, less than 1): at least one byte, at least one byte less than all.

    Raises ValueError for another share, and for fewer than 2 bytes. Headers at the end go with it: those of a padded
    TIFF file, for one.
    """
    if not 0 < share < 1 or len(data) < 2:
        raise ValueError(f"expected a share between 0 and 1 of at least 2 bytes, got {share} of {len(data)}")
    return data[: min(len(data) - 1, max(1, int(len(data) * share)))]


def with_trailing_bytes(data: bytes, count: int, filler: bytes = b"\0") -> bytes:
    """The file with `count` bytes after its end, `filler` over and over.

    Decoders ignore them, strict readers may not. Raises ValueError for a count below 1 or an empty filler.
    """
    if count < 1 or not filler:
        raise ValueError(f"expected at least one byte to append and a filler, got {count} of {filler!r}")
    return data + (filler * -(-count // len(filler)))[:count]


def _pad_jpeg(data: bytes, extra: int) -> bytes:
    at = 2
    while 0xE0 <= data[at + 1] <= 0xEF:  # the application segments, which must come first
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    whole, rest = divmod(extra, _LONGEST_SEGMENT)
    comments = _comment(_LONGEST_SEGMENT) * whole
    # Fewer than four bytes make no segment; any marker may be preceded by FF fill bytes (T.81, B.1.1.2).
    comments += _comment(rest) if rest >= 4 else b"\xff" * rest
    return b"".join((data[:at], comments, memoryview(data)[at:]))


def _comment(size: int) -> bytes:
    return struct.pack(">BBH", 0xFF, 0xFE, size - 2) + bytes(size - 4)


def _pad_png(data: bytes, extra: int) -> bytes:
    if extra < _CHUNK_FRAME:
        raise ValueError(
            f"a PNG file grows by a chunk of at least {_CHUNK_FRAME} bytes, not by {extra}; "
            "start from a smaller picture or ask for more bytes"
        )
    chunks = -(-extra // _CHUNK)
    size, longer = divmod(extra, chunks)
    padding = _padding_chunk(size + 1) * longer + _padding_chunk(size) * (chunks - longer)
    return b"".join((data[:AFTER_HEADER], padding, memoryview(data)[AFTER_HEADER:]))


def _padding_chunk(size: int) -> bytes:
    return chunk(_PADDING_CHUNK, bytes(size - _CHUNK_FRAME))


def _pad_bmp(data: bytes, extra: int) -> bytes:
    size, _, at = struct.unpack_from("<III", data, 2)
    header = struct.unpack_from("<I", data, 14)[0]
    runs = header >= 40 and struct.unpack_from("<I", data, 30)[0] in (1, 2)
    # Run-length data are aligned to two bytes, by some readers from the start of the file: keep the parity.
    after = extra % 2 if runs else 0
    gap = extra - after
    head = bytearray(data[:at])
    struct.pack_into("<III", head, 2, size + extra, 0, at + gap)
    if after:
        stored = struct.unpack_from("<I", data, 34)[0]
        struct.pack_into("<I", head, 34, stored + after if stored else 0)
    return b"".join((head, bytes(gap), memoryview(data)[at:], bytes(after)))


def _pad_tiff(data: bytes, extra: int) -> bytes:
    head = read_head(data)
    if head is None or head.big:
        raise ValueError("expected a TIFF file with 32-bit offsets to pad, got a BigTIFF")
    table = read_directory(data, head, head.first).size
    end = len(data) + extra
    at = (end - table) // 2 * 2
    if at < len(data):
        raise ValueError(
            f"a TIFF file grows by a second copy of its directory, here at least {table} bytes, not by {extra}; "
            "start from a smaller picture or ask for more bytes"
        )
    start = data[:4] + struct.pack(head.order + "I", at)
    directory = data[head.first : head.first + table]
    return b"".join((start, memoryview(data)[8:], bytes(at - len(data)), directory, bytes(end - at - table)))
