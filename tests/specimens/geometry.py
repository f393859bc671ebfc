"""Plane geometry for the tests: homographies, intersection over union, a picture turned on a larger page."""

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

Point = tuple[float, float]


def project(source: Sequence[Point], target: Sequence[Point], points: Sequence[Point]) -> list[Point]:
    """Where `points` go under the homography that takes the four `source` points to the four `target` points."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
    h = np.linalg.solve(np.array(rows), np.array([value for point in target for value in point]))
    projected: list[Point] = []
    for x, y in points:
        w = h[6] * x + h[7] * y + 1
        projected.append(((h[0] * x + h[1] * y + h[2]) / w, (h[3] * x + h[4] * y + h[5]) / w))
    return projected


def area(polygon: Sequence[Point]) -> float:
    """Area of a simple polygon."""
    following = [*polygon[1:], polygon[0]]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(polygon, following, strict=True))) / 2


def intersection(subject: Sequence[Point], clip: Sequence[Point]) -> list[Point]:
    """Sutherland-Hodgman: the part of `subject` inside the convex polygon `clip` (clockwise on the screen)."""
    inside = list(subject)
    for a, b in zip(clip, [*clip[1:], clip[0]], strict=True):
        kept: list[Point] = []
        for p, q in zip(inside, [*inside[1:], *inside[:1]], strict=True):
            p_side = (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
            q_side = (b[0] - a[0]) * (q[1] - a[1]) - (b[1] - a[1]) * (q[0] - a[0])
            if p_side >= 0:
                kept.append(p)
            if (p_side >= 0) != (q_side >= 0):
                t = p_side / (p_side - q_side)
                kept.append((p[0] + t * (q[0] - p[0]), p[1] + t * (q[1] - p[1])))
        inside = kept
    return inside


def iou(first: Sequence[Point], second: Sequence[Point]) -> float:
    """Intersection over union of two convex quadrilaterals, both clockwise on the screen."""
    common = intersection(first, second)
    shared = area(common) if common else 0.0
    return shared / (area(first) + area(second) - shared)


def turned_on_page(image: Image.Image, degrees: float) -> tuple[Image.Image, list[Point]]:
    """The picture turned counter-clockwise on a larger grey page, and its corners there."""
    reach = math.ceil(math.hypot(*image.size)) + 60
    page = Image.new("RGB", (reach, reach), "#8f9498")
    left, top = (reach - image.width) // 2, (reach - image.height) // 2
    page.paste(image, (left, top))
    turned = page.rotate(degrees, Image.Resampling.BICUBIC, fillcolor="#8f9498")
    angle = math.radians(degrees)
    middle = reach / 2
    corners: list[Point] = []
    for x, y in ((0, 0), (image.width, 0), (image.width, image.height), (0, image.height)):
        dx, dy = left + x - middle, top + y - middle
        corners.append(
            (
                middle + dx * math.cos(angle) + dy * math.sin(angle),
                middle - dx * math.sin(angle) + dy * math.cos(angle),
            )
        )
    return turned, corners
