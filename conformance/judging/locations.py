"""Checks of every location in an answer, of tickets and of identity documents alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.tables import Text
from conformance.judging.geometry import crosses_itself, explain_shift, iou, read_quad, signed_area
from conformance.judging.observation import Observation, shown

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import Quad
    from conformance.judging.answers import Check
    from conformance.judging.body import Json
    from conformance.judging.view import View

MIN_IOU = 0.5
"""Overlap with the true place below which a location is taken for another place."""

_MARGIN = 0.01
"""Share of the picture's side by which a corner may lie beyond the border: rounding, or a border that is cut."""

_Place: TypeAlias = "tuple[str, Json, Json]"
"""Pointer, type and location of one entry."""

_Trial: TypeAlias = "Callable[[View, Quad, Json], Text | None]"
"""What is wrong with one location, or None."""


def _each(trial: _Trial) -> Check:
    """A check that fails at the first location with something wrong, and holds where there is at least one."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        seen = False
        for pointer, kind, location in _places(view):
            quad = read_quad(location)
            if quad is None:
                continue
            seen = True
            wrong = trial(view, quad, kind)
            if wrong is not None:
                return view.broken(requirement, wrong, f"{pointer}/location")
        return view.held(requirement, Text("as documented", "与文档一致")) if seen else None

    return check


def _places(view: View) -> Iterator[_Place]:
    for ticket in view.tickets:
        yield ticket.pointer, ticket.members.get("type"), ticket.members.get("location")
    if view.document is not None:
        yield "/result", view.document.get("type"), view.document.get("location")


def integers(view: View, requirement: Requirement) -> Observation | None:
    """Coordinates are written as integers: neither 65.5 nor 65.0."""
    seen = False
    for pointer, _, location in _places(view):
        for corner, pair in enumerate(location if isinstance(location, list) else []):
            for axis, value in enumerate(pair if isinstance(pair, list) else []):
                seen = True
                if isinstance(value, float):
                    return view.broken(
                        requirement, Text(shown(value), shown(value)), f"{pointer}/location/{corner}/{axis}"
                    )
    return view.held(requirement, Text("integers", "整数")) if seen else None


def _winding(_view: View, quad: Quad, _kind: Json) -> Text | None:
    if crosses_itself(quad):
        return Text(f"the outline crosses itself: {_show(quad)}", f"轮廓自交：{_show(quad)}")
    if signed_area(quad) < 0:
        return Text(f"the corners run counter-clockwise: {_show(quad)}", f"角点为逆时针：{_show(quad)}")
    return None


def _area(_view: View, quad: Quad, _kind: Json) -> Text | None:
    if crosses_itself(quad):
        return Text(f"the outline crosses itself: {_show(quad)}", f"轮廓自交：{_show(quad)}")
    if signed_area(quad) == 0:
        return Text(f"the area is 0: {_show(quad)}", f"面积为 0：{_show(quad)}")
    return None


def _on_picture(view: View, quad: Quad, _kind: Json) -> Text | None:
    size = _size(view)
    if size is None:
        return None
    xs, ys = [x for x, _ in quad], [y for _, y in quad]
    if max(xs) < 0 or max(ys) < 0 or min(xs) > size[0] or min(ys) > size[1]:
        where = f"{_show(quad)} on a picture of {size[0]} x {size[1]}"
        return Text(f"wholly outside: {where}", f"完全在图片之外：{where}")
    return None


def _within(view: View, quad: Quad, _kind: Json) -> Text | None:
    size = _size(view)
    if size is None:
        return None
    dx, dy = _MARGIN * size[0], _MARGIN * size[1]
    for x, y in quad:
        if not (-dx <= x <= size[0] + dx and -dy <= y <= size[1] + dy):
            where = f"[{x:g}, {y:g}] on a picture of {size[0]} x {size[1]}"
            return Text(f"beyond the border: {where}", f"超出边界：{where}")
    return None


def _true_place(view: View, quad: Quad, kind: Json) -> Text | None:
    trues = _trues(view, kind)
    if not trues:
        return None
    best = max(trues, key=lambda true: iou(quad, true))
    overlap = iou(quad, best)
    if overlap < MIN_IOU:
        words = f"{_show(quad)}, true {_show(best)}, IoU {overlap:.2f}"
        return Text(words, words)
    return None


def _scale(view: View, quad: Quad, kind: Json) -> Text | None:
    trues, size = _trues(view, kind), _size(view)
    if not trues or size is None or max(iou(quad, true) for true in trues) >= MIN_IOU:
        return None
    for true in trues:
        explained = explain_shift(quad, true, size)
        if explained is not None:
            return Text(
                f"{explained[0]}: {_show(quad)}, true {_show(true)}",
                f"{explained[1]}：{_show(quad)}，真值 {_show(true)}",
            )
    return None


def _size(view: View) -> tuple[int, int] | None:
    picture = view.expectation.picture
    return (picture.width, picture.height) if picture is not None and picture.width else None


def _trues(view: View, kind: Json) -> list[Quad]:
    truth = view.exchange.truth
    return [document.corners for document in truth.documents if document.type == kind] if truth is not None else []


def _with_truth(check: Check) -> Check:
    """Lets a check speak only where the true places of what was answered are known."""

    def known(view: View, requirement: Requirement) -> Observation | None:
        if not any(_trues(view, kind) for _, kind, _ in _places(view)):
            return None
        return check(view, requirement)

    return known


def _show(quad: Quad) -> str:
    return "[" + ", ".join(f"[{x:g}, {y:g}]" for x, y in quad) + "]"


CHECKS: Mapping[str, Check] = {
    "location.integers": integers,
    "location.winding": _each(_winding),
    "location.area": _each(_area),
    "location.on-picture": _each(_on_picture),
    "location.within": _each(_within),
    "location.true": _with_truth(_each(_true_place)),
    "location.scale": _with_truth(_each(_scale)),
}
