"""The Markdown layout of a page: captions and headings between HTML tables and pipe tables."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from typing import TypeAlias

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
    fenced_lines,
    is_section,
    plain_markdown,
    role_of,
    status_of,
    with_known_tags,
    words_of,
)

Grid: TypeAlias = list[list[Cell]]

_ROW_OUTSIDE = re.compile(r"\s{0,20}(?:\||</?t(?:r|d|h|head|body)[\s>])", re.IGNORECASE)
_NO_COLUMN = "a table none of whose columns is known to hold names or values", "没有名称或取值列的表格"
_NO_HEADING = "the dashes of a pipe table without a heading row above them", "管道表的分隔线之上没有列名"
_HEADING = re.compile(r"\s{0,3}(?:#{1,6}\s|<h[1-6][\s>])")


@dataclass(frozen=True, slots=True)
class _Segment:
    """The grid of one table, the lines (first, last) that it covers, its caption, and what could not be placed."""

    grid: Grid
    first: int
    last: int
    caption: str = ""
    unread: tuple[Unread, ...] = ()


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
        words = " | ".join(map(words_of, headings))
        above.unread.append(Unread(segment.first, words, *_NO_COLUMN))
        return None
    rows: list[RawRow] = []
    for cells in body:
        line = next((cell[0].line for cell in cells if cell), segment.first)
        if len(cells) == len(columns):
            rows.append(_row(columns, cells, line))
            continue
        found, known = len(cells), len(columns)
        why = f"a row of {found} cells under {known} columns", f"{known} 列之下有 {found} 个单元格的行"
        above.unread.append(Unread(line, " | ".join(map(words_of, cells)), *why))
    return RawTable(
        caption.number if caption else None, title, above.section, above.status, columns, tuple(rows), segment.first
    )


def _columns(headings: list[Cell]) -> tuple[Column, ...] | None:
    columns = [Column(role_of(words_of(cell)) or "other", words_of(cell)) for cell in headings]
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


# HTML tables: a grid of cells in which row spans and column spans are filled in.


_TABLE_TAG = re.compile(r"<(/?)table(?=[\s/>])[^<>]{0,1000}>", re.IGNORECASE)
_BREAKS = frozenset({"p", "div", "ul", "ol", "li", "br", "pre", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"})
_MAX_SPAN = 100
_MAX_COLUMNS = 60


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
        why = "never closed; read to the end of the page", "没有结束标记；已读到页末"
        segments.append(replace(segment, unread=(*segment.unread, Unread(segment.first, "<table>", *why))))
    return segments


def _html_segment(source: str, begin: int, end: int, line_ends: list[int]) -> _Segment:
    """Read the text of one table, from `<table` to `</table>`."""
    first, last = bisect_right(line_ends, begin) + 1, bisect_right(line_ends, end - 1) + 1
    parser = _TableParser(first)
    parser.feed(with_known_tags(source))
    parser.finish()
    if any(sum(cell.columns for cell in row) > _MAX_COLUMNS for row in parser.rows):
        why = f"a row has more than {_MAX_COLUMNS} columns; the rest is left out"
        parser.unread.append(Unread(first, "<table>", why, f"一行超过 {_MAX_COLUMNS} 列；其余未采用"))
    return _Segment(_grid(parser.rows), first, last, cleaned(" ".join(parser.caption)), tuple(parser.unread))


@dataclass(slots=True)
class _Cell:
    columns: int
    rows: int
    blocks: list[Block] = field(default_factory=list)


class _TableParser(HTMLParser):
    """Collects rows of cells. A table inside a cell is read as that cell's text, and named."""

    def __init__(self, line: int) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[_Cell]] = []
        self.caption: list[str] = []
        self.unread: list[Unread] = []
        self._first_line = line
        self._depth = 0
        self._cell: _Cell | None = None
        self._in_caption = False
        self._words: list[str] = []
        self._words_line = line
        self._bullet = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth > 1:
                self._note_unread(
                    "<table>", "a table inside a cell is read as that cell's text", "单元格内的表格按文本读取"
                )
        if self._depth > 1:
            self._end_block()
        elif tag == "tr":
            self._end_cell()
            self.rows.append([])
        elif tag in ("td", "th"):
            self._begin_cell(dict(attrs))
        elif tag == "caption":
            self._in_caption = True
        elif tag in _BREAKS:
            self._end_block()
            self._bullet = tag == "li" or (self._bullet and tag == "p")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table":
            self._depth -= 1
        if self._depth > 1 or (tag == "table" and self._depth == 1):
            self._end_block()
        elif tag in ("td", "th", "tr", "table"):
            self._end_cell()
        elif tag == "caption":
            self._end_block()
            self._in_caption = False
        elif tag in _BREAKS:
            self._end_block()
            self._bullet = self._bullet and tag != "li"

    def handle_data(self, data: str) -> None:
        if not self._words:
            before = len(data) - len(data.lstrip())
            self._words_line = self._line() + data.count("\n", 0, before)
        self._words.append(data)

    def finish(self) -> None:
        """End what is still open."""
        self._end_cell()
        if self.rawdata.strip():
            self._note_unread(self.rawdata, "the text of the table breaks off here", "表格文本在此中断")

    def _begin_cell(self, attributes: dict[str, str | None]) -> None:
        self._end_cell()
        if not self.rows:
            self.rows.append([])
        self._cell = _Cell(_span(attributes.get("colspan")), _span(attributes.get("rowspan")))
        self.rows[-1].append(self._cell)

    def _end_cell(self) -> None:
        self._end_block()
        self._cell = None
        self._bullet = False

    def _end_block(self) -> None:
        text = cleaned(" ".join("".join(self._words).split()))
        self._words = []
        if not text:
            return
        if self._cell is not None:
            self._cell.blocks.append(Block(text, self._words_line, self._bullet))
        elif self._in_caption:
            self.caption.append(text)
        else:
            self.unread.append(
                Unread(self._words_line, text, "text inside a table, outside of its cells", "表格内、单元格外的文本")
            )

    def _note_unread(self, what: str, why: str, why_zh: str) -> None:
        self.unread.append(Unread(self._line(), what, why, why_zh))

    def _line(self) -> int:
        return self._first_line + self.getpos()[0] - 1


