"""`junit.xml`, read by a parser that is not ours and held against the format that CI servers read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite
from reporting import ABOUT, ID, purpose, sample_ledger

from conformance.engine.account import PurposeResult
from conformance.engine.ledger import Ledger
from conformance.engine.purposes import Purpose
from conformance.engine.settings import Excuses
from conformance.report.compare import comparison_text
from conformance.report.document import report_document
from conformance.report.folder import conclude
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.story import Story
from conformance.statement.terms import Waiver
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


WAIVERS = [Waiver(f"{ID}/ticket.corners", "the vendor mends it in March", "Li Lei", date(2026, 3, 31))]
PLANNED = [purpose("first-contact"), purpose("never", "answer.json")]


def suites(ledger: Ledger, planned: Sequence[Purpose] = (), language: str = "en") -> dict[str, TestSuite]:
    """The suites by name, as another parser reads them."""
    story = Story(report_document(ledger, ABOUT, planned=planned, waivers=WAIVERS if ledger.excuses.waived else ()))
    return {suite.name: suite for suite in JUnitXml.fromstring(junit_xml(story, language))}


def cases(suite: TestSuite) -> dict[str, TestCase]:
    return {case.name: case for case in suite}


def test_another_parser_finds_every_purpose_with_its_outcome() -> None:
    purposes, requirements = suites(full_ledger(), PLANNED).values()
    assert (purposes.name, purposes.tests, purposes.failures, purposes.errors, purposes.skipped) == (ID, 5, 1, 1, 2)
    outcomes = {name: [type(result) for result in case.result] for name, case in cases(purposes).items()}
    assert outcomes == {"first-contact": [], "places": [Failure], "odd": [Error], "late": [Skipped], "never": [Skipped]}
    (skipped,) = cases(purposes)["never"].result
    assert skipped.message == "not run: --max-requests 3 reached"
    whole = JUnitXml.fromstring(junit_xml(Story(report_document(full_ledger(), ABOUT, planned=PLANNED))))
    assert (whole.tests, whole.failures, whole.errors) == (5 + 7, 1 + 2, 1)
    assert requirements.tests == 7


def test_a_failed_purpose_names_the_requirements_and_tells_how_to_see_it_again() -> None:
    case = cases(suites(sample_ledger())[ID])["places"]
    (failure,) = case.result
    assert (failure.type, failure.message) == ("broken", f"{ID}/ticket.corners, {ID}/ticket.once")
    assert re.sub(r"curl .*", "curl", failure.text) == (
        f"{ID}/ticket.corners\n"
        "  expected: what ticket.corners expects\n"
        "  observed: counter-clockwise\n"
        "  where: /result/0/location, 00001\n"
        f"  in: {ID}/places\n"
        "  again: curl\n"
        "\n"
        f"{ID}/ticket.once\n"
        "  not proven: no picture with several tickets was accepted"
    )
    assert case.system_out is not None
    assert case.system_out.startswith(f"{ID}/confidence.range\n  expected: ")


def test_every_requirement_is_a_testcase_with_its_sentence() -> None:
    suite = suites(sample_ledger())[f"{ID} requirements"]
    told = {name: ([type(result) for result in case.result], case.system_out) for name, case in cases(suite).items()}
    assert {name: result for name, (result, _) in told.items()} == {
        "answer.json": [],
        "ticket.corners": [Failure],
        "token.valid": [],
        "ticket.once": [Failure],
        "confidence.range": [],
        "content.listed": [],
        "url.accepted": [Skipped],
    }
    assert told["answer.json"][1] == "The statement of answer.json.\n(must; response format; stated)"
    broken, unproven = (cases(suite)[name].result[0] for name in ("ticket.corners", "ticket.once"))
    assert (broken.type, broken.message) == ("broken", "The statement of ticket.corners.")
    assert broken.text.startswith(
        "The statement of ticket.corners.\n(must; table 3, location; stated)\n  expected: what ticket.corners expects\n"
    )
    assert (unproven.type, unproven.message) == ("unproven", "The statement of ticket.once.")
    assert unproven.text.endswith("\n  not proven: no picture with several tickets was accepted")
    assert "\n  observed: 94.5\n" in str(told["confidence.range"][1])


def test_a_waived_failure_is_told_beside_the_testcase() -> None:
    ledger = sample_ledger()
    ledger.excuses = Excuses(frozenset({f"{ID}/ticket.corners"}))
    first, places = ledger.results
    ledger.results = [first, replace(places, failures=(), unproven=())]
    found = suites(ledger)
    purpose_case, requirement = cases(found[ID])["places"], cases(found[f"{ID} requirements"])["ticket.corners"]
    assert (purpose_case.result, requirement.result) == ([], [])
    assert str(purpose_case.system_out).startswith(f"waived: {ID}/ticket.corners\n  expected: what ticket.corners ")
    assert str(requirement.system_out).startswith("waived: The statement of ticket.corners.\n(must; table 3, location;")


def test_a_suite_has_the_run_and_the_requirements_of_each_purpose_as_properties() -> None:
    suite = suites(sample_ledger(), [purpose("never", "answer.json")])[ID]
    assert [(p.name, p.value) for p in suite.properties()] == [  # type: ignore[no-untyped-call]
        ("target", "http://127.0.0.1:8080"),
        ("depth", "standard"),
        ("seed", "7"),
        ("kit", "0.1.0"),
        ("verdict", "nonconformant"),
        ("recognition", "not-judged"),
        ("first-contact", f"{ID}/answer.json; must; response format"),
        ("first-contact", f"{ID}/token.valid; must; authentication"),
        ("places", f"{ID}/ticket.corners; must; table 3, location"),
        ("places", f"{ID}/ticket.once; must; section function"),
        ("never", f"{ID}/answer.json; must; response format"),
    ]


def test_the_words_are_chinese_where_that_is_asked_for() -> None:
    found = suites(sample_ledger(), language="zh")
    (failure,) = cases(found[ID])["places"].result
    assert failure.text.startswith(
        f"{ID}/ticket.corners\n  预期：ticket.corners 的预期\n  实际：counter-clockwise（中文）\n"
        "  位置：/result/0/location，00001\n"
    )
    (failure,) = cases(found[f"{ID} requirements"])["ticket.corners"].result
    assert failure.message == "ticket.corners 的内容。"


def test_audited_traffic_has_its_requirements_only_and_what_it_did_not_decide_is_skipped() -> None:
    ledger = sample_ledger()
    ledger.results.clear()
    ((name, suite),) = suites(ledger).items()
    assert (name, suite.tests, suite.failures, suite.skipped) == (f"{ID} requirements", 7, 1, 2)
    (skipped,) = cases(suite)["ticket.once"].result
    assert skipped.message == "not proven: no picture with several tickets was accepted"


def test_elements_and_attributes_are_those_of_the_common_schema() -> None:
    root = ElementTree.fromstring(junit_xml(Story(report_document(full_ledger(), ABOUT, planned=PLANNED))))
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
    root = ElementTree.fromstring(junit_xml(Story(report_document(sample_ledger(observed=hostile), ABOUT))))
    failure = root.find(".//failure")
    assert failure is not None
    assert failure.text is not None
    assert "  observed: ]]> <script> \\u001b[2J \\u0000 \\ud83d \\u202e &amp;\n" in failure.text


def test_a_baseline_of_pictures_that_this_run_did_not_have_is_told_in_every_form() -> None:
    before = report_document(sample_ledger(), ABOUT)
    before["purposes"].append({**before["purposes"][0], "id": f"{ID}/images/0001.jpg"})
    ended = conclude(sample_ledger(), ABOUT, baseline=before)
    note = "differs in pictures of the user's own (--images): 1 -> -"
    assert ended.comparison is not None
    told = (
        comparison_text(ended.comparison),
        junit_xml(ended.story).decode().replace("&#39;", "'"),
        summary_markdown(ended.story),
        html_report(ended.story).replace("&#39;", "'").replace("&gt;", ">"),
    )
    assert [note in form.replace("&gt;", ">") for form in told] == [True] * 4


def test_what_a_baseline_knows_is_marked_and_fails_no_testcase_as_it_fails_no_run() -> None:
    before = report_document(sample_ledger(), ABOUT)
    ended = conclude(sample_ledger(), ABOUT, baseline=before)
    assert ended.comparison is not None
    assert ended.comparison.status == 0
    found = {suite.name: suite for suite in JUnitXml.fromstring(junit_xml(ended.story))}
    assert [suite.failures for suite in found.values()] == [0, 0]
    xml = ElementTree.fromstring(junit_xml(ended.story))
    told = [one.get("value") for one in xml.iterfind(".//property[@name='baseline']")]
    assert told == ["NO REGRESSION: still failing 3, 2 still proven"] * 2
    (skipped,) = cases(found[f"{ID} requirements"])["ticket.corners"].result
    assert skipped.message == "known: it was no better in the baseline"
    assert summary_markdown(ended.story).startswith("## NO REGRESSION: still failing 3, 2 still proven\n\n```\n")
    page = html_report(ended.story)
    assert page.index('id="compared"') < page.index('id="verdict"')
