"""The JSON Schemas (2020-12) of an operation, derived from its tables, and who owns each keyword of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from conformance.contract.owned import place_of
from conformance.contract.subschema import Subschema, identity
from conformance.files import DataError, mistakes_in
from conformance.text import Text, expected, one_of, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from conformance.contract.catalogues import ErrorCatalogue
    from conformance.contract.requirements import Requirement
    from conformance.contract.tables import Page, Row, Table, Variant


MAX_BASE64 = {"10MB": 10 * 1024 * 1024}
"""Characters of base64 that the printed limit allows at most, read generously (open points 24 and 25)."""

_TYPES = {
    "string": ("string",),
    "integer": ("integer", "int", "long", "short", "byte"),
    "number": ("number", "float", "double", "decimal"),
    "boolean": ("boolean", "bool"),
    "object": ("object", "json", "map"),
    "array": ("array", "list"),
}
"""What pages call each JSON type, however capitals are used."""

_BY_WORD = {word: kind for kind, words in _TYPES.items() for word in words}
_ENTRIES = re.compile(r"(?:array|list)(?: of |\s?[<(])(.{1,300}?)[>)]?|(.{1,300})\[\]", re.DOTALL | re.IGNORECASE)
_NUMBERS = ("integer", "number")


def plain_type(documented: str) -> str | None:
    """The JSON type that one word says, in the plural, too: `Strings` is `string`; None for anything else."""
    word = documented.casefold()
    return _BY_WORD.get(word) or _BY_WORD.get(word.removesuffix("s"))


def entries_type(documented: str) -> str | None:
    """The documented type of the entries of a list: `Integer` of `Array<Integer>`; None for what does not say it."""
    found = _ENTRIES.fullmatch(documented)
    return (found[1] or found[2]) if found is not None else None


def known_type(documented: str) -> str | None:
    """The JSON type of a documented one: `String` is `string`, `Foo object` is `object`; None for an unknown one."""
    if plain := plain_type(documented):
        return plain
    if entries_type(documented) is not None:
        return "array"
    return "object" if documented.casefold().endswith((" object", " objects")) else None


def json_type(documented: str) -> str:
    """The JSON type of a documented one. Raises DataError for an unknown one, naming those that are known."""
    if known := known_type(documented):
        return known
    known = ", ".join(_BY_WORD)
    raise DataError(
        f"type: no JSON type is known for {documented!r}; known are {known}, lists of these, and '<name> object'",
        f"type：{documented!r} 没有对应的 JSON 类型；已知 {known}、它们的列表和 '<name> object'",
    )


def check_rows(page: Page, path: Path) -> None:
    """Raise DataError, naming the file and the row, for a type, size or reading that is not known."""
    for table in page.tables:
        for row in table.rows:
            with mistakes_in(f"{path}: table {table.number}: row {row.name!r}"):
                if row.type is not None:
                    json_type(row.type)
                pictured = table.kind == "body" and row.name == page.picture and page.result != "fields"
                limited = row.base64_max is not None or pictured
                if limited and row.base64_max not in MAX_BASE64:
                    raise DataError(said_of("base64-max", expected(one_of(MAX_BASE64), row.base64_max)))
                if table.kind in ("response", "object"):
                    _check_reading(row)


def _check_reading(row: Row) -> None:
    try:
        place_of({**row.reading, **(row.failed or {})})
    except ValueError as error:
        raise DataError(f"reading: {error}", f"reading：“{error}”") from error


def derive_schemas(page: Page, requirements: Iterable[Requirement]) -> dict[str, Subschema]:
    """The schemas `request`, `success` and `failure` of an operation.

    Raises DataError where a requirement names a keyword that the tables do not give.
    """
    schemas = {
        "request": _request_tree(page),
        "success": _answer_tree(page, "success"),
        "failure": _answer_tree(page, "failure"),
    }
    owners = {str(keyword): requirement.name for requirement in requirements for keyword in requirement.keywords}
    unused = set(owners)

    def owner(keyword: str) -> str | None:
        unused.discard(keyword)
        return owners.get(keyword)

    schemas["success"].assign(owner)
    if unused:
        named = ", ".join(f"{keyword} ({owners[keyword]})" for keyword in sorted(unused))
        raise DataError(
            f"{page.id}: requirements name keywords that the tables do not give: {named}; "
            "restate or drop them in requirements/*.toml",
            f"{page.id}：要求所列关键字在表中没有：{named}；请在 requirements/*.toml 中改写或去掉",
        )
    for name, schema in schemas.items():
        schema.keywords = {**identity(page.id, name), "title": f"{page.title.en}: {name}", **schema.keywords}
    return schemas


def _source(table: Table, row: Row) -> str:
    return "sample" if table.number == 0 else f"table {table.number}, {row.name}"


def _answer_tree(page: Page, outcome: str) -> Subschema:
    root = Subschema()
    root.put({"type": "object"}, f"table {page.rows_of('response')[0][0].number}")
    of_kinds: dict[str, list[tuple[Table, Row]]] = {}
    for table, row in page.rows_of("response", "object"):
        if row.at is None or row.presence == "unclear":
            continue
        if (row.presence == "failure" or row.at in ("/error_code", "/error_msg")) != (outcome == "failure"):
            continue
        if table.variant is not None and row.at.rpartition("/")[0] == table.variant.at:
            of_kinds.setdefault(row.at, []).append((table, row))
        else:
            _add_answer_row(page, root, table, row)
    for stated in of_kinds.values():
        _add_row_of_kinds(page, root, stated)
    for table, row in page.rows_of("response", "object"):
        if row.fields and row.at is not None and outcome == "success":
            for member in row.fields:
                root.at(row.at).child(member).put(_bounds_of(row), _source(table, row))
    return root


def _bounds_of(row: Row) -> dict[str, object]:
    """The keywords for the least and the greatest value, of the row itself or of the members that it lists."""
    return {key: value for key, value in (("minimum", row.minimum), ("maximum", row.maximum)) if value is not None}


def _add_row_of_kinds(page: Page, root: Subschema, stated: Sequence[tuple[Table, Row]]) -> None:
    """A field that tables of several kinds of one result list: what all say of it, and what one kind says alone."""
    variants = {variant.name: variant for variant in page.variants}
    (table, row), *_ = stated
    kinds = {cast("Variant", table.variant).name: _keywords(page, row) for table, row in stated}
    at, source, (parent, _, name) = cast("str", row.at), _source(table, row), cast("str", row.at).rpartition("/")
    node, first = root.at(parent), next(iter(variants.values()))
    node.tell_apart(first.by, {name: variant.values for name, variant in variants.items()})
    if name == first.by:
        listed = [value for keywords in kinds.values() for value in cast("list[str]", keywords.get("enum", []))]
        root.at(at).put({**next(iter(kinds.values())), "enum": list(dict.fromkeys(listed))}, source)
    elif all(keywords == kinds[next(iter(kinds))] for keywords in kinds.values()):
        root.at(at).put(next(iter(kinds.values())), source)
    else:
        node.narrow(name, kinds, source)
    root.at(at).describe(description=described(row.label))
    always = [(table, row) for table, row in stated if row.presence in ("always", "success")]
    present = {cast("Variant", table.variant).name: _source(table, row) for table, row in always}
    if len(present) == len(variants):
        node.require(name, source)
        return
    for kind, place in present.items():
        node.branch(kind).require(name, place)


def _add_answer_row(page: Page, root: Subschema, table: Table, row: Row) -> None:
    at = cast("str", row.at)
    source = _source(table, row)
    keywords = _keywords(page, row)
    parent, _, name = at.rpartition("/")
    if row.failed is not None:
        root.at(parent).narrow(name, {"recognised": keywords, "failed": {**keywords, **row.failed}}, source)
    else:
        root.at(at).put(keywords, source)
    root.at(at).describe(description=described(row.label))
    if row.presence in ("always", "success", "failure") and name != "*":
        root.at(parent).require(name, source)


def _keywords(page: Page, row: Row) -> dict[str, object]:
    """What a row says of the value at its place."""
    keywords: dict[str, object] = {"type": json_type(row.type)} if row.type is not None else {}
    if not row.fields and keywords.get("type") in _NUMBERS:
        keywords |= _bounds_of(row)
    keywords |= row.reading
    values = [value.name for value in page.table(row.values_of).rows] if row.values_of else list(row.values)
    if values and keywords.get("type") == "string":
        keywords["enum"] = values
    return keywords


def described(label: Text) -> str:
    """The description of a member: its label in both languages."""
    return " / ".join(dict.fromkeys(text for text in (label.en, label.zh) if text))


def _request_tree(page: Page) -> Subschema:
    root = Subschema()
    root.put({"type": "object"}, f"table {page.rows_of('body')[0][0].number}")
    inputs: list[str] = []
    for table, row in page.rows_of("body"):
        _add_parameter(page, root.child(row.name), table, row)
        stated = str(row.reading.get("required", row.required))
        if stated == "yes":
            root.require(row.name, _source(table, row))
        elif stated.startswith("one of"):
            inputs.append(row.name)
    if inputs:
        given = [{"properties": {name: {}}, "required": [name]} for name in inputs]
        root.put({"oneOf": given}, root.sources["type"])
    return root


def _add_parameter(page: Page, node: Subschema, table: Table, row: Row) -> None:
    source = _source(table, row)
    kind = row.reading.get("type") or json_type(str(row.type))
    node.describe(description=described(row.label))
    node.put({"type": kind}, source)
    if row.values_of:
        values = [value.name for value in page.table(row.values_of).rows]
        node.child("*").put({"type": "string", "enum": values}, source)
    if row.default is not None:
        node.put({"default": row.default == "true" if kind == "boolean" else row.default}, source)
    if kind in _NUMBERS:
        node.put(_bounds_of(row), source)
    if row.formats and row.base64_max is not None and row.name == page.picture:
        # No contentEncoding: it is an annotation, which some validators assert all the same.
        node.put({"maxLength": MAX_BASE64[str(row.base64_max)]}, source)


# Body parameters that a contract has by its tables alone: nothing of the kit knows them by name.
#
# Of each, two things can be wrong with a request: `<name>.wrong-type` and, where it is required, `<name>.absent`.
# What a refusal of them looks like is said once, by the faults `member.wrong-type` and `member.absent` of
# errors.toml.


WRONG_TYPE, ABSENT = "wrong-type", "absent"
_KNOWN = frozenset({"url", "type_list", "alarm", "detect_seal"})


def member_rows(page: Page) -> tuple[Row, ...]:
    """The body parameters of a page that nothing of the kit knows by name; none of tickets or documents."""
    if page.result != "fields":
        return ()
    return tuple(row for _, row in page.rows_of("body") if row.name not in _KNOWN | {page.picture})


def member_type(row: Row) -> str:
    """The JSON type of a parameter: as documented, or as the contract reads it."""
    return str(row.reading.get("type") or json_type(str(row.type)))


def is_required(row: Row) -> bool:
    """Whether a request without the parameter is to be refused."""
    return str(row.reading.get("required", row.required)) == "yes"


def with_members(errors: ErrorCatalogue, page: Page) -> ErrorCatalogue:
    """The catalogue with the faults of the parameters that a page has by its tables."""
    faults = dict(errors.faults)
    for row in member_rows(page):
        for kind in (WRONG_TYPE, *((ABSENT,) if is_required(row) else ())):
            like, name = faults[f"member.{kind}"], f"{row.name}.{kind}"
            title = Text(like.title.en.replace("{name}", row.name), like.title.zh.replace("{name}", row.name))
            faults[name] = replace(like, id=name, title=title)
    return replace(errors, faults=faults)
