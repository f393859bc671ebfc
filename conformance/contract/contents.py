"""The contents of tickets: what `schemas/tickets/*.toml` holds, and the JSON Schemas (2020-12) derived from it.

A file describes one ticket type, a block of it what an edition of the documentation changes; `editions.toml` tells the
format. There is one schema for each edition and ticket type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

from conformance.contract.schemas import described
from conformance.contract.subschema import Subschema, identity
from conformance.entries import LABELS, TABLE, TEXT, TEXTS, Forms, entries_of, members_of, text_from, word_of
from conformance.files import DataError, data_folder, mistakes_in, read_toml
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

Entry: TypeAlias = Mapping[str, object]
FieldPresence: TypeAlias = Literal["listed", "unsampled", "sample"]

_ROW: Forms = {
    "presence": word_of(get_args(FieldPresence)),
    **dict.fromkeys(("type", "when", "or", "format", "range"), TEXT),
    **dict.fromkeys(("switch", "values", "examples"), TEXTS),
    "breaks": TABLE,
    **LABELS,
}
_WORDED: Forms = dict.fromkeys(("where", "operation", "confidence"), TEXT)
_EDITION: Forms = {**_WORDED, "document": TABLE}
_BLOCK: Forms = {
    "source": TEXT,
    "remove": TEXTS,
    **dict.fromkeys(("sources", "fields", "aliases"), TABLE),
}
_FILE: Forms = {"type": TEXT, "other-side": TEXT, "page": TABLE, "conditions": TABLE, **LABELS}
_CONDITION: Forms = {"member": TEXT, "value": TEXT, **LABELS}


@dataclass(frozen=True, slots=True)
class Condition:
    """A kind of document, in words; where an answer shows it, the member of `content` and its value that do."""

    text: Text
    member: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class ContentRow:
    """One documented field of `content` in one edition.

    `at` is its place (`total`, `item_list/*/unit`), `type` the documented one (`string`, `array of object`), `source`
    the page and table or the SDK file, `dated` the edition whose sample shows a day in it, `instead` the row that may
    stand in its place, `breaks` requirements of its own by keyword.
    """

    at: str
    label: Text
    source: str
    type: str = "string"
    presence: FieldPresence = "listed"
    when: Condition | None = None
    switch: tuple[str, ...] = ()
    instead: str | None = None
    values: tuple[str, ...] = ()
    examples: tuple[str, ...] = ()
    dated: str | None = None
    range_stated: bool = False
    breaks: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The name of the member, without the place that it is in."""
        return self.at.rpartition("/")[2]

    @property
    def expected(self) -> bool:
        """True where the page lists it without a condition and a sample bears it out."""
        return self.presence == "listed" and self.when is None and not self.switch


@dataclass(frozen=True, slots=True)
class TicketContent:
    """The documented content of one ticket type in one edition.

    `page` is the title of its page; `operation` and `general` are the sources of content as such, and of a confidence
    that the rows do not list; `aliases` are other names that samples give to confidence values.
    """

    type: str
    edition: str
    label: Text
    page: Text
    operation: str
    general: str
    rows: tuple[ContentRow, ...]
    aliases: Mapping[str, str]
    other_side: str | None = None

    def rows_below(self, place: str) -> list[ContentRow]:
        """The rows one level below a place: of content itself for an empty one, else of say `item_list/*`."""
        prefix = f"{place}/" if place else ""
        return [row for row in self.rows if row.at.startswith(prefix) and "/" not in row.at[len(prefix) :]]


def read_ticket_contents(folder: Path | None = None) -> dict[str, dict[str, TicketContent]]:
    """The content of each ticket type by edition, then by type; `folder` is `schemas/tickets` unless given.

    Raises DataError naming file, edition and row of a mistake.
    """
    folder = folder if folder is not None else data_folder("schemas") / "tickets"
    stated, editions = read_toml(folder / "editions.toml"), dict[str, dict[str, Any]]()
    for edition, about in entries_of({"edition": stated}, "edition").items():
        with mistakes_in(f"{folder / 'editions.toml'}: {edition}"):
            editions[edition] = members_of(about, _EDITION, *_WORDED)
    found: dict[str, dict[str, TicketContent]] = {edition: {} for edition in editions}
    for path in sorted(folder.glob("*.toml")):
        if path.name != "editions.toml":
            data = read_toml(path)
            with mistakes_in(path, f"{folder.name}/editions.toml"):
                for content in _editions_of(data, editions):
                    found[content.edition][content.type] = content
    return found


