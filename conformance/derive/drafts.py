"""Draft schemas of a page's request and success bodies (JSON Schema 2020-12), from its rows as documented.

They are drafts: where a table is silent (an unknown type, a flat result) they say so in `$comment` and allow anything.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.contract.subschema import DIALECT, Schema
from conformance.derive.conditions import choice_of
from conformance.derive.pointers import Objects, flat_result, is_list, objects_of
from conformance.derive.vocabulary import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.tables import Row
    from conformance.derive.model import ReadPage, ReadRow, ReadTable

_TYPES = {
    "string": "string", "integer": "integer", "int": "integer", "long": "integer", "short": "integer",
    "byte": "integer", "number": "number", "float": "number", "double": "number", "decimal": "number",
    "boolean": "boolean", "bool": "boolean", "object": "object", "json": "object", "map": "object",
    "list": "array", "array": "array",
}  # fmt: skip
_ITEMS = re.compile(r"(?:array|list)(?: of |\s?<|\()(.+?)(?:>|\))?|(.+)\[\]", re.DOTALL)
_MAX_DEPTH = 8


@dataclass(frozen=True, slots=True)
class DraftSchemas:
    """The drafts of one page."""

    request: Schema
    success: Schema


@dataclass(slots=True)
class _Drafter:
    """The objects and tables of values that the rows refer to, and the definitions drafted so far.

    `waiting` are objects that a row has referred to and that are still to be drafted.
    """

    objects: Objects
    values: Mapping[int, list[str]]
    definitions: dict[str, Schema] = field(default_factory=dict)
    waiting: list[tuple[str, ReadTable]] = field(default_factory=list)


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
    drafter = _Drafter(objects_of(page), values)
    schema: Schema = {"$schema": DIALECT, "title": title}
    for table in tables:
        _merge(schema, _object(drafter, table))
    while drafter.waiting:
        name, described = drafter.waiting.pop()
        drafter.definitions[name].update(_members(drafter, list(described.rows)))
    schema.setdefault("type", "object")
    if drafter.definitions:
        schema["$defs"] = dict(drafter.definitions)
    return schema


def _merge(schema: Schema, other: Schema) -> None:
    """Add the members of a second table to the same object."""
    for key, value in other.items():
        known = schema.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            known.update(value)
        elif isinstance(known, list) and isinstance(value, list):
            known += [entry for entry in value if entry not in known]
        else:
            schema[key] = value


def _object(drafter: _Drafter, table: ReadTable) -> Schema:
    """The object that a table lists; the members of a flat result are put inside it."""
    rows = [entry for entry in table.rows if entry.row.presence != "failure"]
    flat = flat_result(table, drafter.objects)
    if flat is None:
        return _members(drafter, rows)
    inside = [table.rows[index] for index in sorted(flat)]
    schema = _members(drafter, [entry for entry in rows if entry not in inside])
    result = _members(drafter, inside)
    result["$comment"] = "the page lists these members beside result; that they are inside it is drafted"
    properties = schema["properties"]
    if isinstance(properties, dict):
        outer = next(entry for entry in rows if entry.row.name == "result")
        properties["result"] = {"type": "array", "items": result} if is_list(outer.row.type or "") else result
    return schema


def _members(drafter: _Drafter, rows: list[ReadRow]) -> Schema:
    properties: dict[str, object] = {}
    required: list[str] = []
    choices: dict[frozenset[str], list[str]] = {}
    for entry in rows:
        name = entry.row.name
        properties.setdefault(name, _property(drafter, entry))
        answered = entry.row.required is None and entry.row.presence in ("always", "success")
        if answered or entry.row.required == "yes":
            required.append(name)
        elif choice := choice_of(entry.row.required):
            choices.setdefault(frozenset(choice), []).append(name)
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = list(dict.fromkeys(required))
    groups: list[Schema] = [{"oneOf": [{"required": [n]} for n in dict.fromkeys(names)]} for names in choices.values()]
    return {**schema, **(groups[0] if len(groups) == 1 else {"allOf": groups} if groups else {})}


def _property(drafter: _Drafter, entry: ReadRow) -> Schema:
    row = entry.row
    described = drafter.objects.of(entry)
    if described is not None:
        reference: Schema = {"$ref": f"#/$defs/{_definition(drafter, described)}"}
        if row.minimum is not None or row.maximum is not None:
            reference["additionalProperties"] = _range(row)
        return {"type": "array", "items": reference} if is_list(narrow(row.type or "")) else reference
    schema = typed(narrow(row.type or ""), 0)
    if row.fields:
        schema["properties"] = {name: _range(row) for name in row.fields}
    elif numbers := _range(row):
        _bound(schema, numbers)
    _enumerate(schema, list(row.values) or drafter.values.get(row.values_of or 0, []))
    if row.default is not None:
        schema["default"] = _value(row.default, schema.get("type"))
    limits = _picture_limits(row)
    if limits:
        schema["$comment"] = limits
    return schema


def _bound(schema: Schema, numbers: Schema) -> None:
    """Add a range where the numbers are: in the members of an object, in the entries of lists."""
    items = schema.get("items")
    if isinstance(items, dict):
        _bound(items, numbers)
    elif schema.get("type") == "object":
        schema["additionalProperties"] = numbers
    else:
        schema.update(numbers)


def _range(row: Row) -> Schema:
    """The range of a row's numbers; a schema that allows anything where it has none."""
    named = (("minimum", row.minimum), ("maximum", row.maximum))
    return {key: value for key, value in named if value is not None}


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
    if name not in drafter.definitions:
        drafter.definitions[name] = {}
        drafter.waiting.append((name, table))
    return name


def typed(printed: str, depth: int) -> Schema:
    """The schema of a documented type; lists inside lists to a depth of eight."""
    words = printed.strip().casefold()
    plain = _TYPES.get(words) or _TYPES.get(words.removesuffix("s"))
    if plain is not None:
        return {"type": plain}
    items = _ITEMS.fullmatch(words)
    if items is not None and depth < _MAX_DEPTH:
        return {"type": "array", "items": typed(items[1] or items[2], depth + 1)}
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
