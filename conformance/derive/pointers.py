"""Where the fields of a page's tables are in an answer: JSON Pointers, and the object that a row refers to.

A row refers to the table that describes its object by the object's name (`Array of X objects`), by the table's number
(`Table 5 object`), or by naming the table in its description.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.derive.vocabulary import narrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.derive.model import ReadPage, ReadRow, ReadTable

_OBJECT_TYPE = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?([A-Za-z_][A-Za-z0-9_]{0,99}) [Oo]bjects?")
_LISTS = re.compile(r"(?:[Aa]rray|[Ll]ist)(?: of |\s?<|$).*|.*\[\]")
_PLAIN_OBJECT = re.compile(r"(?:[Aa]rray of |[Ll]ist of )?(?:[Oo]bjects?|[Ll]ist|[Aa]rray|JSON|Json|Map)")


def is_list(type_: str) -> bool:
    """Whether the documented type is a list."""
    return _LISTS.fullmatch(type_) is not None


@dataclass(frozen=True, slots=True)
class Objects:
    """The tables of a page that describe objects, by the object's name and by number; the first of two of a name."""

    by_name: Mapping[str, ReadTable]
    by_number: Mapping[int, ReadTable]

    def of(self, entry: ReadRow) -> ReadTable | None:
        """The table of the object that the row holds, or that each entry of its list is; None without one."""
        printed = narrow(entry.row.type or "")
        named = _OBJECT_TYPE.fullmatch(printed)
        table = self.by_name.get(named[1]) if named else None
        table = table or self.by_name.get(entry.row.name)
        if table is None and ("object" in printed.casefold() or _PLAIN_OBJECT.fullmatch(printed)):
            table = next((self.by_number[number] for number in entry.mentions if number in self.by_number), None)
        return table


def objects_of(page: ReadPage) -> Objects:
    """The objects of a page."""
    tables = page.tables_of("object")
    by_name = {table.object: table for table in reversed(tables) if table.object is not None}
    return Objects(by_name, {table.number: table for table in tables})


def places_of(page: ReadPage) -> dict[tuple[int, int], str]:
    """The JSON Pointer (`*` for every entry of a list) of each row of an answer, by table number and row index.

    A table of an object that is used in several places has its first one; rows that no answer leads to have none.
    """
    objects = objects_of(page)
    places: dict[tuple[int, int], str] = {}
    waiting = deque((table, "") for table in page.tables_of("response"))
    placed = {table.number for table, _ in waiting}
    while waiting:
        table, above = waiting.popleft()
        flat = flat_result(table, objects) or frozenset()
        for index, entry in enumerate(table.rows):
            place = f"{'/result' if index in flat else above}/{entry.row.name}"
            places[table.number, index] = place
            described = objects.of(entry)
            if described is not None and described.number not in placed:
                placed.add(described.number)
                waiting.append((described, place + ("/*" if is_list(narrow(entry.row.type or "")) else "")))
    return places


def flat_result(table: ReadTable, objects: Objects) -> frozenset[int] | None:
    """The rows of a flat response table that are members of its row `result`; None where the table is not flat.

    The older pages list the members of the result beside it, without a table of their own.
    """
    if table.kind != "response":
        return None
    result = next((entry for entry in table.rows if entry.row.name == "result"), None)
    if result is None or objects.of(result) is not None:
        return None
    members = frozenset(
        index
        for index, entry in enumerate(table.rows)
        if entry.row.name not in ("result", "error_code", "error_msg") and entry.row.presence != "failure"
    )
    return members or None
