"""PNG files by hand: the chunks around compressed rows, and blank pictures of any size."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

from conformance.images.formats import Kind
from conformance.images.streams import ZlibWriter
from conformance.images.tiff import orientation_block
from conformance.images.variants import PALETTE, Samples, Variant

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
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(name)))


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
