"""Quadrilaterals in pixels of the picture, y down: reading a location, area, winding, overlap, and what moved it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from conformance.judging.body import Json, is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from conformance.exchange import Point, Quad

Polygon: TypeAlias = "list[Point]"

MOST_COMPARED = 300
"""Places of one answer that are compared with each other: no page has so many, and the time grows with their square."""


NOWHERE = 1e9
"""Pixels beyond any picture (no edition takes a side above 8192): nothing is computed with such a number."""


def read_quad(location: Json) -> Quad | None:
    """Four pairs of numbers, or None for anything else (whose shape the schema reports) and for a place nowhere near a
    picture (`nowhere`).
    """
    if not isinstance(location, list) or len(location) != 4:
        return None
    points: Polygon = []
    for pair in location:
        if not isinstance(pair, list) or len(pair) != 2:
            return None
        x, y = pair
        if not (is_number(x) and is_number(y) and abs(x) < NOWHERE and abs(y) < NOWHERE):
            return None
        points.append((float(x), float(y)))
    return points[0], points[1], points[2], points[3]


def nowhere(location: Json) -> tuple[int, int, float] | None:
    """The first coordinate of a location that no picture can have: corner and axis, counted from 0, and the number."""
    for corner, pair in enumerate(location if isinstance(location, list) else ()):
        for axis, value in enumerate(pair if isinstance(pair, list) else ()):
            if is_number(value) and abs(value) >= NOWHERE:
                return corner, axis, value
    return None


def shown_quad(quad: Quad) -> str:
    """The corners as an answer lists them: `[[12, 9], [970, 14], [968.5, 580], [10, 577]]`."""
    return "[" + ", ".join(f"[{x:g}, {y:g}]" for x, y in quad) + "]"


def signed_area(points: Sequence[Point]) -> float:
    """Area in square pixels, positive where the corners run clockwise as seen (y down)."""
    following = [*points[1:], points[0]]
    return sum(x * b - a * y for (x, y), (a, b) in zip(points, following, strict=True)) / 2


def crosses_itself(quad: Quad) -> bool:
    """Whether two opposite sides cross."""
    a, b, c, d = quad
    return _cross(a, b, c, d) or _cross(b, c, d, a)


def iou(one: Sequence[Point], other: Sequence[Point]) -> float:
    """Intersection over union of two outlines, each taken as the convex hull of its corners; 0 to 1."""
    if _apart(one, other):
        return 0.0
    first, second = hull(one), hull(other)
    if len(first) < 3 or len(second) < 3:
        return 0.0
    common = _clip(first, second)
    shared = abs(signed_area(common)) if len(common) >= 3 else 0.0
    union = abs(signed_area(first)) + abs(signed_area(second)) - shared
    return shared / union if union > 0 else 0.0


def _apart(one: Sequence[Point], other: Sequence[Point]) -> bool:
    """Whether the upright boxes around two outlines do not even touch, which mostly spares all further work."""
    for axis in (0, 1):
        ours, theirs = [point[axis] for point in one], [point[axis] for point in other]
        if max(ours) < min(theirs) or max(theirs) < min(ours):
            return True
    return False


def covered(place: Sequence[Point], by: Sequence[Point]) -> float:
    """The share of the area of `place` that lies within `by`, both taken as convex hulls; 0 to 1."""
    area, other, overlap = abs(signed_area(hull(place))), abs(signed_area(hull(by))), iou(place, by)
    return overlap * (area + other) / (1 + overlap) / area if area > 0 else 0.0


def explain_shift(got: Quad, true: Quad, size: tuple[int, int]) -> tuple[str, str] | None:
    """The wrong coordinate system that explains `got`, in English and Chinese, or None where none is recognised.

    `size` is width and height of the picture in pixels.
    """
    width, height = size
    candidates: list[tuple[str, str, Polygon]] = [
        ("x and y are swapped", "x 与 y 互换", [(y, x) for x, y in true]),
        (
            "coordinates are fractions of the picture",
            "坐标为图片尺寸的比例",
            [(x / width, y / height) for x, y in true],
        ),
        (
            "coordinates are percent of the picture",
            "坐标为百分比",
            [(100 * x / width, 100 * y / height) for x, y in true],
        ),
        (
            "coordinates are thousandths of the picture",
            "坐标为千分比",
            [(1e3 * x / width, 1e3 * y / height) for x, y in true],
        ),
    ]
    extent, true_extent = max(x + y for x, y in got), max(x + y for x, y in true)
    if true_extent > 0 and extent > 0:
        ratio = extent / true_extent
        en, zh = f"coordinates are of a picture resized by {ratio:.2f}", f"坐标按缩放到 {ratio:.2f} 倍的图片给出"
        candidates.append((en, zh, [(x * ratio, y * ratio) for x, y in true]))
    best = max(candidates, key=lambda candidate: iou(got, candidate[2]))
    return (best[0], best[1]) if iou(got, best[2]) >= 0.8 else None


def displayed(points: Quad, size: tuple[int, int], orientation: int) -> Quad:
    """`points` of a stored picture in the picture as displayed: turned and mirrored by an EXIF orientation (1 to 8).

    `size` is width and height of the stored picture in pixels.
    """
    width, height = size

    def moved(point: Point) -> Point:
        x, y = point
        # Orientations 5 to 8 swap the axes; of each four, the second and third mirror x, the third and fourth mirror y.
        if orientation in (2, 3, 7, 8):
            x = width - x
        if orientation in (3, 4, 6, 7):
            y = height - y
        return (y, x) if orientation >= 5 else (x, y)

    return moved(points[0]), moved(points[1]), moved(points[2]), moved(points[3])


def map_points(points: Quad, before: Quad, after: Quad) -> Quad:
    """`points` under the affine map that takes the first, second and fourth corner of `before` to those of `after`.

    Where `before` has no area the points stay as they are.
    """
    (ox, oy), (ax, ay), _, (bx, by) = before
    (px, py), (qx, qy), _, (rx, ry) = after
    determinant = (ax - ox) * (by - oy) - (bx - ox) * (ay - oy)
    if determinant == 0:
        return points

    def moved(point: Point) -> Point:
        x, y = point[0] - ox, point[1] - oy
        s = (x * (by - oy) - y * (bx - ox)) / determinant
        t = (y * (ax - ox) - x * (ay - oy)) / determinant
        return px + s * (qx - px) + t * (rx - px), py + s * (qy - py) + t * (ry - py)

    return moved(points[0]), moved(points[1]), moved(points[2]), moved(points[3])


def hull(points: Sequence[Point]) -> Polygon:
    """Convex hull, running with positive signed area (Andrew's monotone chain)."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered

    def chain(sequence: Sequence[Point]) -> Polygon:
        found: Polygon = []
        for point in sequence:
            while len(found) >= 2 and _turn(found[-2], found[-1], point) <= 0:
                found.pop()
            found.append(point)
        return found[:-1]

    return chain(ordered) + chain(ordered[::-1])


def _turn(o: Point, a: Point, b: Point) -> float:
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def _cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    return _turn(a, b, c) * _turn(a, b, d) < 0 and _turn(c, d, a) * _turn(c, d, b) < 0


def _clip(subject: Polygon, clip: Polygon) -> Polygon:
    """Sutherland-Hodgman for two convex polygons of positive signed area."""
    output = subject
    for a, b in zip(clip, [*clip[1:], clip[0]], strict=True):
        points, output = output, []
        for start, end in zip([points[-1], *points[:-1]] if points else [], points, strict=True):
            inside_end, inside_start = _turn(a, b, end) >= 0, _turn(a, b, start) >= 0
            if inside_end != inside_start:
                output.append(_meet(a, b, start, end))
            if inside_end:
                output.append(end)
    return output


def _meet(a: Point, b: Point, start: Point, end: Point) -> Point:
    from_line, to_line = _turn(a, b, start), _turn(a, b, end)
    share = from_line / (from_line - to_line) if not math.isclose(from_line, to_line) else 0.0
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])
