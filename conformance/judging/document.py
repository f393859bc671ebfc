"""Checks of the single result of an identity document call, and of its alarms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from conformance.judging.body import as_shown, member_is, no_member, plain, step
from conformance.judging.geometry import covered, iou, read_quad, shown_quad
from conformance.judging.results import Observation, slipped
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.envelope import Check

_HALF = 0.5
"""Share of another document from which a location covers that one, too."""


def true_type(view: View, requirement: Requirement) -> Observation | None:
    """The type is that of a readable specimen on the picture."""
    if view.expectation.decision != "accept" or not view.readable_documents:
        return None
    drawn = sorted({document.type for document in view.readable_documents})
    expected = Text(f"type {' or '.join(drawn)}", f"type 为 {' 或 '.join(drawn)}")
    if view.nothing_found and len(view.readable_documents) > 1:
        return None
    if view.nothing_found:
        return slipped(view.broken(requirement, view.answer_in_words, expected=expected), partly=False)
    if view.document is None:
        return None
    if "type" not in view.document:
        return view.broken(requirement, no_member("type"), "/result", expected)
    kind = view.document["type"]
    if kind in drawn:
        return view.held(requirement, Text(f"type {kind}", f"type 为 {kind}"), "/result/type")
    return slipped(view.broken(requirement, as_shown(kind), "/result/type", expected), partly=False)


def alarm_raised(view: View, requirement: Requirement) -> Observation | None:
    """The alarm of every condition that the specimen was given on purpose is true."""
    truth, document = view.exchange.truth, view.document
    result = document.get("alarm_result") if document is not None else None
    if truth is None or not truth.alarms or not isinstance(result, dict):
        return None
    for condition in sorted(truth.alarms):
        name = f"detect_{condition}_result"
        if name not in result:
            return view.broken(requirement, no_member(name), "/result/alarm_result")
        if result[name] is not True:
            return view.broken(requirement, member_is(name, result[name]), f"/result/alarm_result/{name}")
    raised = ", ".join(sorted(truth.alarms))
    return view.held(requirement, Text(f"raised: {raised}", f"已告警：{raised}"))


def no_alarm(view: View, requirement: Requirement) -> Observation | None:
    """No alarm is true for a specimen without any of the conditions."""
    truth, document = view.exchange.truth, view.document
    result = document.get("alarm_result") if document is not None else None
    if truth is None or truth.alarms is None or truth.alarms or not isinstance(result, dict):
        return None
    for name, value in result.items():
        if value is True:
            observed = Text(f"{plain(name)} is true", f"{plain(name)} 为 true")
            return view.broken(requirement, observed, f"/result/alarm_result{step(name)}")
    return view.held(requirement, Text("no alarm", "无告警"))


def one_of_several(view: View, requirement: Requirement) -> Observation | None:
    """With several documents on a picture, the answer is of one of them in type and place, or there is none."""
    if view.expectation.decision != "accept" or len(view.readable_documents) < 2:
        return None
    if view.nothing_found:
        return view.held(requirement, view.answer_in_words, "/error_code")
    quad = read_quad(view.document.get("location")) if view.document is not None else None
    if view.document is None or quad is None:
        return None
    nearest = max(view.readable_documents, key=lambda document: iou(quad, document.corners))
    if iou(quad, nearest.corners) == 0:
        observed = Text(f"a location on none of them: {shown_quad(quad)}", f"位置不在任何一张上：{shown_quad(quad)}")
        return view.broken(requirement, observed, "/result/location")
    if "type" not in view.document:
        return view.broken(requirement, no_member("type"), "/result")
    kind = view.document["type"]
    if kind != nearest.type:
        expected = Text(f"type {nearest.type}, which lies there", f"该位置为 {nearest.type}")
        return view.broken(requirement, as_shown(kind), "/result/type", expected)
    for other in view.readable_documents:
        if other is not nearest and covered(other.corners, quad) > _HALF:
            observed = Text(f"a location that covers {other.type} as well", f"位置同时覆盖了 {other.type}")
            return view.broken(requirement, observed, "/result/location")
    return view.held(requirement, Text(f"{kind}, at its place", f"{kind}，位置相符"), "/result")


def score_integers(view: View, requirement: Requirement) -> Observation | None:
    """A score is written as an integer: not 98.0."""
    scores = view.document.get("alarm_confidence") if view.document is not None else None
    if not isinstance(scores, dict) or not scores:
        return None
    for name, value in scores.items():
        if isinstance(value, float):
            return view.broken(requirement, as_shown(value), f"/result/alarm_confidence{step(name)}")
    return view.held(requirement, Text("integers", "整数"))


CHECKS: Mapping[str, Check] = {
    "document.type.true": true_type,
    "document.several": one_of_several,
    "alarm.raised": alarm_raised,
    "alarm.silent": no_alarm,
    "alarm.score.written-as-integer": score_integers,
}
