"""Whether confidence tracks accuracy: a reliability table for each contract, from the confidences of known truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from conformance.engine.ledger import Confidences
    from conformance.report.shapes import Calibration, CalibrationBin

_BINS = 10
_WHOLE = 1000
"""Confidences are counted in thousandths."""

_Subject = Literal["field", "document"]
_Tally = dict[int, list[int]]
"""For each confidence how many were wrong, and how many correct."""


def calibration_by_contract(confidences: Confidences) -> Mapping[str, Calibration]:
    """The reliability of each contract whose answers had confidences about something of known truth."""
    tallies: dict[tuple[str, _Subject], _Tally] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for (contract, subject, confidence, correct), count in sorted(confidences.items()):
        tallies[contract, subject][confidence][correct] += count
    return {contract: _calibration(subject, tally) for (contract, subject), tally in tallies.items()}


def _calibration(subject: _Subject, tally: _Tally) -> Calibration:
    bins = [_bin(number, tally) for number in range(_BINS)]
    filled = [entry for entry in bins if entry["count"]]
    count = sum(entry["count"] for entry in filled)
    gaps = (abs(entry["correct"] - entry["confidence"] * entry["count"]) for entry in filled)
    return {
        "of": subject,
        "count": count,
        "correct": sum(entry["correct"] for entry in filled),
        "ranking": _ranking(tally),
        "gap": round(sum(gaps) / count, 3),
        "bins": filled,
    }


def _bin(number: int, tally: _Tally) -> CalibrationBin:
    """One of ten equal parts; a confidence of 1 belongs to the last."""
    inside = {c: both for c, both in tally.items() if min(c * _BINS // _WHOLE, _BINS - 1) == number}
    count = sum(map(sum, inside.values()))
    mean = sum(c * sum(both) for c, both in inside.items()) / count / _WHOLE if count else 0.0
    return {
        "least": number / _BINS,
        "count": count,
        "confidence": round(mean, 3),
        "correct": sum(right for _, right in inside.values()),
    }


def _ranking(tally: _Tally) -> float | None:
    """Area under the ROC curve: each pair of a wrong and a correct one counts, ties by half."""
    wrong_below, won = 0, 0.0
    for _, (wrong, right) in sorted(tally.items()):
        won += right * (wrong_below + wrong / 2)
        wrong_below += wrong
    rights = sum(right for _, right in tally.values())
    return round(won / (wrong_below * rights), 3) if wrong_below and rights else None
