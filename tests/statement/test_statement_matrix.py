"""Every value of every position can be true, and is found out where it is not: the narrow form of the whole matrix.

Asked is what aims at the requirements that the position speaks of; `python -m tests.benchmarks statement` asks
everything, of every contract.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from statement_matrix import BEHAVIOURS, DEPTH, ID, V1, V2025, Cell, cells, declared, run

from conformance.contract.catalogues import read_positions

LEFT_OUT = {"transport.plain-http", "url.slow"}
"""The first says what a run may do, which no answer shows; the second takes seconds of waiting for each cell."""
FREE = {(name, "either") for name in read_positions()} | {
    ("content.switched", "given"), ("content.unlisted", "information"), ("location.border", "margin"),
    ("transport.plain-http", "local"), ("transport.plain-http", "any"),
}  # fmt: skip
"""Values under which each implementation here is fine."""
ONLY_2025 = {"pdf-page.out-of-range", "ticket.sides", "content.switched"}


def asked() -> list[Cell]:
    """The cells of the primary contracts, and of the edition of 2025 those that it alone has."""
    later = [cell for cell in cells([V2025]) if cell.position in ONLY_2025]
    return [cell for cell in [*cells([V1, ID]), *later] if cell.position not in LEFT_OUT]


@pytest.mark.parametrize("cell", asked(), ids=str)
def test_who_does_what_is_declared_is_conformant_and_nobody_else_is(cell: Cell) -> None:
    contract = declared(cell.contract, {cell.position: cell.value})
    depth = DEPTH.get(cell.position, "standard")
    found = run(contract, cell.behaviour.faults, depth, cell.position)
    assert found.error is None
    assert found.fine == cell.fine, found


def test_every_position_has_implementations_for_each_of_its_values_and_one_that_differs() -> None:
    missing = defaultdict(list)
    for name, position in read_positions().items():
        for value in position.values:
            fits = [behaviour for behaviour in BEHAVIOURS[name] if value in behaviour.fits]
            if not fits:
                missing[name].append(value)
            if len(fits) == len(BEHAVIOURS[name]) and (name, value) not in FREE:
                missing[name].append(f"not {value}")
    assert dict(missing) == {}
