"""Draws anew what the kit keeps of the documents: `python -m conformance.specimens [FOLDER]`.

Into FOLDER, or each where the kit keeps it: the pictures of all documents, their worn copies and the manifest in
`cases/specimens`, and where their forms print what in `layouts.json` of the reference, which imports nothing of this
room.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from conformance.files import PACKAGE, DataError, data_folder, replace_file
from conformance.specimens import DOCUMENTS, draw_master
from conformance.specimens.canvas import INK, Canvas, Colour, Fonts, NotoFonts, check_fonts
from conformance.specimens.invent import invented
from conformance.specimens.specimen import Document, Fields, FieldValue, Row
from conformance.specimens.wear import COPIES, Copy
from conformance.text import Text, language_here


def main(arguments: Sequence[str]) -> int:
    """Write all files. Returns the exit status: 0 when they are written, 2 on wrong usage or missing typefaces."""
    if len(arguments) > 1:
        print("usage: python -m conformance.specimens [FOLDER]", file=sys.stderr)
        return 2
    try:
        check_fonts()
    except DataError as missing:
        print(missing.words.in_language(language_here()), file=sys.stderr)
        return 2
    pictures, layouts = data_folder("cases") / "specimens", PACKAGE / "reference"
    if arguments:
        pictures = layouts = Path(arguments[0])
        pictures.mkdir(parents=True, exist_ok=True)
    entries = render_all(pictures)
    replace_file(layouts / "layouts.json", layouts_text().encode())
    size = sum((pictures / entry.file).stat().st_size for entry in entries)
    written = Text(
        f"{len(entries)} pictures, {size / 1024:.0f} KiB, in {pictures}; layouts.json in {layouts}",
        f"{len(entries)} 张图片，{size / 1024:.0f} KiB，已写入 {pictures}；layouts.json 已写入 {layouts}",
    )
    print(written.in_language(language_here()))
    return 0


# Pictures and the manifest of the kit's own.

Corner = tuple[int, int]


@dataclass(frozen=True)
class Entry:
    """What the manifest says about one picture.

    Attributes:
        corners: corners of the document in pixels of the file (outside of it for a cropped copy), top-left,
            top-right, bottom-right, bottom-left of the document as read.
        readable, locatable: whether the content code and the locator code are legible.
        alarms: image conditions that hold, named as the alarm fields without `detect_` and `_result`.
        copy_of, wear: id of the master and the kind of wear; None for a master.
    """

    id: str
    file: str
    ticket: str | None
    document: str | None
    width: int
    height: int
    corners: tuple[Corner, Corner, Corner, Corner]
    readable: bool
    locatable: bool
    alarms: tuple[str, ...]
    copy_of: str | None
    wear: str | None
    fields: Fields


def render_all(folder: Path) -> list[Entry]:
    """Writes all pictures and the manifest into `folder`; returns the entries in the manifest's order."""
    entries: list[Entry] = []
    for document in DOCUMENTS:
        for entry, content in render_document(document, NotoFonts()):
            replace_file(folder / entry.file, content)
            entries.append(entry)
    replace_file(folder / "manifest.toml", manifest_text(entries, folder).encode())
    return entries


def render_document(document: Document, fonts: Fonts) -> list[tuple[Entry, bytes]]:
    """The master of a document and its worn copies, with the bytes of their files."""
    master = draw_master(document, fonts)
    pictures = [(master_entry(document), encode(master, ".png"))]
    for copy in COPIES.get(document.id, ()):
        worn = copy.apply(master.convert("RGB"), document)
        pictures.append((copy_entry(document, copy, worn.image.size, worn.offset), encode(worn.image, copy.suffix)))
    return pictures


def master_entry(document: Document) -> Entry:
    """Manifest entry of the clean specimen."""
    return Entry(
        id=document.id,
        file=f"{document.id}.png",
        ticket=document.ticket,
        document=document.document,
        width=document.width,
        height=document.height,
        corners=corners(document.width, document.height),
        readable=True,
        locatable=True,
        alarms=(),
        copy_of=None,
        wear=None,
        fields=document.fields,
    )


def copy_entry(document: Document, copy: Copy, size: tuple[int, int], offset: tuple[int, int]) -> Entry:
    """Manifest entry of a worn copy of the given size in pixels, its document's corner at `offset`."""
    name = f"{document.id}.{copy.wear}"
    return replace(
        master_entry(document),
        id=name,
        file=name + copy.suffix,
        width=size[0],
        height=size[1],
        corners=corners(document.width, document.height, *offset),
        readable=copy.readable,
        locatable=copy.locatable,
        alarms=copy.alarms,
        copy_of=document.id,
        wear=copy.wear,
    )


def corners(width: int, height: int, left: int = 0, top: int = 0) -> tuple[Corner, Corner, Corner, Corner]:
    """Corners of an upright document whose upper-left corner lies at (left, top)."""
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


def encode(image: Image.Image, suffix: str) -> bytes:
    """The picture as PNG or JPEG (quality 50), told by `suffix` (`.png`, `.jpg`)."""
    stream = io.BytesIO()
    if suffix == ".png":
        image.save(stream, "PNG", optimize=True)
    else:
        image.convert("RGB").save(stream, "JPEG", quality=50, optimize=True)
    return stream.getvalue()


HEAD = """\
# Specimen documents: picture files and their ground truth. Written by `python -m conformance.specimens`.
# Every value is invented: no person, company, account or number printed here exists.
"""


def manifest_text(entries: Sequence[Entry], folder: Path) -> str:
    """The whole manifest; reads each picture in `folder` for its SHA-256."""
    return "\n".join([HEAD, *(_entry_text(entry, folder) for entry in entries)])


def _entry_text(entry: Entry, folder: Path) -> str:
    digest = hashlib.sha256((folder / entry.file).read_bytes()).hexdigest()
    pairs: list[tuple[str, object]] = [
        ("id", entry.id),
        ("file", entry.file),
        ("ticket", entry.ticket),
        ("document", entry.document),
        ("width", entry.width),
        ("height", entry.height),
        ("corners", [list(corner) for corner in entry.corners]),
        ("readable", entry.readable),
        ("locatable", entry.locatable),
        ("alarms", list(entry.alarms)),
        ("copy-of", entry.copy_of),
        ("wear", entry.wear),
        ("sha256", digest),
    ]
    # JSON and TOML write integers, booleans, lists and basic strings alike
    head = [f"{key} = {json.dumps(value)}" for key, value in pairs if value is not None]
    body = [f"{key} = {toml_value(value)}" for key, value in entry.fields.items()]
    return "\n".join(["[[specimen]]", *head, "[specimen.fields]", *body, ""])


def toml_value(value: FieldValue | Row) -> str:
    """A field value as a TOML string, array of inline tables or inline table."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        return _inline(value)
    return "[" + ", ".join(_inline(row) for row in value) + "]"


def _inline(table: Mapping[str, str] | Mapping[str, Row]) -> str:
    return "{ " + ", ".join(f"{key} = {toml_value(value)}" for key, value in table.items()) + " }"


# Layouts, for a real engine. It reads lines of text; which document they are of, and which field each is, it knows from
# the forms. Each document is drawn several times with other values: what stays is a label, what changes with a field is
# that field.

_SEEDS = ("layout 1", "layout 2", "layout 3", "layout 4")


def layouts_text() -> str:
    """The layouts of all documents as JSON, a line for each."""
    layouts = {document.id: layout(document) for document in DOCUMENTS}
    entries = ",\n".join(
        f" {json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in layouts.items()
    )
    return f"{{\n{entries}\n}}\n"


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


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
