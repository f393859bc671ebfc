"""Confidences held against the truth about a picture: which count, and what is correct."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from answers import DOCUMENT, QUADS, TICKETS, exchange, request

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, StatedDocument, TrueDocument, Truth
from conformance.judging.tickets import Sureness, surenesses
from conformance.judging.view import View

PRINTED = (("code", "000000000000"), ("number", "00000008"), ("amount", "50.00元"))


def of_tickets(change: Any = None, printed: tuple[tuple[str, str], ...] = PRINTED) -> list[Sureness]:
    documents = (TrueDocument("quota_invoice", QUADS["quota_invoice"], fields=printed),)
    sent = replace(request(TICKETS), truth=Truth(2000, 1500, documents))
    return list(surenesses(View(exchange(TICKETS, change, sent=sent), load_contract(TICKETS))))


def of_document(change: Any = None, answered: Exchange | None = None) -> list[Sureness]:
    return list(surenesses(View(answered or exchange(DOCUMENT, change), load_contract(DOCUMENT))))


def first(answer: Any) -> Any:
    return answer["result"][0]


def test_a_field_is_correct_where_it_is_the_printed_value() -> None:
    # The location has no printed value; currency signs and widths do not count.
    assert of_tickets() == [
        Sureness("field", 0.91, correct=True),
        Sureness("field", 0.92, correct=False),
        Sureness("field", 0.93, correct=True),
    ]


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("2026-03-08", "2026年03月08日"),
        ("样本东站", "样本东"),
        ("￥ 50.00", "50.00元"),
        ("¥50.00", "50.00"),
        ("ＡＢ 12", "ab12"),
    ],
)
def test_ways_of_writing_that_are_open_are_the_same_value(read: str, printed: str) -> None:
    (found,) = of_tickets(lambda a: first(a)["content"].update(code=read), (("code", printed),))
    assert found == Sureness("field", 0.91, correct=True)


def test_a_field_that_is_left_out_or_no_string_is_wrong() -> None:
    assert of_tickets(lambda a: first(a)["content"].pop("code"))[0] == Sureness("field", 0.91, correct=False)
    assert of_tickets(lambda a: first(a)["content"].update(code=0))[0] == Sureness("field", 0.91, correct=False)


def test_a_confidence_under_another_name_is_that_of_its_field() -> None:
    corners = TrueDocument("train_ticket", QUADS["train_ticket"], fields=(("ticket_price", "128.5元"),))
    sent = replace(request(TICKETS), truth=Truth(2000, 1500, (corners,)))

    def renamed(answer: Any) -> None:
        confidence = answer["result"][1]["content"]["confidence"]
        confidence["ticket_rates"] = confidence.pop("ticket_price")

    found = View(exchange(TICKETS, renamed, sent=sent), load_contract(TICKETS))
    assert list(surenesses(found)) == [Sureness("field", 0.9, correct=True)]


@pytest.mark.parametrize(
    "change",
    [
        lambda a: first(a).update(type="taxi_invoice"),
        lambda a: first(a).update(location=[[1400, 900], [1900, 900], [1900, 1400], [1400, 1400]]),
        lambda a: first(a).update(location=None),
        lambda a: first(a)["status"].update(error_code="AIS.0104"),
        lambda a: first(a)["content"].update(confidence=[0.9]),
        lambda a: first(a)["content"].update(confidence={"code": 1.2, "number": "0.9", "amount": True}),
    ],
)
def test_what_is_no_specimen_or_no_share_is_left_out(change: Any) -> None:
    assert of_tickets(change) == []


def test_a_document_is_correct_where_type_and_place_are() -> None:
    far = [[1400, 900], [1900, 900], [1900, 1400], [1400, 1400]]
    assert of_document() == [Sureness("document", 0.97, correct=True)]
    assert of_document(lambda a: a["result"].update(type="id_card")) == [Sureness("document", 0.97, correct=False)]
    assert of_document(lambda a: a["result"].update(location=far)) == [Sureness("document", 0.97, correct=False)]


def test_a_document_where_there_is_none_is_wrong() -> None:
    sent = replace(request(DOCUMENT), truth=Truth(2000, 1500, ()))
    assert of_document(answered=exchange(DOCUMENT, sent=sent)) == [Sureness("document", 0.97, correct=False)]


def of_stated(contract_id: str, *documents: StatedDocument, change: Any = None) -> list[Sureness]:
    """What is counted of a picture of the user's own."""
    sent = replace(request(contract_id), truth=None, stated=documents)
    return list(surenesses(View(exchange(contract_id, change, sent=sent), load_contract(contract_id))))


def test_a_picture_of_the_users_own_counts_by_what_is_stated_about_it() -> None:
    printed = (("code", "000000000000"), ("number", "00000008"))
    right, wrong = Sureness("field", 0.91, correct=True), Sureness("field", 0.92, correct=False)
    without = StatedDocument("quota_invoice", fields=printed)
    assert of_stated(TICKETS, without) == [right, wrong]
    assert of_stated(TICKETS, StatedDocument("quota_invoice", QUADS["quota_invoice"], printed)) == [right, wrong]
    assert of_stated(TICKETS, StatedDocument("quota_invoice", QUADS["taxi_invoice"], printed)) == []
    twice = of_stated(TICKETS, without, change=lambda a: a["result"].append(a["result"][0]))
    assert twice == []  # which of the two is meant is not known


def test_the_place_of_a_document_counts_where_its_corners_are_stated() -> None:
    assert of_stated(DOCUMENT, StatedDocument("passport")) == []
    assert of_stated(DOCUMENT, StatedDocument("passport", QUADS["passport"]))[0].correct
    assert not of_stated(DOCUMENT, StatedDocument("passport", QUADS["taxi_invoice"]))[0].correct
    assert not of_stated(DOCUMENT, StatedDocument("id_card"))[0].correct
    assert not of_stated(DOCUMENT)[0].correct


def test_without_a_known_truth_nothing_is_counted() -> None:
    sent = replace(request(DOCUMENT), truth=None)
    assert of_document(answered=exchange(DOCUMENT, sent=sent)) == []
