"""A real OCR engine in the place of the reader of codes: it reads most, misses some, and says where."""

from __future__ import annotations

import asyncio
import base64
import io
import json
import threading
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image, ImageDraw
from reference_process import PROJECT, TICKETS, TOKEN

from conformance.reference.app import create_app
from conformance.reference.behaviour import Behaviour
from conformance.reference.credentials import Credentials
from conformance.reference.editions import load_edition
from conformance.reference.pictures import Picture, open_picture
from conformance.reference.rapid import RapidReader
from conformance.reference.recognizer import Found
from conformance.reference.service import Eyes

SPECIMENS = Path(__file__).resolve().parents[2] / "cases" / "specimens"


@pytest.fixture(scope="module")
def reader() -> RapidReader:
    return RapidReader()


def picture_of(page: Image.Image) -> Picture:
    stream = io.BytesIO()
    page.convert("RGB").save(stream, "PNG")
    edition = load_edition("auto-classification-v1.0")
    return open_picture(stream.getvalue(), edition, Behaviour(), threading.Lock())


def specimen(name: str) -> Image.Image:
    return Image.open(SPECIMENS / name).convert("RGB")


async def answered(page: Image.Image, reader: RapidReader) -> Any:
    stream = io.BytesIO()
    page.save(stream, "PNG")
    app = create_app(Credentials(TOKEN, PROJECT), eyes=Eyes(reader))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://reference") as client:
        body = {"image": base64.b64encode(stream.getvalue()).decode()}
        return (await client.post(TICKETS, json=body, headers={"X-Auth-Token": TOKEN})).json()


def off(found: Found, left: int, top: int, width: int, height: int) -> float:
    """How many pixels the farthest corner is from where it is."""
    true = ((left, top), (left + width, top), (left + width, top + height), (left, top + height))
    return max(
        abs(a - b) for corner, own in zip(found.corners, true, strict=True) for a, b in zip(corner, own, strict=True)
    )


def test_two_documents_on_a_page_are_told_apart_placed_and_read(reader: RapidReader) -> None:
    page = Image.new("RGB", (1100, 1300), "#8a8f96")
    page.paste(specimen("train-ticket.worn.png"), (60, 40))
    page.paste(specimen("quota-invoice.png"), (80, 690))
    ticket, invoice = sorted(reader.recognise(picture_of(page)), key=lambda found: found.corners[0][1])
    assert (ticket.ticket, invoice.ticket) == ("train_ticket", "quota_invoice")
    assert off(ticket, 60, 40, 980, 590) < 12
    assert off(invoice, 80, 690, 930, 560) < 12
    assert ticket.content is not None
    assert invoice.content is not None
    assert {"train_number": "G9908", "log_id": "99000300170308S000417"}.items() <= ticket.content.items()
    assert {"number": "00041755", "code": "199001900417"}.items() <= invoice.content.items()
    assert all(0.5 < score <= 1 for score in ticket.scores.values())


def test_what_cannot_be_read_is_missed(reader: RapidReader) -> None:
    assert reader.recognise(picture_of(specimen("train-ticket.unreadable.png"))) == ()
    assert reader.recognise(picture_of(Image.new("RGB", (600, 400), "white"))) == ()


def test_a_form_that_is_known_and_not_read_is_a_failed_ticket(reader: RapidReader) -> None:
    page = specimen("train-ticket.worn.png")
    layouts = files("conformance.reference").joinpath("layouts.json").read_text(encoding="utf-8")
    form = next(form for form in json.loads(layouts).values() if form["ticket"] == "train_ticket")
    ink = ImageDraw.Draw(page)
    for left, right, middle, size, *_ in form["fields"].values():
        ink.rectangle((left, middle - size * 0.7, right, middle + size * 0.7), fill="#8a8f96")
    answer = asyncio.run(answered(page, reader))
    assert [(ticket["type"], ticket["status"]) for ticket in answer["result"]] == [
        (
            "train_ticket",
            {"error_code": "AIS.0104", "error_msg": "The image is not supported or the image quality is poor."},
        )
    ]
