"""A finding says which other reading a target statement could declare, and what stays open says why."""

from __future__ import annotations

from reporting import ABOUT

from conformance.contract.contract import load_contract
from conformance.engine.account import Account
from conformance.engine.ledger import Ledger
from conformance.exchange import Exchange, Request, Response
from conformance.files import data_folder, read_json, schema_errors
from conformance.judging.observation import Observation
from conformance.report.document import report_document
from conformance.report.shapes import Report
from conformance.report.story import Story
from conformance.text import Text

TICKETS = "auto-classification-v1.0"


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
    assert {"en": "--max-requests 3 reached", "zh": "达到上限 --max-requests 3"} in reasons
