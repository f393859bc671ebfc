"""Faults in the tickets of an answer, and in answers that should agree with each other and do not."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.alarms import CONDITIONS
from conformance.reference.behaviour import (
    Behaviour,
    Fault,
    each_corner,
    edited,
    halved,
    if_failed,
    if_recognised,
    moved,
    put,
    within,
    without,
)
from conformance.reference.editions import MESSAGES, NOT_RECOGNISED, SUCCEEDED, refused
from conformance.reference.faults.limits import is_respelled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.alarms import Quad
    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call, Parameters
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.recognizer import Found


_MADE_UP: JsonObject = {"number": "SPECIMEN 000"}


def _each(*changes: JsonChange) -> Behaviour:
    return Behaviour(ticket=changes)


def _failed(*changes: JsonChange) -> Behaviour:
    return Behaviour(ticket=tuple(if_failed(change) for change in changes))


def _tickets(edit: Callable[[list[Json], Call], list[Json]]) -> Behaviour:
    def change(body: JsonObject, call: Call) -> JsonObject:
        result = body["result"]
        return body | {"result": [*edit(result, call)]} if isinstance(result, list) else body

    return Behaviour(success=(change,))


def _asked(call: Call) -> frozenset[str] | None:
    return None if call.parameters is None else call.parameters.types


def _one_failure_for_all(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    if any(entry.content is None for entry in found):
        raise refused(NOT_RECOGNISED, "one-failed")
    return found


def _read_all(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    everything: JsonObject = {"number": "SPECIMEN", "code": "SPECIMEN"}
    return tuple(replace(entry, content=everything) if entry.content is None else entry for entry in found)


def _all_types(parameters: Parameters, _call: Call) -> Parameters:
    return replace(parameters, types=None)


def _keep_unlisted_failures(tickets: list[Json], call: Call) -> list[Json]:
    wanted = _asked(call)
    kept = (ticket for ticket in tickets if isinstance(ticket, dict))
    return [ticket for ticket in kept if wanted is None or ticket["type"] in wanted or not ticket["content"]]


def _drop_when_all_asked(tickets: list[Json], call: Call) -> list[Json]:
    return tickets[1:] if _asked(call) == frozenset(call.operation.types) else tickets


def _misplace_when_some_asked(ticket: JsonObject, call: Call) -> JsonObject:
    some_asked = _asked(call) not in (None, frozenset(call.operation.types))
    return each_corner(lambda x, y: [x // 2, y // 2])(ticket, call) if some_asked else ticket


def _repeat_as_asked(tickets: list[Json], call: Call) -> list[Json]:
    """A type that is listed twice gives its tickets twice."""
    listed = json.loads(call.body).get("type_list") or []
    kept = [ticket for ticket in tickets if isinstance(ticket, dict)]
    return [ticket for ticket in kept for _ in range(max(listed.count(ticket["type"]), 1))]


def _doubled(tickets: list[Json], _call: Call) -> list[Json]:
    return [*tickets, *tickets[:1]]


def _without_first(tickets: list[Json], _call: Call) -> list[Json]:
    """One good ticket is lost where there are several."""
    return tickets[1:] if len(tickets) > 1 else tickets


def _recognised_only(tickets: list[Json], _call: Call) -> list[Json]:
    return [ticket for ticket in tickets if isinstance(ticket, dict) and ticket["content"]]


LISTED = (
    Fault("ticket-dropped", "loses one ticket of several", ("ticket.found",), _tickets(_without_first)),
    Fault("ticket-doubled", "lists a ticket twice", ("ticket.once",), _tickets(_doubled)),
    Fault(
        "ticket-as-list",
        "gives tickets as lists",
        ("ticket.object",),
        _tickets(lambda tickets, _call: [[ticket] for ticket in tickets]),
    ),
    Fault(
        "type-list-ignored",
        "returns every type, whatever was asked for",
        ("ticket.type.requested", "relation.type-list-some"),
        Behaviour(skipped=frozenset({"type-list-honoured"})),
    ),
    Fault(
        "type-list-keeps-failures",
        "lists failed tickets that were not asked for",
        ("ticket.type.requested.failed",),
        Behaviour(parameters=(_all_types,)) + _tickets(_keep_unlisted_failures),
    ),
    Fault(
        "type-list-all-loses",
        "loses a ticket when all types are asked for",
        ("relation.type-list-all",),
        _tickets(_drop_when_all_asked),
    ),
    Fault(
        "type-list-some-misplaces",
        "places tickets elsewhere when some types are asked for",
        ("relation.type-list-some",),
        _each(_misplace_when_some_asked),
    ),
    Fault(
        "type-list-repeats",
        "lists tickets as often as their type is asked for",
        ("relation.type-list-repeated",),
        _tickets(_repeat_as_asked),
    ),
    Fault("no-type", "leaves type out", ("ticket.type",), _each(without("type"))),
    Fault("type-number", "gives type as a number", ("ticket.type",), _each(put("type", 7))),
    Fault(
        "undocumented-type",
        "writes types with hyphens",
        ("ticket.type.documented",),
        _each(edited("type", lambda name: str(name).replace("_", "-"))),
    ),
    Fault(
        "wrong-type",
        "takes every ticket for a bank card",
        ("ticket.true", "ticket.found"),
        _each(put("type", "bankcard")),
    ),
)

STATUS = (
    Fault("no-status", "leaves status out", ("ticket.status",), _each(without("status"))),
    Fault("status-text", "gives status as a string", ("ticket.status",), _each(put("status", "Succeeded."))),
    Fault(
        "status-without-code",
        "leaves the code of a status out",
        ("ticket.status.code",),
        _each(within("status", without("error_code"))),
    ),
    Fault(
        "status-code-number",
        "gives the code of a status as a number",
        ("ticket.status.code",),
        _each(within("status", put("error_code", 0))),
    ),
    Fault(
        "status-without-message",
        "leaves the text of a status out",
        ("ticket.status.msg",),
        _each(within("status", without("error_msg"))),
    ),
    Fault(
        "status-other-message",
        "words a status its own way",
        ("ticket.status.message",),
        _each(within("status", put("error_msg", "OK"))),
    ),
    Fault(
        "failed-with-unlisted-code",
        "fails tickets with a code that is not documented",
        ("ticket.status.code-listed",),
        _failed(within("status", put("error_code", "AIS.0999"))),
    ),
    Fault(
        "failed-with-success-code",
        "calls a ticket read that nobody can read",
        ("failed-ticket.not-recognised", "ticket.content.not-empty"),
        _failed(put("status", {"error_code": SUCCEEDED, "error_msg": MESSAGES[SUCCEEDED]})),
    ),
    Fault(
        "failed-made-up",
        "makes up the content of what it cannot read",
        ("failed-ticket.not-recognised",),
        Behaviour(found=(_read_all,)),
    ),
    Fault(
        "failed-without-place",
        "gives failed tickets a status only",
        ("failed-ticket.listed",),
        _failed(without("type", "location", "content")),
    ),
    Fault(
        "failed-with-content",
        "gives failed tickets a content",
        ("failed-ticket.content-empty",),
        _failed(put("content", {**_MADE_UP})),
    ),
    Fault(
        "failed-content-list",
        "gives failed tickets an empty list as content",
        ("failed-ticket.content-object",),
        _failed(put("content", [])),
    ),
    Fault(
        "failed-left-out",
        "lists recognised tickets only",
        ("failed-ticket.kept",),
        _tickets(_recognised_only),
    ),
    Fault(
        "failed-fails-call",
        "fails the call for one ticket that it cannot read",
        ("failed-ticket.alone",),
        Behaviour(found=(_one_failure_for_all,)),
    ),
)

CONTENT = (
    Fault("no-content", "leaves content out", ("ticket.content",), _each(without("content"))),
    Fault(
        "content-list",
        "gives content as a list",
        ("ticket.content",),
        _each(if_recognised(edited("content", lambda content: [content]))),
    ),
    Fault(
        "content-emptied",
        "reads nothing of tickets that it calls read",
        ("ticket.content.not-empty",),
        _each(if_recognised(put("content", {}))),
    ),
)

FAULTS: tuple[Fault, ...] = LISTED + STATUS + CONTENT


# Faults that no single answer shows: answers that should agree with each other and do not.


_WIDTH = 800
_BMP_OR_TIFF = re.compile(rb'"(Qk|SUkq|TU0A)')


def _halved_if_respelled(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    return halved(found) if is_respelled(call) else found


def _halved_if_raw(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    return halved(found) if _BMP_OR_TIFF.search(call.body) else found


def _from_first_document(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations as on a page that was cut to its documents first."""
    left = min((x for entry in found for x, _ in entry.corners), default=0.0)
    top = min((y for entry in found for _, y in entry.corners), default=0.0)
    return tuple(moved(entry, lambda point: (point[0] - left, point[1] - top)) for entry in found)


