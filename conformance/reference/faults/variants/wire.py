"""Unusual ways to write and to send an answer."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults.edits import header
from conformance.reference.faults.fault import variant

if TYPE_CHECKING:
    from conformance.reference.calls import Call, Reply
    from conformance.reference.faults.fault import Fault
    from conformance.reference.values import Json, JsonObject


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


VARIANTS: tuple[Fault, ...] = (
    variant("reversed-keys", "writes members in another order", Behaviour(encode=(_reverse,))),
    variant("escapes", "writes Chinese text as escapes", Behaviour(encode=(_escaped,)), 80),
    variant("spread-out", "writes JSON over many lines", Behaviour(encode=(_spread_out,))),
    variant("gzip", "compresses every answer", Behaviour(reply=(_gzipped,))),
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
        80,
    ),
    variant(
        "extra-headers",
        "sends headers of a gateway",
        Behaviour(reply=(header("Server", "api-gateway"), header("X-Frame-Options", "SAMEORIGIN"))),
    ),
)
