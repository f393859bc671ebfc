"""The rows of a table: their cells become the fields that a row of a contract has.

What could not be read of a row is named. Whether it is required, and when a field is present, is said by the cell
"required" and by sentences of the description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from conformance.contract.tables import Row
from conformance.derive.cells import (
    Block,
    Cell,
    RawRow,
    RawTable,
    Unread,
    is_name,
    is_status,
    is_type,
    narrow,
    plain_answer,
    shortened,
    words_of,
)
from conformance.derive.descriptions import enumerations_of, limits_of
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.contract.tables import Presence, TableKind


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


_MENTION = re.compile(r"(?:表|[Tt]able)\s?([0-9]{1,3})(?![0-9]|\.[0-9])")
_LABEL_END = re.compile(r"[。;,:\n]|\.(?:\s|$)")
_JOINED_LABEL = re.compile(
    r"(?:取值范围|默认取值|默认值|缺省值|(?:value )?range|default(?: value)?)\s?:", re.IGNORECASE
)
_OTHER_LABEL = re.compile(r"(?:参数解释|参数说明|说明|注意|definition|explanation|note)\s?:", re.IGNORECASE)
_MAX_CELL = 100_000


def read_rows(table: RawTable, kind: TableKind, kinds: Mapping[int, TableKind]) -> tuple[list[ReadRow], list[Unread]]:
    """The rows of a table of that kind, and what of them could not be read; `kinds` are those of the page's tables."""
    rows: list[ReadRow] = []
    notes: list[Unread] = []
    order = {raw.words("name"): place for place, raw in reversed(list(enumerate(table.rows)))}
    for raw in table.rows:
        row, found = _row(raw, table, kind, kinds, order)
        rows += [row] if row else []
        notes += found
    return rows, notes


def _row(
    raw: RawRow, table: RawTable, kind: TableKind, kinds: Mapping[int, TableKind], order: Mapping[str, int]
) -> tuple[ReadRow | None, list[Unread]]:
    """The row and what of it could not be read; no row where its name is none.

    `order` are the places of the names in this table.
    """
    if sum(len(block.text) for cell in raw.cells.values() for block in cell) > _MAX_CELL:
        why = f"a row of more than {_MAX_CELL:,} characters", f"超过 {_MAX_CELL:,} 个字符的行"
        return None, [Unread(raw.line, raw.words("name"), *why)]
    if kind == "values":
        return _value_row(raw)
    if kind == "status":
        return _status_row(raw)
    name = raw.words("name")
    if not is_name(name):
        found = shortened(name)
        why = f"{found!r} in the column of names is no name", f"名称列中的 {found!r} 不是名称"
        return None, [Unread(raw.line, _printed(raw), *why)]
    return _parameter_row(raw, table, kind, kinds, order)


def _parameter_row(
    raw: RawRow, table: RawTable, kind: TableKind, kinds: Mapping[int, TableKind], order: Mapping[str, int]
) -> tuple[ReadRow, list[Unread]]:
    name = raw.words("name")
    cell = _with_labels_joined(raw.cell("description"))
    description = "\n".join(block.text for block in cell)
    limits, listed = limits_of(cell), enumerations_of(cell)
    notes = [*limits.notes, *_type_notes(raw, table)]
    required: str | None = None
    if table.has("required"):
        required, why = required_of(raw.words("required"), description, name)
        required = _in_order(required, order)
        notes += [Unread(raw.line, name, f'the cell "required": {why}')] if why else []
    stated = presence_of(description) if kind in ("response", "object") else None
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


def _type_notes(raw: RawRow, table: RawTable) -> list[Unread]:
    """A type that is missing or that the family does not print. The type is kept as printed all the same."""
    if not table.has("type"):
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
    return " | ".join(map(words_of, raw.cells.values()))


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


# Whether a row is required, and when a field is present: the cell "required" and the sentences of the description.


