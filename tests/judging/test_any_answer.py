"""Requests and answers of any bytes at all are judged, never with an exception, in bounded time and memory."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from answers import DOCUMENT, HEADERS, TICKETS, document_answer, exchange, request, tickets_answer
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Request, Response
from conformance.judging import Observation, examine, expect, relate

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT, "auto-classification-v2-2025")}
SENT = {name: request(DOCUMENT if name == DOCUMENT else TICKETS) for name in CONTRACTS}

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -(10**400), 1e308, 5e-324, 0.0, -0.0, "\ud800", "\x00", "AIS.0000", ""])
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
)
NAMES = st.sampled_from(
    ["result", "error_code", "error_msg", "status", "type", "location", "content", "confidence", "alarm_result",
     "alarm_confidence", "item_list", "itinerary_list", "extra_info", "\ud800", ""]
)  # fmt: skip
JSON = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=5) | st.dictionaries(NAMES, below, max_size=6), max_leaves=30
)


def judged(contract_id: str, body: bytes, status: int = 200) -> list[Observation]:
    answer = Exchange(SENT[contract_id], Response(status, HEADERS, body), "00001")
    found = examine(answer, CONTRACTS[contract_id])
    if contract_id in (TICKETS, DOCUMENT):
        for comparator in ("same", "filtered", "part", "blur-score-not-lower"):
            relate(exchange(contract_id), answer, comparator, "relation.repeat", CONTRACTS[contract_id])
    return found


def encoded(value: object) -> bytes:
    """JSON as `value` is, lone surrogates and NaN included."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


BOTH = pytest.mark.parametrize("contract_id", CONTRACTS)


@BOTH
@settings(deadline=None)  # a machine under load is no finding
@given(body=st.binary(max_size=200), status=st.integers(100, 999))
def test_any_bytes(contract_id: str, body: bytes, status: int) -> None:
    assert judged(contract_id, body, status)


@BOTH
@settings(deadline=None)
@given(value=JSON, status=st.sampled_from([200, 201, 400, 401, 500]))
def test_any_json(contract_id: str, value: object, status: int) -> None:
    assert judged(contract_id, json.dumps(value).encode(), status)
    assert judged(contract_id, encoded(value), status)


