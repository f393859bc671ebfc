"""Audits of traffic as it is: requests sent again, gateways, masked credentials, later editions, statements."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from audited_traffic import DOCUMENT, PROJECT, TICKETS, audited, document, line, png, refusal, ticket, tickets, verdict
from click.testing import CliRunner

from conformance.cli import main

GOOD = line(TICKETS, {"image": png()}, tickets(ticket()))
OTHER = line(TICKETS, {"image": png(400)}, tickets(ticket()))
JSON = {"Content-Type": "application/json"}


def with_answer(exchange: str, status: int, body: str, **headers: str) -> str:
    entry = json.loads(exchange)
    entry["response"] |= {"status": status, "body": body, "headers": headers}
    return json.dumps(entry)


HTML = {"Content-Type": "text/html"}
BUSY = with_answer(GOOD, 503, "<html>busy</html>", **HTML, **{"Retry-After": "1"})
DOWN = with_answer(GOOD, 502, "<html>bad gateway</html>", **HTML)
TOO_MANY = with_answer(
    GOOD, 429, json.dumps(refusal("APIG.0308", "The throttling threshold has been reached.")), **JSON
)


@pytest.mark.parametrize("first", [BUSY, DOWN, TOO_MANY])
def test_of_a_request_sent_again_the_last_answer_counts(first: str, tmp_path: Path) -> None:
    alone, again = audited(tmp_path / "a", [GOOD]), audited(tmp_path / "b", [first, first, GOOD])
    assert (again.sent_again, again.ledger.sent) == (2, 1)
    assert [a.verdict for a in again.ledger.accounts.values()] == [a.verdict for a in alone.ledger.accounts.values()]


@pytest.mark.parametrize("between", [[OTHER], []])
def test_a_refusal_for_load_that_is_not_sent_again_is_judged(between: list[str], tmp_path: Path) -> None:
    result = audited(tmp_path / "a", [GOOD, *between, BUSY])
    assert (result.sent_again, result.ledger.sent) == (0, 2 + len(between))


def test_the_same_request_in_another_file_is_not_the_one_sent_again(tmp_path: Path) -> None:
    (tmp_path / "b").write_text(f"{GOOD}\n")
    (tmp_path / "a").write_text(f"{BUSY}\n")
    from conformance.contract.contract import load_contract
    from conformance.engine.audit import audit

    found = audit([tmp_path / "a", tmp_path / "b"], [load_contract(TICKETS)])
    assert (found.sent_again, found.ledger.sent) == (0, 2)


@pytest.mark.parametrize("status", [404, 502, 503])
def test_a_gateway_beside_accepted_answers_breaks_no_acceptance(status: int, tmp_path: Path) -> None:
    gone = with_answer(OTHER, status, "<html>not here</html>", **HTML)
    beside, alone = audited(tmp_path / "a", [GOOD, gone]), audited(tmp_path / "b", [gone])
    broken = [name for name, account in beside.ledger.accounts.items() if account.verdict == "fail"]
    assert [name for name in broken if "/accepts." in name] == []
    assert verdict(beside, "accepts.picture") == "pass"
    assert verdict(alone, "accepts.picture") == "fail"


def test_the_services_own_refusal_breaks_acceptance_beside_accepted_answers(tmp_path: Path) -> None:
    own = with_answer(OTHER, 404, json.dumps(refusal("AIS.0103", "The image size is not supported.")), **JSON)
    assert verdict(audited(tmp_path / "a", [GOOD, own]), "accepts.picture") == "fail"


@pytest.mark.parametrize("token", ["", "***", "<TOKEN>", "[REDACTED]", None])
def test_a_masked_token_proves_and_breaks_nothing(token: str | None, tmp_path: Path) -> None:
    headers = JSON if token is None else {**JSON, "X-Auth-Token": token}
    refused = line(TICKETS, {"image": png()}, refusal("ModelArts.4101", "no"), 401, headers=headers)
    accepted = line(TICKETS, {"image": png()}, tickets(ticket()), headers=headers)
    result = audited(tmp_path / "a", [accepted, refused])
    assert {verdict(result, f"token.{name}") for name in ("required", "not-empty", "code")} == {"inconclusive"}


def test_traffic_of_a_later_edition_is_told_which_contract_fits(tmp_path: Path) -> None:
    later = line(DOCUMENT, {"data": png()}, document(), url=f"https://ocr.invalid/v2/{PROJECT}/ocr/auto-classification")
    elsewhere = line(DOCUMENT, {"data": png()}, document(), url="https://ocr.invalid/v2/other")
    result = audited(tmp_path / "a", [later, later, elsewhere])
    assert (result.other, dict(result.fitting)) == (
        3, {"auto-classification-v2-2021": 2, "auto-classification-v2-2025": 2},
    )  # fmt: skip
    said = CliRunner().invoke(main, ["audit", str(tmp_path / "a"), "--lang", "en"]).stdout
    assert "3 exchanges are of other operations" in said
    assert "2 of them fit auto-classification-v2-2021: judge them with --contract auto-classification-v2-2021" in said


def test_an_audit_takes_a_statement(tmp_path: Path) -> None:
    (tmp_path / "traffic").write_text(f"{line(TICKETS, {'image': png()}, tickets(ticket()), headers=JSON)}\n" + GOOD)
    requirement = f"{TICKETS}/token.required"
    statement = tmp_path / "statement.toml"
    statement.write_text(
        f'contracts = ["{TICKETS}"]\n[[waiver]]\nrequirement = "{requirement}"\nreason = "known"\nowner = "nobody"\n'
        "expires = 2099-12-31\n"
    )
    arguments = ["audit", str(tmp_path / "traffic"), "--lang", "en"]
    plain = CliRunner().invoke(main, arguments)
    stated = CliRunner().invoke(main, [*arguments, "--statement", str(statement)])
    assert (plain.exit_code, stated.exit_code) == (1, 3)
    assert "Waived failures: 1" in stated.stdout
    assert "auto-id-doc-classification-v2" not in stated.stdout


def test_bodies_that_a_recorder_shortened_are_left_out_by_name(tmp_path: Path) -> None:
    cut = [
        line(TICKETS, '{"image": "/9j/4AAQSkZJRgABAgEASABIAAD/4RFZRXhpZgAATU0AKgAAAA..."}', tickets(ticket())),
        line(TICKETS, '{"image": "/9j/4AAQSkZJRgABAgEASABIAAD/4RFZRXhpZgAA... (truncated)', tickets(ticket())),
        line(TICKETS, {"image": png()}, '{"result": [...'),
        line(TICKETS, {"image": png()}, tickets(ticket()), headers={**JSON, "Content-Length": "99999"}),
        line(TICKETS, {"image": png()}, tickets(ticket()), headers={"Content-Type": "***"}),
    ]
    result = audited(tmp_path / "a", [*cut, GOOD])
    assert [one.reason.en for one in result.left_out] == [
        "the picture was shortened by the recorder",
        "the request's body was shortened by the recorder",
        "the answer's body was shortened by the recorder",
        f"the request's body was not recorded whole: {len(json.loads(cut[3])['request']['body'])} of 99999 bytes",
        "the request's header Content-Type was masked by the recorder",
    ]
    assert result.ledger.sent == 1


def test_documented_names_are_shown_and_values_and_other_names_are_not(tmp_path: Path) -> None:
    result = audited(
        tmp_path / "a",
        [
            line(DOCUMENT, {"data": png(), "alarm": True}, document(alarm_result={"detect_blur_result": "of nobody"})),
            line(TICKETS, {"image": png()}, tickets(ticket(of_nobody="of nobody", number=12345678))),
        ],
    )
    findings = [f.observation for a in result.ledger.accounts.values() for f in a.findings]
    assert "/result/alarm_result/detect_blur_result" in [found.pointer for found in findings]
    assert "/result/0/content/number" in [found.pointer for found in findings]
    said = " ".join(f"{found.observed.en} {found.pointer}" for found in findings)
    assert [value for value in ("of nobody", "of_nobody", "12345678") if value in said] == []
