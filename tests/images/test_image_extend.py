"""A drawn page in the corner of a larger picture: the page, and white around it."""

from __future__ import annotations

import pytest
from drawn_pages import drawn_page, in_rgb, opened, seen_as
from PIL import Image, ImageChops

from conformance.images import EXTENSIBLE, Sniffed, Variant, encode, extend, sniff

LOSSLESS = [variant for variant in EXTENSIBLE if variant.format != "JPEG"]


def on_white(variant: Variant, page: Image.Image, size: tuple[int, int]) -> Image.Image:
    whole = Image.new("RGB", size, "white")
    whole.paste(seen_as(page, variant.mode), (0, 0))
    return whole


# Sizes at, below and above the bands in which pages are written: 64 rows in a JPEG, 256 elsewhere.
SIZES = [(150, 90), (151, 90), (150, 91), (203, 128), (150, 256), (160, 257), (300, 600), (1000, 1025)]


@pytest.mark.parametrize("variant", LOSSLESS, ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_lossless_page_keeps_its_pixels_on_white(variant: Variant, size: tuple[int, int]) -> None:
    page = drawn_page()

    image = opened(extend(page, variant.format, *size, variant.mode))

    assert image.size == size
    assert ImageChops.difference(in_rgb(image), on_white(variant, page, size)).getbbox() is None


@pytest.mark.parametrize("variant", [v for v in EXTENSIBLE if v.format == "JPEG"], ids=str)
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_a_jpeg_page_is_what_pillow_would_make_of_the_whole(variant: Variant, size: tuple[int, int]) -> None:
    page = drawn_page()
    whole = on_white(variant, page, size)

    joined = opened(extend(page, "JPEG", *size, variant.mode, quality=80))

    at_once = opened(encode(whole, "JPEG", variant.mode, quality=80, subsampling="4:4:4"))
    assert joined.tobytes() == at_once.tobytes()


@pytest.mark.parametrize("variant", EXTENSIBLE, ids=str)
def test_a_page_of_several_bands_keeps_its_pixels(variant: Variant) -> None:
    page = drawn_page(90, 700)

    image = opened(extend(page, variant.format, 120, 900, variant.mode, quality=95))

    differences = ImageChops.difference(in_rgb(image), on_white(variant, page, (120, 900))).getextrema()
    assert max(max(band) for band in differences if isinstance(band, tuple)) <= (0 if variant.format != "JPEG" else 32)


@pytest.mark.parametrize("variant", EXTENSIBLE, ids=str)
@pytest.mark.parametrize("size", [(8193, 8193), (8192, 100), (150, 8001)], ids=str)
def test_sniff_and_pillow_see_the_size_of_the_whole(variant: Variant, size: tuple[int, int]) -> None:
    if variant == Variant("BMP", "rgb"):
        size = (size[0], min(size[1], 300))  # it holds every pixel as it is

    data = extend(drawn_page(), variant.format, *size, variant.mode)

    assert opened(data).size == size
    assert sniff(data) == Sniffed(
        variant.format, *size, bits=variant.samples.bits, mode=variant.samples.kind, complete=True
    )


@pytest.mark.parametrize("variant", [v for v in EXTENSIBLE if v.oriented], ids=str)
def test_it_declares_the_orientation(variant: Variant) -> None:
    found = sniff(extend(drawn_page(), variant.format, 300, 200, variant.mode, orientation=8))

    assert found is not None
    assert (found.width, found.height, found.orientation) == (300, 200, 8)


def test_a_page_in_the_largest_jpeg_can_be_decoded() -> None:
    page = drawn_page()

    image = opened(extend(page, "JPEG", 8193, 8193, quality=95))

    corner = image.crop((0, 0, 150, 90)).convert("RGB")
    difference = ImageChops.difference(corner, seen_as(page, "grey"))
    assert max(max(band) for band in difference.getextrema() if isinstance(band, tuple)) <= 24
    assert image.crop((0, 96, 8193, 8193)).getextrema() == (255, 255)


def test_a_page_larger_than_the_picture_is_refused() -> None:
    with pytest.raises(ValueError) as failure:
        extend(drawn_page(), "PNG", 149, 200)

    assert str(failure.value) == (
        "expected a page within 149 x 200 pixels, got 150 x 90; ask for a larger picture or draw a smaller page"
    )


def test_a_mode_that_cannot_be_extended_is_refused() -> None:
    with pytest.raises(ValueError) as failure:
        extend(drawn_page(), "TIFF", 300, 300, "cmyk")

    assert str(failure.value) == (
        "expected one of the modes that a TIFF page can be extended in (bilevel, grey, rgb), got cmyk"
    )
