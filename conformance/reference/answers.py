"""From what was recognised to the JSON of an answer.

Source: response tables and success samples of both operations, and the page of each ticket type for `content`. The
numbers called confidence are made from the value they speak of, so that the same picture always gives the same answer.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, TypeVar

from conformance.reference.behaviour import apply
from conformance.reference.errors import INVALID_PARAMETER, MESSAGES, NOT_RECOGNISED, SUCCEEDED, refused
from conformance.reference.geometry import area

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.alarms import Alarm
    from conformance.reference.behaviour import Behaviour
    from conformance.reference.calls import Call
    from conformance.reference.editions import Edition, TicketContent
    from conformance.reference.geometry import Quad
    from conformance.reference.parameters import Parameters
    from conformance.reference.pictures import Picture
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Json, JsonObject

T = TypeVar("T")


def ticket_answer(
    found: tuple[Found, ...],
    picture: Picture,
    parameters: Parameters,
    sealed: Callable[[Quad], bool] | None,
    behaviour: Behaviour,
    call: Call,
) -> JsonObject:
    """`result` is the list of all documents that are tickets of this edition and were asked for.

    `parameters` are those to answer to, `sealed` tells whether the document with some corners bears a seal, where that
    was asked for. Raises RefusedError with AIS.0104 where that leaves nothing.
    """
    edition = call.operation
    wanted = edition.types if parameters.types is None else parameters.types
    tickets: list[Json] = [
        apply(behaviour.ticket, _ticket(entry, entry.ticket, picture, parameters, sealed, edition), call)
        for entry in found
        if entry.ticket is not None and entry.ticket in edition.contents and entry.ticket in wanted
    ]
    if not tickets:
        raise refused(NOT_RECOGNISED, "nothing-recognised")
    return {"result": tickets}


def document_answer(
    found: tuple[Found, ...],
    picture: Picture,
    alarms: Callable[[Found], tuple[Alarm, ...]] | None,
    behaviour: Behaviour,
    call: Call,
) -> JsonObject:
    """`result` is the one identity document that takes up most of the picture; `alarms` measures it where asked for.

    Raises RefusedError with AIS.0104 where there is none.
    """
    documents = [entry for entry in found if entry.document in call.operation.types]
    if not documents:
        raise refused(NOT_RECOGNISED, "nothing-recognised")
    best = max(documents, key=lambda entry: abs(area(entry.corners)))
    result: JsonObject = {
        "type": best.document,
        "location": location(best.corners, picture),
        "confidence": best.confidence,
    }
    if alarms is not None:
        measured = alarms(best)
        result["alarm_result"] = {f"detect_{alarm.name}_result": alarm.raised for alarm in measured}
        result["alarm_confidence"] = {f"{alarm.name}_score": alarm.score for alarm in measured}
    return {"result": apply(behaviour.document, result, call)}


def location(corners: Quad, picture: Picture) -> Json:
    """Whole pixels within the picture, 0 to its width and height."""
    return [[_within(x, picture.width), _within(y, picture.height)] for x, y in corners]


def _ticket(
    found: Found,
    ticket_type: str,
    picture: Picture,
    parameters: Parameters,
    sealed: Callable[[Quad], bool] | None,
    edition: Edition,
) -> JsonObject:
    content: JsonObject = {}
    code = INVALID_PARAMETER if ticket_type in parameters.mistaken else NOT_RECOGNISED
    if found.content is not None and ticket_type not in parameters.mistaken:
        code = SUCCEEDED
        switches = parameters.switches.get(ticket_type, frozenset())
        content = _content(found.content, edition.contents[ticket_type], switches, found.scores)
    ticket: JsonObject = {
        "status": {"error_code": code, "error_msg": MESSAGES[code]},
        "type": ticket_type,
        "location": location(found.corners, picture),
        "content": content,
    }
    return ticket if sealed is None else ticket | {"seal_mark": sealed(found.corners)}


def _content(
    read: JsonObject, page: TicketContent, switches: frozenset[str], scores: Mapping[str, float]
) -> JsonObject:
    """The members that the page of the ticket type lists, from all that were read."""
    added = [name for switch in sorted(switches) for name in page.switched.get(switch, ())]
    content: JsonObject = {name: _string(read.get(name)) for name in (*page.fields, *added)}
    content |= {name: _string(read[name]) for name in page.optional if read.get(name) is not None}
    for name, members in page.lists.items():
        content[name] = [{member: _string(row.get(member)) for member in members} for row in _entries(read, name, dict)]
    confidence = {name: scores[name] if name in scores else _confidence(name, value) for name, value in content.items()}
    content |= {name: read.get(name) is True for name in page.flags}
    content |= {name: [*_entries(read, name, str)] for name in page.texts}
    for name in page.objects:
        content[name] = read.get(name, {})
    if page.confidence:
        content["confidence"] = confidence
    return content


def _entries(read: JsonObject, name: str, kind: type[T]) -> list[T]:
    entries = read.get(name)
    return [entry for entry in entries if isinstance(entry, kind)] if isinstance(entries, list) else []


def _confidence(name: str, value: Json) -> Json:
    """In [0.9, 1) for a string that was read, 0 for an empty one; a list is mirrored entry by entry."""
    if isinstance(value, list):
        return [
            {member: _confidence(f"{name}.{member}", text) for member, text in entry.items()}
            for entry in value
            if isinstance(entry, dict)
        ]
    if not value:
        return 0
    digest = hashlib.sha256(f"{name}={value}".encode("utf-8", "surrogatepass")).digest()
    return (9000 + int.from_bytes(digest[:4], "big") % 1000) / 10_000


def _string(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _within(value: float, size: int) -> int:
    return min(max(round(value), 0), size)