_CHOICE = "one of "
_ONE_OF = re.compile(r"[二三四五]选一")
_CLAUSE = re.compile(r"[。;,\n(]")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,99}")
_ID = r"[\"'“‘]?(?P<{0}>[A-Za-z_][A-Za-z0-9_\-]{{0,99}})[\"'”’]?"
_ONE_OF_EN = (
    re.compile(rf"(?:set|specify|choose|use) (?:either )?(?:this parameter|it) or {_ID.format('a')}", re.IGNORECASE),
    re.compile(rf"either this parameter or {_ID.format('a')}", re.IGNORECASE),
    re.compile(rf"either {_ID.format('a')} or {_ID.format('b')}(?= (?:must|is|has|needs|should))", re.IGNORECASE),
    re.compile(rf"one of {_ID.format('a')} (?:and|or) {_ID.format('b')}", re.IGNORECASE),
)
_ABSENT_ZH = re.compile(r"调用(?P<when>成功|失败)时,?(?:无|没有|不返回|不包含|不存在|不会返回)")
_PRESENT_ZH = re.compile(r"调用(?P<when>成功|失败)时,?(?:返回的?|表示|的)")
_TRUE = r"[\"'“‘]?(?:true|True|TRUE)[\"'”’]?"
_CONDITIONS = (
    re.compile(
        rf"[仅只][^。\n]{{0,16}}?{_ID.format('a')}\s?(?:参数)?(?:的值)?(?:为|设置为|设为|取值为|=)\s?{_TRUE}\s?时[^。\n]{{0,12}}?(?:返回|存在)"
    ),
    re.compile(
        rf"当?[^。\n]{{0,12}}?{_ID.format('a')}\s?(?:参数)?(?:的值)?(?:为|设置为|设为|取值为|=)\s?{_TRUE}\s?时,?\s?(?:才|会)?返回(?:该|此|本)字段"
    ),
    re.compile(
        rf"当?{_ID.format('a')}\s?(?:参数)?(?:的值)?(?:为|设置为|设为|取值为|=)\s?{_TRUE}\s?时,?\s?才(?:会)?返回"
    ),
    re.compile(
        rf"(?:returned|available|included|contained|present)[^.\n]{{0,20}}? (?:when|if) (?:the )?(?:value of )?"
        rf"(?:the )?(?:input )?(?:parameter )?{_ID.format('a')} is (?:set to )?{_TRUE}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?:when|if) (?:the )?(?:value of )?(?:the )?(?:input )?(?:parameter )?{_ID.format('a')} is "
        rf"(?:set to )?{_TRUE},? [^.\n]{{0,30}}?(?:returned|available|included|present)",
        re.IGNORECASE,
    ),
)
_NOT_EN = re.compile(
    r"not (?:be )?(?:returned|included|available|present|contained|exist)|unavailable|no such", re.IGNORECASE
)
_ERROR_EN = re.compile(
    r"error (?:code|message|information)[^.]{0,80}fail|fail[^.]{0,80}error (?:code|message)", re.IGNORECASE
)
_RESULT_EN = re.compile(r"result[^.]{0,80}succe|succe[^.]{0,80}result", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Stated:
    """When the page says that a field is present; `condition` is the parameter whose `true` it depends on."""

    presence: Presence
    condition: str | None = None


def required_of(answer: str, description: str, name: str) -> tuple[str, str | None]:
    """What the page says about `required` (`yes`, `no`, `one of A, B`, `unstated`) and why a cell could not be read.

    `answer` is the text of the cell, empty where it has been lost; the group of a "one of" has the row itself first.
    """
    group = _group(narrow(answer), name) or _group(narrow(description), name)
    plain = plain_answer(answer)
    if group:
        return one_of(group), None
    if plain is not None:
        return "yes" if plain else "no", None
    leading = plain_answer(re.split(r"[,.;。]", narrow(answer[:200]), maxsplit=1)[0])
    if leading is not None:
        return "yes" if leading else "no", f"only its beginning is read: {answer[:60]!r} says more than yes or no"
    return "unstated", f"{answer[:60]!r} is neither yes, no nor a choice" if answer.strip() else None


def one_of(names: Iterable[str]) -> str:
    """How `required` states that one of these parameters is to be sent."""
    return f"{_CHOICE}{', '.join(names)}"


def choice_of(required: str | None) -> list[str]:
    """The parameters of which `required` says that one is to be sent; empty where it says something else."""
    return required.removeprefix(_CHOICE).split(", ") if required is not None and required.startswith(_CHOICE) else []


def presence_of(description: str) -> Stated | None:
    """When the description says that the field is present, or None where it does not say."""
    text = narrow(description)
    condition = _condition(text)
    if condition:
        return Stated("alarm" if condition == "alarm" else "optional", condition)
    absent = _ABSENT_ZH.search(text)
    if absent:
        return Stated("failure" if absent["when"] == "成功" else "success")
    present = _PRESENT_ZH.search(text)
    if present:
        return Stated("success" if present["when"] == "成功" else "failure")
    return _english_presence(text)


def _condition(text: str) -> str | None:
    """The parameter that has to be true for the field to be there; looked for around the first twenty `true`."""
    for place in islice(re.finditer("true", text, re.IGNORECASE), 20):
        window = text[max(0, place.start() - 200) : place.end() + 60]
        for pattern in _CONDITIONS:
            match = pattern.search(window)
            if match:
                return match["a"]
    return None


def _english_presence(text: str) -> Stated | None:
    sentences = [sentence.casefold() for sentence in re.split(r"\.\s|\n", text)]
    for sentence in sentences:
        if _NOT_EN.search(sentence) and ("succe" in sentence) != ("fail" in sentence):
            return Stated("failure" if "succe" in sentence else "success")
    for sentence in sentences:
        if _ERROR_EN.search(sentence):
            return Stated("failure")
        if _RESULT_EN.search(sentence):
            return Stated("success")
    return None


def _group(text: str, name: str) -> tuple[str, ...]:
    """The parameters of which one is to be sent, this one first; empty where the text names no such choice."""
    for match in _ONE_OF.finditer(text):
        clause = _CLAUSE.split(text[max(0, match.start() - 100) : match.start()])[-1]
        others = tuple(word for word in _IDENTIFIER.findall(clause) if word != name)
        if others:
            return tuple(dict.fromkeys((name, *others)))
    for pattern in _ONE_OF_EN:
        found = pattern.search(text)
        if found:
            others = tuple(word for word in found.groupdict().values() if word and word != name)
            return tuple(dict.fromkeys((name, *others))) if others else ()
    return ()
