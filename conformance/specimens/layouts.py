"""Where the forms of the documents print what: `python -m conformance.specimens.layouts` writes it for a real engine.

An OCR engine reads lines of text; which document they are of, and which field each is, it knows from the forms. Here
each document is drawn several times with other values: what stays is a label, what changes with a field is that field.
The reference reads the file (`conformance/reference/layouts.json`) and imports nothing of this room.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.files import replace_file
from conformance.specimens.build import DOCUMENTS
from conformance.specimens.canvas import INK, Canvas, Colour, NotoFonts
from conformance.specimens.codes import Document
from conformance.specimens.draw import check_fonts
from conformance.specimens.invent import invented

FILE = Path(__file__).parent.parent / "reference" / "layouts.json"
_SEEDS = ("layout 1", "layout 2", "layout 3", "layout 4")


@dataclass(frozen=True, slots=True)
class Line:
    """One line as drawn: its words, where it begins and ends, its middle and its size in pixels of the document."""

    words: str
    left: float
    right: float
    middle: float
    size: int


class _Noting(Canvas):
    """A sheet that notes each line; what is set evenly is one line, as a reader sees it."""

    def __init__(self, document: Document) -> None:
        super().__init__(document.width, document.height, NotoFonts())
        self.noted: list[Line] = []
        self._whole = False

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: int = 20,
        *,
        face: str = "sans",
        fill: Colour = INK,
        anchor: str = "lm",
        fit: float | None = None,
    ) -> float:
        """As Canvas."""
        end = super().text(x, y, words, size, face=face, fill=fill, anchor=anchor, fit=fit)
        if not self._whole:
            start = end - self._length(words, size, face)
            if fit is not None:
                start = min(start, x) if anchor[0] == "l" else start
            self.noted.append(Line(words, start, end, y, size))
        return end

    def spaced(
        self, x: float, y: float, words: str, size: int, width: float, *, face: str = "sans", fill: Colour = INK
    ) -> None:
        """As Canvas, noted as one line."""
        self._whole = True
        super().spaced(x, y, words, size, width, face=face, fill=fill)
        self._whole = False
        self.noted.append(Line(words, x, x + width, y, size))

    def column(self, x: float, y: float, words: str, size: int, step: float, *, fill: Colour = INK) -> None:
        """As Canvas; nobody reads downwards."""
        self._whole = True
        super().column(x, y, words, size, step, fill=fill)
        self._whole = False


def noted(document: Document) -> list[Line]:
    """Every line of a document."""
    sheet = _Noting(document)
    document.draw(sheet, document.fields)
    return sheet.noted


def layout(master: Document) -> dict[str, object]:
    """What a form prints where: labels, and for each field its place and what is printed around it."""
    others = [invented(master, seed) for seed in _SEEDS]
    drawn = [noted(document) for document in (master, *others)]
    labels: list[list[object]] = []
    fields: dict[str, list[object]] = {}
    for lines in zip(*drawn, strict=False):
        first = lines[0]
        place = [round(first.left), round(first.right), round(first.middle), first.size]
        names = _fields_of([line.words for line in lines], [master, *others], fields)
        for name, before, after in names:
            inside = _part(first, before, after)
            fields.setdefault(name, [*inside, "" if len(names) > 1 else before, "" if len(names) > 1 else after])
        if not names and len({line.words for line in lines}) == 1 and len(first.words.strip()) > 1:
            labels.append([first.words, *place])
    return {
        "ticket": master.ticket,
        "document": master.document,
        "width": master.width,
        "height": master.height,
        "labels": labels,
        "fields": fields,
    }


def _fields_of(
    words: Sequence[str], documents: Sequence[Document], known: Collection[str]
) -> list[tuple[str, str, str]]:
    """Fields that a line prints, with what is around each in the first document, where the rest of the line stays.

    Of two fields of one value, one that is not `known` yet.
    """
    inside: dict[str, list[str]] = {}
    for name, value in documents[0].fields.items():
        values = [str(document.fields[name]) for document in documents]
        if name in known or not isinstance(value, str) or not all(values) or values in inside.values():
            continue
        # A value that never changes is told from a label only where it stands alone.
        alone = values[0] == words[0]
        if all(v in line for v, line in zip(values, words, strict=True)) and (len(set(values)) > 1 or alone):
            inside[name] = values
    whole = {name: values for name, values in inside.items() if values == list(words)}
    inside = whole or inside  # what is found in a value that is printed alone is printed elsewhere, too
    skeletons = set()
    for number, line in enumerate(words):
        for values in sorted(inside.values(), key=lambda values: -len(values[0])):
            line = line.replace(values[number], "\0", 1)
        skeletons.add(line)
    if len(skeletons) != 1:
        return []
    return [(name, *words[0].split(values[0], 1)) for name, values in inside.items()]  # type: ignore[misc]


def _part(line: Line, before: str, after: str) -> list[int]:
    """Left, right, middle and size of what is printed between two texts of a line."""
    total = sum(map(_breadth, line.words)) or 1.0
    width = line.right - line.left
    left = line.left + width * sum(map(_breadth, before)) / total
    right = line.right - width * sum(map(_breadth, after)) / total
    return [round(left), round(right), round(line.middle), line.size]


def _breadth(character: str) -> float:
    """How wide a character is printed, beside an ideograph."""
    return 1.0 if ord(character) > 0x2E7F else 0.55


def main() -> None:
    """Write the layouts of all documents. Raises DataError where typefaces are missing."""
    check_fonts()
    layouts = {document.id: layout(document) for document in DOCUMENTS}
    entries = ",\n".join(
        f" {json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in layouts.items()
    )
    replace_file(FILE, f"{{\n{entries}\n}}\n".encode())


if __name__ == "__main__":
    main()
