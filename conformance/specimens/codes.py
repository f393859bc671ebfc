"""A specimen document as data, and its two QR codes: what they say and how they are drawn.

A `Document` is its printed values plus one drawing function; everything else (codes, files, manifest) is derived from
it. The locator code (error correction H, modules of 6 px) tells what the document is and where its corners are; the
content code (error correction M, modules of 3 px) carries the field values and is the first to die under wear.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import segno
from PIL import Image, ImageDraw

from conformance.specimens.canvas import Canvas

Row = Mapping[str, str]
"""One line of a nested list, such as an invoice line."""

FieldValue = str | list[Row] | Mapping[str, Row]
"""A printed value: text, a nested list (item_list, itinerary_list) or an object (extra_info)."""

Fields = Mapping[str, FieldValue]
"""Field name as in `content` of the ticket operation -> printed value."""


@dataclass(frozen=True)
class Document:
    """One kind of document and the invented values printed on it.

    Attributes:
        ticket: value in the ticket operation, None where the document is no ticket.
        document: value in the identity document operation, None where it is no identity document.
        width, height: size in pixels of the master drawing.
        fields: printed values, in the order of the documented table.
        draw: draws everything but the two codes.
        locator_at, content_at: upper-left corner in pixels of the square of each code (without quiet zone).
    """

    ticket: str | None
    document: str | None
    width: int
    height: int
    fields: Fields
    draw: Callable[[Canvas, Fields], None]
    locator_at: tuple[int, int]
    content_at: tuple[int, int]

    @property
    def id(self) -> str:
        """Kebab-case id, from the ticket type or else the identity document type."""
        name = self.ticket or self.document
        if name is None:
            raise ValueError("a document needs a ticket type or an identity document type")
        return name.replace("_", "-")


def text(fields: Fields, name: str) -> str:
    """Value of a plain text field. Raises TypeError when the field is nested."""
    value = fields[name]
    if not isinstance(value, str):
        raise TypeError(f"field {name} is nested, expected text")
    return value


def rows(fields: Fields, name: str) -> list[Row]:
    """Lines of a nested list field. Raises TypeError when the field is something else."""
    value = fields[name]
    if not isinstance(value, list):
        raise TypeError(f"field {name} is no nested list")
    return value


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
        found = int(sized.symbol_size(border=0)[0]) * module
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
