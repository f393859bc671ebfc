"""The run as JUnit XML: a testcase for each purpose and for each requirement, with real `<failure>`, `<error>` and
`<skipped>` elements.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from conformance.report.phrases import (
    finding_block,
    in_both,
    kind_of,
    purpose_blocks,
    reading_rows,
    reason_of,
    verdict_key,
    visible,
)
from conformance.report.story import Story
from conformance.report.wording import VERDICTS
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import PurposeEntry, Report, RequirementEntry

_KNOWN = Text("known: it was no better in the baseline", "已知：基线中也是如此")
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def junit_xml(story: Story, language: str = "en") -> bytes:
    """The bytes of `junit.xml`: for each contract a suite of its purposes and one of its requirements.

    A purpose that the run set out to do and did not get to is `<skipped>`. Audited traffic has no purposes.
    """
    report = story.report
    root = ElementTree.Element("testsuites", name="ocr-conformance", time=f"{report['duration_s']:.3f}")
    writing = _Writing(story, language)
    compared = story.compared.in_language(language).partition("\n\n")[0] if story.compared is not None else None
    late = {entry["id"]: entry["aims"] for entry in report.get("not_run", [])}
    for contract in report["contracts"]:
        purposes = [p for p in report["purposes"] if _contract_of(p["id"]) == contract]
        begun = {p["id"] for p in purposes}
        never = [name for name in late if _contract_of(name) == contract and name not in begun]
        if purposes or never:
            aims = {p["id"]: p["aims"] for p in purposes} | {name: late[name] for name in never}
            suite = _suite(root, contract, report, aims, compared)
            suite.set("time", f"{sum(p['duration_s'] for p in purposes):.3f}")
            for purpose in purposes:
                writing.purpose(_case(suite, contract, purpose["id"], purpose["duration_s"]), purpose, late)
            for name in never:
                _skipped(_case(suite, contract, name, 0.0), writing.not_run)
        suite = _suite(root, f"{contract} requirements", report, {}, compared)
        suite.set("time", "0.000")
        for requirement in story.of_contract(contract):
            writing.requirement(_case(suite, f"{contract}.requirements", requirement["id"], 0.0), requirement)
    _count(root)
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


class _Writing:
    """Writes outcomes in one language."""

    def __init__(self, story: Story, language: str) -> None:
        self._story = story
        self._language = language
        reason = story.stopped or Text("it was not run", "未运行")
        self.not_run = self._in(Text(f"not run: {reason.en}", f"未运行：{reason.zh}"))

    def purpose(self, case: ElementTree.Element, purpose: PurposeEntry, late: Mapping[str, Sequence[str]]) -> None:
        """What became of a purpose; what it broke without failing for it stands beside."""
        follows = self._story.consequences
        broken = [f for f in purpose.get("findings", []) if follows.get(f["requirement"]) == "failure"]
        error = next((e["error"] for e in self._story.report["errors"] if e["purpose"] == purpose["id"]), None)
        if error is not None:
            ElementTree.SubElement(case, "error", message=_clean(error), type="kit-error")
        elif purpose["id"] in late:
            _skipped(case, self.not_run)
        elif names := dict.fromkeys([*(finding["requirement"] for finding in broken), *purpose["unproven"]]):
            if set(names) <= self._story.known:
                _skipped(case, self._in(_KNOWN))
                return
            text = "\n\n".join(purpose_blocks(purpose, broken, self._language))
            _failed(case, ", ".join(names), "broken" if broken else "unproven", text)
        beside = [
            self._waived(f["requirement"]) + finding_block(f["requirement"], f, self._language)
            for f in purpose.get("findings", [])
            if f not in broken
        ]
        if beside:
            ElementTree.SubElement(case, "system-out").text = _clean("\n\n".join(beside))

    def requirement(self, case: ElementTree.Element, requirement: RequirementEntry) -> None:
        """The verdict of a requirement with its sentence; unproven ones of a run fail as they fail their purposes."""
        statement, verdict = self._in(in_both(requirement["statement"])), requirement["verdict"]
        told = f"{statement}\n({self._in(kind_of(requirement))})"
        if verdict == "fail":
            name = requirement["id"]
            title, more = f"{self._waived(name)}{told}", reading_rows(requirement)
            block = finding_block(title, requirement["findings"][0], self._language, more)
            if name in self._story.known:
                _skipped(case, self._in(_KNOWN))
            elif self._story.consequences[name] == "failure":
                _failed(case, statement, "broken", block)
                return
            told = block
        elif verdict == "inconclusive":
            why = reason_of(requirement)
            reason = self._in(Text(f"not proven: {why.en}", f"未证实：{why.zh}"))
            known = requirement["id"] in self._story.known
            if requirement["level"] == "must" and self._story.report["purposes"] and not known:
                _failed(case, statement, "unproven", f"{told}\n  {reason}")
                return
            _skipped(case, reason)
        elif verdict == "not-applicable":
            _skipped(case, self._in(VERDICTS[verdict]))
        ElementTree.SubElement(case, "system-out").text = _clean(told)

    def _waived(self, requirement_id: str) -> str:
        waived = self._story.consequences.get(requirement_id) == "waived"
        return self._in(Text("waived: ", "已豁免：")) if waived else ""

    def _in(self, text: Text) -> str:
        return text.in_language(self._language)


def _suite(
    root: ElementTree.Element, name: str, report: Report, aims: Mapping[str, Sequence[str]], compared: str | None
) -> ElementTree.Element:
    """A suite with what was run, what the baseline says of it and what the two runs differ in, and for each purpose the
    requirements that it aims at with their level and source.

    They belong to the suite: the schema of the format knows none in a testcase, and strict readers drop such a file.
    """
    # Readers of the format know times without a zone; this one is UTC.
    suite = ElementTree.SubElement(root, "testsuite", name=name, timestamp=report["started_at"].partition("+")[0])
    properties = ElementTree.SubElement(suite, "properties")
    known = {entry["id"]: "; ".join((entry["id"], entry["level"], entry["source"])) for entry in report["requirements"]}
    run = {"target": report["target"], "depth": report["depth"], "seed": str(report["seed"])}
    run |= {"kit": report["kit_version"], "verdict": verdict_key(report)}
    run |= {"recognition": report["recognition_verdict"]} if "recognition_verdict" in report else {}
    run |= {"baseline": compared} if compared is not None else {}
    named = [(purpose.partition("/")[2], known.get(aim, aim)) for purpose, of in aims.items() for aim in of]
    for key, value in [*run.items(), *named]:
        ElementTree.SubElement(properties, "property", name=_clean(key), value=_clean(value))
    return suite


def _case(suite: ElementTree.Element, classname: str, full_id: str, duration_s: float) -> ElementTree.Element:
    name = full_id.partition("/")[2]
    return ElementTree.SubElement(suite, "testcase", classname=classname, name=name, time=f"{duration_s:.3f}")


def _failed(case: ElementTree.Element, message: str, kind: str, text: str) -> None:
    ElementTree.SubElement(case, "failure", message=_clean(message), type=kind).text = _clean(text)


def _skipped(case: ElementTree.Element, reason: str) -> None:
    ElementTree.SubElement(case, "skipped", message=_clean(reason))


def _count(root: ElementTree.Element) -> None:
    """Sets how many testcases of each outcome the suites have, and the file."""
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    totals = dict.fromkeys(("tests", "failures", "errors"), 0)
    for suite in root.findall("testsuite"):
        cases = suite.findall("testcase")
        found = {name: sum(case.find(tag) is not None for case in cases) for name, tag in tags.items()}
        for name, count in {"tests": len(cases), **found}.items():
            suite.set(name, str(count))
            if name in totals:
                totals[name] += count
    for name, count in totals.items():
        root.set(name, str(count))


def _contract_of(full_id: str) -> str:
    return full_id.partition("/")[0]


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", visible(text))
