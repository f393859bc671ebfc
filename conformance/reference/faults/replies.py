"""Faults of a reply as a whole: refusals, what stands around a result, how an answer is written and sent."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from conformance.reference.behaviour import (
    TOKEN_CAUSES,
    Behaviour,
    Fault,
    edited,
    header,
    put,
    recoded,
    with_status,
    without,
)
from conformance.reference.editions import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    MESSAGES,
    NOT_RECOGNISED,
    RECOGNITION_FAILED,
    SIZE_NOT_MET,
    SUCCEEDED,
    TOKEN_EMPTY,
    TOKEN_INVALID,
    refused,
)
from conformance.reference.faults.requests import made_up, refusing_bodies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from conformance.reference.behaviour import JsonChange
    from conformance.reference.calls import Call, Reply
    from conformance.reference.editions import Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found


# Faults in refusals: wrong codes, wrong statuses, wrong bodies.


_PARAMETER_CAUSES = (
    *("picture-null", "picture-type", "picture-empty", "url-null", "url-type", "url-empty"),
    *("input-given", "type-list-type"),
)


def _is_service(refusal: Refusal) -> bool:
    return refusal.code.startswith("AIS.")


def _status(status: int, *, service: bool) -> Behaviour:
    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, status=status) if _is_service(refusal) == service else refusal

    return Behaviour(refusal=(change,))


def _code(code: str) -> Behaviour:
    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, code=code) if _is_service(refusal) else refusal

    return Behaviour(refusal=(change,))


def _body(*changes: JsonChange) -> Behaviour:
    return Behaviour(failure=changes)


def _echo_token(body: JsonObject, call: Call) -> JsonObject:
    return body | {"error_msg": f"{body['error_msg']} token={call.headers.get('x-auth-token', '')}"}


def _gateway_shape(body: JsonObject, _call: Call) -> JsonObject:
    if not str(body["error_code"]).startswith("APIG"):
        return body
    return {"message": body["error_msg"], "request_id": "0f4d5c1e"}


def _deliver_anyway(body: JsonObject, call: Call) -> JsonObject:
    return body | made_up(call) if body["error_code"] == TOKEN_EMPTY else body


def _trace(refusal: Refusal, _call: Call) -> Refusal:
    text = 'Traceback (most recent call last):\n  File "/srv/ocr/api.py", line 41, in handle\nValueError: bad picture'
    return replace(refusal, status=500, message=text) if _is_service(refusal) else refusal


REFUSALS: tuple[Fault, ...] = (
    Fault("wrong-code-for-no-input", ("input.required.code",), recoded(FORMAT_NOT_SUPPORTED, "input-given")),
    Fault("wrong-code-for-both-inputs", ("input.one-only.code",), recoded(FORMAT_NOT_SUPPORTED, "input-single")),
    Fault(
        "wrong-code-for-prefix",
        ("image.no-prefix.code", "data.no-prefix.code"),
        recoded(INVALID_PARAMETER, "base64-prefix"),
    ),
    Fault("wrong-code-for-format", ("format.listed-only.code",), recoded(INVALID_PARAMETER, "format")),
    Fault(
        "wrong-code-for-sides",
        ("side.code", "side.min.far.code"),
        recoded(INVALID_PARAMETER, "minimum-side", "maximum-side"),
    ),
    Fault("wrong-code-for-length", ("size.max.code",), recoded(FORMAT_NOT_SUPPORTED, "base64-length")),
    Fault("wrong-code-for-json", ("body.json.code",), recoded(INVALID_PARAMETER, "json")),
    Fault("wrong-code-for-alarm", ("alarm.boolean.code",), recoded(FORMAT_NOT_SUPPORTED, "alarm-type")),
    Fault("wrong-code-for-token", ("token.code",), recoded(INVALID_PARAMETER, *TOKEN_CAUSES)),
    Fault("wrong-code-for-nothing", ("ticket.nothing",), recoded(SIZE_NOT_MET, "nothing-recognised")),
    Fault("failed-for-nothing", ("document.unreadable",), recoded(RECOGNITION_FAILED, "nothing-recognised")),
    Fault("wrong-code-for-parameters", ("parameters.code",), recoded(SIZE_NOT_MET, *_PARAMETER_CAUSES)),
    Fault(
        "wrong-code-for-base64",
        ("image.base64.code", "data.base64.code", "picture.base64-dialect"),
        recoded(SIZE_NOT_MET, "base64"),
    ),
    Fault("wrong-code-for-null", ("parameter.null",), recoded(SIZE_NOT_MET, "url-null")),
    Fault("wrong-code-for-damage", ("picture.complete.code",), recoded(SIZE_NOT_MET, "decodable")),
    Fault("wrong-code-for-bodies", ("body.code",), recoded(SIZE_NOT_MET, "body-empty", "json-encoding", "json-object")),
    Fault("wrong-code-for-schemes", ("url.http-only.code",), recoded(SIZE_NOT_MET, "url-form")),
    Fault("wrong-code-for-media-type", ("content-type.other",), recoded(SIZE_NOT_MET, "media-type")),
    Fault("wrong-code-for-types", ("type-list.unknown",), recoded(SIZE_NOT_MET, "type-list-values")),
    Fault("unreadable-for-types", ("type-list.unknown",), recoded(NOT_RECOGNISED, "type-list-values")),
    Fault(
        "wrong-code-for-no-types",
        ("type-list.empty",),
        refusing_bodies(lambda body, _call: body.get("type_list") == [], SIZE_NOT_MET),
    ),
    Fault(
        "wrong-code-for-paths",
        ("operation.code",),
        recoded(NOT_RECOGNISED, "route", "method") + with_status(400, "route", "method"),
    ),
    Fault("wrong-code-for-projects", ("project.code",), recoded(INVALID_PARAMETER, "project")),
    Fault("token-status-404", ("token.status",), with_status(404, *TOKEN_CAUSES)),
    Fault(
        "outdated-code", ("failure.code-current",), recoded(BIT_DEPTH_NOT_SUPPORTED, "format", "decodable", "base64")
    ),
    Fault("unlisted-code", ("failure.code-listed",), _code("AIS.0999")),
    Fault("malformed-code", ("failure.code-form",), _code("0103")),
    Fault("success-code", ("failure.code-not-success",), _code(SUCCEEDED)),
    Fault("error-status-200", ("failure.status",), _status(200, service=True)),
    Fault("platform-error-status-200", ("failure.platform-status",), _status(200, service=False)),
    Fault("error-status-422", ("failure.status-400",), _status(422, service=True)),
    Fault("error-status-500", ("answer.server-error",), _status(500, service=True)),
    Fault("error-without-code", ("failure.error-code",), _body(without("error_code"))),
    Fault("error-code-number", ("failure.error-code",), _body(put("error_code", 103))),
    Fault("error-without-message", ("failure.error-msg",), _body(without("error_msg"))),
    Fault("error-message-list", ("failure.error-msg",), _body(put("error_msg", ["invalid"]))),
    Fault(
        "error-other-message",
        ("failure.message",),
        Behaviour(refusal=(lambda refusal, _call: replace(refusal, message="Something is wrong with your request."),)),
    ),
    Fault("error-with-null-result", ("failure.no-null-result",), _body(put("result", None))),
    Fault("error-with-result", ("failure.no-result",), _body(put("result", {}))),
    Fault("delivers-anyway", ("token.required", "failure.no-result"), _body(_deliver_anyway)),
    Fault("error-blank", ("failure.message.not-blank",), _body(put("error_msg", " "))),
    Fault("blames-token", ("input.required.code",), recoded(TOKEN_INVALID, "input-given")),
    Fault(
        "token-without-body",
        ("failure.gateway-shape",),
        _body(lambda body, _call: {} if str(body["error_code"]) in (TOKEN_EMPTY, TOKEN_INVALID) else body),
    ),
    Fault("gateway-shape", ("failure.gateway-shape",), _body(_gateway_shape)),
    Fault("echoes-token", ("answer.no-secret",), _body(_echo_token)),
    Fault("shows-trace", ("failure.no-trace",), Behaviour(refusal=(_trace,))),
    Fault("one-code-for-all", ("input.required.code", "side.code"), _code(NOT_RECOGNISED)),
)


# Faults around the result of a success.


_OTHER_TYPES: Mapping[str, str] = MappingProxyType({"tickets": "bankcard", "document": "peru_id_card"})


def _success(*changes: JsonChange) -> Behaviour:
    return Behaviour(success=changes)


def _refuse_all(_found: tuple[Found, ...], _call: Call) -> tuple[Found, ...]:
    raise refused(INVALID_PARAMETER, "unwanted")


def _lone_entry(result: Json) -> Json:
    return result[0] if isinstance(result, list) and len(result) == 1 else result


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


RESULTS: tuple[Fault, ...] = (
    Fault("refuses-all", ("accepts.picture",), Behaviour(found=(_refuse_all,))),
    Fault(
        "success-with-error-fields",
        ("success.no-error-fields",),
        _success(put("error_code", SUCCEEDED), put("error_msg", MESSAGES[SUCCEEDED])),
    ),
    Fault(
        "success-with-null-error-fields",
        ("success.no-empty-error-fields",),
        _success(put("error_code", None), put("error_msg", None)),
    ),
    Fault("no-result", ("success.result",), _success(lambda body, _call: {"data": body["result"]})),
    Fault("empty-success", ("success.result",), _success(without("result"))),
    Fault("result-null", ("success.result-list",), _success(put("result", None))),
    Fault("lone-ticket-as-object", ("success.result-list",), _success(edited("result", _lone_entry))),
    Fault(
        "document-in-list",
        ("success.result-object",),
        _success(edited("result", lambda result: result if isinstance(result, list) else [result])),
    ),
    Fault("unstable", ("relation.repeat",), _success(_unstable)),
    Fault("nothing-is-success", ("document.unreadable",), Behaviour(rescue=(_nothing_is_success,))),
)


# Faults around the JSON: how an answer is encoded, labelled and sent.


_HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"


def _sent(where: Callable[[Reply, Call], bool] = lambda _reply, _call: True, **members: Any) -> Behaviour:
    """Some replies with other members."""
    return Behaviour(reply=(lambda reply, call: replace(reply, **members) if where(reply, call) else reply,))


def _bytes(change: Callable[[bytes], bytes]) -> Behaviour:
    return Behaviour(reply=(lambda reply, _call: replace(reply, body=change(reply.body)),))


def _to_a_picture(_reply: Reply, call: Call) -> bool:
    """Whoever closes every connection is taken for a gateway without its service."""
    return int(call.headers.get("content-length", "0")) >= 1000


def _is_success(reply: Reply, _call: Call) -> bool:
    return reply.status < 400


def _plain_as_gzip(reply: Reply, _call: Call) -> Reply:
    return replace(reply, headers=reply.with_header("Content-Encoding", "gzip")) if reply.status == 200 else reply


def _html(reply: Reply, _call: Call) -> Reply:
    return replace(reply, headers=reply.with_header("Content-Type", "text/html"), body=_HTML)


def _html_errors(reply: Reply, call: Call) -> Reply:
    return _html(reply, call) if reply.status >= 400 else reply


def _login_page(reply: Reply, call: Call) -> Reply:
    """Answers whoever is not let in, and whoever knows no path, with a page of success."""
    if reply.status in (401, 404) or call.edition is None:
        return replace(_html(reply, call), status=200)
    return reply


def _gateway_page(reply: Reply, call: Call) -> Reply:
    return _html(reply, call) if reply.status == 401 else reply


def _with_nan(body: JsonObject, _call: Call) -> bytes:
    return json.dumps(body | {"elapsed": float("nan")}).encode()


def _in_list(body: JsonObject, _call: Call) -> bytes:
    return json.dumps([body]).encode()


def _single_quotes(body: JsonObject, _call: Call) -> bytes:
    return repr(body).encode()


def _doubled_keys(body: JsonObject, _call: Call) -> bytes:
    """Every object names its last key twice."""
    return _write_doubled(body).encode()


def _write_doubled(value: Json) -> str:
    if isinstance(value, dict) and value:
        members = [f"{json.dumps(key)}:{_write_doubled(member)}" for key, member in value.items()]
        return "{" + ",".join([*members, members[-1]]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write_doubled(member) for member in value) + "]"
    return json.dumps(value)


WIRE: tuple[Fault, ...] = (
    Fault("hangs-up", ("answer.http",), _sent(_to_a_picture, delivery="hang-up"), wire=True),
    Fault("cut-short", ("answer.http",), _sent(delivery="cut"), wire=True),
    Fault("plain-as-gzip", ("answer.http",), Behaviour(reply=(_plain_as_gzip,))),
    Fault("html", ("answer.json",), Behaviour(reply=(_html,))),
    Fault("html-errors", ("answer.json",), Behaviour(reply=(_html_errors,))),
    Fault("login-page", ("token.required", "path.exact"), Behaviour(reply=(_login_page,))),
    Fault(
        "method-no-content",
        ("method.post-only",),
        _sent(lambda _reply, call: call.method != "POST", status=204, body=b""),
    ),
    Fault("gateway-page", ("failure.gateway-shape",), Behaviour(reply=(_gateway_page,))),
    Fault("empty-answer", ("answer.json",), _bytes(lambda _body: b"")),
    Fault("trailing-bytes", ("answer.json",), _bytes(lambda body: body + b"\n</response>")),
    Fault("nan", ("answer.json",), Behaviour(encode=(_with_nan,))),
    Fault("single-quotes", ("answer.json",), Behaviour(encode=(_single_quotes,))),
    Fault("not-utf8", ("answer.json",), _bytes(lambda body: body.decode().encode("utf-16"))),
    Fault("answer-in-list", ("answer.object",), Behaviour(encode=(_in_list,))),
    Fault("doubled-keys", ("answer.unique-keys",), Behaviour(encode=(_doubled_keys,))),
    Fault("plain-text", ("answer.media-type",), Behaviour(reply=(header("Content-Type", "text/plain"),))),
    Fault("no-request-id", ("answer.request-id",), Behaviour(reply=(header("X-Request-Id", None),))),
    Fault("status-301", ("success.status-class",), _sent(_is_success, status=301)),
    Fault("status-201", ("success.status",), _sent(_is_success, status=201)),
)
