"""The run as JUnit XML: one testcase for each purpose, with real `<failure>` and `<error>` elements."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from conformance.report.curl import curl_line
from conformance.report.document import evidence_name

if TYPE_CHECKING:
    from conformance.engine.ledger import Finding, Ledger, PurposeResult
    from conformance.report.document import About

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold."""


def junit_xml(ledger: Ledger, about: About) -> bytes:
    """The bytes of `junit.xml`: a suite for each contract."""
    root = ElementTree.Element("testsuites", name="ocr-conformance", time=f"{about.duration_s:.3f}")
    totals = {"tests": 0, "failures": 0, "errors": 0}
    for contract in ledger.contracts:
        results = [result for result in ledger.results if result.purpose.contract_id == contract.id]
        counts = {
            "tests": len(results),
            "failures": sum(not result.error and not result.passed for result in results),
            "errors": sum(result.error is not None for result in results),
        }
        suite = ElementTree.SubElement(root, "testsuite", name=contract.id, timestamp=about.started_at, skipped="0")
        suite.set("time", f"{sum(result.duration_s for result in results):.3f}")
        for name, count in counts.items():
            suite.set(name, str(count))
            totals[name] += count
        for result in results:
            _testcase(suite, result, about)
    for name, count in totals.items():
        root.set(name, str(count))
    ElementTree.indent(root)
    xml: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return xml + b"\n"


def _testcase(suite: ElementTree.Element, result: PurposeResult, about: About) -> None:
    purpose = result.purpose
    case = ElementTree.SubElement(
        suite, "testcase", classname=purpose.contract_id, name=purpose.name, time=f"{result.duration_s:.3f}"
    )
    properties = ElementTree.SubElement(case, "properties")
    for aim in purpose.aims:
        ElementTree.SubElement(properties, "property", name="requirement", value=f"{purpose.contract_id}/{aim}")
    if result.error is not None:
        ElementTree.SubElement(case, "error", message=_clean(result.error), type="kit-error")
    elif not result.passed:
        names = [finding.observation.requirement for finding in result.failures]
        names += [requirement.id for requirement, _ in result.unproven]
        kind = "broken" if result.failures else "unproven"
        failure = ElementTree.SubElement(case, "failure", message=_clean(", ".join(dict.fromkeys(names))), type=kind)
        failure.text = _clean("\n\n".join(failure_blocks(result, about.origin)))
    if result.warnings:
        output = ElementTree.SubElement(case, "system-out")
        output.text = _clean("\n\n".join(_block(finding, about.origin) for finding in result.warnings))


def failure_blocks(result: PurposeResult, origin: str) -> list[str]:
    """Each broken requirement of a purpose as expected / observed / where / curl, each unproven one with its reason."""
    blocks = []
    for requirement in dict.fromkeys(finding.observation.requirement for finding in result.failures):
        finding = next(f for f in result.failures if f.observation.requirement == requirement)
        blocks.append(_block(finding, origin))
    for unproven, reason in result.unproven:
        blocks.append(f"{unproven.id}\n  not proven: {reason.en}")
    return blocks


def _block(finding: Finding, origin: str) -> str:
    observation = finding.observation
    return "\n".join(
        (
            observation.requirement,
            f"  expected: {observation.expected.en}",
            f"  observed: {observation.observed.en}",
            f"  where:    {observation.pointer or 'the whole answer'} (exchange {finding.exchange.id})",
            f"  again:    {curl_line(finding.exchange.request, origin, evidence_name(finding))}",
        )
    )


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", text)
