"""A page against a contract, row by row: what was added, removed or changed.

Compared is what a page states: the operation, the tables and their rows, names, types, required, limits, values,
members, defaults, and when a field is present. Labels, `at`, `reading` and `basis` are the kit's own and are not
compared, nor are rows seen in samples only, nor the order of rows and values.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeVar

from conformance.derive.rows import choice_of, one_of
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.contract.tables import Page, Row, Table
    from conformance.derive.reading import ReadPage, ReadTable
    from conformance.derive.rows import ReadRow

_NOTHING = "nothing"
_STATED = ("success", "failure", "alarm")
Entry = TypeVar("Entry")
_Key: TypeAlias = tuple[str, int]
"""Name of a row, and how often it has come before."""


What: TypeAlias = Literal[
    "added", "removed", "method", "path", "number", "kind", "object", "type", "required", "presence", "limits",
    "values", "fields", "default",
]  # fmt: skip


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
    def words(self) -> Text:
        """One line for a person: where, what, and both sides."""
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


def compare_page(read: ReadPage, page: Page) -> list[Difference]:
    """Every difference between the page as read and the contract's tables, in the page's order, then what it lacks."""
    differences = _operation(read, page)
    pairs = _matched(read, page)
    numbers = {documented.number: expected.number for documented, expected in pairs}
    of_page = {documented.number: expected for documented, expected in pairs}
    for documented in read.tables:
        expected = of_page.get(documented.number)
        if expected is None:
            differences.append(_added_table(documented))
        else:
            differences += _table(documented, expected, numbers)
    matched = {expected.number for _, expected in pairs}
    differences += [_removed_table(table) for table in _tables(page) if table.number not in matched]
    return differences


def _tables(page: Page) -> list[Table]:
    """The tables that the page prints; the table 0 of what only samples show is not one of them."""
    return [table for table in page.tables if table.number != 0]


def _operation(read: ReadPage, page: Page) -> list[Difference]:
    found: list[Difference] = []
    if read.method != page.method:
        found.append(Difference(None, None, "method", read.method, page.method))
    if read.path != page.path:
        found.append(Difference(None, None, "path", read.path, page.path))
    return found


def _matched(read: ReadPage, page: Page) -> list[tuple[ReadTable, Table]]:
    """Tables that are the same: by kind and object, then by number and kind, then by kind, then by number alone."""
    documented, expected = list(read.tables), _tables(page)
    pairs: list[tuple[ReadTable, Table]] = []

    def match(documented_key: Mapping[int, object], expected_key: Mapping[int, object]) -> None:
        for table in list(documented):
            for other in expected:
                if documented_key[table.number] == expected_key[other.number]:
                    pairs.append((table, other))
                    documented.remove(table)
                    expected.remove(other)
                    break

    for key in (_by_name, _by_number_and_kind, _by_kind, _by_number):
        match({t.number: key(t) for t in documented}, {t.number: key(t) for t in expected})
    return sorted(pairs, key=lambda pair: pair[0].line)


def _by_name(table: ReadTable | Table) -> object:
    # an object is its name; other kinds have a number beside the kind, since a page can have two of them
    return (table.kind, table.object) if table.object else (table.kind, table.number)


def _by_number_and_kind(table: ReadTable | Table) -> object:
    return table.number, table.kind


def _by_kind(table: ReadTable | Table) -> object:
    return (table.kind,) if table.kind != "object" else (table.kind, table.object, table.number)


def _by_number(table: ReadTable | Table) -> object:
    return table.number


def _added_table(table: ReadTable) -> Difference:
    names = ", ".join(entry.row.name for entry in table.rows)
    title = f" {table.title!r}" if table.title else ""
    return Difference(
        table.number, None, "added", f"a {table.kind} table{title} with rows {names}", _NOTHING, table.line
    )


def _removed_table(table: Table) -> Difference:
    names = ", ".join(row.name for row in table.rows)
    return Difference(
        table.number, None, "removed", _NOTHING, f"a {table.kind} table {table.title.en!r} with rows {names}"
    )


def _table(documented: ReadTable, expected: Table, numbers: Mapping[int, int]) -> list[Difference]:
    found: list[Difference] = []

    def differ(what: What, page: str, contract: str) -> None:
        if page != contract:
            found.append(Difference(expected.number, None, what, page, contract, documented.line))

    if documented.numbered:
        differ("number", f"table {documented.number}", f"table {expected.number}")
    differ("kind", documented.kind, expected.kind)
    differ("object", documented.object or "no object", expected.object or "no object")
    rows = _keyed((row.name, row) for row in expected.rows)
    read = _keyed((entry.row.name, entry) for entry in documented.rows)
    changed = _changed_values(list(read), list(rows)) if documented.kind == expected.kind == "values" else {}
    for key, entry in read.items():
        row = rows.get(key)
        if key in changed:
            found.append(Difference(expected.number, changed[key][0], "values", key[0], changed[key][0], entry.line))
        elif row is None:
            what = _words(" ".join(filter(None, (entry.row.name, entry.row.type))))
            found.append(Difference(expected.number, entry.row.name, "added", what, _NOTHING, entry.line))
        else:
            found += _row(entry, row, expected, numbers)
    for key, row in rows.items():
        if key not in read and key not in changed.values():
            what = _words(" ".join(filter(None, (row.name, row.type))))
            found.append(Difference(expected.number, row.name, "removed", _NOTHING, what, documented.line))
    return found


def _changed_values(documented: list[_Key], expected: list[_Key]) -> Mapping[_Key, _Key]:
    """In a table of values the row is the value: one that only the page has, in the place of one that it lacks."""
    return {
        key: other
        for key, other in zip(documented, expected, strict=False)
        if key not in expected and other not in documented
    }


def _keyed(entries: Iterable[tuple[str, Entry]]) -> dict[_Key, Entry]:
    """The entries by name and by how often the name has come before: a flat table can have a name twice."""
    seen: Counter[str] = Counter()
    keyed: dict[_Key, Entry] = {}
    for name, entry in entries:
        keyed[name, seen[name]] = entry
        seen[name] += 1
    return keyed


def _row(read: ReadRow, row: Row, table: Table, numbers: Mapping[int, int]) -> list[Difference]:
    found: list[Difference] = []

    def differ(what: What, page: str, contract: str) -> None:
        if page != contract:
            found.append(Difference(table.number, row.name, what, page, contract, read.line))

    differ("type", _words(read.row.type), _words(row.type))
    differ("required", _required(read.row.required), _required(row.required))
    for page, contract in zip(_limits(read.row), _limits(row), strict=True):
        differ("limits", page, contract)
    if set(read.row.values) != set(row.values):
        differ("values", _listed(read.row.values), _listed(row.values))
    differ("values", _values_table(read, row, table, numbers), _table_words(row.values_of))
    if set(read.row.fields) != set(row.fields):
        differ("fields", _listed(read.row.fields), _listed(row.fields))
    differ("default", _words(read.row.default), _words(row.default))
    if read.stated or (row.presence in _STATED and row.basis == "stated"):
        differ("presence", read.row.presence if read.stated else _NOTHING, row.presence)
    return found


def _values_table(read: ReadRow, row: Row, table: Table, numbers: Mapping[int, int]) -> str:
    """The table of values that the page names, by the contract's number.

    Where the cell of an answer's field names none, and the contract links it to a table of values of this page, the
    link is the kit's reading of the page: taken as the same.
    """
    named = read.row.values_of
    if named is not None:
        return _table_words(numbers.get(named, named))
    linked = table.kind in ("response", "object") and row.values_of in numbers.values()
    return _table_words(row.values_of if linked else None)


def _table_words(number: int | None) -> str:
    return _NOTHING if number is None else f"the values of table {number}"


def _words(text: str | None) -> str:
    return " ".join(text.split()) if text else _NOTHING


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or _NOTHING


def _required(required: str | None) -> str:
    """The same text for the same group, whatever its order."""
    choice = choice_of(required)
    return one_of(sorted(choice)) if choice else required or _NOTHING


def _limits(row: Row) -> list[str]:
    named: list[tuple[str, str | float | None]] = [
        ("base64-max", row.base64_max),
        ("file-advised", row.file_advised),
        ("side-min", row.side_min),
        ("side-max", row.side_max),
        ("minimum", row.minimum),
        ("maximum", row.maximum),
        ("formats", ", ".join(sorted(row.formats)) or None),
    ]
    return [f"no {name}" if value is None else f"{name} {value}" for name, value in named]
