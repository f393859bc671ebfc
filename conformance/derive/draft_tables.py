"""A page as the text of a `tables.toml` draft, which `read_page_data` reads.

What the page prints is filled in, with the place of each field in the answer where the types lead to it. The labels of
the page's language hold the first clause of a cell, the others are empty; whoever keeps the contract words both.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.derive.pointers import places_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract.tables import Row
    from conformance.derive.model import ReadPage, ReadRow, ReadTable

_WIDTH = 110
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")


def draft_toml(page: ReadPage) -> str:
    """The draft, with a comment for whatever could not be read."""
    lines = [
        f"# Draft from the page {_comment(page.title)!r}. Read it against the page before use:",
        "# word every label (the empty ones are to be written), and check id, edition, picture and result.",
        *(f"# Not read: {_comment(entry.text)}" for entry in page.unread),
        "",
        *_head(page),
    ]
    places = places_of(page)
    for table in page.tables:
        lines += ["", *_table(page, table)]
        for index, entry in enumerate(table.rows):
            lines += ["", "[[table.row]]", *_row(page, entry, places.get((table.number, index)))]
    return "\n".join(lines) + "\n"


def _head(page: ReadPage) -> list[str]:
    parts = [part for part in page.path.split("/") if part]
    edition = next((part for part in parts if re.fullmatch(r"v[0-9][0-9.]*", part)), "unknown")
    name = next((part for part in reversed(parts) if not part.startswith("{")), "page")
    bodies = [entry.row for table in page.tables_of("body") for entry in table.rows]
    picture = next((row.name for row in bodies if row.base64_max or row.name in ("image", "data")), "image")
    types = {
        row.type for table in page.tables_of("response") for entry in table.rows if (row := entry.row).name == "result"
    }
    result = "tickets" if any((type_ or "").startswith(("Array", "List")) for type_ in types) else "document"
    return [
        f"id = {as_toml(f'{name}-{edition}')}",
        f"edition = {as_toml(edition)}",
        f"method = {as_toml(page.method)}",
        f"path = {as_toml(page.path)}",
        f"picture = {as_toml(picture)}",
        f"result = {as_toml(result)}",
        "",
        "[title]",
        *_labels(page, page.title),
        "",
        "[document]",
        f"id = {as_toml(page.document_id or name)}",
        *_labels(page, page.title),
        f"published = {as_toml(page.published or 'unknown')}",
    ]


def _table(page: ReadPage, table: ReadTable) -> list[str]:
    printed = "" if table.numbered else "; the page gives it no number"
    status = f"; status {table.status}" if table.status is not None else ""
    return [
        f"# line {table.line}{status}{printed}",
        "[[table]]",
        f"number = {table.number}",
        f"kind = {as_toml(table.kind)}",
        *([f"object = {as_toml(table.object)}"] if table.object else []),
        *_labels(page, table.title),
    ]


def _row(page: ReadPage, entry: ReadRow, place: str | None) -> list[str]:
    row = entry.row
    texts: list[tuple[str, str | None]] = [("name", row.name), ("type", row.type), ("required", row.required)]
    if entry.stated:
        texts.append(("presence", row.presence))
    texts += [
        ("at", place),
        ("default", row.default),
        ("base64-max", row.base64_max),
        ("file-advised", row.file_advised),
    ]
    lines = [f"{key} = {as_toml(value)}" for key, value in texts if value is not None]
    lines += [f"{key} = {value}" for key, value in _numbers(row) if value is not None]
    for key, names in (("values", row.values), ("fields", row.fields), ("formats", row.formats)):
        lines += _array(key, names) if names else []
    when = [f"# only when {entry.condition} is true"] if entry.condition else []
    return [*when, *lines, *_labels(page, row.label.en)]


def _numbers(row: Row) -> list[tuple[str, float | None]]:
    return [
        ("values-of", row.values_of),
        ("minimum", row.minimum),
        ("maximum", row.maximum),
        ("side-min", row.side_min),
        ("side-max", row.side_max),
    ]


def _labels(page: ReadPage, words: str) -> list[str]:
    """Both labels; the one in the page's language holds the words."""
    return [f"{key} = {as_toml(words if key == page.language else '')}" for key in ("en", "zh")]


def _array(key: str, names: Iterable[str]) -> list[str]:
    """The array on one line, or one name a line where it would be too long."""
    entries = [as_toml(name) for name in names]
    line = f"{key} = [{', '.join(entries)}]"
    return [line] if len(line) <= _WIDTH else [f"{key} = [", *(f"    {entry}," for entry in entries), "]"]


def as_toml(value: object) -> str:
    """A value as TOML: strings with JSON's escapes; a list whose line would be long has one entry a line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {as_toml(member)}" for name, member in value.items()) + " }"
    if isinstance(value, list | tuple):
        items = [as_toml(item) for item in value]
        line = f"[{', '.join(items)}]"
        return line if len(line) <= _WIDTH else "[\n" + "".join(f"    {item},\n" for item in items) + "]"
    if isinstance(value, int | float):
        return str(value)
    # TOML forbids one character more than JSON does.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else as_toml(name)


def _comment(text: str) -> str:
    return _CONTROL.sub(" ", text)
