"""The reader of specimens: codes of other people, broken ones and hostile ones leave it unimpressed."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zlib

import pytest
import segno
from drawn_documents import Drawing, card, desk, encoded
from PIL import Image

from conformance.reference.pictures import Picture
from conformance.reference.recognizer import SpecimenReader


def read(page: Image.Image) -> list[tuple[str | None, str | None, bool]]:
    data = encoded(page)
    picture = Picture(data, "PNG", page.width, page.height, hashlib.sha256(data).hexdigest())
    found = SpecimenReader().recognise(picture)
    return [(entry.ticket, entry.document, entry.content is not None) for entry in found]


def code(words: str, scale: int = 5) -> Image.Image:
    buffer = io.BytesIO()
    segno.make(words, error="m", micro=False).save(buffer, kind="png", scale=scale, border=4)
    with Image.open(buffer) as image:
        return image.convert("RGB")


def packed(content: bytes) -> str:
    return base64.urlsafe_b64encode(zlib.compress(content, 9)).rstrip(b"=").decode()


def test_both_codes_are_read() -> None:
    assert read(card(Drawing(ticket="passport", document="passport"))) == [("passport", "passport", True)]


def test_a_locator_alone_is_a_document_that_was_not_read() -> None:
    assert read(card(Drawing(ticket="bankcard", content=None))) == [("bankcard", None, False)]


def test_a_content_alone_is_nothing() -> None:
    assert read(card(Drawing(ticket="bankcard", locatable=False))) == []


def test_the_content_of_another_specimen_is_not_taken() -> None:
    page = card(Drawing(ticket="bankcard", content=None, id="bankcard"))
    page.paste(code(f"OCRDATA1 other 440 60 100 {packed(b'{}')}", 3), (440, 60))
    assert read(page) == [("bankcard", None, False)]


@pytest.mark.parametrize(
    "words",
    [
        "https://example.com/",
        "OCRSPEC1",
        "OCRSPEC1 a b",
        "OCRSPEC1 id train_ticket - 900 560 40 60",
        "OCRSPEC1 id train_ticket - 900 560 40 60 200 9",
        "OCRSPEC1 id train_ticket - x 560 40 60 200",
        "OCRSPEC1 id train_ticket - nan 560 40 60 200",
        "OCRSPEC1 id train_ticket - 1e400 560 40 60 200",
        "OCRSPEC1 id train_ticket - 999999999 1 40 60 200",
        "OCRSPEC1 id train_ticket - 900 560 40 60 0",
        "OCRSPEC1 id train_ticket - 900 560 -40 60 200",
        "OCRSPEC1  id train_ticket - 900 560 40 60 200",
    ],
)
def test_other_codes_are_no_documents(words: str) -> None:
    assert read(desk((code(words), (100, 100)))) == []


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "!!!",
        packed(b"not json"),
        packed(b"[]"),
        packed(b"\xff\xfe"),
        base64.urlsafe_b64encode(b"not zlib").decode(),
        packed(b'{"a": "' + b"x" * 1_000_000 + b'"}'),
    ],
    ids=["empty", "no-base64", "no-json", "no-object", "no-utf8", "no-zlib", "bomb"],
)
def test_broken_content_is_no_content(payload: str) -> None:
    page = card(Drawing(ticket="bankcard", content=None, id="bankcard"))
    page.paste(code(f"OCRDATA1 bankcard 440 60 100 {payload}", 3), (440, 60))
    assert read(page) == [("bankcard", None, False)]


def test_a_code_that_places_a_huge_document_is_cut_to_the_picture() -> None:
    page = desk((code("OCRSPEC1 id train_ticket - 5000 5000 0 0 32", 8), (100, 100)))
    assert read(page) == [("train_ticket", None, False)]


def test_unicode_survives_the_code() -> None:
    page = card(Drawing(ticket="train_ticket", content={"name": "样例 ¥ ₿ 😀"}))
    data = encoded(page)
    (found,) = SpecimenReader().recognise(Picture(data, "PNG", page.width, page.height, "0"))
    assert found.content == {"name": "样例 ¥ ₿ 😀"}
    assert json.dumps(found.content)
