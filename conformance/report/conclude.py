"""Concludes a run or a load: what it came to as one value, told in every form, compared with a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance import __version__
from conformance.files import replace_file
from conformance.load.tally import PERCENTILES, breaking_point, judged
from conformance.report.compare import compare
from conformance.report.curves import drawn
from conformance.report.document import proofs_by_requirement, report_document
from conformance.report.evidence_files import write_evidence
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.numbers import write_tables
from conformance.report.report_file import to_json
from conformance.report.story import Story
from conformance.text import Text, plain, said_of

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.load.tally import Tally
    from conformance.report.compare import Comparison
    from conformance.report.document import About
    from conformance.report.shapes import Report
    from conformance.statement.measures import LoadLimit
    from conformance.statement.statement import Waiver


Form: TypeAlias = "Callable[[Story, str], str | bytes]"
"""A story in a language, `en` or `zh`."""


def _page(story: Story, language: str) -> str:
    from conformance.report.html import html_report  # late: a run without a report needs no templates

    return html_report(story, language)


def _data(story: Story, _language: str) -> bytes:
    return to_json(story.report)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "report.json": _data,
        "report.html": _page,
        "junit.xml": junit_xml,
        "summary.md": summary_markdown,
    }
)
"""The files of a report, and how each is made of its story."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run came to; `comparison` is that with the baseline, if there is one."""

    ledger: Ledger
    story: Story
    comparison: Comparison | None

    def write(self, folder: Path, language: str) -> Sequence[Text]:
        """Write every form of the report into a folder, each beside and renamed; says what could not be made.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_evidence(self.ledger, folder)
        story, tables = self.story, write_tables(self.story.report, folder)
        if tables is not None:
            curves, undrawn = drawn(story.report, tables, language)
            story = replace(story, curves=curves, undrawn=undrawn)
        for name, form in FORMS.items():
            content = form(story, language)
            if isinstance(content, str):
                content = content.encode("utf-8", "backslashreplace")
            replace_file(folder / name, content)
        return story.undrawn


def conclude(
    ledger: Ledger,
    about: About,
    *,
    waivers: Sequence[Waiver] = (),
    planned: Sequence[Purpose] = (),
    written: bool = False,
    baseline: Report | None = None,
) -> Conclusion:
    """Make the report of what a ledger holds, and compare it with `baseline`.

    `waivers` are those of the target statement, `planned` the purposes that the run set out to do. Only what is to be
    `written` has evidence and names the faulty implementations that prove each check.
    """
    ledger.narrow()
    proofs = proofs_by_requirement(ledger.contracts) if written else None
    document = report_document(ledger, about, proofs=proofs, waivers=waivers, planned=planned, evidence=written)
    comparison = compare(baseline, document) if baseline is not None else None
    return Conclusion(ledger, Story(document, comparison), comparison)


# What a load came to: as data (`load.json`, `schemas/load.schema.json`) and as lines for a terminal.


def load_document(
    target: str, tallies: Sequence[Tally], limits: Sequence[LoadLimit], stop_reason: str | None
) -> dict[str, Any]:
    """The whole load as JSON. The verdict is `not-met` where an answer was wrong or a limit was not met."""
    verdicts = judged(limits, tallies)
    wrong = sum(tally.wrong_answers for tally in tallies)
    right = sum(tally.right for tally in tallies)
    if wrong or any(one.verdict == "not-met" for one in verdicts):
        verdict = "not-met"
    elif stop_reason is not None or not right or any(one.verdict == "inconclusive" for one in verdicts):
        verdict = "inconclusive"
    else:
        verdict = "met"
    return {
        "kit_version": __version__,
        "target": target,
        "verdict": verdict,
        "stop_reason": stop_reason,
        "breaking_point": breaking_point(tallies),
        "steps": [_step(tally) for tally in tallies],
        "limits": [
            {
                "users": one.limit.users,
                "contract": one.limit.contract,
                "percentile": one.limit.percentile,
                "limit_ms": one.limit.limit_ms,
                "errors": one.limit.errors,
                "verdict": one.verdict,
                "observed": {"en": one.observed.en, "zh": one.observed.zh},
            }
            for one in verdicts
        ],
    }


def _step(tally: Tally) -> dict[str, Any]:
    return {
        "users": tally.users,
        "contract": tally.contract,
        "seconds": round(tally.seconds, 1),
        "sent": tally.sent,
        "right": tally.right,
        "wrong_answers": tally.wrong_answers,
        "billed": tally.billed,
        "per_second": round(tally.sent / tally.seconds, 1) if tally.seconds else None,
        "latency_ms": {
            f"p{percent:g}": None if (time := tally.percentile_ms(percent)) is None else round(time, 1)
            for percent in PERCENTILES
        },
        "errors": dict(tally.errors.most_common()),
        "wrong": [
            {"requirement": name, "answers": count, "example": tally.examples.get(name, "")}
            for name, count in tally.wrong.most_common()
        ],
    }


def load_text(document: dict[str, Any], language: str) -> str:
    """The load in lines."""
    verdict = {
        "met": Text("RIGHT UNDER LOAD", "负载下正确"),
        "not-met": Text("NOT RIGHT UNDER LOAD", "负载下不正确"),
        "inconclusive": Text("INCONCLUSIVE", "无法判定"),
    }[document["verdict"]]
    lines = [said_of(verdict, plain(document["target"])).in_language(language)]
    for step in document["steps"]:
        times = ", ".join(
            f"{name} {'-' if time is None else f'{time:.0f} ms'}" for name, time in step["latency_ms"].items()
        )
        errors = sum(step["errors"].values())
        words = Text(
            f"{step['contract']}, {step['users']} users: {step['sent']} requests, {step['per_second']}/s; {times}; "
            f"{step['wrong_answers']} wrong, {errors} errors",
            f"{step['contract']}，{step['users']} 个用户：{step['sent']} 个请求，{step['per_second']}/秒；{times}；"
            f"错误响应 {step['wrong_answers']}，无响应 {errors}",
        )
        lines.append(f"  {words.in_language(language)}")
        lines += [f"    {name}: {count}" for name, count in step["errors"].items()]
        lines += [f"    {one['requirement']}: {one['answers']} ({one['example']})" for one in step["wrong"]]
    for limit in document["limits"]:
        met = {
            "met": Text("met", "满足"),
            "not-met": Text("not met", "未满足"),
            "inconclusive": Text("cannot be told", "无法判定"),
        }[limit["verdict"]]
        asked = Text(
            f"limit: from {limit['users']} users {limit['percentile']:g} % within {limit['limit_ms']:g} ms, "
            f"{100 * limit['errors']:g} % errors",
            f"限值：{limit['users']} 个用户起，{limit['percentile']:g} % 在 {limit['limit_ms']:g} 毫秒内，"
            f"错误 {100 * limit['errors']:g} %",
        )
        lines.append(f"  {asked.in_language(language)}: {met.in_language(language)} ({limit['observed'][language]})")
    if document["breaking_point"] is not None:
        words = Text(
            f"breaks at {document['breaking_point']} users: more than 1 % without a right answer",
            f"在 {document['breaking_point']} 个用户时失效：超过 1 % 的请求没有得到正确响应",
        )
        lines.append(f"  {words.in_language(language)}")
    if document["stop_reason"] is not None:
        words = Text(f"stopped: {document['stop_reason']}", f"已停止：{document['stop_reason']}")
        lines.append(f"  {words.in_language(language)}")
    return "\n".join(lines)
