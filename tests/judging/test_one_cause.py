"""One cause, one finding: a refusal breaks what it is for, and not what the same picture also shows."""

from __future__ import annotations

import base64
import json
from dataclasses import replace

import pytest

from conformance.contract.contract import load_contract
from conformance.exchange import Exchange, Request, Response
from conformance.judging import examine
from conformance.strategies.build import build
from conformance.strategies.draw import Draw

CONTRACT = load_contract("auto-classification-v1.0")
JSON = (("Content-Type", "application/json"),)
SMALLEST = Draw(width=15, height=15, format="TIFF")
PLAIN = Draw(page=("train-ticket",), format="TIFF")
LISTED = replace(PLAIN, type_list=("train_ticket",))
LARGE = Draw(page=("train-ticket",), format="PNG", base64=9_900_000)


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
        (PLAIN, 400, "AIS.0102", "accepts.picture", "undecided"),
        (PLAIN, 400, "AIS.0101", "accepts.picture", "broken"),
        (PLAIN, 413, None, "accepts.format.tiff", "undecided"),
        (PLAIN, 413, None, "accepts.picture", "broken"),
        (LISTED, 413, None, "accepts.type-list", "undecided"),
        (LISTED, 400, "AIS.0101", "accepts.type-list", "broken"),
        (LARGE, 413, None, "accepts.size-max", "broken"),
        (LARGE, 413, None, "accepts.picture", "undecided"),
        (LARGE, 413, None, "accepts.format.png", "undecided"),
    ],
)
def test_a_refusal_breaks_what_it_is_for(
    draw: Draw, status: int, code: str | None, requirement: str, expected: str
) -> None:
    assert state(draw, status, code, requirement) == expected


def broken(request: Request, status: int, body: bytes, media_type: str) -> list[str]:
    """Levels and names of the requirements of the answer's shape that an answer breaks."""
    exchange = Exchange(request, Response(status, (("Content-Type", media_type), ("X-Request-Id", "1")), body))
    found = [o.requirement for o in examine(exchange, CONTRACT) if o.state == "broken"]
    return sorted(f"{CONTRACT.requirement(name).level} {name.partition('/')[2]}" for name in found)


@pytest.mark.parametrize("length", [10_000_004, 10_485_760])
@pytest.mark.parametrize("status", [400, 413, 502])
def test_a_page_where_the_size_may_be_refused_is_the_shape_of_a_gateway(length: int, status: int) -> None:
    found = broken(build(CONTRACT, replace(LARGE, base64=length)), status, b"<html>too large</html>", "text/html")
    assert "should failure.gateway-shape" in found
    assert not [name for name in found if name.startswith("must ")]


def test_the_same_page_for_a_small_picture_is_no_json() -> None:
    assert "must answer.json" in broken(build(CONTRACT, PLAIN), 400, b"<html>no</html>", "text/html")


def test_a_day_of_another_form_is_broken_on_a_specimen_and_names_the_forms() -> None:
    content = {"date_of_birth": "12 AUG 1990"}
    status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    place = [[1, 1], [9, 1], [9, 9], [1, 9]]
    entry: dict[str, object] = {"status": status, "type": "passport", "location": place, "content": content}
    exchange = Exchange(build(CONTRACT, PLAIN), Response(200, JSON, json.dumps({"result": [entry]}).encode()))
    (found,) = (o for o in examine(exchange, CONTRACT) if o.requirement.endswith("/content.dates"))
    assert found.state == "broken"
    assert "2020-03-01, 2020年03月01日 (a time may follow), 03/20 on a card, or 长期" in found.expected.en


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\0" * 64, "must image.picture"),
        (b"This is the text of a ticket.\n", "must image.picture"),
        (bytes(range(255, 0, -1)) * 9, "must image.picture"),
        (b"GIF89a" + bytes(40), "should format.listed-only"),
        (b"\0\0\1\0" + bytes(40), "should format.listed-only"),
    ],
)
def test_bytes_that_are_no_picture_break_one_must_and_another_format_one_should(data: bytes, expected: str) -> None:
    body = json.dumps({"image": base64.b64encode(data).decode()}).encode()
    request = replace(build(CONTRACT, PLAIN), body=body, truth=None)
    answer = (
        b'{"result": [{"status": {"error_code": "AIS.0000", "error_msg": "Succeeded."}, "type": "train_ticket", '
        b'"location": [[1, 1], [9, 1], [9, 9], [1, 9]], "content": {"train_number": "G9908"}}]}'
    )
    found = broken(request, 200, answer, "application/json")
    assert [name for name in found if name.startswith("must ") or "format" in name] == [expected]
