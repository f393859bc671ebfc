"""respx: the same, with a router in the place of the transport."""

from __future__ import annotations

import httpx
import pytest
import respx
from my_client import ORIGIN, classify
from my_ocr import HEADERS, PATH, Service

from conformance import assert_conforms, exchange_of, expect, load_contract, strategies

TICKETS = load_contract("auto-classification-v1.0")
MISTAKE = r"^auto-classification-v1\.0/ticket\.location\.four-corners\n  expected: at least 4 entries\n"
PICTURE = strategies.draw_picture(strategies.Draw(page=("bankcard",))).data


@pytest.mark.parametrize("mistaken", [False, True])
def test_the_stand_in_conforms_unless_it_is_mistaken(mistaken: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        status, body = Service(mistaken).answer(request.read())
        return httpx.Response(status, headers={**HEADERS, "Content-Type": "application/json"}, content=body)

    with respx.mock(base_url=ORIGIN) as router, httpx.Client() as client:
        router.post(PATH).mock(side_effect=answer)
        response = classify(client, PICTURE)
    assert expect(exchange_of(response).request, TICKETS).decision == "accept"
    if mistaken:
        with pytest.raises(AssertionError, match=MISTAKE):
            assert_conforms(response, TICKETS)
    else:
        assert_conforms(response, TICKETS)
