"""Mutation of the judge itself: with any check, keyword of a schema or comparator disabled, some row is not caught."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from answers import DOCUMENT, TICKETS
from broken_exchanges import PAIRS
from broken_table import CONTRACTS, TABLE, Broken

from conformance.contract.contract import Contract
from conformance.contract.subschema import Schema
from conformance.judging import CHECKS, COMPARATORS, relate
from conformance.judging.envelope import Check
from conformance.judging.relations import Comparator


def rows_of(requirement: str, contract: Contract | None = None) -> list[Broken]:
    """The rows whose one requirement this is."""
    return [row for row in TABLE.values() if row.one == requirement and contract in (None, row.contract)]


@pytest.mark.parametrize("check", CHECKS)
def test_without_a_check_some_row_is_not_caught(check: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in TABLE.values() if row.contract.requirements[row.one].check == check]
    monkeypatch.setitem(cast("dict[str, Check]", CHECKS), check, lambda *_: None)
    assert any(row.one not in row.fired() for row in rows)


@dataclass(frozen=True)
class Mutant:
    """A keyword of a derived schema: where it stands, the member that it requires, and whose requirement it is."""

    contract: Contract
    path: tuple[str | int, ...]
    keyword: str
    member: str | None
    requirement: str

    def __str__(self) -> str:
        """Readable in the name of a test."""
        return f"{self.contract.id}:{'/'.join(map(str, self.path))}:{self.keyword}:{self.member or ''}"

    def mutated(self) -> Contract:
        """The contract whose schema lacks the keyword."""
        schema: Any = copy.deepcopy(self.contract.success_schema)
        node = schema
        for step in self.path:
            node = node[step]
        if self.member is None:
            del node[self.keyword]
        else:
            node[self.keyword].remove(self.member)
        contract = replace(self.contract)
        contract.__dict__["success_schema"] = schema
        return contract


def names(owner: object) -> list[str]:
    """The requirements of a keyword: one, or one for each branch."""
    return list(owner.values()) if isinstance(owner, dict) else [str(owner)]


def mutants(contract: Contract, node: object, path: tuple[str | int, ...] = ()) -> Iterator[Mutant]:
    """Every keyword that belongs to a requirement."""
    if isinstance(node, list):
        for index, entry in enumerate(node):
            yield from mutants(contract, entry, (*path, index))
    elif isinstance(node, dict):
        for keyword, owner in cast("Schema", node.get("x-requirement", {})).items():
            if keyword == "required":
                for member, named in cast("Schema", owner).items():
                    yield from (Mutant(contract, path, keyword, member, name) for name in names(named))
            else:
                yield from (Mutant(contract, path, keyword, None, name) for name in names(owner))
        for name, below in node.items():
            if name != "x-requirement":
                yield from mutants(contract, below, (*path, name))


MUTANTS = [m for name in (TICKETS, DOCUMENT) for m in mutants(CONTRACTS[name], CONTRACTS[name].success_schema)]


@pytest.mark.parametrize("mutant", MUTANTS, ids=str)
def test_without_a_keyword_of_a_schema_some_row_is_not_caught(mutant: Mutant) -> None:
    contract = mutant.mutated()
    rows = rows_of(mutant.requirement, mutant.contract)
    assert any(mutant.requirement not in row.fired(contract) for row in rows)


@pytest.mark.parametrize("comparator", COMPARATORS)
def test_without_a_comparator_some_pair_is_not_caught(comparator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [pair for pair in PAIRS.values() if pair.comparator == comparator and pair.breaks]
    monkeypatch.setitem(cast("dict[str, Comparator]", COMPARATORS), comparator, lambda *_: None)
    found = [relate(p.first, p.second, p.comparator, p.requirement, CONTRACTS[p.contract]).state for p in pairs]
    assert "held" in found


def test_every_requirement_that_an_answer_alone_decides_has_a_row() -> None:
    by_requests = {"accepted", "rejected", "code", "open", "relation"}
    rows = {row.one for row in TABLE.values()}
    for name in (TICKETS, DOCUMENT):
        assert {r.name for r in CONTRACTS[name].requirements.values() if r.check not in by_requests} <= rows
