"""What kind each table of a page is (path, header, body, values, response, object, status), and its number.

The columns decide where they can (a column of statuses or of values), then the caption, then the heading above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.derive.cells import narrow
from conformance.derive.model import RawTable, Unread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.contract.tables import TableKind

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
