"""Percentiles of how long a target took to answer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.engine.ledger import ExchangeNote
    from conformance.report.shapes import Latency


def latency_by_contract(notes: Iterable[ExchangeNote], paths: Mapping[str, str]) -> Mapping[str, Latency]:
    """Percentiles for each contract that had a valid request answered; `paths` are those of the contracts by id.

    Faulty requests are left out, since refusing is quicker than recognising, and so are requests without an answer and
    those that the target asked to send again.
    """
    elapsed: dict[str, list[float]] = {contract: [] for contract in paths}
    contracts = {path: contract for contract, path in paths.items()}
    for note in notes:
        # The purpose of audited traffic is a file, which names no contract.
        contract = note.purpose.partition("/")[0]
        contract = contract if contract in paths else contracts.get(note.path, "")
        if note.fault is None and note.response_bytes and not note.retried and contract in elapsed:
            elapsed[contract].append(note.elapsed_s * 1000)
    return {contract: _latency(sorted(values)) for contract, values in elapsed.items() if values}


def _latency(ordered: list[float]) -> Latency:
    return {
        "count": len(ordered),
        "p50_ms": _percentile(ordered, 50),
        "p90_ms": _percentile(ordered, 90),
        "p99_ms": _percentile(ordered, 99),
        "max_ms": round(ordered[-1], 1),
    }


def _percentile(ordered: list[float], percent: int) -> float:
    """The nearest-rank percentile of sorted values."""
    return round(ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)], 1)
