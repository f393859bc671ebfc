"""The kill table as people and machines read it."""

from __future__ import annotations

import pytest

from conformance.engine.kill_table import Proof
from conformance.engine.lookup import FaultyImplementation
from conformance.report.tables import headings, kill_document, kill_summary, proof_row

TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"
CORNERS = FaultyImplementation("three-corners", "gives three corners", ("ticket.corners", "document.corners"), "fault")
GZIP = FaultyImplementation("gzip", "compresses answers", (), "variant")

KILLED = Proof(CORNERS, (f"{TICKETS}/ticket.corners", f"{DOCUMENT}/document.corners"), (), (), 3)
SURVIVED = Proof(CORNERS, (f"{TICKETS}/ticket.corners",), ("document.corners",), (), 460)
BY_OTHERS = Proof(CORNERS, (), ("ticket.corners", "document.corners"), (f"{TICKETS}/ticket.order",), 2)
FAILED = Proof(CORNERS, (), (), (), 0, error=f"{TICKETS}/move: ValueError: no such page")
GREEN = Proof(GZIP, (), (), (), 466)
RED = Proof(GZIP, (), (), (f"{TICKETS}/answer.json",), 466)
DEEP = Proof(
    FaultyImplementation("impatient", "", ("url.slow",), "fault"), (f"{TICKETS}/url.slow",), (), (), 2, "thorough"
)


ROWS = """\
killed           3  three-corners                           ticket.corners, document.corners
SURVIVED       460  three-corners                           document.corners did not fire
OTHER            2  three-corners
                    ticket.corners, document.corners did not fire; fired instead:
                    auto-classification-v1.0/ticket.order
ERROR            0  three-corners
                    auto-classification-v1.0/move: ValueError: no such page
green          466  gzip
NOT GREEN      466  gzip                                    breaks auto-classification-v1.0/answer.json
"""


def test_a_row_says_what_became_of_an_implementation() -> None:
    proofs = (KILLED, SURVIVED, BY_OTHERS, FAILED, GREEN, RED)
    assert "".join(f"{proof_row(proof, 105)}\n" for proof in proofs) == ROWS


def test_a_narrow_terminal_gets_a_second_line() -> None:
    assert proof_row(KILLED, 80) == (
        "killed           3  three-corners\n                    ticket.corners, document.corners"
    )


@pytest.mark.parametrize("width", [80, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    rows = [proof_row(proof, width) for proof in (KILLED, SURVIVED, BY_OTHERS, FAILED, GREEN, RED)]
    assert [line for row in [headings(), *rows] for line in row.splitlines() if len(line) > width] == []


def test_the_summary_counts_and_names_what_was_proven_deeper() -> None:
    assert kill_summary([KILLED, BY_OTHERS, DEEP, GREEN, RED], complete=False) == [
        "2 of 3 faults killed by the checks of their own requirements",
        "1 of 2 variants green",
        "at depth thorough, as no shallower verdict speaks of it: impatient",
    ]


def test_the_summary_of_a_whole_table_names_each_requirement_that_nothing_breaks() -> None:
    lines = kill_summary([DEEP], complete=True)
    counted = [line for line in lines if line.startswith("1 of ")]
    assert counted[1].endswith(" requirements broken by a fault")
    assert f"  by none: {TICKETS}/url.found" in lines
    assert f"  by none: {TICKETS}/url.slow" not in lines


def test_machines_get_every_figure() -> None:
    document = kill_document([BY_OTHERS, GREEN], complete=True)
    assert f"{TICKETS}/url.slow" in str(document["requirements_without_fault"])
    assert document["faults"] == [
        {
            "id": "three-corners",
            "title": "gives three corners",
            "result": "other",
            "good": False,
            "breaks": ["ticket.corners", "document.corners"],
            "killed": [],
            "missed": ["ticket.corners", "document.corners"],
            "others": ["auto-classification-v1.0/ticket.order"],
            "requests": 2,
            "depth": "standard",
            "error": None,
        }
    ]
    variants = document["variants"]
    assert isinstance(variants, list)
    assert (variants[0]["id"], variants[0]["result"]) == ("gzip", "green")


CHINESE = """\
结果        请求数  实现，以及检出它的检查所属的要求
已检出           3  three-corners                           ticket.corners、document.corners
未检出         460  three-corners                           document.corners 未检出
由他项检出       2  three-corners
                    ticket.corners、document.corners 未检出；检出的是 auto-classification-v1.0/ticket.order
出错             0  three-corners
                    “auto-classification-v1.0/move: ValueError: no such page”
通过           466  gzip
未通过         466  gzip                                    违反 auto-classification-v1.0/answer.json
2 个缺陷中有 1 个由其所违反要求的检查检出
2 个变体中有 1 个通过
"""


def test_the_table_in_chinese() -> None:
    rows = [proof_row(proof, 105, "zh") for proof in (KILLED, SURVIVED, BY_OTHERS, FAILED, GREEN, RED)]
    summary = kill_summary([KILLED, BY_OTHERS, GREEN, RED], complete=False, language="zh")
    assert "\n".join([headings("zh"), *rows, *summary, ""]) == CHINESE
