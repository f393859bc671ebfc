"""The Markdown layout of a page: captions and headings between HTML tables and pipe tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from conformance.derive.blocks import Grid, read_html_table, text_without_tags
from conformance.derive.cells import caption_of, cleaned, is_section, role_of, status_of
from conformance.derive.model import Block, Cell, Column, Layer, RawRow, RawTable, Role, Unread

# A Markdown pipe table as a grid of cells: rows of `| a | b |` under a line of dashes, `<br>` between paragraphs.


_DASHES = re.compile(r":?-{2,}:?")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s\"[^\"]{0,200}\")?\)")
_BULLET = re.compile(r"(?:[•·]\s{0,4}|[-*]\s{1,4})(?=\S)")
_BREAK = re.compile(r"<br\s{0,3}/?>|</?(?:p|li|ul|ol)>", re.IGNORECASE)


def is_delimiter(line: str) -> bool:
    """Whether the line is the dashes between the heading and the rows of a pipe table."""
    cells = _split(line) if "|" in line and "--" in line else []
    return bool(cells) and all(_DASHES.fullmatch(cell.strip()) for cell in cells)


def is_row(line: str) -> bool:
    """Whether the line can be a row of a pipe table."""
    return "|" in line.replace("\\|", "")


def read_pipe_table(lines: list[str], line: int) -> Grid:
    """The cells of the heading and the rows. `lines` begin on `line`; the line of dashes is an empty one."""
    return [[_cell(cell, line + offset) for cell in _split(text)] for offset, text in enumerate(lines) if text.strip()]


def plain_markdown(text: str) -> str:
    """The text without links, emphasis, code marks, tags and escapes."""
    words = _LINK.sub(r"\1", text_without_tags(text)).replace("**", "").replace("`", "")
    return cleaned(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", words))


def _split(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    if inner.endswith("|") and not inner.endswith("\\|"):
        inner = inner[:-1]
    return [cell.replace("\0", "|") for cell in inner.replace("\\|", "\0").split("|")]


def _cell(source: str, line: int) -> Cell:
    blocks: list[Block] = []
    for part in _BREAK.split(source):
        text = plain_markdown(part)
        bullet = _BULLET.match(text)
        words = text[bullet.end() :] if bullet else text
        if words:
            blocks.append(Block(words, line, bullet is not None))
    return tuple(blocks)


_TABLE_TAG = re.compile(r"<(/?)table(?=[\s/>])[^<>]{0,1000}>", re.IGNORECASE)
_ROW_OUTSIDE = re.compile(r"\s{0,20}(?:\||</?t(?:r|d|h|head|body)[\s>])", re.IGNORECASE)
_HEADING = re.compile(r"\s{0,3}(?:#{1,6}\s|<h[1-6][\s>])")


@dataclass(frozen=True, slots=True)
class _Segment:
    """The grid of one table and the lines (first, last) that it covers."""

    grid: Grid
    first: int
    last: int
    caption: str
    unread: tuple[Unread, ...]


@dataclass(slots=True)
class _Above:
    """What has been seen above the line that is being read."""

    section: str = ""
    status: int | None = None
    caption: str | None = None
    caption_line: int = 0
    unread: list[Unread] = field(default_factory=list)

    def drop_caption(self) -> None:
        """Name a caption that no table followed."""
        if self.caption is not None:
            self.unread.append(
                Unread(self.caption_line, self.caption, "a caption that no table follows", "标题之后没有表格")
            )
        self.caption = None


def fenced_lines(lines: list[str]) -> frozenset[int]:
    """The lines inside closed code fences, the fences included. A fence that is never closed is none."""
    inside: set[int] = set()
    opened: int | None = None
    for number, line in enumerate(lines, 1):
        if line.lstrip(" >\t").startswith(("```", "~~~")):
            if opened is not None:
                inside.update(range(opened, number + 1))
            opened = None if opened is not None else number
    return frozenset(inside)


def read_markdown(lines: list[str]) -> Layer:
    """The tables of a page in this layout, in order."""
    fenced = fenced_lines(lines)
    html = _html_segments(lines, fenced)
    covered = {number for segment in html for number in range(segment.first, segment.last + 1)}
    pipes = _pipe_segments(lines, fenced | covered)
    starts: defaultdict[int, list[_Segment]] = defaultdict(list)
    for segment in (*html, *pipes):
        starts[segment.first].append(segment)
    covered.update(number for segment in pipes for number in range(segment.first, segment.last + 1))
    above = _Above()
    tables: list[RawTable] = []
    for number, line in enumerate(lines, 1):
        for segment in starts.get(number, ()):
            table = _table(segment, above)
            tables += [table] if table else []
        if number not in covered and number not in fenced:
            _look(line, number, above)
    above.drop_caption()
    return Layer(tuple(tables), tuple(above.unread))


def _look(line: str, number: int, above: _Above) -> None:
    """Keep what a line outside of tables says about the tables below it."""
    text = plain_markdown(line)
    status = status_of(text)
    if status is not None:
        above.status = status
    elif _HEADING.match(line) or is_section(text):
        above.drop_caption()
        above.section = text.lstrip("# ")
    elif caption_of(text):
        above.drop_caption()
        above.caption, above.caption_line = text, number
    elif _ROW_OUTSIDE.match(line):
        above.unread.append(Unread(number, text, "a row of a table, outside of any table", "表格之外的表格行"))


def _table(segment: _Segment, above: _Above) -> RawTable | None:
    """The segment as a table with the caption and headings above it; None where its columns are not known."""
    above.unread += segment.unread
    if not segment.grid:
        return None
    caption = caption_of(segment.caption or above.caption or "")
    title = caption.title if caption else segment.caption
    if segment.caption:
        above.drop_caption()
    above.caption = None
    headings, *body = segment.grid
    columns = _columns(headings)
    if columns is None:
        words = " | ".join(_words(cell) for cell in headings)
        above.unread.append(
            Unread(
                segment.first,
                words,
                "a table none of whose columns is known to hold names or values",
                "没有名称或取值列的表格",
            )
        )
        return None
    rows: list[RawRow] = []
    for cells in body:
        line = next((cell[0].line for cell in cells if cell), segment.first)
        if len(cells) != len(columns):
            words = " | ".join(_words(cell) for cell in cells)
            above.unread.append(
                Unread(
                    line,
                    words,
                    f"a row of {len(cells)} cells under {len(columns)} columns",
                    f"{len(columns)} 列之下有 {len(cells)} 个单元格的行",
                )
            )
        else:
            rows.append(_row(columns, cells, line))
    return RawTable(
        caption.number if caption else None, title, above.section, above.status, columns, tuple(rows), segment.first
    )


def _columns(headings: list[Cell]) -> tuple[Column, ...] | None:
    columns = [Column(role_of(_words(cell)) or "other", _words(cell)) for cell in headings]
    roles = [column.role for column in columns]
    if "value" in roles and "name" not in roles:
        columns = [Column("label" if column.role == "other" else column.role, column.heading) for column in columns]
    return tuple(columns) if {"name", "value", "status"} & set(roles) else None


def _row(columns: tuple[Column, ...], cells: list[Cell], line: int) -> RawRow:
    """The row by roles; a column of another heading becomes part of the description, as `heading: text`."""
    found: dict[Role, Cell] = {}
    for column, cell in zip(columns, cells, strict=True):
        if column.role == "other":
            named = (block if block.bullet else Block(f"{column.heading}: {block.text}", block.line) for block in cell)
            found["description"] = (*found.get("description", ()), *named)
        else:
            found[column.role] = found.get(column.role, ()) + cell
    return RawRow(found, line)


def _words(cell: Cell) -> str:
    return " ".join(block.text for block in cell)


def _html_segments(lines: list[str], fenced: frozenset[int]) -> list[_Segment]:
    text = "\n".join(lines)
    ends = [position for position, character in enumerate(text) if character == "\n"]
    segments: list[_Segment] = []
    depth, begin = 0, 0
    for tag in _TABLE_TAG.finditer(text):
        if bisect_right(ends, tag.start()) + 1 in fenced:
            continue
        if not tag[1]:
            begin = begin if depth else tag.start()
            depth += 1
        elif depth:
            depth -= 1
            if depth == 0:
                segments.append(_html_segment(text[begin : tag.end()], begin, tag.end() - 1, ends))
    if depth:
        segment = _html_segment(text[begin:], begin, len(text), ends)
        never = Unread(
            segment.first, "<table>", "never closed; read to the end of the page", "没有结束标记；已读到页末"
        )
        segments.append(_Segment(segment.grid, segment.first, segment.last, segment.caption, (*segment.unread, never)))
    return segments


def _html_segment(source: str, begin: int, end: int, line_ends: list[int]) -> _Segment:
    first, last = bisect_right(line_ends, begin) + 1, bisect_right(line_ends, end - 1) + 1
    table = read_html_table(source, first)
    return _Segment(table.grid, first, last, cleaned(table.caption), table.unread)


def _pipe_segments(lines: list[str], taken: frozenset[int] | set[int]) -> list[_Segment]:
    segments: list[_Segment] = []
    last = 0
    for number, line in enumerate(lines, 1):
        if number <= last or number in taken or not is_delimiter(line):
            continue
        heading = number - 1
        if heading <= last or heading in taken or not is_row(lines[heading - 1]):
            why = "the dashes of a pipe table without a heading row above them"
            segments.append(
                _Segment([], number, number, "", (Unread(number, line, why, "管道表的分隔线之上没有列名"),))
            )
            continue
        last = number
        while last < len(lines) and last + 1 not in taken and is_row(lines[last]) and not is_delimiter(lines[last]):
            last += 1
        source = [lines[heading - 1], "", *lines[number:last]]
        segments.append(_Segment(read_pipe_table(source, heading), heading, last, "", ()))
    return segments
