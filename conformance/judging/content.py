"""Checks of the content of recognised tickets, held against the content schema of their type, and of its confidence.

Which fields there are, what type they have and which requirement a breach breaks is data (`schemas/tickets`); a check
here knows one keyword of those schemas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.owned import NULL, ContentFields, SchemaPlace
from conformance.judging.body import Json, as_shown, is_number, json_type, no_member, shown, step
from conformance.judging.results import AS_DOCUMENTED, Breach, Content, Observation, Outcome, Rule
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.envelope import Check
    from conformance.judging.view import View

Judge: TypeAlias = "Callable[[Content, str], Outcome]"
"""Judges one content for the requirement of that name."""


def each_content(judge: Judge, held: Text) -> Check:
    """A check that fails at the first breach in any content, and holds where there was something to judge."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        seen = False
        for content in view.contents:
            outcome = judge(content, requirement.name)
            if isinstance(outcome, Breach):
                pointer = f"{content.pointer}{outcome.at}"
                return view.broken(requirement, outcome.observed, pointer, outcome.expected)
            seen = seen or outcome
        return view.held(requirement, held) if seen else None

    return check


def empty(value: Json) -> bool:
    """True for what is as good as absent: null, an empty string, list or object (open point 112)."""
    return value is None or value in ("", [], {})


# The fields: a rule for each keyword of their schemas, and what is asked beyond single keywords.


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
        outcome = nulls(fields, value)
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


# The confidence: where it stands, what it names, and that it is made of numbers.


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
    return _scores(fields.confidence, confidence, _score_not_null)


def _score_not_null(value: Json) -> Outcome:
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
    "content.confidence-inside": inside,
    "content.confidence-numbers": _each(_numbers, Text("numbers", "数")),
    "content.confidence-range": _each(_range, Text("between 0 and 1", "介于 0 与 1")),
    "content.confidence-keys": _each(_keys, Text("names of fields", "字段名")),
    "content.confidence-names": _each(_names, Text("the fields' own names", "字段自身的名称")),
    "content.confidence-mirrors": _each(_mirrors, Text("as long as the lists", "与列表等长")),
}
