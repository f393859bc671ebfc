"""The reader of pictures as a protocol, so that a real OCR engine can take the place of the one that ships.

A recognizer is a class without arguments and with one method:

    class MyEngine:
        def recognise(self, picture: Picture) -> tuple[Found, ...]: ...

It gets the picture of one call after the format and the sides were checked (`picture.data` is the file as sent,
`picture.grey()` and `picture.colour(width)` its pixels) and returns every document that it sees, in any order, also
those that it could place but not read (`content` None). It must not raise for what a picture shows; a damaged file may
raise the RefusedError that `grey` and `colour` raise. It is called from several threads at once. What it returns must
depend on the picture alone, because answers are remembered by the picture's SHA-256.

Another distribution offers one by the entry point group `ocr_conformance.recognizers`:

    [project.entry-points."ocr_conformance.recognizers"]
    my-engine = "my_package.reader:MyEngine"

and `--recognizer my-engine` chooses it. Without the option the documents' printed 2-D codes are read (`specimens`).
"""

from __future__ import annotations

import base64
import json
import zlib
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from math import atan2, degrees, hypot
from typing import TYPE_CHECKING, Protocol, cast

import zxingcpp
from PIL import Image, ImageFilter

from conformance.reference.alarms import Projection, centre, contains, fit, residual, square

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.reference.alarms import Point, Quad
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.pictures import Picture


GROUP = "ocr_conformance.recognizers"


@dataclass(frozen=True, slots=True)
class Found:
    """One document seen on a picture.

    `ticket` and `document` are its type values in the two operations, None where it has none. `corners` are pixels of
    the picture, not rounded, and may lie outside of it where the document is cut off. `content` holds every field read,
    of any edition, without confidence: name to string, to a list of objects or to an object; None where the document
    could be placed but not read. `confidence` is that of the place, in [0, 1]; `scores` are those of fields, where the
    recognizer has some.
    """

    ticket: str | None
    document: str | None
    corners: Quad
    content: JsonObject | None
    confidence: float
    scores: Mapping[str, float] = field(default_factory=dict)


class Recognizer(Protocol):
    """Sees documents on pictures; see the module's docstring for what is promised on both sides."""

    def recognise(self, picture: Picture) -> tuple[Found, ...]:
        """Every document on the picture."""


def load_recognizer(name: str) -> Recognizer:
    """An instance of the recognizer that an installed distribution offers under this name.

    Raises ValueError where there is none, naming those there are, and where the one there is cannot be loaded.
    """
    offered = {point.name: point for point in entry_points(group=GROUP)}
    if name not in offered:
        known = ", ".join(sorted(offered)) or "none"
        raise ValueError(f"no installed distribution offers a recognizer {name!r} (group {GROUP}); offered: {known}")
    try:
        factory = offered[name].load()
    except (ImportError, AttributeError) as error:
        raise ValueError(f"the recognizer {name!r} ({offered[name].value}) cannot be loaded: {error}") from error
    return cast("Recognizer", factory())


# The recognizer that ships: it reads the two QR codes that each specimen document carries.
#
# The *locator code* (`OCRSPEC1 id ticket document width height x y side`) tells what the document is and where on
# it the code sits, so that the code's corners on the page give the document's corners. The *content code*
# (`OCRDATA1 id x y side payload`) holds the printed fields, compressed; it is finer and dies first when a copy is
# worn. A locator without content is a document that can be placed but not read, as with a real engine.


_LOCATOR = "OCRSPEC1"
_CONTENT = "OCRDATA1"
_NONE = "-"
_CONTENT_BYTES = 256 * 1024
"""Unpacked bytes of a content code that are looked at."""

_SIDES = range(32, 5001)
_OFFSETS = range(5001)
"""Sides of documents and codes, and places of codes, in pixels of the document."""

_FLAT_RANGE = 8
"""Levels of grey between which a page shows nothing."""

_SECOND_LOOK_SIDE = 2400
"""Longer side in pixels up to which a document is enlarged, at most twice."""

_OBLIQUE_DEGREES = 1.0
_FULL_SCALE = 0.95
"""Beyond this angle, and below this scale, a document is worth a second look."""

_DIM_PAGE = 128
"""Level of grey that the brightest pixel of a dim page does not reach."""

_SOFTENING = (1, 2)
_SOFTENED_PIXELS = 16_000_000
"""Radii of the blurs that are tried, and the largest page that they are tried on, in pixels."""


@dataclass(frozen=True, slots=True)
class _Locator:
    id: str
    ticket: str | None
    document: str | None
    width: int
    height: int
    own: Quad
    seen: Quad


@dataclass(frozen=True, slots=True)
class _Content:
    id: str
    own: Quad
    seen: Quad
    fields: JsonObject


class SpecimenReader:
    """Reads specimen documents; see `recognizer.Recognizer`."""

    def recognise(self, picture: Picture) -> tuple[Found, ...]:
        """Every specimen on the picture whose locator code is legible, from top to bottom."""
        page = _brightened(picture.grey())
        if _is_flat(page):
            return ()
        locators, contents = _read_codes(page)
        if locators:
            found = [_found(locator, contents, page) for locator in locators]
        else:
            found = [_found(locator, [], None) for locator in _read_softened(page)]
        return tuple(sorted((entry for entry in found if entry is not None), key=_reading_order))


