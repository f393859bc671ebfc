"""Pictures and the limits on them: formats, base64, sides, length, and bytes of any kind."""

from __future__ import annotations

import io
import struct
import threading
import zlib
from typing import TYPE_CHECKING

import pytest
from drawn_documents import Drawing, card, desk, encoded, text
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from reference_process import (
    DOCUMENT,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    NOT_RECOGNISED,
    SIZE_NOT_MET,
    TICKETS,
    Server,
    error,
)

from conformance.reference.behaviour import Behaviour
from conformance.reference.editions import RefusedError, load_edition
from conformance.reference.pictures import open_picture
from conformance.reference.recognizer import SpecimenReader

if TYPE_CHECKING:
    pass

CARD = card(Drawing(ticket="passport", document="passport"))
PNG = encoded(CARD)
EDITION = load_edition("auto-classification-v1.0")


def blank(width: int, height: int) -> bytes:
    return encoded(Image.new("L", (width, height), 200))


def png_of(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data",
    [
        PNG,
        encoded(CARD, "JPEG", quality=90),
        encoded(CARD, "JPEG", progressive=True),
        encoded(CARD.convert("L"), "JPEG"),
        encoded(CARD.convert("CMYK"), "JPEG"),
        encoded(CARD, "BMP"),
        encoded(CARD.convert("P"), "BMP"),
        encoded(CARD.convert("1"), "BMP"),
        encoded(CARD, "TIFF"),
        encoded(CARD, "TIFF", compression="tiff_lzw"),
        encoded(CARD.convert("1"), "TIFF", compression="group4"),
        encoded(CARD.convert("RGBA")),
        encoded(CARD.convert("P")),
        encoded(CARD.convert("LA")),
        encoded(CARD.convert("1")),
        encoded(CARD.convert("L").convert("I").point(lambda level: level * 257).convert("I;16")),
        encoded(CARD, "TIFF", save_all=True, append_images=[Image.new("RGB", (20, 20))]),
    ],
    ids=[
        *("png", "jpeg", "progressive", "grey-jpeg", "cmyk-jpeg", "bmp", "palette-bmp", "one-bit-bmp"),
        *("tiff", "lzw", "group4", "alpha", "palette", "grey-alpha", "one-bit", "sixteen-bit", "two-frames"),
    ],
)
def test_listed_formats_are_read(server: Server, data: bytes) -> None:
    result = server.post(TICKETS, {"image": text(data)}).json()["result"]
    assert [(ticket["type"], ticket["status"]["error_code"]) for ticket in result] == [("passport", "AIS.0000")]


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PDF", "ICO", "PPM", "DIB"])
def test_other_formats_are_refused(server: Server, form: str) -> None:
    answer = server.post(TICKETS, {"image": text(encoded(CARD, form))})
    assert (answer.status_code, answer.json()) == (400, FORMAT_NOT_SUPPORTED)


@pytest.mark.parametrize(
    "value",
    [
        "data:image/png;base64," + text(PNG),
        "DATA:;base64," + text(PNG),
        "%%%",
        text(PNG) + "\n",
        text(PNG)[:76] + "\r\n" + text(PNG)[76:],
        text(PNG).rstrip("=") + "!",
        "QUJD" + "=",
        "QUJDRA",
        text(b"\xfb\xff" * 8).replace("+", "-").replace("/", "_"),
        "图片",
        "====",
    ],
)
def test_what_is_no_base64_is_refused(server: Server, value: str) -> None:
    answer = server.post(TICKETS, {"image": value})
    assert (answer.status_code, answer.json()) == (400, FORMAT_NOT_SUPPORTED)


def test_a_lone_surrogate_is_no_base64(server: Server) -> None:
    answer = server.client.post(TICKETS, content=b'{"image": "\\ud800"}')
    assert (answer.status_code, answer.json()) == (400, FORMAT_NOT_SUPPORTED)


@pytest.mark.parametrize("size", [(15, 15), (15, 400), (8000, 15), (15, 8000)])
def test_sides_at_the_limits_are_no_reason_to_refuse(server: Server, size: tuple[int, int]) -> None:
    assert server.post(TICKETS, {"image": text(blank(*size))}).json() == NOT_RECOGNISED


@pytest.mark.parametrize("size", [(14, 400), (400, 14), (1, 1), (8001, 100), (100, 8001), (8192, 8192)])
def test_sides_beyond_the_limits_are_refused(server: Server, size: tuple[int, int]) -> None:
    assert server.post(TICKETS, {"image": text(png_of(*size))}).json() == SIZE_NOT_MET


