"""The numbers of a report: percentiles, reliability tables, and recognition as CSV for spreadsheets."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.engine.figures import answered_ms, percentile
from conformance.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.account import ExchangeNote
    from conformance.engine.ledger import Confidences
    from conformance.report.recognition_shapes import Share
    from conformance.report.shapes import Calibration, CalibrationBin, Latency, Report


FOLDER = "tables"
"""Where in the folder of a report they are."""

_Row: TypeAlias = "Mapping[str, object]"


def write_tables(report: Report, folder: Path) -> Path | None:
    """Write a CSV file of each kind of number into `tables/` of a report folder; returns that.

    None, and nothing is written, where no pictures of the user's own were asked for. Raises OSError.
    """
    if all(entry["pictures"] != "own" for entry in report.get("recognition", [])):
        return None
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for old in (*place.glob("*.csv"), *place.glob("*.parquet")):
        old.unlink()
    for name, rows in _tables(report).items():
        if rows:
            replace_file(place / f"{name}.csv", _csv(rows))
    return place


def _tables(report: Report) -> dict[str, Sequence[_Row]]:
    entries = report.get("recognition", [])
    where = ("contract", "pictures", "type")
    return {
        "types": [
            {**{key: entry[key] for key in (*where, "documents", "recognised", "right")},  # type: ignore[literal-required]
             "distinct": entry.get("distinct"),
             **_share("recall", entry["recall"]), **_share("precision", entry["precision"]),
             **_share("fields", entry.get("fields_share")), **_share("error_rate", entry.get("error_rate"))}
            for entry in entries
        ],
        "fields": [
            {**{key: entry[key] for key in where},  # type: ignore[literal-required]
             "field": field["name"], "stated": field["stated"], "answered": field["answered"], "right": field["right"],
             **_share("recall", field["recall"]), **_share("precision", field["precision"]),
             **_share("exact", field["exact"]), **_share("error_rate", field["error_rate"])}
            for entry in entries
            for field in entry.get("by_field", [])
        ],
        "confusion": report.get("confusion", []),
        "degradations": [
            {**{key: value for key, value in entry.items() if key not in ("recall", "fields", "error_rate")},
             **_share("recall", entry["recall"]), **_share("fields", entry["fields"]),
             **_share("error_rate", entry["error_rate"])}
            for entry in report.get("degradations", [])
        ],
        "calibration": [
            {"contract": contract, "of": found["of"], **one}
            for contract, found in report["calibration"].items()
            for one in found["bins"]
        ],
        "outcomes": list(_outcomes(report)),
    }  # fmt: skip


def _outcomes(report: Report) -> Iterator[_Row]:
    """A row for each document on a picture."""
    for found in report.get("outcomes", []):
        for each in found["types"]:
            for row in each["rows"]:
                picture, document, outcome = row.split(" ")
                yield {
                    "contract": found["contract"],
                    "pictures": found["pictures"],
                    "type": each["type"],
                    "picture": f"h{picture}",  # a letter first: no spreadsheet takes it for a number
                    "document": int(document),
                    "recognised": int(outcome[0]),
                    "fields_stated": len(outcome) - 1 - outcome[1:].count("-"),
                    "fields_read": outcome[1:].count("1"),
                }


def _share(name: str, share: Share | None) -> dict[str, object]:
    return {
        name: share["value"] if share is not None else None,
        f"{name}_low": share["low"] if share is not None else None,
        f"{name}_high": share["high"] if share is not None else None,
    }


def _csv(rows: Sequence[_Row]) -> bytes:
    out = StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


# Percentiles of how long a target took to answer.


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


# Whether confidence tracks accuracy: a reliability table for each contract, from the confidences of known truth.


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
