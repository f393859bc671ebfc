"""The outlines of documents on a picture, as numbers for an SVG drawing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conformance.report.shapes import Corners, PictureEntry, PictureEvidence

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
