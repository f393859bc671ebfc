"""A page as text becomes a ReadPage: its layout, the kind of every table, the fields of every row."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.derive.cells import (
    Layer,
    RawTable,
    Unread,
    cleaned,
    fenced_lines,
    narrow,
    operation_of,
    plain_markdown,
    published_of,
    shortened,
    subject_of,
    text_without_tags,
)
from conformance.derive.flat import read_flat
from conformance.derive.markdown import read_markdown
from conformance.derive.rows import ReadRow, read_rows
from conformance.files import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.contract.tables import TableKind


Layout: TypeAlias = Literal["markdown", "flat"]


@dataclass(frozen=True, slots=True)
class ReadTable:
    """A table of a page. `numbered` is False where the kit gave the number because the page prints none.

    `listed` has the texts of each column whose heading names the field that it is about, by the name of the field.
    """

    number: int
    numbered: bool
    kind: TableKind
    title: str
    object: str | None
    status: int | None
    line: int
    rows: tuple[ReadRow, ...]
    listed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A documentation page as read: its operation, its tables in order, and what could not be read.

    `language` is `zh` where the page's own words are Chinese, else `en`. `document_id` and `published` are as printed,
    or None.
    """

    layout: Layout
    language: Literal["en", "zh"]
    title: str
    method: str
    path: str
    published: str | None
    document_id: str | None
    tables: tuple[ReadTable, ...]
    unread: tuple[Unread, ...]

    @property
    def edition(self) -> str | None:
        """The part of its path that says the edition (`v1.0`), None where no part does."""
        return next((part for part in self.path.split("/") if re.fullmatch(r"v[0-9][0-9.]*", part)), None)

    @property
    def picture(self) -> str:
        """The body parameter that carries the picture; empty where there is none."""
        rows = [entry.row for table in self.tables_of("body") for entry in table.rows]
        return next((row.name for row in rows if row.base64_max or row.name in ("image", "data")), "")

    def tables_of(self, *kinds: TableKind) -> list[ReadTable]:
        """The tables of these kinds, in the page's order."""
        return [table for table in self.tables if table.kind in kinds]


MAX_CHARACTERS = 500_000
_TITLE = re.compile(r"\s{0,3}(?:#\s|<h1[\s>])")
_ANCHOR = re.compile(r"<a name=\"([A-Za-z0-9_\-]{1,100})\">")
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_CONTROLS = ("分享", "Share")
_BREADCRUMB = re.compile(r"\S/\s")


@dataclass(frozen=True, slots=True)
class _Heading:
    title: str
    document_id: str | None


class NoOperationError(DataError):
    """A page of the documentation that describes no operation."""


def read_page(text: str) -> ReadPage:
    """Read a documentation page of the family, in either layout.

    Raises DataError where the text is no such page: too long (500,000 characters), not valid text, without an
    operation (`POST /path`), or without a single table that can be read.
    """
    lines = _lines(text)
    layout, layer = _layer(lines)
    method, path = _operation(lines)
    kinded, unkinded = with_kinds(layer.tables)
    unread = [*layer.unread, *unkinded]
    kinds = {table.number: table.kind for table in kinded}
    tables: list[ReadTable] = []
    for table in kinded:
        rows, notes = read_rows(table.raw, table.kind, kinds)
        unread += notes
        if not rows:
            why = "no row of this table could be read", "表中没有可读取的行"
            unread.append(Unread(table.raw.line, table.raw.title or "a table", *why))
        tables.append(_read_table(table, rows))
    if not any(table.rows for table in tables):
        found = "".join(f"; {entry.text}" for entry in unread[:3])
        found_zh = "".join(f"；{entry.words.zh}" for entry in unread[:3])
        raise NoOperationError(
            f"expected the tables of an operation's documentation page, found none that can be read{found}",
            f"应有接口文档页的表格，未找到可读取的表格{found_zh}",
        )
    heading = _heading(lines, layout)
    return ReadPage(
        layout=layout,
        language=_language(heading.title, tables),
        title=heading.title,
        method=method,
        path=path,
        published=next((date for line in lines if (date := published_of(line))), None),
        document_id=heading.document_id,
        tables=tuple(tables),
        unread=tuple(sorted(unread, key=lambda entry: entry.line)),
    )


