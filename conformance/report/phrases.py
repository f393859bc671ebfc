"""What forms of a report say alike, and text that a target sent made harmless to look at."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from conformance.report.wording import (
    BASIS_WORDS,
    LEVEL_WORDS,
    NO_EXCHANGE,
    place_words,
    reading_words,
    source_words,
)
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import (
        Both,
        FindingEntry,
        PurposeEntry,
        PurposeFinding,
        RequirementEntry,
        WaiverEntry,
    )


def in_both(both: Both) -> Text:
    """A text of the report."""
    return Text(both["en"], both["zh"])


def joined(parts: Sequence[Text]) -> Text:
    """A list in both languages."""
    return Text(", ".join(part.en for part in parts), "，".join(part.zh for part in parts))


class Row(NamedTuple):
    """Something told of a finding under its name; `literal` where it is data, to be shown as it is."""

    name: Text
    value: Text
    literal: bool = True


def kind_of(requirement: RequirementEntry) -> Text:
    """Level of a requirement, its place in the document, and why it is one."""
    parts = LEVEL_WORDS[requirement["level"]], source_words(requirement["source"]), BASIS_WORDS[requirement["basis"]]
    return Text("; ".join(part.en for part in parts), "；".join(part.zh for part in parts))


def reason_of(requirement: RequirementEntry) -> Text:
    """Why a requirement stayed unproven."""
    return in_both(requirement["reason"]) if requirement["reason"] is not None else NO_EXCHANGE


def by_reason(requirements: Sequence[RequirementEntry]) -> Mapping[Text, list[RequirementEntry]]:
    """Unproven requirements under the reason that they share."""
    reasons: dict[Text, list[RequirementEntry]] = {}
    for requirement in requirements:
        reasons.setdefault(reason_of(requirement), []).append(requirement)
    return reasons


def waiver_terms(waiver: WaiverEntry) -> Text:
    """Until when a waiver holds or held, who answers for it, and why."""
    day, owner, reason = waiver["expires"], waiver["owner"], waiver["reason"]
    if waiver["expired"]:
        return Text(f"expired on {day} ({owner})", f"已于 {day} 到期（{owner}）")
    return Text(f"waived until {day} by {owner}: {reason}", f"豁免至 {day}，责任人 {owner}：{reason}")


def reading_rows(requirement: RequirementEntry) -> list[Row]:
    """What a target statement could declare so that a broken requirement holds, a row each."""
    readings = requirement.get("readings", [])
    return [Row(Text("unless", "除非"), reading_words(reading), literal=False) for reading in readings]


def finding_rows(finding: FindingEntry) -> list[Row]:
    """Expected, observed, where and in which purpose."""
    zh, place = finding["zh"], place_words(finding["pointer"], finding["exchange"])
    where = [Text(part, part) for part in [finding["exchange"]] if part]
    purpose = ", ".join(part for part in (finding["purpose"], finding["fault"]) if part)
    return [
        Row(Text("expected", "预期"), Text(finding["expected"], zh["expected"])),
        Row(Text("observed", "实际"), Text(finding["observed"], zh["observed"])),
        Row(Text("where", "位置"), joined([place, *where]), literal=bool(finding["pointer"] or finding["exchange"])),
        Row(Text("in", "目的"), Text(purpose, purpose)),
    ]


def purpose_blocks(purpose: PurposeEntry, broken: Sequence[PurposeFinding], language: str) -> Iterator[str]:
    """Findings of a purpose as plain text, a block each, and what it left unproven with its reason."""
    for finding in broken:
        yield finding_block(finding["requirement"], finding, language)
    for unproven, reason in purpose.get("reasons", {}).items():
        why = Text(f"not proven: {reason['en']}", f"未证实：{reason['zh']}").in_language(language)
        yield f"{unproven}\n  {why}"


def finding_block(title: str, finding: FindingEntry, language: str, more: Sequence[Row] = ()) -> str:
    """A finding as lines of plain text below a title, for where nothing but text can stand; `more` rows follow."""
    rows = [*finding_rows(finding), *more]
    if finding["curl"]:
        rows.append(Row(Text("again", "复现"), Text(finding["curl"], finding["curl"])))
    colon = Text(": ", "：").in_language(language)
    lines = [f"  {name.in_language(language)}{colon}{value.in_language(language)}" for name, value, _ in rows]
    return "\n".join([title, *lines])


# Makes text that a target sent harmless to look at: nothing in it can move a cursor, turn text round, or hide.


_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters other than tab and line feed, invisible and direction-changing format characters, surrogates."""

_LONG_RUN = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}")
"""More combining marks on one letter than any language writes: they would paint over the lines around it."""


def visible(text: str) -> str:
    """`text` with every character that acts instead of showing written as an escape such as `\\u001b`; lines stay."""
    return _LONG_RUN.sub(_escape_all, _HIDDEN.sub(_escape_all, text))


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` text with line feeds and tabs as spaces, cut after `limit` characters."""
    line = visible(text).replace("\n", " ").replace("\t", " ")
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _escape_all(found: re.Match[str]) -> str:
    return "".join(
        f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
        for character in found.group()
    )
