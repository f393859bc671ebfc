"""The run as JUnit XML: one testcase for each purpose, with real `<failure>`, `<error>` and `<skipped>` elements."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from conformance.report.curl import curl_line
from conformance.report.evidence_files import evidence_name
from conformance.report.visible import one_line, visible

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.ledger import Finding, Ledger, PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.report.document import About

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""

_COUNTED = ("tests", "failures", "errors", "skipped")


def junit_xml(ledger: Ledger, about: About, planned: Sequence[Purpose] = ()) -> bytes:
    """The bytes of `junit.xml`: a suite for each contract.

    `planned` are the purposes that the run set out to do: what it did not get to is `<skipped>`.
    """
    root = ElementTree.Element("testsuites", name="ocr-conformance", time=f"{about.duration_s:.3f}")
    done = {result.purpose.id for result in ledger.results}
    reason = ledger.stop_text.en if ledger.stop_text is not None else "it was not run"
    totals = dict.fromkeys(_COUNTED, 0)
    for contract in ledger.contracts:
        results = [result for result in ledger.results if result.purpose.contract_id == contract.id]
        suite = ElementTree.SubElement(root, "testsuite", name=contract.id)
        # Readers of the format know times without a zone; this one is UTC.
        suite.set("timestamp", about.started_at.partition("+")[0])
        suite.set("time", f"{sum(result.duration_s for result in results):.3f}")
        for result in results:
            _testcase(suite, result, contract, about, reason, ledger.waived)
        for purpose in planned:
            if purpose.contract_id == contract.id and purpose.id not in done:
                _skipped(_case(suite, purpose, contract, 0.0), reason)
        for name, count in _counts(suite).items():
            suite.set(name, str(count))
            totals[name] += count
    for name in ("tests", "failures", "errors"):
        root.set(name, str(totals[name]))
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def failure_blocks(result: PurposeResult, origin: str) -> list[str]:
    """Each broken requirement of a purpose as expected / observed / where / curl, each unproven one with its reason."""
    blocks = []
    for requirement in dict.fromkeys(finding.observation.requirement for finding in result.failures):
        finding = next(f for f in result.failures if f.observation.requirement == requirement)
        blocks.append(_block(finding, origin))
    for unproven, reason in result.unproven:
        blocks.append(f"{unproven.id}\n  not proven: {one_line(reason.en)}")
    return blocks


def _testcase(
    suite: ElementTree.Element,
    result: PurposeResult,
    contract: Contract,
    about: About,
    not_run: str,
    waived: Container[str],
) -> None:
    case = _case(suite, result.purpose, contract, result.duration_s)
    if result.error is not None:
        ElementTree.SubElement(case, "error", message=_clean(result.error), type="kit-error")
    elif not result.requests and result.purpose.control is not None:
        _skipped(case, not_run)
    elif not result.passed:
        names = [finding.observation.requirement for finding in result.failures]
        names += [requirement.id for requirement, _ in result.unproven]
        kind = "broken" if result.failures else "unproven"
        failure = ElementTree.SubElement(case, "failure", message=_clean(", ".join(dict.fromkeys(names))), type=kind)
        failure.text = _clean("\n\n".join(failure_blocks(result, about.origin)))
    excused = [finding for finding in result.findings if finding.observation.requirement in waived]
    beside = [*(f"waived: {_block(finding, about.origin)}" for finding in _first_of_each(excused))]
    beside += [_block(f, about.origin) for f in _first_of_each(result.warnings) if f not in excused]
    if beside:
        ElementTree.SubElement(case, "system-out").text = _clean("\n\n".join(beside))


def _case(suite: ElementTree.Element, purpose: Purpose, contract: Contract, duration_s: float) -> ElementTree.Element:
    """A testcase with what it aims at as properties: requirement, and its level and source by the same order."""
    case = ElementTree.SubElement(
        suite, "testcase", classname=purpose.contract_id, name=purpose.name, time=f"{duration_s:.3f}"
    )
    if purpose.aims:
        properties = ElementTree.SubElement(case, "properties")
        for aim in purpose.aims:
            requirement = contract.requirements[aim]
            for name, value in (
                ("requirement", requirement.id),
                ("level", requirement.level),
                ("source", requirement.source),
            ):
                ElementTree.SubElement(properties, "property", name=name, value=value)
    return case


def _skipped(case: ElementTree.Element, reason: str) -> None:
    ElementTree.SubElement(case, "skipped", message=_clean(f"not run: {reason}"))


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


def _block(finding: Finding, origin: str) -> str:
    observation = finding.observation
    return "\n".join(
        (
            observation.requirement,
            f"  expected: {one_line(observation.expected.en)}",
            f"  observed: {one_line(observation.observed.en)}",
            f"  where:    {one_line(observation.pointer) or 'the whole answer'} (exchange {finding.exchange.id})",
            f"  again:    {one_line(curl_line(finding.exchange.request, origin, evidence_name(finding)))}",
        )
    )


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", visible(text))
