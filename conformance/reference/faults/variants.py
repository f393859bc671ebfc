"""Unusual implementations that the documents allow: whoever finds a broken `must` in one of them is wrong."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import (
    INVALID_PARAMETER,
    LENGTH_INVALID,
    MESSAGES,
    NO_SUCH_API,
    NOT_RECOGNISED,
    SIGNATURE_INVALID,
    TOKEN_INVALID,
    refused,
)
from conformance.reference.faults.edits import header, if_recognised, leaves, located, put, recoded, within, without
from conformance.reference.faults.fault import variant

if TYPE_CHECKING:
    from conformance.reference.behaviour import RefusalChange
    from conformance.reference.calls import Call, Reply
    from conformance.reference.errors import Refusal
    from conformance.reference.faults.edits import Corners
    from conformance.reference.faults.fault import Fault
    from conformance.reference.parameters import Parameters
    from conformance.reference.recognizer import Found
    from conformance.reference.values import Json, JsonObject

_TOKEN_CAUSES = ("token-given", "token-filled", "token-valid")
_LOOSE_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]+=*\s*")
_URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_FORBIDDEN = 403
_BAD_REQUEST = 400
_NOT_FOUND = 404


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


def _gzipped(reply: Reply, call: Call) -> Reply:
    """Compressed for whoever says that it can read that."""
    if "gzip" not in call.headers.get("accept-encoding", ""):
        return reply
    headers = reply.with_header("Content-Encoding", "gzip")
    return replace(reply, headers=headers, body=gzip.compress(reply.body, mtime=0))


def _status(status: int, *causes: str) -> RefusalChange:
    return lambda refusal, _call: replace(refusal, status=status) if refusal.cause in causes else refusal


def _recoded(code: str, *causes: str) -> Behaviour:
    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, code=code, message=MESSAGES[code]) if refusal.cause in causes else refusal

    return Behaviour(refusal=(change,))


def _backwards(body: JsonObject, _call: Call) -> JsonObject:
    result = body["result"]
    return {"result": result[::-1]} if isinstance(result, list) else body


def _box(corners: Corners) -> object:
    """The upright box around a document."""
    left, right = min(x for x, _ in corners), max(x for x, _ in corners)
    top, bottom = min(y for _, y in corners), max(y for _, y in corners)
    return [[left, top], [right, top], [right, bottom], [left, bottom]]


def _nothing_is_empty_list(refusal: Refusal, call: Call) -> JsonObject | None:
    tickets = call.edition is not None and call.edition.answers == "tickets"
    return {"result": []} if tickets and refusal.cause == "nothing-recognised" else None


def _fail_if_all_failed(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    tickets = call.edition is not None and call.edition.answers == "tickets"
    if tickets and found and all(entry.content is None for entry in found):
        raise refused(NOT_RECOGNISED, "all-failed")
    return found


def _ignore_unknown_types(parameters: Parameters, call: Call) -> Parameters:
    if parameters.types is None or call.edition is None:
        return parameters
    return replace(parameters, types=parameters.types & frozenset(call.edition.types))


def _null_is_absent(body: JsonObject, _call: Call) -> JsonObject:
    return {name: value for name, value in body.items() if value is not None}


def _read_loose_base64(body: JsonObject, call: Call) -> JsonObject:
    """Understands line breaks, the URL-safe alphabet and missing padding, too."""
    name = "image" if call.edition is None else call.edition.picture
    text = body.get(name)
    if not isinstance(text, str) or not _LOOSE_BASE64.fullmatch(text):
        return body
    letters = re.sub(r"[\s=]", "", text).replace("-", "+").replace("_", "/")
    return body | {name: letters + "=" * (-len(letters) % 4)}


def _encode_url(parameters: Parameters, _call: Call) -> Parameters:
    """Writes bare characters of a url as a browser would."""
    if parameters.url is None:
        return parameters
    return replace(parameters, url=quote(parameters.url, safe=_URL_SAFE))


def _refuse_unknown_parameters(body: JsonObject, call: Call) -> JsonObject:
    known = {"image", "data", "url", "type_list", "alarm"}
    if call.edition is not None and not body.keys() <= known:
        raise refused(INVALID_PARAMETER, "unknown-parameter")
    return body


def _refuse_empty_type_list(body: JsonObject, _call: Call) -> JsonObject:
    if body.get("type_list") == []:
        raise refused(INVALID_PARAMETER, "type-list-empty")
    return body


def _no_zero_confidence(content: JsonObject, _call: Call) -> JsonObject:
    confidence = content.get("confidence")
    if not isinstance(confidence, dict):
        return content
    return content | {"confidence": leaves(confidence, lambda value: 0.0 if value == 0 else value)}


def _with_confidence(content: JsonObject, _call: Call) -> JsonObject:
    numbers: Json = {name: 0.95 for name, value in content.items() if isinstance(value, str)}
    return {"confidence": numbers} | content


def _with_machine_code(ticket: JsonObject, call: Call) -> JsonObject:
    """The lines for machines, which the passport's sample shows and its table does not."""
    if ticket["type"] != "passport":
        return ticket
    lines = within("content", lambda content, _call: content | {"machine_code": "P<XXX", "machine_code2": "000"})
    return lines(ticket, call)


def _without_unread(content: JsonObject, _call: Call) -> JsonObject:
    return {name: value for name, value in content.items() if value != ""}


