"""Checks of the content of recognised tickets that hold for every ticket type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from conformance.contract.tables import Text
from conformance.judging.observation import Observation, shown

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.answers import Check
    from conformance.judging.body import Json
    from conformance.judging.view import View


def values(view: View, requirement: Requirement) -> Observation | None:
    """Every value is a string, or a list or object of strings; confidence is judged on its own."""
    seen = False
    for pointer, content in _contents(view):
        for place, value in _leaves({k: v for k, v in content.items() if k != "confidence"}, pointer):
            seen = True
            if isinstance(value, bool | int | float):
                return view.broken(requirement, Text(f"the number {shown(value)}", f"数 {shown(value)}"), place)
    return view.held(requirement, Text("strings", "字符串")) if seen else None


def confidence_inside(view: View, requirement: Requirement) -> Observation | None:
    """No confidence beside content."""
    for ticket in view.tickets:
        if "confidence" in ticket.members:
            observed = Text("confidence beside content", "confidence 与 content 并列")
            return view.broken(requirement, observed, f"{ticket.pointer}/confidence")
    inside = any("confidence" in content for _, content in _contents(view))
    return view.held(requirement, Text("inside content", "在 content 内")) if inside else None


def confidence_numbers(view: View, requirement: Requirement) -> Observation | None:
    """Every confidence is a number."""
    seen = False
    for place, value in _confidences(view):
        seen = True
        if isinstance(value, bool) or not isinstance(value, int | float):
            return view.broken(requirement, Text(shown(value), shown(value)), place)
    return view.held(requirement, Text("numbers", "数")) if seen else None


def confidence_range(view: View, requirement: Requirement) -> Observation | None:
    """Every confidence is between 0 and 1."""
    seen = False
    for place, value in _confidences(view):
        if isinstance(value, bool) or not isinstance(value, int | float):
            continue
        seen = True
        if not 0 <= value <= 1:
            return view.broken(requirement, Text(shown(value), shown(value)), place)
    return view.held(requirement, Text("between 0 and 1", "介于 0 与 1")) if seen else None


def _contents(view: View) -> Iterator[tuple[str, dict[str, Json]]]:
    for ticket in view.tickets:
        content = ticket.members.get("content")
        if ticket.recognised and isinstance(content, dict):
            yield f"{ticket.pointer}/content", content


def _confidences(view: View) -> Iterator[tuple[str, Json]]:
    for pointer, content in _contents(view):
        if "confidence" in content:
            yield from _leaves(content["confidence"], f"{pointer}/confidence")


def _leaves(value: Json, pointer: str) -> Iterator[tuple[str, Json]]:
    """Every value that is neither list nor object, with its pointer."""
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _leaves(entry, f"{pointer}/{index}")
    else:
        yield pointer, value


CHECKS: Mapping[str, Check] = {
    "content.values": values,
    "content.confidence-inside": confidence_inside,
    "content.confidence-numbers": confidence_numbers,
    "content.confidence-range": confidence_range,
}
