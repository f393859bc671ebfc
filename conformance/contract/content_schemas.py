"""Derives the JSON Schemas (2020-12) of the contents of tickets, one for each edition and ticket type.

Besides `x-source` and `x-requirement`, as for the schemas of the operations, these annotations say what no keyword can:
`x-listed` (fields that the page lists), `x-listed-given` (fields that it lists where a member has a value),
`x-other-side` (fields of the document's other side), `x-switch` (request parameters that make a field appear),
`x-format` (what samples show), `x-aliases` (other names of confidence), `x-null` (what any null breaks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from conformance.contract.contents import read_ticket_contents
from conformance.contract.schemas import described
from conformance.contract.subschema import Subschema, identity
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


def derive_content_schemas(folder: Path | None = None) -> dict[str, dict[str, Subschema]]:
    """The schema of each content by edition, then by ticket type. Raises DataError for a mistake in the data."""
    return {
        edition: {name: content_schema(content, contents) for name, content in contents.items()}
        for edition, contents in read_ticket_contents(folder).items()
    }


_SCORE = "score"
"""One confidence value, defined once."""


def content_schema(content: TicketContent, contents: Mapping[str, TicketContent]) -> Subschema:
    """The schema of one content; `contents` are all of its edition. Raises DataError for a row of unknown type."""
    confidence = next((row for row in content.rows if row.at == "confidence"), None)
    root = Subschema()
    root.describe(
        **identity("tickets", content.edition, content.type), title=f"Content of {content.label.en}, {content.edition}"
    )
    root.put({"type": "object"}, content.operation, "ticket.content")
    _add_members(root, content, "", contents)
    _add_confidence(root.child("confidence"), content, confidence)
    if content.other_side is not None:
        names = _other_side(content, contents[content.other_side])
        root.put({"x-other-side": names}, "open point 127", "content.sides")
    # The only annotation that is of no one place: it names the requirement that a null breaks anywhere.
    root.put({"x-null": "content.null"}, "open point 112")
    _add_score(root.define(_SCORE), content, confidence)
    return root


def _other_side(content: TicketContent, other: TicketContent) -> list[str]:
    own = {row.at for row in content.rows}
    return [row.at for row in other.rows_below("") if row.at not in own and not row.switch]


def _add_members(node: Subschema, content: TicketContent, place: str, contents: Mapping[str, TicketContent]) -> None:
    """The keywords of content, of an object in it, or of the entries of a list in it."""
    rows = content.rows_below(place)
    required = {row.name: (f"{row.source}, {row.at}", owner) for row in rows if (owner := _required_by(row))}
    for name, (source, owner) in required.items():
        node.require(name, source, owner)
    fields = [row for row in rows if row.at != "confidence"]
    for row in fields:
        _add_property(node.child(row.name), content, row, contents)
    if not place or any(row.presence == "listed" for row in rows):
        node.put({"additionalProperties": True}, "open point 114", "content.unlisted")
    # Of two fields that may stand in each other's place, both are in one entry.
    listed = [row for row in fields if row.expected and row.name not in required]
    if listed:
        names = [row.name if row.instead is None else [row.name, row.instead] for row in listed]
        node.put({"x-listed": names}, "open points 112 and 113", "content.listed")
    if given := [row for row in fields if row.when is not None and row.when.member is not None and not row.switch]:
        condition = cast("Condition", given[0].when)
        shown_by = {"member": condition.member, "value": condition.value}
        node.annotations["x-listed-given"] = {**shown_by, "fields": [row.name for row in given]}


def _required_by(row: ContentRow) -> str | None:
    """The requirement that the absence of a row breaks; most rows may be absent (open point 112)."""
    if row.at == "confidence" and row.expected:
        return "content.confidence.listed"
    return row.breaks.get("required")


def _add_property(
    node: Subschema, content: TicketContent, row: ContentRow, contents: Mapping[str, TicketContent]
) -> None:
    source = f"{row.source}, {row.at}"
    kind, _, entries = row.type.partition(" of ")
    node.describe(description=described(row.label))
    if row.when is not None:
        node.keywords["$comment"] = f"Only for {row.when.text.en}."
    if row.examples:
        node.describe(examples=list(row.examples))
    node.put({"type": kind}, source, row.breaks.get("type", _owner(kind, row)))
    if row.values:
        node.put({"enum": [*row.values, ""]}, source, row.breaks.get("enum", "content.values"))
    if row.at == "type":
        node.put({"not": {"enum": sorted(contents)}}, "open point 124", "content.own-type")
    if row.dated is not None:
        node.put({"x-format": "date"}, f"page {content.page.en}, sample of {row.dated}", "content.dates")
    if row.switch:
        node.put({"x-switch": list(row.switch)}, source, "content.switch-only")
    if entries:
        _add_entries(node.child("*"), content, row, entries, contents)
    elif content.rows_below(row.at):
        _add_members(node, content, row.at, contents)


def _add_entries(
    node: Subschema, content: TicketContent, row: ContentRow, documented: str, contents: Mapping[str, TicketContent]
) -> None:
    kind, _, below = documented.partition(" of ")
    owner = "content.lists" if kind == "object" else _owner(kind, row)
    node.put({"type": kind}, f"{row.source}, {row.at}", owner)
    if kind == "object":
        _add_members(node, content, f"{row.at}/*", contents)
    elif below:
        _add_entries(node.child("*"), content, row, below, contents)


def _owner(kind: str, row: ContentRow) -> str:
    if kind not in _OWNERS:
        raise DataError(
            f"{row.at}: in the type {row.type!r}, {kind!r} is none of {', '.join(_OWNERS)}",
            f"{row.at}：类型 {row.type!r} 中的 {kind!r} 不在 {'、'.join(_OWNERS)} 之中",
        )
    return _OWNERS[kind]


def _add_score(node: Subschema, content: TicketContent, confidence: ContentRow | None) -> None:
    """One confidence value: the range is a must only where the page states it (open point 109)."""
    stated = confidence is not None and confidence.range_stated
    source = f"{confidence.source}, confidence" if confidence is not None else content.general
    owner = "content.confidence.range-stated" if stated else "content.confidence.range"
    node.put({"type": "number"}, source, "content.confidence.numbers")
    node.put({"minimum": 0, "maximum": 1}, source if stated else "open point 109", owner)


def _add_confidence(node: Subschema, content: TicketContent, row: ContentRow | None) -> None:
    """Confidence mirrors the fields: a value for a string, a list as long as the list that it speaks of."""
    source = f"{row.source}, confidence" if row is not None else content.general
    node.put({"type": "object"}, source, "content.objects")
    for other in content.rows_below(""):
        if other.type == "string":
            node.child(other.name).refer(_SCORE)
        elif other.type in ("array of string", "array of object"):
            _add_mirrored(node.child(other.name), content, other)
    if content.aliases:
        aliases = dict(content.aliases)
        node.put({"x-aliases": aliases}, f"page {content.page.en}, sample", "content.confidence.names")
    if row is not None and row.switch:
        node.put({"x-switch": list(row.switch)}, source, "content.switch-only")


def _add_mirrored(node: Subschema, content: TicketContent, row: ContentRow) -> None:
    node.put({"type": "array"}, "open point 111", "content.confidence.mirrors")
    if row.type == "array of string":
        node.child("*").refer(_SCORE)
        return
    node.child("*").put({"type": "object"}, "open point 111", "content.confidence.mirrors")
    for below in content.rows_below(f"{row.at}/*"):
        node.child("*").child(below.name).refer(_SCORE)