def _at_one_width(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations as on a page that was scaled until its documents had a certain width together."""
    right = max((x for entry in found for x, _ in entry.corners), default=0.0)
    scale = _WIDTH / max(right, 1.0)
    return tuple(moved(entry, lambda point: (point[0] * scale, point[1] * scale)) for entry in found)


def _stands_upright(corners: Quad) -> bool:
    (left, top), (right, bottom), *_ = corners
    return right - left > abs(bottom - top)


def _turned_back(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Locations of turned documents as on a page that was turned back first."""
    return tuple(
        entry if _stands_upright(entry.corners) else moved(entry, lambda point: (point[1], point[0])) for entry in found
    )


def _first_content_for_all(found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    """Mixes the fields of documents that lie on one page."""
    return tuple(replace(entry, content=found[0].content, ticket=found[0].ticket) for entry in found)


def _first_types_only(parameters: Parameters, call: Call) -> Parameters:
    """Forgets the last type of a list that is not sorted."""
    listed = json.loads(call.body).get("type_list", [])
    if parameters.types is None or listed == sorted(listed):
        return parameters
    return replace(parameters, types=parameters.types - {listed[-1]})


def _other_with_enterprise(result: JsonObject, call: Call) -> JsonObject:
    return result | {"type": "macao_id_card"} if "enterprise-project-id" in call.headers else result


def _inverted(score: Json) -> Json:
    return 99 - score if isinstance(score, int) else score


def _inverted_scores() -> Iterator[Fault]:
    """For each condition a score that falls as the condition gets worse."""
    for name in CONDITIONS:
        change = within("alarm_confidence", edited(f"{name}_score", _inverted))
        word = name.replace("_", "-")
        title = f"gives a {name}_score that falls as the condition gets worse"
        yield Fault(f"{word}-score-inverted", title, (f"relation.score.{word}",), Behaviour(document=(change,)))


RELATION_FAULTS: tuple[Fault, ...] = (
    Fault(
        "misplaces-respelled",
        "places documents elsewhere where JSON is spelled otherwise",
        ("relation.spelling",),
        Behaviour(found=(_halved_if_respelled,)),
    ),
    Fault(
        "misplaces-raw",
        "places documents elsewhere in BMP and TIFF files",
        ("relation.re-encoding",),
        Behaviour(found=(_halved_if_raw,)),
    ),
    Fault(
        "places-on-a-cut-page",
        "places documents on a page cut to them",
        ("relation.padding",),
        Behaviour(found=(_from_first_document,)),
    ),
    Fault(
        "places-on-a-scaled-page",
        "places documents on a page of a certain width",
        ("relation.scaling",),
        Behaviour(found=(_at_one_width,)),
    ),
    Fault(
        "turns-back",
        "places turned documents on a page turned back",
        ("relation.rotation",),
        Behaviour(found=(_turned_back,)),
    ),
    Fault(
        "mixes-documents",
        "mixes documents that lie on one page",
        ("relation.parts",),
        Behaviour(found=(_first_content_for_all,)),
    ),
    Fault(
        "type-list-in-order",
        "depends on the order of type_list",
        ("relation.type-list-order",),
        Behaviour(parameters=(_first_types_only,)),
    ),
    Fault(
        "enterprise-matters",
        "sees another type for an enterprise project",
        ("relation.enterprise-project",),
        Behaviour(document=(_other_with_enterprise,)),
    ),
    *_inverted_scores(),
)
