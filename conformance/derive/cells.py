"""What a cell of a page can be, and the fixed words by which it is recognised."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract.tables import Presence
    from conformance.derive.model import Role


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
