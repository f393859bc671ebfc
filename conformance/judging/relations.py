"""What must hold between two answers to related requests (metamorphic relations)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from conformance.judging.body import Json, is_number, plain, shown
from conformance.judging.geometry import MOST_COMPARED, iou, map_points, read_quad
from conformance.judging.results import Observation, slipped
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Exchange, Quad

Comparator: TypeAlias = Callable[[View, View], "Text | None"]
"""Says how the second answer differs from what the first one leads to expect, or None where it does not."""

SAME_PLACE = 0.95
"""Overlap (IoU) from which two locations in equal pictures are the same."""

MOVED_PLACE = 0.85
"""Overlap (IoU) that is enough where the picture was shifted, scaled or turned: its pixels are other ones."""

ALARMS = (
    "blur", "glare", "blocking_within_border", "insufficient_lighting", "copy", "border_integrity", "reproduce",
)  # fmt: skip


REPEAT = "relation.repeat"
"""Asks whether answers repeat at all. That one of them misses what is known to be there is a miss as any other; where
nobody knows that, nothing but such a difference shows that a target changes its mind, and it is one at once.
"""


@dataclass(frozen=True, slots=True)
class _Thing:
    """One recognised ticket or document: its type, what was read of it, and where it is. None stands for anything."""

    type: str
    content: Json = None
    place: Quad | None = None

    def matches(self, other: _Thing, overlap: float) -> bool:
        if self.type != other.type or self.content != other.content:
            return False
        return self.place is None or other.place is None or iou(self.place, other.place) >= overlap


def relate(first: Exchange, second: Exchange, comparator: str, requirement: str, contract: Contract) -> Observation:
    """Hold two answers against each other; undecided unless both requests were accepted."""
    return relate_views(View(first, contract), View(second, contract), comparator, requirement)


def relate_views(one: View, two: View, comparator: str, requirement: str) -> Observation:
    """`relate` for exchanges that are read already."""
    stated = one.contract.requirement(requirement)
    for view in (one, two):
        if not view.accepted:
            words = view.answer_in_words
            return view.undecided(
                stated, Text(f"one of the two was not accepted: {words.en}", f"两个请求之一未被接受：{words.zh}")
            )
    most = max(len(view.tickets) for view in (one, two))
    if most > MOST_COMPARED:
        return two.undecided(stated, Text(f"{most} tickets, too many to compare", f"共 {most} 张票证，过多而未比较"))
    difference = COMPARATORS[comparator](one, two)
    if difference is None:
        return two.held(stated, Text("as expected from the first answer", "与首个响应一致"))
    broken = two.broken(stated, difference, "/result")
    if comparator not in _OF_THINGS or one.contract.page.result == "fields":
        return broken
    if stated.name == REPEAT and two.exchange.truth is None:
        return broken
    agreed = _agreed(one, two, comparator)
    # Where nobody knows what is on the picture, what both answers show may be all there is, or half of it.
    return broken if agreed is None else slipped(broken, partly=bool(agreed) and two.exchange.truth is not None)


def same(one: View, two: View) -> Text | None:
    """The same tickets in any order, the same document, or the same fields."""
    if one.contract.page.result == "fields":
        before, after = (_sure(view.members.get("result")) for view in (one, two))
        return (
            None
            if before == after
            else Text(f"{shown(after)} instead of {shown(before)}", f"{shown(after)}，而非 {shown(before)}")
        )
    return _difference(_things(one), _things(two), SAME_PLACE)


def _sure(value: Json) -> Json:
    """What was read, without how sure the target is of it."""
    if isinstance(value, dict):
        return {name: _sure(member) for name, member in value.items() if name != "confidence"}
    return [_sure(entry) for entry in value] if isinstance(value, list) else value


def filtered(one: View, two: View) -> Text | None:
    """The second answer has those tickets of the first whose type the second request asks for."""
    asked = two.expectation.type_list or ()
    return _difference([thing for thing in _things(one) if thing.type in asked], _things(two), SAME_PLACE)


def moved(one: View, two: View) -> Text | None:
    """The same types, at the places to which shifting, scaling or turning the picture took them."""
    expected = _moved_things(one, two)
    if expected is None:
        return None
    return _difference(expected, [replace(thing, content=None) for thing in _things(two)], MOVED_PLACE)


def _moved_things(one: View, two: View) -> list[_Thing] | None:
    """What the first answer has, where the second picture has it; None where nobody knows."""
    before, after = one.exchange.truth, two.exchange.truth
    if before is None or after is None or len(before.documents) != len(after.documents):
        return None
    pairs = [(a.corners, b.corners) for a, b in zip(before.documents, after.documents, strict=True)]
    return [
        _Thing(thing.type, None, _carried(thing.place, pairs) if thing.place is not None else None)
        for thing in _things(one)
    ]


def _carried(place: Quad, pairs: Sequence[tuple[Quad, Quad]]) -> Quad:
    """A location carried along with the document that it is of: the one whose true corners it overlaps most."""
    before, after = max(pairs, key=lambda pair: iou(pair[0], place), default=(place, place))
    return map_points(place, before, after)


def part(one: View, two: View) -> Text | None:
    """Everything of the second answer is in the first: one document alone, of a page of several."""
    whole = [replace(thing, place=None) for thing in _things(one)]
    alone = [replace(thing, place=None) for thing in _things(two)]
    lost = _difference(alone, whole, SAME_PLACE)
    return None if lost is None or all(thing in whole for thing in alone) else lost


def _score_not_lower(condition: str) -> Comparator:
    name = f"{condition}_score"

    def compare(one: View, two: View) -> Text | None:
        before, after = _score(one, name), _score(two, name)
        if before is None or after is None or after >= before:
            return None
        return Text(
            f"{name} fell from {shown(before)} to {shown(after)}", f"{name} 由 {shown(before)} 降至 {shown(after)}"
        )

    return compare


def _score(view: View, name: str) -> float | None:
    scores = view.document.get("alarm_confidence") if view.document is not None else None
    value = scores.get(name) if isinstance(scores, dict) else None
    return value if is_number(value) else None


def _things(view: View) -> list[_Thing]:
    """What was recognised, without order, confidences and alarms."""
    return [_Thing(one.type, _sure(one.content), read_quad(one.location)) for one in view.recognised]


def _difference(expected: Sequence[_Thing], observed: Sequence[_Thing], overlap: float) -> Text | None:
    missing, extra = list(expected), []
    for thing in observed:
        match = next((wanted for wanted in missing if wanted.matches(thing, overlap)), None)
        if match is not None:
            missing.remove(match)
        else:
            extra.append(thing)
    if not missing and not extra:
        return None
    first = _words(missing[0] if missing else extra[0])
    return Text(
        f"{len(missing)} missing, {len(extra)} unexpected; first: {first.en}",
        f"缺少 {len(missing)} 项，多出 {len(extra)} 项；首个：{first.zh}",
    )


def _words(thing: _Thing) -> Text:
    kind, content = plain(thing.type), f", {shown(thing.content)}" if thing.content is not None else ""
    if thing.place is None:
        return Text(f"{kind} anywhere{content}", f"{kind}，位置不限{content}")
    place = [[round(x), round(y)] for x, y in thing.place]
    return Text(f"{kind} at {place}{content}", f"{kind}，位于 {place}{content}")


_OF_THINGS: Mapping[str, float] = {
    "same": SAME_PLACE,
    "filtered": SAME_PLACE,
    "moved": MOVED_PLACE,
    "part": SAME_PLACE,
}
"""Comparators of what was recognised, and the overlap from which they take two places for one."""


def _agreed(one: View, two: View, comparator: str) -> int | None:
    """How many things two answers agree on that differ only in what was recognised; None where they differ otherwise.

    A document that one of them misses, or takes for another type, or reads wrong, is a slip of an engine. One that is
    placed elsewhere, listed twice, or read in another way although both readings are right, is none.
    """
    expected, observed = _lenient(one, two, comparator)
    agreed = 0
    for thing in list(expected):
        alike = next((other for other in observed if other.matches(thing, _OF_THINGS[comparator])), None)
        if alike is not None:
            expected.remove(thing)
            observed.remove(alike)
            agreed += 1
    if {thing.type for thing in expected} & {thing.type for thing in observed}:
        return None
    asked = two.expectation.type_list
    if asked is not None and any(thing.type not in asked for thing in observed):
        return None
    beyond = [_surplus(view) for view in (one, two)]
    return None if any(surplus > missing for surplus, missing in beyond) else agreed


def lacking(one: View, two: View, comparator: str) -> tuple[int, int]:
    """How many things that are only in the other answer the first and the second one lack, slips aside."""
    expected, observed = _lenient(one, two, comparator)
    for thing in list(expected):
        alike = next((other for other in observed if other.matches(thing, _OF_THINGS[comparator])), None)
        if alike is not None:
            expected.remove(thing)
            observed.remove(alike)
    return len(observed), len(expected)


def _lenient(one: View, two: View, comparator: str) -> tuple[list[_Thing], list[_Thing]]:
    """What the comparator holds against each other, without contents where an answer misreads something."""
    misread = any(_misreads(view) for view in (one, two))
    first, second = ([replace(t, content=None) if misread else t for t in _things(view)] for view in (one, two))
    if comparator == "filtered":
        asked = two.expectation.type_list or ()
        first = [thing for thing in first if thing.type in asked]
    if comparator == "part":
        first = [replace(thing, place=None) for thing in first]
        second = [replace(thing, place=None) for thing in second]
        kinds = {thing.type for thing in second}
        first = [thing for thing in first if thing.type in kinds]
    if comparator == "moved":
        first = [replace(thing, content=None) for thing in _moved_things(one, two) or first]
        second = [replace(thing, content=None) for thing in second]
    return first, second


def _misreads(view: View) -> bool:
    """Whether a field of a recognised specimen is read other than it is printed; without a truth it may be."""
    truth = view.exchange.truth
    if truth is None:
        return True
    printed = [(document.type, dict(document.fields)) for document in truth.documents]
    return any(
        not any(
            kind == one.type and all(one.fields.get(name, value) == value for name, value in fields.items())
            for kind, fields in printed
        )
        for one in view.recognised
        if isinstance(one.content, dict)
    )


def _surplus(view: View) -> tuple[int, int]:
    """How many things are recognised of a type beyond what is on the picture, and how many of it are missing.

    Where nobody knows what is on it, of each type whatever was recognised is.
    """
    truth = view.exchange.truth
    if truth is None:
        return 0, 0
    on_it = Counter(document.type for document in truth.documents)
    seen = Counter(thing.type for thing in _things(view))
    return (seen - on_it).total(), (on_it - seen).total()


COMPARATORS: Mapping[str, Comparator] = {
    "same": same,
    "filtered": filtered,
    "moved": moved,
    "part": part,
    **{f"{condition.replace('_', '-')}-score-not-lower": _score_not_lower(condition) for condition in ALARMS},
}
