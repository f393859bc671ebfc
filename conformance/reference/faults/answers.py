"""Faults in the answer of a success: around the tickets, and inside their contents."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour, Fault, edited, if_recognised, leaves, put, within, without
from conformance.reference.editions import INVALID_PARAMETER, MESSAGES, SUCCEEDED, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call
    from conformance.reference.editions import Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found


_OTHER_TYPES: Mapping[str, str] = MappingProxyType({"tickets": "bankcard", "document": "peru_id_card"})


def _success(*changes: JsonChange) -> Behaviour:
    return Behaviour(success=changes)


def _refuse_all(_found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    raise refused(INVALID_PARAMETER, "unwanted")


def _lone_entry(result: Json) -> Json:
    return result[0] if isinstance(result, list) and len(result) == 1 else result


def _listed(result: Json) -> Json:
    return result if isinstance(result, list) else [result]


def _unstable(body: JsonObject, call: Call) -> JsonObject:
    """Every other call gets another type."""
    if call.number % 2:
        return body
    wrong = _OTHER_TYPES[call.operation.answers]
    result = body["result"]
    if isinstance(result, list):
        return {"result": [entry | {"type": wrong} if isinstance(entry, dict) else entry for entry in result]}
    return {"result": result | {"type": wrong}} if isinstance(result, dict) else body


def _nothing_is_success(refusal: Refusal, _call: Call) -> JsonObject | None:
    return {"result": {}} if refusal.cause == "nothing-recognised" else None


FAULTS: tuple[Fault, ...] = (
    Fault("refuses-all", "refuses every picture", ("accepts.picture",), Behaviour(found=(_refuse_all,))),
    Fault(
        "success-with-error-fields",
        "adds the code of success to a success",
        ("success.no-error-fields",),
        _success(put("error_code", SUCCEEDED), put("error_msg", MESSAGES[SUCCEEDED])),
    ),
    Fault(
        "success-with-null-error-fields",
        "adds error fields of null to a success",
        ("success.no-empty-error-fields",),
        _success(put("error_code", None), put("error_msg", None)),
    ),
    Fault(
        "no-result",
        "calls the result data",
        ("success.result",),
        _success(lambda body, _call: {"data": body["result"]}),
    ),
    Fault("empty-success", "answers a success with an empty object", ("success.result",), _success(without("result"))),
    Fault("result-null", "answers a success with null", ("success.result-list",), _success(put("result", None))),
    Fault(
        "lone-ticket-as-object",
        "gives a single ticket without a list around it",
        ("success.result-list",),
        _success(edited("result", _lone_entry)),
    ),
    Fault(
        "document-in-list",
        "gives the one document in a list",
        ("success.result-object",),
        _success(edited("result", _listed)),
    ),
    Fault("unstable", "changes its mind from call to call", ("relation.repeat",), _success(_unstable)),
    Fault(
        "nothing-is-success",
        "answers a picture without a document with an empty object",
        ("document.unreadable",),
        Behaviour(rescue=(_nothing_is_success,)),
    ),
)


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


def _content(*changes: JsonChange) -> Behaviour:
    return Behaviour(ticket=tuple(if_recognised(within("content", change)) for change in changes))


def _of_type(ticket_types: tuple[str, ...], change: JsonChange) -> Behaviour:
    """A change of the content of some ticket types only."""

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


def _confidence(edit: Callable[[Json], Json]) -> Behaviour:
    return _content(edited("confidence", lambda value: leaves(value, edit)))


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
    Fault("content-numbers", "gives numbers for strings", ("content.strings",), _content(_values(_number))),
    Fault(
        "content-location-corners",
        "gives corners for the place that is printed on a ticket",
        ("content.location-text",),
        _of_type(("quota_invoice", "taxi_invoice"), put("location", [[0, 0], [9, 0], [9, 9], [0, 9]])),
    ),
    Fault(
        "lists-as-objects",
        "gives the first line for a list",
        ("content.lists",),
        _content(_lists(lambda rows: rows[0] if rows else {})),
    ),
    Fault("extra-info-text", "gives extra_info as a string", ("content.objects",), _content(edited("extra_info", str))),
    Fault("extra-info-left-out", "leaves extra_info out", ("content.extra-info",), _content(without("extra_info"))),
    Fault(
        "content-nulls",
        "gives null for what it did not read",
        ("content.null",),
        _content(_first_field_null),
    ),
    Fault(
        "content-of-bankcards",
        "gives every ticket the fields of a bank card",
        ("content.own-type",),
        Behaviour(
            ticket=(if_recognised(put("content", {"bank_name": "SPECIMEN", "card_number": "0000", "confidence": {}})),)
        ),
    ),
    Fault(
        "content-as-text",
        "gives what it read as one text",
        ("content.own-type",),
        Behaviour(ticket=(if_recognised(put("content", {"text": "SPECIMEN", "confidence": {}})),)),
    ),
    Fault(
        "every-field-empty",
        "reads none of the fields of tickets that it calls read",
        ("ticket.content.not-empty",),
        _content(lambda content, _call: {name: "" for name in content if name != "confidence"}),
    ),
    Fault(
        "own-type-clash",
        "repeats the ticket type inside content",
        ("content.own-type",),
        Behaviour(ticket=(if_recognised(_own_type),)),
    ),
    Fault(
        "vat-type-unknown",
        "names a kind of invoice that is not documented",
        ("content.vat-type",),
        _of_type(("vat_invoice",), put("type", "blockchain")),
    ),
    Fault(
        "ticket-changing-unknown",
        "says of a changed ticket what is not documented",
        ("content.ticket-changing",),
        _of_type(("train_ticket",), put("ticket_changing", "maybe")),
    ),
    Fault(
        "passport-type-unknown",
        "names a passport type that is not documented",
        ("content.passport-type",),
        _of_type(("passport",), put("passport_type", "X")),
    ),
    Fault("american-dates", "writes days as month/day/year", ("content.dates",), _content(_values(_american_day))),
    Fault(
        "both-sides",
        "gives fields of the other side",
        ("content.sides",),
        Behaviour(ticket=(if_recognised(_other_side),)),
    ),
    Fault("field-left-out", "leaves a listed field out", ("content.listed",), _content(_without_first_field)),
    Fault(
        "field-of-its-own",
        "gives a field that is not documented",
        ("content.unlisted", "content.unlisted.strict"),
        _content(put("paper_colour", "SPECIMEN")),
    ),
)

CONFIDENCE = (
    Fault(
        "confidence-beside",
        "puts confidence beside content",
        ("content.confidence.inside",),
        Behaviour(ticket=(_confidence_beside,)),
    ),
    Fault(
        "confidence-left-out", "leaves confidence out", ("content.confidence.listed",), _content(without("confidence"))
    ),
    Fault(
        "confidence-list",
        "gives confidence as a list",
        ("content.objects",),
        _content(edited("confidence", lambda value: [value])),
    ),
    Fault("confidence-strings", "gives confidence as strings", ("content.confidence.numbers",), _confidence(str)),
    Fault(
        "confidence-percent",
        "gives confidence in percent",
        ("content.confidence.range",),
        _confidence(lambda value: float(str(value)) * 100),
    ),
    Fault(
        "confidence-of-no-field",
        "gives a confidence for a field that is not there",
        ("content.confidence.keys",),
        _content(within("confidence", put("paper_colour", 0.95))),
    ),
    Fault(
        "confidence-sample-names",
        "names fields in confidence as some samples do",
        ("content.confidence.names",),
        _content(within("confidence", _sample_names)),
    ),
    Fault(
        "confidence-list-cut",
        "gives one confidence too few for a list",
        ("content.confidence.mirrors",),
        _content(within("confidence", _lists(lambda rows: rows[:-1]))),
    ),
)

CONTENT_FAULTS: tuple[Fault, ...] = FIELDS + CONFIDENCE
