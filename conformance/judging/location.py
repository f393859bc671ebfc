"""Checks of every location in an answer: its outline, its place on the picture, and what its corners mean."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from conformance.judging.body import Beyond, as_shown, shown
from conformance.judging.geometry import crosses_itself, displayed, explain_shift, iou, shown_quad, signed_area
from conformance.judging.results import AS_DOCUMENTED, Observation
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import Quad
    from conformance.judging.envelope import Check
    from conformance.judging.view import Place


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


# What the corners mean: which one comes first, and which grid they are of when a picture is turned by its EXIF
# orientation.


_SLACK = 0.02
"""Share of the way from the top-left to the bottom-right corner by which another corner may be nearer to the former."""


def first_corner(view: View, requirement: Requirement) -> Observation | None:
    """The first corner is the top-left one: of the picture, or of a turned document as it is read."""
    seen = False
    for place in view.places:
        quad = place.quad
        if quad is None or (place.overlap or 0) < MIN_IOU or crosses_itself(quad) or signed_area(quad) <= 0:
            continue
        seen = True
        if not (_top_left_of_picture(quad) or _top_left_of_document(quad, place)):
            words = shown_quad(quad)
            observed = Text(f"another corner comes first: {words}", f"首个顶点不是左上角：{words}")
            return view.broken(requirement, observed, place.pointer)
    return view.held(requirement, AS_DOCUMENTED) if seen else None


def _top_left_of_picture(quad: Quad) -> bool:
    sums = [x + y for x, y in quad]
    return sums[0] <= min(sums) + _SLACK * (max(sums) - min(sums))


def _top_left_of_document(quad: Quad, place: Place) -> bool:
    true = max(place.trues, key=lambda corners: iou(quad, corners))
    return min(range(4), key=lambda corner: math.dist(true[corner], quad[0])) == 0


def turned_grid(view: View, requirement: Requirement) -> Observation | None:
    """On a picture with an EXIF orientation, locations are of the grid that the target's position names."""
    picture, truth = view.expectation.picture, view.exchange.truth
    if picture is None or picture.orientation == 1 or truth is None:
        return None
    position = view.contract.position("picture.orientation", "stored")
    seen = False
    for place in view.places:
        stored = [document.corners for document in truth.documents if document.type == place.type]
        turned = [displayed(quad, (picture.width, picture.height), picture.orientation) for quad in stored]
        # Where both readings give much the same place, nothing can be told from it.
        if place.quad is None or not stored or any(iou(a, b) >= MIN_IOU for a in stored for b in turned):
            continue
        seen = True
        grids = {"stored": stored, "displayed": turned, "either": stored + turned}
        if all(iou(place.quad, quad) < MIN_IOU for quad in grids[position]):
            words = f"{shown_quad(place.quad)}; stored {shown_quad(stored[0])}, displayed {shown_quad(turned[0])}"
            zh = f"{shown_quad(place.quad)}；存储网格 {shown_quad(stored[0])}，显示图像 {shown_quad(turned[0])}"
            return view.broken(requirement, Text(words, zh), place.pointer)
    return view.held(requirement, AS_DOCUMENTED) if seen else None


CHECKS: Mapping[str, Check] = {
    "location.integers": integers,
    "location.winding": _each(_winding),
    "location.area": _each(_area),
    "location.on-picture": _somewhere(_on_picture),
    "location.within": _somewhere(_within),
    "location.true": _with_truth(_each(_true_place)),
    "location.scale": _with_truth(_each(_scale)),
    "location.first-corner": first_corner,
    "location.turned": turned_grid,
}
