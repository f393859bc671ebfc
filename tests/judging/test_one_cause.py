"""One cause, one finding: a refusal breaks what it is for, and not what the same picture also shows."""

from __future__ import annotations

import json

import pytest

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Response
from conformance.judging.examine import examine
from conformance.strategies.build import build
from conformance.strategies.draw import Draw

CONTRACT = load_contract("auto-classification-v1.0")
JSON = (("Content-Type", "application/json"),)
SMALLEST = Draw(width=15, height=15, format="TIFF")
PLAIN = Draw(page=("train-ticket",), format="TIFF")


def state(draw: Draw, status: int, code: str | None, requirement: str) -> str | None:
    """What a refusal of a valid request says of a requirement; without a code it is a page of a gateway."""
    body = json.dumps({"error_code": code, "error_msg": "no"}).encode() if code else b"<html>too large</html>"
    headers = JSON if code else (("Content-Type", "text/html"),)
    exchange = Exchange(build(CONTRACT, draw), Response(status, headers, body))
    found = {o.requirement.partition("/")[2]: o.state for o in examine(exchange, CONTRACT)}
    return found.get(requirement)


@pytest.mark.parametrize(
    ("draw", "status", "code", "requirement", "expected"),
    [
        (SMALLEST, 400, "AIS.0102", "accepts.side-min", "undecided"),
        (SMALLEST, 400, "AIS.0103", "accepts.side-min", "broken"),
        (PLAIN, 400, "AIS.0102", "accepts.format.tiff", "broken"),
        (PLAIN, 400, "AIS.0103", "accepts.format.tiff", "undecided"),
        (PLAIN, 413, None, "accepts.format.tiff", "undecided"),
    ],
)
def test_a_refusal_breaks_what_it_is_for(
    draw: Draw, status: int, code: str | None, requirement: str, expected: str
) -> None:
    assert state(draw, status, code, requirement) == expected
