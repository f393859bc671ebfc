"""The rows of a documentation page as data: what `schemas/<contract id>/tables.toml` holds.

A row states what the page prints (name, type, required, limits, values). `at`, `reading` and `basis` are the kit's
reading where the table alone does not settle the shape: `at` is the place in an answer as a JSON Pointer with `*` for
every entry of a list, `reading` gives JSON Schema keywords that replace or complete the documented type.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, cast, get_args

from conformance.entries import (
    LABELS,
    NUMBER,
    POINTER,
    TABLE,
    TABLES,
    TEXT,
    TEXTS,
    WHOLE,
    WHOLES,
    Form,
    Forms,
    members_of,
    text_from,
    word_of,
)
from conformance.files import DataError, contract_folder, mistakes_in, read_toml
from conformance.text import Text, expected, one_of, said_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path


TableKind: TypeAlias = Literal["path", "header", "body", "values", "response", "object", "status"]
Presence: TypeAlias = Literal["always", "success", "failure", "alarm", "unclear", "optional"]
PRESENCES: tuple[Presence, ...] = get_args(Presence)
Basis: TypeAlias = Literal["stated", "sample", "protocol", "position"]
Result: TypeAlias = Literal["tickets", "document", "fields"]
RESULTS: tuple[Result, ...] = get_args(Result)
BASES: tuple[Basis, ...] = get_args(Basis)


@dataclass(frozen=True, slots=True)
class Row:
    """One documented row. Fields that a table has no column for are None or empty.

    `required`: `yes`, `no`, `one of A, B`, `unstated`. `base64_max` and `file_advised` are sizes as printed (`10MB`);
    `side_min` and `side_max` are pixels; `fields` names the members a cell lists; `values_of` is the number of the
    table that lists the values; `failed` replaces `reading` for a ticket that was not recognised.
    """

    name: str
    label: Text
    type: str | None = None
    required: str | None = None
    presence: Presence = "always"
    at: str | None = None
    values: tuple[str, ...] = ()
    values_of: int | None = None
    fields: tuple[str, ...] = ()
    default: str | None = None
    minimum: float | None = None
    maximum: float | None = None
    base64_max: str | None = None
    file_advised: str | None = None
    side_min: int | None = None
    side_max: int | None = None
    formats: tuple[str, ...] = ()
    reading: Mapping[str, object] = field(default_factory=dict)
    failed: Mapping[str, object] | None = None
    basis: Basis = "stated"


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several kinds of what stands `at` a place of an answer: there the member `by` has one of `values`.

    `name` is what the keywords of requirements call it: `/result used-vehicle-sales required:total`.
    """

    name: str
    at: str
    by: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a page: its printed number, what it lists, and its rows. `number` 0 holds what only samples show.

    `origin` is the number of the table that it continues, in the edition that its contract extends. A table of one of
    several kinds of result has a `variant`.
    """

    number: int
    kind: TableKind
    title: Text
    rows: tuple[Row, ...]
    object: str | None = None
    origin: int | None = None
    variant: Variant | None = None

    def row(self, name: str) -> Row:
        """The row of that name. Raises DataError where there is none."""
        for row in self.rows:
            if row.name == name:
                return row
        raise DataError(
            f"table {self.number} has no row {name!r}; it has {', '.join(row.name for row in self.rows)}",
            f"表 {self.number} 没有行 {name!r}；已有 {'、'.join(row.name for row in self.rows)}",
        )


@dataclass(frozen=True, slots=True)
class Page:
    """A documentation page: the operation it describes and all of its tables in order.

    `picture` names the body parameter that carries the picture (empty where there is none). `result` says what an
    answer holds: a list of tickets, one document, or fields of one thing, whose `specimens` are of these ticket types.
    `document` is the title of the page, `document_id` and `published` its id and date as printed. `base` is the page of
    the edition before, where the contract states only the difference from that one; `family` names the sets of the
    family that it takes, which its later editions have, too.
    """

    id: str
    edition: str
    method: str
    path: str
    picture: str
    result: Result
    title: Text
    document: Text
    document_id: str
    published: str
    tables: tuple[Table, ...]
    base: Page | None = None
    family: tuple[str, ...] = ()
    specimens: tuple[str, ...] = ()

    def table(self, number: int) -> Table:
        """The table of that number. Raises DataError where there is none."""
        for table in self.tables:
            if table.number == number:
                return table
        raise DataError(
            f"{self.id}: no table {number}; it has {', '.join(str(t.number) for t in self.tables)}",
            f"{self.id}：没有表 {number}；已有 {'、'.join(str(t.number) for t in self.tables)}",
        )

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The kinds of result that have a table of their own."""
        return tuple(table.variant for table in self.tables if table.variant is not None)

    @property
    def types(self) -> tuple[str, ...]:
        """The documented values of `type` in an answer, in the page's order; of `fields` the types of specimens.

        Raises DataError where it has none.
        """
        if self.result == "fields":
            return self.specimens
        for _, row in self.rows_of("response", "object"):
            if row.name == "type":
                return tuple(value.name for value in self.table(row.values_of).rows) if row.values_of else row.values
        raise DataError(f"{self.id}: no table lists the values of type", f"{self.id}：没有列出 type 取值的表")

    @property
    def picture_row(self) -> Row:
        """The body parameter that carries the picture; a row without limits where the operation takes none.

        Raises DataError where the table of the body does not have it.
        """
        if not self.picture:
            return Row("", Text("no picture", "无图片"))
        for table in self.tables:
            if table.kind == "body":
                return table.row(self.picture)
        raise DataError(f"{self.id}: no body table", f"{self.id}：没有请求体的表")

    @property
    def before(self) -> tuple[Page, ...]:
        """The pages of the editions before it, the latest first."""
        return (self.base, *self.base.before) if self.base is not None else ()

    @property
    def lineage(self) -> tuple[str, ...]:
        """Its id, and those of the editions before it, back to the first."""
        return (self.id, *(page.id for page in self.before))

    def rows_of(self, *kinds: TableKind) -> list[tuple[Table, Row]]:
        """Every row of the tables of these kinds, with its table, in the page's order."""
        return [(table, row) for table in self.tables if table.kind in kinds for row in table.rows]


