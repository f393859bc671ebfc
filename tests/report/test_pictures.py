"""Thumbnails of what was sent, and the corners drawn on them."""

from __future__ import annotations

import base64
import dataclasses
import json
from io import BytesIO

import pytest
from PIL import Image
from reporting import ANSWER, picture, request, response

from conformance.exchange import Exchange
from conformance.report.evidence import Album, thumbnail
from conformance.report.html import drawing
from conformance.report.shapes import PictureEntry, PictureEvidence


def opened(uri: str | None) -> Image.Image:
    assert uri is not None
    return Image.open(BytesIO(base64.b64decode(uri.partition(",")[2])))


@pytest.mark.parametrize(
    ("mode", "form"),
    [*((mode, "PNG") for mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16")), ("CMYK", "TIFF"), ("CMYK", "JPEG")],
)
def test_a_picture_of_any_mode_becomes_a_small_jpeg(mode: str, form: str) -> None:
    out = BytesIO()
    Image.new(mode, (1200, 600)).save(out, form)
    with opened(thumbnail(out.getvalue())) as small:
        assert (small.format, small.size, small.mode) == ("JPEG", (480, 240), "RGB")


def test_sixteen_bits_a_sample_keep_their_brightness() -> None:
    out = BytesIO()
    Image.new("I;16", (64, 64), 0x8080).save(out, "PNG")
    with opened(thumbnail(out.getvalue())) as small:
        assert abs(small.getpixel((5, 5))[0] - 128) <= 2  # type: ignore[index]


def test_a_transparent_picture_lies_on_white() -> None:
    out = BytesIO()
    Image.new("RGBA", (64, 64), (0, 0, 0, 0)).save(out, "PNG")
    with opened(thumbnail(out.getvalue())) as small:
        assert small.getpixel((5, 5)) == (255, 255, 255)


def test_what_cannot_be_decoded_has_no_thumbnail() -> None:
    assert thumbnail(b"no picture") is None
    assert thumbnail(picture()[:60]) is None


def test_a_huge_picture_is_not_decoded() -> None:
    out = BytesIO()
    Image.new("1", (8000, 8000)).save(out, "PNG")
    assert thumbnail(out.getvalue()) is None


def test_each_picture_is_kept_once() -> None:
    album = Album()
    for _ in range(2):
        assert album.evidence(Exchange(request(), response(ANSWER)), "image") is not None
    assert len(album.entries) == 1


def test_a_picture_of_recorded_traffic_is_not_taken() -> None:
    unknown = dataclasses.replace(request(), truth=None)
    album = Album()
    assert album.evidence(Exchange(unknown, response(ANSWER)), "image") is None
    assert album.entries == {}


@pytest.mark.parametrize(
    ("location", "corners"),
    [
        ([[1, 2], [3, 4], [5, 6]], [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
        ([[1, 2], ["x", 4], [5, 6], None], [[1.0, 2.0], [5.0, 6.0]]),
        ([[1e9, 2], [3, 4]], None),
        ([[10**400, 2], [-(10**400), 4], [5, 6], [7, 8]], [[5.0, 6.0], [7.0, 8.0]]),
        ([[float("nan"), 2], [float("-inf"), 4], [5, 6], [7, 8]], [[5.0, 6.0], [7.0, 8.0]]),
        ("nowhere", None),
        ([[True, False]] * 4, None),
        ([[0, n] for n in range(30)], [[0.0, float(n)] for n in range(12)]),
    ],
)
def test_a_location_is_drawn_however_wrong_it_is(location: object, corners: list[list[float]] | None) -> None:
    answer = {"result": {"location": location, "type": "passport"}}
    evidence = Album().evidence(Exchange(request(), response(answer)), "image")
    assert evidence is not None
    found = [place["corners"] for place in evidence["returned"]]
    assert found == ([corners] if corners is not None else [])


def test_an_answer_that_is_no_json_has_no_corners() -> None:
    for body in (b"<html>", b"[" * 100_000, json.dumps({"result": [None, 5, {"location": {}}]}).encode()):
        answer = dataclasses.replace(response({}), body=body)
        evidence = Album().evidence(Exchange(request(), answer), "image")
        assert evidence is not None
        assert evidence["returned"] == []


def test_the_drawing_has_room_for_corners_outside_of_the_picture() -> None:
    evidence: PictureEvidence = {
        "id": "0",
        "true": [],
        "returned": [{"pointer": "/result/0", "type": "x", "corners": [[0, 0], [100, 0], [100, 180], [0, 180]]}],
    }
    entry: PictureEntry = {"width": 200, "height": 120, "thumbnail": None}
    drawn = drawing(evidence, entry)
    assert drawn.view_box == "-2 -2 204 184"
    assert not drawn.beyond
    assert [(c.number, c.x, c.y, c.label_x, c.label_y) for c in drawn.returned[0].corners][:2] == [
        (1, 0, 0, 8.0, 8.0),
        (2, 100, 0, 92.0, 8.0),
    ]
    evidence["returned"][0]["corners"] = [[0, 0], [1000, 0], [1000, 180], [0, 180]]
    assert drawing(evidence, entry).view_box == "-3 -3 306 186"
    assert drawing(evidence, entry).beyond
