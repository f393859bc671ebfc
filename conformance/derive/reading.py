"""A page as text becomes a ReadPage: its layout, the kind of every table, the fields of every row."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from conformance.contract.tables import Row
from conformance.derive.blocks import text_without_tags
from conformance.derive.cells import (
    choice_of,
    cleaned,
    is_name,
    is_status,
    is_type,
    narrow,
    one_of,
    operation_of,
    presence_of,
    published_of,
    required_of,
    subject_of,
)
from conformance.derive.descriptions import enumerations_of, limits_of
from conformance.derive.flat import read_flat
from conformance.derive.markdown import fenced_lines, plain_markdown, read_markdown
from conformance.derive.model import Block, Cell, Layer, Layout, RawRow, ReadPage, ReadRow, ReadTable, Unread, shortened
from conformance.derive.table_kinds import KindedTable, with_kinds
from conformance.files import DataError
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from conformance.contract.tables import TableKind


# One row of a table: its cells become the fields that a row of a contract has.


_MENTION = re.compile(r"(?:表|[Tt]able)\s?([0-9]{1,3})(?![0-9]|\.[0-9])")
_LABEL_END = re.compile(r"[。;,:\n]|\.(?:\s|$)")
_JOINED_LABEL = re.compile(
    r"(?:取值范围|默认取值|默认值|缺省值|(?:value )?range|default(?: value)?)\s?:", re.IGNORECASE
)
_OTHER_LABEL = re.compile(r"(?:参数解释|参数说明|说明|注意|definition|explanation|note)\s?:", re.IGNORECASE)
_MAX_CELL = 100_000


def read_row(
    raw: RawRow, table: KindedTable, kinds: Mapping[int, TableKind], order: Mapping[str, int]
) -> tuple[ReadRow | None, list[Unread]]:
    """The row and what of it could not be read; no row where its name is none.

    `kinds` are the kinds of the page's tables by number, `order` the places of the names in this table.
    """
    if sum(len(block.text) for cell in raw.cells.values() for block in cell) > _MAX_CELL:
        return None, [
            Unread(
                raw.line,
                raw.words("name"),
                f"a row of more than {_MAX_CELL:,} characters",
                f"超过 {_MAX_CELL:,} 个字符的行",
            )
        ]
    if table.kind == "values":
        return _value_row(raw)
    if table.kind == "status":
        return _status_row(raw)
    name = raw.words("name")
    if not is_name(name):
        return None, [
            Unread(
                raw.line,
                _printed(raw),
                f"{shortened(name)!r} in the column of names is no name",
                f"名称列中的 {shortened(name)!r} 不是名称",
            )
        ]
    return _parameter_row(raw, table, kinds, order)


def _parameter_row(
    raw: RawRow, table: KindedTable, kinds: Mapping[int, TableKind], order: Mapping[str, int]
) -> tuple[ReadRow, list[Unread]]:
    name = raw.words("name")
    cell = _with_labels_joined(raw.cell("description"))
    description = "\n".join(block.text for block in cell)
    limits, listed = limits_of(cell), enumerations_of(cell)
    notes = [*limits.notes, *_type_notes(raw, table)]
    required: str | None = None
    if table.raw.has("required"):
        required, why = required_of(raw.words("required"), description, name)
        required = _in_order(required, order)
        notes += [Unread(raw.line, name, f'the cell "required": {why}')] if why else []
    stated = presence_of(description) if table.kind in ("response", "object") else None
    mentions = tuple(dict.fromkeys(_mentions(raw.cell("type")) + _mentions(cell)))
    row = Row(
        name=name,
        label=_label(cell),
        type=narrow(raw.words("type")) or None,
        required=required,
        presence=stated.presence if stated else "always",
        values=listed.values,
        values_of=next((number for number in mentions if kinds.get(number) == "values"), None),
        fields=listed.fields,
        default=listed.default,
        minimum=limits.minimum,
        maximum=limits.maximum,
        base64_max=limits.base64_max,
        file_advised=limits.file_advised,
        side_min=limits.side_min,
        side_max=limits.side_max,
        formats=limits.formats,
    )
    return ReadRow(row, raw.line, stated is not None, stated.condition if stated else None, mentions), notes


def _type_notes(raw: RawRow, table: KindedTable) -> list[Unread]:
    """A type that is missing or that the family does not print. The type is kept as printed all the same."""
    if not table.raw.has("type"):
        return []
    printed = raw.words("type")
    if not printed:
        return [Unread(raw.line, raw.words("name"), "the row has no type", "该行没有类型")]
    known = is_type(printed) or is_type(printed[:1].upper() + printed[1:])  # in small letters: a name, elsewhere
    name = shortened(printed)
    unknown = Unread(raw.line, raw.words("name"), f"{name!r} is no type that is known", f"未知的类型 {name!r}")
    return [] if known else [unknown]


def _value_row(raw: RawRow) -> tuple[ReadRow | None, list[Unread]]:
    value = raw.words("value")
    if not value:
        return None, [Unread(raw.line, _printed(raw), "a row without a value", "没有值的行")]
    return ReadRow(Row(name=value, label=_label(raw.cell("label") or raw.cell("description"))), raw.line), []


def _status_row(raw: RawRow) -> tuple[ReadRow | None, list[Unread]]:
    status = raw.words("status")
    if not is_status(status):
        return None, [Unread(raw.line, status, "the status code of the row is none", "该行的状态码无效")]
    return ReadRow(Row(name=status, label=_label(raw.cell("description"))), raw.line), []


def _printed(raw: RawRow) -> str:
    """The cells of the row on one line."""
    return " | ".join(" ".join(block.text for block in cell) for cell in raw.cells.values())


def _in_order(required: str, order: Mapping[str, int]) -> str:
    """A "one of" in the order of the table's rows; names that are no row come last."""
    choice = choice_of(required)
    return one_of(sorted(choice, key=lambda name: order.get(name, len(order)))) if choice else required


def _mentions(cell: Cell) -> list[int]:
    return [int(match[1]) for block in cell for match in _MENTION.finditer(narrow(block.text))]


def _with_labels_joined(cell: Cell) -> Cell:
    """The cell with a label that stands alone ("取值范围：") put before the paragraph that it labels."""
    blocks: list[Block] = []
    for block in cell:
        above = blocks[-1] if blocks else None
        if above is not None and not block.bullet and _JOINED_LABEL.fullmatch(narrow(above.text)):
            blocks[-1] = Block(f"{above.text}{block.text}", block.line)
        else:
            blocks.append(block)
    return tuple(blocks)


def _label(cell: Cell) -> Text:
    """The first clause of a cell, in both places: the caller knows the page's language."""
    texts = [narrow(block.text) for block in cell[:4]]
    words = next((text for text in texts if not _OTHER_LABEL.fullmatch(text)), texts[0] if texts else "")
    clause = shortened(_LABEL_END.split(words, maxsplit=1)[0])
    return Text(clause, clause)


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
