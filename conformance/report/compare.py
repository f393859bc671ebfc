"""What changed between two reports, requirement by requirement and with its evidence.

An entry of a baseline is a requirement together with the places that showed its breach (purpose, and fault of the
request), never a status code: a requirement that was known to fail in one place and now fails in another, which was
tried before, has got worse. An entry that the newer run ought to know and does not is stale, which is an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import DEPTHS, LEVELS, MEASURED, Level
from conformance.engine.plan import PREFIX
from conformance.report.paired import Decision, Paired, decide, decision_text, paired, paired_lines
from conformance.report.phrases import joined, one_line, reason_of, visible
from conformance.report.wording import LEVEL_WORDS, VERDICTS
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from conformance.report.shapes import Report, RequirementEntry

Kind: TypeAlias = Literal[
    "newly-failing", "stale", "no-longer-proven", "not-tried-again", "fixed", "still-failing", "newly-proven"
]
"""`not-tried-again`: failed before, and the newer run has neither shown the breach again nor its absence."""

_Place: TypeAlias = "tuple[str, str | None]"
"""Purpose, and fault of the request."""

REGRESSION, STALE, NO_LONGER_PROVEN, SAME_OR_BETTER = 1, 2, 3, 0
"""Exit statuses of a comparison."""

_SLOWER = 1.5
_SLOWER_MS = 20.0
"""A latency has changed where it did so by this factor and by this many milliseconds."""

_NOT_BEFORE = Text("it was not in scope before", "此前不在范围内")
_LEFT_OUT: Mapping[str, Text] = {
    "depth": Text("the depth leaves it out", "深度未涉及"),
    "narrowed": Text("--only leaves it out", "被 --only 排除"),
}
_COUNTING: tuple[Level, ...] = ("must", "should")
"""Levels whose worsening has an exit status; an open requirement is listed only."""


@dataclass(frozen=True, slots=True)
class Change:
    """One requirement that a reader has to know of. `places` are purposes, with the fault of the request if any."""

    kind: Kind
    requirement: str
    level: Level
    note: Text | None = None
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that changed from an older report to a newer one, and how many requirements are proven in both.

    `differences` are what else the two runs differ in, so that a change may come from there; `latency` the percentiles
    that changed. `paired` compares recognition on the pictures that both were asked for; `decision` is that of a
    margin, if any.
    """

    differences: tuple[Text, ...]
    changes: tuple[Change, ...]
    latency: tuple[str, ...]
    still_proven: int
    paired: tuple[Paired, ...] = ()
    decision: Decision | None = None

    def of_kind(self, kind: Kind) -> list[Change]:
        """The changes of one kind, must first, else in the order of the reports."""
        found = [change for change in self.changes if change.kind == kind]
        return sorted(found, key=lambda change: LEVELS.index(change.level))

    @property
    def status(self) -> int:
        """1 with a regression, 2 with a stale entry, 3 where something proven is no longer proven, else 0.

        With a margin also 1 where recognition is worse by more than that, and 3 where too few documents tell.
        """
        decided = self.decision.standing if self.decision is not None else "no-worse"
        conformity = self.conformity
        if decided == "worse":
            return REGRESSION
        return conformity if conformity != SAME_OR_BETTER or decided == "no-worse" else NO_LONGER_PROVEN

    @property
    def conformity(self) -> int:
        """The status that requirements alone come to."""
        counting = [change for change in self.changes if change.level in _COUNTING]
        if any(change.kind == "newly-failing" for change in counting):
            return REGRESSION
        if any(change.kind == "stale" for change in self.changes):
            return STALE
        if any(change.kind == "no-longer-proven" for change in counting):
            return NO_LONGER_PROVEN
        return SAME_OR_BETTER


def compare(old: Report, new: Report, margin: float | None = None) -> Comparison:
    """Compare two reports as `read_report` gives them; `old` is the baseline.

    With a `margin` it is decided whether `new` recognises as much as `old` but for that; raises DataError where they
    have no pictures in common.
    """
    seen = old.get("outcomes", []), new.get("outcomes", [])
    figures = paired(*seen)
    before = {entry["id"]: entry for entry in old["requirements"]}
    after = {entry["id"]: entry for entry in new["requirements"]}
    comparing = _Comparing(old, new)
    changes: list[Change] = []
    for requirement_id in [*before, *(r for r in after if r not in before)]:
        changes += comparing.changes(before.get(requirement_id), after.get(requirement_id))
    return Comparison(
        differences=tuple(_differences(old, new)),
        changes=tuple(changes),
        latency=tuple(_latency(old, new)),
        still_proven=sum(
            before[name]["verdict"] == after[name]["verdict"] == "pass" for name in before.keys() & after.keys()
        ),
        paired=figures,
        decision=decide(*seen, figures, margin) if margin is not None else None,
    )