VARIANTS: tuple[Fault, ...] = (
    variant("encodes-urls", "fetches urls with bare Chinese", Behaviour(parameters=(_encode_url,))),
    variant(
        "url-code-0101", "refuses urls that are no http as invalid parameters", _recoded(INVALID_PARAMETER, "url-form")
    ),
    variant("gzip", "compresses answers for clients that ask for it", Behaviour(reply=(_gzipped,))),
    variant("loose-base64", "reads other dialects of base64, too", Behaviour(body=(_read_loose_base64,))),
    variant(
        "unknown-refused", "refuses parameters that it does not know", Behaviour(body=(_refuse_unknown_parameters,))
    ),
    variant(
        "confidence-everywhere",
        "gives a confidence for every ticket",
        Behaviour(ticket=(if_recognised(within("content", _with_confidence)),)),
    ),
    variant(
        "machine-code",
        "gives the lines for machines of a passport",
        Behaviour(ticket=(if_recognised(_with_machine_code),)),
    ),
    variant(
        "gateway-code",
        "has a gateway that writes APIGW",
        Behaviour(refusal=tuple(recoded(cause, "APIGW.0301") for cause in _TOKEN_CAUSES)),
    ),
    variant("reversed-keys", "writes members in another order", Behaviour(encode=(_reverse,))),
    variant("escapes", "writes Chinese text as escapes", Behaviour(encode=(_escaped,))),
    variant("spread-out", "writes JSON over many lines", Behaviour(encode=(_spread_out,))),
    variant("chunked", "sends answers in chunks, without a length", Behaviour(reply=(_chunked,)), wire=True),
    variant(
        "closes",
        "closes the connection behind each answer",
        Behaviour(reply=(header("Connection", "close"),)),
        wire=True,
    ),
    variant(
        "charset",
        "labels answers with a charset",
        Behaviour(reply=(header("Content-Type", "application/json;charset=UTF-8"),)),
    ),
    variant(
        "extra-headers",
        "sends headers of a gateway",
        Behaviour(reply=(header("Server", "api-gateway"), header("X-Frame-Options", "SAMEORIGIN"))),
    ),
    variant(
        "extra-answer-members",
        "adds members to answers",
        Behaviour(success=(put("elapsed_ms", 12),), failure=(put("request_id", "0f4d5c1e"),)),
    ),
    variant(
        "extra-ticket-members",
        "adds members to tickets and documents",
        Behaviour(ticket=(put("page", 1), within("status", put("detail", ""))), document=(put("page", 1),)),
    ),
    variant("tickets-backwards", "lists tickets in another order", Behaviour(success=(_backwards,))),
    variant(
        "upright-boxes",
        "places turned documents by the upright box around them",
        Behaviour(ticket=(located(_box),), document=(located(_box),)),
    ),
    variant(
        "nothing-is-empty-list",
        "answers a picture without tickets with an empty list",
        Behaviour(rescue=(_nothing_is_empty_list,)),
    ),
    variant(
        "all-failed-is-refused", "refuses a call whose tickets all failed", Behaviour(found=(_fail_if_all_failed,))
    ),
    variant(
        "unknown-types-ignored",
        "ignores types that it does not know",
        Behaviour(skipped=frozenset({"type-list-values"}), parameters=(_ignore_unknown_types,)),
    ),
    variant("empty-type-list-refused", "refuses an empty type_list", Behaviour(body=(_refuse_empty_type_list,))),
    variant("null-is-absent", "takes null for an absent parameter", Behaviour(body=(_null_is_absent,))),
    variant(
        "float-zero-confidence",
        "gives the confidence of empty fields as 0.0",
        Behaviour(ticket=(within("content", _no_zero_confidence),)),
    ),
    variant(
        "unread-left-out",
        "leaves fields out that it could not read",
        Behaviour(ticket=(within("content", _without_unread),)),
    ),
    variant(
        "no-confidence-of-lists",
        "leaves the confidence of nested lists out",
        Behaviour(ticket=(within("content", within("confidence", without("item_list", "itinerary_list"))),)),
    ),
    variant(
        "length-code-4104",
        "refuses too much base64 for its length, with 413",
        _recoded(LENGTH_INVALID, "base64-length") + Behaviour(refusal=(_status(413, "base64-length"),)),
    ),
    variant(
        "length-code-0101",
        "refuses too much base64 as an invalid parameter",
        _recoded(INVALID_PARAMETER, "base64-length"),
    ),
    variant(
        "base64-code-0101", "refuses what is not base64 as an invalid parameter", _recoded(INVALID_PARAMETER, "base64")
    ),
    variant("damaged-code-0104", "refuses damaged pictures as of poor quality", _recoded(NOT_RECOGNISED, "decodable")),
    variant("token-code-4103", "has one code for every bad token", _recoded(TOKEN_INVALID, *_TOKEN_CAUSES)),
    variant("token-code-0301", "lets the gateway refuse tokens", _recoded(SIGNATURE_INVALID, *_TOKEN_CAUSES)),
    variant("token-status-403", "refuses tokens with 403", Behaviour(refusal=(_status(_FORBIDDEN, *_TOKEN_CAUSES),))),
    variant("token-status-400", "refuses tokens with 400", Behaviour(refusal=(_status(_BAD_REQUEST, *_TOKEN_CAUSES),))),
    variant(
        "project-not-found",
        "does not know other projects' paths",
        _recoded(NO_SUCH_API, "project") + Behaviour(refusal=(_status(_NOT_FOUND, "project"),)),
    ),
    variant(
        "method-status-404",
        "does not know the path for other methods",
        Behaviour(refusal=(_status(_NOT_FOUND, "method"),)),
    ),
    variant(
        "json-status-422",
        "refuses what is not JSON with 422",
        Behaviour(refusal=(_status(422, "json", "json-object", "body-empty"),)),
    ),
)
