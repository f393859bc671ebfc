"""A comparison of two reports as plain text for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.report.compare import NO_LONGER_PROVEN, REGRESSION, SAME_OR_BETTER, STALE, Comparison, Kind
from conformance.report.paired import Paired, decision_text, paired_lines
from conformance.report.phrases import one_line, visible
from conformance.report.wording import LEVEL_WORDS
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.compare import Change

_HEADLINES: Mapping[int, Text] = MappingProxyType(
    {
        REGRESSION: Text("REGRESSION", "出现回归"),
        STALE: Text("STALE BASELINE", "基线已过时"),
        NO_LONGER_PROVEN: Text("NO LONGER PROVEN", "不再得到证实"),
        SAME_OR_BETTER: Text("NO REGRESSION", "未发现回归"),
    }
)
_TITLES: Mapping[Kind, Text] = MappingProxyType(
    {
        "newly-failing": Text("Newly failing", "新增未通过"),
        "stale": Text("Stale entries of the baseline (error)", "过时的基线条目（错误）"),
        "no-longer-proven": Text("No longer proven", "不再得到证实"),
        "not-tried-again": Text("Failed before, not tried again", "此前未通过，本次未重试"),
        "fixed": Text("Fixed", "已修复"),
        "still-failing": Text("Still failing", "仍未通过"),
        "newly-proven": Text("Newly proven", "新增已证实"),
    }
)
_SHORT: Mapping[Kind, Text] = MappingProxyType(
    {
        "newly-failing": Text("newly failing", "新增未通过"),
        "stale": Text("stale", "过时"),
        "no-longer-proven": Text("no longer proven", "不再得到证实"),
        "not-tried-again": Text("not tried again", "未重试"),
        "fixed": Text("fixed", "已修复"),
        "still-failing": Text("still failing", "仍未通过"),
        "newly-proven": Text("newly proven", "新增已证实"),
    }
)
_LISTED = 20
"""Changes of one kind that are printed."""

_PLACES = 5
"""Places of one change that are printed."""


def comparison_text(comparison: Comparison, language: str = "en") -> str:
    """The comparison in `en` or `zh`: what follows from it, what else differs, the changes kind by kind, latency."""
    return "\n".join(_lines(comparison, language)) + "\n"


def _lines(comparison: Comparison, language: str) -> Iterator[str]:
    counts = [(kind, len(comparison.of_kind(kind))) for kind in _TITLES]
    parts = [f"{_SHORT[kind].in_language(language)} {count}" for kind, count in counts if count]
    still = Text(f"{comparison.still_proven} still proven", f"仍得到证实 {comparison.still_proven}")
    if comparison.decision is not None:
        yield visible(decision_text(comparison.decision).in_language(language))
    headline = _HEADLINES[comparison.conformity].in_language(language)
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    yield f"{headline}{colon}{comma.join([*parts, still.in_language(language)])}"
    for difference in comparison.differences:
        name = one_line(difference.name.in_language(language))
        old, new = one_line(difference.old), one_line(difference.new)
        yield Text(f"  differs in {name}: {old} -> {new}", f"  不同的{name}：{old} -> {new}").in_language(language)
    for kind, title in _TITLES.items():
        yield from _kind(f"{title.in_language(language)}{colon}", comparison.of_kind(kind), language)
    if comparison.of_kind("stale"):
        yield Text(
            "A stale entry can hide a breach: make a new baseline with `run TARGET --report DIR`.",
            "过时的条目可能掩盖问题：请用 `run TARGET --report DIR` 重新生成基线。",
        ).in_language(language)
    if comparison.latency:
        yield ""
        yield Text("Latency of valid requests", "有效请求的时延").in_language(language)
    for change in comparison.latency:
        yield f"  {one_line(change.contract)}: {change.percentile} {change.old_ms:g} ms -> {change.new_ms:g} ms"
    if comparison.decision is not None or any(_differs(figure) for figure in comparison.paired):
        yield ""
        yield from (one_line(line.in_language(language), 300) for line in paired_lines(comparison.paired))


def _differs(figure: Paired) -> bool:
    return bool(figure.only_old or figure.only_new)


def _kind(title: str, changes: list[Change], language: str) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield f"{title}{len(changes)}"
    for change in changes[:_LISTED]:
        level = LEVEL_WORDS[change.level].in_language(language)
        note = f": {one_line(change.note.in_language(language), 300)}" if change.note is not None else ""
        yield f"  {one_line(change.requirement)} ({level}){note}"
        yield from (f"    {one_line(place)}" for place in change.places[:_PLACES])
        if len(change.places) > _PLACES:
            yield f"    {_more(len(change.places) - _PLACES, language)}"
    if len(changes) > _LISTED:
        yield f"  {_more(len(changes) - _LISTED, language)}"


def _more(count: int, language: str) -> str:
    return Text(f"and {count} more", f"另有 {count} 条").in_language(language)
