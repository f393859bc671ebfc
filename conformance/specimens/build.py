"""From documents to files: draws the masters, wears the copies, writes the pictures and the manifest of the kit's own.

`python -m conformance.specimens [FOLDER]` writes all of them.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from conformance.files import replace_file
from conformance.specimens.canvas import FACES, Canvas, Fonts, NotoFonts, missing_font_files
from conformance.specimens.codes import Document, Fields, FieldValue, Row, content_code, draw_code, locator_code
from conformance.specimens.identity_papers import FOREIGN, MAINLAND
from conformance.specimens.invoices import INVOICES
from conformance.specimens.southeast_asian_papers import SOUTHEAST_ASIAN
from conformance.specimens.travel_papers import FLIGHT_AND_BANK, RAIL_AND_ROAD
from conformance.specimens.vehicle_papers import VEHICLE_PAPERS
from conformance.specimens.wear import COPIES, Copy, reduced

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


COLOURS = 24  # palette of a master: enough for smooth text, few enough for small files

DOCUMENTS: tuple[Document, ...] = (
    *RAIL_AND_ROAD,
    *MAINLAND,
    *INVOICES,
    *FLIGHT_AND_BANK,
    *VEHICLE_PAPERS,
    *FOREIGN,
    *SOUTHEAST_ASIAN,
)


def draw_master(document: Document, fonts: Fonts, sheet: Callable[[int, int, Fonts], Canvas] = Canvas) -> Image.Image:
    """The clean specimen with both codes, as an RGB picture reduced to a palette's colours.

    `sheet` makes what it is drawn on. Raises ValueError where a value does not fit into its place.
    """
    canvas = sheet(document.width, document.height, fonts)
    document.draw(canvas, document.fields)
    for code in (locator_code(document), content_code(document)):
        draw_code(canvas.image, code)
    return reduced(canvas.image, COLOURS)


def encode(image: Image.Image, suffix: str) -> bytes:
    """The picture as PNG or JPEG (quality 50), told by `suffix` (`.png`, `.jpg`)."""
    stream = io.BytesIO()
    if suffix == ".png":
        image.save(stream, "PNG", optimize=True)
    else:
        image.convert("RGB").save(stream, "JPEG", quality=50, optimize=True)
    return stream.getvalue()


def corners(width: int, height: int, left: int = 0, top: int = 0) -> tuple[Corner, Corner, Corner, Corner]:
    """Corners of an upright document whose upper-left corner lies at (left, top)."""
    right, bottom = left + width, top + height
    return ((left, top), (right, top), (right, bottom), (left, bottom))


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


def render_document(document: Document, fonts: Fonts) -> list[tuple[Entry, bytes]]:
    """The master of a document and its worn copies, with the bytes of their files."""
    master = draw_master(document, fonts)
    pictures = [(master_entry(document), encode(master, ".png"))]
    for copy in COPIES.get(document.id, ()):
        worn = copy.apply(master.convert("RGB"), document)
        pictures.append((copy_entry(document, copy, worn.image.size, worn.offset), encode(worn.image, copy.suffix)))
    return pictures


def render_all(folder: Path, fonts: Fonts) -> list[Entry]:
    """Writes all pictures and the manifest into `folder`; returns the entries in the manifest's order."""
    entries: list[Entry] = []
    for document in DOCUMENTS:
        for entry, content in render_document(document, fonts):
            replace_file(folder / entry.file, content)
            entries.append(entry)
    replace_file(folder / "manifest.toml", manifest_text(entries, folder).encode())
    return entries


def main(arguments: Sequence[str], faces: Mapping[str, tuple[Path, int]] = FACES) -> int:
    """Returns the exit status: 0 when written, 2 on wrong usage or missing fonts."""
    if len(arguments) > 1:
        print("usage: python -m conformance.specimens [FOLDER]", file=sys.stderr)
        return 2
    missing = missing_font_files(faces)
    if missing:
        names = "\n  ".join(str(path) for path in missing)
        print(
            f"these typefaces are not installed:\n  {names}\nInstall the Debian packages fonts-noto-cjk and "
            "fonts-noto-core. They are needed to render only; the pictures in the repository work without them.",
            file=sys.stderr,
        )
        return 2
    folder = Path(arguments[0]) if arguments else Path(__file__).parent.parent
    folder.mkdir(parents=True, exist_ok=True)
    entries = render_all(folder, NotoFonts())
    size = sum((folder / entry.file).stat().st_size for entry in entries)
    print(f"{len(entries)} pictures, {size / 1024:.0f} KiB, in {folder}")
    return 0