def _lines(text: str) -> list[str]:
    if len(text) > MAX_CHARACTERS:
        raise DataError(
            f"expected a page of at most {MAX_CHARACTERS:,} characters, found {len(text):,}",
            f"文档页至多 {MAX_CHARACTERS:,} 个字符，实为 {len(text):,} 个",
        )
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise DataError(
            f"expected Unicode text, found half a character (a surrogate) at {error.start}",
            f"应为 Unicode 文本，第 {error.start} 个字符只有一半（代理码元）",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _layer(lines: list[str]) -> tuple[Layout, Layer]:
    """The layout in which more tables are found; a table that only the other layout shows is named."""
    markdown, flat = read_markdown(lines), read_flat(lines)
    layout: Layout = "markdown" if len(markdown.tables) >= len(flat.tables) else "flat"
    chosen, other = (markdown, flat) if layout == "markdown" else (flat, markdown)
    if not chosen.tables:
        return layout, Layer((), (*markdown.unread, *flat.unread))
    lost = tuple(
        Unread(
            table.line,
            table.title or "a table",
            f"a table in another layout than the rest of the page ({layout})",
            f"与页面其余部分（{layout}）版式不同的表格",
        )
        for table in other.tables
    )
    return layout, Layer(chosen.tables, (*chosen.unread, *lost))


def _operation(lines: list[str]) -> tuple[str, str]:
    """Method and path: the first operation outside of the samples, else the first one of a sample."""
    fenced = fenced_lines(lines)
    found = [
        (number in fenced, operation)
        for number, line in enumerate(lines, 1)
        if (operation := operation_of(text_without_tags(line))) is not None
    ]
    if not found:
        raise NoOperationError(
            "expected a line with the operation, such as 'POST /v2/{project_id}/ocr/name', found none",
            "应有写明接口的一行，如 'POST /v2/{project_id}/ocr/name'，未找到",
        )
    return min(found, key=lambda entry: entry[0])[1]


def _heading(lines: list[str], layout: Layout) -> _Heading:
    if layout == "markdown":
        for line in lines:
            if _TITLE.match(line):
                anchor = _ANCHOR.search(line)
                return _Heading(shortened(plain_markdown(line.lstrip("# "))), anchor[1] if anchor else None)
    for line in lines:
        words = cleaned(line)
        if words and words not in _CONTROLS and not _BREADCRUMB.search(words) and published_of(words) is None:
            return _Heading(shortened(words), None)
    return _Heading("", None)


def _language(title: str, tables: Sequence[ReadTable]) -> Literal["en", "zh"]:
    words = title + "".join(table.title for table in tables)
    return "zh" if _CHINESE.search(words) else "en"


def _read_table(table: KindedTable, rows: list[ReadRow]) -> ReadTable:
    return ReadTable(
        number=table.number,
        numbered=table.numbered,
        kind=table.kind,
        title=table.raw.title,
        object=table.object,
        status=table.raw.status if table.kind == "response" else None,
        line=table.raw.line,
        rows=tuple(rows),
        listed={
            subject: tuple(raw.words(column.role) for raw in table.raw.rows)
            for column in table.raw.columns
            if (subject := subject_of(column.heading)) is not None
            and [other.role for other in table.raw.columns].count(column.role) == 1
        },
    )


# What kind each table is (path, header, body, values, response, object, status), and its number.
#
# The columns decide where they can (a column of statuses or of values), then the caption, then the heading above.


_OBJECT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_OBJECT_TYPE = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?((?:表 ?|[Tt]able )?[A-Za-z0-9_]{1,100}) [Oo]bjects?")
_COMPOUND = re.compile(r"[A-Za-z0-9]+_[A-Za-z0-9_]+|[A-Za-z][a-z0-9]+[A-Z][A-Za-z0-9]*|[A-Z]{2,}[a-z][A-Za-z0-9]*")
_VARIANT = re.compile(r"([A-Za-z_][A-Za-z0-9_]{0,99}) \S.{0,99}")
_KINDS: tuple[tuple[str, TableKind], ...] = (
    (r"路径|path|uri", "path"),
    (r"header|消息头|请求头", "header"),
    (r"状态码|status code", "status"),
    (r"响应|返回|response", "response"),
    (r"请求|body|request", "body"),
)
_NO_KIND = (
    (r"(?:响应|返回|response).{0,20}(?:header|消息头)", "a table of response headers: a contract has no kind for it"),
    (r"query|查询参数", "a table of query parameters: a contract has no kind for it"),
)
_HEADER_NAMES = frozenset({"x-auth-token", "content-type", "x-sdk-date", "authorization", "x-project-id"})


@dataclass(frozen=True, slots=True)
class KindedTable:
    """A raw table with its kind, the object that it describes (kind `object` only) and its number.

    `numbered` is False where the page prints no number: the table then has the next free one.
    """

    raw: RawTable
    kind: TableKind
    object: str | None
    number: int
    numbered: bool


def with_kinds(tables: Sequence[RawTable]) -> tuple[list[KindedTable], list[Unread]]:
    """Every table with its kind and number, and those whose kind cannot be told."""
    kinded: list[KindedTable] = []
    unread: list[Unread] = []
    free = max((table.number for table in tables if table.number is not None), default=0)
    objects = {
        match[1]
        for table in tables
        for raw in table.rows
        if (match := _OBJECT_TYPE.fullmatch(narrow(raw.words("type")[:300])))
    }
    names = {raw.words("name") for table in tables for raw in table.rows}
    taken: set[int] = set()
    for table in tables:
        kind, subject = _kind(table, objects, names)
        if kind is None:
            rows = ", ".join((raw.words("name") or raw.words("value"))[:40] for raw in table.rows[:12])
            unread.append(
                Unread(table.line, table.title or "a table without a caption", f"{subject}; its rows: {rows}")
            )
            continue
        numbered = table.number is not None and table.number not in taken
        number = table.number if table.number is not None and numbered else free + 1
        free = max(free, number)
        taken.add(number)
        kinded.append(KindedTable(table, kind, subject if kind == "object" else None, number, numbered))
    return kinded, unread


def _kind(table: RawTable, objects: set[str], names: set[str]) -> tuple[TableKind | None, str | None]:
    """The kind and, for an object, its name; without a kind, the reason."""
    title = narrow(table.title).strip()
    if table.has("status"):
        return "status", None
    if table.has("value") and not table.has("name"):
        return "values", None
    for pattern, reason in _NO_KIND:
        if re.search(pattern, title, re.IGNORECASE):
            return None, reason
    if _is_object(title, table.number, objects):
        return "object", title
    variant = _VARIANT.fullmatch(title)
    if variant is not None and _COMPOUND.fullmatch(variant[1]):
        return "object", title  # one kind of an object: its name, and which kind
    kind = _from_words(title)
    members = [word for word in _OBJECT_NAME.findall(title) if word in names]
    member = next((word for word in members if kind is None or _COMPOUND.fullmatch(word)), None)
    if member is not None and kind != "path":
        return "object", member
    if kind is None and not title:
        kind = _from_section(table)
    return kind, None if kind else "neither the columns nor the caption tell what the table lists"


def _is_object(title: str, number: int | None, objects: set[str]) -> bool:
    """Whether the caption is the name of an object: a type names it or its table, or it is a compound name."""
    if not _OBJECT_NAME.fullmatch(title):
        return False
    own = {title, f"表{number}", f"表 {number}", f"Table {number}", f"table {number}"}
    return _COMPOUND.fullmatch(title) is not None or not own.isdisjoint(objects)


def _from_words(words: str) -> TableKind | None:
    return next((kind for pattern, kind in _KINDS if re.search(pattern, words, re.IGNORECASE)), None)


def _from_section(table: RawTable) -> TableKind | None:
    """The kind of a table without a caption, from the heading above it and its first names."""
    kind = _from_words(narrow(table.section))
    if kind == "body" and any(raw.words("name").casefold() in _HEADER_NAMES for raw in table.rows):
        return "header"
    return kind
