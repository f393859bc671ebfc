"""The benchmarks still run, and count what they say that they count. Nothing here is about time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from bench_finding import Outcome, peer_findings
from counting import billed
from figures import Row, Spread, ratios, table
from processes import Cost

ROOT = Path(__file__).resolve().parents[2]


def benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)


def test_the_parts_that_need_nothing_else_still_run() -> None:
    done = benchmarks("startup", "overhead", "growth", "--smoke")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    measured = [re.split("  +", line)[0] for line in lines[lines.index("") + 1 :]]
    assert [measured[0], *measured[2:]] == [
        "measured",
        "start-up: `ocr-conformance --help` / `import click`",
        "run --depth smoke, 27 exchanges: start-up, CPU",
        "run --depth smoke, 27 exchanges: CPU / bare loop",
        "run --depth smoke, 27 exchanges: making pictures and bodies, without those on disk",
        "run --depth smoke, 27 exchanges: wall / bare loop",
        "run --depth smoke, 27 exchanges: peak memory of the kit",
        "growth: replay and judge, 20 exchanges",
        "growth: audit --report, 20 exchanges",
    ]


def test_audits_are_measured_without_an_earlier_kit() -> None:
    done = benchmarks("audit", "--smoke")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [re.split("  +", line)[0] for line in lines[lines.index("") + 3 :]] == [
        "audit, three tickets, JPEG of 200 KB, CPU of an exchange",
        "audit of the recording of *growth*, CPU of an exchange",
        "audit of a HAR file with bodies of 3 MB, CPU of an exchange",
        "import of that file, CPU of an exchange",
        "replay and judge, CPU of an exchange",
    ]


def test_a_part_that_is_not_known_is_refused_in_one_line() -> None:
    done = benchmarks("speed")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        2,
        (
            "python -m tests.benchmarks: error: expected parts of startup, overhead, replay, growth, finding, audit, "
            "images, http, strategies, draws, reference, pages, engines, opinions, parts, recordings, statement, sets, "
            "load and whole numbers from 1, "
            "got ['speed']"
        ),
    )


def event(phase: str, **cases: str | None) -> str:
    """One scenario as Schemathesis writes it: cases in the order of sending, each with the message of its failure."""
    return json.dumps(
        {
            "ScenarioFinished": {
                "phase": phase,
                "recorder": {
                    "interactions": {case: {"timestamp": at} for at, case in enumerate(cases)},
                    "checks": {
                        case: [
                            {"name": "status", "status": "failure", "failure_info": {"failure": said(message)}}
                            if message
                            else {"name": "status", "status": "success"}
                        ]
                        for case, message in cases.items()
                    },
                },
            }
        }
    )


def said(message: str) -> dict[str, str]:
    return {"title": "Undocumented", "message": message}


def test_findings_of_the_other_tool_are_numbered_by_its_requests() -> None:
    events = [
        json.dumps({"SuiteStarted": {}}),
        event("examples", a=None, b="500"),
        event("fuzzing", c="500", d="500", e="418"),
    ]
    assert peer_findings(events) == (
        {
            "examples status: Undocumented: 500": 2,
            "fuzzing status: Undocumented: 500": 3,
            "fuzzing status: Undocumented: 418": 5,
        },
        5,
    )


@pytest.mark.parametrize(("findings", "first"), [({"old": 1, "new": 7}, 7), ({"old": 1}, None), ({}, None)])
def test_what_the_healthy_reference_gives_is_no_finding(findings: dict[str, int], first: int | None) -> None:
    cost = Cost(0, 0, 0, 0, "")
    assert Outcome(findings, (), cost).first(Outcome({"old": 3}, (), cost)) == first


@pytest.mark.parametrize(
    ("answer", "tickets"),
    [
        ({"result": [{"status": {"error_code": "AIS.0000"}}, {"status": {"error_code": "AIS.0104"}}, 7]}, 1),
        ({"result": {"type": "id_card_portrait_side"}}, 1),
        ({"error_code": "AIS.0101"}, 0),
        ([], 0),
    ],
)
def test_recognised_tickets_are_billed(answer: object, tickets: int) -> None:
    assert billed(json.dumps(answer).encode()) == tickets


def test_an_answer_that_is_no_json_bills_nothing() -> None:
    assert billed(b"<html>") == 0


def test_a_spread_has_its_median_in_front() -> None:
    assert Spread.of([3, 1, 2, 10]).text("s", 1) == "2.5 s (1.0 to 10.0)"


def test_ratios_are_taken_within_each_turn() -> None:
    assert ratios([10, 30], [5, 10]) == Spread(2.0, 2.5, 3.0)


def test_a_table_in_markdown() -> None:
    assert table([Row("a", "1"), Row("b", "2", "4", "2 times")], markdown=True).splitlines() == [
        "| measured | kit | other | ratio   |",
        "|----------|-----|-------|---------|",
        "| a        | 1   |       |         |",
        "| b        | 2   | 4     | 2 times |",
    ]
