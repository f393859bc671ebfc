"""Unusual contents of answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reference.behaviour import (
    Behaviour,
    each_corner,
    if_failed,
    if_recognised,
    leaves,
    located,
    put,
    to_bytes,
    variant,
    within,
    without,
)
from conformance.reference.editions import INVALID_PARAMETER, MESSAGES, NOT_RECOGNISED, RECOGNITION_FAILED, refused

if TYPE_CHECKING:
    from conformance.reference.behaviour import Corners, Fault
    from conformance.reference.calls import Call
    from conformance.reference.editions import Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found

_LATER_FLAG = 80
_DEEP = 250
_BACKEND_ERROR: JsonObject = {"error_code": "ModelArts.4505", "error_msg": "Backend service internal error."}
_NEAR, _OVER = 16, 4
_LICENCES = ("driver_license_front", "vehicle_license_front", "transportation_license")


def _answers_tickets(call: Call) -> bool:
    return call.operation.answers == "tickets"


def _backwards(body: JsonObject, _call: Call) -> JsonObject:
    result = body["result"]
    return {"result": result[::-1]} if isinstance(result, list) else body


def _box(corners: Corners) -> object:
    """The upright box around a document."""
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _from_the_picture_corner(corners: Corners) -> object:
    """Begins with the corner nearest to the picture's own top left, however the document is turned."""
    first = min(range(4), key=lambda index: sum(corners[index]))
    return [*corners[first:], *corners[:first]]


def _a_little_over(corners: Corners) -> object:
    """The left and the upper edge at the border of the picture reach a few pixels beyond it."""
    return [[x if x > _NEAR else -_OVER, y if y > _NEAR else -_OVER] for x, y in corners]


def _last_pixel(x: int, y: int) -> object:
    """Coordinates of pixels, of which the last is one less than the side."""
    return [max(x - 1, 0), max(y - 1, 0)]


def _nothing_is_empty_list(refusal: Refusal, call: Call) -> JsonObject | None:
    return {"result": []} if refusal.cause == "nothing-recognised" and _answers_tickets(call) else None


