"""Positions, their values and contracts against implementations that do what a value says, and ones that do not.

`BEHAVIOURS` says for each position how implementations may differ there: by which faults or variants of the reference,
and under which values that is conformant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from conformance.contract.catalogues import Position, read_positions
from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import Depth
from conformance.engine.purposes import Purpose, in_depth, load_purposes
from conformance.engine.run import Run
from conformance.engine.scripts import Planned, drawn_script
from conformance.statement.statement import Statement
from conformance.targets.reference import ReferenceFleet

CAPABILITIES = frozenset({"url"})
DEPTH: Mapping[str, Depth] = {"url.slow": "thorough"}
"""The depth that asks what a position says, where it is not `standard`."""

ELSEWHERE = {"size.measured": "size", "content.unlisted": "every-type", "content.switched": "every-type"}
"""A purpose that shows a position at which none aims."""


@dataclass(frozen=True)
class Does:
    """One way to behave: the ids of the faults or variants that make it, and the values under which it is fine.

    `contracts` narrows it, where another contract does not show the difference.
    """

    faults: tuple[str, ...]
    fits: frozenset[str]
    contracts: tuple[str, ...] = ()


def does(faults: str, fits: str, *contracts: str) -> Does:
    """Both lists with blanks between them."""
    return Does(tuple(faults.split()), frozenset(fits.split()), contracts)


V1, ID = "auto-classification-v1.0", "auto-id-doc-classification-v2"
V2021, V2025 = "auto-classification-v2-2021", "auto-classification-v2-2025"

BEHAVIOURS: Mapping[str, tuple[Does, ...]] = {
    "input.both": (does("", "reject either"), does("accepts-both-inputs", "picture-wins either")),
    "parameter.null": (does("", "reject either"), does("null-is-absent", "absent either")),
    "type-list.unknown": (does("", "reject either"), does("unknown-types-ignored", "ignore either")),
    "type-list.empty": (
        does("", "all either"),
        does("empty-type-list-refused", "reject either"),
        does("empty-type-list-is-none", "none either"),
        does("empty-type-list-is-none nothing-is-empty-list", "none either"),
    ),
    "alarm.wrong-type": (does("", "reject either"), does("accepts-alarm-text", "either")),
    "pdf-page.out-of-range": (
        does("", "either"),
        does("page-ignored", "first either"),
        does("page-refused", "reject either"),
    ),
    "size.measured": (does("", "text either"), does("measures-body", "body either")),
    "side.max": (
        does("", "documented", V1, ID, V2021),
        does("", "documented 8192", V2025),
        does("later-side-limit", "8192", V1, V2021),
    ),
    "location.border": (does("", "exact margin"), does("pixel-beyond-border", "margin")),
    "picture.orientation": (does("", "stored either"), does("turns-by-tag", "displayed either")),
    "picture.base64-dialect": (does("", "reject either"), does("loose-base64", "accept either")),
    "picture.data-uri": (does("", "reject either"), does("accepts-data-uri", "strip either")),
    "url.redirect": (does("", "reject either"), does("follows-redirects", "follow either")),
    "url.slow": (does("", "wait either"), does("gives-up-on-slow-downloads", "reject either")),
    "credentials.checked": (does("", "yes"), does("stand-in", "no")),
    "ticket.sides": (does("", "one-each"), does("sides-merged", "merged")),
    "answer.secrets": (does("", "kept either"), does("echoes-token", "either")),
    "ticket.repeated": (does("", "once either"), does("ticket-doubled", "either")),
    "location.scale": (does("", "picture either"), does("scaled-up", "either")),
    "failure.status": (does("", "error"), does("always-200", "200")),
    "alarm.offered": (does("", "yes"), does("no-alarms", "no")),
    "transport.plain-http": (does("", "local any"),),
    "content.switched": (
        does("", "absent given"),
        does("switched-given", "given"),
        does("switched-all-given", "given"),
    ),
    "content.unlisted": (does("", "information strict"), does("field-of-its-own", "information")),
}


@dataclass(frozen=True)
class Cell:
    """One implementation under one value of a position in one contract."""

    position: str
    value: str
    contract: str
    behaviour: Does

    def __str__(self) -> str:
        """As an id of a test."""
        return f"{self.position}={self.value}:{self.contract}:{'+'.join(self.behaviour.faults) or 'reference'}"

    @property
    def fine(self) -> bool:
        """Whether the implementation does what the value says."""
        return self.value in self.behaviour.fits


@dataclass(frozen=True)
class Outcome:
    """What a run came to: its verdict, the musts that were not proven, the requirements broken, requests sent."""

    @property
    def fine(self) -> bool:
        """Whether no must is broken or unproven, and something was asked; as `conformant`, of however few musts."""
        broken = any(name.endswith(":must") for name in self.broken)
        return not broken and not self.unproven and self.error is None and self.requests > 0

    verdict: str
    unproven: tuple[str, ...]
    broken: tuple[str, ...]
    requests: int
    error: str | None


def cells(contracts: Sequence[str]) -> Iterator[Cell]:
    """Every cell of the matrix for some contracts."""
    for position in read_positions().values():
        for contract in contracts:
            if position.concerns(load_contract(contract).page):
                yield from _cells(position, contract)


def _cells(position: Position, contract: str) -> Iterator[Cell]:
    for value in position.values:
        for behaviour in BEHAVIOURS[position.id]:
            if not behaviour.contracts or contract in behaviour.contracts:
                yield Cell(position.id, value, contract, behaviour)


class Kept:
    """What all runs share: implementations that read each picture once, and the requests that a purpose sends."""

    def __init__(self) -> None:
        self.fleet = ReferenceFleet()
        self._purposes: dict[object, list[Purpose]] = {}
        self._scripts: dict[object, list[Planned]] = {}

    def purposes(self, contract: Contract, depth: Depth) -> list[Purpose]:
        """What a run at a depth would send, explorations aside."""
        return in_depth(load_purposes(contract), depth)

    def script(self, purpose: Purpose, contract: Contract, _attempt: int, _answers: object) -> Iterator[Planned]:
        """The requests of a purpose, drawn once for all contracts that have the same limits."""
        key = (purpose.id, purpose.control, purpose.steps, contract.limits)
        if key not in self._scripts:
            self._scripts[key] = list(drawn_script(purpose, contract, 0))
        return iter(self._scripts[key])


@cache
def kept() -> Kept:
    """The one of this process."""
    return Kept()


def run(contract: Contract, faults: Sequence[str], depth: Depth = "standard", position: str | None = None) -> Outcome:
    """Run a contract against the reference with these faults.

    With a `position` only the purposes that concern it are run, and the verdict speaks of what they aim at and of what
    its values demand.
    """
    only = concerned(position, contract) if position is not None else None
    chosen = [p for p in kept().purposes(contract, depth) if only is None or p.name in only]
    names = {aim for purpose in chosen for aim in purpose.aims} | (spoken_of(position) if position else set())
    scope = None if only is None else {f"{contract.id}/{name}" for name in names}
    editions = [V2025] if contract.id == V2025 else []
    with closing(kept().fleet.open(faults, editions=editions)) as target:
        made = Run(
            [contract],
            target,
            depth=depth,
            attempts=1,
            capabilities=CAPABILITIES,
            scripts=kept().script,
            only=scope,
        )
        made.execute(chosen)
    accounts = made.ledger.accounts.values()
    return Outcome(
        made.ledger.verdict,
        tuple(a.requirement.name for a in accounts if a.verdict == "inconclusive" and a.requirement.level == "must"),
        tuple(f"{a.requirement.name}:{a.requirement.level}" for a in accounts if a.verdict == "fail"),
        made.budget.requests,
        next((f"{result.purpose.id}: {result.error}" for result in made.ledger.errors), None),
    )


def spoken_of(position: str) -> set[str]:
    """Names of the requirements that values of a position demand, lift or restate."""
    values = read_positions()[position].values.values()
    return {name for value in values for name in (*value.demands, *value.lifts, *value.restates)}


def concerned(position: str, contract: Contract) -> list[str]:
    """Names of the purposes that aim at what a position says, lifts or restates under any of its values."""
    names = spoken_of(position)
    found = [
        purpose.name
        for purpose in kept().purposes(contract, DEPTH.get(position, "standard"))
        if not names.isdisjoint(purpose.aims)
    ]
    return found or [ELSEWHERE[position]]


def declared(contract_id: str, positions: Mapping[str, str]) -> Contract:
    """A contract under a statement that declares these positions."""
    return load_contract(contract_id).bound_to(Statement(Path(), positions=positions))
