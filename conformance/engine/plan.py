"""What a run would send and cost, known beforehand: its requests are built and counted, one at a time, and not sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.budget import price_of
from conformance.engine.intervals import documents_needed
from conformance.engine.scripts import drawn_script
from conformance.files import DataError
from conformance.judging.body import read_body
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.contract.contract import Contract
    from conformance.engine.budget import Budget
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request

_REFUSAL, _DOCUMENT, _WITH_ALARMS, _TICKET, _FIELD = 80, 105, 550, 160, 18
"""Bytes of an error, of a classified document without and with alarms, of a ticket, and of a field beside its text."""

REPEATS = 2
"""How often a purpose runs at most: one that fails runs once more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What purposes send when each runs once.

    `bytes_up` counts request bodies, exactly; `bytes_down` the bodies of the answers of a faultless implementation,
    about; `billable` the tickets that may be billed at most, as `--max-billable` reserves them: what is drawn on each
    picture, also where the request has to be refused.
    """

    purposes: int = 0
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    billable: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(
            self.purposes + other.purposes,
            self.requests + other.requests,
            self.bytes_up + other.bytes_up,
            self.bytes_down + other.bytes_down,
            self.billable + other.billable,
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """The cost of a run at each depth up to its own, and what its limits make of it.

    `depths` holds totals: what a run at that depth sends, shallower purposes included. `rate` is in requests a second.
    `within` counts the purposes that the limits let through for certain, in order and each once; None is all of them.
    """

    contracts: tuple[str, ...]
    depths: tuple[tuple[Depth, Cost], ...]
    rate: float | None
    max_requests: int | None
    max_billable: int | None
    within: int | None

    @property
    def total(self) -> Cost:
        """Of the run itself: the deepest row."""
        return self.depths[-1][1] if self.depths else Cost()

    def duration_s(self, cost: Cost) -> float | None:
        """Seconds at the rate, None without one: then it takes as long as the target takes."""
        return cost.requests / self.rate if self.rate is not None else None


@dataclass(frozen=True, slots=True)
class Sample:
    """How many documents a comparison of two runs takes to call the second no worse than the first but for `margin`.

    `documents` decide with the chance `power` where `discordance` of them are got right by one run alone and the second
    is better by `difference`; None where no number does. See `intervals.documents_needed`.
    """

    margin: float
    power: float
    discordance: float
    difference: float
    documents: int | None

    @classmethod
    def of(cls, margin: float, power: float, discordance: float, difference: float = 0.0) -> Sample:
        """Raises DataError where the second cannot be better by `difference` with so few that differ."""
        if abs(difference) > discordance:
            raise DataError(
                Text(
                    f"--difference: expected no more than --discordance ({discordance:g}): the share of documents that "
                    f"only one of both gets right; found {difference:g}",
                    f"--difference：不应大于 --discordance（{discordance:g}），即仅一方正确的票证所占比例；"
                    f"实际为 {difference:g}",
                )
            )
        needed = documents_needed(margin, power, discordance, difference)
        return cls(margin, power, discordance, difference, needed)


def plan(purposes: Sequence[Purpose], contracts: Sequence[Contract], budget: Budget, seed: int = 0) -> Plan:
    """Build every request of the purposes, which are in the order of the run, and add up what they cost.

    One request is in memory at a time. Raises DataError where a request cannot be built.
    """
    by_id = {contract.id: contract for contract in contracts}
    own: dict[Depth, Cost] = {}
    spent, within = Cost(), 0
    fits, answered = True, set[bytes]()
    for purpose in purposes:
        cost = _cost(purpose, by_id[purpose.contract_id], seed, answered)
        own[purpose.depth] = own.get(purpose.depth, Cost()) + cost
        spent += cost
        fits = fits and _fits(spent, budget)
        within += fits
    rows: list[tuple[Depth, Cost]] = []
    for depth in DEPTHS:
        if depth in own:
            before = rows[-1][1] if rows else Cost()
            rows.append((depth, before + own[depth]))
    return Plan(
        contracts=tuple(by_id),
        depths=tuple(rows),
        rate=budget.rate,
        max_requests=budget.max_requests,
        max_billable=budget.max_billable,
        within=None if fits else within,
    )


def _cost(purpose: Purpose, contract: Contract, seed: int, answered: set[bytes]) -> Cost:
    """What a purpose adds to those before it, of which `answered` are the requests that may stand for others."""
    requests = bytes_up = bytes_down = billable = 0
    for planned in drawn_script(purpose, contract, seed):
        if planned.shared:
            key = planned.request.sent_sum()
            if key in answered:
                continue
            if planned.lends:
                answered.add(key)
        requests += 1
        bytes_up += len(planned.request.body)
        bytes_down += _answer_bytes(planned.request, contract)
        billable += price_of(planned.request)
    return Cost(1, requests, bytes_up, bytes_down, billable)


def _answer_bytes(request: Request, contract: Contract) -> int:
    """About how long the body of a faultless answer is: of a refusal, or of what there is to read, with confidences."""
    if request.truth is None or request.label is not None:
        return _REFUSAL
    if not contract.answers_tickets:
        members = read_body(request.body).value
        return _WITH_ALARMS if isinstance(members, dict) and members.get("alarm") is True else _DOCUMENT
    read = [ticket for ticket in request.truth.documents if ticket.readable]
    printed = sum(2 * len(name) + len(value.encode()) + _FIELD for ticket in read for name, value in ticket.fields)
    return len(request.truth.documents) * _TICKET + printed


def _fits(spent: Cost, budget: Budget) -> bool:
    requests, billable = budget.max_requests, budget.max_billable
    # One request goes before the run, to see that the target answers.
    return (requests is None or spent.requests < requests) and (billable is None or spent.billable <= billable)


def plan_document(made: Plan) -> dict[str, object]:
    """The plan as JSON: the totals of a run at each depth; `repeats` is how often a purpose runs at most."""
    return {
        "contracts": list(made.contracts),
        "depths": [{"depth": d, **asdict(cost), "duration_s": made.duration_s(cost)} for d, cost in made.depths],
        "repeats": REPEATS,
        "rate": made.rate,
        "max_requests": made.max_requests,
        "max_billable": made.max_billable,
        "purposes_within_limits": made.within,
    }
