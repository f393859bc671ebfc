"""What must hold between two answers to related requests (metamorphic relations)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.tables import Text
from conformance.judging.observation import Observation, shown
from conformance.judging.view import View

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.exchange import Exchange
    from conformance.judging.body import Json

Comparator: TypeAlias = Callable[[View, View], "Text | None"]
"""Says how the second answer differs from what the first one leads to expect, or None where it does not."""

ALARM_MEMBERS = ("alarm_result", "alarm_confidence")


def relate(first: Exchange, second: Exchange, comparator: str, requirement: str, contract: Contract) -> Observation:
    """Hold two answers against each other; undecided unless both requests were accepted."""
    stated = contract.requirement(requirement)
    one, two = View(first, contract), View(second, contract)
    for view in (one, two):
        if not view.accepted:
            words = view.answer_in_words()
            return view.undecided(
                stated, Text(f"one of the two was not accepted: {words.en}", f"其一未被接受：{words.zh}")
            )
    difference = COMPARATORS[comparator](one, two)
    if difference is None:
        return two.held(stated, Text("as expected from the first answer", "与首个响应一致"))
    return two.broken(stated, difference, "/result")


def same(one: View, two: View) -> Text | None:
    """The same tickets in any order, or the same document."""
    return _difference(_things(one), _things(two))


def filtered(one: View, two: View) -> Text | None:
    """The second answer has those tickets of the first whose type the second request asks for."""
    asked = two.expectation.type_list or ()
    return _difference([thing for thing in _things(one) if thing[0] in asked], _things(two))


def alarms_added(one: View, two: View) -> Text | None:
    """The second answer is the first, alarm objects aside."""
    return _difference(_things(one), _things(two))


def _things(view: View) -> list[tuple[str, Json]]:
    """What was recognised, as type and the rest, without order, confidences and alarms."""
    if view.document is not None:
        rest: Json = {k: v for k, v in view.document.items() if k not in (*ALARM_MEMBERS, "confidence")}
        return [(str(view.document.get("type")), rest)]
    return [(str(t.members.get("type")), _without_confidence(t.members)) for t in view.tickets if t.recognised]


def _without_confidence(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _without_confidence(member) for key, member in value.items() if key != "confidence"}
    return value


def _difference(expected: list[tuple[str, Json]], observed: list[tuple[str, Json]]) -> Text | None:
    missing, extra = list(expected), []
    for thing in observed:
        if thing in missing:
            missing.remove(thing)
        else:
            extra.append(thing)
    if not missing and not extra:
        return None
    first = shown(missing[0] if missing else extra[0], 200)
    words = f"{len(missing)} missing, {len(extra)} unexpected; first: {first}"
    return Text(words, f"缺少 {len(missing)} 项，多出 {len(extra)} 项；首个：{first}")


COMPARATORS: Mapping[str, Comparator] = {"same": same, "filtered": filtered, "alarms-added": alarms_added}
