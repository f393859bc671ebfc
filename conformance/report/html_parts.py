"""What the page is made of: bars, failures, rows of the traceability matrix, purposes, positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from conformance.contract.requirements import Level
from conformance.report.outlines import Drawing
from conformance.report.shapes import Both, ExchangeEntry, FindingEntry, PurposeEntry, RequirementEntry
from conformance.text import Text


@dataclass(frozen=True, slots=True)
class Bar:
    """Requirements of one contract and level, counted by verdict."""

    contract: str
    level: Level
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())

    @property
    def segments(self) -> list[tuple[str, float, float]]:
        """Verdict, start and length of each part of the bar in percent."""
        found, start = [], 0.0
        for verdict, count in self.counts.items():
            length = 100 * count / self.total
            if count:
                found.append((verdict, round(start, 2), round(length, 2)))
            start += length
        return found


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed requirement: its first finding with the picture drawn, and the other findings that were kept."""

    number: int
    requirement: RequirementEntry
    first: FindingEntry
    others: Sequence[FindingEntry]
    drawing: Drawing | None
    with_evidence: bool
    opened: bool


@dataclass(frozen=True, slots=True)
class Trace:
    """A row of the traceability matrix; `purposes` are names without the contract, `exchanges` ids of findings."""

    requirement: RequirementEntry
    purposes: Sequence[str]
    exchanges: Sequence[str]


@dataclass(frozen=True, slots=True)
class PurposeGroup:
    """A purpose with its exchanges; `anchored` says of each whether links to its id lead here."""

    id: str
    purpose: PurposeEntry | None
    exchanges: Sequence[ExchangeEntry]
    anchored: Sequence[bool]


@dataclass(frozen=True, slots=True)
class PositionTaken:
    """A position on an open point: what it is about, the value that held, what that means, and who took it."""

    id: str
    value: str
    title: Text
    meaning: Text
    contracts: Sequence[str]
    by_target: bool


@dataclass(frozen=True, slots=True)
class Breakage:
    """What the target breaks in one sentence, and the failures that say so: one for each contract."""

    statement: Both
    failures: Sequence[Failure]
