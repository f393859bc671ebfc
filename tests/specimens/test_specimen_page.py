"""Six specimens on one page, turned and compressed: the operation finds each of them in its place."""

from __future__ import annotations

import asyncio
import base64
import io
import math

import httpx
import pytest
from geometry import Point, iou
from PIL import Image
from specimen_files import Specimen, by_id

from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials

SIX = ("vat-invoice", "train-ticket", "id-card-portrait-side", "passport", "taxi-invoice", "bankcard")
CELL = (1360, 880)
COLUMNS = 2
DEGREES = 10
DESK = "#8f9498"


def page_of_six() -> tuple[Image.Image, dict[str, list[Point]]]:
    """A desk with the six, turned counter-clockwise by 10 degrees, and the corners of each ticket type there."""
    desk = Image.new("RGB", (CELL[0] * COLUMNS, CELL[1] * len(SIX) // COLUMNS), DESK)
    placed: list[tuple[Specimen, int, int]] = []
    for number, specimen in enumerate(map(by_id, SIX)):
        left, top = CELL[0] * (number % COLUMNS) + 30, CELL[1] * (number // COLUMNS) + 30
        desk.paste(specimen.picture(), (left, top))
        placed.append((specimen, left, top))
    turned = desk.rotate(DEGREES, Image.Resampling.BICUBIC, expand=True, fillcolor=DESK)
    corners = {
        str(specimen.ticket): [turn((left + x, top + y), desk.size, turned.size) for x, y in specimen.corners]
        for specimen, left, top in placed
    }
    return turned, corners


def turn(point: Point, before: tuple[int, int], after: tuple[int, int]) -> Point:
    """Where a point of the desk is once the desk was turned about its middle onto a larger one."""
    angle = math.radians(DEGREES)
    dx, dy = point[0] - before[0] / 2, point[1] - before[1] / 2
    return (
        after[0] / 2 + dx * math.cos(angle) + dy * math.sin(angle),
        after[1] / 2 - dx * math.sin(angle) + dy * math.cos(angle),
    )


async def classified(page: Image.Image) -> list[dict[str, object]]:
    stream = io.BytesIO()
    page.save(stream, "JPEG", quality=60)
    body = {"image": base64.b64encode(stream.getvalue()).decode()}
    app = create_app(Credentials("a-token", "a-project"))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reference") as client:
        answer = await client.post("/v1.0/ocr/auto-classification", json=body, headers={"X-Auth-Token": "a-token"})
    result: list[dict[str, object]] = answer.json()["result"]
    return result


@pytest.fixture(scope="module")
def found() -> tuple[dict[str, list[Point]], list[dict[str, object]]]:
    page, corners = page_of_six()
    return corners, asyncio.run(classified(page))


def test_each_of_six_is_recognised_as_what_it_is(found: tuple[dict[str, list[Point]], list[dict[str, object]]]) -> None:
    corners, tickets = found
    assert sorted(str(ticket["type"]) for ticket in tickets) == sorted(corners)
    assert [ticket["status"] for ticket in tickets] == [{"error_code": "AIS.0000", "error_msg": "Succeeded."}] * 6


def test_each_of_six_is_found_in_its_place(found: tuple[dict[str, list[Point]], list[dict[str, object]]]) -> None:
    corners, tickets = found
    overlaps = {}
    for ticket in tickets:
        location = ticket["location"]
        assert isinstance(location, list)
        overlaps[str(ticket["type"])] = iou([(x, y) for x, y in location], corners[str(ticket["type"])])
    assert {name: overlap for name, overlap in overlaps.items() if overlap < 0.9} == {}
    assert len(overlaps) == 6


def test_the_fields_of_each_of_six_are_read(found: tuple[dict[str, list[Point]], list[dict[str, object]]]) -> None:
    _, tickets = found
    contents = {str(ticket["type"]): ticket["content"] for ticket in tickets}
    train, card = contents["train_ticket"], contents["bankcard"]
    assert isinstance(train, dict)
    assert isinstance(card, dict)
    assert train["train_number"] == by_id("train-ticket").fields["train_number"]
    assert card["card_number"] == by_id("bankcard").fields["card_number"]