class _Comparing:
    """What the two runs tried, against which their requirements are held."""

    def __init__(self, old: Report, new: Report) -> None:
        self._new = new
        self._tried_before = _tried(old)
        self._tried_again = _tried(new)
        self._left_out = {entry["id"]: entry["why"] for entry in new["not_tested"]["requirements"]}
        deep_enough = DEPTHS.index(new["depth"]) >= DEPTHS.index(old["depth"])
        self._whole = deep_enough and not new["only"] and new["stop_reason"] is None
        self._purposes = {purpose["id"] for purpose in new["purposes"]}
        self._listed = not new.get("pictures_left_out")

    def changes(self, before: RequirementEntry | None, after: RequirementEntry | None) -> Iterator[Change]:
        """What became of one requirement; nothing where it is proven or undecided in both reports."""
        if before is not None and after is None:
            yield from self._gone(before)
        elif before is not None and after is not None:
            yield from self._both(before, after)
        elif after is not None and after["verdict"] == "fail":
            yield self._newly_failing(after, _NOT_BEFORE)
        elif after is not None and after["verdict"] == "pass":
            yield Change("newly-proven", after["id"], after["level"], _NOT_BEFORE)

    def _gone(self, before: RequirementEntry) -> Iterator[Change]:
        kinds: Mapping[str, Kind] = {"pass": "no-longer-proven", "fail": "not-tried-again"}
        kind = kinds.get(before["verdict"])
        if kind is None:
            return
        if before["contract"] not in self._new["contracts"]:
            yield Change(kind, before["id"], before["level"], Text("its contract was not run", "未运行其接口契约"))
        elif before["id"] in self._left_out:
            yield Change(kind, before["id"], before["level"], _LEFT_OUT[self._left_out[before["id"]]])
        else:
            note = Text("the kit no longer knows this requirement", "套件已无此要求")
            yield Change("stale", before["id"], before["level"], note)

    def _both(self, before: RequirementEntry, after: RequirementEntry) -> Iterator[Change]:
        was, now = before["verdict"], after["verdict"]
        if was == "fail":
            yield from self._failed_before(before, after)
        elif now == "fail":
            words = VERDICTS[was]
            yield self._newly_failing(after, Text(f"it was {words.en} before", f"此前{words.zh}"))
        elif was == "pass" and now != "pass":
            yield Change("no-longer-proven", after["id"], after["level"], _why_open(after))
        elif was != "pass" and now == "pass":
            yield Change("newly-proven", after["id"], after["level"])

    def _has(self, purpose: str) -> bool:
        """Whether the newer run has a purpose; of very many pictures it lists some alone."""
        return purpose in self._purposes or (not self._listed and f"/{PREFIX}" in purpose)

    def _tries(self, place: _Place) -> bool:
        """Whether the newer run asked what an older one was broken by."""
        return place in self._tried_again or (not self._listed and f"/{PREFIX}" in place[0] and place[1] is None)

    def _newly_failing(self, after: RequirementEntry, note: Text) -> Change:
        return Change("newly-failing", after["id"], after["level"], _with_unstable(note, after), _shown(_places(after)))

    def _failed_before(self, before: RequirementEntry, after: RequirementEntry) -> Iterator[Change]:
        known, shown = _places(before), _places(after)
        named = [place for place in known if not _is_own(place[0])]  # files come and go without the kit
        renamed = [place for place in named if not self._has(place[0])] if self._whole else []
        if renamed:
            note = Text("the kit no longer has the purposes of its evidence", "套件已无其证据所在的测试目的")
            yield Change("stale", before["id"], before["level"], note, _shown(renamed))
        if after["verdict"] == "fail":
            yield from self._still_failing(after, known, shown)
            return
        untried = [place for place in known if not self._tries(place)]
        if after["verdict"] == "pass" and not untried:
            had_not = Text("it had not repeated before either", "此前也未能复现")
            yield Change("fixed", after["id"], after["level"], had_not if _is_unstable(before) else None)
        elif not renamed:
            note = _why_open(after) if after["verdict"] != "pass" else Text("not everywhere", "并非每处都重试")
            if untried and all(_is_own(place[0]) for place in untried):
                note = Text("its pictures of the user's own were not sent", "未发送其所在的自有图片")
            yield Change("not-tried-again", after["id"], after["level"], note, _shown(untried))

    def _still_failing(
        self, after: RequirementEntry, known: Sequence[_Place], shown: Sequence[_Place]
    ) -> Iterator[Change]:
        worse = [place for place in shown if place not in known and place in self._tried_before]
        if worse:
            note = Text("it fails in places that were in order before", "此前正常的位置现在也违反要求")
            yield Change("newly-failing", after["id"], after["level"], _with_unstable(note, after), _shown(worse))
        mended = sum(place not in shown and self._tries(place) for place in known)
        parts = []
        if mended:
            parts.append(Text(f"mended in {mended} of {len(known)} places", f"{len(known)} 处中已修复 {mended} 处"))
        if _is_unstable(after):
            parts.append(Text("did not repeat", "未能复现"))
        yield Change("still-failing", after["id"], after["level"], joined(parts) if parts else None)


