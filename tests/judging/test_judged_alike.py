"""What both pages say is judged alike: one level for a promise, the same findings for the same answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from answers import DOCUMENT, HEADERS, TICKETS, Answer, exchange, failure, request

from conformance.contract.contract import Contract, load_contract
from conformance.exchange import Exchange, Response
from conformance.judging import examine

CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT)}

DIFFER = {
    "success.status": "table 9 of the document's page lists 200; the ticket page lists no status",
    "failure.no-result": "table 4 of the document's page says that a failed call has none; the ticket page does not",
    "location.four-corners": "the ticket page names four corners; the document's page only shows them",
    "location.winding": "the ticket page names their order; the document's page only shows it",
    "picture.no-prefix": "the document's page says what a prefix gets; the ticket page does not",
    "accepts.url.chinese-encoded": "the document's page says how such an address is written; the ticket page does not",
    "url.http-only": "the document's page names http and https; the ticket page names no scheme",
    "side.max": "later editions of the ticket service document a larger one, so that it is only reported",
}
"""Promises that have another level in the other contract, and which of the pages says so."""


def common(name: str) -> str:
    """The name of a requirement without what only tells the contracts apart."""
    head, _, rest = name.partition(".")
    words = {"ticket": "", "document": "", "image": "picture.", "data": "picture."}
    return f"{words[head]}{rest}" if head in words else name


def test_one_promise_has_one_level_but_where_a_page_says_otherwise() -> None:
    one, other = ({common(r.name): r.level for r in contract.requirements.values()} for contract in CONTRACTS.values())
    assert {name for name in one.keys() & other.keys() if one[name] != other[name]} == DIFFER.keys()


def entry(answer: Answer) -> dict[str, Any]:
    """The first ticket, or the document."""
    result: Any = answer["result"]
    first: dict[str, Any] = result[0] if isinstance(result, list) else result
    return first


def written(contract_id: str, number: str) -> Exchange:
    """The conformant answer, one coordinate of which is written so."""

    def change(answer: Answer) -> None:
        entry(answer)["location"][1][0] = "<number>"

    judged = exchange(contract_id, change)
    assert isinstance(judged.answer, Response)
    return replace(
        judged, answer=replace(judged.answer, body=judged.answer.body.replace(b'"<number>"', number.encode()))
    )


def page(status: int, fault: str = "") -> Callable[[str], Exchange]:
    """An HTML page as the answer to a valid request, to one without a token, or to one for no operation's path."""

    def answered(contract_id: str) -> Exchange:
        sent = request(contract_id, "absent" if fault == "token" else "valid")
        sent = replace(sent, path="/none") if fault == "path" else sent
        return Exchange(sent, Response(status, (("Content-Type", "text/html"), HEADERS[1]), b"<html></html>"), "1")

    return answered


def changed(change: Callable[[Answer], object]) -> Callable[[str], Exchange]:
    """The conformant answer with a change."""
    return lambda contract_id: exchange(contract_id, change)


ALIKE: dict[str, tuple[Callable[[str], Exchange], set[tuple[str, str]]]] = {
    # answers, and the findings about them, by common name and level; what only became of a valid request is left out
    "1e400": (
        lambda name: written(name, "1e400"),
        {("location.on-picture", "must"), ("location.within", "should"), ("location.integers", "should")},
    ),
    "5,000 digits": (
        lambda name: written(name, "9" * 5000),
        {("location.on-picture", "must"), ("location.within", "should")},
    ),
    "a billion": (
        lambda name: written(name, "1000000000"),
        {("location.on-picture", "must"), ("location.within", "should")},
    ),
    "error_code null beside a result": (
        changed(lambda answer: answer.update(error_code=None)),
        {("success.no-empty-error-fields", "should")},
    ),
    "a result of null beside an error": (
        lambda name: failure(name, result=None),
        {("failure.no-null-result", "should")},
    ),
    "a result with status 301": (lambda name: exchange(name, status=301), {("success.status-class", "must")}),
    "an error of the platform with status 200": (
        lambda name: failure(name, "ModelArts.4505", "Backend service internal error.", 200),
        {("failure.platform-status", "must")},
    ),
    "HTML at 401": (page(401, "token"), {("failure.gateway-shape", "should"), ("answer.media-type", "should")}),
    "HTML at 404": (page(404, "path"), {("failure.gateway-shape", "should")}),
    "HTML at 413": (page(413), {("failure.gateway-shape", "should"), ("answer.media-type", "should")}),
    "HTML at 200, without a token": (
        page(200, "token"),
        {("token.required", "must"), ("answer.json", "must"), ("answer.media-type", "should")},
    ),
    "a blank message": (lambda name: failure(name, text=" "), {("failure.message.not-blank", "should")}),
}


def found(judged: Exchange, contract: Contract) -> set[tuple[str, str]]:
    """Findings by common name and level, but for what says that a valid request was to be accepted."""
    broken = [contract.requirement(o.requirement) for o in examine(judged, contract) if o.state == "broken"]
    return {(common(r.name), r.level) for r in broken if not r.name.startswith("accepts.")}


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
@pytest.mark.parametrize("name", ALIKE)
def test_the_same_answer_gets_the_same_findings(name: str, contract_id: str) -> None:
    made, expected = ALIKE[name]
    assert found(made(contract_id), CONTRACTS[contract_id]) == expected


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_values_are_told_as_json_spells_them(contract_id: str) -> None:
    told = {
        json.dumps(value): [
            o.observed.en
            for o in examine(exchange(contract_id, lambda a, v=value: a.update(error_msg=v)), CONTRACTS[contract_id])  # type: ignore[misc]
            if o.state == "broken"
        ]
        for value in (None, False, {"a": [1.5, "x"]})
    }
    assert told == {text: [f"error_msg is {text}"] for text in ("null", "false", '{"a": [1.5, "x"]}')}


def test_a_member_that_is_missing_is_named_and_its_object_pointed_at() -> None:
    contract = CONTRACTS[DOCUMENT]
    judged = exchange(DOCUMENT, lambda answer: answer["result"].pop("type"))
    told = {
        (o.requirement.partition("/")[2], o.pointer, o.observed.en)
        for o in examine(judged, contract)
        if o.state == "broken"
    }
    assert told == {
        ("document.type", "/result", 'no member "type"'),
        ("document.type.true", "/result", 'no member "type"'),
    }


def test_a_key_that_is_named_twice_is_pointed_at() -> None:
    judged = exchange(TICKETS)
    assert isinstance(judged.answer, Response)
    body = judged.answer.body.replace(b'"number":', b'"number": "1", "number":', 1)
    told = examine(replace(judged, answer=replace(judged.answer, body=body)), CONTRACTS[TICKETS])
    broken = [(o.pointer, o.observed.en) for o in told if o.state == "broken"]
    assert broken == [("/result/0/content", 'repeated: ["number"]')]
