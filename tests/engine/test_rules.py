"""The rules that make a verdict worth something, each against a tiny implementation that would profit without it."""

from __future__ import annotations

import json

from liars import CONTRACT, Liar, honest, purpose, refusal, reply, run, verdict

from conformance.engine.budget import Budget
from conformance.engine.run import Run
from conformance.exchange import Request, Response, TransportFailure


def test_an_honest_implementation_proves_what_the_purpose_aims_at() -> None:
    liar = Liar(honest)
    ledger = run(liar, "first-contact")
    assert [r.purpose.name for r in ledger.results if r.passed] == ["first-contact"]
    assert verdict(ledger, "input.required") == "pass"
    assert verdict(ledger, "accepts.picture") == "pass"


def test_a_requirement_without_a_witness_is_not_proven() -> None:
    ledger = run(Liar(honest), "first-contact")
    assert verdict(ledger, "alarm.when-asked") == "inconclusive"
    assert ledger.verdict == "inconclusive"


def test_refusing_everything_proves_no_refusal() -> None:
    ledger = run(Liar(lambda _request, _number: refusal()), "first-contact")
    assert verdict(ledger, "input.required") == "inconclusive"
    assert verdict(ledger, "input.required.code") == "inconclusive"
    assert verdict(ledger, "accepts.picture") == "fail"
    assert ledger.verdict == "nonconformant"


def test_a_refusal_with_another_code_breaks_the_code_and_not_the_refusal() -> None:
    def answers(request: Request, number: int) -> Response:
        if request.label is not None and request.label.fault.startswith("input.absent"):
            return refusal("AIS.0105", "Recognition failed.")
        return honest(request, number)

    ledger = run(Liar(answers), "first-contact")
    assert verdict(ledger, "input.required") == "pass"
    assert verdict(ledger, "input.required.code") == "fail"


def test_a_refusal_for_load_decides_nothing() -> None:
    def answers(request: Request, number: int) -> Response:
        if request.label is not None:
            return refusal("APIG.0308", "throttled", 429)
        return honest(request, number)

    ledger = run(Liar(answers), "first-contact")
    assert verdict(ledger, "input.required") == "inconclusive"


def test_nothing_accepted_is_never_conformant() -> None:
    ledger = run(
        Liar(lambda _request, _number: refusal("ModelArts.4101", "Token header cannot be empty.", 401)), "formats"
    )
    assert (ledger.verdict, ledger.stop_reason) == ("inconclusive", "credentials-refused")


def test_a_finding_that_does_not_repeat_is_labelled_unstable_and_still_fails() -> None:
    def answers(request: Request, number: int) -> Response:
        response = honest(request, number)
        return reply(200, {"result": []}) if number == 0 else response

    ledger = run(Liar(answers), "formats")
    account = ledger.accounts[f"{CONTRACT.id}/success.result-object"]
    assert account.verdict == "fail"
    assert [finding.unstable for finding in account.findings] == [True]


def test_a_finding_that_repeats_is_stable() -> None:
    ledger = run(Liar(lambda _request, _number: reply(200, {"result": []})), "formats")
    account = ledger.accounts[f"{CONTRACT.id}/success.result-object"]
    assert {finding.unstable for finding in account.findings} == {False}


def test_a_fault_of_the_kit_is_an_error_and_no_verdict() -> None:
    def answers(_request: Request, _number: int) -> Response:
        raise ZeroDivisionError("a bug of the kit")

    ledger = run(Liar(answers), "formats")
    assert [result.error for result in ledger.results] == ["ZeroDivisionError: a bug of the kit"]
    assert all(account.verdict != "fail" for account in ledger.accounts.values())


def test_a_control_is_sent_once_for_all_the_faults_of_its_purpose() -> None:
    liar = Liar(honest)
    run(liar, "first-contact")
    assert sum(request.label is None for request in liar.sent) == 1


def test_a_target_that_goes_away_ends_the_run() -> None:
    def answers(request: Request, number: int) -> Response | TransportFailure:
        return honest(request, number) if number < 2 else TransportFailure("refused", "nothing listens there")

    liar = Liar(answers)
    waited: list[float] = []
    budget = Budget(clock=lambda: sum(waited), sleep=waited.append)
    ledger = Run([CONTRACT], liar, budget=budget).execute([purpose("formats"), purpose("first-contact")])
    assert ledger.stop_reason == "target-lost"
    # Two answers, the one that was refused, and three rounds of an empty object, a GET, and what was accepted before.
    assert len(liar.sent) == 2 + 1 + 3 * 3
    assert waited == [1.0, 2.0]


def test_an_interrupt_ends_the_run_and_keeps_what_was_learnt() -> None:
    def answers(request: Request, number: int) -> Response:
        if number == 3:
            raise KeyboardInterrupt
        return honest(request, number)

    ledger = run(Liar(answers), "formats", "first-contact")
    assert (ledger.stop_reason, len(ledger.notes)) == ("interrupted", 3)
    assert verdict(ledger, "accepts.format.jpeg") == "pass"


def test_only_narrows_the_verdict_to_what_it_names() -> None:
    scope = frozenset({f"{CONTRACT.id}/accepts.format.jpeg"})
    ledger = Run([CONTRACT], Liar(honest), only=scope).execute([purpose("formats")])
    assert (ledger.score()["requirements"], ledger.verdict) == (1, "conformant")


def test_a_run_that_proves_no_must_is_never_conformant() -> None:
    scope = frozenset({f"{CONTRACT.id}/answer.request-id"})
    ledger = Run([CONTRACT], Liar(honest), only=scope).execute([purpose("formats")])
    assert ledger.score() == {"requirements": 1, "proven": 1, "failed": 0, "inconclusive": 0, "not_applicable": 0}
    assert ledger.verdict == "inconclusive"


def test_a_purpose_of_its_own_judges_what_it_judged_in_the_whole_run() -> None:
    def answers(request: Request, number: int) -> Response:
        response = honest(request, number)
        return reply(201, json.loads(response.body)) if response.status == 200 else response

    aims = frozenset(f"{CONTRACT.id}/{aim}" for aim in purpose("formats").aims)
    label = f"{CONTRACT.id}/success.status"
    narrow = Run([CONTRACT], Liar(answers), only=aims).execute([purpose("formats")])
    beside = Run([CONTRACT], Liar(answers), only=aims, beside=True).execute([purpose("formats")])
    whole = Run([CONTRACT], Liar(answers)).execute([purpose("formats")])
    assert label not in narrow.accounts
    assert beside.verdict == whole.verdict == "nonconformant"
    assert beside.accounts[label].broken == whole.accounts[label].broken
    # What was neither aimed at nor observed is no part of the verdict, and is not listed as unproven.
    observed = {name for name, account in whole.accounts.items() if account.witnesses + account.broken}
    assert set(beside.accounts) == aims | observed


def test_what_is_not_applicable_to_a_target_leaves_no_purpose_unproven() -> None:
    ledger = run(Liar(honest), "credentials")
    spared = [name for name, account in ledger.accounts.items() if account.verdict == "not-applicable"]
    assert f"{CONTRACT.id}/credentials.unchecked" in spared
    assert [result.unproven for result in ledger.results] == [()]
