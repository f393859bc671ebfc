"""Formats that the documents do not list: real files, recognised for what they are."""

from __future__ import annotations

import base64
import re

import pytest
from drawn_pages import drawn_page, opened
from PIL import ImageChops, ImageStat

from conformance.images import FAULT_FORMATS, FaultFormat, Sniffed, blank, encode_unsupported, sniff, unsupported

PIXELS = {"GIF": (2, "palette"), "WEBP": (8, "rgb"), "SVG": (8, "other"), "HEIC": (8, "other")}
SIZES = ((1, 1), (14, 15), (300, 200), (8193, 15), (8193, 8193))


@pytest.mark.parametrize("fmt", ["GIF", "WEBP", "SVG", "HEIC"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_sniff_sees_the_format_and_the_size(fmt: FaultFormat, size: tuple[int, int]) -> None:
    found = sniff(unsupported(fmt, *size))

    assert found is not None
    assert (found.format, found.width, found.height, found.frames, found.complete) == (fmt, *size, 1, True)
    assert found.mode == PIXELS[fmt][1]


@pytest.mark.parametrize("fmt", ["GIF", "WEBP"])
@pytest.mark.parametrize("size", [(1, 1), (2, 1), (3, 5), (14, 15), (300, 200), (4099, 2050)], ids=str)
def test_gif_and_webp_decode_to_white(fmt: FaultFormat, size: tuple[int, int]) -> None:
    image = opened(unsupported(fmt, *size))

    assert (image.format, image.size) == (fmt, size)
    assert image.convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize("fmt", ["GIF", "WEBP"])
def test_a_page_in_another_format_is_the_page_drawn(fmt: FaultFormat) -> None:
    data = encode_unsupported(drawn_page(), fmt)

    image = opened(data)
    difference = ImageChops.difference(image.convert("RGB"), drawn_page())
    assert (image.format, image.size) == (fmt, (150, 90))
    assert max(ImageStat.Stat(difference).mean) < (0.01 if fmt == "GIF" else 12)
    found = sniff(data)
    assert found is not None
    assert (found.format, found.width, found.height, found.complete) == (fmt, 150, 90, True)


@pytest.mark.parametrize("data", [unsupported("PDF", 300, 200), encode_unsupported(drawn_page(), "PDF")])
def test_a_pdf_has_a_page_with_its_picture(data: bytes) -> None:
    assert sniff(data) == Sniffed("PDF", mode="other", complete=True)
    picture = re.search(rb"/Length (\d+) >>\nstream\n(\xff\xd8.*\xff\xd9)\nendstream", data, re.DOTALL)
    box = re.search(rb"/MediaBox \[0 0 (\d+) (\d+)\]", data)
    assert picture is not None
    assert box is not None
    assert len(picture[2]) == int(picture[1])
    assert opened(picture[2]).size == (int(box[1]), int(box[2]))


def test_the_cross_references_of_a_pdf_point_at_its_objects() -> None:
    data = unsupported("PDF", 300, 200)

    table = int(data.rsplit(b"startxref\n", 1)[1].split()[0])
    offsets = [int(line[:10]) for line in data[table:].splitlines()[3:8]]
    assert [data[offset : offset + 7] for offset in offsets] == [b"%d 0 obj" % n for n in range(1, 6)]


def test_an_svg_holds_the_page() -> None:
    data = encode_unsupported(drawn_page(), "SVG")

    picture = re.search(rb"base64,([A-Za-z0-9+/=]+)\"", data)
    assert picture is not None
    assert opened(base64.b64decode(picture[1])).tobytes() == drawn_page().tobytes()
    assert sniff(data) == Sniffed("SVG", 150, 90, bits=8, mode="other", complete=True)


def test_a_heic_page_is_its_headers_only() -> None:
    assert encode_unsupported(drawn_page(), "HEIC") == unsupported("HEIC", 150, 90)


@pytest.mark.parametrize("fmt", FAULT_FORMATS)
def test_a_size_out_of_range_is_refused(fmt: FaultFormat) -> None:
    with pytest.raises(ValueError) as failure:
        unsupported(fmt, 5, 0)

    assert str(failure.value) == "expected a height of 1 to 16383 pixels, got 0"


def test_the_documents_formats_are_not_unsupported() -> None:
    with pytest.raises(ValueError) as failure:
        unsupported("PNG", 5, 5)  # type: ignore[arg-type]

    assert str(failure.value) == "expected one of the formats GIF, WEBP, PDF, SVG, HEIC, got PNG"


def test_unsupported_formats_are_not_blank_ones() -> None:
    with pytest.raises(ValueError) as failure:
        blank("GIF", 5, 5)  # type: ignore[arg-type]

    assert str(failure.value) == "expected one of the formats JPEG, PNG, BMP, TIFF, got GIF"
