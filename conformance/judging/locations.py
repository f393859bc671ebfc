"""Checks of every location in an answer, of tickets and of identity documents alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from conformance.judging.body import Beyond
from conformance.judging.geometry import crosses_itself, explain_shift, iou, shown_quad, signed_area
from conformance.judging.observation import AS_DOCUMENTED, Observation, as_shown, shown
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import Quad
    from conformance.judging.envelope import Check
    from conformance.judging.view import Place, View

MIN_IOU = 0.5
"""Overlap with the true place below which a location is taken for another place."""

MARGINS = {"exact": 0.0, "margin": 0.01}
"""Shares of the picture's side by which a corner may lie beyond the border, by the position `location.border`."""

_Trial: TypeAlias = "Callable[[View, Quad, Place], Text | None]"
"""What is wrong with one location, or None."""


def _each(trial: _Trial) -> Check:
    """A check that fails at the first location with something wrong, and holds where there is at least one."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        seen = False
        for place in view.places:
            if place.quad is None:
                continue
            seen = True
            wrong = trial(view, place.quad, place)
            if wrong is not None:
                return view.broken(requirement, wrong, place.pointer)
        return view.held(requirement, AS_DOCUMENTED) if seen else None

    return check


def integers(view: View, requirement: Requirement) -> Observation | None:
    """Coordinates are written as integers: neither 65.5 nor 65.0."""
    seen = False
    for place in view.places:
        for corner, pair in enumerate(place.location if isinstance(place.location, list) else []):
            for axis, value in enumerate(pair if isinstance(pair, list) else []):
                seen = True
                if isinstance(value, float) and not (isinstance(value, Beyond) and value.text.lstrip("-").isdigit()):
                    return view.broken(requirement, as_shown(value), f"{place.pointer}/{corner}/{axis}")
    return view.held(requirement, Text("integers", "整数")) if seen else None


def _winding(_view: View, quad: Quad, _place: Place) -> Text | None:
    if crosses_itself(quad):
        return Text(f"the outline crosses itself: {shown_quad(quad)}", f"轮廓自交：{shown_quad(quad)}")
    if signed_area(quad) < 0:
        return Text(f"the corners run counter-clockwise: {shown_quad(quad)}", f"顶点为逆时针：{shown_quad(quad)}")
    return None


def _area(_view: View, quad: Quad, _place: Place) -> Text | None:
    if crosses_itself(quad):
        return Text(f"the outline crosses itself: {shown_quad(quad)}", f"轮廓自交：{shown_quad(quad)}")
    if signed_area(quad) == 0:
        return Text(f"the area is 0: {shown_quad(quad)}", f"面积为 0：{shown_quad(quad)}")
    return None


def _somewhere(trial: _Trial) -> Check:
    """A check of each location that fails at a coordinate beyond any picture, whatever the picture's size is."""
    each = _each(trial)

    def check(view: View, requirement: Requirement) -> Observation | None:
        for place in view.places:
            if place.nowhere is not None:
                corner, axis, number = place.nowhere
                words = Text(f"{shown(number)}, beyond any picture", f"{shown(number)}，超出任何图片")
                return view.broken(requirement, words, f"{place.pointer}/{corner}/{axis}")
        return each(view, requirement)

    return check


def _on_picture(view: View, quad: Quad, _place: Place) -> Text | None:
    size = _size(view)
    if size is None:
        return None
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    if max(xs) < 0 or max(ys) < 0 or min(xs) > size[0] or min(ys) > size[1]:
        corners, sides = shown_quad(quad), f"{size[0]} x {size[1]}"
        return Text(
            f"wholly outside: {corners} on a picture of {sides}", f"完全在图片之外：图片为 {sides}，顶点为 {corners}"
        )
    return None


def _within(view: View, quad: Quad, _place: Place) -> Text | None:
    size = _size(view)
    if size is None:
        return None
    share = MARGINS[view.contract.position("location.border", "exact")]
    dx, dy = share * size[0], share * size[1]
    for x, y in quad:
        if not (-dx <= x <= size[0] + dx and -dy <= y <= size[1] + dy):
            corner, sides = f"[{x:g}, {y:g}]", f"{size[0]} x {size[1]}"
            return Text(
                f"beyond the border: {corner} on a picture of {sides}", f"超出边界：图片为 {sides}，顶点为 {corner}"
            )
    return None


def _true_place(_view: View, quad: Quad, place: Place) -> Text | None:
    if place.overlap is None or place.overlap >= MIN_IOU:
        return None
    best = max(place.trues, key=lambda true: iou(quad, true))
    got, true, overlap = shown_quad(quad), shown_quad(best), f"IoU {place.overlap:.2f}"
    return Text(f"{got}, true {true}, {overlap}", f"{got}，真实位置 {true}，{overlap}")


def _scale(view: View, quad: Quad, place: Place) -> Text | None:
    size = _size(view)
    if place.overlap is None or place.overlap >= MIN_IOU or size is None:
        return None
    for true in place.trues:
        explained = explain_shift(quad, true, size)
        if explained is not None:
            got, there = shown_quad(quad), shown_quad(true)
            return Text(f"{explained[0]}: {got}, true {there}", f"{explained[1]}：{got}，真实位置 {there}")
    return None


def _size(view: View) -> tuple[int, int] | None:
    """Width and height in pixels of the grid that locations are of; None where it is unknown, or an open point."""
    picture = view.expectation.picture
    if picture is None or not picture.width or picture.orientation != 1:
        return None
    return picture.width, picture.height


def _with_truth(check: Check) -> Check:
    """Lets a check speak only where the true places of what was answered are known."""

    def known(view: View, requirement: Requirement) -> Observation | None:
        return check(view, requirement) if any(place.trues for place in view.places) else None

    return known


CHECKS: Mapping[str, Check] = {
    "location.integers": integers,
    "location.winding": _each(_winding),
    "location.area": _each(_area),
    "location.on-picture": _somewhere(_on_picture),
    "location.within": _somewhere(_within),
    "location.true": _with_truth(_each(_true_place)),
    "location.scale": _with_truth(_each(_scale)),
}
