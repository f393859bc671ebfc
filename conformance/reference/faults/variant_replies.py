"""Variants in refusals, in answers, and in how both are written and sent."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import (
    TOKEN_CAUSES,
    Behaviour,
    Fault,
    both,
    each_corner,
    gateway_page,
    header,
    if_failed,
    located,
    put,
    recoded,
    to_bytes,
    variant,
    with_status,
    within,
    without,
)
from conformance.reference.editions import (
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    LENGTH_INVALID,
    MESSAGES,
    NO_SUCH_API,
    NOT_JSON,
    NOT_RECOGNISED,
    RECOGNITION_FAILED,
    SIGNATURE_INVALID,
    TOKEN_INVALID,
    refused,
)
from conformance.reference.faults.tickets import confidences, in_content, in_content_of

if TYPE_CHECKING:
    from conformance.reference.behaviour import Corners
    from conformance.reference.calls import Call, Reply
    from conformance.reference.editions import Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found


# Unusual codes and statuses of refusals: the documents list codes, and seldom say which one is for what.


_DOWNLOAD_CAUSES = (
    *("url-form", "url-failed", "url-status", "url-private"),
    *("url-redirect", "url-characters", "url-timeout"),
)
_TYPE_CAUSES = ("picture-type", "picture-null", "url-type", "url-null", "type-list-type", "alarm-type")
_JSON_CAUSES = ("json", "json-object", "json-encoding", "body-empty")
_OTHER_MESSAGES = {
    "ModelArts.4102": "Token header is invalid.",
    "ModelArts.0203": "Invalid token.",
    "ModelArts.4402": "Obtaining the file timed out.",
    "APIGW.0301": MESSAGES[SIGNATURE_INVALID],
}


def _other_code(code: str, *causes: str) -> Behaviour:
    """A code that the reference does not use itself."""
    return recoded(code, *causes, message=_OTHER_MESSAGES[code])


CREDENTIALS: tuple[Fault, ...] = (
    variant("token-code-4102", _other_code("ModelArts.4102", *TOKEN_CAUSES), 54, 55),
    variant("token-code-4103", recoded(TOKEN_INVALID, *TOKEN_CAUSES), 54, 55),
    variant("token-code-0203", _other_code("ModelArts.0203", *TOKEN_CAUSES), 54, 55),
    variant("token-code-0301", recoded(SIGNATURE_INVALID, *TOKEN_CAUSES), 54, 55),
    variant("gateway-code", _other_code("APIGW.0301", *TOKEN_CAUSES), 75),
    variant("token-status-403", with_status(403, *TOKEN_CAUSES), 54, 55, 73),
    variant("token-status-400", with_status(400, *TOKEN_CAUSES), 54, 55, 73),
    variant("project-not-found", recoded(NO_SUCH_API, "project") + with_status(404, "project"), 51),
    variant("project-unauthorised", recoded(SIGNATURE_INVALID, "project") + with_status(401, "project"), 51),
)

OPERATIONS: tuple[Fault, ...] = (
    variant("method-status-404", with_status(404, "method"), 63),
    variant("json-status-422", with_status(422, *_JSON_CAUSES), 61, 73),
    variant("media-type-code-0101", recoded(INVALID_PARAMETER, "media-type") + with_status(400, "media-type"), 57),
    variant("gateway-members", Behaviour(failure=(put("request_id", "0f4d5c1e8a7b"),)), 74),
    variant(
        "code-of-a-general-page",
        recoded("AS.0001", *_TYPE_CAUSES, "input-given", message="The format of message is error"),
        77,
    ),
    variant("type-code-4105", recoded(NOT_JSON, *_TYPE_CAUSES), 5, 8, 17),
)

PICTURES: tuple[Fault, ...] = (
    variant("empty-code-0102", recoded(FORMAT_NOT_SUPPORTED, "picture-empty"), 4),
    variant("size-page-400", gateway_page(400, 10_000_000), 24, 26, 74),
    variant(
        "length-code-4104",
        recoded(LENGTH_INVALID, "base64-length", "url-length") + with_status(413, "base64-length", "url-length"),
        26,
    ),
    variant("length-code-0101", recoded(INVALID_PARAMETER, "base64-length", "url-length"), 26),
    variant("base64-code-0101", recoded(INVALID_PARAMETER, "base64"), 40),
    variant("damaged-code-0104", recoded(NOT_RECOGNISED, "decodable"), 38),
    variant("damaged-code-0105", recoded(RECOGNITION_FAILED, "decodable"), 38),
)

DOWNLOADS: tuple[Fault, ...] = (
    variant("url-code-0101", recoded(INVALID_PARAMETER, "url-form"), 43),
    variant("download-code-4402", _other_code("ModelArts.4402", *_DOWNLOAD_CAUSES), 43, 46),
    variant("download-code-0102", recoded(FORMAT_NOT_SUPPORTED, *_DOWNLOAD_CAUSES), 43, 46),
)

REFUSALS: tuple[Fault, ...] = (*CREDENTIALS, *OPERATIONS, *PICTURES, *DOWNLOADS)


# Unusual answers: their members, locations, and the contents of tickets.


_LATER_FLAG = 80
_DEEP = 250
_BACKEND_ERROR: JsonObject = {"error_code": "ModelArts.4505", "error_msg": "Backend service internal error."}
_NEAR, _OVER = 16, 4
_LICENCES = ("driver_license_front", "vehicle_license_front", "transportation_license")
_MACHINE_LINES: JsonObject = {"machine_code": "P<XXX", "machine_code2": "000"}
"""Which the passport's sample shows and its table does not."""


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


