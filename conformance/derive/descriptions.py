"""What a description says in a sentence: values that it enumerates, and limits that it states."""

from __future__ import annotations

import re
from dataclasses import dataclass

from conformance.derive.cells import Cell, Unread, is_value, narrow

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


# The limits that a description states: sizes of the picture, sides in pixels, formats, a range of numbers.
#
# Sizes and formats are kept as printed (`10MB`, `TIFF`). A size, a side or a range that is stated but that a row of
# a contract has no field for becomes a note; nothing is left out silently. Every pattern is bounded: a hostile
# description costs time linear in its length.


_SIZE = re.compile(r"(?<![A-Za-z0-9.])([0-9]{1,6}(?:\.[0-9]{1,3})?)\s?([KMG]B?)(?![A-Za-z0-9])")
_ADVISED = re.compile(r"建议|推荐|recommend|advis", re.IGNORECASE)
_UPPER = re.compile(
    r"不超过|不大于|不得超过|不能超过|小于|以内|最大|exceed|at most|no more than|no larger than|smaller than|limit|"
    r"up to|maximum|within|less than",
    re.IGNORECASE,
)
_UNIT = r"\s?(?:px|像素|pixels?)"
_SIDE = r"[0-9]{1,6}"
_SIDES = re.compile(
    rf"(?P<low>{_SIDE})(?:{_UNIT})?\s?(?:到|至|~|-|and|to)\s?(?P<high>{_SIDE}){_UNIT}"
    rf"|(?:smaller|less) than (?P<min2>{_SIDE})(?:{_UNIT})? or (?:larger|greater|more) than (?P<max2>{_SIDE}){_UNIT}"
    rf"|(?:不小于|不低于|不少于|至少|最小为?|at least|no less than|not less than|no smaller than|minimum of)\s?"
    rf"(?P<min>{_SIDE}){_UNIT}"
    rf"|(?:不超过|不大于|不高于|至多|最大为?|at most|no more than|not exceed|no larger than|maximum of)\s?"
    rf"(?P<max>{_SIDE}){_UNIT}"
)
_BOTH_SIDES = re.compile(rf"(?<![0-9])({_SIDE})(?:{_UNIT})?\s?[*xX×]\s?({_SIDE})(?={_UNIT})")
"""A size that is stated for both sides: `1000*1200`."""
_PIXELS = re.compile(rf"(?<![0-9])[0-9]{{1,9}}{_UNIT}")
_THOUSANDS = re.compile(rf"(?<![0-9,])([0-9]{{1,3}}),([0-9]{{3}})(?={_UNIT})")
_NUMBER = r"-?[0-9]{1,9}(?:\.[0-9]{1,9})?"
_RANGE = re.compile(
    rf"(?:范围|区间|range|between|介于|取值为)[^\n。0-9\-]{{0,20}}?(?P<open>[\[(]?)\s?(?P<low>{_NUMBER})\s?(?:,|~|-|–|到|至|to|and)\s?"
    rf"(?P<high>{_NUMBER})\s?(?P<close>[\])]?)(?!{_UNIT})(?![0-9]|\.[0-9])",
    re.IGNORECASE,
)
_FORMAT_WORD = re.compile(r"格式|formats?(?![A-Za-z])", re.IGNORECASE)
_FORMAT_SPLIT = re.compile(r"\s{0,4}(?:/|、|,|;|(?<![A-Za-z])(?:or|and)(?![A-Za-z])|或者|或|和|及)\s{0,4}")
_FORMAT = re.compile(r"[A-Za-z][A-Za-z0-9]{1,4}")
_LAST_WORD = re.compile(r"(?:^|[^A-Za-z0-9])([A-Za-z][A-Za-z0-9]{1,4})$")
_CLAUSE = re.compile(r"[。;,\n!?]|\.(?![0-9])")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one description limits; None or empty where it says nothing."""

    base64_max: str | None = None
    file_advised: str | None = None
    side_min: int | None = None
    side_max: int | None = None
    formats: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    notes: tuple[Unread, ...] = ()


def limits_of(cell: Cell) -> Limits:
    """The limits that a description states, block by block."""
    notes: list[Unread] = []
    sizes: dict[str, str] = {}
    sides: dict[str, int] = {}
    span: tuple[int, int] | None = None
    formats: tuple[str, ...] = ()
    seen_base64 = False
    for block in cell:
        text = _THOUSANDS.sub(r"\1\2", narrow(block.text))
        for what, why in (
            *_sizes(text, sizes, seen_base64),
            *_sides(text, sides),
        ):
            notes.append(Unread(block.line, what, why))
        seen_base64 = seen_base64 or "base64" in text.casefold()
        formats = formats or _formats(text)
        found, note = _span(text)
        span = span or found
        notes += [Unread(block.line, text, note)] if note else []
    return Limits(
        base64_max=sizes.get("base64"),
        file_advised=sizes.get("advised"),
        side_min=sides.get("min"),
        side_max=sides.get("max"),
        formats=formats,
        minimum=span[0] if span else None,
        maximum=span[1] if span else None,
        notes=tuple(notes),
    )


def clause_at(text: str, start: int, end: int) -> str:
    """The clause around that part of the text, at most 200 characters to either side."""
    before = _CLAUSE.split(text[max(0, start - 200) : start])[-1]
    after = _CLAUSE.split(text[end : end + 200])[0]
    return before + text[start:end] + after


def _sizes(text: str, sizes: dict[str, str], seen_base64: bool) -> list[tuple[str, str]]:
    """Put every size of the text under `base64` or `advised`; returns what is neither."""
    notes: list[tuple[str, str]] = []
    for match in _SIZE.finditer(text):
        clause = clause_at(text, *match.span())
        printed = match[1] + match[2]
        known = seen_base64 or "base64" in text[max(0, match.start() - 400) : match.end() + 100].casefold()
        kind = "advised" if _ADVISED.search(clause) else "base64" if known else None
        if kind is None or not _UPPER.search(clause):
            notes.append(
                (clause, f"the size {printed} is neither a limit of the base64 text nor an advised size of the file")
            )
        elif sizes.setdefault(kind, printed) != printed:
            notes.append((clause, f"a second size, {printed}, beside {sizes[kind]}"))
    return notes


def _sides(text: str, sides: dict[str, int]) -> list[tuple[str, str]]:
    """Put every side in pixels under `min` or `max`; returns what is neither."""
    notes: list[tuple[str, str]] = []
    read: list[tuple[int, int]] = []
    text = _BOTH_SIDES.sub(_one_of_both, text)
    for match in _SIDES.finditer(text):
        read.append(match.span())
        for side, groups in (("min", ("low", "min2", "min")), ("max", ("high", "max2", "max"))):
            number = next((int(match[group]) for group in groups if match[group] is not None), None)
            if number is not None and sides.setdefault(side, number) != number:
                notes.append(
                    (clause_at(text, *match.span()), f"a second {side}imum side, {number}, beside {sides[side]}")
                )
    places = iter(read)
    place = next(places, None)
    for match in _PIXELS.finditer(text):
        while place is not None and place[1] < match.end():
            place = next(places, None)
        if place is None or match.start() < place[0]:
            notes.append((clause_at(text, *match.span()), f"{match[0]} is neither a smallest nor a longest side"))
    return notes


def _one_of_both(stated: re.Match[str]) -> str:
    """One side in the place of two: the longer one of a smallest size, the shorter one of a largest, holds for both."""
    sides = int(stated[1]), int(stated[2])
    least = re.search(
        r"不小于|不低于|不少于|至少|at least|less than|smaller than", stated.string[: stated.start()][-12:]
    )
    return str(max(sides) if least else min(sides))


def _span(text: str) -> tuple[tuple[int, int] | None, str | None]:
    """The closed range of whole numbers in the text, and why a range that is there cannot be held."""
    match = _RANGE.search(text)
    if match is None:
        return None, None
    low, high = float(match["low"]), float(match["high"])
    if (match["open"] == "(" and match["close"]) or (match["open"] and match["close"] == ")"):
        return None, "a range that leaves an end out has no field"
    if not low.is_integer() or not high.is_integer():
        return None, "a range that does not end in whole numbers has no field"
    return (int(low), int(high)), None


def _formats(text: str) -> tuple[str, ...]:
    """The list of formats that stands before the word "format"; one alone only after the word "supported"."""
    for word in _FORMAT_WORD.finditer(text):
        window = text[max(0, word.start() - 160) : word.start()].rstrip(" 等的")
        window = re.sub(r"\s(?:image|file)$", "", window)
        found: list[str] = []
        for part in reversed(_FORMAT_SPLIT.split(window)):
            if not part and not found:
                break
            if part and not _FORMAT.fullmatch(part):
                last = _LAST_WORD.search(part)
                found += [last[1]] if last and (found or part[: last.start(1)].endswith("支持")) else []
                break
            found += [part] if part else []
        if len(found) > 1 or (found and window.endswith("支持" + found[0])):
            return tuple(dict.fromkeys(reversed(found)))
    return ()