def test_the_document_operation_allows_8192_pixels(server: Server) -> None:
    page = desk((CARD, (40, 10)), size=(8192, 580))
    allowed = server.post(DOCUMENT, {"data": text(encoded(page, "JPEG"))})
    refused = server.post(DOCUMENT, {"data": text(png_of(8193, 100))})
    assert (allowed.json()["result"]["type"], refused.json()) == ("passport", SIZE_NOT_MET)


@pytest.mark.parametrize(("width", "height"), [(30_000, 30_000), (12_000, 12_000), (2**31 - 1, 2**31 - 1)])
def test_decompression_bombs_are_refused_by_their_sides(server: Server, width: int, height: int) -> None:
    assert server.post(TICKETS, {"image": text(png_of(width, height))}).json() == SIZE_NOT_MET


def test_the_largest_picture_is_looked_at(server: Server) -> None:
    picture = encoded(Image.new("1", (8000, 8000), 1), "TIFF", compression="group4")
    assert server.post(TICKETS, {"image": text(picture)}).json() == NOT_RECOGNISED


def test_10_mb_of_base64_are_accepted(server: Server) -> None:
    picture = text(PNG + b"\0" * (7_864_320 - len(PNG)))
    answer = server.post(TICKETS, {"image": picture})
    assert (len(picture), answer.status_code) == (10_485_760, 200)


@pytest.mark.parametrize("more", ["AAAA", "A"])
def test_more_than_10_mb_of_base64_are_refused(server: Server, more: str) -> None:
    picture = text(PNG + b"\0" * (7_864_320 - len(PNG))) + more
    answer = server.post(TICKETS, {"image": picture})
    assert (answer.status_code, answer.json()) == (400, SIZE_NOT_MET)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "TIFF"])
def test_a_picture_that_ends_early_is_refused(server: Server, form: str) -> None:
    data = encoded(CARD, form)
    answer = server.post(TICKETS, {"image": text(data[: len(data) // 2])})
    assert (answer.status_code, answer.json()) == (400, FORMAT_NOT_SUPPORTED)


@pytest.mark.parametrize("compression", ["raw", "tiff_deflate"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_tiff_is_not_turned_by_its_orientation_tag_either(orientation: int, compression: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.new("L", (30, 20), 255)
    image.putpixel((0, 0), 0)
    data = encoded(image, "TIFF", exif=exif, compression=compression)
    picture = open_picture(data, EDITION, Behaviour(), threading.Lock())
    assert (picture.width, picture.height) == (30, 20)
    assert (picture.grey().size, picture.grey().getpixel((0, 0))) == ((30, 20), 0)


def test_the_orientation_tag_is_not_applied(server: Server) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    page = desk((CARD, (100, 200)), size=(1200, 900))
    result = server.post(TICKETS, {"image": text(encoded(page, "JPEG", exif=exif.tobytes()))}).json()["result"]
    assert result[0]["location"] == [[100, 200], [1000, 200], [1000, 760], [100, 760]]


def test_a_bit_depth_that_cannot_be_read_has_a_code_in_the_first_edition_only(server: Server) -> None:
    picture = text(encoded(CARD.convert("F"), "TIFF"))
    first, document = server.post(TICKETS, {"image": picture}), server.post(DOCUMENT, {"data": picture})
    assert first.json() == error("AIS.0106", "The image bit depth is not supported.")
    assert document.json() == FORMAT_NOT_SUPPORTED


def test_an_empty_picture_is_an_invalid_parameter(server: Server) -> None:
    assert server.post(TICKETS, {"image": ""}).json() == INVALID_PARAMETER


def code_for(data: bytes) -> str:
    """The code with which bytes are refused, or an empty one where they are read."""
    try:
        SpecimenReader().recognise(open_picture(data, EDITION, Behaviour(), threading.Lock()))
    except RefusedError as refused:
        return refused.refusal.code
    return ""


@given(
    st.sampled_from([b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"II*\0", b"MM\0*", b""]),
    st.binary(max_size=400),
)
@settings(derandomize=True, max_examples=300, deadline=None)
def test_any_bytes_get_a_documented_code(start: bytes, rest: bytes) -> None:
    assert code_for(start + rest) in {"AIS.0102", "AIS.0103", "AIS.0106", ""}


@given(
    st.sampled_from(["PNG", "JPEG", "BMP", "TIFF"]),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), min_size=1, max_size=6),
)
@settings(derandomize=True, max_examples=200, deadline=None)
def test_any_damage_gets_a_documented_code(form: str, changes: list[tuple[float, int]]) -> None:
    buffer = io.BytesIO()
    Image.linear_gradient("L").resize((40, 30)).save(buffer, form)
    data = bytearray(buffer.getvalue())
    for place, value in changes:
        data[int(place * len(data))] = value
    assert code_for(bytes(data)) in {"AIS.0102", "AIS.0103", "AIS.0106", ""}
