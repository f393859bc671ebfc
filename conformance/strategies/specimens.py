"""The specimen documents: which there are, what is known about each, and pages of them with their true corners.

The manifest is `cases/specimens/manifest.toml`, which `python -m conformance.specimens` writes. Every specimen is
invented.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from conformance.contract.contract import Contract, contract_from
from conformance.entries import FLAG, QUAD, TABLE, TEXT, TEXTS, WHOLE, Forms, members_of, tables_of
from conformance.exchange import Quad
from conformance.files import DataError, data_folder, mistakes_in, near_it, read_bytes, read_toml, unreadable
from conformance.strategies.draw import Draw
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL.Image import Image

MANIFEST = "manifest.toml"


@dataclass(frozen=True, slots=True)
class Specimen:
    """One specimen document: a picture file and its ground truth.

    `ticket` and `document` are the type values in the ticket operation and in the identity document operation, None
    where it is none there. `width`, `height` and `corners` are pixels of the file; corners may lie outside of it for a
    cropped copy. `alarms` are the conditions that hold. `copy_of` and `wear` are None for a master. `fields` holds the
    printed values that are plain text; nested lists are left out. `byte_size` is the size of the file.
    """

    id: str
    path: Path
    ticket: str | None
    document: str | None
    width: int
    height: int
    corners: Quad
    readable: bool
    locatable: bool
    alarms: frozenset[str]
    copy_of: str | None
    wear: str | None
    sha256: str
    fields: tuple[tuple[str, str], ...]
    byte_size: int

    def readable_in(self, contract: Contract) -> bool:
        """Whether a copy this worn still shows what the contract's answers report: a ticket its fields, an identity
        document its type and place.
        """
        return self.locatable if contract.page.result == "document" else self.readable

    def type_in(self, contract: Contract) -> str | None:
        """The type value that a faultless answer of this contract gives it, None where the contract has none for it."""
        value = self.document if contract.page.result == "document" else self.ticket
        return value if value in contract.types else None

    def read(self) -> bytes:
        """The bytes of the file. Raises DataError where it is missing or not the one that the manifest describes."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            raise DataError(
                unreadable(self.path, error, Text("restore it or render it again", "请恢复该文件或重新生成"))
            ) from error
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise DataError(
                f"{self.path}: expected SHA-256 {self.sha256} as in {MANIFEST}, found {found}; "
                "restore the file or render the specimens again",
                f"{self.path}：SHA-256 应为 {MANIFEST} 所列的 {self.sha256}，实为 {found}；请恢复该文件或重新生成样张",
            )
        return data


_OWN: dict[str, Specimen] = {}
"""Pictures of the user's own that stand in for a specimen, by the id under which a draw names them."""

OWN = "own/"
"""Begins those ids."""


def specimens() -> Mapping[str, Specimen]:
    """The specimens that come with the kit, by id, in the manifest's order, and pictures that stand in for one.

    Raises DataError for a broken manifest.
    """
    kept = read_specimens(data_folder("cases") / "specimens")
    return {**kept, **_OWN} if _OWN else kept


def stand_in(contract_id: str, pictures: Sequence[Path]) -> list[str]:
    """Make pictures of the user's own, about whose content nothing is known, specimens of a contract.

    Returns the ids under which draws name them; those of that contract before are forgotten. Raises DataError for a
    file that is no picture.
    """
    for name in [name for name in _OWN if name.startswith(f"{OWN}{contract_id}/")]:
        del _OWN[name]
    for number, path in enumerate(pictures, 1):
        _OWN[f"{OWN}{contract_id}/{number}"] = _unknown(f"{OWN}{contract_id}/{number}", path)
    return own_specimens(contract_id)


def own_specimens(contract_id: str) -> list[str]:
    """The ids of the pictures that stand in for specimens of a contract."""
    return [name for name in _OWN if name.startswith(f"{OWN}{contract_id}/")]


def shows_own(draw: Draw) -> bool:
    """Whether a picture of the user's own is on the page."""
    return any(name.startswith(OWN) for name in draw.page)


def _unknown(name: str, path: Path) -> Specimen:
    """A picture as a specimen of nothing that is known: all of it is the document."""
    from PIL import Image

    data = read_bytes(path)
    try:
        with Image.open(BytesIO(data)) as picture:
            width, height = picture.size
    except OSError as error:
        raise DataError(
            f"{path}: expected a picture, found a file that is none", f"{path}：应为图片，实际不是图片"
        ) from error
    whole = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    return Specimen(
        id=name,
        path=path,
        ticket=None,
        document=None,
        width=width,
        height=height,
        corners=whole,
        readable=True,
        locatable=True,
        alarms=frozenset(),
        copy_of=None,
        wear=None,
        sha256=hashlib.sha256(data).hexdigest(),
        fields=(),
        byte_size=len(data),
    )


