"""The numbers of recognition as tables: CSV beside a report, for spreadsheets and for other programs.

No text of a target stands there, which a spreadsheet could take for a formula: types and fields are those
of the contract.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, TypeAlias

from conformance.files import replace_file

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.report.recognition_shapes import Share
    from conformance.report.shapes import Report

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
