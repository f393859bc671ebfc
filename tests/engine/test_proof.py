"""The proofs behind the kill table: what counts as killed, as surviving, as green, and what asks for a socket."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conformance.contract.catalogues import read_positions
from conformance.contract.contract import load_contract
from conformance.engine import kill_table
from conformance.engine.kill_table import Bench, Proof, prove, prove_all
from conformance.engine.lookup import FaultyImplementation, faulty_implementations
from conformance.files import PRIMARY

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.purposes import Purpose

CORNERS = FaultyImplementation("three-corners", "", ("ticket.location.four-corners",), "fault")
BOTH = ("auto-classification-v1.0", "auto-id-doc-classification-v2")


@pytest.fixture(scope="module")
def known() -> dict[str, FaultyImplementation]:
    return {implementation.id: implementation for implementation in faulty_implementations()}


@pytest.fixture
def _first_contact_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A survivor and a variant are asked everything; one purpose a contract is enough to see what becomes of them."""

    def few(bench: Bench, contract: Contract, depth: Depth) -> list[Purpose]:
        return [purpose for purpose in all_purposes(bench, contract, depth) if purpose.name == "first-contact"]

    all_purposes = Bench.purposes
    monkeypatch.setattr(Bench, "purposes", few)


def test_a_fault_is_killed_by_the_check_of_its_own_requirement(known: dict[str, FaultyImplementation]) -> None:
    names = ("ticket.location.four-corners", "document.location.four-corners")
    killed = tuple(f"{contract}/{name}" for contract, name in zip(BOTH, names, strict=True))
    expected = Proof(known["three-corners"], killed, (), (), requests=1)
    assert prove(known["three-corners"]) == expected
    assert expected.good


def test_over_sockets_it_is_killed_the_same_way(known: dict[str, FaultyImplementation]) -> None:
    assert prove(known["three-corners"], live=True) == prove(known["three-corners"])


def test_several_processes_prove_in_the_order_asked_for(known: dict[str, FaultyImplementation]) -> None:
    asked = [known["three-corners"], known["plain-text"], known["flat-location"]]
    proofs = list(prove_all(asked, 2))
    assert [(found.implementation, found.good) for found in proofs] == [(entry, True) for entry in asked]


@pytest.mark.usefixtures("_first_contact_only")
def test_a_fault_whose_own_check_does_not_fire_survives() -> None:
    claimed = replace(CORNERS, breaks=("answer.json",))
    found = prove(claimed)
    assert (found.killed, found.missed, found.good) == ((), ("answer.json",), False)
    assert "auto-classification-v1.0/ticket.location.four-corners" in found.others


def test_a_misspelt_requirement_of_a_fault_is_named_before_anything_is_sent() -> None:
    found = prove(replace(CORNERS, breaks=("answer.jsn",)))
    assert (found.requests, found.good) == (0, False)
    assert found.error == "breaks: no requirement 'answer.jsn'; near it are answer.json, answer.object, answer.http"


@pytest.mark.usefixtures("_first_contact_only")
def test_a_variant_in_which_a_must_is_found_broken_is_not_green() -> None:
    found = prove(replace(CORNERS, kind="variant", breaks=()))
    assert "auto-classification-v1.0/ticket.location.four-corners" in found.others
    assert not found.good


@pytest.mark.usefixtures("_first_contact_only")
@pytest.mark.parametrize("variant", ["reversed-keys", "chunked"])
def test_a_variant_that_breaks_nothing_is_green(variant: str, known: dict[str, FaultyImplementation]) -> None:
    found = prove(known[variant])
    assert found == Proof(known[variant], (), (), (), requests=found.requests)
    assert found.good


@pytest.mark.usefixtures("_first_contact_only")
def test_what_fails_in_the_kit_is_no_kill(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_case(*_: object) -> None:
        raise ValueError("a case with a mistake")

    monkeypatch.setattr(kill_table, "drawn_script", broken_case)
    monkeypatch.setattr(kill_table, "_bench", Bench)
    found = prove(CORNERS)
    assert found.error == "auto-classification-v1.0/first-contact: ValueError: a case with a mistake"
    assert not found.good


def test_a_requirement_that_needs_a_position_is_held_against_it(known: dict[str, FaultyImplementation]) -> None:
    assert "auto-classification-v1.0/content.unlisted.strict" in prove(known["field-of-its-own"]).killed


def test_every_requirement_of_the_primary_contracts_is_broken_by_a_fault(
    known: dict[str, FaultyImplementation],
) -> None:
    broken = {name for implementation in known.values() for name in implementation.breaks}
    stated = {name for contract in map(load_contract, PRIMARY) for name in contract.requirements}
    assert (sorted(stated - broken), sorted(broken - stated)) == ([], [])


def test_a_variant_takes_another_reading_of_all_that_is_left_open(
    known: dict[str, FaultyImplementation],
) -> None:
    contracts, catalogue = [load_contract(name) for name in PRIMARY], read_positions()
    left_open = {
        requirement.name: requirement.points
        for contract in contracts
        for requirement in contract.requirements.values()
        if requirement.check == "open" or requirement.level == "open"
    }
    for contract in contracts:
        left_open |= {name: catalogue[name].points for name, value in contract.positions.items() if value == "either"}
    taken = {point for implementation in known.values() for point in implementation.points}
    assert len(left_open) >= 15
    assert [name for name, points in left_open.items() if taken.isdisjoint(points)] == []
