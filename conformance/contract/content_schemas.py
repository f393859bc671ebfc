"""Derives the JSON Schemas (2020-12) of the contents of tickets, one for each edition and ticket type.

Besides `x-source` and `x-requirement`, as in the schemas of the operations, these annotations say what no keyword can:
`x-listed` (fields that the page lists), `x-listed-given` (fields that it lists where a member has a value),
`x-other-side` (fields of the document's other side), `x-switch` (request parameters that make a field appear),
`x-format` (what samples show), `x-aliases` (other names of confidence), `x-null` (what any null breaks).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from conformance.contract.contents import read_ticket_contents
from conformance.contract.schemas import DIALECT, Schema
from conformance.files import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from conformance.contract.contents import Condition, ContentRow, TicketContent

_OWNERS = {
    "string": "content.strings",
    "array": "content.lists",
    "object": "content.objects",
    "boolean": "content.booleans",
    "integer": "content.integers",
}
"""The requirement that a value of another JSON type breaks, by documented type."""


def derive_content_schemas(folder: Path | None = None) -> dict[str, dict[str, Schema]]:
    """The schema of each content by edition, then by ticket type. Raises DataError for a mistake in the data."""
    return {
        edition: {name: content_schema(content, contents) for name, content in contents.items()}
        for edition, contents in read_ticket_contents(folder).items()
    }


@dataclass(slots=True)
class _Draft:
    """A subschema under construction: its keywords, and for each the source and the requirement it belongs to."""

    schema: Schema = field(default_factory=dict)
    sources: Schema = field(default_factory=dict)
    owners: Schema = field(default_factory=dict)

    def put(self, keyword: str, value: object, source: object, owner: object) -> None:
        self.schema[keyword], self.sources[keyword], self.owners[keyword] = value, source, owner

    def take(self, other: _Draft) -> None:
        self.schema |= other.schema
        self.sources |= other.sources
        self.owners |= other.owners

    def done(self) -> Schema:
        return {**self.schema, "x-source": self.sources, "x-requirement": self.owners}


_SCORE: Schema = {"$ref": "#/$defs/score"}


def content_schema(content: TicketContent, contents: Mapping[str, TicketContent]) -> Schema:
    """The JSON Schema of one content; `contents` are all of its edition. Raises DataError for a row of unknown type."""
    confidence = next((row for row in content.rows if row.at == "confidence"), None)
    draft = _Draft()
    draft.put("type", "object", content.operation, "ticket.content")
    draft.take(_members(content, "", contents))
    cast("Schema", draft.schema["properties"])["confidence"] = _confidence(content, confidence)
    if content.other_side is not None:
        names = _other_side(content, contents[content.other_side])
        draft.put("x-other-side", names, "open point 127", "content.sides")
    # The only annotation that is no keyword of one place: it names the requirement that a null breaks anywhere.
    draft.schema["x-null"], draft.sources["x-null"] = "content.null", "open point 112"
    return {
        "$schema": DIALECT,
        "$id": f"urn:ocr-conformance:tickets:{content.edition}:{content.type}",
        "title": f"Content of {content.label.en}, {content.edition}",
        **draft.done(),
        "$defs": {"score": _score(content, confidence)},
    }


def _other_side(content: TicketContent, other: TicketContent) -> list[str]:
    own = {row.at for row in content.rows}
    return [row.at for row in other.rows_below("") if row.at not in own and not row.switch]


def _members(content: TicketContent, place: str, contents: Mapping[str, TicketContent]) -> _Draft:
    """The keywords of content, of an object in it, or of the entries of a list in it."""
    rows = content.rows_below(place)
    draft = _Draft()
    required = {row.name: (f"{row.source}, {row.at}", owner) for row in rows if (owner := _required_by(row))}
    if required:
        sources = {name: source for name, (source, _) in required.items()}
        draft.put("required", list(required), sources, {name: owner for name, (_, owner) in required.items()})
    fields = [row for row in rows if row.at != "confidence"]
    draft.schema["properties"] = {row.name: _property(content, row, contents) for row in fields}
    if not place or any(row.presence == "listed" for row in rows):
        draft.put("additionalProperties", True, "open point 114", "content.unlisted")
    # Of two fields that may stand in each other's place, both are in one entry.
    listed = [row for row in fields if row.expected and row.name not in required]
    if listed:
        names = [row.name if row.instead is None else [row.name, row.instead] for row in listed]
        draft.put("x-listed", names, "open points 112 and 113", "content.listed")
    if given := [row for row in fields if row.when is not None and row.when.member is not None and not row.switch]:
        condition = cast("Condition", given[0].when)
        shown_by = {"member": condition.member, "value": condition.value}
        draft.schema["x-listed-given"] = {**shown_by, "fields": [row.name for row in given]}
    return draft


def _required_by(row: ContentRow) -> str | None:
    """The requirement that the absence of a row breaks; most rows may be absent (open point 112)."""
    if row.at == "confidence" and row.expected:
        return "content.confidence.listed"
    return row.breaks.get("required")


def _property(content: TicketContent, row: ContentRow, contents: Mapping[str, TicketContent]) -> Schema:
    source = f"{row.source}, {row.at}"
    kind, _, entries = row.type.partition(" of ")
    draft = _Draft({"description": row.label.en, "x-zh": row.label.zh})
    if row.when is not None:
        draft.schema["$comment"] = f"Only for {row.when.text.en}."
    if row.examples:
        draft.schema["examples"] = list(row.examples)
    draft.put("type", kind, source, row.breaks.get("type", _owner(kind, row)))
    if row.values:
        draft.put("enum", [*row.values, ""], source, row.breaks.get("enum", "content.values"))
    if row.at == "type":
        draft.put("not", {"enum": sorted(contents)}, "open point 124", "content.own-type")
    if row.dated is not None:
        draft.put("x-format", "date", f"page {content.page.en}, sample of {row.dated}", "content.dates")
    if row.switch:
        draft.put("x-switch", list(row.switch), source, "content.switch-only")
    if entries:
        draft.schema["items"] = _entries(content, row, entries, contents)
    elif content.rows_below(row.at):
        draft.take(_members(content, row.at, contents))
    return draft.done()


def _entries(content: TicketContent, row: ContentRow, documented: str, contents: Mapping[str, TicketContent]) -> Schema:
    kind, _, below = documented.partition(" of ")
    draft = _Draft()
    draft.put("type", kind, f"{row.source}, {row.at}", "content.lists" if kind == "object" else _owner(kind, row))
    if kind == "object":
        draft.take(_members(content, f"{row.at}/*", contents))
    elif below:
        draft.schema["items"] = _entries(content, row, below, contents)
    return draft.done()


def _owner(kind: str, row: ContentRow) -> str:
    if kind not in _OWNERS:
        raise DataError(f"{row.at}: in the type {row.type!r}, {kind!r} is none of {', '.join(_OWNERS)}")
    return _OWNERS[kind]


def _score(content: TicketContent, confidence: ContentRow | None) -> Schema:
    """The schema of one confidence value: the range is a must only where the page states it (open point 109)."""
    stated = confidence is not None and confidence.range_stated
    source = f"{confidence.source}, confidence" if confidence is not None else content.general
    bounds = source if stated else "open point 109"
    owner = "content.confidence.range-stated" if stated else "content.confidence.range"
    draft = _Draft()
    draft.put("type", "number", source, "content.confidence.numbers")
    draft.put("minimum", 0, bounds, owner)
    draft.put("maximum", 1, bounds, owner)
    return draft.done()


def _confidence(content: TicketContent, row: ContentRow | None) -> Schema:
    """Confidence mirrors the fields: a value for a string, a list as long as the list that it speaks of."""
    source = f"{row.source}, confidence" if row is not None else content.general
    draft = _Draft()
    draft.put("type", "object", source, "content.objects")
    draft.schema["properties"] = {
        other.name: _SCORE if other.type == "string" else _mirrored(content, other)
        for other in content.rows_below("")
        if other.type in ("string", "array of string", "array of object")
    }
    if content.aliases:
        aliases = dict(content.aliases)
        draft.put("x-aliases", aliases, f"page {content.page.en}, sample", "content.confidence.names")
    if row is not None and row.switch:
        draft.put("x-switch", list(row.switch), source, "content.switch-only")
    return draft.done()


def _mirrored(content: TicketContent, row: ContentRow) -> Schema:
    draft = _Draft()
    draft.put("type", "array", "open point 111", "content.confidence.mirrors")
    if row.type == "array of string":
        draft.schema["items"] = _SCORE
    else:
        entry = _Draft()
        entry.put("type", "object", "open point 111", "content.confidence.mirrors")
        entry.schema["properties"] = {below.name: _SCORE for below in content.rows_below(f"{row.at}/*")}
        draft.schema["items"] = entry.done()
    return draft.done()
