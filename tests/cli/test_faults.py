"""`ocr-conformance faults`, as a command."""

from __future__ import annotations

import json

from command import ocr_conformance


def test_the_table_and_its_figures() -> None:
    ended = ocr_conformance("faults", "--only", "three-corners", "--only", "no-request-id", "--jobs", "1")
    assert ended.stdout.splitlines() == [
        "result    requests  implementation, and the requirement whose check fired",
        "killed           1  three-corners",
        "                    ticket.location.four-corners, document.location.four-corners",
        "killed           1  no-request-id                           answer.request-id",
        "",
        "2 of 2 faults killed by the checks of their own requirements",
        "0 of 0 variants green",
    ]
    assert (ended.returncode, ended.stderr) == (0, "")


def test_the_table_for_machines() -> None:
    ended = ocr_conformance("faults", "--only", "nan", "--jobs", "1", "--json")
    table = json.loads(ended.stdout)
    assert [(entry["id"], entry["result"], entry["requests"]) for entry in table["faults"]] == [("nan", "killed", 1)]
    assert "requirements_without_fault" not in table, "what the others break was not asked"


def test_an_unknown_implementation_is_a_mistake_of_the_user() -> None:
    ended = ocr_conformance("faults", "--only", "four-corners")
    assert ended.returncode == 2
    assert "no faulty implementation four-corners" in ended.stderr


def test_faults_that_break_a_must_are_killed_around_an_engine_that_misses_documents() -> None:
    only = ("--only", "three-corners", "--only", "no-request-id", "--only", "ticket-doubled")
    ended = ocr_conformance("faults", "--engine-misses", "0.1", "--seeds", "2", "--jobs", "1", *only)
    assert ended.returncode == 0
    assert ended.stdout.splitlines() == [
        "engine that misses 0.1 of all documents: 4 of 4 runs killed their must fault (100.0 %)",
        "2 of 2 must faults killed in every run",
    ]


def test_the_same_as_json() -> None:
    only = ("--only", "three-corners")
    ended = ocr_conformance("faults", "--engine-misses", "0.1", "--seeds", "1", "--jobs", "1", "--json", *only)
    assert json.loads(ended.stdout) == {
        "engine_misses": 0.1,
        "runs": 1,
        "killed": 1,
        "faults": {"three-corners": {"runs": 1, "killed": 1}},
    }