def _null_where_zero(confidence: JsonObject, _call: Call) -> JsonObject:
    """No confidence of what is an empty text."""
    return {name: value or None for name, value in confidence.items()}


def _with_confidence(content: JsonObject, _call: Call) -> JsonObject:
    numbers: Json = {name: 0.95 for name, value in content.items() if isinstance(value, str)}
    return {"confidence": numbers} | content


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
        Behaviour(success=(put("elapsed_ms", 12),), failure=(put("request_id", "0f4d5c1e"),)),
        74,
        96,
    ),
    variant(
        "extra-ticket-members",
        Behaviour(ticket=(put("page", 1), within("status", put("detail", ""))), document=(put("page", 1),)),
        96,
    ),
    variant("tickets-backwards", Behaviour(success=(_backwards,)), 93),
    variant("nothing-is-empty-list", Behaviour(rescue=(_nothing_is_empty_list,)), 67),
    variant("nothing-is-a-failure", Behaviour(found=(_nothing_is_a_failure,)), 67),
    variant("all-failed-is-refused", Behaviour(found=(_fail_if_all_failed,)), 68),
    variant("several-documents-refused", Behaviour(found=(_refuse_several,)), 146),
    variant("failed-code-0101", _failing_with(INVALID_PARAMETER), 87),
    variant("failed-code-0105", _failing_with(RECOGNITION_FAILED), 87),
    variant("failed-code-4505", Behaviour(ticket=(if_failed(put("status", {**_BACKEND_ERROR})),)), 87),
    variant("failed-beside", Behaviour(success=(_failed_beside,)), 95),
    variant("nested-deep", Behaviour(encode=(_nested,)), 96),
    variant("later-flags", Behaviour(document=(_later_flags,)), 143),
)

PLACES: tuple[Fault, ...] = (
    variant("upright-boxes", both(located(_box)), 103),
    variant("picture-corner-first", both(located(_from_the_picture_corner)), 101, 102),
    variant("margin-of-one-percent", both(located(_a_little_over)), 104),
    variant("last-pixel", both(each_corner(_last_pixel)), 104),
)

CONTENTS: tuple[Fault, ...] = (
    variant("confidence-everywhere", in_content(_with_confidence), 108),
    variant("float-zero-confidence", confidences(lambda value: 0.0 if value == 0 else value), 110),
    variant("null-confidence", in_content(within("confidence", _null_where_zero)), 110, 112),
    variant("whole-confidence", confidences(lambda value: 1 if value else 0), 109, 110),
    variant(
        "no-confidence-of-lists",
        in_content(within("confidence", without("item_list", "itinerary_list"))),
        111,
    ),
    variant("unread-left-out", in_content(_without_unread), 112, 113),
    variant("partial-content", in_content(_only_texts), 112, 113),
    variant("failed-bare", Behaviour(ticket=(if_failed(without("type", "location", "content")),)), 88, 89),
    variant("machine-code", in_content_of(("passport",), lambda content, _call: content | _MACHINE_LINES), 114),
    variant("with-authority", in_content_of(_LICENCES, put("issuing_authority", "SPECIMEN")), 126),
)

ANSWERS: tuple[Fault, ...] = (*WHOLE, *PLACES, *CONTENTS)


# Unusual ways to write and to send an answer.


def _reversed_keys(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(value)}
    return [_reversed_keys(entry) for entry in value] if isinstance(value, list) else value


def _reverse(body: JsonObject, _call: Call) -> bytes:
    return json.dumps(_reversed_keys(body), ensure_ascii=False).encode()


def _escaped(body: JsonObject, _call: Call) -> bytes:
    return json.dumps(body, ensure_ascii=True).encode()


def _spread_out(body: JsonObject, _call: Call) -> bytes:
    return json.dumps(body, ensure_ascii=False, indent=4).encode()


def _chunked(reply: Reply, _call: Call) -> Reply:
    return replace(reply, delivery="chunked")


def _gzipped(reply: Reply, _call: Call) -> Reply:
    """Compressed even for a client that asks for `identity`."""
    headers = reply.with_header("Content-Encoding", "gzip")
    return replace(reply, headers=headers, body=gzip.compress(reply.body, mtime=0))


WIRE: tuple[Fault, ...] = (
    variant("reversed-keys", Behaviour(encode=(_reverse,))),
    variant("escapes", Behaviour(encode=(_escaped,)), 80),
    variant("spread-out", Behaviour(encode=(_spread_out,))),
    variant("gzip", Behaviour(reply=(_gzipped,))),
    variant("chunked", Behaviour(reply=(_chunked,)), wire=True),
    variant("closes", Behaviour(reply=(header("Connection", "close"),)), wire=True),
    variant("charset", Behaviour(reply=(header("Content-Type", "application/json;charset=UTF-8"),)), 80),
    variant(
        "extra-headers", Behaviour(reply=(header("Server", "api-gateway"), header("X-Frame-Options", "SAMEORIGIN")))
    ),
)
