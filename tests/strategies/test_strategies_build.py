"""Building requests: which bytes a draw gives, and what is said to be true of its picture."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from io import BytesIO

import pytest
from PIL import Image
from two_opinions import CONTRACTS

from conformance.exchange import TrueDocument
from conformance.files import DataError
from conformance.images import FORMATS, Format
from conformance.strategies import Draw, build, draw_picture, specimens
from conformance.strategies.build import Json, spell

TICKETS, IDENTITY = CONTRACTS


def test_a_request_is_compact_json_with_the_picture_first() -> None:
    request = build(TICKETS, Draw(page=("quota-invoice",), type_list=("quota_invoice", "taxi_invoice")))
    text = base64.b64encode(draw_picture(Draw(page=("quota-invoice",))).data)
    assert (request.method, request.path, request.auth) == ("POST", "/v1.0/ocr/auto-classification", "valid")
    assert request.headers == (("Content-Type", "application/json"),)
    assert request.body == b'{"image":"' + text + b'","type_list":["quota_invoice","taxi_invoice"]}'


def test_the_project_id_is_a_slot_of_the_path() -> None:
    assert build(IDENTITY, Draw()).path == "/v2/{project_id}/ocr/auto-id-doc-classification"


def test_the_same_draw_is_the_same_bytes() -> None:
    draw = Draw(page=("passport",), format="JPEG", rotate=13, scale=1.25)
    assert build(IDENTITY, draw) == build(IDENTITY, draw)


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "BMP", "TIFF"])
def test_a_picture_has_exactly_the_size_asked_for(fmt: str) -> None:
    draw = Draw.from_data({"page": ["quota-invoice"], "format": fmt, "width": 1500, "height": 777})
    with Image.open(BytesIO(draw_picture(draw).data)) as image:
        assert (image.format, image.mode, image.size) == (fmt, "RGB", (1500, 777))


@pytest.mark.parametrize("characters", [9_786_712, 9_900_000, 10_485_760])
def test_a_text_has_exactly_the_length_asked_for(characters: int) -> None:
    body = json.loads(build(TICKETS, Draw(page=("quota-invoice",), base64=characters)).body)
    assert len(body["image"]) == characters


def test_the_advised_length_is_seven_megabytes_to_the_byte() -> None:
    assert len(draw_picture(Draw(page=("quota-invoice",), base64=9_786_712)).data) == 7 * 1024 * 1024


@pytest.mark.parametrize("spelling", ["plain", "spaced", "escaped", "reordered"])
def test_every_spelling_says_the_same(spelling: str) -> None:
    draw = Draw.from_data({"page": ["passport"], "alarm": True, "json": spelling})
    body = build(IDENTITY, draw).body
    assert json.loads(body) == json.loads(build(IDENTITY, Draw(page=("passport",), alarm=True)).body)


def test_spellings_are_what_they_are_called() -> None:
    members: dict[str, Json] = {"image": "a/b", "type_list": ["x_y"]}
    assert spell(members) == b'{"image":"a/b","type_list":["x_y"]}'
    assert spell(members, "reordered") == b'{"type_list":["x_y"],"image":"a/b"}'
    assert spell({"image": "a/b_"}, "escaped") == rb'{"\u0069\u006d\u0061\u0067\u0065":"a\/b\u005f"}'
    assert spell({"image": "a"}, "spaced") == b'\r\n {\n\t "image" : "a"\n}\r\n'


@pytest.mark.parametrize("fmt", ["PNG", "JPEG", "TIFF"])
def test_every_dialect_of_base64_is_another_text_of_a_picture(fmt: str) -> None:
    def text(dialect: str) -> str:
        draw = Draw.from_data({"page": ["passport"], "format": fmt, "dialect": dialect})
        return str(json.loads(build(TICKETS, draw).body)["image"])

    plain = text("standard")
    assert text("broken-lines").splitlines() == [plain[at : at + 76] for at in range(0, len(plain), 76)]
    assert text("url-safe") == plain.replace("+", "-").replace("/", "_") != plain
    assert len(text("unpadded")) % 4 in (2, 3)


@pytest.mark.parametrize("fmt", FORMATS)
def test_an_unpadded_text_leaves_out_padding_whatever_the_length_of_the_file(fmt: Format) -> None:
    draws = [Draw(format=fmt, mode="grey", width=100 + 37 * number, height=100 + 29 * number) for number in range(12)]
    assert any(len(draw_picture(draw).data) % 3 == 0 for draw in draws)
    for draw in draws:
        body = build(TICKETS, replace(draw, dialect="unpadded")).body
        assert len(json.loads(body)["image"]) % 4 in (2, 3)


def test_null_stands_beside_the_input_and_never_in_its_place() -> None:
    page = Draw(page=("passport",), url=True, type_list=("passport",), null=("image", "url", "type_list"))
    body = json.loads(build(TICKETS, page).body)
    assert (body["image"], body["type_list"], body["url"] is None) == (None, ["passport"], False)


def test_headers_are_spelled_and_chosen() -> None:
    draw = Draw(headers="upper", content_type="application/json;charset=UTF-8", enterprise_project="malformed")
    assert build(IDENTITY, draw).headers == (
        ("CONTENT-TYPE", "application/json;charset=UTF-8"),
        ("ENTERPRISE-PROJECT-ID", "no-such-project"),
    )


def test_the_truth_has_the_types_of_the_contract_and_leaves_out_other_documents() -> None:
    page = Draw(page=("id-card-portrait-side", "quota-invoice", "hongkong-id-card"))
    tickets, identity = build(TICKETS, page).truth, build(IDENTITY, page).truth
    assert tickets is not None
    assert identity is not None
    assert [document.type for document in tickets.documents] == ["id_card_portrait_side", "quota_invoice"]
    assert [document.type for document in identity.documents] == ["id_card", "hongkong_id_card"]
    assert identity.documents[1] == TrueDocument(
        type="hongkong_id_card",
        corners=((16.0, 1248.0), (1026.0, 1248.0), (1026.0, 1888.0), (16.0, 1888.0)),
        readable=True,
        fields=specimens()["hongkong-id-card"].fields,
    )


def test_an_unreadable_copy_is_a_document_that_cannot_be_read() -> None:
    truth = build(TICKETS, Draw(page=("train-ticket.unreadable",))).truth
    assert truth is not None
    assert [(document.type, document.readable) for document in truth.documents] == [("train_ticket", False)]


def test_nothing_is_known_about_the_alarms_of_a_blank_page() -> None:
    truth = build(IDENTITY, Draw(width=500)).truth
    assert truth is not None
    assert (truth.width, truth.height, truth.documents, truth.alarms) == (500, 300, (), None)


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (Draw(alarm=True), "draw: alarm: auto-classification-v1.0 has no such parameter; it has image, url, type_list"),
        (
            Draw(enterprise_project="unknown"),
            "draw: enterprise_project: auto-classification-v1.0 documents no header Enterprise-Project-Id",
        ),
        (Draw(page=("train-tickt",)), "draw: page: no specimen 'train-tickt'; near it are train-ticket, "),
        (
            Draw(page=("train-ticket",), width=100),
            "draw: expected a picture of at least 1012 x 622 pixels for train-ticket; found width 100, height 622",
        ),
        (Draw(base64=4), "draw: base64 = 4: expected a picture of at most 1 bytes to pad, got one of "),
    ],
    ids=["parameter", "header", "specimen", "size", "length"],
)
def test_a_draw_that_cannot_be_built_is_one_message(draw: Draw, message: str) -> None:
    with pytest.raises(DataError) as error:
        build(TICKETS, draw)
    assert str(error.value).startswith(message)
