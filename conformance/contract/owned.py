"""Derived schemas as judging reads them: each place with what its keywords ask, and which requirements own them.

Every keyword of a derived schema belongs to a requirement (`x-requirement`). One table says what a keyword asks of a
value; whoever walks over an answer finds at each place the tests of its keywords, their owners, and what lies below.
A test holds the table against jsonschema.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from conformance.contract.subschema import OWNERS, Schema, read_annotated
from conformance.files import DataError

if TYPE_CHECKING:
    from pathlib import Path

Test: TypeAlias = "Callable[[object], bool]"
Fork: TypeAlias = "tuple[SchemaPlace, SchemaPlace, SchemaPlace]"
"""A condition, what holds where a value satisfies it, and what holds where it does not."""

NULL = "x-null"
"""Stands among the owners of a place for the requirement that a null there breaks; the schemas state it once."""

_NUMBERS = (int, float)


@dataclass(frozen=True)
class SchemaPlace:
    """One place of a schema.

    `stated` is what the schema says there, annotations included; `owners` gives the requirement of each keyword (of
    `required` by member; or by kind of ticket); `tests` are what its keywords ask of a value. `members` are those of an
    object, `entries` what each entry of a list is, `forks` what depends on a condition.
    """

    stated: Mapping[str, object]
    owners: Mapping[str, object] = field(default_factory=dict)
    tests: tuple[tuple[str, Test], ...] = ()
    members: Mapping[str, SchemaPlace] = field(default_factory=dict)
    entries: SchemaPlace | None = None
    forks: tuple[Fork, ...] = ()
    _claims: dict[tuple[str | None, bool], dict[str, None]] = field(default_factory=dict, init=False, compare=False)

    def admits(self, value: object) -> bool:
        """Whether a value satisfies the schema."""
        for _, test in self.tests:
            if not test(value):
                return False
        if isinstance(value, dict):
            for name, member in self.members.items():
                if name in value and not member.admits(value[name]):
                    return False
        elif isinstance(value, list) and self.entries is not None and not all(map(self.entries.admits, value)):
            return False
        return all((then if case.admits(value) else other).admits(value) for case, then, other in self.forks)

    def claims(self, branch: str | None, is_object: bool) -> Mapping[str, None]:
        """The requirements that speak of a value here, an object or another one, in a ticket of that kind."""
        found = self._claims.get((branch, is_object))
        if found is None:
            owners = [owner for keyword, owner in self.owners.items() if keyword != "required"]
            if is_object:
                owners += cast("Mapping[str, object]", self.owners.get("required", {})).values()
            found = {name: None for owner in owners if (name := of_branch(owner, branch)) is not None}
            self._claims[branch, is_object] = found
        return found

    @cached_property
    def kind(self) -> str:
        """The JSON type."""
        return str(self.stated["type"])

    @cached_property
    def values(self) -> frozenset[str]:
        """The allowed texts."""
        return frozenset(cast("list[str]", self.stated.get("enum", ())))

    @cached_property
    def barred(self) -> frozenset[str]:
        """The refused texts."""
        return frozenset(cast("Mapping[str, list[str]]", self.stated.get("not", {})).get("enum", ()))

    @cached_property
    def listed(self) -> tuple[tuple[str, ...], ...]:
        """The members that the page lists; of several names in one entry, any."""
        named = cast("list[str | list[str]]", self.stated.get("x-listed", ()))
        return tuple((entry,) if isinstance(entry, str) else tuple(entry) for entry in named)

    @cached_property
    def given(self) -> tuple[str, str, tuple[str, ...]] | None:
        """The members that the page lists where a member has a value: that member, the value, and they."""
        given = cast("Mapping[str, Any] | None", self.stated.get("x-listed-given"))
        return (given["member"], given["value"], tuple(given["fields"])) if given is not None else None

    @cached_property
    def owned(self) -> tuple[tuple[object, str], ...]:
        """Each owner with its keyword, what is required aside."""
        return tuple((owner, keyword) for keyword, owner in self.owners.items() if keyword != "required")

    @cached_property
    def judged(self) -> frozenset[object]:
        """Every requirement that can break here or below, what is required aside."""
        below = [*self.members.values(), *([self.entries] if self.entries is not None else [])]
        own = (owner for owner, _ in self.owned)
        return frozenset(own).union(*(member.judged for member in below))


def of_branch(owner: object, branch: str | None) -> str | None:
    """The requirement that a keyword belongs to: it may be another one for each kind of ticket, or none."""
    return owner.get(branch) if isinstance(owner, Mapping) else cast("str | None", owner)


def place_of(schema: Mapping[str, object], definitions: Mapping[str, Schema] | None = None) -> SchemaPlace:
    """What a schema says of a value. Raises ValueError for an unknown keyword, type or argument."""
    definitions = definitions or cast("Mapping[str, Schema]", schema.get("$defs", {}))
    if "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rpartition("/")[2]]
    unknown = {keyword for keyword in schema if not keyword.startswith("x-")} - _TESTS.keys() - _OTHERS
    if unknown:
        raise ValueError(f"expected keywords of derived schemas, found {', '.join(sorted(unknown))}")

    def below(keyword: str) -> SchemaPlace:
        return place_of(cast("Schema", schema.get(keyword, {})), definitions)

    parts = [place_of(part, definitions) for part in cast("list[Schema]", schema.get("allOf", ()))]
    choice = [(below("if"), below("then"), below("else"))] if "if" in schema else []
    return SchemaPlace(
        stated=schema,
        owners=cast("Mapping[str, object]", schema.get("x-requirement", {})),
        tests=tuple((keyword, _TESTS[keyword](schema[keyword])) for keyword in schema if keyword in _TESTS),
        members={
            name: place_of(member, definitions)
            for name, member in cast("Mapping[str, Schema]", schema.get("properties", {})).items()
        },
        entries=below("items") if "items" in schema else None,
        forks=(*((_ANYTHING, part, _ANYTHING) for part in parts), *choice),
    )


_ANYTHING = SchemaPlace({})


def _type(stated: Any) -> Test:
    names = stated if isinstance(stated, list) else [stated]
    if not _TYPES.keys() >= set(names):
        raise ValueError(f"type: expected one of {', '.join(_TYPES)}, found {stated!r}")
    single = [_TYPES[name] for name in names]
    return single[0] if len(single) == 1 else lambda value: any(test(value) for test in single)


_TYPES: Mapping[str, Test] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, _NUMBERS) and not isinstance(value, bool),
    "integer": lambda value: (
        (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())
    ),
}


def _required(stated: Any) -> Test:
    names = frozenset(stated)
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _texts(keyword: str) -> Callable[[Any], Test]:
    def make(stated: Any) -> Test:
        values = stated if isinstance(stated, list) else [stated]
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{keyword}: expected texts, found {values!r}")
        allowed = frozenset(values)
        return lambda value: isinstance(value, str) and value in allowed

    return make


def _pattern(stated: Any) -> Test:
    try:
        search = re.compile(str(stated)).search
    except re.error as error:
        raise ValueError(f"pattern: {error}") from error
    return lambda value: not isinstance(value, str) or search(value) is not None


def _not(stated: Any) -> Test:
    refused = place_of(stated)
    return lambda value: not refused.admits(value)


def _bound(keyword: str, kind: type | tuple[type, ...], keeps: Callable[[Any, float], bool]) -> Callable[[Any], Test]:
    def make(limit: Any) -> Test:
        if not isinstance(limit, _NUMBERS) or isinstance(limit, bool):
            raise ValueError(f"{keyword}: expected a number, found {limit!r}")
        return lambda value: not isinstance(value, kind) or isinstance(value, bool) or keeps(value, limit)

    return make


_TESTS: Mapping[str, Callable[[Any], Test]] = {
    "type": _type,
    "required": _required,
    "enum": _texts("enum"),
    "const": _texts("const"),
    "pattern": _pattern,
    "not": _not,
    "maxLength": _bound("maxLength", str, lambda value, most: len(value) <= most),
    "minItems": _bound("minItems", list, lambda value, least: len(value) >= least),
    "maxItems": _bound("maxItems", list, lambda value, most: len(value) <= most),
    "minimum": _bound("minimum", _NUMBERS, lambda value, least: value >= least),
    "maximum": _bound("maximum", _NUMBERS, lambda value, most: value <= most),
}
"""What each keyword asks of a value, made from its argument."""

_SILENT = ("$schema", "$id", "$comment", "$defs", "title", "description", "examples", "additionalProperties")
_OTHERS = frozenset((*_SILENT, "properties", "items", "if", "then", "else", "allOf"))
"""Keywords that say nothing about a value (no derived schema refuses members), or lead to other places."""


@dataclass(frozen=True)
class ContentFields:
    """The content of one ticket type: its fields, what must be there, and how its confidence names them.

    `required` gives for each required member the requirement; `other_side` are the fields of the document's other side;
    `aliases` other names of confidence values; `range_owner` the requirement of their range.
    """

    type: str
    root: SchemaPlace
    required: Mapping[str, str]
    other_side: frozenset[str]
    aliases: Mapping[str, str]
    range_owner: str

    @cached_property
    def owned(self) -> frozenset[object]:
        """Every requirement that a content of this type can break."""
        return self.root.judged | frozenset(self.required.values()) | {self.range_owner}

    @property
    def confidence(self) -> SchemaPlace:
        """The place of the confidence object."""
        return self.root.members["confidence"]


def read_content_fields(folder: Path) -> dict[str, ContentFields]:
    """The content of every ticket type of an edition; `folder` is `schemas/tickets/<edition>`.

    Raises DataError where there is no such edition.
    """
    if not (folder / OWNERS).is_file():
        run = "`python -m conformance.contract.derive_schemas`"
        raise DataError(
            f"{folder}: expected content schemas and {OWNERS}, found none; run {run}",
            f"{folder}：应有内容 schema 和 {OWNERS}，未找到；请执行 {run}",
        )
    return {name: content_fields(name, schema) for name, schema in read_annotated(folder).items()}


def content_fields(name: str, schema: Schema) -> ContentFields:
    """Read one content schema."""
    root = place_of(schema)
    score = place_of(cast("Mapping[str, Schema]", schema["$defs"])["score"])
    nulls = {key: _with_null(key, member, schema[NULL]) for key, member in root.members.items()}
    return ContentFields(
        type=name,
        root=replace(root, members=nulls),
        required=cast("Mapping[str, str]", root.owners.get("required", {})),
        other_side=frozenset(cast("list[str]", schema.get("x-other-side", []))),
        aliases=cast("Mapping[str, str]", root.members["confidence"].stated.get("x-aliases", {})),
        range_owner=str(score.owners["minimum"]),
    )


def _with_null(name: str, place: SchemaPlace, null: object) -> SchemaPlace:
    """The place and all below, where a null breaks a requirement; among scores it is no number, which is another."""
    owners = {**place.owners, NULL: null}
    if name == "confidence":
        return replace(place, owners=owners)
    members = {key: _with_null(key, member, null) for key, member in place.members.items()}
    entries = _with_null("*", place.entries, null) if place.entries is not None else None
    return replace(place, owners=owners, members=members, entries=entries)
