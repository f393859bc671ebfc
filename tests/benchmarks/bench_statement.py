"""Whether every value of every position can be true: python -m tests.benchmarks statement

The matrix position x value x contract: an implementation that does what the value says ends conformant, with every must
proven or not applicable, and one that does otherwise does not. Then 60 random combinations of values with the
implementation that matches them, and pairs of positions that Hypothesis draws, with implementations that do what both
values say and ones that do not. Everything is asked that `standard` asks (`thorough` for the one that needs it);
prints, and ends with an error where a cell is wrong.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "statement"))

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from statement_matrix import BEHAVIOURS, DEPTH, Does, cells, declared, run

from conformance.contract.catalogues import read_positions
from conformance.contract.contract import load_contract
from conformance.files import contract_ids

COMBINATIONS = 60
PAIRS = 120
SLOW = frozenset(DEPTH)
"""Positions that take seconds of waiting: left out of combinations."""


def main() -> None:
    """Print the matrix, then what became of the combinations."""
    wrong = matrix() + combinations() + pairs()
    if wrong:
        sys.exit(f"{len(wrong)} wrong: {'; '.join(wrong[:10])}")


def matrix() -> list[str]:
    """Print a line for each position, value and contract; returns the cells that are not as they should be."""
    print(f"{'position = value':40} {'contract':32} possible  otherwise  requests", flush=True)
    return [wrong for contract in contract_ids() for wrong in matrix_of(contract)]


def matrix_of(contract: str) -> list[str]:
    """The lines of one contract, as soon as it is through."""
    rows: dict[tuple[str, str], list[tuple[bool, bool, int]]] = {}
    wrong = []
    for cell in cells([contract]):
        depth = DEPTH.get(cell.position, "standard")
        found = run(declared(cell.contract, {cell.position: cell.value}), cell.behaviour.faults, depth)
        conformant = found.verdict == "conformant" and found.error is None
        rows.setdefault((cell.position, cell.value), []).append((cell.fine, conformant, found.requests))
        if conformant != cell.fine:
            wrong.append(f"{cell}: {found.verdict} {found.unproven} {found.broken}")
    for (position, value), found_ in rows.items():
        possible = all(conformant for fine, conformant, _ in found_ if fine)
        others = [not conformant for fine, conformant, _ in found_ if not fine]
        seen = "-" if not others else "detected" if all(others) else "no"
        requests = sum(requests for _, _, requests in found_)
        name = f"{position} = {value}"
        print(f"{name:40} {contract:32} {'yes' if possible else 'no':8}  {seen:9}  {requests}", flush=True)
    return wrong


def fitting(contract: str, chance: random.Random, names: list[str]) -> tuple[dict[str, str], list[str]]:
    """A value for each of these positions, and the faults of an implementation that does what they say."""
    chosen: dict[str, str] = {}
    faults: list[str] = []
    for name in names:
        behaviours = [b for b in BEHAVIOURS[name] if not b.contracts or contract in b.contracts]
        behaviour: Does = chance.choice(behaviours)
        chosen[name] = chance.choice(sorted(behaviour.fits))
        faults += behaviour.faults
    if {"accepts-alarm-text"} & set(faults) and chosen.get("parameter.null") == "reject":
        chosen["parameter.null"] = "either"  # it takes null for an alarm, too
    return chosen, list(dict.fromkeys(faults))


def tried(contract: str, chosen: Mapping[str, str], faults: list[str]) -> str | None:
    """What is wrong with a combination, or None."""
    found = run(declared(contract, chosen), faults)
    if found.verdict == "conformant" and found.error is None:
        return None
    return f"{contract} {dict(chosen)} {faults}: {found.verdict} {found.unproven} {found.broken} {found.error or ''}"


def positions_of(contract: str) -> list[str]:
    page = load_contract(contract).page
    return [name for name, position in read_positions().items() if position.concerns(page) and name not in SLOW]


def combinations() -> list[str]:
    """Random values of all positions at once, with the implementation that matches them."""
    chance, wrong, started = random.Random(18), [], time.process_time()
    for number in range(COMBINATIONS):
        contract = contract_ids()[number % len(contract_ids())]
        found = tried(contract, *fitting(contract, chance, positions_of(contract)))
        wrong += [found] if found else []
    took = time.process_time() - started
    print(f"\n{COMBINATIONS} combinations: {COMBINATIONS - len(wrong)} conformant, {took:.0f} CPU s")
    return wrong


def pairs() -> list[str]:
    """Pairs of positions, drawn by Hypothesis: every second implementation does what both values say."""
    wrong: list[str] = []
    counts = {True: 0, False: 0}

    @settings(
        max_examples=PAIRS, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    @given(st.sampled_from(contract_ids()), st.data())
    def one(contract: str, data: st.DataObject) -> None:
        names = data.draw(st.lists(st.sampled_from(positions_of(contract)), min_size=2, max_size=2, unique=True))
        chance = random.Random(data.draw(st.integers(0, 999)))
        if data.draw(st.booleans()):
            chosen, faults = fitting(contract, chance, names)
            fine = True
        else:
            chosen, faults, fine = unmatched(contract, chance, names)
        counts[fine] += 1
        found = tried(contract, chosen, faults)
        if (found is None) != fine:
            wrong.append(found or f"{contract} {chosen} {faults}: conformant, though it does otherwise")

    one()
    print(f"{counts[True]} pairs that match: conformant; {counts[False]} that do not: not; {len(wrong)} otherwise")
    return wrong


def unmatched(contract: str, chance: random.Random, names: list[str]) -> tuple[dict[str, str], list[str], bool]:
    """Values and behaviours drawn apart: whether an implementation happens to do what all of them say, too."""
    chosen: dict[str, str] = {}
    faults: list[str] = []
    fine = True
    for name in names:
        behaviour: Does = chance.choice([b for b in BEHAVIOURS[name] if not b.contracts or contract in b.contracts])
        chosen[name] = chance.choice(sorted(read_positions()[name].values))
        faults += behaviour.faults
        fine = fine and chosen[name] in behaviour.fits
    if "accepts-alarm-text" in faults and chosen.get("parameter.null") == "reject":
        fine = False  # it takes null for an alarm, too
    return chosen, list(dict.fromkeys(faults)), fine
