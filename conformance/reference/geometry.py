"""Plane geometry: the map from a document's own pixels to those of a page, fitted to known points."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import hypot
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four corners, y down: top-left, top-right, bottom-right, bottom-left of a document as it is read."""

AFFINE_TOLERANCE = 1.5
"""Largest distance in pixels at which points still count as an affine image. A reader reports whole pixels, and on
four points that error, put down to perspective, would throw the far corners of a document off by many pixels."""

_NEAREST = 0.05
"""How near the viewer a corner may come, 1 being the origin: nearer ones stem from points too close together."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The map (x, y) -> ((ax + by + c) / w, (dx + ey + f) / w) with w = gx + hy + 1, as (a, b, c, d, e, f, g, h)."""

    terms: tuple[float, float, float, float, float, float, float, float]

    def __call__(self, point: Point) -> Point:
        a, b, c, d, e, f, g, h = self.terms
        x, y = point
        w = g * x + h * y + 1
        return (a * x + b * y + c) / w, (d * x + e * y + f) / w

    def rectangle(self, width: float, height: float) -> Quad | None:
        """Where the corners of a rectangle at the origin come to lie; None where one would lie behind the viewer."""
        *_, g, h = self.terms
        if min(1.0, g * width + 1, h * height + 1, g * width + h * height + 1) < _NEAREST:
            return None
        return self((0, 0)), self((width, 0)), self((width, height)), self((0, height))


def fit(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    """The simplest map that explains pairs of (own point, point on the page), by least squares; at least four pairs.

    None where the points lie on a line.
    """
    affine = _fit_affine(pairs)
    if affine is not None and residual(affine, pairs) <= AFFINE_TOLERANCE:
        return affine
    return _fit_projective(pairs)


def residual(projection: Projection, pairs: Sequence[tuple[Point, Point]]) -> float:
    """The largest distance between a mapped point and where it was seen, in pixels."""
    seen = [(projection(own), page) for own, page in pairs]
    return max(hypot(x - u, y - v) for (x, y), (u, v) in seen)


def square(x: float, y: float, side: float) -> Quad:
    """The corners of an upright square."""
    return (x, y), (x + side, y), (x + side, y + side), (x, y + side)


def centre(quad: Quad) -> Point:
    """The mean of the corners."""
    return sum(x for x, _ in quad) / 4, sum(y for _, y in quad) / 4


def area(quad: Quad) -> float:
    """The enclosed area in square pixels; positive where the corners run clockwise as seen (y down)."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise((*quad, quad[0]))) / 2


def contains(quad: Quad, point: Point) -> bool:
    """Whether a point lies within a convex quadrilateral, whichever way its corners run."""
    x, y = point
    sides = [(x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) for (x0, y0), (x1, y1) in pairwise((*quad, quad[0]))]
    return all(side >= 0 for side in sides) or all(side <= 0 for side in sides)


def _fit_affine(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    rows = [[x, y, 1.0] for (x, y), _ in pairs]
    across = _least_squares(rows, [u for _, (u, _) in pairs])
    down = _least_squares(rows, [v for _, (_, v) in pairs])
    if across is None or down is None:
        return None
    return Projection((across[0], across[1], across[2], down[0], down[1], down[2], 0.0, 0.0))


def _fit_projective(pairs: Sequence[tuple[Point, Point]]) -> Projection | None:
    """Own coordinates are scaled to about 1, so that the products in the equations stay comparable."""
    scale = max(max(abs(x), abs(y)) for (x, y), _ in pairs) or 1.0
    rows: list[list[float]] = []
    values: list[float] = []
    for (own_x, own_y), (u, v) in pairs:
        x, y = own_x / scale, own_y / scale
        rows.append([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y])
        rows.append([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y])
        values += [u, v]
    terms = _least_squares(rows, values)
    if terms is None:
        return None
    a, b, c, d, e, f, g, h = terms
    return Projection((a / scale, b / scale, c, d / scale, e / scale, f, g / scale, h / scale))


def _least_squares(rows: list[list[float]], values: list[float]) -> list[float] | None:
    size = len(rows[0])
    normal = [
        [sum(row[i] * row[j] for row in rows) for j in range(size)]
        + [sum(row[i] * value for row, value in zip(rows, values, strict=True))]
        for i in range(size)
    ]
    return _solve(normal)


def _solve(matrix: list[list[float]]) -> list[float] | None:
    """Gaussian elimination with row pivots on an augmented matrix; None where it is singular."""
    size = len(matrix)
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(matrix[row][column]))
        if abs(matrix[pivot][column]) < 1e-12:
            return None
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        for row in range(size):
            if row != column:
                factor = matrix[row][column] / matrix[column][column]
                matrix[row] = [a - factor * b for a, b in zip(matrix[row], matrix[column], strict=True)]
    return [matrix[row][size] / matrix[row][row] for row in range(size)]
