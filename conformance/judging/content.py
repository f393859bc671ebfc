"""Checks of the content of recognised tickets, held against the content schema of their type and edition.

Which fields there are, what type they have and which requirement a breach breaks is data (`schemas/tickets`); a check
here knows one keyword of those schemas.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from conformance.contract.schema_places import NULL, ContentFields, SchemaPlace
from conformance.judging import content_places
from conformance.judging.body import Json, json_type, step
from conformance.judging.content_places import each_content, empty
from conformance.judging.observation import AS_DOCUMENTED, Observation, as_shown, no_member, shown
from conformance.judging.results import Breach, Content, Outcome, Rule
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.envelope import Check
    from conformance.judging.view import View

UNLISTED = "content.unlisted"
"""The requirement whose places the strict one shares, and the position that makes it strict."""

_KINDS: Mapping[str, type] = {"string": str, "array": list, "object": dict, "boolean": bool}

_DAYS = (
    re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"),
    re.compile(r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日(?: ?(?:[01][0-9]|2[0-3]):[0-5][0-9])?"),
)
_MONTH = re.compile(r"([0-9]{2})/([0-9]{2})")
_UNLIMITED = "长期"
"""What identity papers without an end print in the place of a day."""
_FORMS_OF_DAYS = Text(
    f"a day as in the samples: 2020-03-01, 2020年03月01日 (a time may follow), 03/20 on a card, or {_UNLIMITED}",
    f"示例所示形式的日期：2020-03-01、2020年03月01日（其后可有时间）、银行卡上的 03/20 或{_UNLIMITED}",
)


def _type(field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    if value is None:
        return False
    if field.kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return True
    if isinstance(value, _KINDS.get(field.kind, ())):
        return True
    observed = Text(f"{json_type(value)}: {shown(value)}", f"{json_type(value)}：{shown(value)}")
    return Breach("", observed, Text(f"type {field.kind}", f"类型 {field.kind}"))


def _not_null(field: SchemaPlace, value: Json, fields: ContentFields) -> Outcome:
    if value is None:
        return Breach("", Text("null", "null"), Text("a value, or no such member", "有值，或无此字段"))
    if field is fields.confidence and isinstance(value, dict):
        outcome = content_places.nulls(fields, value)
        return outcome if isinstance(outcome, Breach) else True
    return True


def _value(field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    # A ticket type is a mix-up of levels, which is a requirement of its own.
    if not isinstance(value, str) or value in field.barred:
        return False
    if value in field.values:
        return True
    allowed = ", ".join(sorted(text for text in field.values if text))
    return Breach("", as_shown(value), Text(f"one of {allowed}", f"取值之一：{allowed}"))


def _own_type(field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    if not isinstance(value, str) or not value:
        return False
    if value in field.barred:
        expected = Text("the document's own kind", "票证自身的种类")
        return Breach("", Text(f"the ticket type {shown(value)}", f"票证类别 {shown(value)}"), expected)
    return True


def _of_its_type(content: Content, name: str) -> Outcome:
    """At least one field is one of the type's own, on whichever side; a kind inside is no ticket type."""
    fields, members = content.fields, content.members
    known = (fields.root.members.keys() | fields.other_side) - {"confidence"}
    if known.isdisjoint(members) and members.keys() - {"confidence"}:
        names = shown(sorted(members.keys() - {"confidence"}))
        expected = Text(f"fields of {fields.type}", f"{fields.type} 的字段")
        return Breach("", Text(f"none of its fields, but {names}", f"没有其任何字段，只有 {names}"), expected)
    outcome = _outcome(content, name, "not")
    return outcome if isinstance(outcome, Breach) else not known.isdisjoint(members)


