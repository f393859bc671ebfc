"""A load: the requests that are sent over and over, Locust's users who hand each answer to the judge, steps, workers.

Importing this module patches the process for gevent, as Locust does. Each answer is judged once for each different
body: the same answer to the same request has the same verdict.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, TypeAlias

import gevent
from locust import FastHttpUser, LoadTestShape, constant_throughput, task
from locust.env import Environment
from locust.runners import MasterRunner, Runner, WorkerRunner

from conformance.engine.budget import billed_by, price_of
from conformance.engine.scripts import drawn_script
from conformance.exchange import Exchange, Response
from conformance.files import DataError
from conformance.judging import judge
from conformance.judging.expect import Expectation, expect
from conformance.judging.view import View
from conformance.load import Tally, together

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request
    from conformance.targets.http import HttpTarget

# What is sent: the requests of the purposes of a depth, drawn once.


MOST_BYTES = 2 << 20
"""Bodies above this size are tests of limits and no load."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request to send again and again. `control` is the number of the shot without its fault, None for a valid one.

    `price` are the tickets that it may bill at most.
    """

    number: int
    contract: Contract
    request: Request
    expected: Expectation
    price: int
    control: int | None = None


@dataclass(frozen=True)
class Magazine:
    """The shots, and how they are chosen: `faults` is the share that has to be refused."""

    shots: tuple[Shot, ...]
    faults: float

    def choose(self, rng: Random) -> Shot:
        """The next shot."""
        return rng.choice(self._wrong if self._wrong and rng.random() < self.faults else self._valid)

    @cached_property
    def _valid(self) -> list[Shot]:
        return [shot for shot in self.shots if shot.control is None]

    @cached_property
    def _wrong(self) -> list[Shot]:
        return [shot for shot in self.shots if shot.control is not None]


def magazine(purposes: Sequence[Purpose], contracts: Sequence[Contract], *, faults: float, seed: int) -> Magazine:
    """The requests of some purposes that a contract decides about, those with a fault beside their control.

    Raises DataError where there is no request that must be accepted.
    """
    by_id = {contract.id: contract for contract in contracts}
    found: list[Shot] = []
    for purpose in purposes:
        contract = by_id[purpose.contract_id]
        numbers: dict[int, int] = {}
        for planned in drawn_script(purpose, contract, seed):
            request = planned.request
            if request.auth != "valid" and planned.role != "fault":
                continue
            if len(request.body) > MOST_BYTES or request.pictures:
                continue
            expected = expect(request, contract)
            if planned.role != "fault" and expected.decision == "accept" and _readable(request):
                numbers[planned.position] = len(found)
                found.append(Shot(len(found), contract, request, expected, price_of(request)))
            elif planned.role == "fault" and expected.decision == "reject" and planned.control in numbers:
                control = numbers[planned.control or 0]
                found.append(Shot(len(found), contract, request, expected, price_of(request), control))
    if all(shot.control is not None for shot in found):
        raise DataError(
            "load: expected purposes with a request that must be accepted; found none; take another --depth",
            "load：所选测试目的中没有必须接受的请求；请换用其他 --depth",
        )
    return Magazine(tuple(found), faults)


def _readable(request: Request) -> bool:
    truth = request.truth
    return truth is not None and any(document.readable for document in truth.documents)


# Who sends it: users, step by step, each answer judged and counted.


_MEMORY = 20_000
"""Answers whose verdict is remembered."""

MESSAGE, STEP = "ocr-tallies", "ocr-step"
"""What a worker's counts are called on the wire, and the step that a master tells its workers of."""

Broken: TypeAlias = "tuple[tuple[str, str], ...]"


@dataclass(frozen=True, slots=True)
class Step:
    """`users` at once for `seconds`; with `rate` each user sends so often that all together send that many a second."""

    users: int
    seconds: float
    rate: float | None = None