def places(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place of a JSON value."""
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, below in entries for found in places(below, (*path, key)))]


def put(value: Any, path: tuple[str | int, ...], other: object) -> Any:
    """The value with something else at a place."""
    if not path:
        return other
    node = value
    for step in path[:-1]:
        node = node[step]
    node[path[-1]] = other
    return value


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
@settings(deadline=None)
@given(data=st.data(), other=JSON)
def test_any_json_anywhere_in_a_conformant_answer(contract_id: str, data: st.DataObject, other: object) -> None:
    value = tickets_answer() if contract_id == TICKETS else document_answer()
    path = data.draw(st.sampled_from(places(value)))
    assert judged(contract_id, json.dumps(put(value, path, other)).encode())


PARAMETERS = st.sampled_from(["image", "data", "url", "type_list", "alarm", "detect_seal", "pdf_page_number", "\ud800"])
URLS = st.sampled_from(
    ["http://[::1", "http://", "HTTPS://\ud800/", "{pictures}/a", "{pictures}/%ff", "data:,", "//\uff0f"]
)


@BOTH
@settings(deadline=None)
@given(
    members=st.dictionaries(PARAMETERS, SCALARS | URLS | st.lists(SCALARS | URLS, max_size=3), max_size=5),
    path=st.text(max_size=8)
    | st.sampled_from(["/v2/\ud800/ocr/auto-id-doc-classification", "/v1.0/ocr/auto-classification/?"]),
)
def test_any_request(contract_id: str, members: dict[str, object], path: str) -> None:
    for sent in (json.dumps(members).encode(), encoded(members), encoded(members)[:-1]):
        received = Request("POST", path, SENT[contract_id].headers, sent)
        assert expect(received, CONTRACTS[contract_id]).decision in ("accept", "reject", "either")


def _square(number: int) -> list[list[int]]:
    left = 10 * number
    return [[left, 0], [left + 9, 0], [left + 9, 9], [left, 9]]


@BOTH
@settings(deadline=None)
@given(value=JSON)
def test_the_quick_yes_is_that_of_jsonschema(contract_id: str, value: object) -> None:
    contract = CONTRACTS[contract_id]
    assert contract.success_place.admits(value) == contract.success_validator.is_valid(value)


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
@settings(deadline=None)
@given(data=st.data(), other=JSON)
def test_the_quick_yes_to_an_answer_with_a_change_is_that_of_jsonschema(
    contract_id: str, data: st.DataObject, other: object
) -> None:
    value = tickets_answer() if contract_id == TICKETS else document_answer()
    assert CONTRACTS[contract_id].success_place.admits(value)
    changed = put(value, data.draw(st.sampled_from(places(value))), other)
    assert CONTRACTS[contract_id].success_place.admits(changed) == CONTRACTS[contract_id].success_validator.is_valid(
        changed
    )


DEEP = {
    "lists": b"[" * 100_000 + b"]" * 100_000,
    "objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "lists that never end": b"[" * 100_000,
    "a result of lists": b'{"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "just below the limit": b'{"result":' + b"[" * 199 + b"]" * 199 + b"}",
    "brackets in a text": b'{"result":["' + b"[" * 100_000 + b'"]}',
    "an integer of 100,000 digits": b'{"result":' + b"9" * 100_000 + b"}",
    "an exponent": b'{"result":[{"location":[[1e999,1],[1,1],[1,1],[1,1]],"type":"passport"}]}',
    "a coordinate of 4,000 digits": b'{"result":[{"location":[[' + b"9" * 4000 + b",1],[1,1],[1,1],[1,1]]}]}",
    "a lone surrogate": b'{"result":[{"type":"\\ud800","status":{"error_code":"\\udfff"},"content":{"\\ud800":1}}]}',
    "a surrogate in UTF-8": b'{"result":"\xed\xa0\x80"}',
    "NaN": b'{"result":[NaN]}',
    "two thousand broken tickets": b'{"result":['
    + b",".join([b'{"location":[[0,0],[9,0],[9,9],[0,9]]}'] * 2_000)
    + b"]}",
    "ten thousand keys twice": b"{" + b",".join(b'"%d":1' % (n % 5_000) for n in range(10_000)) + b"}",
    "a code of 100,000 characters": json.dumps({"error_code": "A" * 100_000, "error_msg": "B" * 100_000}).encode(),
    "a type of 100,000 characters": json.dumps(
        {"result": [{**tickets_answer()["result"][0], "type": "A" * 100_000}]}
    ).encode(),
    "alarms with a name of 100,000 characters": json.dumps(
        {"result": {**document_answer()["result"], "alarm_result": {"A" * 100_000: True}}}
    ).encode(),
    "four hundred tickets side by side": json.dumps(
        {"result": [{**tickets_answer()["result"][0], "location": _square(n)} for n in range(400)]}
    ).encode(),
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_deep_and_huge_answers(contract_id: str, name: str) -> None:
    tracemalloc.start()
    try:
        found = judged(contract_id, DEEP[name])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found
    assert peak < 100 * len(DEEP[name]) + 20_000_000
    assert all(len(o.observed.en) < 1000 and len(o.observed.zh) < 1000 for o in found)


def test_a_header_of_any_length_is_shown_in_short() -> None:
    headers = (("Content-Type", "application/json;" + "a" * 60_000),)
    answer = Exchange(SENT[TICKETS], Response(200, headers, json.dumps(tickets_answer()).encode()))
    assert all(len(observation.observed.en) < 1000 for observation in examine(answer, CONTRACTS[TICKETS]))


@pytest.mark.parametrize(("before", "after", "state"), [(50, 10**400, "held"), (10**400, 50, "broken")])
def test_scores_beyond_any_float_are_compared_like_others(before: int, after: int, state: str) -> None:
    def scored(score: int) -> Exchange:
        return exchange(DOCUMENT, lambda answer: answer["result"]["alarm_confidence"].update(blur_score=score))

    related = relate(scored(before), scored(after), "blur-score-not-lower", "relation.repeat", CONTRACTS[DOCUMENT])
    assert related.state == state
