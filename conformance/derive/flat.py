"""The flattened layout: the text of a rendered page, one cell per line, with blank lines between.

The cells of the column "required" are often lost (they are pictures on the site), and nothing marks where a row begins.
A row begins at a line that is a name, followed by a type (with the cell "required" between them or not). What lies
between is the description. A line that would be a name or a type, but not where one belongs, is named.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from conformance.derive.cells import (
    Block,
    Cell,
    Column,
    Layer,
    RawRow,
    RawTable,
    Role,
    Unread,
    caption_of,
    cleaned,
    is_name,
    is_required_cell,
    is_section,
    is_status,
    is_type,
    is_value,
    narrow,
    operation_of,
    role_of,
    status_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_BULLET = re.compile(r"(?:[•·]\s{0,4}|[-*–]\s{1,4})(?=\S)")
_ONE_WORD = re.compile(r"[A-Z][a-z]+")
_MAX_COLUMNS = 8
_TYPED: tuple[Role, ...] = ("name", "required", "type")


@dataclass(slots=True)
class _OpenRow:
    """A row whose description is still being read."""

    cells: dict[Role, Cell]
    line: int
    description: list[Block] = field(default_factory=list)

    def closed(self) -> RawRow:
        """The row with its description."""
        described: dict[Role, Cell] = {"description": tuple(self.description)} if self.description else {}
        return RawRow({**self.cells, **described}, self.line)


@dataclass(slots=True)
class _Reader:
    """The lines of the page that are not blank, and what has been read from them so far."""

    blocks: list[Block]
    tables: list[RawTable] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    section: str = ""
    status: int | None = None

    def text(self, place: int) -> str:
        """The line there; empty behind the last one and for a list entry, which is never a cell of its own."""
        block = self.blocks[place] if place < len(self.blocks) else None
        return block.text if block is not None and not block.bullet else ""

    def note_unread(self, place: int, why: str, why_zh: str = "") -> None:
        """Note the line as unread."""
        self.unread.append(Unread(self.blocks[place].line, self.blocks[place].text, why, why_zh))


def read_flat(lines: list[str]) -> Layer:
    """The tables of a page in this layout, in order."""
    reader = _Reader([block for number, line in enumerate(lines, 1) if (block := _block(line, number)) is not None])
    place = 0
    while place < len(reader.blocks):
        place = _step(reader, place)
    return Layer(tuple(reader.tables), tuple(reader.unread))


def _block(line: str, number: int) -> Block | None:
    text = cleaned(line)
    bullet = _BULLET.match(text)
    words = text[bullet.end() :] if bullet else text
    return Block(words, number, bullet is not None) if words else None


def _step(reader: _Reader, place: int) -> int:
    """Read what begins at this line; returns where to go on."""
    text = reader.text(place)
    caption = caption_of(text) if text else None
    columns = _columns(reader, place + 1, captioned=True) if caption else _columns(reader, place)
    if columns:
        start = place + (1 if caption else 0) + len(columns)
        end = _end(reader, start)
        title = caption.title if caption else ""
        number = caption.number if caption else None
        rows = _rows(reader, columns, start, end)
        line = reader.blocks[place].line
        reader.tables.append(RawTable(number, title, reader.section, reader.status, columns, rows, line))
        return end
    status = status_of(text)
    if caption and caption.title:
        reader.note_unread(place, "a caption that no column headings follow", "标题之后没有列名")
    elif status is not None:
        reader.status = status
    elif is_section(text):
        reader.section = text
    elif _row_begins(reader, place, _TYPED):
        reader.note_unread(place, "a name with its type, outside of any table", "表格之外的名称和类型")
    return place + 1


def _columns(reader: _Reader, place: int, *, captioned: bool = False) -> tuple[Column, ...]:
    """The column headings that begin there; empty where none do. Only under a caption may the first be unknown."""
    columns: list[Column] = []
    for heading in range(place, place + _MAX_COLUMNS):
        role = role_of(reader.text(heading))
        roles = [column.role for column in columns]
        # the first row can have the name of a column (`type`, `value`); the description is always the last column
        first_row = role in roles or ("description" in roles and _row_begins(reader, heading, _TYPED))
        if role is None or first_row:
            break
        columns.append(Column(role, reader.text(heading)))
    if captioned and not columns and role_of(reader.text(place + 1)) == "value" and len(reader.text(place)) <= 40:
        columns = [Column("label", reader.text(place)), Column("value", reader.text(place + 1))]
    known = {"name", "value", "status"} & {column.role for column in columns}
    return tuple(columns) if known and len(columns) > 1 else ()


def _end(reader: _Reader, place: int) -> int:
    """Where the table whose first row is here ends: the next caption, heading, operation or sample."""
    while place < len(reader.blocks):
        text = reader.text(place)
        if text and not _row_begins(reader, place, _TYPED) and (_is_landmark(reader, place) or _columns(reader, place)):
            return place
        place += 1
    return place


def _is_landmark(reader: _Reader, place: int) -> bool:
    text = reader.text(place)
    caption = caption_of(text)
    if caption is not None:
        # "Table 6" alone, with no columns below, is a link inside a description
        return bool(caption.title) or bool(_columns(reader, place + 1, captioned=True))
    return status_of(text) is not None or is_section(text) or operation_of(text) is not None or text.startswith("{")


def _rows(reader: _Reader, columns: tuple[Column, ...], start: int, end: int) -> tuple[RawRow, ...]:
    roles: list[Role] = [column.role for column in columns]
    if "name" in roles:
        return _named_rows(reader, roles, start, end)
    if roles == ["label", "value"]:
        return _pairs(reader, start, end)
    return _keyed_rows(reader, "status" if "status" in roles else "value", start, end)


def _named_rows(reader: _Reader, roles: list[Role], start: int, end: int) -> tuple[RawRow, ...]:
    """Rows that begin with a name; every other line is the description of the row before it."""
    rows: list[_OpenRow] = []
    place = start
    while place < end:
        length = _row_begins(reader, place, roles)
        if length:
            rows.append(_OpenRow(_opening(reader, place, length), reader.blocks[place].line))
            place += length
            continue
        why = _misplaced(reader.text(place), rows[-1] if rows else None, typed="type" in roles)
        if why:
            reader.note_unread(place, why)
        if rows:
            rows[-1].description.append(reader.blocks[place])
        place += 1
    return tuple(row.closed() for row in rows)


def _misplaced(text: str, row: _OpenRow | None, *, typed: bool) -> str | None:
    """Why a line below that row looks like more than its description; None where it does not."""
    if row is None:
        return "before the first row of a table"
    if typed and is_type(text):
        return "a type without a name before it"
    one_word_description = not row.description and _ONE_WORD.fullmatch(text)
    if typed and is_name(text) and not one_word_description:
        return "can be the name of a row, but no type follows"
    return None


def _row_begins(reader: _Reader, place: int, roles: Sequence[Role]) -> int:
    """How many lines from here are the name, the cell "required" and the type of a row; 0 where no row begins.

    "required" stands on either side of the type, or has been lost.
    """
    if not is_name(reader.text(place)) or ("required" in roles and is_required_cell(reader.text(place))):
        return 0
    before = 1 if "required" in roles and is_required_cell(reader.text(place + 1)) else 0
    if "type" not in roles:
        return 1 + before
    if is_type(reader.text(place + 1)):
        return 3 if "required" in roles and is_required_cell(reader.text(place + 2)) else 2
    return 3 if before and is_type(reader.text(place + 2)) else 0


def _opening(reader: _Reader, place: int, length: int) -> dict[Role, Cell]:
    cells: dict[Role, Cell] = {"name": (reader.blocks[place],)}
    for block in reader.blocks[place + 1 : place + length]:
        cells["type" if is_type(block.text) else "required"] = (block,)
    return cells


def _pairs(reader: _Reader, start: int, end: int) -> tuple[RawRow, ...]:
    """Rows of two cells: what a value stands for, and the value."""
    rows: list[RawRow] = []
    place = start
    while place < end:
        if place + 1 < end and not is_value(reader.text(place)) and is_value(reader.text(place + 1)):
            label, value = reader.blocks[place], reader.blocks[place + 1]
            rows.append(RawRow({"label": (label,), "value": (value,)}, label.line))
            place += 2
        else:
            reader.note_unread(place, "not a pair of a label and a value", "不是成对的标签和值")
            place += 1
    return tuple(rows)


def _keyed_rows(reader: _Reader, role: Role, start: int, end: int) -> tuple[RawRow, ...]:
    """Rows that begin with a value or a status; every other line describes the row before it."""
    rows: list[_OpenRow] = []
    for place in range(start, end):
        block = reader.blocks[place]
        text = narrow(reader.text(place))
        undescribed = bool(rows) and not rows[-1].description
        if is_status(text) if role == "status" else is_value(text) and not undescribed:
            rows.append(_OpenRow({role: (block,)}, block.line))
        elif rows:
            rows[-1].description.append(block)
        else:
            reader.note_unread(place, "before the first row of a table", "在表格第一行之前")
    return tuple(row.closed() for row in rows)
