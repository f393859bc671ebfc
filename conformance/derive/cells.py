"""A page as it is laid out: cells, rows and tables, and the fixed words by which each is recognised.

Lines are counted from 1, as an editor shows them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping


Role: TypeAlias = Literal["name", "required", "type", "description", "value", "label", "status", "other"]


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


def words_of(cell: Cell) -> str:
    """The text of a cell on one line."""
    return " ".join(block.text for block in cell)


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
        return words_of(self.cell(role)).strip()


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


def shortened(text: str, length: int = 60) -> str:
    """The text on one line, cut where it is longer than `length` characters."""
    line = " ".join(text[: 4 * length].split())
    return line if len(line) <= length else line[: length - 1] + "…"


# The fixed words of the page family: captions, column headings, section headings, status headings, the operation.
#
# Everything here looks at one line. Words are compared without case, width or surrounding marks, in Chinese and
# English.


_HEADINGS: dict[Role, str] = {
    "name": "参数|参数名|参数名称|名称|字段|字段名|字段名称|parameter|parameter name|name|field|field name",
    "required": "是否必选|是否必须|是否必填|必选|必填|mandatory|required|mandatory (yes/no)",
    "type": "参数类型|类型|数据类型|字段类型|type|parameter type|data type",
    "description": (
        "描述|说明|业务返回信息|描述信息|提示信息|返回信息|参数说明|参数描述|含义|description|parameter description"
    ),
    "value": "参数值|取值|值|枚举值|业务返回码|业务错误码|业务状态码|返回码|value|parameter value|enumerated value",
    "status": "状态码|http状态码|status code|http status code|returned value",
}
_ROLE_OF: dict[str, Role] = {word: role for role, words in _HEADINGS.items() for word in words.split("|")}
_SECTION_WORDS = (
    "功能介绍|接口约束|约束与限制|约束限制|调用方法|前提条件|调试|授权信息|uri|请求参数|响应参数|请求消息|响应消息|"
    "请求示例|响应示例|请求样例|响应样例|示例|sdk代码示例|代码示例|状态码|错误码|function|constraints|"
    "notes and constraints|constraints and limitations|calling method|prerequisites|debugging|"
    "authorization information|request parameters|response parameters|request|response|request message|"
    "response message|example requests|example responses|example request|example response|request example|"
    "response example|example|examples|sdk sample code|sample code|status codes|error codes|status code|error code"
)
_SECTIONS = frozenset(_SECTION_WORDS.split("|"))
_CAPTION = re.compile(r"(?:表|[Tt]able|TABLE)\s{0,4}([0-9]{1,3})[\s:.]{0,8}(.{0,120})")
_STATUS = re.compile(r"(?:状态码|status code)\s{0,3}:\s{0,3}([0-9]{3})", re.IGNORECASE)
_OPERATION = re.compile(
    r"(?:URI[^:]{0,10}:\s{0,3})?(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)\s{1,8}((?:https?://[^\s/]{1,200})?/[^\s<>\"']{0,500})"
)
_PUBLISHED = re.compile(
    r"(?:更新时间|发布时间|[Uu]pdated (?:on|at)|[Ll]ast updated)\s{0,3}:?\s{0,3}([0-9]{4}-[0-9]{2}-[0-9]{2})"
)
_SUBJECT = re.compile(r"\s?\(([A-Za-z_][A-Za-z0-9_]{0,99})\)$")
_MARKS = "*#>`_ \t:"
_INVISIBLE = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160), 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF))


@dataclass(frozen=True, slots=True)
class Caption:
    """The number and the title that stand above a table."""

    number: int
    title: str


def cleaned(text: str) -> str:
    """The text without invisible characters, with plain spaces, stripped."""
    return text.replace("\u00a0", " ").replace("\u3000", " ").replace("\t", " ").translate(_INVISIBLE).strip()


def narrow(text: str) -> str:
    """The text with full-width letters, digits and punctuation in their plain form (`：` is `:`)."""
    return unicodedata.normalize("NFKC", text)


def plain_word(text: str) -> str:
    """The text as it is compared with a fixed word."""
    return narrow(cleaned(text[:200])).strip(_MARKS).casefold()


def role_of(heading: str) -> Role | None:
    """What the column under this heading holds, or None for a heading that the family does not use.

    A heading may name the field that its column is about: `业务状态码（result_code）`.
    """
    word = plain_word(heading)
    return _ROLE_OF.get(word) or _ROLE_OF.get(_SUBJECT.sub("", word))


def subject_of(heading: str) -> str | None:
    """The name of the field that a heading says its column is about, None where it names none."""
    named = _SUBJECT.search(narrow(cleaned(heading[:200])).strip(_MARKS))
    return named[1] if named else None


def is_section(line: str) -> bool:
    """Whether the line is one of the family's section headings. With a colon behind it, it is a label inside a cell."""
    return plain_word(line) in _SECTIONS and not narrow(cleaned(line)).endswith(":")


def caption_of(line: str) -> Caption | None:
    """The caption that the line is, or None. A sentence that begins with a table's number is no caption."""
    words = narrow(cleaned(line[:400])).replace("**", " ").strip()
    match = _CAPTION.fullmatch(words)
    if match is None or words.endswith(("。", ".", ";", ",")):
        return None
    return Caption(int(match[1]), match[2].strip())


def status_of(line: str) -> int | None:
    """The HTTP status that a heading such as `Status code: 200` names, or None."""
    match = _STATUS.fullmatch(narrow(cleaned(line[:100])).strip(_MARKS))
    return int(match[1]) if match else None


