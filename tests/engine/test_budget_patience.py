"""A target that asks to be called less often: which answers say so, how long is waited, and what is judged."""

from __future__ import annotations

import json
import math
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.responses import Response as HttpResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.contract.contract import load_contract
from conformance.engine.availability import PATIENT_S, Patience, seconds_of
from conformance.engine.budget import Budget
from conformance.engine.ledger import Ledger
from conformance.engine.purposes import Purpose, load_purposes
from conformance.engine.recorder import Recorder
from conformance.engine.run import Run
from conformance.engine.scripts import Planned
from conformance.exchange import Exchange, Request, Response
from conformance.judging.view import View
from conformance.recordings.reader import CassetteReader
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials as KnownCredentials
from conformance.targets import Credentials
from conformance.targets.asgi import LoopbackServer
from conformance.targets.http import HttpTarget

CONTRACT = load_contract("auto-classification-v1.0")
TOKEN, PROJECT = "a-token-of-the-patience-tests", "00112233445566778899aabbccddeeff"
NOW = datetime(2026, 1, 4, 9, 0, 0, tzinfo=UTC)
Headers = tuple[tuple[str, str], ...]


def view(status: int, code: str | None = None, headers: Headers = ()) -> View:
    body = json.dumps({"error_code": code, "error_msg": ""} if code else {"result": []}).encode()
    return View(Exchange(Request("POST", CONTRACT.page.path), Response(status, headers, body)), CONTRACT)


def waits(patience: Patience, answer: View, times: int = 12) -> list[float]:
    found = []
    for _ in range(times):
        wait = patience.wait_s(answer)
        if wait is None:
            break
        found.append(wait)
    return found


@pytest.mark.parametrize(
    ("answer", "first"),
    [
        (view(429), 1.0),
        (view(429, "APIG.0308"), 1.0),
        (view(400, "APIG.0308"), 1.0),
        (view(400, "ModelArts.4401"), 1.0),
        (view(429, "APIG.0308", (("Retry-After", "7"),)), 7.0),
        (view(503, None, (("retry-after", "7"),)), 7.0),
        (view(503), None),
        (view(500, "AIS.0105", (("Retry-After", "7"),)), None),
        (view(200), None),
        (view(401, "ModelArts.4101"), None),
    ],
)
def test_which_answers_ask_for_a_pause(answer: View, first: float | None) -> None:
    assert Patience(PATIENT_S).wait_s(answer) == first


def test_each_wait_is_twice_the_one_before_and_all_of_them_are_bounded() -> None:
    assert waits(Patience(PATIENT_S), view(429)) == [1, 2, 4, 8, 16, 32]


def test_what_the_target_asks_for_is_honoured_within_the_bound() -> None:
    assert waits(Patience(PATIENT_S), view(429, None, (("Retry-After", "20"),))) == [20, 20, 20, 20]
    assert waits(Patience(PATIENT_S), view(429, None, (("Retry-After", "60"),))) == [60]
    assert waits(Patience(PATIENT_S), view(429, None, (("Retry-After", "91"),))) == []


def test_a_retry_after_of_0_still_backs_off() -> None:
    assert waits(Patience(PATIENT_S), view(429, None, (("Retry-After", "0"),))) == [1, 2, 4, 8, 16, 32]


def test_without_patience_nothing_is_waited_for() -> None:
    assert waits(Patience(), view(429)) == []


def test_a_target_that_stays_overloaded_is_waited_for_once_and_again_after_it_answered() -> None:
    patience = Patience(PATIENT_S)
    busy = view(429)
    assert [len(waits(patience, busy)), len(waits(patience, busy)), len(waits(patience, busy))] == [6, 0, 0]
    assert patience.wait_s(view(200)) is None
    assert len(waits(patience, busy)) == 6


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("9" * 5000, math.inf),
        ("Sun, 04 Jan 2026 09:00:30 GMT", 30.0),
        ("Sun, 04 Jan 2026 08:00:00 GMT", 0.0),
        ("Sun, 04 Jan 2026 09:00:30 -0000", 30.0),
        ("Sun, 04 Jan 2026 10:00:30 +0100", 30.0),
        ("-5", None),
        ("1.5", None),
        ("٣", None),
        ("soon", None),
        ("", None),
        ("Sun, 99 Jan 99999999999999 09:00:30 GMT", None),
    ],
)
def test_retry_after_is_a_number_of_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert seconds_of(value, lambda: NOW) == seconds


@dataclass
class Time:
    """A clock that moves only while somebody sleeps."""

    now: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds

    def utc(self) -> datetime:
        return NOW + timedelta(seconds=self.now)


@dataclass
class Watcher:
    """A listener that remembers what it was told."""

    answers: list[Exchange] = field(default_factory=list)

    def exchanged(self, _purpose: Purpose, _planned: Planned, _attempt: int, exchange: Exchange) -> None:
        self.answers.append(exchange)

    def finished(self, _result: object) -> None:
        """Nothing to remember."""


Busy = Callable[[int], HttpResponse | None]


