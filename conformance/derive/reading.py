"""A page as text becomes a ReadPage: the layout is chosen, every table gets its kind, every row its meaning.

Nothing is dropped: a table whose kind cannot be told, a row whose name is none, and every limit that a row of a
contract has no field for end up in `unread` with their line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.derive.flat import read_flat
from conformance.derive.html_tables import text_without_tags
from conformance.derive.markdown import fenced_lines, read_markdown
from conformance.derive.model import Layer, Layout, ReadPage, ReadRow, ReadTable, Unread, shortened
from conformance.derive.pipe_tables import plain_markdown
from conformance.derive.rows import read_row
from conformance.derive.table_kinds import KindedTable, with_kinds
from conformance.derive.vocabulary import cleaned, operation_of, published_of, subject_of
from conformance.files import DataError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.contract.tables import TableKind

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
        rows, notes = _rows(table, kinds)
        unread += notes
        if not rows:
            unread.append(
                Unread(
                    table.raw.line,
                    table.raw.title or "a table",
                    "no row of this table could be read",
                    "表中没有可读取的行",
                )
            )
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


def _rows(table: KindedTable, kinds: Mapping[int, TableKind]) -> tuple[list[ReadRow], list[Unread]]:
    rows: list[ReadRow] = []
    notes: list[Unread] = []
    order = {raw.words("name"): place for place, raw in reversed(list(enumerate(table.raw.rows)))}
    for raw in table.raw.rows:
        row, found = read_row(raw, table, kinds, order)
        rows += [row] if row else []
        notes += found
    return rows, notes


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
