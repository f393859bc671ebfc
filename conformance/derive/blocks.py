"""Blocks inside a page that are a language of their own: HTML tables and samples of JSON."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.derive.cells import cleaned
from conformance.derive.model import Block, Cell, Unread, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator


_TAGS = (
    "table|caption|thead|tbody|tfoot|tr|th|td|colgroup|col|p|div|ul|ol|li|br|span|a|b|strong|i|em|u|code|tt|pre|img|sup|"
    "sub|font|h[1-6]|dl|dt|dd"
)
_OTHER_LESS_THAN = re.compile(rf"<(?!/?(?:{_TAGS})(?:[\s/][^<>]{{0,1000}})?>)", re.IGNORECASE)
_BREAKS = frozenset({"p", "div", "ul", "ol", "li", "br", "pre", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6"})
_ENDLESS_REFERENCE = re.compile(r"&(?=#[0-9]{8}|#[xX][0-9a-fA-F]{8})")
_MAX_SPAN = 100
_MAX_COLUMNS = 60

Grid: TypeAlias = list[list[Cell]]


@dataclass(frozen=True, slots=True)
class HtmlTable:
    """The grid of a table, row spans and column spans filled in, its caption and what could not be placed."""

    grid: Grid
    caption: str
    unread: tuple[Unread, ...]


@dataclass(slots=True)
class _Cell:
    columns: int
    rows: int
    blocks: list[Block] = field(default_factory=list)


def read_html_table(source: str, line: int) -> HtmlTable:
    """Read the text of one table (from `<table` to `</table>`) that begins on `line`."""
    parser = _TableParser(line)
    parser.feed(_ENDLESS_REFERENCE.sub("&amp;", _OTHER_LESS_THAN.sub("&lt;", source)))
    parser.finish()
    if any(sum(cell.columns for cell in row) > _MAX_COLUMNS for row in parser.rows):
        parser.unread.append(
            Unread(
                line,
                "<table>",
                f"a row has more than {_MAX_COLUMNS} columns; the rest is left out",
                f"一行超过 {_MAX_COLUMNS} 列；其余未采用",
            )
        )
    return HtmlTable(_grid(parser.rows), " ".join(parser.caption), tuple(parser.unread))


def text_without_tags(source: str) -> str:
    """The text of a line of HTML or Markdown without the family's tags."""
    return re.sub(rf"</?(?:{_TAGS})(?:[\s/][^<>]{{0,1000}})?>", "", source, flags=re.IGNORECASE)


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


# The samples of a page: JSON of a request, of a success and of a failure, also where it is not quite JSON.
#
# Pages print samples by hand: a full-width comma or colon, a comma that is missing or one too many, a blank in a
# number, dots for what goes on, a brace that is never closed. What can be put right is; what cannot is named, with
# its line.


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
SampleKind: TypeAlias = Literal["request", "success", "failure"]

_MOST_LINES = 3000
"""Lines of one sample that are looked at: one that never ends is read once, not from each of its braces."""

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_PAIRS = {"{": "}", "[": "]"}
_TAG = re.compile(r"</?(?:pre|code|span|p|div|br|strong|b)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_REPAIRS = (
    (re.compile(r"(?m)^\s*(?:\.{3,}|…+)\s*,?\s*$"), ""),
    (re.compile(r'(?m)(?<=[,\[{\]}"\d])[ \t]*//[^"\n]*$'), ""),
    (re.compile(r'(?<=")\s*：\s*(?=["\d\[{tfn-])'), ":"),
    (re.compile(r'("|\d|\]|\}|true|false|null)\s*，(?=\s*\n)'), r"\1,"),
    (re.compile(r"(?<=[\d.]) (?=\d)"), ""),
    (re.compile(r'("|\d|\]|\}|true|false|null)(\s*\n\s*)(?=["{\[])'), r"\1,\2"),
    (re.compile(r",(\s*[\]}])"), r"\1"),
)
"""What is put right, one after the other, in a sample that is not JSON as it stands."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: what it is, its value, and the line where it begins, counted from 1."""

    kind: SampleKind
    value: dict[str, Json]
    line: int
    repaired: bool = False


def read_samples(text: str) -> tuple[list[Sample], list[Unread]]:
    """Every sample of a page in its order, and those that could not be read."""
    lines = [html.unescape(_TAG.sub("", line)) for line in text.replace("\r\n", "\n").split("\n")]
    found: list[Sample] = []
    unread: list[Unread] = []
    for first, block in _blocks(lines):
        value, repaired = _value(block)
        if value is None:
            if '"' in block:
                unread.append(
                    Unread(
                        first + 1,
                        shortened(block),
                        "a sample that is no JSON, nor could be made one",
                        "示例不是 JSON，也无法改成 JSON",
                    )
                )
        elif value:
            found.append(Sample(_kind(value), value, first + 1, repaired))
    return found, unread


def _blocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines from one that begins with a brace to the one that closes it, with the number of the first.

    One that is never closed ends with the fence around it.
    """
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("{"):
            number += 1
            continue
        depth, last = 0, number
        for last in range(number, min(len(lines), number + _MOST_LINES)):
            if _FENCE.match(lines[last]):
                break
            line = _STRING.sub("", lines[last])
            depth += line.count("{") - line.count("}")
            if depth <= 0:
                break
        yield number, "\n".join(lines[number : last + 1])
        number = last + 1


def _value(block: str) -> tuple[dict[str, Json] | None, bool]:
    """The object that a block holds, and whether it had to be put right; None where it holds none."""
    for repaired in (False, True):
        text = block
        for pattern, better in _REPAIRS if repaired else ():
            text = pattern.sub(better, text)
        try:
            value, _ = json.JSONDecoder().raw_decode((_closed(text) if repaired else text).lstrip())
        except (ValueError, RecursionError):
            continue
        return (cast("dict[str, Json]", value), repaired) if isinstance(value, dict) else (None, repaired)
    return None, True


def _closed(text: str) -> str:
    """A sample with the brackets that it leaves open closed at its end."""
    lines = (line for line in text.split("\n") if not _FENCE.match(line))
    kept = "\n".join(lines)
    missing: list[str] = []
    for bracket in re.findall(r"[{}\[\]]", _STRING.sub("", kept)):
        if bracket in _PAIRS:
            missing.append(_PAIRS[bracket])
        elif missing and missing[-1] == bracket:
            missing.pop()
        else:
            return kept
    return kept + "".join(reversed(missing))


def _kind(value: dict[str, Json]) -> SampleKind:
    if "result" in value:
        return "success"
    return "failure" if "error_code" in value else "request"
