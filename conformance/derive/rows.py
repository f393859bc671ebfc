"""One row of a table: its cells become the fields that a row of a contract has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from conformance.contract.tables import Row
from conformance.derive.cells import is_name, is_status, is_type
from conformance.derive.conditions import choice_of, one_of, presence_of, required_of
from conformance.derive.enumerations import enumerations_of
from conformance.derive.limits import limits_of
from conformance.derive.model import Block, Cell, RawRow, ReadRow, Unread, shortened
from conformance.derive.vocabulary import narrow
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.tables import TableKind
    from conformance.derive.table_kinds import KindedTable

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
