"""Whether a row is required, and when a field is present: the cell "required" and the sentences of the description."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from conformance.derive.cells import plain_answer
from conformance.derive.vocabulary import narrow

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract.tables import Presence

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
