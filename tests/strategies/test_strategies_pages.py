"""Pages: the true corners are where the pixels are, as a reader of the printed codes sees them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops
from two_opinions import CONTRACTS, exploring

from conformance.strategies import Draw, draw_picture, typed_specimens
from conformance.strategies.specimens import Page, lay_out, on_canvas, scaled, turned

if TYPE_CHECKING:
    from conformance.exchange import Point, Quad

NAMES = sorted({specimen.id for contract in CONTRACTS for specimen in typed_specimens(contract)})
CLOSE = 4.0
"""Pixels: the reader reports corners of a code to about a module of it."""


def locators(data: bytes) -> list[tuple[list[str], list[Point]]]:
    """Words and corners of every locator code that a reader finds in a picture."""
    with Image.open(BytesIO(data)) as image:
        codes = zxingcpp.read_barcodes(image.convert("L"))
    found = []
    for code in codes:
        if code.text.startswith("OCRSPEC1 "):
            place = code.position
            corners = [place.top_left, place.top_right, place.bottom_right, place.bottom_left]
            found.append((code.text.split(), [(float(corner.x), float(corner.y)) for corner in corners]))
    return found


def code_corners(words: list[str], document: Quad) -> list[Point]:
    """Where a document with these corners has its locator code: the page is an affine picture of the master."""
    width, height, x, y, side = map(int, words[4:9])
    (x0, y0), (x1, y1), _, (x3, y3) = document
    return [
        (x0 + u / width * (x1 - x0) + v / height * (x3 - x0), y0 + u / width * (y1 - y0) + v / height * (y3 - y0))
        for u, v in ((x, y), (x + side, y), (x + side, y + side), (x, y + side))
    ]


def assert_codes_are_where_the_truth_says(draw: Draw) -> None:
    picture = draw_picture(draw)
    found = locators(picture.data)
    assert sorted(words[1] for words, _ in found) == sorted(draw.page), draw.to_data()
    for placed in picture.documents:
        distances = [
            max(
                abs(a - b)
                for wanted, seen in zip(code_corners(words, placed.corners), corners, strict=True)
                for a, b in zip(wanted, seen, strict=True)
            )
            for words, corners in found
            if words[1] == placed.specimen.id
        ]
        assert min(distances) < CLOSE * max(1, draw.scale), (draw.to_data(), distances)


@pytest.mark.parametrize("name", NAMES)
def test_a_specimen_is_where_the_truth_says(name: str) -> None:
    assert_codes_are_where_the_truth_says(Draw(page=(name,), shift=(30, 70)))


@pytest.mark.parametrize("degrees", [7, 30, 90, 135, 180, 270, 353.5])
def test_a_turned_page_is_where_the_truth_says(degrees: float) -> None:
    assert_codes_are_where_the_truth_says(Draw(page=("train-ticket", "quota-invoice"), rotate=degrees, format="JPEG"))


def test_any_page_is_where_the_truth_says() -> None:
    @exploring(15)
    @given(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
        st.integers(0, 359),
        st.sampled_from((0.8, 1, 1.25)),
        st.integers(0, 200),
        st.tuples(st.integers(0, 300), st.integers(0, 300)),
    )
    def placed(page: tuple[str, ...], rotate: int, scale: float, margin: int, shift: tuple[int, int]) -> None:
        assert_codes_are_where_the_truth_says(
            Draw(page=page, format="JPEG", rotate=rotate, scale=scale, margin=margin, shift=shift)
        )

    placed()


def test_the_same_specimen_twice_is_two_documents() -> None:
    picture = draw_picture(Draw(page=("train-ticket", "train-ticket"), margin=20))
    assert [placed.corners for placed in picture.documents] == [
        ((20.0, 20.0), (1000.0, 20.0), (1000.0, 610.0), (20.0, 610.0)),
        ((20.0, 630.0), (1000.0, 630.0), (1000.0, 1220.0), (20.0, 1220.0)),
    ]
    assert (picture.width, picture.height) == (1020, 1240)


def ruled() -> Page:
    """A page whose every pixel has a colour of its own."""
    image = Image.new("RGB", (40, 30))
    image.putdata([(x * 6, y * 8, 0) for y in range(30) for x in range(40)])
    return Page(image, ())


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.difference(one, other).getbbox() is None


def test_four_quarter_turns_are_none() -> None:
    page = ruled()
    for _ in range(4):
        page = turned(page, 90)
    assert same(page.image, ruled().image)


def test_a_quarter_turn_is_clockwise() -> None:
    assert turned(ruled(), 90).image.getpixel((29, 0)) == ruled().image.getpixel((0, 0))


def test_a_page_that_is_not_turned_scaled_or_moved_is_the_same() -> None:
    page = ruled()
    assert turned(page, 360) is page
    assert scaled(page, 1) is page
    assert on_canvas(page, 40, 30) is page


def test_specimens_keep_their_pixels_on_a_page() -> None:
    specimen = typed_specimens(CONTRACTS[0])[0]
    page = lay_out([specimen], 10)
    with Image.open(specimen.path) as file:
        inside = page.image.crop((10, 10, 10 + specimen.width, 10 + specimen.height))
        assert same(inside, file.convert("RGB"))
