"""The contents of tickets: what `schemas/tickets/*.toml` holds.

A file describes one ticket type, a block of it what an edition of the documentation changes; `editions.toml` tells the
format.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, get_args

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
