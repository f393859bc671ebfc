"""Variants: unusual decisions on what is accepted, and unusual ways to write and to send an answer."""

from __future__ import annotations

import gzip
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.reference.behaviour import Behaviour, header, refuse_if, variant
from conformance.reference.editions import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    NO_SUCH_API,
    NOT_JSON,
    URL_FAILED,
    refused,
)
from conformance.reference.faults import inputs
from conformance.reference.faults.inputs import IMPATIENT, has_no_picture_name, refusing_urls

if TYPE_CHECKING:
    from conformance.reference.behaviour import Fault
    from conformance.reference.calls import Call, Parameters, Reply
    from conformance.reference.editions import Json, JsonObject


_LOOSE_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]+=*\s*")
_URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))
_DECIMAL_LIMIT = 10_000_000
_LATER_SIDE = 8192


def _ignore_unknown_types(parameters: Parameters, call: Call) -> Parameters:
    if parameters.types is None:
        return parameters
    return replace(parameters, types=parameters.types & frozenset(call.operation.types))


def _null_is_absent(body: JsonObject, _call: Call) -> JsonObject:
    return {name: value for name, value in body.items() if value is not None}


def _read_loose_base64(body: JsonObject, call: Call) -> JsonObject:
    """Understands line breaks, the URL-safe alphabet and missing padding, too."""
    name = call.operation.picture
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


def _refuse_unknown_parameters(body: JsonObject, _call: Call) -> JsonObject:
    if not body.keys() <= {"image", "data", "url", "type_list", "alarm"}:
        raise refused(INVALID_PARAMETER, "unknown-parameter")
    return body


def _refuse_empty_type_list(body: JsonObject, _call: Call) -> JsonObject:
    if body.get("type_list") == []:
        raise refused(INVALID_PARAMETER, "type-list-empty")
    return body


def _refuse_repeated_types(body: JsonObject, _call: Call) -> JsonObject:
    types = body.get("type_list")
    if isinstance(types, list) and len({json.dumps(entry) for entry in types}) < len(types):
        raise refused(INVALID_PARAMETER, "type-list-repeated")
    return body


def _refuse_repeated_keys(body: JsonObject, call: Call) -> JsonObject:
    def seen_once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        if len({name for name, _ in pairs}) < len(pairs):
            raise refused(NOT_JSON, "json-repeated-key")
        return dict(pairs)

    json.loads(call.body, object_pairs_hook=seen_once)
    return body


def _first_key_counts(body: JsonObject, call: Call) -> JsonObject:
    def first(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
        return dict(reversed(pairs))

    again = json.loads(call.body, object_pairs_hook=first)
    return {name: again[name] for name in body}


def _has_query(call: Call) -> bool:
    return bool(call.query)


def _empty_list_asks_for_nothing(parameters: Parameters, call: Call) -> Parameters:
    return replace(parameters, types=frozenset()) if b'"type_list":[]' in call.body.replace(b" ", b"") else parameters


PARAMETERS: tuple[Fault, ...] = (
    variant("null-is-absent", "takes null for an absent parameter", Behaviour(body=(_null_is_absent,)), 3),
    variant(
        "unknown-refused",
        "refuses parameters that it does not know",
        Behaviour(body=(_refuse_unknown_parameters,)),
        14,
        18,
    ),
    variant("repeated-keys-refused", "refuses a body with a key twice", Behaviour(body=(_refuse_repeated_keys,)), 15),
    variant("first-key-counts", "takes the first of two values of a key", Behaviour(body=(_first_key_counts,)), 15),
    variant(
        "unknown-types-ignored",
        "ignores types that it does not know",
        Behaviour(skipped=frozenset({"type-list-values"}), parameters=(_ignore_unknown_types,)),
        6,
    ),
    variant("empty-type-list-refused", "refuses an empty type_list", Behaviour(body=(_refuse_empty_type_list,)), 7),
    variant(
        "empty-type-list-is-none",
        "recognises nothing for an empty type_list",
        Behaviour(parameters=(_empty_list_asks_for_nothing,)),
        7,
    ),
    variant("repeated-types-refused", "refuses types named twice", Behaviour(body=(_refuse_repeated_types,)), 9),
    variant(
        "mark-skipped", "reads a body behind a byte order mark", Behaviour(skipped=frozenset({"byte-order-mark"})), 62
    ),
    variant("slash-ignored", "ignores slashes behind its path", Behaviour(skipped=frozenset({"path-end"})), 63),
    variant("any-media-type", "reads JSON under every label", Behaviour(skipped=frozenset({"media-type"})), 57),
    variant(
        "query-refused",
        "does not know its path with a query",
        Behaviour(body=(refuse_if(_has_query, NO_SUCH_API),)),
        63,
    ),
)

PICTURES: tuple[Fault, ...] = (
    variant("loose-base64", "reads other dialects of base64, too", Behaviour(body=(_read_loose_base64,)), 39),
    variant(
        "decimal-limit",
        "takes 10 MB for ten million characters",
        Behaviour(edition=(lambda edition: replace(edition, maximum_base64=_DECIMAL_LIMIT),)),
        24,
    ),
    variant(
        "later-side-limit",
        "accepts sides of 8192 pixels, as later editions do",
        Behaviour(edition=(lambda edition: replace(edition, maximum_side=_LATER_SIDE),)),
        28,
        29,
    ),
    variant(
        "frames-refused",
        "refuses pictures of several frames",
        inputs.refusing(inputs.has_frames, FORMAT_NOT_SUPPORTED),
        34,
    ),
    variant(
        "depths-refused",
        "reads 8 bits a sample only",
        inputs.refusing(inputs.has_odd_depth, BIT_DEPTH_NOT_SUPPORTED),
        36,
    ),
    variant(
        "colours-refused",
        "reads red, green and blue only",
        inputs.refusing(inputs.has_odd_colours, FORMAT_NOT_SUPPORTED),
        37,
    ),
    variant(
        "passes-refused",
        "refuses pictures stored in passes",
        inputs.refusing(inputs.comes_in_passes, FORMAT_NOT_SUPPORTED),
        37,
    ),
)

DOWNLOADS: tuple[Fault, ...] = (
    variant("encodes-urls", "fetches urls with bare Chinese", Behaviour(parameters=(_encode_url,)), 47),
    variant(
        "follows-redirects", "fetches a picture where it has moved", Behaviour(skipped=frozenset({"url-redirect"})), 46
    ),
    variant(
        "labels-matter",
        "refuses fetched files without a picture's name",
        refusing_urls(has_no_picture_name, URL_FAILED),
        32,
        46,
    ),
    variant(
        "gives-up-on-slow-downloads",
        "waits half a second for a download",
        IMPATIENT,
        45,
    ),
)

VARIANTS: tuple[Fault, ...] = (*PARAMETERS, *PICTURES, *DOWNLOADS)


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


WIRE_VARIANTS: tuple[Fault, ...] = (
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
