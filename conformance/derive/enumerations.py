"""What a description enumerates: the values a parameter takes, the members an object holds, its default.

Values are the entries `value: meaning` of a list (or of paragraphs in that form), the entries `meaning: value` where
the meaning is Chinese, or the values that a phrase such as "可选值包括front、back" names. Where a description announces
members ("包含如下字段"), the same entries are members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.derive.cells import is_value
from conformance.derive.model import Cell
from conformance.derive.vocabulary import narrow

_QUOTES = "\"'“”‘’「」` "
_ENTRY = re.compile(
    r"[\"'“‘]?(-?[A-Za-z0-9](?:[A-Za-z0-9_.\-]{0,98}[A-Za-z0-9_])?)[\"'”’]?\s{0,3}(?::(?!//)|-\s|--|——)"
)
_REVERSED = re.compile(
    r"[^:\n]{0,60}[\u4e00-\u9fff)][^:\nA-Za-z]{0,20}:\s?[\"'“‘]?([A-Za-z][A-Za-z0-9_]{1,98})[\"'”’]?\s?[。.;]?"
)
"""An entry that says first what the value means: `正常：valid`."""
_ANNOUNCED = re.compile(r"(?:取值范围|取值|可选值|可选项|枚举值)[^:\n]{0,12}:?$")
_MEANT = re.compile(r"[\"'“‘]([A-Za-z0-9_\-]{1,40})[\"'”’]\s?(?:表示|代表|指)")
_ALSO = re.compile(r"(?:字段|参数)的?值为\s?[\"'“‘]?(-?[0-9]{1,9})(?![0-9]|\.[0-9])")
_NOTE = re.compile(r"(?:说明|注意|注|note|notice|caution)\s?:?", re.IGNORECASE)
_MEMBERS = re.compile(
    r"(?<!不)(?:包含|包括)(?:如下|以下|下列|的)?字段|字段(?:包括|包含|如下)"
    r"|(?:following|these) (?:fields|parameters|members)"
)
_INLINE = re.compile(
    r"(?:可选值|可选项|枚举值|取值范围|取值|入参值|参数值"
    r"|possible values|value options|options|the value can be|values)"
    r"\s?(?:分别为|包括|包含|如下所示|如下|有|为|是|are|include|is)?\s?:?\s?",
    re.IGNORECASE,
)
_INLINE_SPLIT = re.compile(r"\s?(?:、|,|/|;|\|)\s?(?:or |and )?|\s?(?:或者|或|和|及)\s?|\s(?:or|and)\s")
_DEFAULT = re.compile(
    r"(?:默认(?:取?值)?|缺省值?|default value|defaults?)\s?(?:为|是|:|=|is|to)?\s?"
    r"(?P<value>\[[^\[\]]{0,200}\]|[\"'“‘][^\"'“”‘’]{1,100}[\"'”’]|-?[A-Za-z0-9][A-Za-z0-9_.\-]{0,99})"
    r"(?=\s{0,3}(?:$|[,;。!)]|\n|\.(?:\s|$)))",
    re.IGNORECASE,
)
_MEMBER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_MEMBER_SPLIT = re.compile(r"[、,;]|\s(?:and|or)\s|和")


@dataclass(frozen=True, slots=True)
class Enumerations:
    """What one description lists; empty or None where it lists nothing."""

    values: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    default: str | None = None


def enumerations_of(cell: Cell) -> Enumerations:
    """The values, members and default that a description states."""
    texts = [narrow(block.text) for block in cell]
    announced = next((index for index, text in enumerate(texts) if _MEMBERS.search(text)), None)
    entries = _entries(cell, texts)
    default = _default(texts)
    if announced is not None:
        return Enumerations(fields=_members(texts, announced) or entries, default=default)
    return Enumerations(values=entries or _reversed(cell, texts) or _inline(texts) or _meant(texts), default=default)


def _reversed(cell: Cell, texts: list[str]) -> tuple[str, ...]:
    """The values of `meaning: value` entries: all of a list, or of paragraphs behind an announcement."""
    announced = next((index for index, text in enumerate(texts) if _ANNOUNCED.search(text.rstrip())), None)
    bullets = [text for block, text in zip(cell, texts, strict=True) if block.bullet]
    found = [_REVERSED.fullmatch(text) for text in bullets or (texts[announced + 1 :] if announced is not None else [])]
    values = [match[1] for match in found if match is not None]
    return tuple(dict.fromkeys(values)) if len(values) == len(found) and (announced is not None or values[1:]) else ()


def _meant(texts: list[str]) -> tuple[str, ...]:
    """At least two values in quotes of which one text says what each means: `"Yes"表示...，"No"表示...`."""
    found = next((values for text in texts if len(values := _MEANT.findall(text)) > 1), [])
    return tuple(dict.fromkeys(found))


def _entries(cell: Cell, texts: list[str]) -> tuple[str, ...]:
    """The values of `value: meaning` entries; of paragraphs only where there are two. Notes hold no values.

    Beside numbers, a number that the text says the field has otherwise ("否则该字段值为 -1") is one of them.
    """
    bullets: list[str] = []
    paragraphs: list[str] = []
    for block, text in zip(cell, texts, strict=True):
        if _NOTE.fullmatch(text):
            break
        match = _ENTRY.match(text)
        bare = text.strip(_QUOTES + ";。.")
        if match:
            (bullets if block.bullet else paragraphs).append(match[1])
        elif block.bullet and is_value(bare):
            bullets.append(bare)
    found = bullets or (paragraphs if len(paragraphs) > 1 else [])
    if found and all(value.lstrip("-").isdecimal() for value in found):
        found += [match[1] for text in texts for match in _ALSO.finditer(text)]
    return tuple(dict.fromkeys(found))


def _inline(texts: list[str]) -> tuple[str, ...]:
    """The values that a sentence names: at least two, separated by commas, slashes or "or"."""
    for text in texts:
        for phrase in _INLINE.finditer(text):
            values: list[str] = []
            for part in _INLINE_SPLIT.split(text[phrase.end() : phrase.end() + 400]):
                sentence = re.split(r"[。.\n(](?![0-9])", part, maxsplit=1)
                word = sentence[0].strip(_QUOTES)
                if not is_value(word):
                    break
                values.append(word)
                if len(sentence) > 1:
                    break
            if len(values) > 1:
                return tuple(dict.fromkeys(values))
    return ()


def _members(texts: list[str], announced: int) -> tuple[str, ...]:
    """The names in the first list of at least two names that stands after the announcement."""
    announcement = _MEMBERS.search(texts[announced])
    rest = texts[announced][announcement.end() :] if announcement else ""
    for text in (rest, *texts[announced + 1 :]):
        names: list[str] = []
        for part in _MEMBER_SPLIT.split(text[:20_000]):
            word = part.strip(_QUOTES + ":。.")
            if _MEMBER.fullmatch(word):
                names.append(word)
            elif names:
                break
        if len(names) > 1:
            return tuple(dict.fromkeys(names))
    return ()


def _default(texts: list[str]) -> str | None:
    match = next((found for text in texts if (found := _DEFAULT.search(text))), None)
    return match["value"].strip(_QUOTES).rstrip(".") if match else None