def _date(_field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    if not isinstance(value, str) or not value:
        return False
    return is_day(value) or Breach("", as_shown(value), _FORMS_OF_DAYS)


def dates(view: View, requirement: Requirement) -> Observation | None:
    """A day has a form of the samples. What is printed on a picture of the user's own is the picture's affair."""
    return None if view.exchange.request.stated is not None else _DATES(view, requirement)


def is_day(text: str) -> bool:
    """Whether a text is a day in a form of the samples: 2020-03-01, 2020年03月01日 (with 08:30), or 03/20 on a card."""
    if text == _UNLIMITED:
        return True
    if month := _MONTH.fullmatch(text):
        # Which of the two is the month is not stated.
        return any(1 <= int(number) <= 12 for number in month.groups())
    for form in _DAYS:
        if day := form.fullmatch(text):
            try:
                date(int(day[1]), int(day[2]), int(day[3]))
            except ValueError:
                return False
            return True
    return False


def _present(content: Content, name: str) -> Outcome:
    required = [member for member, owner in content.fields.required.items() if owner == name]
    missing = next((member for member in required if member not in content.members), None)
    return Breach("", no_member(missing)) if missing is not None else bool(required)


def _sides(content: Content, _name: str) -> Outcome:
    for name in content.fields.other_side:
        if name in content.members and not empty(content.members[name]):
            observed = Text(f"{name}, a field of the other side", f"另一面的字段 {name}")
            return Breach(step(name), observed)
    return bool(content.fields.other_side)


def _switch_only(content: Content, name: str) -> Outcome:
    outcome = _outcome(content, name, "x-switch")
    return outcome if isinstance(outcome, Breach) else name in content.fields.root.judged


def _absent(_field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    return empty(value) or Breach("", Text(f"the field, with {shown(value)}", f"有该字段：{shown(value)}"))


def switch_only(view: View, requirement: Requirement) -> Observation | None:
    """No field that only a switch brings; a request that may hold switches says nothing (open point 125)."""
    switched = "extended_parameters" in view.expectation.members.intersection(view.contract.parameters)
    return None if switched else _SWITCH_ONLY(view, requirement)


def _listed(field: SchemaPlace, value: Json, _fields: ContentFields) -> Outcome:
    if not isinstance(value, dict):
        return False
    missing = [names for names in field.listed if value.keys().isdisjoint(names)]
    if field.given is not None and value.get(field.given[0]) == field.given[1]:
        missing += [(name,) for name in field.given[2] if name not in value]
    if not missing:
        return True
    en, zh = (", ".join(f" {word} ".join(names) for names in missing) for word in ("or", "或"))
    return Breach("", Text(f"absent: {en}", f"缺少：{zh}"))


def _unlisted(content: Content, _name: str) -> Outcome:
    return _outcome(content, UNLISTED, "additionalProperties")


def _known(field: SchemaPlace, value: Json, fields: ContentFields) -> Outcome:
    if not isinstance(value, dict):
        return False
    extra = [name for name in value if name not in field.members and name not in fields.other_side]
    if extra:
        names = shown(extra)
        return Breach(step(extra[0]), Text(f"not listed: {names}", f"未列出：{names}"))
    return True


def unlisted_strict(view: View, requirement: Requirement) -> Observation | None:
    """The same as a must, for a target whose statement says strict."""
    return _UNLISTED(view, requirement) if view.contract.positions.get(UNLISTED) == "strict" else None


RULES: Mapping[str, Rule] = {
    "type": _type,
    NULL: _not_null,
    "enum": _value,
    "not": _own_type,
    "x-format": _date,
    "x-switch": _absent,
    "x-listed": _listed,
    "additionalProperties": _known,
}
"""What each keyword of a content schema asks of a value at its place."""


def _outcome(content: Content, name: str, keyword: str) -> Outcome:
    """What was found where `keyword` belongs to a requirement."""
    return content.found(RULES).get((name, keyword), False)


def _each_place(keyword: str, held: Text) -> Check:
    """A check of the values at every place where `keyword` belongs to the requirement that is judged."""
    return each_content(lambda content, name: _outcome(content, name, keyword), held)


_DATES = _each_place("x-format", Text("days", "日期"))
_SWITCH_ONLY = each_content(_switch_only, Text("absent", "未出现"))
_UNLISTED = each_content(_unlisted, Text("listed fields only", "仅有所列字段"))

CHECKS: Mapping[str, Check] = {
    "content.type": _each_place("type", AS_DOCUMENTED),
    "content.not-null": _each_place(NULL, Text("no null", "无 null")),
    "content.value": _each_place("enum", Text("documented values", "文档所列取值")),
    "content.own-type": each_content(_of_its_type, Text("fields of its type", "该类别的字段")),
    "content.date": dates,
    "content.present": each_content(_present, Text("present", "存在")),
    "content.sides": each_content(_sides, Text("one side only", "仅有本面字段")),
    "content.switch-only": switch_only,
    "content.listed": _each_place("x-listed", Text("all of them", "全部存在")),
    "content.unlisted": _UNLISTED,
    "content.unlisted-strict": unlisted_strict,
    **content_places.CHECKS,
}
