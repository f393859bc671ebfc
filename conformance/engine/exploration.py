"""What depth thorough adds: purposes that Hypothesis draws, each a fresh control with some faults of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.engine.purposes import Purpose, Step
from conformance.strategies.examples import examples
from conformance.strategies.invalid import fault_ids
from conformance.strategies.valid import plain_draws, valid_draws
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract

CONTROLS = 30
"""Controls drawn for a contract, each of them one purpose."""

FAULTS = 6
"""Faults sent with each control: all variants take their turns."""

VARIED = 2
"""Further valid requests of each purpose, from everything that the documents allow."""


def explore(contract: Contract, seed: int, *, url: bool = False) -> list[Purpose]:
    """The purposes of an exploration: the same for the same seed, Hypothesis and kit; a recording keeps what was drawn.

    `url` True adds requests whose pictures have to be served.
    """
    controls = examples(plain_draws(contract), CONTROLS, seed)
    varied = examples(valid_draws(contract, url=url), CONTROLS * VARIED, seed + 1)
    faults = fault_ids(contract, url=url)
    purposes = []
    for number, control in enumerate(controls):
        chosen = [faults[(number * FAULTS + turn) % len(faults)] for turn in range(FAULTS)]
        steps = [Step(draw=draw) for draw in varied[number * VARIED : (number + 1) * VARIED]]
        steps += [Step(fault=fault) for fault in chosen]
        owners = (owner for fault in chosen for owner in contract.by_fault[fault.partition("/")[0]])
        purposes.append(
            Purpose(
                contract_id=contract.id,
                name=f"explore-{number + 1:02d}",
                title=Text(
                    f"Exploration {number + 1}, drawn with seed {seed}.", f"探索 {number + 1}，随机种子 {seed}。"
                ),
                depth="thorough",
                control=control,
                steps=tuple(steps),
                aims=tuple(dict.fromkeys(owner.name for owner in owners)),
            )
        )
    return purposes
