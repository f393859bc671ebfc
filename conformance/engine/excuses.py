"""What a target statement excuses: breaches, perhaps on some pictures only, and what cannot be proven on a target."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.judging.observation import Observation
    from conformance.judging.view import View
    from conformance.statement.statement import Statement, Waiver

_TICKET = re.compile(r"/result/([0-9]+)")


def waived_by(statement: Statement) -> frozenset[str]:
    """Ids of the requirements with a waiver of every breach that holds today."""
    return frozenset(waiver.requirement for waiver in _holding(statement) if not waiver.narrow)


def narrow_waivers(statement: Statement) -> tuple[Waiver, ...]:
    """The waivers of some breaches only that hold today."""
    return tuple(waiver for waiver in _holding(statement) if waiver.narrow)


def unprovable_by(statement: Statement) -> Mapping[str, Text]:
    """Why requirements cannot be proven here, by their ids."""
    return {
        entry.requirement: Text(
            f"cannot be proven here: {entry.reason} ({entry.owner})", f"在此无法证实：{entry.reason}（{entry.owner}）"
        )
        for entry in statement.unprovable
    }


def excused(observations: Iterable[Observation], waivers: Sequence[Waiver], view: View, purpose: str) -> frozenset[str]:
    """Ids of the requirements that these observations break only as narrow waivers allow.

    `purpose` is the full id of the one that asked.
    """
    broken: dict[str, list[Observation]] = {}
    for observation in observations if waivers else ():
        if observation.state == "broken":
            broken.setdefault(observation.requirement, []).append(observation)
    return frozenset(
        name
        for name, found in broken.items()
        if all(_covered(one, [w for w in waivers if w.requirement == name], view, purpose) for one in found)
    )


def _covered(observation: Observation, waivers: Sequence[Waiver], view: View, purpose: str) -> bool:
    return any(_covers(waiver, observation, view, purpose) for waiver in waivers)


def _holding(statement: Statement) -> list[Waiver]:
    today = datetime.now().astimezone().date()  # where the user is: a waiver ends with the day there
    return [waiver for waiver in statement.waivers if not waiver.expired(today)]


def _covers(waiver: Waiver, observation: Observation, view: View, purpose: str) -> bool:
    if waiver.purpose is not None and waiver.purpose not in (purpose, purpose.partition("/")[2]):
        return False
    picture = view.expectation.picture
    if waiver.format is not None and (picture is None or picture.format != _usual(waiver.format)):
        return False
    return waiver.type is None or _is_about(waiver.type, observation, view)


def _usual(name: str) -> str:
    return "JPEG" if name == "JPG" else name


def _is_about(kind: str, observation: Observation, view: View) -> bool:
    """Whether a breach is that of a ticket of a type, or of a picture with nothing else on it."""
    place = _TICKET.match(observation.pointer)
    ticket = next((t for t in view.tickets if place and t.pointer == place[0]), None)
    if ticket is not None and ticket.members.get("type") == kind:
        return True
    request = view.exchange.request
    shown = [document.type for document in (request.truth.documents if request.truth else request.stated or ())]
    return bool(shown) and all(name == kind for name in shown)
