"""What positions change in findings, and how inputs that the documents leave open are judged."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import DOCUMENT, TICKETS, Answer, exchange, failure, request, turned
from invented_contents import invented, ticket_exchange

from conformance.contract.contract import Contract, load_contract, with_positions
from conformance.exchange import Exchange, Request, Truth
from conformance.judging import examine

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT)}
JSON_TEXT = "The JSON format of the input data is incorrect."


def bound(contract_id: str, position: str, value: str) -> Contract:
    contract = CONTRACTS[contract_id]
    assert position in contract.positions
    return replace(contract, positions={**contract.positions, position: value})


def state(name: str, judged: Exchange, contract: Contract, control: Exchange | None = None) -> str | None:
    """What an exchange says about one requirement; None where nothing."""
    found = [o for o in examine(judged, contract, control=control) if o.requirement == f"{contract.id}/{name}"]
    assert len(found) < 2
    return found[0].state if found else None


def sent_by(request: Request, judged: Exchange) -> Exchange:
    return replace(judged, request=request)


UNKNOWN = request(TICKETS, type_list=["train_ticket", "quota_invoice", "taxi_invoice", "no_such_ticket"])
READ = sent_by(UNKNOWN, exchange(TICKETS))
REFUSED = sent_by(UNKNOWN, failure(TICKETS, "AIS.0101"))
ACCEPTED, DENIED = exchange(TICKETS), failure(TICKETS, "AIS.0101")


@pytest.mark.parametrize(("value", "read", "refused"), [
    ("either", "held", "held"),
    ("ignore", "held", "broken"),
    ("reject", "broken", "held"),
])  # fmt: skip
def test_an_open_input_is_answered_as_the_position_says(value: str, read: str, refused: str) -> None:
    contract = bound(TICKETS, "type-list.unknown", value)
    assert state("type-list.unknown", READ, contract, ACCEPTED) == read
    assert state("type-list.unknown", REFUSED, contract, ACCEPTED) == refused


@pytest.mark.parametrize(("value", "level", "seen"), [("absent", "must", "broken"), ("given", "open", None)])
def test_a_switched_field_breaks_what_a_target_says_unless_it_says_that_it_gives_them(
    value: str, level: str, seen: str | None
) -> None:
    contract = with_positions(load_contract("auto-classification-v2-2021"), {"content.switched": value})
    licence = {"issuing_authority": "样本市公安局"}
    judged = ticket_exchange("driver_license_front", invented("driver_license_front", "v2-2021") | licence)
    assert state("content.switch-only", judged, contract) == seen
    assert contract.requirements["content.switch-only"].level == level


def test_a_refusal_of_an_open_input_without_its_control_proves_nothing() -> None:
    assert state("type-list.unknown", REFUSED, CONTRACTS[TICKETS]) == "undecided"
    assert state("type-list.unknown", REFUSED, CONTRACTS[TICKETS], DENIED) == "undecided"


def test_an_open_input_that_is_refused_for_something_else_is_a_finding() -> None:
    wrong = sent_by(UNKNOWN, failure(TICKETS, "AIS.0103", "The image size does not meet the requirements."))
    assert state("type-list.unknown", wrong, CONTRACTS[TICKETS], ACCEPTED) == "broken"


@pytest.mark.parametrize("value", ["either", "ignore", "reject"])
def test_a_server_error_for_an_open_input_is_a_finding(value: str) -> None:
    contract = bound(TICKETS, "type-list.unknown", value)
    assert state("type-list.unknown", sent_by(UNKNOWN, failure(TICKETS, status=500)), contract, ACCEPTED) == "broken"


@pytest.mark.parametrize("name", ["type-list.unknown", "accepts.picture"])
def test_credentials_that_may_be_bad_and_are_refused_say_nothing(name: str) -> None:
    refusal = failure(TICKETS, "ModelArts.4103", "Invalid token.", status=401)
    assert state(name, sent_by(replace(UNKNOWN, auth="unknown"), refusal), CONTRACTS[TICKETS], ACCEPTED) == "undecided"


def test_an_input_with_a_fault_beside_says_nothing_about_what_is_open() -> None:
    faulty = replace(UNKNOWN, auth="absent")
    assert state("type-list.unknown", sent_by(faulty, exchange(TICKETS)), CONTRACTS[TICKETS]) is None


MISREAD = exchange(TICKETS, lambda answer: answer["result"][0].update(type="bankcard"))
MISPLACED = exchange(TICKETS, lambda answer: answer["result"][0].update(location=[[0, 0], [9, 0], [9, 9], [0, 9]]))
NEITHER = {
    "no ticket": exchange(TICKETS, lambda answer: answer.update(result=[])),
    "the code of a poor picture": failure(TICKETS, "AIS.0104"),
    "the code of a failed recognition": failure(TICKETS, "AIS.0105"),
    "another type": MISREAD,
    "another place": MISPLACED,
}
"""Answers to a page that is read without the input that is left open, which neither read it nor refuse that input."""


@pytest.mark.parametrize("value", ["either", "ignore"])
@pytest.mark.parametrize("name", NEITHER)
def test_what_neither_reads_nor_refuses_an_open_input_is_a_finding_where_its_control_was_read(
    name: str, value: str
) -> None:
    contract, judged = bound(TICKETS, "type-list.unknown", value), sent_by(UNKNOWN, NEITHER[name])
    assert state("type-list.unknown", judged, contract, ACCEPTED) == "broken"
    assert state("type-list.unknown", judged, contract, NEITHER["no ticket"]) == "undecided"
    assert state("type-list.unknown", judged, contract) == "undecided"


@pytest.mark.parametrize("code", ["AIS.0104", "AIS.0105"])
def test_nothing_found_is_an_answer_to_an_open_input_where_nothing_is_readable(code: str) -> None:
    nothing = sent_by(replace(UNKNOWN, truth=Truth(2000, 1500, ())), failure(TICKETS, code))
    assert state("type-list.unknown", nothing, CONTRACTS[TICKETS], ACCEPTED) == "held"


def test_the_code_of_the_credentials_is_a_wrong_one_where_the_control_was_accepted_with_them() -> None:
    sent = request(TICKETS, image=...)
    blamed = sent_by(sent, failure(TICKETS, "ModelArts.4103", "Invalid Token header."))
    assert state("input.required.code", blamed, CONTRACTS[TICKETS], ACCEPTED) == "broken"
    assert state("input.required", blamed, CONTRACTS[TICKETS], ACCEPTED) == "held"
    assert state("input.required.code", blamed, CONTRACTS[TICKETS]) == "undecided"


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
@pytest.mark.parametrize(("value", "by_one", "by_much"), [("exact", "broken", "broken"), ("margin", "held", "broken")])
def test_how_far_a_corner_may_lie_beyond_the_border(contract_id: str, value: str, by_one: str, by_much: str) -> None:
    def moved(left: int) -> Exchange:
        def change(answer: Answer) -> None:
            entry = answer["result"][0] if contract_id == TICKETS else answer["result"]
            entry["location"] = [[left, 60], [900, 60], [900, 600], [left, 600]]

        return exchange(contract_id, change)

    name = "ticket.location.within" if contract_id == TICKETS else "document.location.within"
    contract = bound(contract_id, "location.border", value)
    assert [state(name, moved(left), contract) for left in (0, -1, -50)] == ["held", by_one, by_much]


def test_tickets_for_an_empty_type_list_are_a_finding_where_it_asks_for_none() -> None:
    judged = exchange(TICKETS, sent=request(TICKETS, type_list=[]))
    assert state("ticket.type.requested", judged, CONTRACTS[TICKETS]) is None
    assert state("ticket.type.requested", judged, bound(TICKETS, "type-list.empty", "none")) == "broken"
    assert state("ticket.type.requested", judged, bound(TICKETS, "type-list.empty", "all")) is None
    assert state("ticket.found", judged, bound(TICKETS, "type-list.empty", "all")) == "held"


def test_a_gateway_refuses_another_media_type_by_its_status() -> None:
    other = replace(request(TICKETS), headers=(("Content-Type", "text/plain"),))
    answer = exchange(TICKETS, sent=other, status=415, answer={"message": "Unsupported Media Type"})
    assert state("content-type.other", answer, CONTRACTS[TICKETS], ACCEPTED) == "held"
    refused = sent_by(other, failure(TICKETS, "ModelArts.4105", JSON_TEXT))
    assert state("content-type.other", refused, CONTRACTS[TICKETS], ACCEPTED) == "held"
    assert state("content-type.other", sent_by(other, failure(TICKETS, "AIS.0102")), CONTRACTS[TICKETS]) == "broken"


@pytest.mark.parametrize(("status", "expected"), [(401, "undecided"), (403, "undecided"), (200, None)])
def test_no_code_is_no_authentication_code_whatever_the_status(status: int, expected: str | None) -> None:
    absent = request(TICKETS, auth="absent")
    answer = exchange(TICKETS, sent=absent, status=status, answer={"message": "no"} if status != 200 else None)
    assert state("token.code", answer, CONTRACTS[TICKETS], ACCEPTED) == expected


@pytest.mark.parametrize(("status", "expected"), [(400, "held"), (401, "held"), (403, "held"), (404, "broken")])
def test_the_status_of_a_refusal_for_credentials(status: int, expected: str) -> None:
    refused = sent_by(
        request(TICKETS, auth="garbage"), failure(TICKETS, "ModelArts.4103", "Invalid Token header.", status)
    )
    assert state("token.status", refused, CONTRACTS[TICKETS], ACCEPTED) == expected


def test_alarms_for_a_value_that_is_no_boolean_are_no_second_finding() -> None:
    judged = exchange(DOCUMENT, sent=request(DOCUMENT, alarm="true"))
    assert state("alarm.boolean", judged, CONTRACTS[DOCUMENT]) == "broken"
    assert state("alarm.only-when-asked", judged, CONTRACTS[DOCUMENT]) is None


DISPLAYED = [[400, 400], [400, 600], [300, 600], [300, 400]]
"""The stored corners on the picture turned clockwise by 90 degrees (orientation 6), which is 400 wide."""


@pytest.mark.parametrize(("value", "stored", "displayed"), [
    ("stored", "held", "broken"),
    ("displayed", "broken", "held"),
    ("either", "held", "held"),
])  # fmt: skip
def test_the_grid_of_a_turned_picture(value: str, stored: str, displayed: str) -> None:
    contract = bound(DOCUMENT, "picture.orientation", value)
    assert state("picture.orientation", turned([[400, 0], [600, 0], [600, 100], [400, 100]]), contract) == stored
    assert state("picture.orientation", turned(DISPLAYED), contract) == displayed
    assert state("picture.orientation", turned([[0, 0], [9, 0], [9, 9], [0, 9]]), contract) == "broken"


@pytest.mark.parametrize("name", ["true", "scale", "on-picture", "within"])
def test_the_grid_of_a_turned_picture_is_no_other_finding(name: str) -> None:
    assert state(f"document.location.{name}", turned(DISPLAYED), CONTRACTS[DOCUMENT]) in (None, "held")
