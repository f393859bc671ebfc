"""What one process learnt, handed to the one that decides: a worker of xdist, or one that judged a part of traffic."""

from __future__ import annotations

import gc
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.engine.account import Account, Finding
from conformance.engine.figures import Figures
from conformance.engine.habits import Habits
from conformance.engine.ledger import Confidences, ExchangeNote, Ledger, PurposeResult
from conformance.engine.sight import Sight
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.purposes import Purpose


_COLLECTED_AFTER = 50_000
"""Objects after which Python looks for cycles while traffic is gone through."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A ledger without what it was opened with: what one process hands to another."""

    accounts: Mapping[str, Account]
    notes: Sequence[ExchangeNote]
    sent: int
    billable: int
    results: Sequence[PurposeResult]
    figures: Figures
    confidences: Confidences
    habits: Habits
    sight: Sight
    accepted: int
    stop: tuple[str, Text] | None


def learnt_of(ledger: Ledger) -> Learnt:
    """What a ledger has to hand on."""
    return Learnt(
        accounts=ledger.accounts,
        notes=ledger.notes,
        sent=ledger.sent,
        billable=ledger.billable,
        results=[_slim(result) for result in ledger.results],
        figures=ledger.figures,
        confidences=Counter(ledger.confidences),
        habits=ledger.habits,
        sight=ledger.sight,
        accepted=ledger.accepted,
        stop=(ledger.stop_reason, ledger.stop_text) if ledger.stop_reason and ledger.stop_text else None,
    )


def enter(ledger: Ledger, learnt: Learnt) -> None:
    """Enter what was learnt by another worker of this run, or in another part of the traffic.

    Where no two parts share a place, the order in which they are entered makes no difference, nor does it whether some
    were brought together before.
    """
    for name, account in learnt.accounts.items():
        ledger.accounts[name].add(account)
    ledger.notes = sorted([*ledger.notes, *learnt.notes], key=lambda note: note.place)[: ledger.most_notes]
    ledger.sent += learnt.sent
    ledger.billable += learnt.billable
    ledger.results += learnt.results
    ledger.figures.add(learnt.figures)
    ledger.confidences.update(learnt.confidences)
    ledger.sight.add(learnt.sight)
    ledger.habits.add(learnt.habits)
    ledger.accepted += learnt.accepted
    if not ledger.late:
        ledger.settle()
    if learnt.stop is not None:
        ledger.stop(*learnt.stop)


def write_learnt(ledger: Ledger, path: Path) -> None:
    """Write what a worker learnt. Raises OSError."""
    path.write_bytes(pickle.dumps(learnt_of(ledger)))


def learn(ledger: Ledger, path: Path) -> None:
    """Enter what a worker of this run wrote to `path`. Raises OSError."""
    enter(ledger, pickle.loads(path.read_bytes()))  # a worker of our own wrote it into a folder of our own


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


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Python looks less often for cycles that nothing refers to: exchanges make none, and what contracts are is large.

    The process is as before afterwards.
    """
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
