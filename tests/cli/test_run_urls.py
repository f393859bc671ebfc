"""Runs with pictures that a url names: live, declared or not, recorded, and replayed without anything being served."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from command import TOKEN, ocr_conformance, plain_environment, served

URLS = ("--contract", "auto-classification-v1.0", "--only", "url", "--only", "url-faults", "--only", "accepts.picture")
STATEMENT = """\
contracts = ["auto-classification-v1.0"]

[target]
pictures = "http://127.0.0.1"
"""


def verdicts(report: Path) -> dict[str, str]:
    """The verdict of every requirement that needs a url, by name, as `report.json` has it."""
    entries = json.loads((report / "report.json").read_text(encoding="utf-8"))["requirements"]
    return {entry["id"].partition("/")[2]: entry["verdict"] for entry in entries if "url" in entry["id"]}


def test_a_recording_of_urls_is_replayed_without_serving_them(tmp_path: Path) -> None:
    cassette, live, again = (str(tmp_path / name) for name in ("cassette", "live", "again"))
    ran = ocr_conformance("run", "reference", *URLS, "--record", cassette, "--report", live)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    replayed = ocr_conformance("run", f"cassette:{cassette}", *URLS, "--report", again)
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    seen = verdicts(Path(live))
    assert (set(seen.values()), len(seen)) == ({"pass"}, 11)
    assert verdicts(Path(again)) == seen


def test_urls_are_left_out_and_seen_to_be_where_nothing_is_declared(tmp_path: Path) -> None:
    named = ("--contract", "auto-classification-v1.0", "--only", "accepts.picture", "--only", "accepts.url")
    with served() as origin:
        done = ocr_conformance("run", origin, *named, "--report", str(tmp_path), OCR_CONFORMANCE_TOKEN=TOKEN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path) == {"accepts.url": "not-applicable"}
    assert "1 of 1 requirements proven, 0 failed\n" in done.stdout
    assert "  1 not applicable (not declared: url)\n" in done.stdout


def test_a_statement_declares_where_the_target_reaches_pictures(tmp_path: Path) -> None:
    statement = tmp_path / "statement.toml"
    statement.write_text(STATEMENT, encoding="utf-8")
    with served("--allow-private-urls") as origin:
        done = ocr_conformance(
            "run", origin, *URLS, "--statement", str(statement), "--report", str(tmp_path), OCR_CONFORMANCE_TOKEN=TOKEN
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert set(verdicts(tmp_path).values()) == {"pass"}


def test_the_curl_line_of_a_finding_serves_the_picture_and_shows_it_again(tmp_path: Path) -> None:
    statement = tmp_path / "statement.toml"
    statement.write_text(STATEMENT, encoding="utf-8")
    only = ("--only", "url.same-as-inline", "--only", "url.found")
    with served("--allow-private-urls", "--fault", "halves-urls", "--fault", "accepts-nothing-found") as origin:
        done = ocr_conformance(
            "run", origin, *only, "--statement", str(statement), "--report", str(tmp_path), OCR_CONFORMANCE_TOKEN=TOKEN
        )
        assert done.returncode == 1, done.stdout + done.stderr
        report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        findings = {e["id"].partition("/")[2]: e["findings"][0] for e in report["requirements"] if e["findings"]}
        moved, lost = (again(findings[name]["curl"], tmp_path) for name in ("url.same-as-inline", "url.found"))
    # The ticket at half its place, and one that nobody can have seen.
    assert moved["result"][0]["location"][0] == [8, 8]
    assert "result" in lost


def again(line: str, report: Path) -> dict[str, Any]:
    """What the target answers to a curl line, run by a shell in the report folder."""
    command = report / "ocr-conformance"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "from conformance.cli import main; main()" "$@"\n')
    command.chmod(0o700)
    environment = plain_environment(PATH=f"{report}:{os.environ['PATH']}", OCR_CONFORMANCE_TOKEN=TOKEN)
    done = subprocess.run(["sh", "-c", line], cwd=report, env=environment, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout.split("\n\n", 1)[1])  # status and headers come first
    assert isinstance(answer, dict)
    return answer