def _tried(report: Report) -> set[_Place]:
    asked = {(exchange["purpose"], exchange["fault"]) for exchange in report["exchanges"]}
    limits: set[_Place] = {(p["id"], None) for p in report["purposes"] if p["id"].partition("/")[2] == MEASURED}
    return asked | limits


def _is_own(purpose: str) -> bool:
    """Whether a purpose (full id) is of a picture of the user's own."""
    return purpose.partition("/")[2].startswith(PREFIX)


def _own_pictures(report: Report) -> str:
    """How many of the user's own pictures a run was about, each contract's counted."""
    purposes = {entry["id"] for entry in [*report["purposes"], *report.get("not_run", [])]}
    return str(sum(map(_is_own, purposes)) or "-")


def _places(entry: RequirementEntry) -> list[_Place]:
    return [(breach["purpose"], breach["fault"]) for breach in entry["breaches"]]


def _shown(places: Sequence[_Place]) -> tuple[str, ...]:
    return tuple(purpose if fault is None else f"{purpose} ({fault})" for purpose, fault in places)


def _is_unstable(entry: RequirementEntry) -> bool:
    return bool(entry["findings"]) and all(finding["unstable"] for finding in entry["findings"])


def _with_unstable(note: Text, entry: RequirementEntry) -> Text:
    return Text(f"{note.en}; did not repeat", f"{note.zh}；未能复现") if _is_unstable(entry) else note


def _why_open(entry: RequirementEntry) -> Text:
    return VERDICTS["not-applicable"] if entry["verdict"] == "not-applicable" else reason_of(entry)


def _differences(old: Report, new: Report) -> Iterator[Text]:
    pairs = (
        (Text("target", "被测系统"), old["target"], new["target"]),
        (Text("contracts", "接口契约"), ", ".join(old["contracts"]), ", ".join(new["contracts"])),
        (Text("depth", "深度"), old["depth"], new["depth"]),
        (Text("strict", "严格模式"), str(old["strict"]).lower(), str(new["strict"]).lower()),
        (Text("only", "仅限"), ", ".join(old["only"]) or "-", ", ".join(new["only"]) or "-"),
        (Text("pictures of the user's own (--images)", "自有图片（--images）"), _own_pictures(old), _own_pictures(new)),
        (Text("seed", "种子"), str(old["seed"]), str(new["seed"])),
        (Text("kit", "套件"), old["kit_version"], new["kit_version"]),
        (Text("stopped by", "停止原因"), old["stop_reason"] or "-", new["stop_reason"] or "-"),
    )
    yield from (_differing(name, was, now) for name, was, now in pairs if was != now)
    for contract in (contract for contract in old["contracts"] if contract in new["contracts"]):
        was, now = old["documents"][contract], new["documents"][contract]
        if (was["edition"], was["published"]) != (now["edition"], now["published"]):
            name = Text(f"edition of {contract}", f"{contract} 的版本")
            old_words, new_words = (f"{source['edition']}, {source['published']}" for source in (was, now))
            yield _differing(name, old_words, new_words)
        held, taken = old["positions"].get(contract, {}), new["positions"].get(contract, {})
        for key in sorted({*held, *taken}):
            if held.get(key) != taken.get(key):
                name = Text(f"position {key} of {contract}", f"{contract} 的约定做法 {key}")
                yield _differing(name, held.get(key, "-"), taken.get(key, "-"))


def _differing(name: Text, old: str, new: str) -> Text:
    return Text(f"differs in {name.en}: {old} -> {new}", f"不同的{name.zh}：{old} -> {new}")


