"""Finds the places of a content that a requirement speaks of, and checks the confidence that stands in some of them."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from conformance.contract.schema_places import ContentFields, SchemaPlace
from conformance.judging.body import Json, is_number, step
from conformance.judging.document import MIN_IOU
from conformance.judging.geometry import iou, read_quad
from conformance.judging.observation import Observation, as_shown, shown
from conformance.judging.results import Breach, Content, Outcome
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.exchange import StatedDocument, TrueDocument
    from conformance.judging.envelope import Check
    from conformance.judging.results import Entry
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


def blank(value: Json) -> bool:
    """True for what says nothing: what is empty, a text of white space only, a list or object of nothing else."""
    if isinstance(value, dict | list):
        return all(map(blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip())


def empty(value: Json) -> bool:
    """True for what is as good as absent: null, an empty string, list or object (open point 112)."""
    return value is None or value in ("", [], {})


# Checks of the confidence of recognised tickets: where it stands, what it names, and that it is made of numbers.


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


# How sure a target said it was, and whether it was right: pairs from answers about pictures whose truth is known.
#
# Source: page Automatic Classification, table 3, confidence: the greater the confidence, the greater the accuracy,
# in a statistical sense, though it is not the accuracy itself. No single answer can break that, so that it is a
# figure of the report and no requirement.


Subject: TypeAlias = Literal["field", "document"]

_Known: TypeAlias = "TrueDocument | StatedDocument"

_UNWRITTEN = str.maketrans({"年": "-", "月": "-", "日": "", "元": "", "¥": "", "站": ""})
"""Ways of writing a day, an amount or a station that samples show side by side (open points 120 and 121)."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """A confidence between 0 and 1, what it is of, and whether that was correct.

    Of a `field`: its value is the printed one. Of a `document`: its type is right and its location overlaps the true
    place by at least half (IoU).
    """

    subject: Subject
    confidence: float
    correct: bool


def surenesses(view: View) -> Iterator[Sureness]:
    """Every confidence of an accepted answer that can be held against what is known to be on its picture.

    That is the truth about specimens, or what a user states about pictures of their own. Left out are fields without a
    known value, tickets that are none of the known documents, places where no corners are known, and pictures turned
    by their EXIF orientation, whose grid is open.
    """
    request, picture = view.exchange.request, view.expectation.picture
    known = request.stated if view.exchange.truth is None else view.exchange.truth.documents
    if known is None or (picture is not None and picture.orientation != 1):
        return
    if not view.tickets:
        for entry in view.result.placed:
            yield from _of_document(entry, known)
    kinds = Counter(ticket.type for ticket in view.tickets)
    at = {f"{ticket.pointer}/content": ticket for ticket in view.tickets}
    for one in view.contents:
        fields, content = one.fields, one.members
        document = _reported(at[one.pointer], known, alone=kinds[fields.type] == 1)
        confidences = content.get("confidence")
        if document is None or not isinstance(confidences, dict):
            continue
        printed = dict(document.fields)
        for key, confidence in confidences.items():
            name = fields.aliases.get(key, key) if key not in content else key
            if _is_share(confidence) and printed.get(name):
                yield Sureness("field", float(confidence), _same(content.get(name), printed[name]))


def _of_document(document: Entry, known: Sequence[_Known]) -> Iterator[Sureness]:
    """The confidence of an identity document's location: wrong where no document of its type is there."""
    confidence, alike = document.members.get("confidence"), [one for one in known if one.type == document.type]
    placed = not alike or any(one.corners is not None for one in alike)
    if _is_share(confidence) and placed:
        yield Sureness("document", float(confidence), _reported(document, alike, alone=False) is not None)


def _reported(entry: Entry, known: Sequence[_Known], *, alone: bool) -> _Known | None:
    """The known document that an entry reports: the one of its type that its location overlaps most, by at least half.

    Without known corners, the only one of its type, where the entry is the only one of it, too.
    """
    quad, alike = read_quad(entry.location), [one for one in known if one.type == entry.type]
    if alone and len(alike) == 1 and alike[0].corners is None:
        return alike[0]
    overlaps = [
        (iou(quad, one.corners), at) for at, one in enumerate(alike) if quad is not None and one.corners is not None
    ]
    overlap, at = max(overlaps, default=(0.0, 0))
    return alike[at] if overlap >= MIN_IOU else None


def _is_share(value: Json) -> TypeGuard[float]:
    """A number between 0 and 1; whatever else stands there breaks a requirement of its own."""
    return is_number(value) and 0 <= value <= 1


def _same(read: Json, printed: str) -> bool:
    return isinstance(read, str) and _written(read) == _written(printed)


def _written(text: str) -> str:
    """The text whatever its widths, white space and case, and without the marks that are open."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_UNWRITTEN).split()).casefold()
