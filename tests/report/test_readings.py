"""A finding says which other reading a target statement could declare, and what stays open says why."""

from __future__ import annotations

import html
from contextlib import closing
from io import StringIO
from types import MappingProxyType
from typing import TYPE_CHECKING

import pytest
from reporting import ABOUT

from conformance.contract.contract import load_contract
from conformance.engine.account import Account
from conformance.engine.ledger import Ledger
from conformance.engine.purposes import in_depth, load_purposes
from conformance.engine.run import Run
from conformance.engine.settings import Excuses
from conformance.exchange import Exchange, Request, Response
from conformance.files import contract_ids, data_folder, read_json, schema_errors
from conformance.judging.results import Observation
from conformance.report.document import report_document
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import annotation_lines, summary_markdown
from conformance.report.shapes import Report
from conformance.report.story import Story
from conformance.report.terminal import console_for, print_story
from conformance.targets.reference import ReferenceFleet
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

TICKETS = "auto-classification-v1.0"
DOCUMENTS = "auto-id-doc-classification-v2"


def account(ledger: Ledger, name: str) -> Account:
    return ledger.accounts[f"{TICKETS}/{name}"]


def broken(ledger: Ledger, name: str) -> Report:
    statement = account(ledger, name).requirement.statement
    seen = Observation(f"{TICKETS}/{name}", "broken", statement, Text("seen", "见到"))
    exchange = Exchange(Request("POST", "/v1.0/ocr/auto-classification"), Response(200, (), b"{}"), id="00001")
    ledger.observe([seen], f"{TICKETS}/first-contact", exchange)
    return report_document(ledger, ABOUT)


def test_a_broken_must_by_position_names_the_reading_that_a_statement_could_declare() -> None:
    report = broken(Ledger([load_contract(TICKETS)], "standard"), "ticket.once")
    (failure,) = Story(report).failures
    assert failure.kind.en == "must; section function; position"
    assert [row.value for row in failure.rows if row.name.en == "unless"] == [
        Text(
            'the target statement declares "ticket.repeated" = "either": may be listed several times',
            '被测系统声明写明 "ticket.repeated" = "either"：可以列出多次',
        )
    ]
    schema = read_json(data_folder("schemas") / "report.schema.json")
    assert isinstance(schema, dict)
    assert schema_errors(report, schema) == []


READING = 'the target statement declares "ticket.repeated" = "either": may be listed several times'


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_must_that_is_a_position_of_the_kit_has_another_reading(contract_id: str) -> None:
    contract = load_contract(contract_id)
    ledger = Ledger([contract], "thorough")
    for held in ledger.accounts.values():
        held.broken = 1
    entries = report_document(ledger, ABOUT)["requirements"]
    musts = [e for e in entries if (e["level"], e["basis"]) == ("must", "position") and e.get("needs") is None]
    assert len(musts) > 5
    assert [e["id"] for e in musts if not e["readings"]] == []


FORMS = ("terminal", "markdown", "html", "junit")


@pytest.mark.parametrize(
    ("form", "waived"), [(form, waived) for form in FORMS for waived in (False, True)] + [("annotation", False)]
)
def test_every_form_shows_sentence_source_basis_and_the_other_reading(form: str, waived: bool) -> None:
    ledger = Ledger(
        [load_contract(TICKETS)], "standard", excuses=Excuses(frozenset({f"{TICKETS}/ticket.once"} if waived else ()))
    )
    story = Story(broken(ledger, "ticket.once"))
    out = StringIO()
    print_story(console_for(out, width=1000), story, "en")
    job = {"GITHUB_ACTIONS": "true"}
    shown = {
        "terminal": out.getvalue(),
        "markdown": summary_markdown(story),
        "html": html_report(story),
        "junit": junit_xml(story).decode(),
        "annotation": "\n".join(annotation_lines(story, job, "en")),
    }[form]
    words = [account(ledger, "ticket.once").requirement.statement.en, "must; section function; position", READING]
    text = html.unescape(shown)
    assert [word for word in words if word not in text] == []