def _editions_of(data: Entry, editions: Mapping[str, Mapping[str, Any]]) -> Iterator[TicketContent]:
    """The content of one file in each edition, every one built on the one before."""
    with mistakes_in("the file"):
        about_type = members_of(data, {**_FILE, **dict.fromkeys(editions, TABLE)}, "type", "page")
    page = text_from(about_type["page"])
    conditions = {
        name: Condition(text_from(entry), **members_of(entry, _CONDITION))
        for name, entry in entries_of(data, "conditions").items()
    }
    rows: dict[str, dict[str, object]] = {}
    block: dict[str, Any] = {}
    aliases: Mapping[str, str] = {}
    for edition, about in editions.items():
        changes = cast("dict[str, Any]", data.get(edition, {}))
        block = {**block, "sources": {}, **changes}
        with mistakes_in(edition):
            members_of(block, _BLOCK, "source")
        _apply(edition, changes, rows)
        aliases = changes.get("aliases", aliases)
        where = about["where"].format(page=page.en, source=block["source"])
        sources = {head: about["where"].format(page=page.en, source=at) for head, at in block["sources"].items()}
        yield TicketContent(
            type=about_type["type"],
            edition=edition,
            label=text_from(data),
            page=page,
            operation=about["operation"],
            general=about["confidence"],
            rows=tuple(_row(at, entry, conditions, where, sources, page) for at, entry in rows.items()),
            aliases=aliases,
            other_side=about_type.get("other_side"),
        )


def _apply(edition: str, changes: Mapping[str, Any], rows: dict[str, dict[str, object]]) -> None:
    """Turn the rows of one edition into those of the next."""
    for gone in changes.get("remove", []):
        if gone not in rows:
            raise DataError(
                f"{edition}: remove: there is no row {gone!r} before it; there are {', '.join(rows)}",
                f"{edition}：remove：此前没有行 {gone!r}；已有 {'、'.join(rows)}",
            )
        for at in [at for at in rows if at == gone or at.startswith(f"{gone}/")]:
            del rows[at]
    for at, entry in changes.get("fields", {}).items():
        with mistakes_in(f"{edition}: {at}"):
            members_of(entry, _ROW)
        rows[at] = {**rows.get(at, {}), **entry}
        if "format" in entry:
            rows[at]["dated"] = edition


def _row(
    at: str, entry: Entry, conditions: Mapping[str, Condition], where: str, sources: Mapping[str, str], page: Text
) -> ContentRow:
    with mistakes_in(at):
        label = text_from(entry)
    members: dict[str, Any] = members_of(entry, {**_ROW, "dated": TEXT})
    when = members.pop("when", "")
    if when and when not in conditions:
        raise DataError(
            f"{at}: when {when!r} is no condition of the file; those are {', '.join(conditions) or 'none'}",
            f"{at}：when {when!r} 不是文件中的条件；已有 {'、'.join(conditions) or '无'}",
        )
    head, _, below = at.partition("/")
    sampled = members.get("presence") == "sample"
    members.pop("format", None)
    return ContentRow(
        at=at,
        label=label,
        source=f"page {page.en}, sample" if sampled else sources.get(head, where) if below else where,
        when=conditions[when] if when else None,
        instead=members.pop("or", None) or None,
        range_stated=members.pop("range", "") == "stated",
        **members,
    )


# The schemas. Besides `x-source` and `x-requirement`, as in those of the operations, they have annotations for what no
# keyword can say: `x-listed` (fields that the page lists), `x-listed-given` (fields that it lists where a member has a
# value), `x-other-side` (fields of the document's other side), `x-switch` (request parameters that make a field
# appear), `x-format` (what samples show), `x-aliases` (other names of confidence), `x-null` (what any null breaks).


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
