"""Workers send ahead and change nothing else: verdict, findings, order, limits, recording."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from workers_app import PROJECT, TOKEN

from conformance.engine.ahead import Pace
from conformance.engine.budget import Budget, LimitReachedError
from conformance.engine.options import Settings
from conformance.engine.recorder import Recorder
from conformance.engine.session import Session, open_session
from conformance.engine.settings import workers_of
from conformance.exchange import Request, Response, TransportFailure

TICKETS = ("auto-classification-v1.0",)


@pytest.fixture(autouse=True)
def _account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OCR_CONFORMANCE_PROJECT_ID", PROJECT)


def session(application: str, **more: Any) -> Session:
    settings = Settings(f"asgi:workers_app:{application}", contracts=TICKETS, depth="smoke", token=TOKEN)
    return open_session(replace(settings, **more))


def learnt(opened: Session) -> tuple[object, ...]:
    """What a run came to, without what depends on the clock."""
    try:
        ledger = opened.run.execute(opened.purposes)
    finally:
        opened.close()
    notes = [(note.id, note.purpose, note.fault, note.outcome, note.billed) for note in ledger.notes]
    verdicts = [(account.requirement.id, account.verdict, account.witnesses) for account in ledger.accounts.values()]
    findings = [
        (finding.observation, finding.exchange.id if finding.exchange else None)
        for account in ledger.accounts.values()
        for finding in account.findings
    ]
    return ledger.verdict, verdicts, findings, notes


@pytest.mark.parametrize("workers", [4, "auto"])
def test_a_faulty_target_is_judged_alike_with_workers_and_without(workers: int | str) -> None:
    assert learnt(session("faulty", workers=workers)) == learnt(session("faulty"))


def test_requests_are_under_way_at_once() -> None:
    """The application answers only when three requests are with it: one after the other would never end."""
    opened = session("in_threes", workers=4, max_requests=6)
    ledger = opened.run.execute(opened.purposes)
    opened.close()
    assert ledger.stop_reason == "limit"
    assert ledger.accepted > 0


def test_no_more_is_billed_than_allowed() -> None:
    opened = session("healthy", workers=6, max_billable=5)
    ledger = opened.run.execute(opened.purposes)
    opened.close()
    assert ledger.stop_reason == "limit"
    assert 0 < ledger.billable <= 5


def test_a_recording_with_workers_replays_to_the_same(tmp_path: Path) -> None:
    opened = session("faulty", workers=4)
    with Recorder(tmp_path / "cassette", opened.run, "0", opened.purposes):
        recorded = learnt(opened)
    replayed = open_session(Settings(f"cassette:{tmp_path / 'cassette'}"))
    assert learnt(replayed)[:2] == recorded[:2]


def test_a_recording_that_a_limit_stopped_has_every_answer_and_goes_on_with_workers(tmp_path: Path) -> None:
    first = session("healthy", workers=4, max_requests=9)
    with Recorder(tmp_path / "cassette", first.run, "0", first.purposes):
        first.run.execute(first.purposes)
    first.close()
    second = session("healthy", workers=4)
    with Recorder(tmp_path / "cassette", second.run, "0", second.purposes) as recorder:
        assert recorder.unknown == ()
        assert recorder.resumed >= 9  # what stands for a request that need not be sent is recorded, too
        ledger = second.run.execute(second.purposes)
    second.close()
    assert ledger.verdict == "conformant"


def test_budgets_side_by_side_keep_one_rate() -> None:
    waits: list[float] = []
    budget = Budget(rate=2.0, clock=lambda: 100.0, sleep=waits.append)
    for each in (budget, budget.beside(), budget.beside()):
        each.reserve(Request("GET", "/"))
    assert waits == [0.5, 1.0]


def test_budgets_side_by_side_keep_one_limit() -> None:
    budget = Budget(max_requests=2)
    for each in (budget, budget.beside()):
        each.reserve(Request("GET", "/"))
    with pytest.raises(LimitReachedError):
        budget.beside().reserve(Request("GET", "/"))


def answered(status: int, elapsed_s: float) -> Response:
    return Response(status, (), b"", elapsed_s)


def test_auto_takes_one_more_while_latency_holds_and_half_after_a_refusal_for_load() -> None:
    pace = Pace("auto")
    for _ in range(4):
        pace.saw(answered(200, 0.1))
    assert pace.limit == 3
    for _ in range(6):
        pace.saw(answered(200, 0.12))
    assert pace.limit == 4
    for _ in range(8):
        pace.saw(answered(200, 0.9))
    assert pace.limit == 3
    pace.saw(answered(429, 0.1))
    assert pace.limit == 1
    pace.saw(TransportFailure("timeout", "late", 30.0))
    assert pace.limit == 1


def test_a_number_of_workers_stays() -> None:
    pace = Pace(3)
    pace.saw(answered(429, 0.1))
    assert pace.limit == 3
    inside: list[int] = []

    def enter() -> None:
        with pace:
            inside.append(1)

    threads = [threading.Thread(target=enter) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(inside) == 8


@pytest.mark.parametrize(("text", "workers"), [("1", 1), ("12", 12), ("auto", "auto")])
def test_workers_are_a_number_or_auto(text: str, workers: int | str) -> None:
    assert workers_of(text) == workers


@pytest.mark.parametrize("text", ["0", "-1", "many", "1.5", ""])
def test_other_numbers_of_workers_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected a whole number from 1, or auto"):
        workers_of(text)
