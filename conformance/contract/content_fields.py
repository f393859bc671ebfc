"""The committed content schemas as judging reads them: each place with its keywords and whose requirements they are.

A general validator would visit every keyword of every field for each of the requirements. Here each place knows which
requirements can break at it or below it, so that a check goes only where it has something to judge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, cast

from conformance.contract.subschema import OWNERS, Schema, read_annotated
from conformance.files import DataError
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

NULL = "x-null"
"""Stands among the owners of a place for the requirement that a null there breaks; the schemas state it once."""


@dataclass(frozen=True)
class Field:
    """One place of a content schema.

    `kind` is the JSON type; `owners` gives the requirement of each keyword; `members` are those of an object, `entries`
    what each entry of a list is. `values` and `barred` are the allowed and the refused texts (`enum`, `not`), `listed`
    the members that the page lists (of several names in one entry, any), `given` those that it lists where a member has
    a value.
    """

    kind: str
    owners: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, Field] = field(default_factory=dict)
    entries: Field | None = None
    values: frozenset[str] = frozenset()
    barred: frozenset[str] = frozenset()
    listed: tuple[tuple[str, ...], ...] = ()
    given: tuple[str, str, tuple[str, ...]] | None = None

    @cached_property
    def judged(self) -> frozenset[str]:
        """Every requirement that can break here or below."""
        below = [*self.members.values(), *([self.entries] if self.entries is not None else [])]
        return frozenset(self.owners.values()).union(*(member.judged for member in below))

    @cached_property
    def routes(self) -> Mapping[str, tuple[tuple[str, Field], ...]]:
        """For each requirement the members in which it can break."""
        return {
            requirement: tuple((name, member) for name, member in self.members.items() if requirement in member.judged)
            for requirement in self.judged
        }


@dataclass(frozen=True)
class ContentFields:
    """The content of one ticket type: its fields, what must be there, and how its confidence names them.

    `required` gives for each required member the requirement; `other_side` are the fields of the document's other side;
    `aliases` other names of confidence values; `range_owner` the requirement of their range.
    """

    type: str
    root: Field
    required: Mapping[str, str]
    other_side: frozenset[str]
    aliases: Mapping[str, str]
    range_owner: str

    @cached_property
    def owned(self) -> frozenset[str]:
        """Every requirement that a content of this type can break."""
        return self.root.judged | frozenset(self.required.values()) | {self.range_owner}

    @property
    def confidence(self) -> Field:
        """The place of the confidence object."""
        return self.root.members["confidence"]


def read_content_fields(folder: Path) -> dict[str, ContentFields]:
    """The content of every ticket type of an edition; `folder` is `schemas/tickets/<edition>`.

    Raises DataError where there is no such edition.
    """
    if not (folder / OWNERS).is_file():
        raise DataError(
            Text(
                (
                    f"{folder}: expected content schemas and {OWNERS}, found none; "
                    "run `python -m conformance.contract.derive_schemas`"
                ),
                f"{folder}：应有内容 schema 和 {OWNERS}，未找到；请执行 `python -m "
                "conformance.contract.derive_schemas`",
            )
        )
    return {name: content_fields(name, schema) for name, schema in read_annotated(folder).items()}


def content_fields(name: str, schema: Schema) -> ContentFields:
    """Read one content schema."""
    definitions = cast("Mapping[str, Schema]", schema["$defs"])
    root = _field(schema, definitions, cast("str", schema[NULL]))
    confidence = cast("Mapping[str, Schema]", schema["properties"])["confidence"]
    return ContentFields(
        type=name,
        root=root,
        required=cast("Mapping[str, str]", _owners(schema).get("required", {})),
        other_side=frozenset(cast("list[str]", schema.get("x-other-side", []))),
        aliases=cast("Mapping[str, str]", confidence.get("x-aliases", {})),
        range_owner=str(_owners(definitions["score"])["minimum"]),
    )


def _owners(schema: Schema) -> Mapping[str, object]:
    return cast("Mapping[str, object]", schema.get("x-requirement", {}))


def _field(schema: Schema, definitions: Mapping[str, Schema], null: str | None, name: str = "") -> Field:
    if "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rpartition("/")[2]]
    owners = {keyword: str(owner) for keyword, owner in _owners(schema).items() if keyword != "required"}
    if null is not None and name:
        owners[NULL] = null
    below = None if name == "confidence" else null  # a null among the scores is no number, which is another requirement
    items = cast("Schema | None", schema.get("items"))
    barred = cast("Mapping[str, list[str]]", schema.get("not", {}))
    given = cast("Mapping[str, object] | None", schema.get("x-listed-given"))
    return Field(
        kind=str(schema["type"]),
        owners=owners,
        members={
            key: _field(member, definitions, below, key)
            for key, member in cast("Mapping[str, Schema]", schema.get("properties", {})).items()
        },
        entries=_field(items, definitions, below, "*") if items is not None else None,
        values=frozenset(cast("list[str]", schema.get("enum", []))),
        barred=frozenset(barred.get("enum", [])),
        listed=tuple(
            (entry,) if isinstance(entry, str) else tuple(entry)
            for entry in cast("list[str | list[str]]", schema.get("x-listed", []))
        ),
        given=(str(given["member"]), str(given["value"]), tuple(cast("list[str]", given["fields"])))
        if given is not None
        else None,
    )