def _read_codes(page: Image.Image) -> tuple[list[_Locator], list[_Content]]:
    locators: list[_Locator] = []
    contents: list[_Content] = []
    for code in zxingcpp.read_barcodes(
        page, formats=zxingcpp.barcode_formats_from_str("QRCode"), try_invert=False, text_mode=zxingcpp.TextMode.Plain
    ):
        corners = code.position
        seen: Quad = (
            (corners.top_left.x, corners.top_left.y),
            (corners.top_right.x, corners.top_right.y),
            (corners.bottom_right.x, corners.bottom_right.y),
            (corners.bottom_left.x, corners.bottom_left.y),
        )
        words = code.text.split(" ")
        try:
            if words[0] == _LOCATOR:
                locators.append(_locator(words, seen))
            elif words[0] == _CONTENT:
                contents.append(_content(words, seen))
        except (ValueError, zlib.error, RecursionError):
            # Somebody else's code that begins like ours: not a specimen, hence nothing to report.
            continue
    return locators, contents


def _read_softened(page: Image.Image) -> list[_Locator]:
    """Locator codes under a fine pattern or noise, which a little blur takes away, with all that is printed finer.

    A very large page is not looked at again: that would take seconds.
    """
    if page.width * page.height > _SOFTENED_PIXELS:
        return []
    for radius in _SOFTENING:
        locators, _ = _read_codes(page.filter(ImageFilter.BoxBlur(radius)))
        if locators:
            return locators
    return []


def _locator(words: list[str], seen: Quad) -> _Locator:
    _, name, ticket, document, *numbers = words
    width, height, x, y, side = (int(number) for number in numbers)
    if not (width in _SIDES and height in _SIDES and x in _OFFSETS and y in _OFFSETS and side in _SIDES):
        raise ValueError("a specimen has no such size")
    return _Locator(
        id=name,
        ticket=None if ticket == _NONE else ticket,
        document=None if document == _NONE else document,
        width=width,
        height=height,
        own=square(x, y, side),
        seen=seen,
    )


def _content(words: list[str], seen: Quad) -> _Content:
    _, name, *numbers, payload = words
    x, y, side = (int(number) for number in numbers)
    if not (x in _OFFSETS and y in _OFFSETS and side in _SIDES):
        raise ValueError("a specimen has no such place")
    packed = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    text = zlib.decompressobj().decompress(packed, _CONTENT_BYTES)
    fields: Json = json.loads(text)
    if not isinstance(fields, dict):
        raise ValueError("the content of a specimen is an object")
    return _Content(name, square(x, y, side), seen, fields)


def _found(locator: _Locator, contents: list[_Content], page: Image.Image | None) -> Found | None:
    pairs = list(zip(locator.own, locator.seen, strict=True))
    projection = fit(pairs)
    if projection is None:
        return None
    corners = projection.rectangle(locator.width, locator.height)
    if corners is None:
        return None
    content = _belonging(locator, projection, corners, contents)
    if content is None and page is not None and _is_transformed(projection):
        content = _second_look(locator, projection, page)
    if content is not None:
        # The second code lies elsewhere on the document: eight points place the corners better than four.
        pairs += zip(content.own, content.seen, strict=True)
        projection = fit(pairs) or projection
        corners = projection.rectangle(locator.width, locator.height) or corners
    return Found(
        ticket=locator.ticket,
        document=locator.document,
        corners=corners,
        content=None if content is None else content.fields,
        confidence=round(1 / (1.01 + 0.01 * residual(projection, pairs)), 4),
    )


def _belonging(locator: _Locator, projection: Projection, corners: Quad, contents: list[_Content]) -> _Content | None:
    """The content code whose centre lies on this document; of several (documents overlap) the one where it belongs."""
    inside = [entry for entry in contents if entry.id == locator.id and contains(corners, centre(entry.seen))]
    return min(inside, key=lambda entry: _distance(projection(centre(entry.own)), centre(entry.seen)), default=None)


def _second_look(locator: _Locator, projection: Projection, page: Image.Image) -> _Content | None:
    """Read the content from the document alone, turned upright and enlarged.

    Only where the page shows it turned or smaller than it was drawn: the geometry is what this undoes; a copy that is
    worn past reading stays so.
    """
    zoom = min(2.0, _SECOND_LOOK_SIDE / max(locator.width, locator.height))
    a, b, c, d, e, f, g, h = projection.terms
    upright = page.transform(
        (round(locator.width * zoom), round(locator.height * zoom)),
        Image.Transform.PERSPECTIVE,
        (a / zoom, b / zoom, c, d / zoom, e / zoom, f, g / zoom, h / zoom),
        Image.Resampling.BICUBIC,
    )
    _, contents = _read_codes(upright)
    for entry in contents:
        if entry.id == locator.id:
            seen = tuple(projection((x / zoom, y / zoom)) for x, y in entry.seen)
            return _Content(entry.id, entry.own, (seen[0], seen[1], seen[2], seen[3]), entry.fields)
    return None


def _is_transformed(projection: Projection) -> bool:
    a, _, _, d, *_ = projection.terms
    turned = (degrees(atan2(d, a)) + 45) % 90 - 45
    return hypot(a, d) < _FULL_SCALE or abs(turned) > _OBLIQUE_DEGREES


def _brightened(page: Image.Image) -> Image.Image:
    """A page in little light as if in more: the reader of codes gives up where black and white lie too close."""
    _, brightest = page.getextrema()
    if not isinstance(brightest, int) or not 0 < brightest < _DIM_PAGE:
        return page
    return page.point([min(255, level * 255 // brightest) for level in range(256)])


def _is_flat(page: Image.Image) -> bool:
    """Whether a page shows nothing at all: cheap to tell, and large empty pages are common among tests of limits."""
    low, high = page.reduce(4).getextrema()
    return isinstance(low, int) and isinstance(high, int) and high - low < _FLAT_RANGE


def _reading_order(found: Found) -> tuple[float, float]:
    x, y = centre(found.corners)
    return y, x


def _distance(left: Point, right: Point) -> float:
    return hypot(left[0] - right[0], left[1] - right[1])