@cache
def read_specimens(folder: Path) -> Mapping[str, Specimen]:
    """The specimens of a folder, by id, in the manifest's order; read once for each folder.

    Raises DataError naming the file, the entry and the mistake.
    """
    path = folder / MANIFEST
    data = read_toml(path)
    with mistakes_in(path):
        entries = tables_of(data, "specimen")
        if not entries:
            raise DataError("expected [[specimen]] entries, found none", "应有 [[specimen]] 条目，实际没有")
    found: dict[str, Specimen] = {}
    for number, entry in enumerate(entries, start=1):
        with mistakes_in(f"{path}: {entry.get('id', f'entry {number}')}"):
            specimen = _specimen(folder, entry)
            if specimen.id in found:
                raise DataError("this id is given twice", "该编号给出了两次")
        found[specimen.id] = specimen
    return MappingProxyType(found)


STAND_IN = "vat_invoice"
"""The type of the specimen that stands in where the kit has none of an operation's document."""


def typed_specimens(contract: Contract | str | Path, *, worn: bool = False) -> tuple[Specimen, ...]:
    """The readable specimens that have a type in this contract, smallest file first; worn copies only where asked.

    Raises DataError where there is none, or the manifest is broken.
    """
    contract = contract_from(contract)
    chosen = [
        specimen
        for specimen in specimens().values()
        if specimen.type_in(contract) and specimen.readable and (worn or specimen.wear is None)
    ]
    if not chosen and contract.page.result == "fields":  # the kit has none of its kind: any document with fields
        chosen = [specimens()[name] for name in own_specimens(contract.id)]
    if not chosen and contract.page.result == "fields":
        chosen = [one for one in specimens().values() if one.ticket == STAND_IN and one.readable and one.wear is None]
    if not chosen:
        raise DataError(
            f"{contract.id}: no readable specimen in cases/specimens has one of its types",
            f"{contract.id}：cases/specimens 中没有其类型的可辨认样张",
        )
    return tuple(sorted(chosen, key=lambda specimen: (specimen.wear is not None, specimen.byte_size, specimen.id)))


_ALWAYS: Forms = {
    **dict.fromkeys(("id", "file", "sha256"), TEXT),
    **dict.fromkeys(("width", "height"), WHOLE),
    **dict.fromkeys(("readable", "locatable"), FLAG),
    "corners": QUAD,
    "alarms": TEXTS,
}
_ENTRY: Forms = {
    **_ALWAYS,
    **dict.fromkeys(("ticket", "document", "copy-of", "wear"), TEXT),
    "fields": TABLE,
}


def _specimen(folder: Path, entry: Mapping[str, object]) -> Specimen:
    members: dict[str, Any] = dict.fromkeys(("ticket", "document", "copy_of", "wear"))
    members |= members_of(entry, _ENTRY, *_ALWAYS)
    path = folder / members.pop("file")
    members["corners"] = tuple((float(x), float(y)) for x, y in members["corners"])
    members["alarms"] = frozenset(members["alarms"])
    members["fields"] = tuple((name, value) for name, value in members.get("fields", {}).items() if TEXT.fits(value))
    try:
        return Specimen(path=path, byte_size=path.stat().st_size, **members)
    except OSError as error:
        raise DataError(unreadable(path, error)) from error


# Places specimens on a page, turns and scales it, and keeps the true corners of every document on it.
#
# Coordinates are edges of pixels, y down: a document that fills a page of 900 x 560 pixels has the corners (0, 0),
# (900, 0), (900, 560), (0, 560). Each step maps pixels and corners by the same formula, so that the truth stays
# exact.


_KEPT_PAGES = 2


@dataclass(frozen=True, slots=True)
class Placed:
    """A specimen on a page: its true corners in pixels of that page."""

    specimen: Specimen
    corners: Quad


@dataclass(frozen=True, slots=True)
class Page:
    """Pixels in RGB, and what is on them."""

    image: Image
    documents: tuple[Placed, ...]

    def mapped(self, image: Image, point: Callable[[float, float], tuple[float, float]]) -> Page:
        """The page with other pixels, to which `point` takes every corner."""
        placed = (
            Placed(d.specimen, cast("Quad", tuple(point(*corner) for corner in d.corners))) for d in self.documents
        )
        return Page(image, tuple(placed))


