"""Drawn pages in every listed kind: what Pillow reads back is what was drawn."""

from __future__ import annotations

import pytest
from drawn_pages import drawn_page, in_rgb, opened, seen_as
from PIL import Image, ImageChops, ImageStat

from conformance.images import VARIANTS, Sniffed, Variant, encode, sniff

LOSSLESS = [variant for variant in VARIANTS if variant.format != "JPEG"]
LOSSY = [variant for variant in VARIANTS if variant.format == "JPEG"]


def worst_difference(one: Image.Image, other: Image.Image) -> int:
    return max(int(high) for _, high in ImageStat.Stat(ImageChops.difference(one, other)).extrema)


@pytest.mark.parametrize("variant", LOSSLESS, ids=str)
@pytest.mark.parametrize("size", [(150, 90), (1, 1), (13, 5)], ids=str)
def test_a_lossless_page_is_the_page_drawn(variant: Variant, size: tuple[int, int]) -> None:
    page = drawn_page(*size)

    image = opened(encode(page, variant.format, variant.mode, variant.layout))

    assert image.size == size
    assert worst_difference(in_rgb(image), seen_as(page, variant.mode)) == 0


@pytest.mark.parametrize("variant", LOSSY, ids=str)
def test_a_jpeg_page_is_close_to_the_page_drawn(variant: Variant) -> None:
    page = drawn_page()

    data = encode(page, variant.format, variant.mode, variant.layout, subsampling="4:4:4", quality=95)

    assert worst_difference(in_rgb(opened(data)), seen_as(page, variant.mode)) <= 24


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_sniff_reads_what_was_written(variant: Variant) -> None:
    orientation = 6 if variant.oriented else 1

    found = sniff(encode(drawn_page(), variant.format, variant.mode, variant.layout, orientation=orientation))

    assert found == Sniffed(
        variant.format,
        150,
        90,
        frames=2 if variant.layout == "multi-frame" else 1,
        orientation=orientation,
        bits=variant.samples.bits,
        mode=variant.samples.kind,
        complete=True,
        in_passes=variant.layout in ("progressive", "interlaced"),
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    "variant", [Variant("JPEG", "rgb"), Variant("PNG", "rgb"), Variant("PNG", "rgb", "interlaced")]
)
def test_an_orientation_leaves_the_stored_pixels_alone(variant: Variant, orientation: int) -> None:
    plain, oriented = (
        opened(encode(drawn_page(), variant.format, variant.mode, variant.layout, orientation=value))
        for value in (1, orientation)
    )

    assert plain.tobytes() == oriented.tobytes()


def test_a_tiff_reader_that_applies_the_orientation_turns_the_page() -> None:
    page = drawn_page()

    image = opened(encode(page, "TIFF", orientation=6))
    image.load()

    assert image.tobytes() == page.transpose(Image.Transpose.ROTATE_270).tobytes()


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.layout == "multi-frame"], ids=str)
def test_a_blank_frame_follows_the_page(variant: Variant) -> None:
    page = drawn_page()

    image = opened(encode(page, variant.format, variant.mode, "multi-frame"))

    for number, frame in enumerate((page, Image.new("RGB", page.size, "white"))):
        image.seek(number)
        assert worst_difference(in_rgb(image), seen_as(frame, variant.mode)) == 0


def test_a_lower_quality_is_smaller() -> None:
    fine, coarse = (encode(drawn_page(), "JPEG", quality=quality) for quality in (90, 30))

    assert len(coarse) < len(fine)


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P", "CMYK", "1", "L", "I;16"])
def test_a_page_may_have_any_mode_of_pillow(mode: str) -> None:
    page = Image.new(mode, (20, 10))

    assert all(
        opened(encode(page, variant.format, variant.mode, variant.layout)).size in ((20, 10), (10, 20))
        for variant in VARIANTS
    )


def test_it_is_the_same_every_time() -> None:
    assert all(
        encode(drawn_page(), v.format, v.mode, v.layout) == encode(drawn_page(), v.format, v.mode, v.layout)
        for v in VARIANTS
    )
