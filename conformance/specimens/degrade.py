"""How a clean document becomes the picture that somebody took of it: on a desk, and worse in one declared way.

Each degradation has a name and a strength in units of its own (`STRENGTHS`), and says where the corners of the document
are afterwards. A picture has one degradation or none, so that accuracy can be told against each.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

Point: TypeAlias = tuple[float, float]
Corners: TypeAlias = tuple[Point, Point, Point, Point]

GOOD_QUALITY = 88
"""JPEG quality of every picture that is not degraded by it."""


@dataclass(frozen=True, slots=True)
class Photograph:
    """A picture, where the corners of its document are in its pixels, and the JPEG quality it is to be kept with."""

    image: Image.Image
    corners: Corners
    quality: int = GOOD_QUALITY


@dataclass(frozen=True, slots=True)
class Degradation:
    """`kind` as in STRENGTHS, and how much."""

    kind: str
    strength: float


def _kept(photo: Photograph, _strength: float, _rng: Random) -> Photograph:
    return photo


def _compressed(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    return Photograph(photo.image, photo.corners, round(strength))


def _blurred(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    return Photograph(photo.image.filter(ImageFilter.GaussianBlur(strength)), photo.corners)


def _turned(photo: Photograph, strength: float, rng: Random) -> Photograph:
    degrees = strength if rng.random() < 0.5 else -strength
    image = photo.image
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=image.getpixel((1, 1)))
    angle = math.radians(-degrees)
    middle, new_middle = (image.width / 2, image.height / 2), (turned.width / 2, turned.height / 2)

    def moved(point: Point) -> Point:
        x, y = point[0] - middle[0], point[1] - middle[1]
        return (
            new_middle[0] + x * math.cos(angle) - y * math.sin(angle),
            new_middle[1] + x * math.sin(angle) + y * math.cos(angle),
        )

    return Photograph(turned, _each(photo.corners, moved))


def _tilted(photo: Photograph, strength: float, rng: Random) -> Photograph:
    """Seen from the side: two neighbouring corners of the picture come nearer to each other."""
    width, height = photo.image.size
    near = strength * min(width, height)
    target: Corners = ((near, near / 2), (width - near, 0.0), (float(width), float(height)), (0.0, height - near / 2))
    if rng.random() < 0.5:
        target = ((0.0, 0.0), (float(width), near), (width - near, height - near), (near, float(height)))
    source: Corners = ((0.0, 0.0), (float(width), 0.0), (float(width), float(height)), (0.0, float(height)))
    forward, backward = _homography(source, target), _homography(target, source)
    image = photo.image.transform(
        photo.image.size,
        Image.Transform.PERSPECTIVE,
        tuple(float(term) for term in backward),
        Image.Resampling.BICUBIC,
        fillcolor=photo.image.getpixel((1, 1)),
    )
    a, b, c, d, e, f, g, h = (float(term) for term in forward)

    def moved(point: Point) -> Point:
        x, y = point
        scale = g * x + h * y + 1
        return (a * x + b * y + c) / scale, (d * x + e * y + f) / scale

    return Photograph(image, _each(photo.corners, moved))


def _homography(source: Corners, target: Corners) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """The eight terms that take four points to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    return np.linalg.solve(np.array(rows, dtype=np.float64), np.array(values, dtype=np.float64))


def _glaring(photo: Photograph, strength: float, rng: Random) -> Photograph:
    """A white spot; its radius is a share of the document's longer side."""
    left, top = photo.corners[0]
    right, bottom = photo.corners[2]
    radius = strength * max(right - left, bottom - top)
    x, y = left + (right - left) * rng.uniform(0.2, 0.6), top + (bottom - top) * rng.uniform(0.3, 0.7)
    mask = Image.new("L", photo.image.size, 0)
    ImageDraw.Draw(mask).ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    mask = mask.filter(ImageFilter.GaussianBlur(radius / 3))
    return Photograph(Image.composite(Image.new("RGB", photo.image.size, "white"), photo.image, mask), photo.corners)


def _shrunk(photo: Photograph, strength: float, _rng: Random) -> Photograph:
    size = (max(64, round(photo.image.width * strength)), max(64, round(photo.image.height * strength)))
    across, down = size[0] / photo.image.width, size[1] / photo.image.height
    return Photograph(
        photo.image.resize(size, Image.Resampling.LANCZOS),
        _each(photo.corners, lambda point: (point[0] * across, point[1] * down)),
    )


def _each(corners: Corners, moved: Callable[[Point], Point]) -> Corners:
    first, second, third, fourth = corners
    return moved(first), moved(second), moved(third), moved(fourth)


Change: TypeAlias = "Callable[[Photograph, float, Random], Photograph]"

CHANGES: Mapping[str, Change] = {
    "none": _kept,
    "jpeg": _compressed,
    "blur": _blurred,
    "rotation": _turned,
    "perspective": _tilted,
    "glare": _glaring,
    "resolution": _shrunk,
}

STRENGTHS: Mapping[str, tuple[float, float]] = {
    "none": (0.0, 0.0),
    "jpeg": (12.0, 60.0),
    "blur": (0.6, 2.6),
    "rotation": (1.0, 25.0),
    "perspective": (0.02, 0.12),
    "glare": (0.05, 0.2),
    "resolution": (0.35, 0.85),
}
"""Mildest and strongest or the other way round: JPEG quality, standard deviation in pixels, degrees, a share of the
shorter side by which corners come nearer, a share of the longer side, scale."""


KINDS = tuple(STRENGTHS)
"""All kinds, in the order in which the pictures of a type have them, over and over."""


def photographed(document: Image.Image, degradation: Degradation, rng: Random) -> Photograph:
    """The document on a desk, degraded. Raises KeyError for an unknown kind."""
    margin = rng.uniform(0.03, 0.12)
    left, right, top, bottom = (round(margin * document.width * rng.uniform(0.5, 1.5)) for _ in range(4))
    grey = rng.randrange(90, 235)
    desk = tuple(max(0, min(255, grey + rng.randrange(-18, 19))) for _ in range(3))
    page = Image.new("RGB", (document.width + left + right, document.height + top + bottom), desk)
    page.paste(document, (left, top))
    far, low = left + document.width, top + document.height
    photo = Photograph(page, ((left, top), (far, top), (far, low), (left, low)))
    return CHANGES[degradation.kind](photo, degradation.strength, rng)


def encoded(photo: Photograph) -> bytes:
    """The picture as JPEG."""
    stream = io.BytesIO()
    photo.image.save(stream, "JPEG", quality=photo.quality)
    return stream.getvalue()