def test_what_the_protocol_requires_has_no_other_reading() -> None:
    (failure,) = Story(broken(Ledger([load_contract(TICKETS)], "standard"), "answer.json")).failures
    assert failure.kind.en == "must; RFC 8259, 2 and 8.1; protocol"
    assert [row.name.en for row in failure.rows if row.name.en == "unless"] == []


def test_what_the_target_never_reads_is_not_applicable_and_says_so() -> None:
    ledger = Ledger([load_contract(TICKETS)], "standard")
    account(ledger, "content.lists").excused = Text("not read: vat_invoice", "未能识别：vat_invoice")
    entry = next(e for e in report_document(ledger, ABOUT)["requirements"] if e["id"] == f"{TICKETS}/content.lists")
    assert (entry["verdict"], entry["reason"]) == (
        "not-applicable",
        {"en": "not read: vat_invoice", "zh": "未能识别：vat_invoice"},
    )


def test_what_a_stopped_run_did_not_ask_for_says_why() -> None:
    ledger = Ledger([load_contract(TICKETS)], "standard")
    ledger.stop("limit", Text("--max-requests 3 reached", "达到上限 --max-requests 3"))
    reasons = [entry["reason"] for entry in report_document(ledger, ABOUT)["requirements"]]
    assert {
        "en": "not asked, the run stopped: --max-requests 3 reached",
        "zh": "未发送相应请求，运行已停止：达到上限 --max-requests 3",
    } in reasons


def open_after(*faults: str, purposes: tuple[str, ...], engine: Mapping[str, float] = MappingProxyType({})) -> Report:
    """The report of a run of some purposes of both contracts against the reference with faults."""
    contracts = [load_contract(TICKETS), load_contract(DOCUMENTS)]
    with closing(ReferenceFleet().open(faults, engine)) as target:
        run = Run(contracts, target)
        chosen = [p for c in contracts for p in in_depth(load_purposes(c), "standard") if p.name in purposes]
        return report_document(run.execute(chosen), ABOUT)


def reason(report: Report, requirement: str) -> str | None:
    (entry,) = (entry for entry in report["requirements"] if entry["id"] == requirement)
    return entry["reason"] and entry["reason"]["en"]


def test_what_a_broken_requirement_holds_hangs_on_it() -> None:
    report = open_after("alarm-result-null", "flat-location", purposes=("first-contact", "alarms"))
    broken = [entry["id"].partition("/")[2] for entry in report["requirements"] if entry["verdict"] == "fail"]
    assert "alarm.result" in broken
    assert not {"alarm.when-asked", "alarm.raised", "alarm.flag.blur"} & set(broken)
    hangs = {
        f"{DOCUMENTS}/alarm.flag.blur": "alarm.result",
        f"{DOCUMENTS}/alarm.silent": "alarm.result",
        f"{TICKETS}/ticket.location.numbers": "ticket.location.pairs",
        f"{TICKETS}/ticket.location.winding": "ticket.location.four-corners",
    }
    assert {name: reason(report, name) for name in hangs} == {
        name: f"hangs on {holder}, which is broken" for name, holder in hangs.items()
    }


def test_a_control_that_is_never_read_and_what_was_not_asked_are_told_apart() -> None:
    report = open_after(purposes=("first-contact",), engine={"misses": 1.0, "seed": 1})
    assert reason(report, f"{TICKETS}/ticket.location") == "the control was never read: no specimen was recognised"
    assert reason(report, f"{TICKETS}/accepts.picture") == "status 400, AIS.0104"
    assert reason(report, f"{TICKETS}/accepts.json-spelling") == "not asked, and no answer of this run shows it"
    assert reason(report, f"{TICKETS}/size.max.code") == "hangs on size.max, which is not proven either"
    assert reason(report, f"{TICKETS}/accepts.url") == "not declared: url"
    open_ones = [entry for entry in report["requirements"] if entry["verdict"] in ("inconclusive", "not-applicable")]
    assert [entry["id"] for entry in open_ones if entry["reason"] is None] == []
