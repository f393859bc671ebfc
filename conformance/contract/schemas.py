"""Derives the JSON Schemas (2020-12) of an operation from its tables, each keyword with its source row.

Two annotations travel with every subschema: `x-source` says which row or sample each keyword comes from,
`x-requirement` which requirement a breach of it breaks (for `required` by member). Judging reads the latter; people
read both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.conforms import predicate
from conformance.contract.error_codes import RECOGNISED
from conformance.files import DataError, mistakes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from conformance.contract.requirements import Requirement
    from conformance.contract.tables import Page, Row, Table

Schema: TypeAlias = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
MAX_BASE64 = {"10MB": 10 * 1024 * 1024}
"""Characters of base64 that the printed limit allows at most, read generously (open points 24 and 25)."""

_JSON_TYPES = {"String": "string", "Object": "object", "List": "array", "Integer": "integer", "Float": "number"}
_JSON_TYPES |= {"Boolean": "boolean", "Array<Array<Integer>>": "array", "Array of integers": "array"}
_JSON_TYPES |= {name: name for name in ("string", "object", "array", "integer", "number", "boolean")}
_NUMBERS = ("integer", "number")
_BRANCHES = ("recognised", "failed")


@dataclass(slots=True)
class _Node:
    """A subschema under construction: keywords with their sources, members, entries, and what its members require."""

    keywords: Schema = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)
    members: dict[str, _Node] = field(default_factory=dict)
    entries: _Node | None = None
    required: dict[str, str] = field(default_factory=dict)
    branches: dict[str, _Node] = field(default_factory=dict)

    def put(self, keywords: Mapping[str, object], source: str) -> None:
        self.keywords.update(keywords)
        self.sources.update(dict.fromkeys(keywords, source))

    def child(self, name: str) -> _Node:
        if name == "*":
            self.entries = self.entries or _Node()
            return self.entries
        return self.members.setdefault(name, _Node())

    def branch(self, name: str) -> _Node:
        return self.branches.setdefault(name, _Node())


@dataclass(slots=True)
class SchemaPlace:
    """A place of the success schema, with the names of the requirements that own a keyword there.

    Each owner comes with the branch that its keyword is of (None for every ticket), and whether it speaks of objects
    only, as `required` does.
    """

    owners: list[tuple[str | None, bool, str]] = field(default_factory=list)
    members: dict[str, SchemaPlace] = field(default_factory=dict)
    entries: SchemaPlace | None = None


def schema_places(requirements: Iterable[Requirement]) -> SchemaPlace:
    """The places that the keywords of requirements name, as a tree from the root of an answer."""
    root = SchemaPlace()
    for requirement in requirements:
        for keyword in requirement.keywords:
            place = root
            for step in keyword.at.split("/")[1:]:
                if step == "*":
                    place.entries = place.entries or SchemaPlace()
                    place = place.entries
                else:
                    place = place.members.setdefault(step, SchemaPlace())
            place.owners.append((keyword.branch, keyword.keyword == "required", requirement.name))
    return root


def json_type(documented: str) -> str:
    """The JSON type of a documented one: `String` is `string`, `Foo object` is `object`. Raises DataError otherwise."""
    if documented in _JSON_TYPES:
        return _JSON_TYPES[documented]
    if documented.endswith(" object"):
        return "object"
    known = ", ".join(name for name in _JSON_TYPES if name != _JSON_TYPES[name])
    raise DataError(f"type: no JSON type is known for {documented!r}; known are {known}, and '<name> object'")


def check_rows(page: Page, path: Path) -> None:
    """Raise DataError, naming the file and the row, for a type, size or reading that is not known."""
    for table in page.tables:
        for row in table.rows:
            with mistakes_in(f"{path}: table {table.number}: row {row.name!r}"):
                if row.type is not None:
                    json_type(row.type)
                limited = row.base64_max is not None or (table.kind == "body" and row.name == page.picture)
                if limited and row.base64_max not in MAX_BASE64:
                    raise DataError(f"base64-max: expected one of {', '.join(MAX_BASE64)}, found {row.base64_max!r}")
                if table.kind in ("response", "object"):
                    _check_reading(row)


def _check_reading(row: Row) -> None:
    try:
        predicate({**row.reading, **(row.failed or {})})
    except ValueError as error:
        raise DataError(f"reading: {error}") from error


def derive_schemas(page: Page, requirements: Iterable[Requirement]) -> dict[str, Schema]:
    """The schemas `request`, `success` and `failure` of an operation.

    Raises DataError where a requirement names a keyword that the tables do not give.
    """
    success = _answer_tree(page, "success")
    owners = {str(keyword): requirement.name for requirement in requirements for keyword in requirement.keywords}
    unused = set(owners)
    schemas = {
        "request": _request_schema(page),
        "success": _render(success, owners, unused, "", None),
        "failure": _render(_answer_tree(page, "failure"), {}, set(), "", None),
    }
    if unused:
        named = ", ".join(f"{keyword} ({owners[keyword]})" for keyword in sorted(unused))
        raise DataError(
            f"{page.id}: requirements name keywords that the tables do not give: {named}; "
            "restate or drop them in requirements/*.toml"
        )
    for name, schema in schemas.items():
        head = {"$schema": DIALECT, "$id": f"urn:ocr-conformance:{page.id}:{name}", "title": f"{page.title.en}: {name}"}
        schemas[name] = {**head, **schema}
    return schemas


def _source(table: Table, row: Row) -> str:
    return "sample" if table.number == 0 else f"table {table.number}, {row.name}"


def _answer_tree(page: Page, outcome: str) -> _Node:
    root = _Node()
    for table, row in page.rows_of("response", "object"):
        if row.at is None or row.presence == "unclear":
            continue
        if (row.presence == "failure" or row.at in ("/error_code", "/error_msg")) != (outcome == "failure"):
            continue
        _add_answer_row(page, root, table, row)
    root.put({"type": "object"}, f"table {page.rows_of('response')[0][0].number}")
    for table, row in page.rows_of("response", "object"):
        if row.fields and row.at is not None and outcome == "success":
            parent = _walk(root, row.at)[0]
            for member in row.fields:
                parent.child(member).put(_bounds(row), _source(table, row))
    return root


def _bounds(row: Row) -> dict[str, object]:
    """The keywords for the least and the greatest value, of the row itself or of the members that it lists."""
    return {key: value for key, value in (("minimum", row.minimum), ("maximum", row.maximum)) if value is not None}


def _walk(root: _Node, at: str) -> tuple[_Node, _Node | None, str]:
    node, parent, name = root, None, ""
    for name in at.split("/")[1:]:
        parent, node = node, node.child(name)
    return node, parent, name


def _add_answer_row(page: Page, root: _Node, table: Table, row: Row) -> None:
    at = cast("str", row.at)
    source = _source(table, row)
    keywords: dict[str, object] = {"type": json_type(row.type)} if row.type is not None else {}
    if not row.fields and keywords.get("type") in _NUMBERS:
        keywords |= _bounds(row)
    keywords |= row.reading
    values = [value.name for value in page.table(row.values_of).rows] if row.values_of else list(row.values)
    if values and keywords.get("type") == "string":
        keywords["enum"] = values
    in_ticket = page.result == "tickets" and at.startswith("/result/*/") and at.count("/") == 3
    if row.failed is not None:
        item, name = _walk(root, "/result/*")[0], at.rsplit("/", 1)[1]
        item.branch("recognised").child(name).put(keywords, source)
        item.branch("failed").child(name).put({**keywords, **row.failed}, source)
    else:
        _walk(root, at)[0].put(keywords, source)
    if row.presence in ("always", "success", "failure") and not at.endswith("/*"):
        parent, name = at.rsplit("/", 1)
        owner = _walk(root, parent)[0] if parent else root
        if in_ticket and name != "status":
            for branch in _BRANCHES:
                owner.branch(branch).required[name] = source
        else:
            owner.required[name] = source


def _render(node: _Node, owners: Mapping[str, str], unused: set[str], at: str, branch: str | None) -> Schema:
    schema: Schema = dict(node.keywords)
    requirement: dict[str, object] = {}
    sources: dict[str, object] = dict(node.sources)

    def owner(keyword: str) -> str | None:
        spec = " ".join(part for part in (at or "/", branch, keyword) if part)
        unused.discard(spec)
        return owners.get(spec)

    for keyword in node.keywords:
        if name := owner(keyword):
            requirement[keyword] = name
    if node.required:
        schema["required"] = list(node.required)
        sources["required"] = dict(node.required)
        named = {member: owner(f"required:{member}") for member in node.required}
        requirement["required"] = {member: name for member, name in named.items() if name}
    if node.members:
        schema["properties"] = {
            name: _render(child, owners, unused, f"{at}/{name}", branch) for name, child in node.members.items()
        }
    if node.entries is not None:
        schema["items"] = _render(node.entries, owners, unused, f"{at}/*", branch)
    if node.branches:
        code = {"properties": {"error_code": {"const": RECOGNISED}}, "required": ["error_code"]}
        schema["if"] = {"properties": {"status": code}, "required": ["status"]}
        schema["then"] = _render(node.branches["recognised"], owners, unused, at, "recognised")
        schema["else"] = _render(node.branches["failed"], owners, unused, at, "failed")
    if sources:
        schema["x-source"] = sources
    if requirement:
        schema["x-requirement"] = requirement
    return schema


def _request_schema(page: Page) -> Schema:
    properties: dict[str, object] = {}
    required: list[str] = []
    inputs: list[str] = []
    for table, row in page.rows_of("body"):
        properties[row.name] = _parameter(page, table, row)
        stated = str(row.reading.get("required", row.required))
        if stated == "yes":
            required.append(row.name)
        elif stated.startswith("one of"):
            inputs.append(row.name)
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    if inputs:
        schema["oneOf"] = [{"required": [name]} for name in inputs]
    return schema


def _parameter(page: Page, table: Table, row: Row) -> Schema:
    schema: Schema = {"type": row.reading.get("type") or json_type(str(row.type)), "description": row.label.en}
    if row.values_of:
        values = [value.name for value in page.table(row.values_of).rows]
        schema["items"] = {"type": "string", "enum": values}
    if row.default is not None:
        schema["default"] = row.default == "true" if schema["type"] == "boolean" else row.default
    if schema["type"] in _NUMBERS:
        schema |= _bounds(row)
    if row.formats and row.name == page.picture:
        schema["contentEncoding"] = "base64"
        schema["maxLength"] = MAX_BASE64[str(row.base64_max)]
    keywords = [key for key in schema if key != "description"]
    schema["x-source"] = dict.fromkeys(keywords, _source(table, row))
    return schema