def _span(value: str | None) -> int:
    return min(max(int(value), 1), _MAX_SPAN) if value is not None and re.fullmatch(r"[0-9]{1,3}", value) else 1


def _grid(rows: list[list[_Cell]]) -> Grid:
    """The rows with every spanned cell repeated where it reaches."""
    grid: Grid = []
    above: dict[int, tuple[int, Cell]] = {}
    for cells in rows:
        filled: list[Cell] = []
        waiting = list(reversed(cells))
        below: dict[int, tuple[int, Cell]] = {}
        while (waiting or len(filled) in above) and len(filled) < _MAX_COLUMNS:
            place = len(filled)
            if place in above:
                left, blocks = above[place]
                filled.append(blocks)
                below[place] = (left - 1, blocks)
                continue
            cell = waiting.pop()
            for column in range(place, min(place + cell.columns, _MAX_COLUMNS)):
                filled.append(tuple(cell.blocks))
                below[column] = (cell.rows - 1, tuple(cell.blocks))
        above = {column: carried for column, carried in below.items() if carried[0] > 0}
        if any(filled):
            grid.append(filled)
    return grid


# Pipe tables: rows of `| a | b |` under a line of dashes, `<br>` between paragraphs.


_DASHES = re.compile(r":?-{2,}:?")
_BULLET = re.compile(r"(?:[•·]\s{0,4}|[-*]\s{1,4})(?=\S)")
_BREAK = re.compile(r"<br\s{0,3}/?>|</?(?:p|li|ul|ol)>", re.IGNORECASE)


def _pipe_segments(lines: list[str], taken: frozenset[int] | set[int]) -> list[_Segment]:
    segments: list[_Segment] = []
    last = 0
    for number, line in enumerate(lines, 1):
        if number <= last or number in taken or not _is_delimiter(line):
            continue
        heading = number - 1
        if heading <= last or heading in taken or not _is_row(lines[heading - 1]):
            segments.append(_Segment([], number, number, unread=(Unread(number, line, *_NO_HEADING),)))
            continue
        last = number
        while last < len(lines) and last + 1 not in taken and _is_row(lines[last]) and not _is_delimiter(lines[last]):
            last += 1
        rows = ((at, lines[at - 1]) for at in (heading, *range(number + 1, last + 1)))
        grid = [[_cell(cell, at) for cell in _split(text)] for at, text in rows if text.strip()]
        segments.append(_Segment(grid, heading, last))
    return segments


def _is_delimiter(line: str) -> bool:
    """Whether the line is the dashes between the heading and the rows of a pipe table."""
    cells = _split(line) if "|" in line and "--" in line else []
    return bool(cells) and all(_DASHES.fullmatch(cell.strip()) for cell in cells)


def _is_row(line: str) -> bool:
    """Whether the line can be a row of a pipe table."""
    return "|" in line.replace("\\|", "")


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
