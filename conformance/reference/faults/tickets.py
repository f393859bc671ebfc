"""Faults in the tickets of an answer: which are listed, their status, and what they contain."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.reference.behaviour import (
    Behaviour,
    Fault,
    each_corner,
    edited,
    if_failed,
    if_recognised,
    leaves,
    put,
    within,
    without,
)
from conformance.reference.editions import MESSAGES, NOT_RECOGNISED, SUCCEEDED, refused
from conformance.reference.faults.requests import unchecked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.recognizer import Found


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
    Fault("ticket-dropped", ("ticket.found",), _tickets(_without_first)),
    Fault("ticket-doubled", ("ticket.once",), _tickets(_doubled)),
    Fault("ticket-as-list", ("ticket.object",), _tickets(lambda tickets, _call: [[ticket] for ticket in tickets])),
    Fault(
        "type-list-ignored",
        ("ticket.type.requested", "relation.type-list-some"),
        unchecked("type-list-honoured"),
    ),
    Fault(
        "type-list-keeps-failures",
        ("ticket.type.requested.failed",),
        Behaviour(parameters=(lambda parameters, _call: replace(parameters, types=None),))
        + _tickets(_keep_unlisted_failures),
    ),
    Fault("type-list-all-loses", ("relation.type-list-all",), _tickets(_drop_when_all_asked)),
    Fault("type-list-some-misplaces", ("relation.type-list-some",), _each(_misplace_when_some_asked)),
    Fault("type-list-repeats", ("relation.type-list-repeated",), _tickets(_repeat_as_asked)),
    Fault("no-type", ("ticket.type",), _each(without("type"))),
    Fault("type-number", ("ticket.type",), _each(put("type", 7))),
    Fault(
        "undocumented-type",
        ("ticket.type.documented",),
        _each(edited("type", lambda name: str(name).replace("_", "-"))),
    ),
    Fault("wrong-type", ("ticket.true", "ticket.found"), _each(put("type", "bankcard"))),
)

PARTS = (
    Fault("no-status", ("ticket.status",), _each(without("status"))),
    Fault("status-text", ("ticket.status",), _each(put("status", "Succeeded."))),
    Fault("status-without-code", ("ticket.status.code",), _each(within("status", without("error_code")))),
    Fault("status-code-number", ("ticket.status.code",), _each(within("status", put("error_code", 0)))),
    Fault("status-without-message", ("ticket.status.msg",), _each(within("status", without("error_msg")))),
    Fault("status-other-message", ("ticket.status.message",), _each(within("status", put("error_msg", "OK")))),
    Fault(
        "failed-with-unlisted-code",
        ("ticket.status.code-listed",),
        _failed(within("status", put("error_code", "AIS.0999"))),
    ),
    Fault(
        "failed-with-success-code",
        ("failed-ticket.not-recognised", "ticket.content.not-empty"),
        _failed(put("status", {"error_code": SUCCEEDED, "error_msg": MESSAGES[SUCCEEDED]})),
    ),
    Fault("failed-made-up", ("failed-ticket.not-recognised",), Behaviour(found=(_read_all,))),
    Fault("failed-without-place", ("failed-ticket.listed",), _failed(without("type", "location", "content"))),
    Fault("failed-with-content", ("failed-ticket.content-empty",), _failed(put("content", {"number": "SPECIMEN 000"}))),
    Fault("failed-content-list", ("failed-ticket.content-object",), _failed(put("content", []))),
    Fault("failed-left-out", ("failed-ticket.kept",), _tickets(_recognised_only)),
    Fault("failed-fails-call", ("failed-ticket.alone",), Behaviour(found=(_one_failure_for_all,))),
    Fault("no-content", ("ticket.content",), _each(without("content"))),
    Fault("content-list", ("ticket.content",), _each(if_recognised(edited("content", lambda content: [content])))),
    Fault("content-emptied", ("ticket.content.not-empty",), _each(if_recognised(put("content", {})))),
)

TICKETS: tuple[Fault, ...] = LISTED + PARTS


# Faults inside the content of a ticket: its fields, their values, and their confidence.


_DAY = re.compile(r"([0-9]{4})\D([0-9]{2})\D([0-9]{2})")
_OTHER_SIDES: Mapping[str, JsonObject] = MappingProxyType(
    {
        "id_card_portrait_side": {"issue": "SPECIMEN", "valid_from": "2020-01-01"},
        "id_card_emblem_side": {"name": "SPECIMEN", "sex": "SPECIMEN"},
        "driver_license_front": {"file_number": "000", "record": "SPECIMEN"},
        "driver_license_back": {"class": "C1", "birth": "1990-01-01"},
        "vehicle_license_front": {"file_no": "000", "gross_mass": "0kg"},
        "vehicle_license_back": {"engine_no": "000", "vin": "000"},
    }
)
_SAMPLE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "ticket_price": "ticket_rates",
        "departure_station": "starting_station",
        "sale_location": "ticket_office",
    }
)


def in_content(change: JsonChange) -> Behaviour:
    """Change the content of tickets that were read."""
    return Behaviour(ticket=(if_recognised(within("content", change)),))


def in_content_of(ticket_types: tuple[str, ...], change: JsonChange) -> Behaviour:
    """Change the content of some ticket types only."""

    def outer(ticket: JsonObject, call: Call) -> JsonObject:
        return if_recognised(within("content", change))(ticket, call) if ticket["type"] in ticket_types else ticket

    return Behaviour(ticket=(outer,))


def _values(edit: Callable[[Json], Json]) -> JsonChange:
    """Change every value but those of confidence."""
    return lambda content, _call: {
        key: value if key == "confidence" else leaves(value, edit) for key, value in content.items()
    }


def _lists(edit: Callable[[list[Json]], Json]) -> JsonChange:
    return lambda content, _call: {
        key: edit(value) if isinstance(value, list) else value for key, value in content.items()
    }


def confidences(edit: Callable[[Json], Json]) -> Behaviour:
    """Change every number of the confidence of fields."""
    return in_content(edited("confidence", lambda value: leaves(value, edit)))


def _number(value: Json) -> Json:
    return int(value) if isinstance(value, str) and value.isdecimal() else len(str(value))


def _american_day(value: Json) -> Json:
    return _DAY.sub(r"\2/\3/\1", value) if isinstance(value, str) else value


def _own_type(ticket: JsonObject, _call: Call) -> JsonObject:
    content = ticket["content"]
    if not isinstance(content, dict) or "type" not in content:
        return ticket
    return ticket | {"content": content | {"type": ticket["type"]}}


def _other_side(ticket: JsonObject, _call: Call) -> JsonObject:
    content = ticket["content"]
    more = _OTHER_SIDES.get(str(ticket["type"]))
    return ticket | {"content": content | more} if more is not None and isinstance(content, dict) else ticket


def _without_first_field(content: JsonObject, _call: Call) -> JsonObject:
    return {name: content[name] for name in list(content)[1:]}


def _first_field_null(content: JsonObject, _call: Call) -> JsonObject:
    return content | dict.fromkeys(list(content)[:1])


def _confidence_beside(ticket: JsonObject, _call: Call) -> JsonObject:
    content = ticket["content"]
    if not isinstance(content, dict) or "confidence" not in content:
        return ticket
    rest: JsonObject = {key: value for key, value in content.items() if key != "confidence"}
    return ticket | {"content": rest, "confidence": content["confidence"]}


def _sample_names(confidence: JsonObject, _call: Call) -> JsonObject:
    return {_SAMPLE_NAMES.get(name, name): number for name, number in confidence.items()}


FIELDS = (
    Fault("content-numbers", ("content.strings",), in_content(_values(_number))),
    Fault(
        "content-location-corners",
        ("content.location-text",),
        in_content_of(("quota_invoice", "taxi_invoice"), put("location", [[0, 0], [9, 0], [9, 9], [0, 9]])),
    ),
    Fault("lists-as-objects", ("content.lists",), in_content(_lists(lambda rows: rows[0] if rows else {}))),
    Fault("extra-info-text", ("content.objects",), in_content(edited("extra_info", str))),
    Fault("extra-info-left-out", ("content.extra-info",), in_content(without("extra_info"))),
    Fault("content-nulls", ("content.null",), in_content(_first_field_null)),
    Fault(
        "content-of-bankcards",
        ("content.own-type",),
        Behaviour(
            ticket=(if_recognised(put("content", {"bank_name": "SPECIMEN", "card_number": "0000", "confidence": {}})),)
        ),
    ),
    Fault(
        "content-as-text",
        ("content.own-type",),
        Behaviour(ticket=(if_recognised(put("content", {"text": "SPECIMEN", "confidence": {}})),)),
    ),
    Fault(
        "every-field-empty",
        ("ticket.content.not-empty",),
        in_content(lambda content, _call: {name: "" for name in content if name != "confidence"}),
    ),
    Fault("own-type-clash", ("content.own-type",), Behaviour(ticket=(if_recognised(_own_type),))),
    Fault("vat-type-unknown", ("content.vat-type",), in_content_of(("vat_invoice",), put("type", "blockchain"))),
    Fault(
        "ticket-changing-unknown",
        ("content.ticket-changing",),
        in_content_of(("train_ticket",), put("ticket_changing", "maybe")),
    ),
    Fault("passport-type-unknown", ("content.passport-type",), in_content_of(("passport",), put("passport_type", "X"))),
    Fault("american-dates", ("content.dates",), in_content(_values(_american_day))),
    Fault("both-sides", ("content.sides",), Behaviour(ticket=(if_recognised(_other_side),))),
    Fault("field-left-out", ("content.listed",), in_content(_without_first_field)),
    Fault(
        "field-of-its-own", ("content.unlisted", "content.unlisted.strict"), in_content(put("paper_colour", "SPECIMEN"))
    ),
)

CONFIDENCE = (
    Fault("confidence-beside", ("content.confidence.inside",), Behaviour(ticket=(_confidence_beside,))),
    Fault("confidence-left-out", ("content.confidence.listed",), in_content(without("confidence"))),
    Fault("confidence-list", ("content.objects",), in_content(edited("confidence", lambda value: [value]))),
    Fault("confidence-strings", ("content.confidence.numbers",), confidences(str)),
    Fault("confidence-percent", ("content.confidence.range",), confidences(lambda value: float(str(value)) * 100)),
    Fault(
        "confidence-of-no-field",
        ("content.confidence.keys",),
        in_content(within("confidence", put("paper_colour", 0.95))),
    ),
    Fault("confidence-sample-names", ("content.confidence.names",), in_content(within("confidence", _sample_names))),
    Fault(
        "confidence-list-cut",
        ("content.confidence.mirrors",),
        in_content(within("confidence", _lists(lambda rows: rows[:-1]))),
    ),
)

CONTENTS: tuple[Fault, ...] = FIELDS + CONFIDENCE
