"""Recognition for spreadsheets and as pictures: its tables as CSV and Parquet, its curves and matrices as SVG.

Parquet and pictures are made by processes of their own (`python -m conformance.report.curves`), so that a run has
neither matplotlib (the extra `plots`) nor pyarrow (the extra `parquet`) in its memory. One reads a `Job` as JSON from
standard input and answers with the SVG of each picture by its name; the other one is told a folder of tables.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias, TypedDict, cast

from conformance.files import replace_file
from conformance.report.phrases import one_line
from conformance.text import Text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from conformance.report.figures import Calibration, Confusion, DegradationEntry, Share
    from conformance.report.shapes import Report

# Tables as CSV.


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
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode("utf-8", "backslashreplace")


# Pictures, and tables as Parquet.


_MOST_TYPES = 30
"""Rows and columns of a matrix that can be read: the types that are confused most."""


class Job(TypedDict):
    """What is to be drawn of a report, and in which language its axes are labelled."""

    language: str
    degradations: list[DegradationEntry]
    confusion: list[Confusion]
    calibration: dict[str, Calibration]


_LABELS: Mapping[str, Text] = MappingProxyType(
    {
        "recall": Text("recall", "召回率"),
        "fields": Text("fields read", "字段读对"),
        "answered": Text("answered", "响应中的类型"),
        "shown": Text("on the picture", "图片上的类型"),
        "confidence": Text("confidence", "置信度"),
        "correct": Text("share correct", "正确率"),
    }
)
"""What stands at axes and curves; types and degradations are called what the manifest calls them."""


def missing() -> list[Text]:
    """What is not drawn or written for want of a package, in a sentence each."""
    found = []
    if not _has("matplotlib"):
        found.append(
            Text(
                "curves and matrices are not drawn: pip install 'ocr-conformance[plots]'",
                "未绘制曲线与矩阵：请执行 `pip install 'ocr-conformance[plots]'`",
            )
        )
    if not _has("pyarrow"):
        found.append(
            Text(
                "tables are CSV alone, without Parquet: pip install 'ocr-conformance[parquet]'",
                "表格仅有 CSV，未写 Parquet：请执行 `pip install 'ocr-conformance[parquet]'`",
            )
        )
    return found


def drawn(report: Report, tables: Path, language: str) -> tuple[dict[str, str], list[Text]]:
    """The pictures of a report by name, as SVG, and what could not be made; tables in a folder become Parquet, too."""
    job: Job = {
        "language": language,
        "degradations": [entry for entry in report.get("degradations", []) if entry["pictures"] == "own"],
        "confusion": [cell for cell in report.get("confusion", []) if cell["pictures"] == "own"],
        "calibration": report["calibration"],
    }
    notes, pictures = missing(), "{}"
    if _has("pyarrow"):
        _, wrong = _aside([str(tables)], "")
        notes += wrong
    if _has("matplotlib"):
        pictures, wrong = _aside([], json.dumps(job))
        notes += wrong
    return cast("dict[str, str]", json.loads(pictures or "{}")), notes


def _has(package: str) -> bool:
    return importlib.util.find_spec(package) is not None


def _aside(arguments: Sequence[str], given: str) -> tuple[str, list[Text]]:
    """What a process of its own answered, or what was wrong with it."""
    command = [sys.executable, "-m", "conformance.report.curves", *arguments]
    done = subprocess.run(command, input=given, capture_output=True, text=True, encoding="utf-8", check=False)
    if not done.returncode:
        return done.stdout, []
    said = one_line(done.stderr.strip().rpartition("\n")[2], 300)
    return "", [Text(f"curves or tables could not be made: {said}", f"无法生成曲线或表格：{said}")]


def main(arguments: Sequence[str]) -> int:
    """Make Parquet of the tables in a folder that is named, or draw what standard input asks for."""
    if arguments:
        _write_parquet(Path(arguments[0]))
    else:
        print(json.dumps(_pictures(cast("Job", json.loads(sys.stdin.read())))))
    return 0


def _write_parquet(folder: Path) -> None:
    from pyarrow import csv, parquet

    for path in sorted(folder.glob("*.csv")):
        parquet.write_table(csv.read_csv(path), path.with_suffix(".parquet"))


def _pictures(job: Job) -> dict[str, str]:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "ocr-conformance", "font.size": 8})
    # Text stays text in an SVG: whoever shows the page has the typefaces. That there are none here is no matter.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")
    labels = {name: text.in_language(job["language"]) for name, text in _LABELS.items()}
    found: dict[str, str] = {}
    for contract in dict.fromkeys(entry["contract"] for entry in job["degradations"]):
        entries = [entry for entry in job["degradations"] if entry["contract"] == contract]
        found[f"degradations {contract}"] = _degradations(entries, labels)
    for contract in dict.fromkeys(cell["contract"] for cell in job["confusion"]):
        cells = [cell for cell in job["confusion"] if cell["contract"] == contract]
        found[f"confusion {contract}"] = _matrix(cells, labels)
    for contract, calibration in job["calibration"].items():
        found[f"calibration {contract}"] = _reliability(calibration, labels)
    return found


def _degradations(entries: Sequence[DegradationEntry], labels: Mapping[str, str]) -> str:
    """A panel for each degradation: recall and fields against its strength, with their intervals."""
    from matplotlib import pyplot

    kinds = list(dict.fromkeys(entry["kind"] for entry in entries))
    figure, panels = pyplot.subplots(1, len(kinds), figsize=(2.2 * len(kinds) + 0.6, 2.6), sharey=True, squeeze=False)
    for panel, kind in zip(panels[0], kinds, strict=True):
        of_kind = [entry for entry in entries if entry["kind"] == kind]
        parts = [entry for entry in of_kind if not entry["whole"]] or of_kind
        for name, colour in (("recall", "#1f5fa8"), ("fields", "#b3541e")):
            shares = [((one["least"] + one["most"]) / 2, one[name]) for one in parts]  # type: ignore[literal-required]
            _curve(panel, [(x, share) for x, share in shares if share is not None], labels[name], colour)
        panel.set_title(kind)
        panel.set_ylim(-0.02, 1.02)
    panels[0][0].legend(loc="lower left", frameon=False)
    return _svg(figure)


def _curve(panel: Axes, points: Sequence[tuple[float, Share]], name: str, colour: str) -> None:
    across, values = [x for x, _ in points], [share["value"] for _, share in points]
    below = [share["value"] - share["low"] for _, share in points]
    above = [share["high"] - share["value"] for _, share in points]
    panel.errorbar(across, values, yerr=[below, above], label=name, color=colour, marker="o", markersize=3, capsize=2)


def _matrix(cells: Sequence[Confusion], labels: Mapping[str, str]) -> str:
    """What each type was taken for, as a share of its documents; `-` is nothing."""
    from matplotlib import pyplot

    wrong: dict[str, int] = {}
    for cell in cells:
        for name in (cell["type"], cell["answered"]):
            if name is not None:
                wrong[name] = wrong.get(name, 0) + (cell["count"] if cell["type"] != cell["answered"] else 0)
    names = sorted(sorted(wrong, key=lambda name: (-wrong[name], name))[:_MOST_TYPES])
    rows, columns = [*names, "-"], [*names, "-"]
    counts = {(cell["type"] or "-", cell["answered"] or "-"): cell["count"] for cell in cells}
    sums = {row: sum(count for (kind, _), count in counts.items() if kind == row) for row in rows}
    shares = [[counts.get((row, column), 0) / (sums[row] or 1) for column in columns] for row in rows]
    figure, panel = pyplot.subplots(figsize=(0.28 * len(columns) + 2.6, 0.24 * len(rows) + 2.0))
    panel.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for y, row in enumerate(rows):
        for x, column in enumerate(columns):
            if (count := counts.get((row, column), 0)) > 0:
                colour = "white" if shares[y][x] > 0.5 else "black"
                panel.text(x, y, str(count), ha="center", va="center", fontsize=6, color=colour)
    panel.set_xticks(range(len(columns)), columns, rotation=90)
    panel.set_yticks(range(len(rows)), rows)
    panel.set_xlabel(labels["answered"])
    panel.set_ylabel(labels["shown"])
    return _svg(figure)


def _reliability(calibration: Calibration, labels: Mapping[str, str]) -> str:
    """The share of correct ones against the mean confidence of each bin; the diagonal is a perfect calibration."""
    from matplotlib import pyplot

    figure, panel = pyplot.subplots(figsize=(2.8, 2.6))
    panel.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    bins = calibration["bins"]
    sizes = [10 + 90 * one["count"] / max(1, calibration["count"]) for one in bins]
    across, up = [one["confidence"] for one in bins], [one["correct"] / one["count"] for one in bins]
    panel.plot(across, up, color="#1f5fa8", linewidth=0.8)
    panel.scatter(across, up, s=sizes, color="#1f5fa8")
    panel.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel=labels["confidence"], ylabel=labels["correct"])
    return _svg(figure)


def _svg(figure: Figure) -> str:
    from matplotlib import pyplot

    out = io.StringIO()
    figure.savefig(out, format="svg", bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    return out.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
