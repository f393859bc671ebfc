"""What is sent under load, and what was seen of it, counted so that several workers add up."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from conformance.engine.budget import price_of
from conformance.engine.scripts import drawn_script
from conformance.files import DataError
from conformance.judging.expect import Expectation, expect
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request
    from conformance.statement.measures import LoadLimit


Verdict: TypeAlias = Literal["met", "not-met", "inconclusive"]

PERCENTILES = (50.0, 90.0, 99.0, 99.9)
_FINE = 100
"""Steps of latency in a factor of e: a percentile is right within 1 %."""

_NEEDED = 10
"""Answers beyond a percentile that it takes to speak of it."""


@dataclass(slots=True)
class Tally:
    """One step of load and one contract: how much was sent, answered, refused as it has to be, and wrong.

    `slots` counts answers by the logarithm of their time; `errors` counts what is no judged answer (`timeout`,
    `status 503`, ...); `wrong` counts broken requirements of level must by id, `examples` keeps one observation of
    each.
    """

    users: int
    contract: str
    sent: int = 0
    right: int = 0
    billed: int = 0
    seconds: float = 0.0
    slots: Counter[int] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)

    def answered(self, elapsed_s: float) -> None:
        """Count the time of an answer."""
        self.slots[round(_FINE * math.log(max(elapsed_s, 1e-6)))] += 1

    def percentile_ms(self, percent: float) -> float | None:
        """Milliseconds within which so many percent were answered; None where too few were."""
        total = self.slots.total()
        if total * (100 - percent) / 100 < _NEEDED and percent > PERCENTILES[0]:
            return None
        wanted, seen = math.ceil(total * percent / 100), 0
        for slot in sorted(self.slots):
            seen += self.slots[slot]
            if seen >= wanted:
                return 1000 * math.exp(slot / _FINE)
        return None

    @property
    def error_share(self) -> float:
        """Of what was sent, the share without a right answer for reasons of load: errors and wrong answers."""
        return (self.errors.total() + self.wrong_answers) / self.sent if self.sent else 0.0

    @property
    def wrong_answers(self) -> int:
        """Answers that broke something, each once."""
        return self.sent - self.right - self.errors.total()

    def add(self, other: Tally) -> None:
        """Take in the counts of another worker."""
        self.sent += other.sent
        self.right += other.right
        self.billed += other.billed
        self.seconds = max(self.seconds, other.seconds)
        self.slots.update(other.slots)
        self.errors.update(other.errors)
        self.wrong.update(other.wrong)
        self.examples = {**other.examples, **self.examples}

    def as_json(self) -> dict[str, Any]:
        """The counts, for another process."""
        return {
            "users": self.users,
            "contract": self.contract,
            "sent": self.sent,
            "right": self.right,
            "billed": self.billed,
            "seconds": self.seconds,
            "slots": {str(slot): count for slot, count in self.slots.items()},
            "errors": dict(self.errors),
            "wrong": dict(self.wrong),
            "examples": self.examples,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Tally:
        """The inverse of `as_json`."""
        return cls(
            told["users"],
            told["contract"],
            told["sent"],
            told["right"],
            told["billed"],
            told["seconds"],
            Counter({int(slot): count for slot, count in told["slots"].items()}),
            Counter(told["errors"]),
            Counter(told["wrong"]),
            dict(told["examples"]),
        )


def together(tallies: Iterable[Tally]) -> list[Tally]:
    """One tally for each step and contract, in the order of the steps."""
    found: dict[tuple[int, str], Tally] = {}
    for tally in tallies:
        found.setdefault((tally.users, tally.contract), Tally(tally.users, tally.contract)).add(tally)
    return [found[key] for key in sorted(found)]


@dataclass(frozen=True, slots=True)
class Judged:
    """What a limit of the target statement came to."""

    limit: LoadLimit
    verdict: Verdict
    observed: Text


def judged(limits: Sequence[LoadLimit], tallies: Sequence[Tally]) -> list[Judged]:
    """Each limit against the steps with at least its users, of its contract or of all."""
    return [_judged(limit, tallies) for limit in limits]


def _judged(limit: LoadLimit, tallies: Sequence[Tally]) -> Judged:
    concerned = [t for t in tallies if t.users >= limit.users and limit.contract in (None, t.contract) and t.sent]
    if not concerned:
        return Judged(
            limit, "inconclusive", Text(f"no step of {limit.users} users", f"没有 {limit.users} 个用户的阶段")
        )
    step = min(t.users for t in concerned)
    worst: Judged | None = None
    for tally in (t for t in concerned if t.users == step):
        time = tally.percentile_ms(limit.percentile)
        share = tally.error_share
        if time is None:
            found: Verdict = "inconclusive"
        else:
            found = "met" if time <= limit.limit_ms and share <= limit.errors else "not-met"
        shown = "-" if time is None else f"{time:.0f}"
        observed = Text(
            f"{tally.contract} at {step} users: {limit.percentile:g} % within {shown} ms, {100 * share:.2f} % errors",
            f"{tally.contract}，{step} 个用户：{limit.percentile:g} % 在 {shown} 毫秒内，错误 {100 * share:.2f} %",
        )
        order = ("met", "inconclusive", "not-met")
        if worst is None or order.index(found) > order.index(worst.verdict):
            worst = Judged(limit, found, observed)
    assert worst is not None, "some tally is concerned"
    return worst


def breaking_point(tallies: Sequence[Tally]) -> int | None:
    """The smallest step at which more than one answer in a hundred was an error or wrong; None where none was."""
    return min((t.users for t in tallies if t.error_share > 0.01), default=None)


# What is sent under load: the requests of the purposes of a depth, drawn once and sent over and over.


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
