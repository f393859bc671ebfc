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


def test_an_unknown_implementation_is_a_mistake_of_the_user() -> None:
    ended = ocr_conformance("faults", "--only", "four-corners")
    assert ended.returncode == 2
    assert "no faulty implementation four-corners" in ended.stderr
