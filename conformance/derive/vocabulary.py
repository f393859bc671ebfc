"""The fixed words of the page family: captions, column headings, section headings, status headings, the operation.

Everything here looks at one line. Words are compared without case, width or surrounding marks, in Chinese and English.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.derive.model import Role

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