def lay_out(specimens: Sequence[Specimen], margin: int) -> Page:
    """The specimens below each other at their own size on white, `margin` pixels around and between them."""
    from PIL.Image import new

    width = max(specimen.width for specimen in specimens) + 2 * margin
    height = sum(specimen.height + margin for specimen in specimens) + margin
    image = new("RGB", (width, height), "white")
    placed, top = [], margin
    for specimen in specimens:
        image.paste(_pixels(specimen), (margin, top))
        corners = tuple((x + margin, y + top) for x, y in specimen.corners)
        placed.append(Placed(specimen, cast("Quad", corners)))
        top += specimen.height + margin
    return Page(image, tuple(placed))


# Requests that follow each other mostly show the same specimen, which is about 2 MB.
@lru_cache(maxsize=_KEPT_PAGES)
def _pixels(specimen: Specimen) -> Image:
    """The file of a specimen as RGB, not to be changed."""
    from PIL.Image import open as open_image

    with open_image(BytesIO(specimen.read())) as picture:
        return picture.convert("RGB")


def scaled(page: Page, factor: float) -> Page:
    """The page `factor` times as large, rounded to whole pixels on each side."""
    from PIL.Image import Resampling

    if factor == 1:
        return page
    width, height = max(1, round(page.image.width * factor)), max(1, round(page.image.height * factor))
    across, down = width / page.image.width, height / page.image.height
    image = page.image.resize((width, height), Resampling.BILINEAR)
    return page.mapped(image, lambda x, y: (x * across, y * down))


def turned(page: Page, degrees: float) -> Page:
    """The page turned clockwise about its centre, on white that is just large enough; exact for quarter turns."""
    from PIL.Image import Resampling, Transform, Transpose

    degrees %= 360
    width, height = page.image.size
    if degrees == 0:
        return page
    if degrees == 90:
        return page.mapped(page.image.transpose(Transpose.ROTATE_270), lambda x, y: (height - y, x))
    if degrees == 180:
        return page.mapped(page.image.transpose(Transpose.ROTATE_180), lambda x, y: (width - x, height - y))
    if degrees == 270:
        return page.mapped(page.image.transpose(Transpose.ROTATE_90), lambda x, y: (y, width - x))
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    across = math.ceil(width * abs(cos) + height * abs(sin))
    down = math.ceil(width * abs(sin) + height * abs(cos))
    x0, y0, x1, y1 = width / 2, height / 2, across / 2, down / 2
    # Pillow asks for the way back: from a point of the new picture to one of the old.
    back = (cos, sin, x0 - cos * x1 - sin * y1, -sin, cos, y0 + sin * x1 - cos * y1)
    image = page.image.transform((across, down), Transform.AFFINE, back, Resampling.BILINEAR, fillcolor="white")
    return page.mapped(image, lambda x, y: (cos * (x - x0) - sin * (y - y0) + x1, sin * (x - x0) + cos * (y - y0) + y1))


def on_canvas(page: Page, width: int, height: int, left: int = 0, top: int = 0) -> Page:
    """The page with its upper-left corner at (`left`, `top`) of a white picture of `width` x `height` pixels."""
    from PIL.Image import new

    if (left, top) == (0, 0) and page.image.size == (width, height):
        return page
    image = new("RGB", (width, height), "white")
    image.paste(page.image, (left, top))
    return page.mapped(image, lambda x, y: (x + left, y + top))


def draw_page(draw: Draw) -> Page:
    """The drawn part of the picture, which may be larger: specimens laid out, scaled, turned and shifted.

    Raises DataError for an unknown specimen; a draw without specimens has no page.
    """
    page = lay_out([specimen_named(name) for name in draw.page], draw.margin)
    page = turned(scaled(page, draw.scale), draw.rotate)
    left, top = draw.shift
    return on_canvas(page, page.image.width + left, page.image.height + top, left, top)


def specimen_named(name: str) -> Specimen:
    """The specimen of that id on the page of a draw. Raises DataError, naming the nearest, where there is none."""
    known = specimens()
    if name not in known:
        near = near_it(name, known)
        raise DataError(f"draw: page: no specimen {name!r}; {near.en}", f"draw：page：没有样张 {name!r}；{near.zh}")
    return known[name]
