"""FastAPI, and any other application of ASGI."""

from __future__ import annotations

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient
from hypothesis import given, settings
from my_ocr import HEADERS, PATH, Service

from conformance import Draw, FaultyRequest, assert_conforms, load_contract, strategies

TICKETS = load_contract("auto-classification-v1.0")
MISTAKE = r"^auto-classification-v1\.0/ticket\.location\.four-corners\n  expected: at least 4 entries\n"


def client(service: Service) -> TestClient:
    app = FastAPI()

    async def classify(request: Request) -> Response:
        status, body = service.answer(await request.body())
        return Response(body, status, HEADERS, "application/json")

    app.add_api_route(PATH, classify, methods=["POST"])
    return TestClient(app)


@given(request=strategies.invalid_requests(TICKETS, fault="picture.format"))
@settings(max_examples=20, deadline=None)
def test_other_formats_are_refused(request: FaultyRequest) -> None:
    response = client(Service()).post(request.path, content=request.body, headers=dict(request.headers))
    assert response.status_code == 400
    assert_conforms(response, TICKETS, request)


def test_a_card_is_classified() -> None:
    request = strategies.build(TICKETS, Draw(page=("bankcard",)))
    headers = dict(request.headers)
    assert_conforms(client(Service()).post(request.path, content=request.body, headers=headers), TICKETS, request)
    mistaken = client(Service(mistaken=True)).post(request.path, content=request.body, headers=headers)
    with pytest.raises(AssertionError, match=MISTAKE):
        assert_conforms(mistaken, TICKETS, request)