def _latency(old: Report, new: Report) -> Iterator[str]:
    for contract, was in old["latency"].items():
        now = new["latency"].get(contract)
        if now is None:
            continue
        for percentile, before, after in (("p50", was["p50_ms"], now["p50_ms"]), ("p90", was["p90_ms"], now["p90_ms"])):
            low, high = sorted((before, after))
            if high - low >= _SLOWER_MS and high >= _SLOWER * low:
                yield f"{contract}: {percentile} {before:g} ms -> {after:g} ms"


# The comparison as plain text.


_HEADLINES: Mapping[int, Text] = {
    REGRESSION: Text("REGRESSION", "出现回归"),
    STALE: Text("STALE BASELINE", "基线已过时"),
    NO_LONGER_PROVEN: Text("NO LONGER PROVEN", "不再得到证实"),
    SAME_OR_BETTER: Text("NO REGRESSION", "未发现回归"),
}
_TITLES: Mapping[Kind, Text] = {
    "newly-failing": Text("Newly failing", "新增未通过"),
    "stale": Text("Stale entries of the baseline (error)", "过时的基线条目（错误）"),
    "no-longer-proven": Text("No longer proven", "不再得到证实"),
    "not-tried-again": Text("Failed before, not tried again", "此前未通过，本次未重试"),
    "fixed": Text("Fixed", "已修复"),
    "still-failing": Text("Still failing", "仍未通过"),
    "newly-proven": Text("Newly proven", "新增已证实"),
}
_SHORTER: Mapping[Kind, Text] = {
    "stale": Text("stale", "过时"),
    "not-tried-again": Text("not tried again", "未重试"),
}
"""What changes are called where they are counted, if not by their title."""

_LISTED = 20
"""Changes of one kind that are printed."""

_PLACES_LISTED = 5
"""Places of one change that are printed."""


def comparison_text(comparison: Comparison, language: str = "en") -> str:
    """The comparison in `en` or `zh`: what follows from it, what else differs, the changes kind by kind, latency."""
    return "\n".join(_text_lines(comparison, language)) + "\n"


def _text_lines(comparison: Comparison, language: str) -> Iterator[str]:
    counts = [(kind, len(comparison.of_kind(kind))) for kind in _TITLES]
    names = {kind: _SHORTER.get(kind, Text(title.en.lower(), title.zh)) for kind, title in _TITLES.items()}
    parts = [f"{names[kind].in_language(language)} {count}" for kind, count in counts if count]
    still = Text(f"{comparison.still_proven} still proven", f"仍得到证实 {comparison.still_proven}")
    if comparison.decision is not None:
        yield visible(decision_text(comparison.decision).in_language(language))
    headline = _HEADLINES[comparison.conformity].in_language(language)
    comma, colon = ("，", "：") if language == "zh" else (", ", ": ")
    yield f"{headline}{colon}{comma.join([*parts, still.in_language(language)])}"
    yield from (f"  {one_line(difference.in_language(language))}" for difference in comparison.differences)
    for kind, title in _TITLES.items():
        yield from _changes_text(f"{title.in_language(language)}{colon}", comparison.of_kind(kind), language)
    if comparison.of_kind("stale"):
        yield Text(
            "A stale entry can hide a breach: make a new baseline with `run TARGET --report DIR`.",
            "过时的条目可能掩盖问题：请用 `run TARGET --report DIR` 重新生成基线。",
        ).in_language(language)
    if comparison.latency:
        yield ""
        yield Text("Latency of valid requests", "有效请求的时延").in_language(language)
    yield from (f"  {one_line(change)}" for change in comparison.latency)
    if comparison.decision is not None or any(figure.only_old or figure.only_new for figure in comparison.paired):
        yield ""
        yield from (one_line(line.in_language(language), 300) for line in paired_lines(comparison.paired))


def _changes_text(title: str, changes: list[Change], language: str) -> Iterator[str]:
    if not changes:
        return
    yield ""
    yield f"{title}{len(changes)}"
    for change in changes[:_LISTED]:
        level, name = LEVEL_WORDS[change.level], one_line(change.requirement)
        note = said_of("", change.note).in_language(language) if change.note is not None else ""
        yield Text(f"  {name} ({level.en})", f"  {name}（{level.zh}）").in_language(language) + one_line(note, 300)
        yield from (f"    {one_line(place)}" for place in change.places[:_PLACES_LISTED])
        if len(change.places) > _PLACES_LISTED:
            yield f"    {_more(len(change.places) - _PLACES_LISTED, language)}"
    if len(changes) > _LISTED:
        yield f"  {_more(len(changes) - _LISTED, language)}"


def _more(count: int, language: str) -> str:
    return Text(f"and {count} more", f"另有 {count} 条").in_language(language)
