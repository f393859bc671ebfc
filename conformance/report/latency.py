"""Percentiles of how long a target took to answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from conformance.engine.measuring import answered_ms, percentile

if TYPE_CHECKING:
    from conformance.engine.ledger import ExchangeNote
    from conformance.report.shapes import Latency


def latency_by_contract(notes: Iterable[ExchangeNote], paths: Mapping[str, str]) -> Mapping[str, Latency]:
    """Percentiles for each contract that had a valid request answered; `paths` are those of the contracts by id."""
    return {contract: _latency(ordered) for contract, ordered in answered_ms(notes, paths).items() if ordered}


def _latency(ordered: list[float]) -> Latency:
    return {
        "count": len(ordered),
        "p50_ms": round(percentile(ordered, 50), 1),
        "p90_ms": round(percentile(ordered, 90), 1),
        "p99_ms": round(percentile(ordered, 99), 1),
        "max_ms": round(ordered[-1], 1),
    }
