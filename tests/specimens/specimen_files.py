"""Reads the committed specimens for the tests of this folder, and a typeface to draw with that is always there."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

import zxingcpp
from PIL import Image, ImageFont

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "cases" / "specimens"


Point = tuple[float, float]
Nested = str | list[dict[str, str]] | dict[str, dict[str, str]]


@dataclass(frozen=True)
class Specimen:
    """One entry of the manifest."""

    id: str
    file: str
    ticket: str | None
    document: str | None
    width: int
    height: int
    corners: tuple[Point, ...]
    readable: bool
    locatable: bool
    alarms: tuple[str, ...]
    copy_of: str | None
    wear: str | None
    sha256: str
    fields: dict[str, Nested]

    @property
    def path(self) -> Path:
        return FOLDER / self.file

    @property
    def is_master(self) -> bool:
        return self.copy_of is None

    def picture(self) -> Image.Image:
        with Image.open(self.path) as image:
            return image.convert("RGB")


@dataclass(frozen=True)
class Code:
    """A QR code that zxing-cpp read: its text and corners (top-left, top-right, bottom-right, bottom-left)."""

    text: str
    corners: tuple[Point, Point, Point, Point]


def raw_entries() -> list[dict[str, object]]:
    """The tables of the manifest as they stand there."""
    manifest = tomllib.loads((FOLDER / "manifest.toml").read_text("utf-8"))
    return cast(list[dict[str, object]], manifest["specimen"])


@cache
def specimens() -> tuple[Specimen, ...]:
    """All entries of the manifest, in its order."""
    return tuple(_specimen(entry) for entry in raw_entries())


def masters() -> list[Specimen]:
    """The clean specimens."""
    return [specimen for specimen in specimens() if specimen.is_master]


def by_id(specimen_id: str) -> Specimen:
    """The specimen with this id. Raises StopIteration when the manifest has none."""
    return next(specimen for specimen in specimens() if specimen.id == specimen_id)


def _specimen(entry: dict[str, object]) -> Specimen:
    corners = cast(list[list[int]], entry["corners"])
    return Specimen(
        id=cast(str, entry["id"]),
        file=cast(str, entry["file"]),
        ticket=cast(str | None, entry.get("ticket")),
        document=cast(str | None, entry.get("document")),
        width=cast(int, entry["width"]),
        height=cast(int, entry["height"]),
        corners=tuple((float(x), float(y)) for x, y in corners),
        readable=cast(bool, entry["readable"]),
        locatable=cast(bool, entry["locatable"]),
        alarms=tuple(cast(list[str], entry["alarms"])),
        copy_of=cast(str | None, entry.get("copy-of")),
        wear=cast(str | None, entry.get("wear")),
        sha256=cast(str, entry["sha256"]),
        fields=cast(dict[str, Nested], entry["fields"]),
    )


@cache
def codes_in_file(path: Path) -> dict[str, Code]:
    """The codes in a picture file, as `read_codes` gives them."""
    with Image.open(path) as image:
        return read_codes(image)


def read_codes(image: Image.Image) -> dict[str, Code]:
    """The codes in a picture by their first word, `OCRSPEC1` or `OCRDATA1`."""
    found: dict[str, Code] = {}
    for result in zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.barcode_formats_from_str("QRCode")):
        place = result.position
        corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
        points = tuple((float(corner.x), float(corner.y)) for corner in corners)
        found[result.text.split(" ")[0]] = Code(result.text, cast(tuple[Point, Point, Point, Point], points))
    return found


def leaves(value: object) -> list[str]:
    """Every string in a field value, however deep."""
    if isinstance(value, str):
        return [value]
    parts = value.values() if isinstance(value, dict) else cast(list[object], value)
    return [leaf for part in parts for leaf in leaves(part)]


class FallbackFonts:
    """Pillow's built-in typeface for every face."""

    def get(self, face: str, size: int) -> ImageFont.FreeTypeFont:
        del face  # one typeface stands for all
        font = ImageFont.load_default(size)
        assert isinstance(font, ImageFont.FreeTypeFont), "Pillow without FreeType"
        return font
