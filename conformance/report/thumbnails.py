"""The pictures of findings: thumbnails, and the outlines of documents to draw on them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from conformance.exchange import Exchange
    from conformance.report.shapes import Corners, PictureEntry, PictureEvidence, ReturnedCorners


_SIDE = 480
"""Longer side of a thumbnail in pixels."""

_JPEG_QUALITY = 62
_MOST_PIXELS = 24_000_000
"""Pictures beyond this are not decoded, JPEG aside, which decodes at a fraction of its size."""

_MOST_CHARACTERS = 600_000
"""Characters of all thumbnails of a report together."""

_LARGEST_ANSWER = 1_048_576
"""Bytes of an answer up to which locations are looked for in it."""

_MOST_RETURNED = 20
_MOST_CORNERS = 12
_FARTHEST = 10_000_000
"""Pixels from the picture's corner beyond which a coordinate is not drawn."""


class Album:
    """Collects the pictures of a report: each once, by the SHA-256 of its bytes, until there is no more room.

    Only pictures that the kit drew are taken (those whose truth is known): others may show a person.
    """

    def __init__(self) -> None:
        """Empty."""
        self.entries: dict[str, PictureEntry] = {}
        self._room = _MOST_CHARACTERS

    def evidence(self, exchange: Exchange, member: str) -> PictureEvidence | None:
        """The picture in the body's `member` with the corners on it; None where the kit did not draw it."""
        truth = exchange.truth
        picture = _picture(exchange.request.body, member) if truth is not None else None
        if truth is None or picture is None:
            return None
        key = hashlib.sha256(picture).hexdigest()[:16]
        if key not in self.entries:
            uri = thumbnail(picture) if self._room > 0 else None
            self._room -= len(uri or "")
            self.entries[key] = {"width": truth.width, "height": truth.height, "thumbnail": uri}
        return {
            "id": key,
            "true": [
                {"type": document.type, "readable": document.readable, "corners": [[x, y] for x, y in document.corners]}
                for document in truth.documents
            ],
            "returned": _returned(exchange.response.body) if exchange.response is not None else [],
        }


def thumbnail(picture: bytes) -> str | None:
    """A JPEG of at most 480 pixels a side as a data URI, or None for what cannot be decoded with little memory."""
    from PIL import Image  # late: only a report with findings draws anything

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of damaged and of huge pictures; the size is looked at below
            with Image.open(BytesIO(picture)) as image:
                image.draft("RGB", (_SIDE, _SIDE))
                if image.width * image.height > _MOST_PIXELS:
                    return None
                small = _small(image)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    out = BytesIO()
    small.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _small(image: Image) -> Image:
    from PIL import Image as Pillow

    if image.mode.startswith(("I", "F")):
        # 16 bits a sample; a plain conversion would cut them off instead of scaling them.
        image = image.convert("F").point(lambda value: value / 257)
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Pillow.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
    small = image.convert("RGB")
    small.thumbnail((_SIDE, _SIDE))
    return small


def _picture(body: bytes, member: str) -> bytes | None:
    try:
        value = json.loads(body)
        encoded = value.get(member) if isinstance(value, dict) else None
        return base64.b64decode(encoded, validate=True) if isinstance(encoded, str) and encoded else None
    except (ValueError, RecursionError, binascii.Error):
        return None


def _returned(body: bytes) -> list[ReturnedCorners]:
    """Every location of an answer that has at least two pairs of numbers, however wrong it is otherwise."""
    try:
        value = json.loads(body) if len(body) <= _LARGEST_ANSWER else None
    except (ValueError, RecursionError):
        return []
    result = value.get("result") if isinstance(value, dict) else None
    entries = [("/result", result)] if isinstance(result, dict) else []
    if isinstance(result, list):
        entries = [(f"/result/{index}", entry) for index, entry in enumerate(result)]
    found: list[ReturnedCorners] = []
    for pointer, entry in entries[:_MOST_RETURNED]:
        corners = _corners(entry.get("location")) if isinstance(entry, dict) else []
        if len(corners) >= 2:
            kind = entry.get("type")
            found.append({"pointer": pointer, "type": kind[:60] if isinstance(kind, str) else "", "corners": corners})
    return found


def _corners(location: object) -> Corners:
    pairs = location if isinstance(location, list) else []
    found: Corners = []
    for pair in pairs[:_MOST_CORNERS]:
        if isinstance(pair, list) and len(pair) == 2 and all(_is_coordinate(value) for value in pair):
            found.append([float(value) for value in pair])
    return found


def _is_coordinate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _FARTHEST


# The outlines of documents on a picture, as numbers for an SVG drawing.


_MARGIN = 0.5
"""How far outside the picture an outline is still drawn, as a share of the picture's longer side."""


@dataclass(frozen=True, slots=True)
class Corner:
    """A corner with its place in the order of the answer, counted from 1, and where that number is written."""

    number: int
    x: float
    y: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class Outline:
    """One document: `points` for a polygon, `name` and `place` for a legend, corners where their order matters."""

    points: str
    name: str
    place: str
    corners: tuple[Corner, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture with the outlines on it; lengths in pixels of the picture as sent."""

    picture: str
    width: int
    height: int
    has_thumbnail: bool
    view_box: str
    unit: float
    true: tuple[Outline, ...]
    returned: tuple[Outline, ...]
    beyond: bool


def drawing(evidence: PictureEvidence, picture: PictureEntry) -> Drawing:
    """Lays out what `evidence` says of `picture`. `beyond` is True where an outline reaches outside of the drawing."""
    width, height = picture["width"], picture["height"]
    returned = [place["corners"] for place in evidence["returned"]]
    reach = _MARGIN * max(width, height)
    left, right = _span((x for corners in returned for x, _ in corners), width, reach)
    top, bottom = _span((y for corners in returned for _, y in corners), height, reach)
    unit = max(right - left, bottom - top) / 100
    left, right, top, bottom = left - unit, right + unit, top - unit, bottom + unit
    inside = all(left <= x <= right and top <= y <= bottom for corners in returned for x, y in corners)
    return Drawing(
        picture=evidence["id"],
        width=width,
        height=height,
        has_thumbnail=picture["thumbnail"] is not None,
        view_box=f"{left:.0f} {top:.0f} {right - left:.0f} {bottom - top:.0f}",
        unit=round(unit, 1),
        true=tuple(Outline(_points(place["corners"]), place["type"], "") for place in evidence["true"]),
        returned=tuple(
            Outline(_points(place["corners"]), place["type"], place["pointer"], _numbered(place["corners"], unit))
            for place in evidence["returned"]
        ),
        beyond=not inside,
    )


def _span(values: Iterable[float], size: int, reach: float) -> tuple[float, float]:
    """From the least to the greatest of the values and the picture's own side, at most `reach` beyond that."""
    known = [0.0, float(size), *values]
    return max(min(known), -reach), min(max(known), size + reach)


def _points(corners: Corners) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)


def _numbered(corners: Corners, unit: float) -> tuple[Corner, ...]:
    """Corners with their numbers written a little towards the middle of the outline."""
    middle_x = sum(x for x, _ in corners) / len(corners)
    middle_y = sum(y for _, y in corners) / len(corners)
    step = 4 * unit

    def towards(value: float, middle: float) -> float:
        return round(value + max(-step, min(step, middle - value)), 1)

    return tuple(
        Corner(number, round(x, 1), round(y, 1), towards(x, middle_x), towards(y, middle_y))
        for number, (x, y) in enumerate(corners, 1)
    )
