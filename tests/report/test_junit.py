"""`junit.xml`, read by a parser that is not ours and held against the format that CI servers read."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped
from reporting import ABOUT, ID, purpose, sample_ledger

from conformance.engine.ledger import Ledger, PurposeResult
from conformance.report.junit import junit_xml
from conformance.text import Text

CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"properties", "testcase", "system-out", "system-err"},
    "testcase": {"skipped", "error", "failure", "system-out", "system-err"},
    "properties": {"property"},
}
"""Elements that the schema of the Jenkins xUnit plugin (junit-10.xsd) allows in each other."""

ATTRIBUTES = {
    "testsuites": {"name", "time", "tests", "failures", "errors"},
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "timestamp"},
    "testcase": {"name", "classname", "time"},
    "property": {"name", "value"},
    "failure": {"message", "type"},
    "error": {"message", "type"},
    "skipped": {"message"},
}
FORMS = {
    "time": r"\d+\.\d{3}",
    "tests": r"\d+",
    "failures": r"\d+",
    "errors": r"\d+",
    "skipped": r"\d+",
    "timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
}


def full_ledger() -> Ledger:
    """Passed, failed, an error of the kit, and one that a limit kept from running."""
    ledger = sample_ledger()
    ledger.stop("limit", Text("--max-requests 3 reached", "达到上限"))
    ledger.results.append(PurposeResult(purpose("odd"), (), (), (), (), 0.0, 1, "ValueError: \x1b[31m\x00"))
    ledger.results.append(PurposeResult(purpose("late"), (), (), (), (), 0.0, 0))
    return ledger


PLANNED = [purpose("first-contact"), purpose("never", "answer.json")]


def test_another_parser_finds_every_purpose_with_its_outcome() -> None:
    xml = JUnitXml.fromstring(junit_xml(full_ledger(), ABOUT, PLANNED))
    (suite,) = list(xml)
    assert (suite.name, suite.tests, suite.failures, suite.errors, suite.skipped) == (ID, 5, 1, 1, 2)
    assert (xml.tests, xml.failures, xml.errors) == (5, 1, 1)
    outcomes = {case.name: [type(result) for result in case.result] for case in suite}
    assert outcomes == {"first-contact": [], "places": [Failure], "odd": [Error], "late": [Skipped], "never": [Skipped]}
    (skipped,) = next(case for case in suite if case.name == "never").result
    assert skipped.message == "not run: --max-requests 3 reached"


def test_a_failure_names_the_requirements_and_tells_how_to_see_it_again() -> None:
    xml = JUnitXml.fromstring(junit_xml(sample_ledger(), ABOUT))
    case = next(case for suite in xml for case in suite if case.name == "places")
    (failure,) = case.result
    assert (failure.type, failure.message) == ("broken", f"{ID}/ticket.corners, {ID}/ticket.once")
    assert re.sub(r"curl .*", "curl", failure.text) == (
        f"{ID}/ticket.corners\n"
        "  expected: what ticket.corners expects\n"
        "  observed: counter-clockwise\n"
        "  where:    /result/0/location (exchange 00001)\n"
        "  again:    curl\n"
        "\n"
        f"{ID}/ticket.once\n"
        "  not proven: no picture with several tickets was accepted"
    )
    assert case.system_out is not None
    assert case.system_out.startswith(f"{ID}/confidence.range\n  expected: ")


def test_a_waived_failure_is_told_beside_the_testcase() -> None:
    ledger = sample_ledger()
    ledger.waived = frozenset({f"{ID}/ticket.corners"})
    first, places = ledger.results
    ledger.results = [first, replace(places, failures=(), unproven=())]
    (case,) = (c for suite in JUnitXml.fromstring(junit_xml(ledger, ABOUT)) for c in suite if c.name == "places")
    assert case.result == []
    assert case.system_out is not None
    assert case.system_out.startswith(f"waived: {ID}/ticket.corners\n  expected: what ticket.corners expects\n")


def test_a_suite_has_the_run_and_the_requirements_of_each_purpose_as_properties() -> None:
    (suite,) = JUnitXml.fromstring(junit_xml(sample_ledger(), ABOUT, [purpose("never", "answer.json")]))
    assert [(p.name, p.value) for p in suite.properties()] == [  # type: ignore[no-untyped-call]
        ("target", "http://127.0.0.1:8080"),
        ("depth", "standard"),
        ("seed", "7"),
        ("kit", "0.1.0"),
        ("first-contact", f"{ID}/answer.json; must; response format"),
        ("first-contact", f"{ID}/token.valid; must; authentication"),
        ("places", f"{ID}/ticket.corners; must; table 3, location"),
        ("places", f"{ID}/ticket.once; must; section function"),
        ("never", f"{ID}/answer.json; must; response format"),
    ]


def test_the_words_are_chinese_where_that_is_asked_for() -> None:
    xml = JUnitXml.fromstring(junit_xml(sample_ledger(), ABOUT, language="zh"))
    (failure,) = next(case for suite in xml for case in suite if case.name == "places").result
    assert failure.text.startswith(
        f"{ID}/ticket.corners\n  预期：ticket.corners 的预期\n  实际：counter-clockwise（中文）\n"
        "  位置：/result/0/location（交互 00001）\n"
    )


def test_audited_traffic_has_a_testcase_for_each_requirement_that_it_decided() -> None:
    ledger = sample_ledger()
    ledger.results.clear()
    (suite,) = JUnitXml.fromstring(junit_xml(ledger, ABOUT))
    assert (suite.tests, suite.failures) == (5, 1)
    outcomes = {case.name: ([type(result) for result in case.result], case.system_out is not None) for case in suite}
    assert outcomes == {
        "answer.json": ([], False),
        "ticket.corners": ([Failure], False),
        "token.valid": ([], False),
        "confidence.range": ([], True),
        "content.listed": ([], True),
    }
    (failure,) = next(case for case in suite if case.name == "ticket.corners").result
    assert failure.text.startswith(f"{ID}/ticket.corners\n  expected: what ticket.corners expects\n")


def test_elements_and_attributes_are_those_of_the_common_schema() -> None:
    root = ElementTree.fromstring(junit_xml(full_ledger(), ABOUT, PLANNED))
    assert root.tag == "testsuites"
    for element in root.iter():
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set()), element.tag
        assert set(element.attrib) <= ATTRIBUTES.get(element.tag, set()), element.tag
        for name, value in element.attrib.items():
            assert re.fullmatch(FORMS.get(name, r"[\s\S]*"), value), (element.tag, name, value)
        if element.tag == "testcase":
            assert sum(child.tag in ("skipped", "error", "failure") for child in element) <= 1


def test_nothing_that_a_target_sends_breaks_the_file() -> None:
    hostile = "]]> <script> \x1b[2J \x00 \ud83d \u202e &amp;"
    root = ElementTree.fromstring(junit_xml(sample_ledger(observed=hostile), ABOUT))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text is not None
    assert "  observed: ]]> <script> \\u001b[2J \\u0000 \\ud83d \\u202e &amp;\n" in failure.text
