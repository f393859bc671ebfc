"""Why a must is a must: what only the kit's position asks for, a target statement can change."""

from __future__ import annotations

import re

import pytest

from conformance.contract.catalogues import read_positions
from conformance.contract.contract import load_contract
from conformance.files import contract_ids

_PREFIXES = frozenset({"failure.code-form", "ticket.status.code"})
"""What `[codes] prefix` of a target statement changes."""


def switched(contract_id: str) -> set[str]:
    """Names of the requirements that a position of a contract lifts, restates or demands."""
    page = load_contract(contract_id).page
    values = [v for p in read_positions().values() if p.concerns(page) for v in p.values.values()]
    return {name for value in values for name in (*value.lifts, *value.restates, *value.demands)}


@pytest.mark.parametrize("contract_id", contract_ids())
def test_a_must_by_position_can_be_changed_by_a_statement(contract_id: str) -> None:
    musts = [r for r in load_contract(contract_id).requirements.values() if r.level == "must" and r.basis == "position"]
    assert {r.name for r in musts} - switched(contract_id) - _PREFIXES == set()


@pytest.mark.parametrize("contract_id", contract_ids())
def test_what_a_protocol_requires_names_the_rfc_and_its_section(contract_id: str) -> None:
    sources = {r.name: r.source for r in load_contract(contract_id).requirements.values() if r.basis == "protocol"}
    assert {n: s for n, s in sources.items() if not re.match(r"RFC \d{4}, \d+(\.\d+)*", s)} == {}
    assert {"answer.http", "answer.json", "accepts.json-spelling", "accepts.header-spelling"} <= sources.keys()
