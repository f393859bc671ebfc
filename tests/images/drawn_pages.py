"""An invented page for the tests of this folder, and what it looks like in each mode."""

from __future__ import annotations

import struct
from io import BytesIO

from PIL import Image, ImageDraw

from conformance.images import Mode

_COLOURS = ((255, 255, 255), (0, 0, 0), (230, 0, 0), (0, 131, 0), (32, 65, 255), (255, 197, 16))
"""Each level is kept by 5 bits a sample."""


def drawn_page(width: int = 150, height: int = 90) -> Image.Image:
    """A page of lines and blocks in six colours; no two of its corners look alike."""
    page = Image.new("RGB", (width, height), _COLOURS[0])
    draw = ImageDraw.Draw(page)
    for row in range(6, height - 4, 7):
        for column in range(4, width - 8, 9):
            colour = _COLOURS[(row * 3 + column * column) % len(_COLOURS)]
            draw.rectangle((column, row, column + (row + column) % 7, row + 3), fill=colour)
    draw.line((0, 0, width - 1, height - 1), fill=_COLOURS[2])
    draw.rectangle((0, 0, 3, 2), fill=_COLOURS[1])
    draw.point((width - 1, 0), fill=_COLOURS[4])
    return page


def opened(data: bytes) -> Image.Image:
    """What Pillow reads, pixels not yet decoded."""
    return Image.open(BytesIO(data))


def seen_as(page: Image.Image, mode: Mode) -> Image.Image:
    """The page as a reader sees it once it was stored losslessly in this mode."""
    if mode == "bilevel":
        return page.convert("L").point([255 * (level >= 128) for level in range(256)]).convert("RGB")
    return page.convert("L").convert("RGB") if mode in ("grey", "grey16", "grey-alpha") else page


def in_rgb(image: Image.Image) -> Image.Image:
    """Decoded pixels as 8-bit RGB; the high bytes of 16-bit greys."""
    if image.mode.startswith("I;16"):
        little = image.mode != "I;16B"
        return Image.frombytes("L", image.size, image.tobytes()[int(little) :: 2]).convert("RGB")
    return image.convert("RGB")


def white_bigtiff(width: int, height: int) -> bytes:
    """An uncompressed grey BigTIFF; its pixels come last."""
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 16, 0)]
    entries += [(277, 3, 1), (278, 4, height), (279, 4, width * height)]
    pixels = 16 + 8 + 20 * len(entries) + 8
    rows = [struct.pack("<HHQQ", tag, kind, 1, pixels if tag == 273 else value) for tag, kind, value in entries]
    head = struct.pack("<2sHHHQQ", b"II", 43, 8, 0, 16, len(entries))
    return head + b"".join(rows) + bytes(8) + b"\xff" * (width * height)