@dataclass
class Load:
    """One load on one target: what is sent, what it may cost, what was seen.

    `max_billable` is kept exactly: a request is sent only while its price, and those of all requests under way, fit.
    """

    target: HttpTarget
    magazine: Magazine
    steps: Sequence[Step]
    seed: int = 0
    max_billable: int | None = None
    stop_reason: str | None = None
    tallies: dict[tuple[int, str], Tally] = field(default_factory=dict)
    _controls: dict[int, View] = field(default_factory=dict)
    _verdicts: dict[tuple[int, int, str, bytes], tuple[Broken, int, str | None]] = field(default_factory=dict)
    _held: int = 0
    _spent: int = 0
    _step: Step | None = None
    also: Callable[[Step], None] = lambda _step: None

    def begin(self, step: Step) -> None:
        """The step that goes on from now, which others are `also` told of."""
        self._step = step
        self.also(step)

    def reserve(self, shot: Shot) -> bool:
        """Hold back the price of a shot; False where the limit would not hold any more."""
        if self.max_billable is not None and self._spent + self._held + shot.price > self.max_billable:
            return False
        self._held += shot.price
        return True

    def tally(self, shot: Shot) -> Tally:
        """The counts of the current step and the contract of a shot."""
        users = self._step.users if self._step is not None else 0
        key = (users, shot.contract.id)
        if key not in self.tallies:
            self.tallies[key] = Tally(*key)
        return self.tallies[key]

    def failed(self, shot: Shot, kind: str) -> None:
        """No answer came."""
        self._held -= shot.price
        tally = self.tally(shot)
        tally.sent += 1
        tally.errors[kind] += 1

    def answered(self, shot: Shot, response: Response) -> None:
        """Judge an answer and count it."""
        tally = self.tally(shot)
        tally.sent += 1
        tally.answered(response.elapsed_s)
        if response.status in (429, 502, 503, 504):
            self._held -= shot.price
            tally.errors[f"status {response.status}"] += 1
            return
        broken, billed, error = self._verdict(shot, response)
        self._held -= shot.price
        self._spent += billed
        tally.billed += billed
        if error is not None:
            tally.errors[error] += 1
        elif not broken:
            tally.right += 1
        for name, observed in broken:
            tally.wrong[name] += 1
            tally.examples.setdefault(name, observed)

    def _verdict(self, shot: Shot, response: Response) -> tuple[Broken, int, str | None]:
        digest = hashlib.blake2b(response.body, digest_size=16).digest()
        key = (shot.number, response.status, response.header("Content-Type") or "", digest)
        known = self._verdicts.get(key)
        if known is None:
            known = self._judged(shot, response)
            if len(self._verdicts) < _MEMORY:
                self._verdicts[key] = known
        return known

    def _judged(self, shot: Shot, response: Response) -> tuple[Broken, int, str | None]:
        control = self._controls.get(shot.control) if shot.control is not None else None
        view = View(Exchange(shot.request, response, str(shot.number)), shot.contract, control, shot.expected)
        if shot.control is None and view.accepted:
            self._controls.setdefault(shot.number, view)
        if shot.control is None and response.status >= 500:
            return (), 0, f"status {response.status}"
        requirements = shot.contract.requirements
        broken = tuple(
            (observation.requirement, observation.observed.en)
            for observation in judge(view)
            if observation.state == "broken" and requirements[observation.requirement.split("/", 1)[1]].level == "must"
        )
        return broken, billed_by(view), None


def _user_class(load: Load) -> type[FastHttpUser]:
    """The class of Locust's users for a load."""

    class Caller(FastHttpUser):
        host = load.target.origin
        connection_timeout = network_timeout = 30.0
        max_redirects = 0

        def __init__(self, environment: Environment) -> None:
            super().__init__(environment)
            self._rng = Random(f"{load.seed} {id(self)}")

        def wait_time(self) -> float:
            step = load._step
            if step is None or step.rate is None:
                return 0.0
            waiting: float = constant_throughput(step.rate / step.users)(self)
            return waiting

        @task
        def call(self) -> None:
            shot = load.magazine.choose(self._rng)
            if shot.control is not None and shot.control not in load._controls:
                shot = load.magazine.shots[shot.control]  # a refusal says something once its control was accepted
            if not load.reserve(shot):
                load.stop_reason = load.stop_reason or "max-billable"
                gevent.sleep(0.05)
                return
            filled = load.target.filled(shot.request)
            started = time.perf_counter()
            client: Any = self.client  # its annotations know neither bytes nor what they return
            with client.request(
                filled.method,
                filled.target.decode("ascii"),
                name=shot.contract.id,
                data=filled.body,
                headers={name.decode("latin-1"): value.decode("latin-1") for name, value in filled.headers},
                catch_response=True,
                allow_redirects=False,
            ) as answer:
                _take(load, shot, answer, time.perf_counter() - started)

    return Caller


