"""A page as the text of a `tables.toml` draft: its fields by their place in an answer, and kinds of one result."""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.contract.schemas import entries_type, plain_type
from conformance.derive.cells import narrow

if TYPE_CHECKING:
    from conformance.derive.blocks import Json, Sample
    from conformance.derive.model import ReadPage, ReadRow, ReadTable


# Where the fields of a page's tables are in an answer: JSON Pointers, and the object that a row refers to.
#
# A row refers to the table that describes its object by the object's name (`Array of X objects`), by the table's
# number (`Table 5 object`), or by naming the table in its description.


_OBJECT_TYPE = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?([A-Za-z_][A-Za-z0-9_]{0,99}) [Oo]bjects?")
_PLAIN_OBJECT = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?(?:[Oo]bjects?|[Ll]ist|[Aa]rray|JSON|Json|Map)")


def is_list(type_: str) -> bool:
    """Whether the documented type is a list."""
    return plain_type(type_) == "array" or entries_type(type_) is not None


@dataclass(frozen=True, slots=True)
class Objects:
    """The tables of a page that describe objects, by the object's name and by number; the first of two of a name."""

    by_name: Mapping[str, ReadTable]
    by_number: Mapping[int, ReadTable]

    def of(self, entry: ReadRow) -> ReadTable | None:
        """The table of the object that the row holds, or that each entry of its list is; None without one."""
        printed = narrow(entry.row.type or "")
        named = _OBJECT_TYPE.fullmatch(printed)
        table = self.by_name.get(named[1]) if named else None
        table = table or self.by_name.get(entry.row.name)
        if table is None and ("object" in printed.casefold() or _PLAIN_OBJECT.fullmatch(printed)):
            table = next((self.by_number[number] for number in entry.mentions if number in self.by_number), None)
        return table


def objects_of(page: ReadPage) -> Objects:
    """The objects of a page."""
    tables = page.tables_of("object")
    by_name = {table.object: table for table in reversed(tables) if table.object is not None}
    return Objects(by_name, {table.number: table for table in tables})


def places_of(page: ReadPage) -> dict[tuple[int, int], str]:
    """The JSON Pointer (`*` for every entry of a list) of each row of an answer, by table number and row index.

    A table of an object that is used in several places has its first one; rows that no answer leads to have none.
    """
    objects = objects_of(page)
    places: dict[tuple[int, int], str] = {}
    waiting = deque((table, "") for table in page.tables_of("response"))
    placed = {table.number for table, _ in waiting}
    while waiting:
        table, above = waiting.popleft()
        flat = flat_result(table, objects) or frozenset()
        for index, entry in enumerate(table.rows):
            place = f"{'/result' if index in flat else above}/{entry.row.name}"
            places[table.number, index] = place
            described = objects.of(entry)
            if described is not None and described.number not in placed:
                placed.add(described.number)
                waiting.append((described, place + ("/*" if is_list(narrow(entry.row.type or "")) else "")))
    return places


def flat_result(table: ReadTable, objects: Objects) -> frozenset[int] | None:
    """The rows of a flat response table that are members of its row `result`; None where the table is not flat.

    The older pages list the members of the result beside it, without a table of their own.
    """
    if table.kind != "response":
        return None
    result = next((entry for entry in table.rows if entry.row.name == "result"), None)
    if result is None or objects.of(result) is not None:
        return None
    members = frozenset(
        index
        for index, entry in enumerate(table.rows)
        if entry.row.name not in ("result", "error_code", "error_msg") and entry.row.presence != "failure"
    )
    return members or None


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
    stated: Mapping[str, object] = {
        "name": row.name, "type": row.type, "required": row.required,
        "presence": row.presence if entry.stated else None, "at": place, "default": row.default,
        "base64-max": row.base64_max, "file-advised": row.file_advised,
        "values-of": row.values_of, "minimum": row.minimum, "maximum": row.maximum,
        "side-min": row.side_min, "side-max": row.side_max,
        "values": row.values, "fields": row.fields, "formats": row.formats,
    }  # fmt: skip
    lines = [f"{key} = {as_toml(value)}" for key, value in stated.items() if value not in (None, ())]
    when = [f"# only when {entry.condition} is true"] if entry.condition else []
    return [*when, *lines, *_labels(page, row.label.en)]


def _labels(page: ReadPage, words: str) -> list[str]:
    """Both labels; the one in the page's language holds the words."""
    return [f"{key} = {as_toml(words if key == page.language else '')}" for key in ("en", "zh")]


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


# Kinds of one result: a page that has a table for each of them, told apart by the values of one member.
#
# `发票验真` is such a page: a result is a VAT invoice, a motor vehicle invoice or one of a used vehicle, each with a
# table of its own, and `type` says which.


RESULT = "/result"
"""Where kinds stand in an answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of a result: `table` is the number of its table, `values` are those of the member `by` that mean it.

    `shown` are the results of the page's samples that are of this kind.
    """

    name: str
    table: int
    by: str
    values: tuple[str, ...]
    shown: tuple[Mapping[str, Json], ...] = field(default=())


def kind_tables(page: ReadPage) -> list[ReadTable]:
    """The tables that each describe one kind of result: several of one object, or that begin with `result`."""
    tables = page.tables_of("object")
    named = Counter(_object(table) for table in tables)
    several = [table for table in tables if named[_object(table)] > 1]
    begun = [table for table in tables if table.rows and table.rows[0].row.name == "result"]
    return several if len(several) > 1 else begun


def kinds_of(page: ReadPage, samples: Sequence[Sample]) -> tuple[Kind, ...]:
    """The kinds of result that a page has a table for; none where no member tells them apart."""
    tables = kind_tables(page)
    listed = [{entry.row.name: entry.row.values for entry in table.rows if entry.row.values} for table in tables]
    if len(tables) < 2:
        return ()
    by = next((name for name in listed[0] if _tells_apart([values.get(name, ()) for values in listed])), None)
    if by is None:
        return ()
    results = [sample.value["result"] for sample in samples if sample.kind == "success"]
    return tuple(
        Kind(
            name=_name(values[by], table),
            table=table.number,
            by=by,
            values=values[by],
            shown=tuple(result for result in results if isinstance(result, dict) and result.get(by) in values[by]),
        )
        for table, values in zip(tables, listed, strict=True)
    )


def _object(table: ReadTable) -> str:
    """The name of the object that a table describes, without what follows it: `X object of cars` is `X`."""
    return narrow(table.object or f"table {table.number}").split()[0]


def _tells_apart(values: Sequence[tuple[str, ...]]) -> bool:
    """Whether each table lists values, and no two the same."""
    return all(values) and len({value for own in values for value in own}) == sum(map(len, values))


def _name(values: tuple[str, ...], table: ReadTable) -> str:
    """What a kind is called in the names of requirements."""
    return values[0].replace("_", "-").lower() if len(values) == 1 else f"table-{table.number}"
