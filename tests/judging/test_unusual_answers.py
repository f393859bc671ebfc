"""Unusual exchanges that keep every rule: nothing fires, whatever its level."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from answers import (
    DOCUMENT,
    FAILED_TEXT,
    HEADERS,
    LYING,
    QUADS,
    TICKETS,
    TWO,
    Answer,
    Change,
    document_answer,
    exchange,
    failure,
    lone,
    on,
    request,
    tickets_answer,
    truth,
)  # fmt: skip
from broken_table import CONTRACTS

from conformance.exchange import Exchange, Request, Response, TrueDocument
from conformance.judging import body as body_module
from conformance.judging import examine
from conformance.judging.body import read_body

QUOTA_PLACE = [[int(x), int(y)] for x, y in QUADS["quota_invoice"]]
WORN = on(TrueDocument("taxi_invoice", QUADS["taxi_invoice"], readable=False))
NO_INPUT = request(TICKETS, image=...)
NO_TOKEN = request(TICKETS, "absent")
BAD_TOKEN = request(DOCUMENT, "garbage")
NO_DATA = request(DOCUMENT, data=...)
NO_INPUT_OF = {TICKETS: NO_INPUT, DOCUMENT: NO_DATA}


def placed(index: int, *points: list[int]) -> Change:
    return lambda answer: answer["result"][index].update(location=list(points))


def document(**members: object) -> Change:
    return lambda answer: answer["result"].update(members)


def scores(value: int) -> Change:
    return lambda answer: answer["result"].update(
        alarm_confidence=dict.fromkeys(answer["result"]["alarm_confidence"], value)
    )


def spelled(contract_id: str, text: str) -> Exchange:
    return replace(exchange(contract_id), answer=Response(200, HEADERS, text.encode(), 0.01))


def refused(sent: Request, code: str, text: str, status: int = 400, **more: object) -> Exchange:
    return replace(failure(TICKETS, code, text, status, **more), request=sent)


def labelled(*headers: tuple[str, str]) -> Exchange:
    return exchange(TICKETS, headers=headers)


def _failed_only(answer: Answer) -> None:
    answer["result"] = answer["result"][2:]


INVALID = "The input parameter is invalid."
CASES: dict[str, tuple[str, Exchange]] = {
    "the conformant list": (TICKETS, exchange(TICKETS)),
    "another order of tickets": (TICKETS, exchange(TICKETS, lambda a: a["result"].reverse())),
    "a further member of a ticket": (TICKETS, exchange(TICKETS, lambda a: a["result"][0].update(angle=3))),
    "a further member of a status": (TICKETS, exchange(TICKETS, lambda a: a["result"][0]["status"].update(cost=1))),
    "a further member of the answer": (TICKETS, exchange(TICKETS, lambda a: a.update(request_id="1"))),
    "another failure code of a ticket": (
        TICKETS,
        exchange(TICKETS, lambda a: a["result"][2].update(status={"error_code": "AIS.0101", "error_msg": INVALID})),
    ),
    "corners on the border": (TICKETS, exchange(TICKETS, placed(0, [0, 0], [720, 0], [720, 420], [0, 420]))),
    "a platform's code of a failed ticket": (
        TICKETS,
        exchange(
            TICKETS,
            lambda a: a["result"][2].update(
                status={"error_code": "ModelArts.4505", "error_msg": "Backend service internal error."}
            ),
        ),
    ),
    "a failed entry at the place of a recognised ticket": (
        TICKETS,
        exchange(
            TICKETS, lambda a: a["result"].append({**a["result"][2], "type": "quota_invoice", "location": QUOTA_PLACE})
        ),
    ),
    "a free quadrilateral": (TICKETS, exchange(TICKETS, placed(0, [110, 90], [720, 120], [690, 410], [80, 380]))),
    "a generous frame": (TICKETS, exchange(TICKETS, placed(0, [60, 60], [740, 60], [740, 440], [60, 440]))),
    "tickets that overlap": (
        TICKETS,
        exchange(TICKETS, placed(1, [650, 100], [1600, 100], [1600, 600], [650, 600])),
    ),
    "a turned ticket from its own top-left": (
        TICKETS,
        lone([[700, 100], [700, 900], [100, 900], [100, 100]], LYING),
    ),
    "a turned ticket from the picture's top-left": (
        TICKETS,
        lone([[100, 100], [700, 100], [700, 900], [100, 900]], LYING),
    ),
    "nothing readable, a failed ticket": (TICKETS, exchange(TICKETS, _failed_only, sent=WORN)),
    "nothing readable, an empty list": (TICKETS, exchange(TICKETS, lambda a: a.update(result=[]), sent=WORN)),
    "nothing readable, refused": (TICKETS, refused(WORN, "AIS.0104", FAILED_TEXT)),
    "nothing readable, recognition failed": (TICKETS, refused(WORN, "AIS.0105", "Recognition failed.")),
    "a blank page, an empty list": (TICKETS, exchange(TICKETS, lambda a: a.update(result=[]), sent=on())),
    "pretty-printed": (TICKETS, spelled(TICKETS, json.dumps(tickets_answer(), indent=4, ensure_ascii=False) + "\n")),
    "escaped to ASCII": (TICKETS, spelled(TICKETS, json.dumps(tickets_answer()))),
    "members sorted": (TICKETS, spelled(TICKETS, json.dumps(tickets_answer(), sort_keys=True))),
    "a charset in the label": (TICKETS, labelled(("Content-Type", "application/json;charset=UTF-8"), HEADERS[1])),
    "a label in capitals": (TICKETS, labelled(("CONTENT-TYPE", "Application/JSON"), HEADERS[1])),
    "headers in small letters": (TICKETS, labelled(*((name.lower(), value) for name, value in HEADERS))),
    "further headers": (TICKETS, labelled(*HEADERS, ("Server", "x"), ("Set-Cookie", "a=b"))),
    "a failure with further members": (TICKETS, refused(NO_INPUT, "AIS.0101", INVALID, request_id="1")),
    "no token, refused by the gateway": (TICKETS, refused(NO_TOKEN, "APIG.0301", "Incorrect IAM info: no token", 401)),
    "no token, the gateway's other prefix": (TICKETS, refused(NO_TOKEN, "APIGW.0301", "Incorrect IAM info: x", 401)),
    "no token, refused by the platform": (
        TICKETS,
        refused(NO_TOKEN, "ModelArts.4101", "The token header is missing, it seems", 403),
    ),
    "too many requests": (TICKETS, refused(request(TICKETS), "APIG.0308", "limit:1, time:1 minute", 429)),
    "overloaded for a while": (
        TICKETS,
        replace(
            refused(request(TICKETS), "ModelArts.4505", "busy", 503),
            answer=Response(
                503, (*HEADERS, ("Retry-After", "5")), b'{"error_code":"ModelArts.4401","error_msg":"busy"}'
            ),
        ),
    ),
    "the conformant document": (DOCUMENT, exchange(DOCUMENT)),
    "scores of 0": (DOCUMENT, exchange(DOCUMENT, scores(0))),
    "scores of 99 without an alarm beside": (DOCUMENT, exchange(DOCUMENT, scores(99))),
    "confidence 0": (DOCUMENT, exchange(DOCUMENT, document(confidence=0))),
    "confidence 1": (DOCUMENT, exchange(DOCUMENT, document(confidence=1))),
    "confidence with an exponent": (
        DOCUMENT,
        spelled(DOCUMENT, json.dumps(document_answer()).replace("0.97", "9.7e-1")),
    ),
    "a further member of a document": (DOCUMENT, exchange(DOCUMENT, document(side="front"))),
    "a frame around a slanted document": (
        DOCUMENT,
        exchange(DOCUMENT, document(location=[[40, 60], [950, 60], [950, 700], [40, 700]])),
    ),
    "no alarms where none were asked for": (
        DOCUMENT,
        exchange(
            DOCUMENT,
            lambda a: (a["result"].pop("alarm_result"), a["result"].pop("alarm_confidence")),
            sent=request(DOCUMENT, alarm=False),
        ),
    ),
    "a clean specimen without alarms": (
        DOCUMENT,
        exchange(
            DOCUMENT,
            lambda a: a["result"]["alarm_result"].update(detect_blur_result=False),
            sent=replace(request(DOCUMENT), truth=replace(truth(DOCUMENT), alarms=frozenset())),
        ),
    ),
    "one of two documents": (DOCUMENT, exchange(DOCUMENT, sent=TWO)),
    "two documents are one too many": (DOCUMENT, refused(TWO, "AIS.0104", FAILED_TEXT)),
    "a picture without a document": (DOCUMENT, refused(on(contract_id=DOCUMENT), "AIS.0104", FAILED_TEXT)),
    "no picture, refused": (DOCUMENT, refused(NO_DATA, "AIS.0101", INVALID)),
    "a bad token, refused": (DOCUMENT, refused(BAD_TOKEN, "ModelArts.4103", "Invalid Token header.", 401)),
}


def test_the_table_has_at_least_40_rows() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", CASES)
def test_an_unusual_exchange_breaks_nothing(name: str) -> None:
    contract_id, judged = CASES[name]
    found = examine(judged, CONTRACTS[contract_id], control=exchange(contract_id))
    assert [o for o in found if o.state == "broken"] == []


DEEP = '{"more":' + "[" * 250 + "]" * 250 + ","
LONG = '{"more":' + "9" * 5000 + ","


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_a_code_that_some_page_prints_is_a_wrong_one_at_most(contract_id: str) -> None:
    judged = replace(
        failure(contract_id, "AS.0001", "The format of message is error"), request=NO_INPUT_OF[contract_id]
    )
    found = examine(judged, CONTRACTS[contract_id], control=exchange(contract_id))
    broken = {o.requirement.partition("/")[2] for o in found if o.state == "broken"}
    assert broken == {"input.required.code"}


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_what_is_nested_too_deep_for_the_kit_is_undecided(contract_id: str) -> None:
    answer = tickets_answer() if contract_id == TICKETS else document_answer()
    found = examine(spelled(contract_id, json.dumps(answer).replace("{", DEEP, 1)), CONTRACTS[contract_id])
    assert [o for o in found if o.state == "broken"] == []
    said = {o.requirement.partition("/")[2]: o.observed.en for o in found if o.state == "undecided"}
    assert said["answer.json"] == "nested deeper than the 200 levels that are read"
    assert said["accepts.picture"] == "status 200, nested deeper than the 200 levels that are read"


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_a_refusal_that_is_nested_too_deep_proves_nothing(contract_id: str) -> None:
    body = DEEP.encode() + b'"error_code":"AIS.0101","error_msg":"x"}'
    judged = replace(failure(contract_id), request=NO_INPUT_OF[contract_id], answer=Response(400, HEADERS, body))
    found = examine(judged, CONTRACTS[contract_id], control=exchange(contract_id))
    states = {o.requirement.partition("/")[2]: o.state for o in found}
    assert (states["input.required"], "input.required.code" in states) == ("undecided", False)


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_an_integer_of_any_length_is_json(contract_id: str) -> None:
    answer = tickets_answer() if contract_id == TICKETS else document_answer()
    found = examine(spelled(contract_id, json.dumps(answer).replace("{", LONG, 1)), CONTRACTS[contract_id])
    assert [o for o in found if o.state == "broken"] == []


PICTURE = "iVBORw0KGgo" + "A" * (1 << 15) + "="
"""Base64 that is long enough not to be parsed with the rest of its body."""


@pytest.mark.parametrize(
    "body",
    [
        '{"image": "%s", "type_list": ["a"]}',
        '{"image": "%s", "n": 1e999, "m": -0.0}',
        '{"image": "%s", "image": "x"}',
        '{"image": "%s", "x": {"a": 1, "a": 2}}',
        '{"image": "%s", "n": NaN}',
        '{"image": "%s",}',
        '{"image": "%s"} x',
        '{"image": "stands-for-the-picture", "data": "%s"}',
        '{"image": "\\"%s\\""}',
        '{"image": "%s\\n"}',
        '{"image": "%s\u00e9"}',
        '{"%s": 1}',
        '["%s"]',
        '{"x": {"image": "%s"}}',
        '"%s"',
    ],
)
def test_a_long_picture_changes_nothing_about_how_a_body_is_read(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    data = (body % PICTURE).encode()
    quickly = read_body(data)
    monkeypatch.setattr(body_module, "_LONG", len(data))
    assert repr(quickly) == repr(read_body(data))
