"""The run as JUnit XML: one testcase for each purpose, with real `<failure>`, `<error>` and `<skipped>` elements."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from conformance.report.curl import curl_line
from conformance.report.evidence_files import evidence_name
from conformance.report.visible import one_line, visible
from conformance.report.wording import place_words
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.ledger import Finding, Ledger, PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.report.document import About

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""

_COUNTED = ("tests", "failures", "errors", "skipped")


def junit_xml(ledger: Ledger, about: About, planned: Sequence[Purpose] = (), language: str = "en") -> bytes:
    """The bytes of `junit.xml`: a suite for each contract.

    `planned` are the purposes that the run set out to do: what it did not get to is `<skipped>`. Audited traffic has no
    purposes: its testcases are the requirements that it decided.
    """
    root = ElementTree.Element("testsuites", name="ocr-conformance", time=f"{about.duration_s:.3f}")
    done = {result.purpose.id for result in ledger.results}
    reason = ledger.stop_text or Text("it was not run", "未运行")
    skipped = Text(f"not run: {reason.en}", f"未运行：{reason.zh}").in_language(language)
    telling = _Telling(about.origin, skipped, ledger.waived, language)
    totals = dict.fromkeys(_COUNTED, 0)
    for contract in ledger.contracts:
        results = [result for result in ledger.results if result.purpose.contract_id == contract.id]
        suite = ElementTree.SubElement(root, "testsuite", name=contract.id)
        # Readers of the format know times without a zone; this one is UTC.
        suite.set("timestamp", about.started_at.partition("+")[0])
        suite.set("time", f"{sum(result.duration_s for result in results):.3f}")
        late = [p for p in planned if p.contract_id == contract.id and p.id not in done]
        _properties(suite, [*(result.purpose for result in results), *late], contract, ledger, about)
        for result in results:
            _testcase(suite, result, telling)
        for purpose in late:
            _skipped(_case(suite, purpose.contract_id, purpose.name, 0.0), skipped)
        if not ledger.results and not planned:
            _decided(suite, contract, ledger, telling)
        for name, count in _counts(suite).items():
            suite.set(name, str(count))
            totals[name] += count
    for name in ("tests", "failures", "errors"):
        root.set(name, str(totals[name]))
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def failure_blocks(result: PurposeResult, origin: str, language: str = "en") -> list[str]:
    """Each broken requirement of a purpose as expected / observed / where / curl, each unproven one with its reason."""
    blocks = [_block(finding, origin, language) for finding in _first_of_each(result.failures)]
    for unproven, reason in result.unproven:
        why = Text(f"not proven: {one_line(reason.en)}", f"未能证明：{one_line(reason.zh)}")
        blocks.append(f"{unproven.id}\n  {why.in_language(language)}")
    return blocks


@dataclass(frozen=True, slots=True)
class _Telling:
    """How outcomes are told: `skipped` is the reason of what was not run, `waived` are ids of requirements."""

    origin: str
    skipped: str
    waived: Container[str]
    language: str


def _testcase(suite: ElementTree.Element, result: PurposeResult, telling: _Telling) -> None:
    case = _case(suite, result.purpose.contract_id, result.purpose.name, result.duration_s)
    if result.error is not None:
        ElementTree.SubElement(case, "error", message=_clean(result.error), type="kit-error")
    elif not result.requests and result.purpose.control is not None:
        _skipped(case, telling.skipped)
    elif not result.passed:
        names = [finding.observation.requirement for finding in result.failures]
        names += [requirement.id for requirement, _ in result.unproven]
        kind = "broken" if result.failures else "unproven"
        failure = ElementTree.SubElement(case, "failure", message=_clean(", ".join(dict.fromkeys(names))), type=kind)
        failure.text = _clean("\n\n".join(failure_blocks(result, telling.origin, telling.language)))
    if beside := _beside(result, telling):
        ElementTree.SubElement(case, "system-out").text = _clean("\n\n".join(beside))


def _beside(result: PurposeResult, telling: _Telling) -> list[str]:
    """What is broken without failing the testcase: waived requirements, and those of level should."""
    excused = [finding for finding in result.findings if finding.observation.requirement in telling.waived]
    word = Text("waived: ", "已豁免：").in_language(telling.language)
    blocks = [f"{word}{_block(f, telling.origin, telling.language)}" for f in _first_of_each(excused)]
    warned = [finding for finding in result.warnings if finding not in excused]
    return blocks + [_block(f, telling.origin, telling.language) for f in _first_of_each(warned)]


def _decided(suite: ElementTree.Element, contract: Contract, ledger: Ledger, telling: _Telling) -> None:
    """A testcase for each requirement of a contract that was proven or broken."""
    for requirement in contract.requirements.values():
        account = ledger.accounts.get(requirement.id)
        if account is None or account.verdict not in ("pass", "fail"):
            continue
        case = _case(suite, contract.id, requirement.name, 0.0)
        for finding in account.findings[:1]:
            block = _clean(_block(finding, telling.origin, telling.language))
            if ledger.fails(requirement):
                ElementTree.SubElement(case, "failure", message=_clean(requirement.id), type="broken").text = block
            else:
                ElementTree.SubElement(case, "system-out").text = block


def _properties(
    suite: ElementTree.Element, purposes: Sequence[Purpose], contract: Contract, ledger: Ledger, about: About
) -> None:
    """What was run, and for each purpose the requirements that it aims at with their level and source.

    They belong to the suite: the schema of the format knows none in a testcase, and strict readers drop such a file.
    """
    properties = ElementTree.SubElement(suite, "properties")
    run = {"target": about.target, "depth": ledger.depth, "seed": str(about.seed), "kit": about.kit_version}
    aims = [
        (purpose.name, "; ".join((requirement.id, requirement.level, requirement.source)))
        for purpose in purposes
        for requirement in (contract.requirements[aim] for aim in purpose.aims)
    ]
    for name, value in [*run.items(), *aims]:
        ElementTree.SubElement(properties, "property", name=_clean(name), value=_clean(value))


def _case(suite: ElementTree.Element, contract_id: str, name: str, duration_s: float) -> ElementTree.Element:
    return ElementTree.SubElement(suite, "testcase", classname=contract_id, name=name, time=f"{duration_s:.3f}")


def _skipped(case: ElementTree.Element, reason: str) -> None:
    ElementTree.SubElement(case, "skipped", message=_clean(reason))


def _counts(suite: ElementTree.Element) -> dict[str, int]:
    tags = {"failures": "failure", "errors": "error", "skipped": "skipped"}
    cases = suite.findall("testcase")
    found = {name: sum(case.find(tag) is not None for case in cases) for name, tag in tags.items()}
    return {"tests": len(cases), **found}


def _first_of_each(findings: Sequence[Finding]) -> list[Finding]:
    first: dict[str, Finding] = {}
    for finding in findings:
        first.setdefault(finding.observation.requirement, finding)
    return list(first.values())


def _block(finding: Finding, origin: str, language: str) -> str:
    observation, exchange = finding.observation, finding.exchange
    place = place_words(observation.pointer, exchange.id)
    rows = [
        (Text("expected: ", "预期："), observation.expected),
        (Text("observed: ", "实际："), observation.observed),
    ]
    if exchange.id:
        line = curl_line(exchange.request, origin, evidence_name(finding))
        where = Text(f"{place.en} (exchange {exchange.id})", f"{place.zh}（交互 {exchange.id}）")
        rows += [(Text("where:    ", "位置："), where), (Text("again:    ", "重现："), Text(line, line))]
    else:
        rows.append((Text("where:    ", "位置："), place))
    lines = [f"  {name.in_language(language)}{one_line(value.in_language(language))}" for name, value in rows]
    return "\n".join([observation.requirement, *lines])


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", visible(text))
