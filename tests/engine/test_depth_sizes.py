"""How much each depth sends, and in which order: counted from the requests of its purposes, none of which is sent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pytest

from conformance.contract.contract import load_contract
from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.purposes import in_depth, load_purposes
from conformance.engine.scripts import drawn_script
from conformance.files import PRIMARY

SMOKE, STANDARD = 40, 150
"""Requests for an operation at most, each purpose with a control of its own."""

MEGABYTES = 6_000_000
"""Bytes from which a request is one of those that come last."""


@dataclass(frozen=True)
class Size:
    """What a purpose sends: requests, and the bytes of the largest, pictures included."""

    depth: Depth
    requests: int
    largest: int


@cache
def sizes(contract_id: str) -> dict[str, Size]:
    """Every purpose of a contract at depth standard."""
    contract = load_contract(contract_id)
    found = {}
    for purpose in in_depth(load_purposes(contract), "standard"):
        lengths = [
            len(planned.request.body) + sum(len(picture.content) for picture in planned.request.pictures)
            for planned in drawn_script(purpose, contract, 0)
        ]
        found[purpose.id] = Size(purpose.depth, len(lengths), max(lengths))
    return found


def requests(contract_id: str, depth: Depth) -> int:
    return sum(s.requests for s in sizes(contract_id).values() if DEPTHS.index(s.depth) <= DEPTHS.index(depth))


@pytest.mark.parametrize("contract_id", PRIMARY)
def test_smoke_is_small(contract_id: str) -> None:
    assert 10 <= requests(contract_id, "smoke") <= SMOKE, sizes(contract_id)


@pytest.mark.parametrize("contract_id", PRIMARY)
def test_standard_stays_within_its_budget(contract_id: str) -> None:
    assert 100 <= requests(contract_id, "standard") <= STANDARD, sizes(contract_id)


def test_the_essential_comes_first_and_megabytes_come_last() -> None:
    _, purposes = select(Settings("reference"))
    order = [(purpose, sizes(purpose.contract_id)[purpose.id]) for purpose in purposes]
    places = [(DEPTHS.index(size.depth), size.largest > MEGABYTES) for _, size in order]
    assert places == sorted(places), [(purpose.id, size) for purpose, size in order]


@pytest.mark.parametrize("contract_id", PRIMARY)
def test_the_first_purpose_shows_whether_anything_works_at_all(contract_id: str) -> None:
    _, purposes = select(Settings("reference", contracts=(contract_id,)))
    assert (purposes[0].name, purposes[0].depth) == ("first-contact", "smoke")
