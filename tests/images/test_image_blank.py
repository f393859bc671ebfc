"""Blank pictures: every listed kind, at exact sizes, as Pillow and as `sniff` see them."""

from __future__ import annotations

import pytest
from drawn_pages import in_rgb, opened

from conformance.images import MODES, SMALLEST, VARIANTS, Format, Layout, Sniffed, Variant, blank, sniff

# A dimension limit needs one long side; what holds every pixel as it is stays a strip.
STRIPS = ((8000, 15), (15, 8001), (8192, 14), (14, 8193), (8193, 1))
SQUARES = ((8000, 8000), (8192, 8192), (8193, 8193))
SMALL = ((1, 1), (1, 15), (14, 14), (15, 15), (14, 1), (17, 33), (257, 65))

ORIENTED = [variant for variant in VARIANTS if variant.oriented]


def expected(variant: Variant, size: tuple[int, int], orientation: int = 1) -> Sniffed:
    return Sniffed(
        variant.format,
        *size,
        frames=2 if variant.layout == "multi-frame" else 1,
        orientation=orientation,
        bits=variant.samples.bits,
        mode=variant.samples.kind,
        complete=True,
        in_passes=variant.layout in ("progressive", "interlaced"),
    )


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_it_has_the_promised_size_for_pillow_and_for_sniff(variant: Variant) -> None:
    for size in SMALL + STRIPS + (SQUARES if variant.compact else ()):
        data = blank(variant.format, *size, variant.mode, variant.layout)

        assert sniff(data) == expected(variant, size)
        with opened(data) as image:
            assert (image.format, image.size) == (variant.format, size)
            assert getattr(image, "n_frames", 1) == expected(variant, size).frames


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_it_decodes_to_white(variant: Variant) -> None:
    for size in (*SMALL, (640, 310)):
        image = opened(blank(variant.format, *size, variant.mode, variant.layout))

        assert in_rgb(image).getcolors() == [(size[0] * size[1], (255, 255, 255))]


@pytest.mark.parametrize("variant", SMALLEST.values(), ids=str)
def test_the_largest_decodes_to_white(variant: Variant) -> None:
    image = opened(blank(variant.format, 8193, 8193, variant.mode, variant.layout))

    assert image.getextrema() == (255, 255)
    assert image.size == (8193, 8193)


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.layout == "multi-frame"], ids=str)
def test_every_frame_decodes_to_white(variant: Variant) -> None:
    image = opened(blank(variant.format, 40, 30, variant.mode, variant.layout, frames=3))

    for frame in range(3):
        image.seek(frame)
        assert in_rgb(image).getcolors() == [(1200, (255, 255, 255))]


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.compact], ids=str)
def test_the_largest_stays_below_five_megabytes(variant: Variant) -> None:
    assert len(blank(variant.format, 8193, 8193, variant.mode, variant.layout)) < 5_000_000


@pytest.mark.parametrize("variant", ORIENTED, ids=str)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_declares_the_orientation(variant: Variant, orientation: int) -> None:
    data = blank(variant.format, 33, 20, variant.mode, variant.layout, orientation=orientation)

    assert sniff(data) == expected(variant, (33, 20), orientation)
    assert opened(data).getexif().get(274, 1) == orientation


@pytest.mark.parametrize("fmt", ["PNG", "JPEG"])
def test_pillow_shows_the_stored_grid_of_an_oriented_picture(fmt: Format) -> None:
    assert opened(blank(fmt, 33, 20, orientation=6)).size == (33, 20)


@pytest.mark.parametrize(
    ("fmt", "layout", "note"), [("JPEG", "progressive", "progressive"), ("PNG", "interlaced", "interlace")]
)
def test_pillow_sees_the_layout(fmt: Format, layout: Layout, note: str) -> None:
    assert opened(blank(fmt, 64, 64, "rgb", layout)).info[note] == 1
    assert note not in opened(blank(fmt, 64, 64, "rgb")).info


def test_every_mode_exists_in_some_format() -> None:
    assert {variant.mode for variant in VARIANTS} == set(MODES)


def test_the_smallest_variants_exist() -> None:
    assert set(SMALLEST.values()) <= set(VARIANTS)


def test_it_is_the_same_every_time() -> None:
    assert all(blank(v.format, 90, 70, v.mode, v.layout) == blank(v.format, 90, 70, v.mode, v.layout) for v in VARIANTS)


def test_an_unknown_combination_names_those_that_exist() -> None:
    with pytest.raises(ValueError) as failure:
        blank("JPEG", 10, 10, "palette")

    assert str(failure.value) == (
        "expected a mode and layout that JPEG has (cmyk plain, cmyk progressive, grey plain, grey progressive, "
        "rgb plain, rgb progressive), got palette plain"
    )


@pytest.mark.parametrize(
    ("size", "message"),
    [
        ((0, 5), "expected a width of 1 to 16383 pixels, got 0"),
        ((5, 16_384), "expected a height of 1 to 16383 pixels, got 16384"),
    ],
)
def test_a_size_out_of_range_is_refused(size: tuple[int, int], message: str) -> None:
    with pytest.raises(ValueError) as failure:
        blank("PNG", *size)

    assert str(failure.value) == message


def test_an_orientation_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError) as failure:
        blank("PNG", 5, 5, orientation=9)

    assert str(failure.value) == "expected an EXIF orientation of 1 to 8, got 9"


def test_an_orientation_in_a_bmp_is_refused() -> None:
    with pytest.raises(ValueError) as failure:
        blank("BMP", 5, 5, orientation=3)

    assert str(failure.value) == "BMP cannot carry an EXIF orientation; use JPEG, PNG or TIFF"


def test_a_single_frame_is_not_multi_frame() -> None:
    with pytest.raises(ValueError) as failure:
        blank("TIFF", 5, 5, "grey", "multi-frame", frames=1)

    assert str(failure.value) == "expected at least 2 frames in a multi-frame picture, got 1"
