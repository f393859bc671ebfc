"""Numbers of recognition as tables and pictures beside a report, and what is said where a package is missing."""

from __future__ import annotations

import base64
import csv
import importlib.util
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from own_images import SQUARE, folder_of, honest, run_on, ticket
from pyarrow import parquet

from conformance.exchange import Request
from conformance.report.curves import missing, write_tables
from conformance.report.document import About
from conformance.report.folder import Conclusion, conclude
from conformance.report.transcript import Caller

ABOUT = About("liar", Caller("$TARGET"), "0.1.0", 0, "2026-01-02T03:04:05+00:00", 1.0)


def concluded(folder: Path, *, invented: str = "passport") -> Conclusion:
    """A run over twelve blurred pictures: nothing is found on the blurrier half, once something not there."""
    entries = [
        f'original = "doc-{number}"\ndegradation = {{ kind = "blur", strength = {number / 10} }}\n'
        f'[[image.document]]\ntype = "train_ticket"\ncorners = {SQUARE}\nfields = {{ name = "甲{number}" }}\n'
        for number in range(12)
    ]
    seen: list[Request] = []

    def read(request: Request) -> list[dict[str, object]]:
        seen.append(request)
        if len(seen) > 6:
            return []
        return [
            *honest(request),
            *([ticket(invented, [[150, 60], [190, 60], [190, 90], [150, 90]])] * (len(seen) == 3)),
        ]

    return conclude(run_on(folder_of(folder, *entries), read), ABOUT)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_tables_stand_beside_the_report(tmp_path: Path) -> None:
    report = concluded(tmp_path / "own").story.report
    place = write_tables(report, tmp_path / "report")
    assert place is not None
    assert sorted(path.name for path in place.iterdir()) == [
        "confusion.csv", "degradations.csv", "fields.csv", "outcomes.csv", "types.csv",
    ]  # fmt: skip
    (name,) = rows(place / "fields.csv")
    assert (name["field"], name["stated"], name["answered"], name["right"], name["recall"]) == (
        "name",
        "12",
        "6",
        "6",
        "0.5",
    )
    outcomes = rows(place / "outcomes.csv")
    assert len(outcomes) == 12
    assert sum(int(row["recognised"]) for row in outcomes) == sum(int(row["fields_read"]) for row in outcomes) == 6
    assert [(row["type"], row["answered"], row["count"]) for row in rows(place / "confusion.csv")] == [
        ("train_ticket", "", "6"), ("train_ticket", "train_ticket", "6"), ("", "passport", "1"),
    ]  # fmt: skip


def test_no_text_of_a_target_stands_in_a_table(tmp_path: Path) -> None:
    report = concluded(tmp_path / "own", invented='=HYPERLINK("http://x")').story.report
    place = write_tables(report, tmp_path / "report")
    assert place is not None
    assert [row["answered"] for row in rows(place / "confusion.csv")] == ["", "train_ticket", "(unlisted)"]
    assert "HYPERLINK" not in "".join(path.read_text(encoding="utf-8") for path in place.glob("*.csv"))


def test_curves_and_matrices_are_pictures_of_the_page_and_tables_are_parquet_too(tmp_path: Path) -> None:
    assert concluded(tmp_path / "own").write(tmp_path / "report", "en") == []
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "Accuracy against the strength of each degradation" in page
    curves, matrix = (words(picture) for picture in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page))
    assert {"blur", "recall", "fields read"} <= curves
    assert {"train_ticket", "passport", "6", "1"} <= matrix
    table = parquet.read_table(tmp_path / "report" / "tables" / "outcomes.parquet")
    assert table.num_rows == 12
    assert sum(table.column("recognised").to_pylist()) == 6


def test_axes_are_labelled_in_the_language_of_the_report(tmp_path: Path) -> None:
    assert concluded(tmp_path / "own").write(tmp_path / "report", "zh") == []
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    curves, matrix = (words(picture) for picture in re.findall(r'src="data:image/svg\+xml;base64,([^"]*)"', page))
    assert {"blur", "召回率", "字段读对"} <= curves
    assert {"响应中的类型", "图片上的类型"} <= matrix


def words(picture: str) -> set[str | None]:
    """What is written in an SVG, given in base64."""
    drawing = ElementTree.fromstring(base64.b64decode(picture))
    return {text.text for text in drawing.iter("{http://www.w3.org/2000/svg}text")}


def test_what_cannot_be_drawn_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    ended = concluded(tmp_path / "own")
    assert [note.en for note in ended.write(tmp_path / "report", "en")] == [
        "curves and matrices are not drawn: pip install 'ocr-conformance[plots]'",
        "tables are CSV alone, without Parquet: pip install 'ocr-conformance[parquet]'",
    ]
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "curves and matrices are not drawn" in page
    assert (tmp_path / "report" / "tables" / "types.csv").is_file()
    assert len(missing()) == 2


def test_without_pictures_of_ones_own_there_are_no_tables(tmp_path: Path) -> None:
    report = concluded(tmp_path / "own").story.report
    report["recognition"] = []
    assert write_tables(report, tmp_path / "report") is None
    assert not (tmp_path / "report").exists()
