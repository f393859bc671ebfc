"""The values that reading a page produces: raw tables (cells and lines), read tables (meaning), and differences.

Lines are counted from 1, as an editor shows them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.text import Text, said_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.tables import Row, TableKind

Layout: TypeAlias = Literal["markdown", "flat"]
Role: TypeAlias = Literal["name", "required", "type", "description", "value", "label", "status", "other"]
What: TypeAlias = Literal[
    "added", "removed", "method", "path", "number", "kind", "object", "type", "required", "presence", "limits",
    "values", "fields", "default",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that looks like part of a table and could not be read: where, what is printed there, and why."""

    line: int
    what: str
    why: str
    why_zh: str = ""

    @property
    def text(self) -> str:
        """One line for a person."""
        return self.words.en

    @property
    def words(self) -> Text:
        """The line in both languages; a reason that is told in English only is quoted."""
        what, chinese = shortened(self.what), self.why_zh or f"“{self.why}”"
        return Text(f"line {self.line}: {what!r}: {self.why}", f"第 {self.line} 行：{what!r}：{chinese}")


@dataclass(frozen=True, slots=True)
class Block:
    """One paragraph or list entry of a cell."""

    text: str
    line: int
    bullet: bool = False


Cell: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: what it is for, and its heading as printed."""

    role: Role
    heading: str


@dataclass(frozen=True, slots=True)
class RawRow:
    """The cells of one row by the role of their column. Columns of the role `other` are part of the description."""

    cells: Mapping[Role, Cell]
    line: int

    def cell(self, role: Role) -> Cell:
        """The cell of that column; empty where the page has none."""
        return self.cells.get(role, ())

    def words(self, role: Role) -> str:
        """The text of that cell on one line."""
        return " ".join(block.text for block in self.cell(role)).strip()


@dataclass(frozen=True, slots=True)
class RawTable:
    """A table as laid out. `number` and `title` come from its caption, `section` is the heading above it, `status` the
    HTTP status that the page names before it."""

    number: int | None
    title: str
    section: str
    status: int | None
    columns: tuple[Column, ...]
    rows: tuple[RawRow, ...]
    line: int

    def has(self, role: Role) -> bool:
        """Whether the table has a column for that."""
        return any(column.role == role for column in self.columns)


@dataclass(frozen=True, slots=True)
class Layer:
    """What one layout's reader took from the text: tables in order and what it could not place."""

    tables: tuple[RawTable, ...]
    unread: tuple[Unread, ...]


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A row of a page. `row` holds what is printed; its label is the first clause of the cell, in the page's language.

    `stated` tells whether the page says when the field is present, `condition` names the request parameter whose `true`
    it depends on, `mentions` are the numbers of the tables that the row names.
    """

    row: Row
    line: int
    stated: bool = False
    condition: str | None = None
    mentions: tuple[int, ...] = ()


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

    def tables_of(self, *kinds: TableKind) -> list[ReadTable]:
        """The tables of these kinds, in the page's order."""
        return [table for table in self.tables if table.kind in kinds]


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which a page differs from a contract. `table` is None for the operation itself, `row` for a table.

    `documented` is what the page says, `expected` what the contract says; `line` is the page's, None where the page has
    nothing to point at.
    """

    table: int | None
    row: str | None
    what: What
    documented: str
    expected: str
    line: int | None = None

    @property
    def text(self) -> str:
        """One line for a person: where, what, and both sides."""
        return self.words.en

    @property
    def words(self) -> Text:
        """The line in both languages."""
        place = Text("operation", "接口") if self.table is None else Text(f"table {self.table}", f"表 {self.table}")
        if self.row is not None:
            place = Text(f"{place.en}, row {self.row}", f"{place.zh}，行 {self.row}")
        if self.line is not None:
            place = Text(f"{place.en} (line {self.line})", f"{place.zh}（第 {self.line} 行）")
        page, contract = self.documented, self.expected
        if self.what == "added":
            said = Text(
                f"added: the page has {page}; the contract has no such row or table",
                f"新增：文档页有 {_in_chinese(page)}；接口契约没有该行或该表",
            )
        elif self.what == "removed":
            said = Text(
                f"removed: the contract has {contract}; the page has no such row or table",
                f"删除：接口契约有 {_in_chinese(contract)}；文档页没有该行或该表",
            )
        else:
            said = Text(
                f"{self.what}: the page says {page}; the contract says {contract}",
                f"{self.what}：文档页为 {_in_chinese(page)}；接口契约为 {_in_chinese(contract)}",
            )
        return said_of(place, said)


_WORDS = (
    (re.compile(r"^nothing$"), "（无）"),
    (re.compile(r"^no object$"), "（无对象）"),
    (re.compile(r"^no (\S+)$"), r"没有 \1"),
    (re.compile(r"^the values of table (\d+)$"), r"表 \1 的取值"),
    (re.compile(r"^table (\d+)$"), r"表 \1"),
    (re.compile(r"^a (\w+) table ('.*'|\".*\") with rows (.*)$", re.DOTALL), r"\1 表 \2，行 \3"),
    (re.compile(r"^a (\w+) table with rows (.*)$", re.DOTALL), r"\1 表，行 \2"),
)
"""How `compare_page` calls what is no word of a page, and what that is in Chinese."""


def _in_chinese(side: str) -> str:
    return next((found.expand(words) for form, words in _WORDS if (found := form.match(side))), side)


def shortened(text: str, length: int = 60) -> str:
    """The text on one line, cut where it is longer than `length` characters."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"
