"""Faults around the JSON: how an answer is encoded, labelled and sent."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour, Fault, header

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.calls import Call, Delivery, Reply
    from conformance.reference.editions import Json, JsonObject

_HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>\n"
_CREATED = 201
_OK, _NO_CONTENT, _MOVED = 200, 204, 301
_ERRORS_FROM, _UNAUTHORISED, _NOT_FOUND = 400, 401, 404
_PICTURE_FROM = 1000


def _bytes(change: Callable[[bytes], bytes]) -> Behaviour:
    return Behaviour(reply=(lambda reply, _call: replace(reply, body=change(reply.body)),))


def _delivered(delivery: Delivery) -> Behaviour:
    return Behaviour(reply=(lambda reply, _call: replace(reply, delivery=delivery),))


def _hung_up(reply: Reply, call: Call) -> Reply:
    """Whoever closes every connection is taken for a gateway without its service."""
    return (
        replace(reply, delivery="hang-up") if int(call.headers.get("content-length", "0")) >= _PICTURE_FROM else reply
    )


def _plain_as_gzip(reply: Reply, _call: Call) -> Reply:
    return replace(reply, headers=reply.with_header("Content-Encoding", "gzip")) if reply.status == _OK else reply


def _html(reply: Reply, _call: Call) -> Reply:
    return replace(reply, headers=reply.with_header("Content-Type", "text/html"), body=_HTML)


def _html_errors(reply: Reply, call: Call) -> Reply:
    return _html(reply, call) if reply.status >= _ERRORS_FROM else reply


def _created(reply: Reply, _call: Call) -> Reply:
    return replace(reply, status=_CREATED) if reply.status < _ERRORS_FROM else reply


def _redirected(reply: Reply, _call: Call) -> Reply:
    return replace(reply, status=_MOVED) if reply.status < _ERRORS_FROM else reply


def _no_content(reply: Reply, call: Call) -> Reply:
    """Answers other methods as if they had been done."""
    return replace(reply, status=_NO_CONTENT, body=b"") if call.method != "POST" else reply


def _login_page(reply: Reply, call: Call) -> Reply:
    """Answers whoever is not let in, and whoever knows no path, with a page of success."""
    if reply.status in (_UNAUTHORISED, _NOT_FOUND) or call.edition is None:
        return replace(_html(reply, call), status=_OK)
    return reply


def _gateway_page(reply: Reply, call: Call) -> Reply:
    return _html(reply, call) if reply.status == _UNAUTHORISED else reply


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


FAULTS: tuple[Fault, ...] = (
    Fault(
        "hangs-up",
        "closes the connection without an answer to a picture",
        ("answer.http",),
        Behaviour(reply=(_hung_up,)),
        wire=True,
    ),
    Fault(
        "cut-short",
        "closes the connection in the middle of an answer",
        ("answer.http",),
        _delivered("cut"),
        wire=True,
    ),
    Fault(
        "plain-as-gzip",
        "says of results that they are gzip, and sends them as they are",
        ("answer.http",),
        Behaviour(reply=(_plain_as_gzip,)),
    ),
    Fault("html", "answers with an HTML page", ("answer.json",), Behaviour(reply=(_html,))),
    Fault("html-errors", "answers errors with an HTML page", ("answer.json",), Behaviour(reply=(_html_errors,))),
    Fault(
        "login-page",
        "answers callers without a token, and unknown paths, with a page and status 200",
        ("token.required", "path.exact"),
        Behaviour(reply=(_login_page,)),
    ),
    Fault(
        "method-no-content",
        "answers other methods with status 204",
        ("method.post-only",),
        Behaviour(reply=(_no_content,)),
    ),
    Fault(
        "gateway-page",
        "lets its gateway refuse tokens with an HTML page",
        ("failure.gateway-shape",),
        Behaviour(reply=(_gateway_page,)),
    ),
    Fault("empty-answer", "answers with an empty body", ("answer.json",), _bytes(lambda _body: b"")),
    Fault(
        "trailing-bytes", "writes on behind the JSON", ("answer.json",), _bytes(lambda body: body + b"\n</response>")
    ),
    Fault("nan", "writes NaN", ("answer.json",), Behaviour(encode=(_with_nan,))),
    Fault("single-quotes", "writes strings in single quotes", ("answer.json",), Behaviour(encode=(_single_quotes,))),
    Fault(
        "not-utf8",
        "writes JSON in another encoding",
        ("answer.json",),
        _bytes(lambda body: body.decode().encode("utf-16")),
    ),
    Fault("answer-in-list", "puts the answer in a list", ("answer.object",), Behaviour(encode=(_in_list,))),
    Fault("doubled-keys", "names keys twice", ("answer.unique-keys",), Behaviour(encode=(_doubled_keys,))),
    Fault(
        "plain-text",
        "labels answers text/plain",
        ("answer.media-type",),
        Behaviour(reply=(header("Content-Type", "text/plain"),)),
    ),
    Fault(
        "no-request-id",
        "leaves X-Request-Id out",
        ("answer.request-id",),
        Behaviour(reply=(header("X-Request-Id", None),)),
    ),
    Fault("status-301", "sends results with status 301", ("success.status-class",), Behaviour(reply=(_redirected,))),
    Fault("status-201", "sends results with status 201", ("success.status",), Behaviour(reply=(_created,))),
)