def _nothing_is_a_failure(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    if found or not _answers_tickets(call):
        return found
    raise refused(RECOGNITION_FAILED, "nothing-recognised")


def _fail_if_all_failed(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    if _answers_tickets(call) and found and all(entry.content is None for entry in found):
        raise refused(NOT_RECOGNISED, "all-failed")
    return found


def _refuse_several(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    if not _answers_tickets(call) and len(found) > 1:
        raise refused(NOT_RECOGNISED, "several-documents")
    return found


def _failing_with(code: str) -> Behaviour:
    return Behaviour(ticket=(if_failed(put("status", {"error_code": code, "error_msg": MESSAGES[code]})),))


def _failed_beside(body: JsonObject, _call: Call) -> JsonObject:
    result = body["result"]
    if not isinstance(result, list):
        return body
    status: Json = {"error_code": RECOGNITION_FAILED, "error_msg": MESSAGES[RECOGNITION_FAILED]}
    failed = [entry | {"status": status, "content": {}} for entry in result if isinstance(entry, dict)]
    return body | {"result": [*result, *failed]}


def _nested(body: JsonObject, _call: Call) -> bytes:
    return b'{"trace":' + b"[" * _DEEP + b"]" * _DEEP + b"," + to_bytes(body)[1:]


def _null_confidence(content: JsonObject, _call: Call) -> JsonObject:
    """No confidence of what is an empty text."""
    confidence = content.get("confidence")
    if not isinstance(confidence, dict):
        return content
    return content | {"confidence": {name: value or None for name, value in confidence.items()}}


def _no_zero_confidence(content: JsonObject, _call: Call) -> JsonObject:
    confidence = content.get("confidence")
    if not isinstance(confidence, dict):
        return content
    return content | {"confidence": leaves(confidence, lambda value: 0.0 if value == 0 else value)}


def _with_confidence(content: JsonObject, _call: Call) -> JsonObject:
    numbers: Json = {name: 0.95 for name, value in content.items() if isinstance(value, str)}
    return {"confidence": numbers} | content


def _whole_confidence(content: JsonObject, _call: Call) -> JsonObject:
    confidence = content.get("confidence")
    if not isinstance(confidence, dict):
        return content
    return content | {"confidence": leaves(confidence, lambda value: 1 if value else 0)}


def _with_machine_code(ticket: JsonObject, call: Call) -> JsonObject:
    """The lines for machines, which the passport's sample shows and its table does not."""
    if ticket["type"] != "passport":
        return ticket
    lines = within("content", lambda content, _call: content | {"machine_code": "P<XXX", "machine_code2": "000"})
    return lines(ticket, call)


def _with_authority(ticket: JsonObject, call: Call) -> JsonObject:
    """The authority that issued a licence: unconditional in one table, behind a switch in another."""
    if ticket["type"] not in _LICENCES:
        return ticket
    return within("content", put("issuing_authority", "SPECIMEN"))(ticket, call)


def _without_unread(content: JsonObject, _call: Call) -> JsonObject:
    return {name: value for name, value in content.items() if value != ""}


def _only_texts(content: JsonObject, _call: Call) -> JsonObject:
    """Two fields that were read: no lists, no objects, no confidence."""
    read = [name for name, value in content.items() if isinstance(value, str) and value]
    return {name: content[name] for name in read[:2]}


def _later_flags(document: JsonObject, _call: Call) -> JsonObject:
    """Raises an alarm from a higher score on."""
    scores, flags = document.get("alarm_confidence"), document.get("alarm_result")
    if not isinstance(scores, dict) or not isinstance(flags, dict):
        return document
    raised: Json = {
        f"detect_{name.removesuffix('_score')}_result": isinstance(score, int) and score >= _LATER_FLAG
        for name, score in scores.items()
    }
    return document | {"alarm_result": raised}


WHOLE: tuple[Fault, ...] = (
    variant(
        "extra-answer-members",
        "adds members to answers",
        Behaviour(success=(put("elapsed_ms", 12),), failure=(put("request_id", "0f4d5c1e"),)),
        74,
        96,
    ),
    variant(
        "extra-ticket-members",
        "adds members to tickets and documents",
        Behaviour(ticket=(put("page", 1), within("status", put("detail", ""))), document=(put("page", 1),)),
        96,
    ),
    variant("tickets-backwards", "lists tickets in another order", Behaviour(success=(_backwards,)), 93),
    variant(
        "nothing-is-empty-list",
        "answers a picture without tickets with an empty list",
        Behaviour(rescue=(_nothing_is_empty_list,)),
        67,
    ),
    variant(
        "nothing-is-a-failure",
        "fails to recognise a picture without tickets",
        Behaviour(found=(_nothing_is_a_failure,)),
        67,
    ),
    variant(
        "all-failed-is-refused", "refuses a call whose tickets all failed", Behaviour(found=(_fail_if_all_failed,)), 68
    ),
    variant(
        "several-documents-refused",
        "refuses a picture of several identity documents",
        Behaviour(found=(_refuse_several,)),
        146,
    ),
    variant("failed-code-0101", "fails tickets for their parameters", _failing_with(INVALID_PARAMETER), 87),
    variant("failed-code-0105", "fails tickets as not recognised", _failing_with(RECOGNITION_FAILED), 87),
    variant(
        "failed-code-4505",
        "fails tickets with a code of the platform",
        Behaviour(ticket=(if_failed(put("status", {**_BACKEND_ERROR})),)),
        87,
    ),
    variant(
        "failed-beside",
        "lists beside each ticket that its other reader failed on it",
        Behaviour(success=(_failed_beside,)),
        95,
    ),
    variant("nested-deep", "adds a member that is nested beyond 200 levels", Behaviour(encode=(_nested,)), 96),
    variant("later-flags", "raises an alarm from a score of 80 on", Behaviour(document=(_later_flags,)), 143),
)

PLACES: tuple[Fault, ...] = (
    variant(
        "upright-boxes",
        "places turned documents by the upright box around them",
        Behaviour(ticket=(located(_box),), document=(located(_box),)),
        103,
    ),
    variant(
        "picture-corner-first",
        "begins with the corner nearest to the picture's own",
        Behaviour(ticket=(located(_from_the_picture_corner),), document=(located(_from_the_picture_corner),)),
        101,
        102,
    ),
    variant(
        "margin-of-one-percent",
        "lets corners reach beyond the border by a hundredth of the side",
        Behaviour(ticket=(located(_a_little_over),), document=(located(_a_little_over),)),
        104,
    ),
    variant(
        "last-pixel",
        "counts coordinates up to one less than the side",
        Behaviour(ticket=(each_corner(_last_pixel),), document=(each_corner(_last_pixel),)),
        104,
    ),
)

CONTENTS: tuple[Fault, ...] = (
    variant(
        "confidence-everywhere",
        "gives a confidence for every ticket",
        Behaviour(ticket=(if_recognised(within("content", _with_confidence)),)),
        108,
    ),
    variant(
        "float-zero-confidence",
        "gives the confidence of empty fields as 0.0",
        Behaviour(ticket=(within("content", _no_zero_confidence),)),
        110,
    ),
    variant(
        "null-confidence",
        "gives no number for the confidence of what it did not read",
        Behaviour(ticket=(within("content", _null_confidence),)),
        110,
        112,
    ),
    variant(
        "whole-confidence",
        "is sure or not: gives confidence as 0 and 1",
        Behaviour(ticket=(within("content", _whole_confidence),)),
        109,
        110,
    ),
    variant(
        "no-confidence-of-lists",
        "leaves the confidence of nested lists out",
        Behaviour(ticket=(within("content", within("confidence", without("item_list", "itinerary_list"))),)),
        111,
    ),
    variant(
        "unread-left-out",
        "leaves fields out that it could not read",
        Behaviour(ticket=(within("content", _without_unread),)),
        112,
        113,
    ),
    variant(
        "partial-content",
        "gives two fields of each ticket",
        Behaviour(ticket=(within("content", _only_texts),)),
        112,
        113,
    ),
    variant(
        "failed-bare",
        "gives nothing but the status of a failed ticket",
        Behaviour(ticket=(if_failed(without("type", "location", "content")),)),
        88,
        89,
    ),
    variant(
        "machine-code",
        "gives the lines for machines of a passport",
        Behaviour(ticket=(if_recognised(_with_machine_code),)),
        114,
    ),
    variant(
        "with-authority",
        "gives the authority that issued a licence",
        Behaviour(ticket=(if_recognised(_with_authority),)),
        126,
    ),
)

VARIANTS: tuple[Fault, ...] = (*WHOLE, *PLACES, *CONTENTS)
