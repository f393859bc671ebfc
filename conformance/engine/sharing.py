"""What a worker of xdist learnt, handed in a file to the process that decides: only that one sees the whole run."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.engine.account import Account, Finding
from conformance.engine.ledger import Confidences, ExchangeNote, Ledger, PurposeResult
from conformance.engine.sight import Sight
from conformance.engine.units import Unit
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.purposes import Purpose


@dataclass(frozen=True, slots=True)
class Learnt:
    """A ledger without what the deciding process has itself; `figures` are counts as `Figures.to_data` gives them."""

    accounts: Mapping[str, Account]
    notes: Sequence[ExchangeNote]
    results: Sequence[PurposeResult]
    figures: Sequence[Sequence[object]]
    confidences: Confidences
    units: Mapping[str, Sequence[Unit]]
    sight: Sight
    accepted: int
    stop: tuple[str, Text] | None


def write_learnt(ledger: Ledger, path: Path) -> None:
    """Write what a worker learnt. Raises OSError."""
    stop = (ledger.stop_reason, ledger.stop_text) if ledger.stop_reason and ledger.stop_text else None
    learnt = Learnt(
        accounts=ledger.accounts,
        notes=ledger.notes,
        results=[_slim(result) for result in ledger.results],
        figures=ledger.figures.to_data(),
        confidences=Counter(ledger.confidences),
        units=ledger.habits.units,
        sight=ledger.sight,
        accepted=ledger.accepted,
        stop=stop,
    )
    path.write_bytes(pickle.dumps(learnt))


def learn(ledger: Ledger, path: Path) -> None:
    """Enter what a worker of this run wrote to `path`. Raises OSError."""
    learnt: Learnt = pickle.loads(path.read_bytes())  # a worker of our own wrote it into a folder of our own
    for name, account in learnt.accounts.items():
        ledger.accounts[name].add(account)
    ledger.notes += learnt.notes
    ledger.results += learnt.results
    ledger.figures.merge(learnt.figures)
    ledger.confidences.update(learnt.confidences)
    ledger.sight.add(learnt.sight)
    for contract_id, units in learnt.units.items():
        ledger.habits.see(contract_id, units)
    ledger.settle()
    ledger.accepted += learnt.accepted
    if learnt.stop is not None:
        ledger.stop(*learnt.stop)


def in_order(ledger: Ledger, purposes: Sequence[Purpose]) -> None:
    """Put results and notes into the order of the plan, in which workers do not come."""
    places = {purpose.id: place for place, purpose in enumerate(purposes)}
    last = len(places)
    ledger.results.sort(key=lambda result: places.get(result.purpose.id, last))
    ledger.notes.sort(key=lambda note: places.get(note.purpose, last))


def _slim(result: PurposeResult) -> PurposeResult:
    """A result with one finding of each requirement and fault: bodies of requests may have megabytes."""
    found: dict[tuple[str, str | None], Finding] = {}
    for finding in result.findings:
        label = finding.exchange.request.label
        found.setdefault((finding.observation.requirement, label.fault if label is not None else None), finding)
    kept = tuple(found.values())
    return replace(
        result,
        findings=kept,
        failures=tuple(finding for finding in kept if finding in result.failures),
        warnings=tuple(finding for finding in kept if finding in result.warnings),
    )
