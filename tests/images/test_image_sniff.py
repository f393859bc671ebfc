"""What headers say: of cut files, of other writers' files, and of bytes made to hurt."""

from __future__ import annotations

import io
import struct

import pytest
from drawn_pages import drawn_page, opened, white_bigtiff
from PIL import Image, UnidentifiedImageError

from conformance.images import FAULT_FORMATS, VARIANTS, FaultFormat, Sniffed, Variant, blank, encode, sniff, unsupported

SIGNATURE_BYTES = {"JPEG": 3, "PNG": 8, "BMP": 2, "TIFF": 4}


def saved(image: Image.Image, fmt: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, fmt, **options)
    return out.getvalue()


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_no_part_of_a_picture_is_complete(variant: Variant) -> None:
    data = encode(drawn_page(33, 21), variant.format, variant.mode, variant.layout)

    for length in range(len(data)):
        found = sniff(data[:length])

        if length < SIGNATURE_BYTES[variant.format]:
            assert found is None
        else:
            assert found is not None
            assert (found.format, found.complete) == (variant.format, False)
            assert {found.width, found.height} <= {0, 33, 21}


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_a_part_that_pillow_opens_has_the_size_that_pillow_sees(variant: Variant) -> None:
    data = encode(drawn_page(33, 21), variant.format, variant.mode, variant.layout)
    openable = 0

    for length in range(1, len(data), max(1, len(data) // 60)):
        try:
            with opened(data[:length]) as image:
                seen = image.size
        except (UnidentifiedImageError, OSError, SyntaxError, UserWarning):
            continue
        openable += 1
        found = sniff(data[:length])
        assert found is not None
        assert (found.width, found.height) == seen == (33, 21)

    assert openable > 0


@pytest.mark.parametrize("fmt", FAULT_FORMATS)
def test_no_part_of_a_fault_format_is_complete(fmt: FaultFormat) -> None:
    data = unsupported(fmt, 33, 21).rstrip(b"\n")

    seen = [sniff(data[:length]) for length in range(len(data))]

    assert {(found.format, found.complete) for found in seen if found} == {(fmt, False)}


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xd8", b"hello", b"BN", b"II\0\0", b"<html><svg></svg></html>", bytes(500)]
)
def test_bytes_of_no_known_format_are_none(data: bytes) -> None:
    assert sniff(data) is None


def test_a_bmp_with_a_header_that_does_not_exist_is_none() -> None:
    data = bytearray(blank("BMP", 5, 5))
    data[14] = 41

    assert sniff(bytes(data)) is None


def test_an_old_bmp_header_is_read() -> None:
    head = struct.pack("<2sIHHIIHHHH", b"BM", 26 + 6 + 8, 0, 0, 32, 12, 9, 2, 1, 1)
    data = head + b"\0\0\0\xff\xff\xff" + bytes(8)

    assert sniff(data) == Sniffed("BMP", 9, 2, bits=1, mode="bilevel", complete=True)
    assert opened(data).size == (9, 2)


def test_a_bmp_palette_of_any_colours_is_a_palette() -> None:
    data = bytearray(blank("BMP", 5, 5, "bilevel"))
    data[54:58] = b"\0\0\xff\0"

    assert sniff(bytes(data)) == Sniffed("BMP", 5, 5, bits=1, mode="palette", complete=True)


def test_a_bigtiff_is_read() -> None:
    data = white_bigtiff(150, 90)

    assert opened(data).getextrema() == (255, 255)
    assert sniff(data) == Sniffed("TIFF", 150, 90, bits=8, mode="grey", complete=True)
    assert sniff(data[:-1]) == Sniffed("TIFF", 150, 90, bits=8, mode="grey", complete=False)


@pytest.mark.parametrize(
    ("photometric", "samples", "kind"),
    [(8, 3, "other"), (6, 3, "rgb"), (32803, 1, "other"), (0, 1, "grey"), (2, 4, "rgba")],
)
def test_tiff_kinds_follow_the_photometric_tag(photometric: int, samples: int, kind: str) -> None:
    entries = (
        (256, 4, 1, 7),
        (257, 4, 1, 5),
        (258, 3, 1, 8),
        (262, 3, 1, photometric),
        (277, 3, 1, samples),
    )
    table = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    data = b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + table + bytes(4)

    found = sniff(data)

    assert found is not None
    assert (found.width, found.height, found.mode) == (7, 5, kind)


def test_a_comment_and_a_profile_before_the_frame_are_skipped() -> None:
    data = saved(drawn_page(), "JPEG", icc_profile=bytes(200_000), comment=b"invented \xff\xd9")

    assert sniff(data) == Sniffed("JPEG", 150, 90, bits=8, mode="rgb", complete=True)


def test_an_end_marker_in_a_thumbnail_does_not_complete_a_jpeg() -> None:
    thumbnail = encode(drawn_page(20, 10), "JPEG")
    exif = b"Exif\0\0" + bytes(20) + thumbnail
    data = encode(drawn_page(), "JPEG")
    whole = data[:2] + struct.pack(">BBH", 0xFF, 0xE1, len(exif) + 2) + exif + data[2:]

    found = sniff(whole[:-300])

    assert found == Sniffed("JPEG", 150, 90, bits=8, mode="rgb", complete=False)


def test_an_orientation_out_of_range_is_none() -> None:
    data = encode(drawn_page(), "JPEG", orientation=6)
    broken = data.replace(b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00", b"\x12\x01\x03\x00\x01\x00\x00\x00\x09\x00")

    assert broken != data
    assert sniff(broken) == Sniffed("JPEG", 150, 90, bits=8, mode="rgb", complete=True)


def test_an_exif_block_of_the_other_byte_order_is_read() -> None:
    exif = Image.Exif()
    exif.endian = ">"
    exif[274] = 5

    found = sniff(saved(drawn_page(), "JPEG", exif=exif))

    assert found is not None
    assert found.orientation == 5


def test_an_end_marker_is_found_before_many_trailing_bytes() -> None:
    found = [sniff(encode(drawn_page(), "JPEG") + bytes(count)) for count in (60_000, 70_000)]

    assert [f.complete for f in found if f] == [True, False]


LOOP = struct.pack("<H12sI", 1, struct.pack("<HHII", 256, 4, 1, 3), 8)
LONG_CHAIN = b"".join(struct.pack("<H12xI", 1, 8 + 18 * number) for number in range(1, 3000))
MANY_ENTRIES = struct.pack("<H", 65_535) + struct.pack("<HHII", 273, 4, 100_000, 8) * 65_535 + bytes(4)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"II*\0\x08\0\0\0" + LOOP, Sniffed("TIFF", 3, 0, frames=1, bits=1, mode="bilevel", complete=True)),
        (b"II*\0\x08\0\0\0" + LONG_CHAIN, Sniffed("TIFF", frames=1000, bits=1, mode="bilevel", complete=True)),
        (b"II*\0\x08\0\0\0" + MANY_ENTRIES, Sniffed("TIFF", bits=1, mode="bilevel", complete=True)),
        (b"II*\0\xff\xff\xff\xff", Sniffed("TIFF")),
        (b"MM\0\x2b\0\x08\0\0" + b"\xff" * 64, Sniffed("TIFF")),
        (b"\xff\xd8" + b"\xff\xfe\0\2" * 100_000, Sniffed("JPEG")),
        (b"\xff\xd8" + b"\xff" * 1_000_000, Sniffed("JPEG")),
        (b"\xff\xd8\xff\xe0\0\0" + bytes(1_000_000), Sniffed("JPEG")),
        (
            blank("PNG", 7, 6)[:33] + (bytes(4) + b"paDd" + bytes(4)) * 100_000,
            Sniffed("PNG", 7, 6, bits=8, mode="grey"),
        ),
        (b"\x89PNG\r\n\x1a\n" + b"\xff" * 100, Sniffed("PNG")),
        (b"BM" + b"\xff" * 10, Sniffed("BMP")),
        (b"GIF89a" + b"\1\0\1\0\0\0\0" + b"!\xfe" + b"\1a" * 100_000, Sniffed("GIF", 1, 1, bits=1, mode="palette")),
        (b"RIFF\xff\xff\xff\0WEBP" + b"ANMF\0\0\0\0" * 100_000, Sniffed("WEBP", frames=2000, bits=8)),
        (bytes(4) + b"ftypheic" + b"\0\0\0\x08mdat" * 10_000, Sniffed("HEIC", bits=8, mode="other")),
    ],
)
def test_hostile_bytes_end_at_the_bounds(data: bytes, expected: Sniffed) -> None:
    assert sniff(data) == expected
