"""Faults in refusals: wrong codes, wrong statuses, wrong bodies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import TOKEN_CAUSES, Behaviour, Fault, put, recoded, with_status, without
from conformance.reference.editions import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    NOT_RECOGNISED,
    RECOGNITION_FAILED,
    SIZE_NOT_MET,
    SUCCEEDED,
    TOKEN_EMPTY,
    TOKEN_INVALID,
    refused,
)
from conformance.reference.faults.limits import made_up

if TYPE_CHECKING:
    from conformance.reference.behaviour import JsonChange, RefusalChange
    from conformance.reference.calls import Call
    from conformance.reference.editions import JsonObject, Refusal

_PARAMETER_CAUSES = (
    *("picture-null", "picture-type", "picture-empty", "url-null", "url-type", "url-empty"),
    *("input-given", "type-list-type"),
)
_OK = 200
_BAD_REQUEST = 400
_NOT_FOUND = 404
_UNPROCESSABLE = 422
_SERVER_ERROR = 500
_UNUSED_CODE = "AIS.0999"


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


def _message(text: str) -> RefusalChange:
    return lambda refusal, _call: replace(refusal, message=text)


def _echo_token(body: JsonObject, call: Call) -> JsonObject:
    return body | {"error_msg": f"{body['error_msg']} token={call.headers.get('x-auth-token', '')}"}


def _gateway_shape(body: JsonObject, _call: Call) -> JsonObject:
    if not str(body["error_code"]).startswith("APIG"):
        return body
    return {"message": body["error_msg"], "request_id": "0f4d5c1e"}


def _deliver_anyway(body: JsonObject, call: Call) -> JsonObject:
    return body | made_up(call) if body["error_code"] == TOKEN_EMPTY else body


def _refuse_empty_types(body: JsonObject, _call: Call) -> JsonObject:
    if body.get("type_list") == []:
        raise refused(SIZE_NOT_MET, "type-list-empty")
    return body


def _trace(refusal: Refusal, _call: Call) -> Refusal:
    text = 'Traceback (most recent call last):\n  File "/srv/ocr/api.py", line 41, in handle\nValueError: bad picture'
    return replace(refusal, status=_SERVER_ERROR, message=text) if _is_service(refusal) else refusal


FAULTS: tuple[Fault, ...] = (
    Fault(
        "wrong-code-for-no-input",
        "calls a missing picture an unsupported format",
        ("input.required.code",),
        recoded(FORMAT_NOT_SUPPORTED, "input-given"),
    ),
    Fault(
        "wrong-code-for-both-inputs",
        "calls two inputs an unsupported format",
        ("input.one-only.code",),
        recoded(FORMAT_NOT_SUPPORTED, "input-single"),
    ),
    Fault(
        "wrong-code-for-prefix",
        "calls a data-URI prefix an invalid parameter",
        ("image.no-prefix.code", "data.no-prefix.code"),
        recoded(INVALID_PARAMETER, "base64-prefix"),
    ),
    Fault(
        "wrong-code-for-format",
        "calls an unlisted format an invalid parameter",
        ("format.listed-only.code",),
        recoded(INVALID_PARAMETER, "format"),
    ),
    Fault(
        "wrong-code-for-sides",
        "calls sides beyond the limits an invalid parameter",
        ("side.code", "side.min.far.code"),
        recoded(INVALID_PARAMETER, "minimum-side", "maximum-side"),
    ),
    Fault(
        "wrong-code-for-length",
        "calls too much base64 an unsupported format",
        ("size.max.code",),
        recoded(FORMAT_NOT_SUPPORTED, "base64-length"),
    ),
    Fault(
        "wrong-code-for-json",
        "calls what is not JSON an invalid parameter",
        ("body.json.code",),
        recoded(INVALID_PARAMETER, "json"),
    ),
    Fault(
        "wrong-code-for-alarm",
        "calls an alarm that is not boolean an unsupported format",
        ("alarm.boolean.code",),
        recoded(FORMAT_NOT_SUPPORTED, "alarm-type"),
    ),
    Fault(
        "wrong-code-for-token",
        "calls a bad token an invalid parameter",
        ("token.code",),
        recoded(INVALID_PARAMETER, *TOKEN_CAUSES),
    ),
    Fault(
        "wrong-code-for-nothing",
        "calls a picture without a document one of a wrong size",
        ("ticket.nothing",),
        recoded(SIZE_NOT_MET, "nothing-recognised"),
    ),
    Fault(
        "failed-for-nothing",
        "calls a picture without a document one that recognition failed on",
        ("document.unreadable",),
        recoded(RECOGNITION_FAILED, "nothing-recognised"),
    ),
    Fault(
        "wrong-code-for-parameters",
        "calls mistyped parameters a wrong size",
        ("parameters.code",),
        recoded(SIZE_NOT_MET, *_PARAMETER_CAUSES),
    ),
    Fault(
        "wrong-code-for-base64",
        "calls what is not base64 a wrong size",
        ("image.base64.code", "data.base64.code", "picture.base64-dialect"),
        recoded(SIZE_NOT_MET, "base64"),
    ),
    Fault(
        "wrong-code-for-null",
        "calls a url of null a wrong size",
        ("parameter.null",),
        recoded(SIZE_NOT_MET, "url-null"),
    ),
    Fault(
        "wrong-code-for-damage",
        "calls a damaged picture one of a wrong size",
        ("picture.complete.code",),
        recoded(SIZE_NOT_MET, "decodable"),
    ),
    Fault(
        "wrong-code-for-bodies",
        "calls a body that is no object a wrong size",
        ("body.code",),
        recoded(SIZE_NOT_MET, "body-empty", "json-encoding", "json-object"),
    ),
    Fault(
        "wrong-code-for-schemes",
        "calls a url that is not http a wrong size",
        ("url.http-only.code",),
        recoded(SIZE_NOT_MET, "url-form"),
    ),
    Fault(
        "wrong-code-for-media-type",
        "calls another media type a wrong size",
        ("content-type.other",),
        recoded(SIZE_NOT_MET, "media-type"),
    ),
    Fault(
        "wrong-code-for-types",
        "calls an unknown ticket type a wrong size",
        ("type-list.unknown",),
        recoded(SIZE_NOT_MET, "type-list-values"),
    ),
    Fault(
        "unreadable-for-types",
        "calls a page unreadable where an unknown ticket type is asked for",
        ("type-list.unknown",),
        recoded(NOT_RECOGNISED, "type-list-values"),
    ),
    Fault(
        "wrong-code-for-no-types",
        "calls an empty type_list a wrong size",
        ("type-list.empty",),
        Behaviour(body=(_refuse_empty_types,)),
    ),
    Fault(
        "wrong-code-for-paths",
        "calls other paths and methods unreadable",
        ("operation.code",),
        recoded(NOT_RECOGNISED, "route", "method") + with_status(_BAD_REQUEST, "route", "method"),
    ),
    Fault(
        "wrong-code-for-projects",
        "calls another project an invalid parameter",
        ("project.code",),
        recoded(INVALID_PARAMETER, "project"),
    ),
    Fault(
        "token-status-404",
        "refuses tokens with status 404",
        ("token.status",),
        with_status(_NOT_FOUND, *TOKEN_CAUSES),
    ),
    Fault(
        "outdated-code",
        "refuses formats with a code that was left out again",
        ("failure.code-current",),
        recoded(BIT_DEPTH_NOT_SUPPORTED, "format", "decodable", "base64"),
    ),
    Fault("unlisted-code", "refuses with a code that is not documented", ("failure.code-listed",), _code(_UNUSED_CODE)),
    Fault("malformed-code", "refuses with a bare number as code", ("failure.code-form",), _code("0103")),
    Fault("success-code", "refuses with the code of success", ("failure.code-not-success",), _code(SUCCEEDED)),
    Fault("error-status-200", "sends errors with status 200", ("failure.status",), _status(_OK, service=True)),
    Fault(
        "platform-error-status-200",
        "sends platform errors with status 200",
        ("failure.platform-status",),
        _status(_OK, service=False),
    ),
    Fault(
        "error-status-422",
        "sends errors with status 422",
        ("failure.status-400",),
        _status(_UNPROCESSABLE, service=True),
    ),
    Fault(
        "error-status-500",
        "sends errors with status 500",
        ("answer.server-error",),
        _status(_SERVER_ERROR, service=True),
    ),
    Fault("error-without-code", "leaves error_code out", ("failure.error-code",), _body(without("error_code"))),
    Fault("error-code-number", "gives error_code as a number", ("failure.error-code",), _body(put("error_code", 103))),
    Fault("error-without-message", "leaves error_msg out", ("failure.error-msg",), _body(without("error_msg"))),
    Fault(
        "error-message-list", "gives error_msg as a list", ("failure.error-msg",), _body(put("error_msg", ["invalid"]))
    ),
    Fault(
        "error-other-message",
        "words errors its own way",
        ("failure.message",),
        Behaviour(refusal=(_message("Something is wrong with your request."),)),
    ),
    Fault(
        "error-with-null-result",
        "adds a result of null to errors",
        ("failure.no-null-result",),
        _body(put("result", None)),
    ),
    Fault("error-with-result", "adds an empty result to errors", ("failure.no-result",), _body(put("result", {}))),
    Fault(
        "delivers-anyway",
        "recognises documents for callers without a token, beside the error",
        ("token.required", "failure.no-result"),
        _body(_deliver_anyway),
    ),
    Fault("error-blank", "says nothing in error_msg", ("failure.message.not-blank",), _body(put("error_msg", " "))),
    Fault(
        "blames-token",
        "calls a missing input a wrong token",
        ("input.required.code",),
        recoded(TOKEN_INVALID, "input-given"),
    ),
    Fault(
        "token-without-body",
        "refuses tokens with an empty object",
        ("failure.gateway-shape",),
        _body(lambda body, _call: {} if str(body["error_code"]) in (TOKEN_EMPTY, TOKEN_INVALID) else body),
    ),
    Fault("gateway-shape", "lets its gateway word errors", ("failure.gateway-shape",), _body(_gateway_shape)),
    Fault("echoes-token", "repeats the token in errors", ("answer.no-secret",), _body(_echo_token)),
    Fault("shows-trace", "shows a stack trace", ("failure.no-trace",), Behaviour(refusal=(_trace,))),
    Fault(
        "one-code-for-all",
        "refuses everything as not supported",
        ("input.required.code", "side.code"),
        _code(NOT_RECOGNISED),
    ),
)
