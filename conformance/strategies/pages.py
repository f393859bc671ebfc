"""Places specimens on a page, turns and scales it, and keeps the true corners of every document on it.

Coordinates are edges of pixels, y down: a document that fills a page of 900 x 560 pixels has the corners (0, 0),
(900, 0), (900, 560), (0, 560). Each step maps pixels and corners by the same formula, so that the truth stays exact.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, cast

from conformance.exchange import Quad

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from PIL.Image import Image

    from conformance.strategies.specimens import Specimen

_KEPT = 2


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
@lru_cache(maxsize=_KEPT)
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
