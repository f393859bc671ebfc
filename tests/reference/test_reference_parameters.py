"""The parameters of both operations: what is asked of them, and AIS.0101 for everything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from drawn_documents import Drawing, card, encoded, text
from reference_process import DOCUMENT, INVALID_PARAMETER, TICKETS, Server

if TYPE_CHECKING:
    pass

PICTURE = text(encoded(card(Drawing(ticket="passport", document="passport"))))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"data": PICTURE},
        {"image": PICTURE, "url": "http://127.0.0.1/x.png"},
        {"image": PICTURE, "url": None},
        {"image": None},
        {"url": None},
        {"image": ""},
        {"url": ""},
        {"image": 7},
        {"image": [PICTURE]},
        {"image": {"data": PICTURE}},
        {"url": ["http://127.0.0.1/x.png"]},
        {"image": PICTURE, "type_list": "passport"},
        {"image": PICTURE, "type_list": None},
        {"image": PICTURE, "type_list": {"passport": True}},
        {"image": PICTURE, "type_list": ["passport", 7]},
        {"image": PICTURE, "type_list": ["passport", "id_card"]},
        {"image": PICTURE, "type_list": ["Passport"]},
        {"image": PICTURE, "type_list": ["vat_roll_invoice"]},
    ],
)
def test_wrong_parameters_of_the_ticket_operation_are_refused(server: Server, body: object) -> None:
    answer = server.post(TICKETS, body)
    assert (answer.status_code, answer.json()) == (400, INVALID_PARAMETER)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image": PICTURE},
        {"data": PICTURE, "url": "http://127.0.0.1/x.png"},
        {"data": PICTURE, "alarm": "true"},
        {"data": PICTURE, "alarm": 1},
        {"data": PICTURE, "alarm": None},
        {"data": PICTURE, "alarm": [True]},
    ],
)
def test_wrong_parameters_of_the_document_operation_are_refused(server: Server, body: object) -> None:
    answer = server.post(DOCUMENT, body)
    assert (answer.status_code, answer.json()) == (400, INVALID_PARAMETER)


@pytest.mark.parametrize(
    "more",
    [
        {"type_list": []},
        {"type_list": ["passport"]},
        {"type_list": ["passport", "passport", "bankcard"]},
        {"unknown": 1},
        {"alarm": "no parameter of this operation"},
        {"type_list": ["passport"], "side": "front"},
    ],
)
def test_what_is_right_or_unknown_is_accepted(server: Server, more: dict[str, object]) -> None:
    answer = server.post(TICKETS, {"image": PICTURE} | more)
    assert answer.status_code == 200


def test_the_last_of_two_equal_keys_counts(server: Server) -> None:
    body = f'{{"image": 7, "image": "{PICTURE}"}}'
    assert server.client.post(TICKETS, content=body).status_code == 200
