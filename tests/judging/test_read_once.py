"""The body of a request is parsed once, whoever asks about it."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest
from answers import TICKETS, exchange

from conformance.contract.contract import load_contract
from conformance.judging import expect, judge
from conformance.judging.body import Body, read_body
from conformance.judging.view import View


def test_expectation_members_and_judgement_share_one_parsed_body(monkeypatch: pytest.MonkeyPatch) -> None:
    one, contract, parsed = exchange(TICKETS), load_contract(TICKETS), []

    def counted(data: bytes) -> Body:
        parsed.append(data)
        return read_body(data)

    for module in ("view", "expect"):
        monkeypatch.setattr(sys.modules[f"conformance.judging.{module}"], "read_body", counted)
    view = View(one, contract)
    judge(view)

    assert view.sent is not None
    assert parsed.count(one.request.body) == 1


def test_a_byte_order_mark_is_no_part_of_what_is_expected_and_no_json() -> None:
    plain, contract = exchange(TICKETS), load_contract(TICKETS)
    marked = replace(plain, request=replace(plain.request, body=b"\xef\xbb\xbf" + plain.request.body))
    view = View(marked, contract)

    assert view.sent is None
    assert view.expectation == expect(marked.request, contract)
    assert view.expectation.features == expect(plain.request, contract).features | {"body.byte-order-mark"}
