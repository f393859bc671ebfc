"""The two QR codes of a specimen: what they say and how they are drawn.

The locator code (error correction H, modules of 6 px) tells what the document is and where its corners are; the
content code (error correction M, modules of 3 px) carries the field values and is the first to die under wear.
"""

import base64
import json
import zlib
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from cases.specimens.render.documents import Document, Fields

LOCATOR_MODULE = 6
CONTENT_MODULE = 3
QUIET = 4  # modules of white around a code, as ISO/IEC 18004 asks for


@dataclass(frozen=True)
class PlacedCode:
    """A code and its place: upper-left corner and side in pixels, without the quiet zone."""

    text: str
    x: int
    y: int
    side: int
    module: int
    modules: tuple[bytes, ...]


def payload(fields: Fields) -> str:
    """Fields as JSON (UTF-8), deflated (zlib), in base64url without padding."""
    packed = zlib.compress(json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode(), 9)
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def locator_code(document: Document) -> PlacedCode:
    """The code by which a reader finds the document and its corners."""
    x, y = document.locator_at
    names = f"{document.id} {document.ticket or '-'} {document.document or '-'}"
    head = f"OCRSPEC1 {names} {document.width} {document.height} {x} {y}"
    return _place(head, "", x, y, LOCATOR_MODULE, "h")


def content_code(document: Document) -> PlacedCode:
    """The code that carries the field values."""
    x, y = document.content_at
    head = f"OCRDATA1 {document.id} {x} {y}"
    return _place(head, " " + payload(document.fields), x, y, CONTENT_MODULE, "m")


def _place(head: str, tail: str, x: int, y: int, module: int, error: str) -> PlacedCode:
    side, found = -1, 0
    while side != found:  # the text names the side, and the side follows from the length of the text
        side, text = found, f"{head} {found}{tail}"
        sized = segno.make(text, error=error, micro=False, boost_error=False, mask=0)  # to find the best mask is slow
        found = sized.symbol_size(border=0)[0] * module
    code = segno.make(text, error=error, micro=False, boost_error=False)
    return PlacedCode(text, x, y, side, module, tuple(bytes(row) for row in code.matrix))


def draw_code(image: Image.Image, code: PlacedCode) -> None:
    """Draws the code on a white field as wide as its quiet zone."""
    pen = ImageDraw.Draw(image)
    margin = QUIET * code.module
    pen.rectangle(
        (code.x - margin, code.y - margin, code.x + code.side + margin - 1, code.y + code.side + margin - 1),
        fill="white",
    )
    for row, line in enumerate(code.modules):
        for column, dark in enumerate(line):
            if dark:
                left, top = code.x + column * code.module, code.y + row * code.module
                pen.rectangle((left, top, left + code.module - 1, top + code.module - 1), fill="black")
