"""A report told once: its parts in their order, counted, grouped and in words. Every form renders these and no others.

The parts are the head (verdict, score, scope and cost, what stopped it, errors of the kit), the groups of what is
broken by its consequence, recognition, what was not proven and why, and waivers that nothing needed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from conformance.contract.requirements import LEVELS
from conformance.report.compare import comparison_text
from conformance.report.phrases import (
    Row,
    consequences,
    finding_rows,
    in_both,
    kind_of,
    reading_rows,
    recognition_line,
    verdict_key,
    verdict_sentence,
    waiver_terms,
)
from conformance.report.wording import (
    DEPTH_WORDS,
    GROUPS,
    LEVEL_WORDS,
    RUN_VERDICTS,
    Consequence,
    GroupWords,
    of_the_run,
)
from conformance.text import Text, counted

if TYPE_CHECKING:
    from conformance.report.compare import Comparison
    from conformance.report.figures import RecognitionEntry
    from conformance.report.shapes import (
        Both,
        FindingEntry,
        Report,
        RequirementEntry,
        WaiverEntry,
    )

_VERDICTS = ("pass", "fail", "inconclusive", "not-applicable")


@dataclass(frozen=True, slots=True)
class Bar:
    """Requirements of one contract and level, counted by verdict."""

    contract: str
    level: str
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def segments(self) -> list[tuple[str, float, float]]:
        """Verdict, start and length of each part of the bar in percent."""
        found, start = [], 0.0
        for verdict, count in self.counts.items():
            length = 100 * count / self.total
            if count:
                found.append((verdict, round(start, 2), round(length, 2)))
            start += length
        return found


@dataclass(frozen=True, slots=True)
class Failure:
    """A broken requirement, counted from 0 in the order of telling: its first finding, the others, its waiver."""

    number: int
    requirement: RequirementEntry
    waiver: WaiverEntry | None

    @property
    def id(self) -> str:
        """The full id of the requirement."""
        return self.requirement["id"]

    @property
    def first(self) -> FindingEntry:
        """The finding that is shown."""
        return self.requirement["findings"][0]

    @property
    def statement(self) -> Text:
        """What the requirement says."""
        return in_both(self.requirement["statement"])

    @property
    def kind(self) -> Text:
        """Its level, the place in the document, and why it is one."""
        return kind_of(self.requirement)

    @property
    def often(self) -> Text:
        """How often it was broken and held, and whether it repeated."""
        broken, held = self.requirement["broken"], self.requirement["witnesses"]
        unstable = Text("; did not repeat", "；未能复现") if self.first["unstable"] else Text("", "")
        return Text(f"broken {broken}, held {held}{unstable.en}", f"违反 {broken} 次，符合 {held} 次{unstable.zh}")

    @property
    def readings(self) -> list[Row]:
        """What a target statement could declare in its place."""
        return reading_rows(self.requirement)

    @property
    def expected(self) -> Text:
        """What the first finding wanted."""
        return finding_rows(self.first)[0].value

    @property
    def observed(self) -> Text:
        """What was there in its stead."""
        return finding_rows(self.first)[1].value

    @property
    def rows(self) -> list[Row]:
        """The first finding, how often there was one, and the terms of the waiver."""
        found = [row for row in finding_rows(self.first) if row.value != self.statement]  # said above it
        if not of_the_run(self.first["purpose"]):  # that is broken once or not at all
            found.append(Row(Text("times", "次数"), self.often, literal=False))
        found += self.readings
        if self.waiver is not None:
            found.append(Row(Text("waiver", "豁免"), waiver_terms(self.waiver)))
        return found


@dataclass(frozen=True, slots=True)
class Group:
    """What is broken with one consequence, must first."""

    consequence: Consequence
    failures: Sequence[Failure]

    @property
    def words(self) -> GroupWords:
        """Title, anchor and explanation."""
        return GROUPS[self.consequence]


@dataclass(frozen=True, slots=True)
class Breakage:
    """What the target breaks in one sentence, and the failures that say so: one for each contract."""

    statement: Both
    failures: Sequence[Failure]


@dataclass(frozen=True)
class Story:
    """What all forms show of a report."""

    report: Report
    comparison: Comparison | None = None
    curves: Mapping[str, str] = field(default_factory=dict)
    """Pictures of recognition by name, as SVG (see `curves.drawn`)."""
    undrawn: Sequence[Text] = ()
    """What could not be drawn or written, and why."""

    @cached_property
    def compared(self) -> Text | None:
        """What changed since the baseline, lines of plain text, the first of which says what follows from it."""
        if self.comparison is None:
            return None
        return Text(comparison_text(self.comparison, "en"), comparison_text(self.comparison, "zh"))

    @cached_property
    def known(self) -> frozenset[str]:
        """Ids of the requirements that were no better in the baseline: known to fail, or not proven there either."""
        if self.comparison is None:
            return frozenset()
        worse = {change.requirement for change in self.comparison.of_kind("no-longer-proven")}
        failing = {change.requirement for change in self.comparison.of_kind("still-failing")}
        return frozenset(failing | {entry["id"] for entry in self.unproven} - worse)

    @cached_property
    def verdict(self) -> str:
        """`conformant`, `nonconformant`, `inconclusive` or `error`."""
        return verdict_key(self.report)

    @cached_property
    def sentence(self) -> Text:
        """What the verdict rests on."""
        return verdict_sentence(self.report)

    @cached_property
    def plain(self) -> Text:
        """The verdict for somebody who knows nothing of levels and scopes."""
        must = [r for r in self.report["requirements"] if r["level"] == "must" and r["verdict"] != "not-applicable"]
        if not must:
            return Text("No mandatory requirement was tested.", "未测试任何强制性要求。")
        broken, unproven = (sum(r["verdict"] == verdict for r in must) for verdict in ("fail", "inconclusive"))
        if broken and self.verdict == "conformant":
            return Text(
                f"All but {broken} of the {len(must)} mandatory requirements tested hold; the rest is waived.",
                f"所测的 {len(must)} 条强制性要求中，除已豁免的 {broken} 条外全部成立。",
            )
        if broken:
            return Text(
                f"{broken} of the {len(must)} mandatory requirements that were tested do not hold.",
                f"在所测的 {len(must)} 条强制性要求中，有 {broken} 条不成立。",
            )
        if unproven:
            return Text(
                f"No mandatory requirement was seen broken; {unproven} of {len(must)} could not be decided.",
                f"未发现违反强制性要求之处；{len(must)} 条中有 {unproven} 条未能判定。",
            )
        return Text(
            f"All {len(must)} mandatory requirements that were tested hold.",
            f"所测的 {len(must)} 条强制性要求全部成立。",
        )

    @cached_property
    def headline(self) -> Text:
        """The verdict, about whom, and the score in one line."""
        word, score, target = RUN_VERDICTS[self.verdict], self.report["score"], self.report["target"]
        excused, spared = len(self._of("waived")), score["not_applicable"]
        waived = Text(f" ({excused} waived)", f"（其中 {excused} 条已豁免）") if excused else Text("", "")
        stated = {entry["requirement"] for entry in self.report.get("unprovable", [])}
        beyond = sum(entry["id"] in stated for entry in self.unproven)
        if beyond:
            waived = Text(f"{waived.en}, {beyond} cannot be proven here", f"{waived.zh}，{beyond} 条在此无法证实")
        of = score["requirements"] - spared
        return Text(
            f"{word.en}: {target} - {score['proven']} of {of} requirements proven, {score['failed']} failed{waived.en}",
            f"{word.zh}：{target}，{of} 条要求中已证实 {score['proven']} 条，未通过 {score['failed']} 条{waived.zh}",
        )

    @cached_property
    def recognition(self) -> Text | None:
        """The verdict of recognition in one line: its limits, overall recall and precision, what is never read."""
        return recognition_line(self.report)

    @cached_property
    def bars(self) -> list[Bar]:
        """One for each contract and level that has requirements in scope."""
        found = []
        for contract in self.report["contracts"]:
            for level in LEVELS:
                of_level = [r for r in self.of_contract(contract) if r["level"] == level]
                counts = {verdict: sum(r["verdict"] == verdict for r in of_level) for verdict in _VERDICTS}
                if of_level:
                    found.append(Bar(contract, level, counts))
        return found

    @cached_property
    def scope(self) -> list[Text]:
        """How many of the requirements that apply are proven, contract by contract."""
        lines = []
        for contract in self.report["contracts"]:
            bars = [bar for bar in self.bars if bar.contract == contract]
            counts = [(bar.level, bar.counts["pass"], bar.total - bar.counts["not-applicable"]) for bar in bars]
            en = ", ".join(f"{level} {proven}/{of}" for level, proven, of in counts if of)
            zh = "，".join(f"{LEVEL_WORDS[level].zh} {proven}/{of}" for level, proven, of in counts if of)
            if en:  # a narrowed run may ask nothing of one
                lines.append(Text(f"{contract}: proven {en}", f"{contract}：已证实 {zh}"))
        return lines

    @cached_property
    def spared(self) -> Text | None:
        """How many requirements do not apply, and for want of what."""
        needs = ", ".join(sorted({r.get("needs") or "" for r in self.not_applicable} - {""}))
        listed = needs.replace(", ", "、")
        en, zh = (f" (not declared: {needs})", f"（未声明：{listed}）") if needs else ("", "")
        count = len(self.not_applicable)
        return Text(f"{count} not applicable{en}", f"不适用 {count} 条{zh}") if count else None

    @cached_property
    def cost(self) -> Text:
        """What the run sent, what that costs, and how it can be repeated."""
        report = self.report
        sent, billed, seconds, seed = (
            report["requests_sent"], report["billable"], f"{report['duration_s']:.1f}", report["seed"],
        )  # fmt: skip
        depth, kit = DEPTH_WORDS[report["depth"]], report["kit_version"]
        strict = Text(", strict", "，严格模式") if report["strict"] else Text("", "")
        return Text(
            f"{counted(sent, 'request')}, {billed} billable, {seconds} s; depth {depth.en}{strict.en}, "
            f"seed {seed}, kit {kit}",
            f"请求 {sent} 个，计费 {billed} 次，用时 {seconds} 秒；深度 {depth.zh}{strict.zh}，"
            f"随机种子 {seed}，套件 {kit}",
        )

    @cached_property
    def stopped(self) -> Text | None:
        """Why the run ended before its plan did."""
        text = self.report["stop_text"]
        return in_both(text) if text is not None else None

    @cached_property
    def narrowed(self) -> Text | None:
        """What a run was narrowed to."""
        only = ", ".join(self.report["only"])
        return Text(f"Narrowed run: only {only}", f"缩小范围的运行：仅 {only}") if only else None

    @cached_property
    def head(self) -> list[Text]:
        """The verdict and what it rests on, scope and cost, what stopped the run, errors of the kit: a line each."""
        lines = [self.headline, self.sentence, self.recognition, *self.scope, self.spared, self.cost]
        return [line for line in (*lines, *self.limits) if line is not None]

    @cached_property
    def limits(self) -> list[Text]:
        """What a reader of the verdict must not miss: that the run was narrowed or stopped, that the kit failed."""
        lines = [self.narrowed] if self.narrowed is not None else []
        if self.stopped is not None:
            lines.append(Text(f"Stopped: {self.stopped.en}", f"已停止：{self.stopped.zh}"))
        errors = [(entry["purpose"], entry["error"]) for entry in self.report["errors"]]
        return lines + [Text(f"Kit error in {name}: {error}", f"套件在 {name} 出错：{error}") for name, error in errors]

    @cached_property
    def failures(self) -> Sequence[Failure]:
        """Broken requirements that make the verdict."""
        return self._of("failure")

    @cached_property
    def groups(self) -> list[Group]:
        """Everything broken by its consequence; no group is empty."""
        return [Group(consequence, found) for consequence in GROUPS if (found := self._of(consequence))]

    @cached_property
    def consequences(self) -> Mapping[str, Consequence]:
        """What follows from the breach of each requirement that is broken, by its id."""
        return consequences(self.report)

    @cached_property
    def broken(self) -> list[Failure]:
        """Every broken requirement, must first."""
        failed = [r for r in self.report["requirements"] if r["verdict"] == "fail" and r["findings"]]
        ordered = sorted(failed, key=lambda r: LEVELS.index(r["level"]))
        waivers = {waiver["requirement"]: waiver for waiver in self.report["waivers"]}
        return [Failure(number, entry, waivers.get(entry["id"])) for number, entry in enumerate(ordered)]

    def _of(self, consequence: Consequence) -> list[Failure]:
        return [failure for failure in self.broken if self.consequences[failure.id] == consequence]

    @cached_property
    def breakages(self) -> list[Breakage]:
        """What the failures come to: contracts often state the same."""
        alike: dict[Text, list[Failure]] = {}
        for failure in self.failures:
            alike.setdefault(failure.statement, []).append(failure)
        return [Breakage({"en": said.en, "zh": said.zh}, failures) for said, failures in alike.items()]

    @cached_property
    def unproven(self) -> list[RequirementEntry]:
        """Requirements in scope that nothing decided, must first."""
        found = [r for r in self.report["requirements"] if r["verdict"] == "inconclusive"]
        return sorted(found, key=lambda r: LEVELS.index(r["level"]))

    @cached_property
    def not_applicable(self) -> list[RequirementEntry]:
        """Requirements of a capability that the target does not declare."""
        return [r for r in self.report["requirements"] if r["verdict"] == "not-applicable"]

    @cached_property
    def spare_waivers(self) -> list[WaiverEntry]:
        """Waivers of what is not broken in this run."""
        broken = {failure.id for failure in self.broken}
        return [waiver for waiver in self.report["waivers"] if waiver["requirement"] not in broken]

    @cached_property
    def recognised(self) -> Mapping[str, list[RecognitionEntry]]:
        """How types were recognised on pictures of the user's own, by contract; the page has the specimens, too."""
        own = [entry for entry in self.report.get("recognition", []) if entry["pictures"] == "own"]
        contracts = dict.fromkeys(entry["contract"] for entry in own)
        return {contract: [entry for entry in own if entry["contract"] == contract] for contract in contracts}

    def of_contract(self, contract: str) -> list[RequirementEntry]:
        """Requirements in scope of one contract."""
        return [r for r in self.report["requirements"] if r["contract"] == contract]