def busy_at_times(application: ASGIApp, busy: Busy) -> ASGIApp:
    """The application behind a gateway that says with some requests, counted from 1, what `busy` says."""
    count = 0

    async def gateway(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count
        answer: Callable[[Scope, Receive, Send], Awaitable[None]] = application
        if scope["type"] == "http":
            count += 1
            refusal = busy(count)
            if refusal is not None:
                await HttpRequest(scope, receive).body()
                answer = refusal
        await answer(scope, receive, send)

    return gateway


def refusal(after: str | None = None) -> HttpResponse:
    content = {"error_code": "APIG.0308", "error_msg": "The throttling threshold has been reached."}
    return JSONResponse(content, 429, headers={"Retry-After": after} if after is not None else None)


def smoke_purpose() -> Purpose:
    return next(purpose for purpose in load_purposes(CONTRACT) if purpose.depth == "smoke")


@pytest.fixture
def time() -> Time:
    return Time()


def run_against(
    busy: Busy, time: Time, *, max_requests: int | None = None, record: Path | None = None
) -> tuple[Ledger, Watcher, Budget]:
    watcher = Watcher()
    budget = Budget(max_requests, clock=time.clock, sleep=time.sleep)
    application = create_app(KnownCredentials(TOKEN, PROJECT))
    server = LoopbackServer(busy_at_times(application, busy))
    try:
        with HttpTarget(server.origin, Credentials(token=TOKEN, project_id=PROJECT)) as target:
            target.name = "busy"  # whatever its port: a recording goes on with the same target alone
            run = Run(
                [CONTRACT],
                target,
                depth="smoke",
                budget=budget,
                patience=Patience(PATIENT_S, now=time.utc),
                listeners=[watcher],
            )
            with Recorder(record, run, "0.1.0", [smoke_purpose()]) if record else nullcontext():
                ledger = run.execute([smoke_purpose()])
    finally:
        server.stop()
    return ledger, watcher, budget


def verdicts(ledger: Ledger) -> dict[str, str]:
    return {name: account.verdict for name, account in ledger.accounts.items()}


def test_a_busy_target_gets_the_verdicts_of_an_idle_one(time: Time) -> None:
    idle, _, before = run_against(lambda _: None, time)
    assert time.sleeps == []
    busy, watcher, after = run_against(lambda count: refusal("5") if count % 3 else None, time)
    assert verdicts(busy) == verdicts(idle)
    assert all(exchange.response is not None and exchange.response.status != 429 for exchange in watcher.answers)
    assert len(watcher.answers) == before.requests
    assert after.requests == 3 * before.requests
    assert time.sleeps == [5.0, 5.0] * before.requests


def test_retries_are_noted_under_the_id_of_the_exchange_that_counts(time: Time) -> None:
    ledger, _, _ = run_against(lambda count: refusal() if count in (1, 2) else None, time)
    assert [(note.id, note.retried, note.outcome.en) for note in ledger.notes[:3]] == [
        ("00001", True, "status 429, APIG.0308"),
        ("00001", True, "status 429, APIG.0308"),
        ("00001", False, ledger.notes[2].outcome.en),
    ]
    assert not any(note.retried for note in ledger.notes[2:])
    assert [note.id for note in ledger.notes[3:]] == [f"{n:05d}" for n in range(2, len(ledger.notes) - 1)]
    assert time.sleeps == [1.0, 2.0]


def test_retries_count_as_requests(time: Time) -> None:
    ledger, watcher, budget = run_against(lambda _: refusal(), time, max_requests=3)
    assert (budget.requests, ledger.stop_reason, watcher.answers) == (3, "limit", [])
    assert [note.retried for note in ledger.notes] == [True, True, True]
    assert ledger.verdict == "inconclusive"


def test_retries_are_recorded_and_an_interrupted_pause_leaves_nothing_unknown(time: Time, tmp_path: Path) -> None:
    run_against(lambda count: refusal() if count > 4 else None, time, max_requests=6, record=tmp_path / "c")
    reader = CassetteReader(tmp_path / "c")
    assert (reader.state, reader.unknown, [one.position for one in reader]) == ("partial", (), [0, 1, 2, 3])
    retried = reader.about["retried"]
    assert isinstance(retried, list)
    assert [(entry["position"], entry["status"]) for entry in retried] == [(4, 429), (4, 429)]
    _, watcher, budget = run_against(lambda _: None, time, record=tmp_path / "c")
    reader = CassetteReader(tmp_path / "c")
    assert (reader.state, len(list(reader))) == ("complete", len(watcher.answers))
    assert (budget.requests, reader.about["retried"]) == (len(watcher.answers), retried)


def test_a_target_that_is_always_busy_proves_and_breaks_nothing(time: Time) -> None:
    ledger, watcher, _ = run_against(lambda _: refusal(), time)
    assert time.sleeps == [1, 2, 4, 8, 16, 32]
    assert {exchange.response.status for exchange in watcher.answers if exchange.response} == {429}
    assert (ledger.verdict, ledger.score()["failed"]) == ("inconclusive", 0)


def test_the_reference_throttles_and_is_waited_for(time: Time) -> None:
    application = create_app(KnownCredentials(TOKEN, PROJECT), calls_per_minute=4, clock=time.utc)
    server = LoopbackServer(application)
    try:
        with HttpTarget(server.origin, Credentials(token=TOKEN, project_id=PROJECT)) as target:
            target.name = "busy"  # whatever its port: a recording goes on with the same target alone
            run = Run(
                [CONTRACT],
                target,
                depth="smoke",
                budget=Budget(clock=time.clock, sleep=time.sleep),
                patience=Patience(PATIENT_S, now=time.utc),
            )
            ledger = run.execute([smoke_purpose()])
    finally:
        server.stop()
    judged = [note for note in ledger.notes if not note.retried]
    assert "status 429, APIG.0308" not in {note.outcome.en for note in judged}
    assert time.sleeps == [60.0] * ((len(judged) - 1) // 4)
