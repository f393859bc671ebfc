"""`report.json`: its members, its schema, its hash, and what a broken one is met with."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any, NotRequired, get_origin, get_type_hints, is_typeddict

import pytest
from reporting import ABOUT, ID, changed, finding_of, picture, request, sample_ledger, sample_report

from conformance.files import DataError, data_folder, read_json, schema_errors
from conformance.report import figures, paired, shapes
from conformance.report.document import report_document
from conformance.report.evidence import write_evidence
from conformance.report.folder import read_report
from conformance.report.shapes import to_json
from conformance.statement.terms import Waiver


def schema() -> dict[str, Any]:
    value = read_json(data_folder("schemas") / "report.schema.json")
    assert isinstance(value, dict)
    return value


def test_a_report_validates_against_its_schema() -> None:
    assert schema_errors(sample_report(), schema()) == []


def test_the_schema_and_the_types_name_the_same_members() -> None:
    definitions = {**schema()["$defs"], "report": schema()}
    pairs = {
        "report": shapes.Report,
        "source": shapes.Source,
        "latency": figures.Latency,
        "calibration": figures.Calibration,
        "calibration_bin": figures.CalibrationBin,
        "recognition": figures.RecognitionEntry,
        "share": figures.Share,
        "agreed": figures.Agreed,
        "rate": figures.Share,
        "field": figures.FieldEntry,
        "confusion": figures.Confusion,
        "degradation": figures.DegradationEntry,
        "outcomes": paired.Outcomes,
        "request": shapes.RequestSummary,
        "response": shapes.ResponseSummary,
        "failure": shapes.FailureSummary,
        "picture_evidence": shapes.PictureEvidence,
        "evidence": shapes.Evidence,
        "finding": shapes.FindingEntry,
        "breach": shapes.Breach,
        "requirement": shapes.RequirementEntry,
        "purpose": shapes.PurposeEntry,
        "exchange": shapes.ExchangeEntry,
        "picture": shapes.PictureEntry,
        "waiver": shapes.WaiverEntry,
        "text": shapes.Both,
    }
    for name, typed in pairs.items():
        assert is_typeddict(typed)
        assert list(definitions[name]["properties"]) == list(get_type_hints(typed)), name
        hints = get_type_hints(typed, include_extras=True)
        assert definitions[name]["required"] == [key for key in hints if get_origin(hints[key]) is not NotRequired], (
            name
        )


def test_every_verdict_is_counted() -> None:
    report = sample_report()
    assert report["verdict"] == "nonconformant"
    assert report["score"] == {"requirements": 7, "proven": 2, "failed": 3, "inconclusive": 1, "not_applicable": 1}


def test_a_finding_has_its_evidence_without_the_picture_itself() -> None:
    report = sample_report()
    corners = next(entry for entry in report["requirements"] if entry["id"] == f"{ID}/ticket.corners")
    evidence = corners["findings"][0]["evidence"]
    assert evidence is not None
    assert evidence["request"]["body"] == re.sub(r"\s+$", "", evidence["request"]["body"])
    assert re.fullmatch(r'\{\n  "image": "[A-Za-z0-9+/]{60}… \+\d+"\n\}', evidence["request"]["body"])
    assert evidence["response"] is not None
    assert evidence["response"]["marked"] == '"location": [[20, 20], [20, 100], [180, 100], [180, 20]]'
    key = hashlib.sha256(picture()).hexdigest()[:16]
    assert evidence["picture"] == {
        "id": key,
        "true": [
            {
                "type": "train_ticket",
                "readable": True,
                "corners": [[20.0, 20.0], [180.0, 20.0], [180.0, 100.0], [20.0, 100.0]],
            }
        ],
        "returned": [
            {
                "pointer": "/result/0",
                "type": "train_ticket",
                "corners": [[20.0, 20.0], [20.0, 100.0], [180.0, 100.0], [180.0, 20.0]],
            }
        ],
    }
    assert (report["pictures"][key]["width"], report["pictures"][key]["height"]) == (200, 120)
    assert str(report["pictures"][key]["thumbnail"]).startswith("data:image/jpeg;base64,")


def test_a_requirement_tells_where_it_broke_and_what_proves_its_check() -> None:
    entry = next(e for e in sample_report()["requirements"] if e["id"] == f"{ID}/ticket.corners")
    assert entry["breaches"] == [{"purpose": f"{ID}/places", "fault": None}]
    assert entry["proofs"] == ["counter-clockwise"]


def test_traffic_that_the_kit_did_not_make_is_shown_without_its_content(tmp_path: Path) -> None:
    ledger = sample_ledger()
    for name in ("ticket.corners", "content.listed"):
        found = finding_of(ledger, name)
        foreign = dataclasses.replace(found.exchange, request=dataclasses.replace(found.exchange.request, truth=None))
        ledger.accounts[f"{ID}/{name}"].findings[0] = dataclasses.replace(found, exchange=foreign)
    corners = next(e for e in report_document(ledger, ABOUT)["requirements"] if e["id"] == f"{ID}/ticket.corners")
    evidence = corners["findings"][0]["evidence"]
    assert evidence is not None
    assert evidence["response"] is not None
    assert evidence["picture"] is None
    assert evidence["request"]["body"] == '{"image": …}'
    assert evidence["response"]["marked"] == '"location": [[…, …], […, …], […, …], […, …]]'
    assert evidence["response"]["before"].splitlines()[3:5] == [
        '      "status": {"error_code": …, "error_msg": …},',
        '      "type": …,',
    ]
    assert corners["findings"][0]["curl"].endswith("--data-binary @BODY-OF-00001")
    ledger.accounts[f"{ID}/confidence.range"].findings.clear()
    write_evidence(ledger, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_waivers_say_whether_they_have_expired() -> None:
    waivers = [
        Waiver(f"{ID}/{name}", "a reason", "An Owner", date(2026, 1, day))
        for name, day in (("ticket.once", 1), ("ticket.corners", 2))
    ]
    report = report_document(sample_ledger(), ABOUT, waivers=waivers)
    assert [(w["requirement"], w["expires"], w["expired"]) for w in report["waivers"]] == [
        (f"{ID}/ticket.once", "2026-01-01", True),
        (f"{ID}/ticket.corners", "2026-01-02", False),
    ]


def test_requirements_of_a_deeper_run_are_named_as_not_tested() -> None:
    assert sample_report()["not_tested"]["requirements"] == [
        {"id": f"{ID}/size.max", "depth": "thorough", "why": "depth"}
    ]


def test_latency_is_that_of_valid_requests() -> None:
    assert sample_report()["latency"] == {
        ID: {"count": 1, "p50_ms": 20.0, "p90_ms": 20.0, "p99_ms": 20.0, "max_ms": 20.0}
    }


def test_the_hash_is_that_of_the_canonical_rest() -> None:
    report = json.loads(to_json(sample_report()))
    stated = report.pop("sha256")
    canonical = json.dumps(report, sort_keys=True, separators=(",", ":")).encode()
    assert hashlib.sha256(canonical).hexdigest() == stated


def test_what_a_terminal_would_obey_is_escaped_in_the_file_and_survives_reading(tmp_path: Path) -> None:
    hostile = "\x1b[2J \x9b31m \u202e \ud83d \u2028 <script>"
    path = tmp_path / "report.json"
    path.write_bytes(to_json(sample_report(observed=hostile)))
    assert not set("\x1b\x9b\u202e\u2028") & set(path.read_text(encoding="utf-8"))
    report = read_report(tmp_path)
    assert report["requirements"][1]["findings"][0]["observed"] == hostile


def test_the_body_of_a_failing_request_is_written_once_beside_the_report(tmp_path: Path) -> None:
    write_evidence(sample_ledger(), tmp_path)
    files = [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [f"evidence/{request().body_sha256()[:16]}.body"]
    assert (tmp_path / files[0]).read_bytes() == request().body


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "{path}: cannot be read: No such file or directory"),
        (b"\xff", "{path}: expected UTF-8 text, found byte 0xff"),
        (b"{", "{path}: not valid JSON: "),
        (b"[" * 100_000, "{path}: not valid JSON: "),
        (b"[]", "{path}: expected a report.json of ocr-conformance, found a JSON list; make a new one with `ocr-"),
        (b"{}", "{path}: expected a report.json of ocr-conformance, found a JSON object of another kind; make"),
        (
            b'{"kit": "ocr-conformance", "kit_version": "0.0.1"}',
            "{path}: expected the form of schemas/report.schema.json, found top level: ",
        ),
        (
            b'{"kit": "ocr-conformance", "\\u001b[2J": 1}',
            "{path}: expected the form of schemas/report.schema.json, found top level: ",
        ),
    ],
)
def test_a_file_that_is_no_report_is_one_message(tmp_path: Path, content: bytes | None, message: str) -> None:
    path = tmp_path / "report.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError) as raised:
        read_report(path)
    assert str(raised.value).startswith(message.format(path=path))
    assert str(raised.value).isprintable()


def test_a_report_that_was_edited_is_refused(tmp_path: Path) -> None:
    report = changed(sample_report(), {})
    report["score"]["failed"] = 0
    path = tmp_path / "report.json"
    path.write_bytes(to_json(report))
    with pytest.raises(DataError, match="expected content with the hash that it states, found another: it was changed"):
        read_report(path)