def read_page_data(path: Path, later: tuple[str, ...] = ()) -> Page:
    """Read `tables.toml`; one that `extends` another contract states only what differs from that one.

    A table `from` one of the edition before changes its rows; tables that are not mentioned stay as they are. `later`
    names the editions that this one is read for. Raises DataError naming the file and the entry of the mistake.
    """
    data = read_toml(path)
    base = _page_before(path, data["extends"], later) if "extends" in data else None
    with mistakes_in(path):
        return page_from(data, base)


def page_of(contract_id: str) -> Page:
    """The page of a contract that the kit has, or that was added. Raises DataError as `read_page_data` does."""
    return read_page_data(contract_folder(contract_id) / "tables.toml")


def types_of(pages: Iterable[Page]) -> list[str]:
    """The documented types of several pages, each once."""
    return list(dict.fromkeys(kind for page in pages for kind in page.types))


def _page_before(path: Path, extends: object, later: tuple[str, ...]) -> Page:
    """The page that the one at `path` extends."""
    later = (*later, path.parent.name)
    if extends in later:
        raise DataError(
            f"{path}: extends: expected an edition before, found {extends!r}, which extends this one",
            f"{path}：extends：应为前一版，实为 {extends!r}，它以本版为基础",
        )
    known = sorted(other.parent.name for other in path.parent.parent.glob(f"*/{path.name}") if other != path)
    if extends not in known:
        raise DataError(said_of(f"{path}: extends", expected(one_of(known), extends)))
    return read_page_data(path.parent.parent / str(extends) / path.name, later)


def page_from(data: Mapping[str, object], base: Page | None = None) -> Page:
    """A Page from the content of a `tables.toml`; `base` is the page of the contract that it extends."""
    members = members_of(data, _PAGE, "id", "edition", "method", "path", "picture", "result", "title", "document")
    tables = tuple(_table(entry, base) for entry in members.pop("table", ()))
    dropped = members.pop("drop_tables", ())
    if base is not None:
        tables = tuple(sorted((*tables, *_unchanged(base, tables, dropped)), key=lambda table: table.number))
    samples = tuple(_row({"basis": "sample", **entry}) for entry in members.pop("sample", ()))
    if base is not None:
        samples = _changed(base.table(0).rows, samples, [])
        members["family"] = base.family
    if samples:
        tables += (Table(0, "response", Text("Seen in the samples only", "仅见于示例"), samples),)
    document = members.pop("document")
    members.pop("extends", None)
    return Page(
        title=text_from(members.pop("title")),
        document=text_from(document),
        document_id=document["id"],
        published=str(document["published"]),
        tables=tables,
        base=base,
        **members,
    )


