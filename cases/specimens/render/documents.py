"""The values a specimen is made of: its description before drawing and its types.

A `Document` is data plus one drawing function. Everything else (codes, files, manifest) is derived from it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cases.specimens.render.canvas import Canvas

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
