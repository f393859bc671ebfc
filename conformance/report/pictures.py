"""The pictures of findings: thumbnails small enough for a report, and the corners to draw on them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import warnings
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
