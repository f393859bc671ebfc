"""A table of hand-broken answers: each is caught by the one requirement that it breaks, and by no other must."""

from __future__ import annotations

from typing import Any

import pytest
from answers import DOCUMENT, FAILED_TEXT, HEADERS, TICKETS, Answer, Change, exchange, failure, request
from chinese import english_in

from conformance.contract.contract import Contract, load_contract
from conformance.exchange import Exchange, Response, TransportFailure, redacted
from conformance.judging import examine

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT)}


def broken(exchange: Exchange, contract: Contract) -> set[str]:
    """Names of the requirements that the exchange breaks; what it says in Chinese is Chinese."""
    observations = examine(exchange, contract)
    words = [text.zh for o in observations for text in (o.expected, o.observed)]
    assert [chinese for chinese in words if english_in(chinese)] == []
    return {o.requirement.partition("/")[2] for o in observations if o.state == "broken"}


def ticket(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index].update(members)

    return change


def without(index: int, name: str) -> Change:
    def change(answer: Answer) -> None:
        del answer["result"][index][name]

    return change


def status(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index]["status"].update(members)

    return change


def content(index: int, **members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"][index]["content"].update(members)

    return change


def corners(index: int, *points: object) -> Change:
    return ticket(index, location=list(points))


def result(**members: object) -> Change:
    def change(answer: Answer) -> None:
        answer["result"].update(members)

    return change


def dropped(*path: str) -> Change:
    def change(answer: Answer) -> None:
        node: Any = answer
        for name in path[:-1]:
            node = node[name]
        del node[path[-1]]

    return change


def top(**members: object) -> Change:
    def change(answer: Answer) -> None:
        answer.update(members)

    return change


def scaled(index: int, factor: float) -> Change:
    def change(answer: Answer) -> None:
        entry = answer["result"][index]
        entry["location"] = [[round(x * factor), round(y * factor)] for x, y in entry["location"]]

    return change


TICKET_CASES: dict[str, tuple[Change, set[str]]] = {
    "result is an object": (
        lambda a: a.update(result=a["result"][0]),
        {"success.result-list", "ticket.found", "failed-ticket.alone"},
    ),
    "entry is a string": (lambda a: a["result"].append("x"), {"ticket.object"}),
    "no status": (without(1, "status"), {"ticket.status", "ticket.found", "failed-ticket.alone"}),
    "status is a string": (ticket(1, status="AIS.0000"), {"ticket.status", "ticket.found", "failed-ticket.alone"}),
    "failed without status text": (lambda a: a["result"][2]["status"].pop("error_msg"), {"ticket.status.msg"}),
    "status code in another form": (status(2, error_code="0104"), {"ticket.status.code", "ticket.status.code-listed"}),
    "status code followed by a newline": (
        status(2, error_code="AIS.0104\n"),
        {"ticket.status.code", "ticket.status.code-listed"},
    ),
    "unlisted status code": (status(2, error_code="AIS.9999"), {"ticket.status.code-listed"}),
    "other status text": (status(0, error_msg="Success."), {"ticket.status.message"}),
    "no type": (without(0, "type"), {"ticket.type", "ticket.found", "failed-ticket.alone"}),
    "undocumented type": (
        ticket(0, type="receipt"),
        {"ticket.type.documented", "ticket.found", "ticket.true", "failed-ticket.alone"},
    ),
    "type of another ticket": (
        ticket(0, type="bankcard"),
        {"ticket.found", "ticket.true", "failed-ticket.alone", "content.listed", "content.unlisted"},
    ),
    "no location": (without(0, "location"), {"ticket.location"}),
    "location is an object": (ticket(0, location={}), {"ticket.location"}),
    "three corners": (corners(0, [100, 100], [700, 100], [700, 400]), {"ticket.location.four-corners"}),
    "five corners": (corners(0, [1, 1], [9, 1], [9, 9], [5, 9], [1, 9]), {"ticket.location.four-corners"}),
    "flat location": (corners(0, 100, 100, 700, 100), {"ticket.location.pairs"}),
    "corner of three numbers": (
        corners(0, [100, 100, 0], [700, 100], [700, 400], [100, 400]),
        {"ticket.location.pairs"},
    ),
    "coordinate is a string": (
        corners(0, ["100", 100], [700, 100], [700, 400], [100, 400]),
        {"ticket.location.numbers"},
    ),
    "fractional coordinate": (
        corners(0, [100.5, 100], [700, 100], [700, 400], [100, 400]),
        {"ticket.location.integers"},
    ),
    "counter-clockwise": (corners(0, [100, 100], [100, 400], [700, 400], [700, 100]), {"ticket.location.winding"}),
    "crossed corners": (
        corners(0, [100, 100], [700, 100], [100, 400], [700, 400]),
        {"ticket.location.winding", "ticket.location.area"},
    ),
    "no area": (corners(0, [5, 5], [5, 5], [5, 5], [5, 5]), {"ticket.location.area", "ticket.location.true"}),
    "outside the picture": (
        corners(0, [9100, 9100], [9700, 9100], [9700, 9400], [9100, 9400]),
        {"ticket.location.on-picture", "ticket.location.within", "ticket.location.true"},
    ),
    "doubled coordinates": (scaled(0, 2), {"ticket.location.true", "ticket.location.scale"}),
    "halved coordinates": (scaled(1, 0.5), {"ticket.location.true", "ticket.location.scale"}),
    "swapped coordinates": (
        lambda a: a["result"][1].update(location=[[y, x] for x, y in a["result"][1]["location"]][::-1]),
        {"ticket.location.true", "ticket.location.scale", "ticket.location.within"},
    ),
    "no content": (without(0, "content"), {"ticket.content"}),
    "content is a list": (ticket(0, content=[]), {"ticket.content"}),
    "recognised with empty content": (ticket(0, content={}), {"ticket.content.not-empty"}),
    "failed with content": (content(2, total="1"), {"failed-ticket.content-empty"}),
    "failed with null content": (ticket(2, content=None), {"failed-ticket.content-empty"}),
    "failed with a list for content": (
        ticket(2, content=[]),
        {"failed-ticket.content-object", "failed-ticket.content-empty"},
    ),
    "failed without location": (without(2, "location"), {"failed-ticket.listed"}),
    "unreadable ticket recognised": (
        lambda a: a["result"][2].update(status=a["result"][0]["status"], content={"total": "1"}),
        {"failed-ticket.not-recognised", "content.listed", "content.confidence.listed"},
    ),
    "readable ticket missing": (lambda a: a["result"].pop(1), {"ticket.found", "failed-ticket.alone"}),
    "ticket listed twice": (lambda a: a["result"].append(a["result"][0]), {"ticket.once"}),
    "error fields beside a result": (top(error_code="AIS.0101"), {"success.no-error-fields"}),
    "empty error fields beside a result": (top(error_msg=None), {"success.no-empty-error-fields"}),
}


@pytest.mark.parametrize("name", TICKET_CASES)
def test_a_broken_list_of_tickets_is_caught(name: str) -> None:
    change, expected = TICKET_CASES[name]
    assert broken(exchange(TICKETS, change), CONTRACTS[TICKETS]) == expected


DOCUMENT_CASES: dict[str, tuple[Change, set[str]]] = {
    "result is a list": (lambda a: a.update(result=[a["result"]]), {"success.result-object"}),
    "no result": (dropped("result"), {"success.result"}),
    "no type": (dropped("result", "type"), {"document.type", "document.type.true"}),
    "undocumented type": (result(type="visa"), {"document.type.documented", "document.type.true"}),
    "another type": (result(type="id_card"), {"document.type.true"}),
    "no location": (dropped("result", "location"), {"document.location"}),
    "three corners": (result(location=[[50, 60], [950, 80], [940, 700]]), {"document.location.four-corners"}),
    "flat location": (result(location=[50, 60, 950, 80]), {"document.location.pairs"}),
    "fractional coordinate": (
        result(location=[[50.5, 60], [950, 80], [940, 700], [40, 680]]),
        {"document.location.numbers", "document.location.integers"},
    ),
    "integral coordinate with a point": (
        result(location=[[50.0, 60], [950, 80], [940, 700], [40, 680]]),
        {"document.location.integers"},
    ),
    "no confidence": (dropped("result", "confidence"), {"document.confidence"}),
    "confidence is a string": (result(confidence="0.97"), {"document.confidence.number"}),
    "confidence is a boolean": (result(confidence=True), {"document.confidence.number"}),
    "confidence above 1": (result(confidence=97), {"document.confidence.range"}),
    "no alarm_result": (dropped("result", "alarm_result"), {"alarm.when-asked"}),
    "no alarm_confidence": (dropped("result", "alarm_confidence"), {"alarm.when-asked"}),
    "alarm_result is a list": (result(alarm_result=[]), {"alarm.result"}),
    "alarm_confidence is a string": (result(alarm_confidence="high"), {"alarm.confidence"}),
    "a flag is missing": (dropped("result", "alarm_result", "detect_copy_result"), {"alarm.flag.copy"}),
    "a flag is a string": (
        lambda a: a["result"]["alarm_result"].update(detect_glare_result="false"),
        {"alarm.flag.glare"},
    ),
    "a score is missing": (dropped("result", "alarm_confidence", "reproduce_score"), {"alarm.score.reproduce"}),
    "a score of 100": (lambda a: a["result"]["alarm_confidence"].update(blur_score=100), {"alarm.score.blur"}),
    "a negative score": (lambda a: a["result"]["alarm_confidence"].update(copy_score=-1), {"alarm.score.copy"}),
    "a score with a point": (
        lambda a: a["result"]["alarm_confidence"].update(blur_score=98.0),
        {"alarm.score.written-as-integer"},
    ),
    "a fractional score": (
        lambda a: a["result"]["alarm_confidence"].update(blur_score=9.8),
        {"alarm.score.blur", "alarm.score.written-as-integer"},
    ),
    "blur not seen": (lambda a: a["result"]["alarm_result"].update(detect_blur_result=False), {"alarm.raised"}),
}


@pytest.mark.parametrize("name", DOCUMENT_CASES)
def test_a_broken_document_is_caught(name: str) -> None:
    change, expected = DOCUMENT_CASES[name]
    assert broken(exchange(DOCUMENT, change), CONTRACTS[DOCUMENT]) == expected


def test_alarms_that_nobody_asked_for_are_caught() -> None:
    sent = request(DOCUMENT, alarm=...)
    assert broken(exchange(DOCUMENT, sent=sent), CONTRACTS[DOCUMENT]) == {"alarm.only-when-asked"}


def test_a_type_that_was_not_asked_for_is_caught() -> None:
    sent = request(TICKETS, type_list=["train_ticket"])
    found = broken(exchange(TICKETS, sent=sent), CONTRACTS[TICKETS])
    assert found == {"ticket.type.requested", "ticket.type.requested.failed"}


def raw(body: bytes, status: int = 200, headers: tuple[tuple[str, str], ...] = HEADERS) -> Exchange:
    return Exchange(request(TICKETS), Response(status, headers, body), "00001")


ENVELOPE_CASES: dict[str, tuple[Exchange, set[str]]] = {
    "closed without an answer": (
        Exchange(request(TICKETS), TransportFailure("closed", "The connection ended before an answer began."), "00001"),
        {"answer.http"},
    ),
    "HTML": (raw(b"<html></html>"), {"answer.json", "accepts.picture", "accepts.format.png"}),
    "trailing bytes": (raw(b'{"result": []} x'), {"answer.json", "accepts.picture", "accepts.format.png"}),
    "NaN": (raw(b'{"result": [NaN]}'), {"answer.json", "accepts.picture", "accepts.format.png"}),
    "UTF-16": (raw('{"result": []}'.encode("utf-16")), {"answer.json", "accepts.picture", "accepts.format.png"}),
    "a list": (raw(b"[]"), {"answer.object", "accepts.picture", "accepts.format.png"}),
    "repeated keys": (
        raw(b'{"result": [], "result": []}'),
        {"answer.unique-keys", "ticket.found", "failed-ticket.alone"},
    ),
    "plain text label": (
        exchange(TICKETS, headers=(("Content-Type", "text/plain"), HEADERS[1])),
        {"answer.media-type"},
    ),
    "no request id": (exchange(TICKETS, headers=HEADERS[:1]), {"answer.request-id"}),
    "status 201": (exchange(TICKETS, status=201), {"success.status"}),
    "token echoed": (exchange(TICKETS, content(0, code=redacted("token"))), {"answer.no-secret"}),
}


@pytest.mark.parametrize("name", ENVELOPE_CASES)
def test_a_broken_envelope_is_caught(name: str) -> None:
    broken_exchange, expected = ENVELOPE_CASES[name]
    assert broken(broken_exchange, CONTRACTS[TICKETS]) == expected


REFUSED = {"accepts.picture", "accepts.format.png"}
FAILURE_CASES: dict[str, tuple[Exchange, set[str]]] = {
    "as documented, but for a valid request": (failure(TICKETS), REFUSED),
    "status 200": (failure(TICKETS, status=200), {"failure.status", "failure.status-400", *REFUSED}),
    "status 422": (failure(TICKETS, status=422), {"failure.status-400", *REFUSED}),
    "status 500": (failure(TICKETS, status=500), {"failure.status-400", "answer.server-error", *REFUSED}),
    "no code": (failure(TICKETS, ...), {"failure.error-code", *REFUSED}),
    "numeric code": (failure(TICKETS, 101), {"failure.error-code", *REFUSED}),
    "no message": (failure(TICKETS, text=...), {"failure.error-msg", "failure.message", *REFUSED}),
    "other message": (failure(TICKETS, text="Bad."), {"failure.message", *REFUSED}),
    "code of another form": (failure(TICKETS, "E101"), {"failure.code-form", *REFUSED}),
    "unlisted code": (failure(TICKETS, "AIS.4242"), {"failure.code-listed", *REFUSED}),
    "success code": (failure(TICKETS, "AIS.0000", "Succeeded."), {"failure.code-not-success", *REFUSED}),
    "null result": (failure(TICKETS, result=None), {"failure.no-result", *REFUSED}),
    "gateway shape": (
        exchange(TICKETS, status=413, answer={"message": "too large"}),
        {"failure.gateway-shape", *REFUSED},
    ),
    "stack trace": (
        failure(TICKETS, text="Traceback (most recent call last)"),
        {"failure.message", "failure.no-trace", *REFUSED},
    ),
    "nothing found on a readable page": (
        failure(TICKETS, "AIS.0104", FAILED_TEXT),
        {"ticket.found", "failed-ticket.alone"},
    ),
}


@pytest.mark.parametrize("name", FAILURE_CASES)
def test_a_broken_failure_is_caught(name: str) -> None:
    broken_exchange, expected = FAILURE_CASES[name]
    assert broken(broken_exchange, CONTRACTS[TICKETS]) == expected


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_the_conformant_answer_breaks_nothing(contract_id: str) -> None:
    assert broken(exchange(contract_id), CONTRACTS[contract_id]) == set()
