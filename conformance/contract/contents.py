"""The contents of tickets: what `schemas/tickets/*.toml` holds, and the JSON Schemas (2020-12) derived from it.

A file describes one ticket type, a block of it what an edition of the documentation changes; `editions.toml` tells the
format. `python -m conformance.contract.contents` writes a schema for each edition and ticket type. Besides `x-source`
and `x-requirement`, as in the other schemas, these annotations say what no keyword can: `x-listed` (fields that the
page lists), `x-other-side` (fields of the document's other side), `x-switch` (request parameters that make a field
appear), `x-format` (what samples show), `x-aliases` (other names of confidence), `x-null` (what any null breaks).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from conformance.contract.datafiles import DataError, data_folder, mistakes_in, read_toml
from conformance.contract.schemas import DIALECT, Schema
from conformance.contract.tables import Text, text_from

if TYPE_CHECKING:
    from pathlib import Path

Entry: TypeAlias = Mapping[str, object]
FieldPresence: TypeAlias = Literal["listed", "unsampled", "sample"]

_ROW_KEYS = {
    "en", "zh", "type", "presence", "when", "switch", "or", "values", "examples", "format", "range", "breaks",
}  # fmt: skip
_BLOCK_KEYS = {"source", "sources", "fields", "remove", "aliases"}
_FILE_KEYS = {"type", "en", "zh", "page", "other-side", "conditions"}

OWNERS = {
    "string": "content.strings",
    "array": "content.lists",
    "object": "content.objects",
    "boolean": "content.booleans",
    "integer": "content.integers",
}
"""The requirement that a value of another JSON type breaks, by documented type."""


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
    editions = cast("Mapping[str, Entry]", read_toml(folder / "editions.toml"))
    found: dict[str, dict[str, TicketContent]] = {edition: {} for edition in editions}
    for path in sorted(folder.glob("*.toml")):
        if path.name != "editions.toml":
            data = read_toml(path)
            with mistakes_in(path, f"{folder.name}/editions.toml"):
                for content in _editions_of(data, editions):
                    found[content.edition][content.type] = content
    return found


def _editions_of(data: Entry, editions: Mapping[str, Entry]) -> Iterator[TicketContent]:
    """The content of one file in each edition, every one built on the one before."""
    _refuse_unknown("the file", data, _FILE_KEYS | set(editions))
    page = text_from(cast("Entry", data["page"]))
    conditions = {
        name: Condition(
            text_from(entry), cast("str | None", entry.get("member")), cast("str | None", entry.get("value"))
        )
        for name, entry in cast("Mapping[str, Entry]", data.get("conditions", {})).items()
    }
    rows: dict[str, dict[str, object]] = {}
    block: Entry = {}
    aliases: Mapping[str, str] = {}
    for edition, about in editions.items():
        changes = cast("Entry", data.get(edition, {}))
        _refuse_unknown(edition, changes, _BLOCK_KEYS)
        block = {**block, "sources": {}, **changes}
        _apply(edition, changes, rows)
        aliases = cast("Mapping[str, str]", changes.get("aliases", aliases))
        where = str(about["where"]).format(page=page.en, source=block["source"])
        sources = {
            head: str(about["where"]).format(page=page.en, source=source)
            for head, source in cast("Mapping[str, str]", block["sources"]).items()
        }
        yield TicketContent(
            type=str(data["type"]),
            edition=edition,
            label=text_from(data),
            page=page,
            operation=str(about["operation"]),
            general=str(about["confidence"]),
            rows=tuple(_row(at, entry, conditions, where, sources, page) for at, entry in rows.items()),
            aliases=aliases,
            other_side=cast("str | None", data.get("other-side")),
        )


def _apply(edition: str, changes: Entry, rows: dict[str, dict[str, object]]) -> None:
    """Turn the rows of one edition into those of the next."""
    for gone in cast("list[str]", changes.get("remove", [])):
        if gone not in rows:
            raise DataError(f"{edition}: remove: there is no row {gone!r} before it; there are {', '.join(rows)}")
        for at in [at for at in rows if at == gone or at.startswith(f"{gone}/")]:
            del rows[at]
    for at, entry in cast("Mapping[str, Entry]", changes.get("fields", {})).items():
        _refuse_unknown(f"{edition}: {at}", entry, _ROW_KEYS)
        rows[at] = {**rows.get(at, {}), **entry}
        if "format" in entry:
            rows[at]["dated"] = edition


def _row(
    at: str, entry: Entry, conditions: Mapping[str, Condition], where: str, sources: Mapping[str, str], page: Text
) -> ContentRow:
    presence = entry.get("presence", "listed")
    if presence not in get_args(FieldPresence):
        raise DataError(f"{at}: presence {presence!r} is none of {', '.join(get_args(FieldPresence))}")
    when = str(entry.get("when", ""))
    if when and when not in conditions:
        raise DataError(f"{at}: when {when!r} is no condition of the file; those are {', '.join(conditions) or 'none'}")
    with mistakes_in(at):
        label = text_from(entry)
    head, _, below = at.partition("/")
    return ContentRow(
        at=at,
        label=label,
        source=f"page {page.en}, sample" if presence == "sample" else sources.get(head, where) if below else where,
        type=str(entry.get("type", "string")),
        presence=cast("FieldPresence", presence),
        when=conditions[when] if when else None,
        switch=tuple(cast("list[str]", entry.get("switch", []))),
        instead=str(entry.get("or", "")) or None,
        values=tuple(cast("list[str]", entry.get("values", []))),
        examples=tuple(cast("list[str]", entry.get("examples", []))),
        dated=cast("str | None", entry.get("dated")),
        range_stated=entry.get("range") == "stated",
        breaks=cast("Mapping[str, str]", entry.get("breaks", {})),
    )


def _refuse_unknown(place: str, entry: Entry, known: set[str]) -> None:
    unknown = sorted(set(entry) - known)
    if unknown:
        raise DataError(f"{place}: unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")


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
    if kind not in OWNERS:
        raise DataError(f"{row.at}: in the type {row.type!r}, {kind!r} is none of {', '.join(OWNERS)}")
    return OWNERS[kind]


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


def written(value: object, indent: str = "") -> str:
    """JSON text of a schema: what fits on a line of 400 characters stands on one, so that a row does."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 400 or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + written(item, deeper) for item in value) + f"\n{indent}]"
    members = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {written(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def write_changed(path: Path, text: str) -> None:
    """Write a file and print its name, unless it holds that text already."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.write_text(text, encoding="utf-8")
    print(path)


def main() -> None:
    """Write the schema of every edition and ticket type. Raises DataError for a mistake in the data."""
    folder = data_folder("schemas") / "tickets"
    for edition, schemas in derive_content_schemas().items():
        (folder / edition).mkdir(exist_ok=True)
        for name, schema in schemas.items():
            path = folder / edition / f"{name}.schema.json"
            write_changed(path, written(schema) + "\n")


if __name__ == "__main__":
    main()
