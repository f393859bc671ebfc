"""Fitting the map from a document to a page."""

from __future__ import annotations

import math

import pytest

from conformance.reference.alarms import Projection, area, centre, contains, fit, residual, square

OWN = square(40, 60, 200)


def rotated(angle: float, scale: float, shift: tuple[float, float]) -> Projection:
    a, b = scale * math.cos(math.radians(angle)), scale * math.sin(math.radians(angle))
    return Projection((a, -b, shift[0], b, a, shift[1], 0.0, 0.0))


@pytest.mark.parametrize("angle", [0, 10, 90, 180, 271])
@pytest.mark.parametrize("scale", [0.3, 1, 2.5])
def test_a_turned_and_scaled_document_is_found_again(angle: float, scale: float) -> None:
    true = rotated(angle, scale, (300, 400))
    found = fit([(point, true(point)) for point in OWN])
    assert found is not None
    for point in ((0, 0), (900, 0), (900, 560), (0, 560)):
        assert math.dist(found(point), true(point)) < 1e-6


def test_perspective_is_found_again() -> None:
    true = Projection((0.9, 0.1, 50.0, -0.05, 0.8, 70.0, 3e-4, 2e-4))
    found = fit([(point, true(point)) for point in OWN])
    assert found is not None
    assert math.dist(found((900, 560)), true((900, 560))) < 1e-3


def test_whole_pixels_are_not_taken_for_perspective() -> None:
    true = rotated(10, 1, (300, 400))
    seen = [(point, (float(round(true(point)[0])), float(round(true(point)[1])))) for point in OWN]
    found = fit(seen)
    assert found is not None
    assert found.terms[6:] == (0.0, 0.0)
    assert math.dist(found((900, 560)), true((900, 560))) < 6
    assert residual(found, seen) < 1


def test_points_on_a_line_fit_nothing() -> None:
    assert fit([((float(n), float(n)), (float(n), 0.0)) for n in range(4)]) is None


def test_a_corner_behind_the_viewer_is_no_corner() -> None:
    assert Projection((1, 0, 0, 0, 1, 0, -0.002, 0)).rectangle(900, 560) is None


def test_area_is_positive_clockwise() -> None:
    first, second, third, fourth = square(10, 10, 5)
    assert (area((first, second, third, fourth)), area((first, fourth, third, second))) == (25, -25)


def test_a_square_contains_its_centre_and_no_point_beside_it() -> None:
    corners = square(10, 10, 5)
    assert centre(corners) == (12.5, 12.5)
    assert [contains(corners, point) for point in ((12.5, 12.5), (10, 10), (9, 12), (16, 12))] == [
        True,
        True,
        False,
        False,
    ]
