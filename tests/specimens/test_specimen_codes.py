"""The codes printed on the specimens: legible as the manifest says, true, and enough to locate the document."""

import base64
import io
import json
import zlib

import pytest
import segno
from geometry import iou, project, turned_on_page
from PIL import Image
from specimen_files import Code, Point, Specimen, by_id, codes_in_file, masters, read_codes, specimens

LOCATABLE = [entry for entry in specimens() if entry.locatable]


def document_corners(code: Code) -> list[Point]:
    """Corners of the document on the page, from nothing but its locator code."""
    width, height, x, y, side = (float(word) for word in code.text.split(" ")[4:])
    square = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
    return project(square, code.corners, [(0, 0), (width, 0), (width, height), (0, height)])


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


@pytest.mark.parametrize("specimen", specimens(), ids=lambda entry: entry.id)
def test_codes_are_legible_exactly_as_stated(specimen: Specimen) -> None:
    codes = codes_in_file(specimen.path)
    assert ("OCRSPEC1" in codes, "OCRDATA1" in codes) == (specimen.locatable, specimen.readable)


@pytest.mark.parametrize("specimen", LOCATABLE, ids=lambda entry: entry.id)
def test_locator_code_names_the_document_and_its_size(specimen: Specimen) -> None:
    master = by_id(specimen.copy_of or specimen.id)
    words = codes_in_file(specimen.path)["OCRSPEC1"].text.split(" ")
    assert words[:4] == ["OCRSPEC1", master.id, specimen.ticket or "-", specimen.document or "-"]
    assert words[4:6] == [str(master.width), str(master.height)]


@pytest.mark.parametrize("specimen", LOCATABLE, ids=lambda entry: entry.id)
def test_locator_code_gives_the_corners_of_the_document(specimen: Specimen) -> None:
    corners = document_corners(codes_in_file(specimen.path)["OCRSPEC1"])
    assert iou(corners, specimen.corners) >= 0.95


@pytest.mark.parametrize("specimen", [entry for entry in specimens() if entry.readable], ids=lambda entry: entry.id)
def test_content_code_carries_the_fields(specimen: Specimen) -> None:
    words = codes_in_file(specimen.path)["OCRDATA1"].text.split(" ")
    packed = words[5]
    fields = json.loads(zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))))
    assert words[:2] == ["OCRDATA1", specimen.copy_of or specimen.id]
    assert fields == specimen.fields
    assert list(fields) == list(specimen.fields)


@pytest.mark.parametrize("specimen", masters(), ids=lambda entry: entry.id)
def test_modules_of_the_locator_are_six_pixels_and_of_the_content_three(specimen: Specimen) -> None:
    codes = codes_in_file(specimen.path)
    locator, content = codes["OCRSPEC1"].text, codes["OCRDATA1"].text
    locator_modules = segno.make(locator, error="h", micro=False, boost_error=False).symbol_size(border=0)[0]
    content_modules = segno.make(content, error="m", micro=False, boost_error=False).symbol_size(border=0)[0]
    assert int(locator.split(" ")[8]) == 6 * locator_modules
    assert int(content.split(" ")[4]) == 3 * content_modules


@pytest.mark.parametrize("specimen", masters(), ids=lambda entry: entry.id)
def test_codes_lie_where_they_say_inside_the_document(specimen: Specimen) -> None:
    codes = codes_in_file(specimen.path)
    for code, first in ((codes["OCRSPEC1"], 6), (codes["OCRDATA1"], 2)):
        x, y, side = (int(word) for word in code.text.split(" ")[first : first + 3])
        assert x >= 0
        assert y >= 0
        assert x + side <= specimen.width
        assert y + side <= specimen.height
        square = [(x, y), (x + side, y), (x + side, y + side), (x, y + side)]
        assert iou(square, code.corners) >= 0.95


@pytest.mark.parametrize("specimen", masters(), ids=lambda entry: entry.id)
def test_a_master_survives_rotation_by_ten_degrees_and_jpeg_quality_60(specimen: Specimen) -> None:
    page, corners = turned_on_page(specimen.picture(), 10)
    codes = read_codes(jpeg(page, 60))
    assert set(codes) == {"OCRSPEC1", "OCRDATA1"}
    assert iou(document_corners(codes["OCRSPEC1"]), corners) >= 0.95


@pytest.mark.parametrize("specimen", [entry for entry in LOCATABLE if not entry.is_master], ids=lambda entry: entry.id)
def test_a_worn_copy_reads_the_same_after_jpeg_quality_60(specimen: Specimen) -> None:
    codes = read_codes(jpeg(specimen.picture(), 60))
    assert ("OCRSPEC1" in codes, "OCRDATA1" in codes) == (True, specimen.readable)