def _unchanged(base: Page, stated: tuple[Table, ...], dropped: Collection[int]) -> list[Table]:
    """The tables of the edition before that a later one neither continues nor drops: they keep their numbers."""
    continued = {table.origin for table in stated} | set(dropped)
    kept = [
        replace(table, origin=table.number) for table in base.tables if table.number and table.number not in continued
    ]
    taken = sorted({table.number for table in kept} & {table.number for table in stated})
    if taken:
        raise DataError(
            f"table {taken[0]}: the edition before has another table of this number; expected one that continues "
            f"it (from = {taken[0]}), or drop-tables = [{taken[0]}]",
            f"表 {taken[0]}：前一版另有此编号的表；应为延续它的表（from = {taken[0]}），或 drop-tables = [{taken[0]}]",
        )
    return kept


def _table(entry: Mapping[str, object], base: Page | None) -> Table:
    place = f"table {entry.get('number')}"
    with mistakes_in(place):
        members = members_of(entry, _TABLE, "number", "kind")
    under, drop, origin = members.pop("at", None), members.pop("drop", ()), members.pop("from", None)
    # A row is below its table, where it states no place of its own.
    beside = [row if under is None else {"at": f"{under}/{row.get('name')}", **row} for row in members.pop("row", ())]
    rows = tuple(map(_row, beside))
    if origin is not None:
        if base is None:
            raise DataError(f"{place}: from = {origin} without extends", f"{place}：有 from = {origin} 而无 extends")
        rows = _changed(base.table(origin).rows, rows, drop)
    variant = _variant(members.pop("variant")) if "variant" in members else None
    return Table(title=text_from(entry), rows=rows, origin=origin, variant=variant, **members)


def _changed(rows: tuple[Row, ...], changes: tuple[Row, ...], dropped: Collection[str]) -> tuple[Row, ...]:
    """The rows of the edition before: without the dropped ones, changed ones in their place, new ones at the end."""
    unknown = sorted(set(dropped) - {row.name for row in rows})
    if unknown:
        raise DataError(
            f"drop: the edition before has no row {', '.join(unknown)}", f"drop：前一版没有行 {'、'.join(unknown)}"
        )
    by_name = {row.name: row for row in changes}
    kept = tuple(by_name.pop(row.name, row) for row in rows if row.name not in dropped)
    return (*kept, *by_name.values())


_PATH: Form[str] = Form(
    Text("that of the operation, such as /v1.0/ocr/name", "接口的路径，如 /v1.0/ocr/name"), POINTER.fits
)
_PAGE: Forms = {
    **dict.fromkeys(("id", "edition", "method", "picture", "extends"), TEXT),
    **dict.fromkeys(("title", "document"), TABLE),
    **dict.fromkeys(("family", "specimens"), TEXTS),
    **dict.fromkeys(("table", "sample"), TABLES),
    "path": _PATH,
    "result": word_of(RESULTS),
    "drop-tables": WHOLES,
}
_TABLE: Forms = {
    "number": WHOLE,
    "kind": word_of(get_args(TableKind)),
    "at": POINTER,
    "object": TEXT,
    "from": WHOLE,
    "drop": TEXTS,
    "row": TABLES,
    "variant": TABLE,
    **LABELS,
}
_KEYWORDS: Form[object] = Form(Text("a table of JSON Schema keywords", "JSON Schema 关键字的表"), TABLE.fits)
_ROW: Forms = {
    **dict.fromkeys(("name", "type", "required", "default", "base64-max", "file-advised"), TEXT),
    **dict.fromkeys(("values-of", "side-min", "side-max"), WHOLE),
    **dict.fromkeys(("minimum", "maximum"), NUMBER),
    **dict.fromkeys(("values", "fields", "formats"), TEXTS),
    **dict.fromkeys(("reading", "failed"), _KEYWORDS),
    "at": POINTER,
    "presence": word_of(PRESENCES),
    "basis": word_of(BASES),
    **LABELS,
}


_VARIANT = Text(
    "{ name, at, by, values }, with a name of small letters and a JSON Pointer",
    "{ name, at, by, values }，name 为小写字母，at 为 JSON Pointer",
)


def _variant(entry: object) -> Variant:
    """The kind of result that a table is about. Raises DataError.

    `request` and `shows` beside it say what the reference answers with it.
    """
    known = entry if isinstance(entry, dict) and {"name", "at", "by", "values"} <= entry.keys() else {}
    values = known.get("values")
    lists = isinstance(values, list) and all(isinstance(value, str) for value in values)
    if not (lists and re.fullmatch(r"[a-z0-9-]+", str(known["name"])) and str(known["at"]).startswith("/")):
        raise DataError(said_of("variant", expected(_VARIANT, entry)))
    return Variant(str(known["name"]), str(known["at"]), str(known["by"]), tuple(cast("list[str]", values)))


def _row(entry: Mapping[str, object]) -> Row:
    with mistakes_in(f"row {entry.get('name')!r}"):
        return Row(label=text_from(entry), **members_of(entry, _ROW))