def _take(load: Load, shot: Shot, answer: Any, elapsed_s: float) -> None:
    """Hand one answer of Locust's client to the judge, and say to Locust whether it was right."""
    if not answer.status_code:
        kind = type(answer.error).__name__ if answer.error is not None else "no response"
        load.failed(shot, "timeout" if "timed out" in str(answer.error).lower() else kind)
        answer.failure(kind)
        return
    headers = tuple((str(name), str(value)) for name, value in (answer.headers or {}).items())
    body = load.target.redacted(answer.content or b"")
    before = load.tally(shot).right
    load.answered(shot, Response(answer.status_code, headers, body, elapsed_s))
    if load.tally(shot).right > before:
        answer.success()
    else:
        answer.failure("wrong or refused")


def _shape(load: Load) -> LoadTestShape:
    """The steps, one after the other, as Locust asks for them."""

    class Steps(LoadTestShape):
        def tick(self) -> tuple[int, float] | None:
            elapsed = float(LoadTestShape.get_run_time(self))  # type: ignore[no-untyped-call]
            if load.stop_reason is not None:
                return None
            for step in load.steps:
                if elapsed < step.seconds:
                    load.begin(step)
                    return step.users, max(100.0, step.users / 2)
                elapsed -= step.seconds
            return None

    return Steps()  # type: ignore[no-untyped-call]


def run_here(load: Load, told: Callable[[Mapping[str, Any]], None]) -> list[Tally]:
    """Put a target under load from this process alone; `told` hears every second how it goes."""
    environment = Environment(user_classes=[_user_class(load)], shape_class=_shape(load), host=load.target.origin)
    runner = environment.create_local_runner()
    load.begin(load.steps[0])
    took = _driven(load, runner, told)
    return _timed(load.steps, together(load.tallies.values()), took)


def run_master(
    load: Load, host: str, port: int, workers: int, told: Callable[[Mapping[str, Any]], None]
) -> list[Tally]:
    """Wait for workers, have them put the target under load, and add up what they saw."""
    environment = Environment(user_classes=[_user_class(load)], shape_class=_shape(load), host=load.target.origin)
    runner = environment.create_master_runner(host, port)
    seen: dict[str, list[Tally]] = {}

    def hear(msg: Any, **_more: object) -> None:
        seen[msg.node_id] = [Tally.from_json(told_json) for told_json in msg.data["tallies"]]

    runner.register_message(MESSAGE, hear)
    while len(runner.clients.ready) < workers:
        gevent.sleep(0.2)
    load.also = lambda step: runner.send_message(STEP, {"users": step.users})
    took = _driven(load, runner, told)
    gevent.sleep(1.0)  # the last counts are on their way
    runner.quit()
    return _timed(load.steps, together(tally for tallies in seen.values() for tally in tallies), took)


def run_worker(load: Load, host: str, port: int) -> None:
    """Put the target under load as a master says, and tell it what was seen, once a second and at the end."""
    environment = Environment(user_classes=[_user_class(load)], host=load.target.origin)
    runner = environment.create_worker_runner(host, port)
    load.begin(load.steps[0])

    def hear(msg: Any, **_more: object) -> None:
        load.begin(next((step for step in load.steps if step.users == msg.data["users"]), load.steps[-1]))

    runner.register_message(STEP, hear)

    def tell() -> None:
        while True:
            gevent.sleep(0.5)
            runner.send_message(MESSAGE, {"tallies": [tally.as_json() for tally in load.tallies.values()]})

    telling = gevent.spawn(tell)
    runner.greenlet.join()
    telling.kill()


def _driven(load: Load, runner: Runner, told: Callable[[Mapping[str, Any]], None]) -> float:
    """Go through the steps; the seconds that it took."""
    started = time.monotonic()
    runner.start_shape()
    while runner.shape_greenlet is not None and not runner.shape_greenlet.dead:
        gevent.sleep(1.0)
        told(
            {
                "users": runner.user_count,
                "sent": sum(tally.sent for tally in load.tallies.values()),
                "wrong": sum(tally.wrong_answers for tally in load.tallies.values()),
                "errors": sum(tally.errors.total() for tally in load.tallies.values()),
                "elapsed_s": time.monotonic() - started,
            }
        )
    if not isinstance(runner, MasterRunner | WorkerRunner):
        runner.quit()
    return time.monotonic() - started


def _timed(steps: Sequence[Step], tallies: list[Tally], took: float) -> list[Tally]:
    """The counts with the seconds of each step, which are measured, not planned."""
    for step in steps:
        for tally in tallies:
            if tally.users == step.users:
                tally.seconds = min(step.seconds, max(0.0, took))
        took -= step.seconds
    return tallies
