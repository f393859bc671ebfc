"""Which corner comes first, one document among several, nothing to read, no alarm: checks that need the truth."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import DOCUMENT, FAILED_TEXT, LYING, QUADS, TICKETS, TWO, Change, exchange, failure, lone, request, truth

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Quad, TrueDocument, Truth
from conformance.judging import examine
from conformance.judging.geometry import displayed

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT, "auto-classification-v2-2021")}


def state(name: str, judged: Exchange, contract_id: str = TICKETS) -> str | None:
    found = [o for o in examine(judged, CONTRACTS[contract_id]) if o.requirement == f"{contract_id}/{name}"]
    return found[0].state if found else None


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ([[700, 100], [700, 900], [100, 900], [100, 100]], "held"),
        ([[100, 100], [700, 100], [700, 900], [100, 900]], "held"),
        ([[700, 900], [100, 900], [100, 100], [700, 100]], "broken"),
        ([[100, 900], [100, 100], [700, 100], [700, 900]], "broken"),
    ],
    ids=["of the document", "of the picture", "bottom-right", "bottom-left"],
)
def test_the_first_corner_of_a_turned_ticket(location: object, expected: str) -> None:
    assert state("ticket.location.first-corner", lone(location, LYING)) == expected


def test_a_corner_that_is_as_near_to_the_top_left_may_come_first() -> None:
    diamond: Quad = ((500.0, 100.0), (900.0, 500.0), (500.0, 900.0), (100.0, 500.0))
    for first in (0, 3):
        corners = [[int(x), int(y)] for x, y in (*diamond[first:], *diamond[:first])]
        assert state("ticket.location.first-corner", lone(corners, diamond)) == "held"


@pytest.mark.parametrize(
    "location",
    [
        [[1500, 100], [1600, 100], [1600, 200], [1500, 200]],
        [[100, 100], [100, 900], [700, 900], [700, 100]],
        [[100, 100], [700, 900], [700, 100], [100, 900]],
    ],
    ids=["elsewhere", "counter-clockwise", "crossed"],
)
def test_the_first_corner_of_a_place_that_is_wrong_anyway_is_not_judged(location: object) -> None:
    assert state("ticket.location.first-corner", lone(location, LYING)) is None


def test_the_edition_of_2021_does_not_say_which_corner_comes_first() -> None:
    assert "ticket.location.first-corner" not in CONTRACTS["auto-classification-v2-2021"].requirements


@pytest.mark.parametrize(
    ("orientation", "first"),
    [(1, (10, 20)), (2, (590, 20)), (3, (590, 380)), (4, (10, 380)), (5, (20, 10)), (6, (380, 10)), (7, (380, 590)),
     (8, (20, 590))],
)  # fmt: skip
def test_the_eight_orientations(orientation: int, first: tuple[float, float]) -> None:
    quad: Quad = ((10, 20), (110, 20), (110, 70), (10, 70))
    assert displayed(quad, (600, 400), orientation)[0] == first


UNREADABLE = replace(
    request(TICKETS), truth=Truth(2000, 1500, (TrueDocument("taxi_invoice", QUADS["taxi_invoice"], readable=False),))
)
BLANK = replace(request(TICKETS), truth=Truth(2000, 1500, ()))


def _failed_only(answer: dict[str, list[object]]) -> None:
    answer["result"] = [answer["result"][2]]


def _empty(answer: dict[str, list[object]]) -> None:
    answer["result"] = []


@pytest.mark.parametrize("change", [_failed_only, _empty])
def test_nothing_to_read_is_a_list_without_a_recognised_ticket(change: Change) -> None:
    assert state("ticket.nothing", exchange(TICKETS, change, sent=UNREADABLE)) == "held"


@pytest.mark.parametrize(("code", "expected"), [("AIS.0104", "held"), ("AIS.0105", "held"), ("AIS.0101", "broken")])
def test_nothing_to_read_is_a_refusal_that_says_so(code: str, expected: str) -> None:
    assert state("ticket.nothing", replace(failure(TICKETS, code), request=BLANK)) == expected


def test_a_ticket_on_a_blank_page_is_a_finding() -> None:
    assert state("ticket.nothing", exchange(TICKETS, sent=BLANK)) == "broken"


def test_a_page_with_something_to_read_says_nothing_about_nothing() -> None:
    assert state("ticket.nothing", failure(TICKETS, "AIS.0104")) is None


def test_a_code_that_a_later_page_dropped_is_a_finding_there() -> None:
    text = "The image bit depth is not supported."
    name = "failure.code-current"
    assert state(name, failure(DOCUMENT, "AIS.0106", text), DOCUMENT) == "broken"
    assert state(name, failure(DOCUMENT, "AIS.0104", FAILED_TEXT), DOCUMENT) == "held"
    assert state(name, failure(DOCUMENT, "AIS.0005", "The service does not exist."), DOCUMENT) is None
    assert name not in CONTRACTS[TICKETS].requirements


@pytest.mark.parametrize(("code", "expected"), [("AIS.0104", "held"), ("AIS.0105", "broken"), ("AIS.0101", "broken")])
def test_a_picture_without_a_document_has_one_code(code: str, expected: str) -> None:
    blank = replace(request(DOCUMENT), truth=Truth(2000, 1500, ()))
    assert state("document.unreadable", replace(failure(DOCUMENT, code), request=blank), DOCUMENT) == expected


@pytest.mark.parametrize(("kind", "expected"), [("passport", "held"), ("hongkong_id_card", "broken")])
def test_of_two_documents_the_answer_is_one_with_its_own_place(kind: str, expected: str) -> None:
    judged = exchange(DOCUMENT, lambda answer: answer["result"].update(type=kind), sent=TWO)
    assert state("document.several", judged, DOCUMENT) == expected


@pytest.mark.parametrize("kind", ["passport", "hongkong_id_card"])
def test_a_place_that_covers_both_documents_is_a_finding(kind: str) -> None:
    both = [[40, 60], [1800, 60], [1800, 1300], [40, 1300]]
    judged = exchange(DOCUMENT, lambda answer: answer["result"].update(type=kind, location=both), sent=TWO)
    assert state("document.several", judged, DOCUMENT) == "broken"


@pytest.mark.parametrize("kind", ["passport", "hongkong_id_card"])
def test_a_place_beside_both_documents_is_a_finding(kind: str) -> None:
    beside = [[0, 1450], [30, 1450], [30, 1490], [0, 1490]]
    judged = exchange(DOCUMENT, lambda answer: answer["result"].update(type=kind, location=beside), sent=TWO)
    assert state("document.several", judged, DOCUMENT) == "broken"


def test_the_place_of_a_finding_is_a_json_pointer_whatever_the_target_calls_a_member() -> None:
    clean = replace(request(DOCUMENT), truth=replace(truth(DOCUMENT), alarms=frozenset()))
    judged = exchange(DOCUMENT, lambda answer: answer["result"].update(alarm_result={"a/b~c": True}), sent=clean)
    found = {o.requirement: o.pointer for o in examine(judged, CONTRACTS[DOCUMENT])}
    assert found[f"{DOCUMENT}/alarm.silent"] == "/result/alarm_result/a~1b~0c"


def test_two_documents_may_be_one_too_many() -> None:
    refused = replace(failure(DOCUMENT, "AIS.0104"), request=TWO)
    assert state("document.several", refused, DOCUMENT) == "held"
    assert state("document.type.true", refused, DOCUMENT) is None


def test_one_document_says_nothing_about_several() -> None:
    assert state("document.several", exchange(DOCUMENT), DOCUMENT) is None


def test_an_alarm_for_a_clean_specimen_is_a_finding() -> None:
    clean = replace(request(DOCUMENT), truth=replace(truth(DOCUMENT), alarms=frozenset()))
    assert state("alarm.silent", exchange(DOCUMENT, sent=clean), DOCUMENT) == "broken"
    assert state("alarm.silent", exchange(DOCUMENT), DOCUMENT) is None

    def silent(answer: dict[str, dict[str, dict[str, bool]]]) -> None:
        answer["result"]["alarm_result"]["detect_blur_result"] = False

    assert state("alarm.silent", exchange(DOCUMENT, silent, sent=clean), DOCUMENT) == "held"
