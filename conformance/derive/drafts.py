"""Draft schemas of a page's request and success bodies (JSON Schema 2020-12), from its rows as documented.

They are drafts: where a table is silent (an unknown type, a flat result) they say so in `$comment` and allow anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.contract.schemas import bounds_of, entries_type, plain_type
from conformance.contract.subschema import DIALECT, Schema, Subschema
from conformance.derive.cells import choice_of, narrow
from conformance.derive.draft_tables import Objects, flat_result, is_list, objects_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.contract.tables import Row
    from conformance.derive.model import ReadPage, ReadRow, ReadTable

_MAX_DEPTH = 8
_FIRST = ("$schema", "title", "type", "properties", "items", "required")


@dataclass(frozen=True, slots=True)
class DraftSchemas:
    """The drafts of one page."""

    request: Schema
    success: Schema


@dataclass(slots=True)
class _Drafter:
    """A schema under construction, and the objects and tables of values that its rows refer to.

    `waiting` are definitions of objects that a row has referred to, still to be drafted.
    """

    root: Subschema
    objects: Objects
    values: Mapping[int, list[str]]
    waiting: list[tuple[Subschema, ReadTable]] = field(default_factory=list)


def draft_schemas(page: ReadPage) -> DraftSchemas:
    """The draft schemas of the request body and of the body of a success."""
    return DraftSchemas(
        request=_document(page, f"{page.title}: request", page.tables_of("body")),
        success=_document(page, f"{page.title}: success", _success_tables(page)),
    )


def _success_tables(page: ReadPage) -> list[ReadTable]:
    """The response tables of a 2xx status, or all of them where the page names no status."""
    tables = page.tables_of("response")
    successes = [table for table in tables if table.status is not None and 200 <= table.status < 300]
    return successes or [table for table in tables if table.status is None]


def _document(page: ReadPage, title: str, tables: list[ReadTable]) -> Schema:
    values = {table.number: [entry.row.name for entry in table.rows] for table in page.tables_of("values")}
    drafter = _Drafter(Subschema(), objects_of(page), values)
    drafter.root.describe(**{"$schema": DIALECT}, title=title, type="object")
    for table in tables:
        _add_object(drafter, table)
    while drafter.waiting:
        node, described = drafter.waiting.pop()
        _add_members(drafter, node, described.rows)
    return drafter.root.published(_FIRST)


def _add_object(drafter: _Drafter, table: ReadTable) -> None:
    """The object that a table lists; the members of a flat result are put inside it."""
    rows = [entry for entry in table.rows if entry.row.presence != "failure"]
    flat = flat_result(table, drafter.objects)
    inside = [table.rows[index] for index in sorted(flat or ())]
    _add_members(drafter, drafter.root, [entry for entry in rows if entry not in inside])
    if flat is None:
        return
    outer = next(entry for entry in rows if entry.row.name == "result")
    result = drafter.root.members["result"] = Subschema()
    if is_list(outer.row.type or ""):
        result.describe(type="array")
        result = result.child("*")
    _add_members(drafter, result, inside)
    result.describe(**{"$comment": "the page lists these members beside result; that they are inside it is drafted"})


def _add_members(drafter: _Drafter, node: Subschema, rows: Sequence[ReadRow]) -> None:
    node.describe(type="object")
    choices: dict[frozenset[str], list[str]] = {}
    for entry in rows:
        name = entry.row.name
        if name not in node.members:
            _add_property(drafter, node.child(name), entry)
        answered = entry.row.required is None and entry.row.presence in ("always", "success")
        if answered or entry.row.required == "yes":
            node.require(name, f"line {entry.line}")
        elif choice := choice_of(entry.row.required):
            choices.setdefault(frozenset(choice), []).append(name)
    groups: list[Schema] = [{"oneOf": [{"required": [n]} for n in dict.fromkeys(names)]} for names in choices.values()]
    if groups:
        node.describe(**(groups[0] if len(groups) == 1 else {"allOf": groups}))


def _add_property(drafter: _Drafter, node: Subschema, entry: ReadRow) -> None:
    row, numbers = entry.row, bounds_of(entry.row)
    described = drafter.objects.of(entry)
    if described is not None:
        if is_list(narrow(row.type or "")):
            node.describe(type="array")
            node = node.child("*")
        node.refer(_definition(drafter, described))
        if numbers:
            node.describe(additionalProperties=numbers)
        return
    schema = typed(narrow(row.type or ""), 0)
    if row.fields:
        for name in row.fields:
            node.child(name).describe(**numbers)
    elif numbers:
        _bound(schema, numbers)
    _enumerate(schema, list(row.values) or drafter.values.get(row.values_of or 0, []))
    if row.default is not None:
        schema["default"] = _value(row.default, schema.get("type"))
    limits = _picture_limits(row)
    if limits:
        schema["$comment"] = limits
    node.describe(**schema)


def _bound(schema: Schema, numbers: Schema) -> None:
    """Add a range where the numbers are: in the members of an object, in the entries of lists."""
    items = schema.get("items")
    if isinstance(items, dict):
        _bound(items, numbers)
    elif schema.get("type") == "object":
        schema["additionalProperties"] = numbers
    else:
        schema.update(numbers)


def _picture_limits(row: Row) -> str:
    """The limits that a schema cannot hold, as a comment: they speak of the picture, not of the text."""
    named = (
        ("base64 text at most", row.base64_max),
        ("file advised at most", row.file_advised),
        ("smallest side in pixels", row.side_min),
        ("longest side in pixels", row.side_max),
        ("formats", ", ".join(row.formats) or None),
    )
    return "; ".join(f"{words} {value}" for words, value in named if value is not None)


def _definition(drafter: _Drafter, table: ReadTable) -> str:
    """The name of the table's object under `$defs`; the object waits to be drafted when it is met first."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", table.object or f"table_{table.number}")
    if name not in drafter.root.definitions:
        drafter.waiting.append((drafter.root.define(name), table))
    return name


def typed(printed: str, depth: int) -> Schema:
    """The schema of a documented type; lists inside lists to a depth of eight."""
    words = printed.strip().casefold()
    if plain := plain_type(words):
        return {"type": plain}
    entries = entries_type(words)
    if entries is not None and depth < _MAX_DEPTH:
        return {"type": "array", "items": typed(entries, depth + 1)}
    if words.endswith((" object", " objects")):
        return {"type": "object", "$comment": f"documented as {printed!r}; the page has no table of it"}
    return {"$comment": f"documented as {printed!r}"} if printed else {"$comment": "no type is documented"}


def _enumerate(schema: Schema, values: list[str]) -> None:
    """Add the values as `enum`: of the entries of a list, of the value else; `true` and `false` need none."""
    if not values or schema.get("type") == "boolean":
        return
    if schema.get("type") == "array":
        items = schema.setdefault("items", {"type": "string"})
        if isinstance(items, dict):
            items["enum"] = [_value(value, items.get("type")) for value in values]
        return
    schema["enum"] = [_value(value, schema.get("type")) for value in values]


def _value(printed: str, type_: object) -> object:
    """The value as it is sent; printed text that is none of the type stays text."""
    if type_ == "boolean" and printed.casefold() in ("true", "false"):
        return printed.casefold() == "true"
    if type_ == "integer" and re.fullmatch(r"-?[0-9]{1,18}", printed):
        return int(printed)
    if type_ == "number" and re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?", printed):
        return float(printed)
    return printed
