"""pytest-httpx: the same, with its fixture."""

from __future__ import annotations

import httpx
import pytest
from my_client import ORIGIN, classify
from my_ocr import HEADERS, PATH, Service
from pytest_httpx import HTTPXMock

from conformance import assert_conforms, exchange_of, expect, load_contract, strategies

TICKETS = load_contract("auto-classification-v1.0")
MISTAKE = r"^auto-classification-v1\.0/ticket\.location\.four-corners\n  expected: at least 4 entries\n"
PICTURE = strategies.draw_picture(strategies.Draw(page=("bankcard",))).data


@pytest.mark.parametrize("mistaken", [False, True])
def test_the_stand_in_conforms_unless_it_is_mistaken(httpx_mock: HTTPXMock, mistaken: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        status, body = Service(mistaken).answer(request.read())
        return httpx.Response(status, headers={**HEADERS, "Content-Type": "application/json"}, content=body)

    httpx_mock.add_callback(answer, method="POST", url=ORIGIN + PATH)
    with httpx.Client() as client:
        response = classify(client, PICTURE)
    assert expect(exchange_of(response).request, TICKETS).decision == "accept"
    if mistaken:
        with pytest.raises(AssertionError, match=MISTAKE):
            assert_conforms(response, TICKETS)
    else:
        assert_conforms(response, TICKETS)
