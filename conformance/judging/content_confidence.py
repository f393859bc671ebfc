"""Checks of the confidence of recognised tickets: where it stands, what it names, and that it is made of numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.contract.owned import ContentFields, SchemaPlace
from conformance.judging.body import Json, is_number, step
from conformance.judging.content_places import each_content
from conformance.judging.observation import Observation, as_shown, shown
from conformance.judging.results import Breach, Content, Outcome
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.envelope import Check
    from conformance.judging.view import View


def inside(view: View, requirement: Requirement) -> Observation | None:
    """No confidence beside content."""
    for ticket in view.tickets:
        if "confidence" in ticket.members:
            observed = Text("confidence beside content", "confidence 与 content 并列")
            return view.broken(requirement, observed, f"{ticket.pointer}/confidence")
    found = any("confidence" in content.members for content in view.contents)
    return view.held(requirement, Text("inside content", "在 content 内")) if found else None


def _numbers(fields: ContentFields, confidence: dict[str, Json], _content: dict[str, Json], _name: str) -> Outcome:
    return _scores(fields.confidence, confidence, _number)


def _number(value: Json) -> Outcome:
    # Null is a value that was not read, as among the fields, which is a requirement of its own.
    if value is None:
        return False
    return is_number(value) or Breach("", as_shown(value), Text("a number", "数"))


def nulls(fields: ContentFields, confidence: dict[str, Json]) -> Outcome:
    """The first value of a confidence that is null."""
    return _scores(fields.confidence, confidence, _not_null)


def _not_null(value: Json) -> Outcome:
    null = Text("null", "null")
    return value is not None or Breach("", null, Text("a number, or no such member", "数，或无此字段"))


def _range(fields: ContentFields, confidence: dict[str, Json], _content: dict[str, Json], name: str) -> Outcome:
    return _scores(fields.confidence, confidence, _in_range) if fields.range_owner == name else False


def _in_range(value: Json) -> Outcome:
    if not is_number(value):
        return False
    return 0 <= value <= 1 or Breach("", as_shown(value), Text("between 0 and 1", "介于 0 与 1"))


def _keys(fields: ContentFields, confidence: dict[str, Json], content: dict[str, Json], _name: str) -> Outcome:
    """Fields of the page, fields of this content, and aliases that samples show."""
    for key, value in confidence.items():
        if key not in fields.root.members and key not in content and key not in fields.aliases:
            return _unknown(step(key), key)
        field = fields.confidence.members.get(key)
        if field is not None and field.entries is not None and isinstance(value, list):
            for index, entry in enumerate(value):
                for name in entry if isinstance(entry, dict) else ():
                    if name not in field.entries.members and not _somewhere(content.get(key), name):
                        return _unknown(f"{step(key)}/{index}{step(name)}", name)
    return bool(confidence)


def _unknown(at: str, key: str) -> Breach:
    return Breach(at, Text(f"the key {shown(key)}", f"键 {shown(key)}"), Text("the name of a field", "字段名"))


def _somewhere(entries: Json, name: str) -> bool:
    return isinstance(entries, list) and any(isinstance(entry, dict) and name in entry for entry in entries)


def _names(fields: ContentFields, confidence: dict[str, Json], content: dict[str, Json], _name: str) -> Outcome:
    for key in confidence:
        if key in fields.aliases and key not in content:
            field = fields.aliases[key]
            return Breach(step(key), as_shown(key), as_shown(field))
    return bool(fields.aliases) and bool(confidence)


def _mirrors(fields: ContentFields, confidence: dict[str, Json], content: dict[str, Json], _name: str) -> Outcome:
    seen = False
    for key, field in fields.confidence.members.items():
        scores, entries = confidence.get(key), content.get(key, [])
        if field.entries is None or not (isinstance(scores, dict | list) or is_number(scores)):
            continue
        seen = True
        if not isinstance(scores, list):
            return Breach(step(key), as_shown(scores), Text("a list", "列表"))
        if isinstance(entries, list) and len(scores) != len(entries):
            there = Text(f"{len(scores)} entries", f"{len(scores)} 项")
            return Breach(
                step(key), there, Text(f"{len(entries)} entries, like {key}", f"与 {key} 同为 {len(entries)} 项")
            )
        for index, score in enumerate(scores):
            if field.entries.kind == "object" and is_number(score):
                return Breach(
                    f"{step(key)}/{index}", as_shown(score), Text("an object, like the entry", "与该项同为对象")
                )
    return seen


def _scores(field: SchemaPlace | None, value: Json, rule: Callable[[Json], Outcome]) -> Outcome:
    """Judge every value that has to be a number: that of a field, and whatever is neither list nor object."""
    if not isinstance(value, dict | list) or (field is not None and field.kind == "number"):
        return rule(value)
    seen = False
    for key, entry in value.items() if isinstance(value, dict) else enumerate(value):
        below = None if field is None else field.members.get(key) if isinstance(key, str) else field.entries
        outcome = _scores(below, entry, rule)
        if isinstance(outcome, Breach):
            return replace(outcome, at=f"{step(str(key))}{outcome.at}")
        seen = seen or outcome
    return seen


_Judge = Callable[[ContentFields, "dict[str, Json]", "dict[str, Json]", str], Outcome]


def _each(judge: _Judge, held: Text) -> Check:
    """A check of every confidence that is an object; one that is none is judged with the other objects."""

    def of_content(content: Content, name: str) -> Outcome:
        confidence = content.members.get("confidence")
        if not isinstance(confidence, dict):
            return False
        outcome = judge(content.fields, confidence, content.members, name)
        if isinstance(outcome, Breach):
            return replace(outcome, at=f"/confidence{outcome.at}")
        return outcome

    return each_content(of_content, held)


CHECKS: Mapping[str, Check] = {
    "content.confidence-inside": inside,
    "content.confidence-numbers": _each(_numbers, Text("numbers", "数")),
    "content.confidence-range": _each(_range, Text("between 0 and 1", "介于 0 与 1")),
    "content.confidence-keys": _each(_keys, Text("names of fields", "字段名")),
    "content.confidence-names": _each(_names, Text("the fields' own names", "字段自身的名称")),
    "content.confidence-mirrors": _each(_mirrors, Text("as long as the lists", "与列表等长")),
}
