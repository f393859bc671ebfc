"""httpx.MockTransport: what a client sends must be accepted, and what stands for the service must conform."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given, settings
from my_client import classify
from my_ocr import HEADERS, Service

from conformance import FaultyRequest, assert_conforms, exchange_of, expect, load_contract, strategies

TICKETS = load_contract("auto-classification-v1.0")
MISTAKE = r"^auto-classification-v1\.0/ticket\.location\.four-corners\n  expected: at least 4 entries\n"
PICTURE = strategies.draw_picture(strategies.Draw(page=("bankcard",))).data


def client(service: Service) -> httpx.Client:
    def answer(request: httpx.Request) -> httpx.Response:
        status, body = service.answer(request.read())
        return httpx.Response(status, headers={**HEADERS, "Content-Type": "application/json"}, content=body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_what_the_client_sends_must_be_accepted() -> None:
    with client(Service()) as http:
        response = classify(http, PICTURE)
        assert expect(exchange_of(response).request, TICKETS).decision == "accept"
        assert_conforms(response, TICKETS)
        assert expect(exchange_of(classify(http, PICTURE, member="picture")).request, TICKETS).decision == "reject"


@given(request=strategies.invalid_requests(TICKETS, fault="picture.format"))
@settings(max_examples=20, deadline=None)
def test_a_refusal_of_the_stand_in_conforms(request: FaultyRequest) -> None:
    with client(Service()) as http:
        sent = http.build_request("POST", f"http://ocr.example{request.path}", content=request.body)
        sent.headers.update(dict(request.headers))
        assert_conforms(http.send(sent), TICKETS, request)


def test_a_mistaken_stand_in_is_told() -> None:
    with client(Service(mistaken=True)) as http, pytest.raises(AssertionError, match=MISTAKE):
        assert_conforms(classify(http, PICTURE), TICKETS)
