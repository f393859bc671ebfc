"""What is sent under load: the requests of the purposes of a depth, drawn once and sent over and over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING

from conformance.engine.budget import price_of
from conformance.engine.scripts import drawn_script
from conformance.files import DataError
from conformance.judging.expect import Expectation, expect

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request

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
