"""Checks of what the corners of a location mean: which one comes first, and which grid they are of when a picture is
turned by its EXIF orientation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.judging.geometry import crosses_itself, displayed, iou, shown_quad, signed_area
from conformance.judging.locations import MIN_IOU
from conformance.judging.observation import AS_DOCUMENTED, Observation
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import Quad
    from conformance.judging.envelope import Check
    from conformance.judging.view import Place, View

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


CHECKS: Mapping[str, Check] = {"location.first-corner": first_corner, "location.turned": turned_grid}
