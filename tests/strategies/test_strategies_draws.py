"""Draws as data: what a case file may say, and what it is told where it says something else."""

from __future__ import annotations

import pytest
from hypothesis import given
from two_opinions import CONTRACTS, exploring

from conformance.files import DataError
from conformance.strategies import Draw, valid_draws

UNKNOWN_KEY = (
    "draw: unknown rotation; known are address, alarm, base64, body, content_type, detect_seal, dialect, "
    "enterprise_project, format, headers, height, json, layout, margin, members, mode, null, orientation, page, "
    "pdf_page_number, rotate, scale, served, shift, type_list, url, width"
)
UNKNOWN_MODE = (
    "draw: expected a mode and a layout that JPEG has (grey plain, rgb plain, cmyk plain, grey progressive, "
    "rgb progressive, cmyk progressive); found rgba plain"
)


def test_an_empty_table_is_a_plain_blank_page() -> None:
    assert Draw.from_data({}) == Draw()
    assert Draw().plain


def test_a_table_names_everything_of_a_draw() -> None:
    data: dict[str, object] = {
        "page": ["train-ticket", "quota-invoice"],
        "format": "TIFF",
        "mode": "grey",
        "layout": "big-endian",
        "orientation": 6,
        "width": 4000,
        "height": 3000,
        "rotate": 7.5,
        "scale": 1.25,
        "margin": 40,
        "shift": [10, 20],
        "base64": 9_900_000,
        "null": ["url"],
        "type_list": ["train_ticket"],
        "alarm": True,
        "json": "spaced",
        "headers": "lower",
        "content_type": "application/json;charset=UTF-8",
        "enterprise_project": "unknown",
        "url": True,
        "served": "chinese",
    }
    draw = Draw.from_data(data)
    assert (draw.page, draw.shift, draw.alarm) == (("train-ticket", "quota-invoice"), (10, 20), True)
    assert draw.to_data() == data


def test_every_draw_survives_the_way_to_data_and_back() -> None:
    @exploring(200)
    @given(valid_draws(CONTRACTS[0], url=True))
    def survives(draw: Draw) -> None:
        assert Draw.from_data(draw.to_data()) == draw

    survives()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"rotation": 7}, UNKNOWN_KEY),
        ({"page": "train-ticket"}, "draw: page: expected a list of strings, found 'train-ticket'"),
        ({"width": True}, "draw: width: expected a whole number, found True"),
        ({"alarm": "yes"}, "draw: alarm: expected a boolean, found 'yes'"),
        ({"rotate": "7"}, "draw: rotate: expected a number, found '7'"),
        ({"shift": [1]}, "draw: shift: expected a list of two integers, found [1]"),
        ({"format": "GIF"}, "draw: format: expected one of JPEG, PNG, BMP, TIFF; found 'GIF'"),
        ({"json": "odd"}, "draw: json: expected one of plain, spaced, escaped, reordered; found 'odd'"),
        ({"format": "JPEG", "mode": "rgba"}, UNKNOWN_MODE),
        ({"orientation": 9}, "draw: orientation: expected 1 to 8; found 9"),
        ({"format": "BMP", "orientation": 3}, "draw: orientation: expected 1 to 1; found 3"),
        ({"width": 0}, "draw: width: expected 1 to 16383; found 0"),
        ({"shift": [0, -1]}, "draw: shift: expected 0 to 16383; found -1"),
        ({"url": "yes"}, "draw: url: expected a boolean, found 'yes'"),
        (
            {"url": True, "served": "late"},
            "draw: served: expected one of plain, chinese, not-encoded, redirected, mislabelled, slow; found 'late'",
        ),
        ({"served": "slow"}, "draw: served: expected url = true beside it; found 'slow' for an inline picture"),
        (
            {"url": True, "dialect": "unpadded"},
            "draw: dialect: expected an inline picture beside it; found 'unpadded' with url = true",
        ),
        ({"base64": 10_485_761}, "draw: base64: expected a positive multiple of 4 characters; found 10485761"),
    ],
    ids=lambda value: "" if isinstance(value, str) else str(value),
)
def test_a_mistake_in_a_table_is_one_message(data: dict[str, object], message: str) -> None:
    with pytest.raises(DataError) as error:
        Draw.from_data(data)
    assert str(error.value) == message
