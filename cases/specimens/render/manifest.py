"""The manifest of the specimens: one entry per picture file, written as TOML."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cases.specimens.render.documents import Fields, FieldValue, Row

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
# Specimen documents: picture files and their ground truth. Written by `python -m cases.specimens.render`.
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