def operation_of(line: str) -> tuple[str, str] | None:
    """Method and path where the line is an operation, or None. A scheme and host before the path are left out."""
    match = _OPERATION.match(cleaned(line[:1000]).strip("*`> "))
    if match is None:
        return None
    path = re.sub(r"\\([^A-Za-z0-9\s])", r"\1", match[2])
    return match[1], re.sub(r"^https?://[^/]+", "", path).rstrip("，。,;；`*")


def published_of(line: str) -> str | None:
    """The date (`2025-07-02`) of a line that says when the page was updated, or None."""
    match = _PUBLISHED.match(narrow(cleaned(line[:200])))
    return match[1] if match else None


# What a cell is told by: a name, a value, a status, a type, the answer to whether it is required.


_NAME = re.compile(r"[A-Za-z_](?:[A-Za-z0-9_.\-]{0,98}[A-Za-z0-9_])?(?:\[\]){0,3}|\[[^\[\]\s]{1,40}\]")
_VALUE = re.compile(r"[A-Za-z0-9_\-+][A-Za-z0-9_.\-+/]{0,99}")
_STATUS_CELL = re.compile(r"[1-5][0-9xX]{2}")
_PLAIN = (
    "String|Integer|Int|Long|Short|Byte|Number|Float|Double|Decimal|Boolean|Bool|Object|Objects|List|Array|Map|JSON|Json|"
    "Date|File|string|integer|int|long|float|double|boolean|bool"
)
_NAMED = r"(?:[A-Za-z_][A-Za-z0-9_]{0,99}|(?:表|[Tt]able)\s?[0-9]{1,3})"
_TYPE = re.compile(
    rf"(?:{_PLAIN})(?:\[\]){{0,3}}"
    rf"|(?:[Aa]rray|[Ll]ist) of {_NAMED}(?: [Oo]bjects?| [Aa]rrays?)?"
    rf"|{_NAMED} [Oo]bject"
    r"|(?:Array|List|Map|Set)\s?<[A-Za-z0-9_<>, ]{1,200}>"
    rf"|(?:Array|List)\((?:{_PLAIN})\)"
)
_YES = frozenset({"是", "yes", "必选", "必填", "mandatory", "required"})
_NO = frozenset({"否", "no", "可选", "非必选", "非必填", "optional"})
# an answer only where the column is known: elsewhere they are names and values
_SHORT_YES = frozenset({"y", "m", "true"})
_SHORT_NO = frozenset({"n", "o", "false"})
_ONE_OF_CELL = re.compile(r"(?:否|是|no|yes)?\s?[,.]?\s?.{0,40}[二三四五]选一[。.]?", re.IGNORECASE)
_ONE_OF_CELL_EN = re.compile(r"(?:no|yes)[.,]\s?(?:set|specify|choose|either).{0,80}", re.IGNORECASE)


def is_name(text: str) -> bool:
    """Whether the text can be the name of a parameter, a header or a field."""
    return _NAME.fullmatch(text) is not None


def is_value(text: str) -> bool:
    """Whether the text can be an enumerated value as it is sent."""
    return _VALUE.fullmatch(text) is not None


def is_status(text: str) -> bool:
    """Whether the text is an HTTP status (`200`) or a class of them (`4xx`)."""
    return _STATUS_CELL.fullmatch(text) is not None


def is_type(text: str) -> bool:
    """Whether the text is a type as the family prints it: `String`, `Array of X objects`, `Array<Array<Integer>>`."""
    return len(text) <= 300 and _TYPE.fullmatch(narrow(text)) is not None


def plain_answer(text: str) -> bool | None:
    """What a cell of the column "required" says, or None where it says neither yes nor no."""
    word = narrow(text[:40]).strip(" .。").casefold()
    return True if word in _YES | _SHORT_YES else False if word in _NO | _SHORT_NO else None


def is_required_cell(text: str) -> bool:
    """Whether the text, of which the column is not known, is a cell of the column "required"."""
    if not text or len(text) > 100:
        return False
    words = narrow(text)
    one_of = _ONE_OF_CELL.fullmatch(words) or _ONE_OF_CELL_EN.fullmatch(words)
    return words.strip(" .。").casefold() in _YES | _NO or one_of is not None


# Lines without the markup of their layout.


_TAGS = (
    "table|caption|thead|tbody|tfoot|tr|th|td|colgroup|col|p|div|ul|ol|li|br|span|a|b|strong|i|em|u|code|tt|pre|img|sup|"
    "sub|font|h[1-6]|dl|dt|dd"
)
"""The tags of HTML that the family uses."""

_OTHER_LESS_THAN = re.compile(rf"<(?!/?(?:{_TAGS})(?:[\s/][^<>]{{0,1000}})?>)", re.IGNORECASE)
_ENDLESS_REFERENCE = re.compile(r"&(?=#[0-9]{8}|#[xX][0-9a-fA-F]{8})")
_LINK = re.compile(r"!?\[([^\[\]]{0,200})\]\([^()\s]{0,500}(?:\s\"[^\"]{0,200}\")?\)")


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


def plain_markdown(text: str) -> str:
    """The text without links, emphasis, code marks, tags and escapes."""
    words = _LINK.sub(r"\1", text_without_tags(text)).replace("**", "").replace("`", "")
    return cleaned(re.sub(r"\\([^A-Za-z0-9\s])", r"\1", words))


def text_without_tags(source: str) -> str:
    """The text of a line of HTML or Markdown without the family's tags."""
    return re.sub(rf"</?(?:{_TAGS})(?:[\s/][^<>]{{0,1000}})?>", "", source, flags=re.IGNORECASE)


def with_known_tags(source: str) -> str:
    """HTML in which nothing begins a tag but the family's own, and no character reference is endless."""
    return _ENDLESS_REFERENCE.sub("&amp;", _OTHER_LESS_THAN.sub("&lt;", source))
