"""Faults in what is let through and what is not: checks of a request that are missing, too strict or too lax."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour, Fault, gateway_page, refuse_if
from conformance.reference.contracts import fields_answer
from conformance.reference.editions import INVALID_PARAMETER, LENGTH_INVALID, NOT_JSON

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.behaviour import EditionChange
    from conformance.reference.calls import Call
    from conformance.reference.editions import Check, Edition, Json, JsonObject, Refusal

_TOKEN_SHAPE = re.compile(r"[A-Za-z0-9+/=]{24,}")
_RESPELLED = re.compile(rb"\\|[\r\n\t]|  |:  ")
_MEDIA_TYPE_HEADER = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_LARGEST_BODY = 10 * 1024 * 1024
_ENTERPRISE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|0")


def _unchecked(*checks: Check) -> Behaviour:
    return Behaviour(skipped=frozenset(checks))


def _refusing(unwanted: Callable[[Call], bool], code: str = INVALID_PARAMETER) -> Behaviour:
    return Behaviour(body=(refuse_if(unwanted, code),))


def _limits(change: EditionChange) -> Behaviour:
    return Behaviour(edition=(change,))


def _without_format(name: str) -> Behaviour:
    return _limits(lambda edition: replace(edition, formats=tuple(entry for entry in edition.formats if entry != name)))


def _has_token_shape(call: Call) -> bool:
    return _TOKEN_SHAPE.fullmatch(call.headers.get("x-auth-token", "")) is not None


def _accept_other_name(body: JsonObject, call: Call) -> JsonObject:
    own, other = ("image", "data") if call.operation.picture == "image" else ("data", "image")
    return {own if key == other and own not in body else key: value for key, value in body.items()}


def _names_types(call: Call) -> bool:
    return b'"type_list"' in call.body


def _names_all_types(call: Call) -> bool:
    return all(f'"{name}"'.encode() in call.body for name in call.operation.types)


def is_respelled(call: Call) -> bool:
    """Whether the JSON of a call has escapes, or more white space than it needs."""
    return _RESPELLED.search(call.body) is not None


def _has_charset(call: Call) -> bool:
    return "charset" in call.headers.get("content-type", "")


def _has_respelled_headers(call: Call) -> bool:
    return _MEDIA_TYPE_HEADER.search(call.head) is not None and b"Content-Type:" not in call.head


def _enterprise_id(call: Call) -> str:
    return call.headers.get("enterprise-project-id", "")


def _has_malformed_enterprise(call: Call) -> bool:
    return _enterprise_id(call) != "" and _ENTERPRISE_ID.fullmatch(_enterprise_id(call)) is None


def _has_unknown_enterprise(call: Call) -> bool:
    return _ENTERPRISE_ID.fullmatch(_enterprise_id(call)) is not None


def _narrow_sides(edition: Edition) -> Edition:
    return replace(edition, maximum_side=edition.maximum_side - 1)


def accepting(*causes: str, where: Callable[[Call], bool] = lambda _call: True) -> Behaviour:
    """Answer as if all were well what should have been refused for one of these causes."""

    def rescue(refusal: Refusal, call: Call) -> JsonObject | None:
        return made_up(call) if refusal.cause in causes and where(call) else None

    return Behaviour(rescue=(rescue,))


def made_up(call: Call) -> JsonObject:
    """A successful answer that no picture was needed for."""
    if call.edition is not None and call.edition.shape is not None:
        return fields_answer((), replace(call.edition, types=()), everything=True)
    place: Json = [[0, 0], [14, 0], [14, 14], [0, 14]]
    if "id-doc" in call.path:
        return {"result": {"type": "id_card", "location": place, "confidence": 0.91}}
    status: Json = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    content: Json = {"issue": "SPECIMEN", "valid_from": "2020-01-01", "valid_to": "2030-01-01"}
    return {"result": [{"status": status, "type": "id_card_emblem_side", "location": place, "content": content}]}


CREDENTIALS = (
    Fault(
        "accepts-missing-token",
        "answers without any credentials",
        ("token.required",),
        _unchecked("token-given"),
    ),
    Fault("accepts-empty-token", "answers with an empty token", ("token.not-empty",), _unchecked("token-filled")),
    Fault(
        "accepts-any-token",
        "answers with whatever token",
        ("token.valid", "token.issued"),
        _unchecked("token-valid", "signature"),
    ),
    Fault(
        "accepts-token-shaped-text",
        "answers with any text that looks like a token",
        ("token.issued",),
        accepting("token-valid", where=_has_token_shape),
    ),
    Fault(
        "accepts-any-project",
        "does not look at the project of the path",
        ("project.own", "project.well-formed"),
        _unchecked("project"),
    ),
)

LAX_INPUT = (
    Fault("accepts-no-input", "answers without a picture", ("input.required",), accepting("input-given")),
    Fault(
        "accepts-both-inputs", "takes the picture and ignores the url", ("input.one-only",), _unchecked("input-single")
    ),
    Fault("accepts-null-input", "answers a null picture", ("input.not-null",), accepting("picture-null", "url-null")),
    Fault(
        "accepts-wrong-type-input",
        "answers a picture that is not a string",
        ("image.string", "data.string"),
        accepting("picture-type"),
    ),
    Fault(
        "accepts-empty-input",
        "answers an empty picture",
        ("image.not-empty", "data.not-empty"),
        accepting("picture-empty"),
    ),
    Fault(
        "accepts-other-input-name",
        "takes the picture under the other operation's name",
        ("image.name", "data.name"),
        Behaviour(body=(_accept_other_name,)),
    ),
    Fault(
        "accepts-not-base64",
        "answers a picture that is not base64",
        ("image.base64", "data.base64"),
        accepting("base64"),
    ),
    Fault(
        "accepts-data-uri",
        "strips a data-URI prefix",
        ("image.no-prefix", "data.no-prefix"),
        _unchecked("base64-prefix"),
    ),
    Fault("accepts-wrong-type-url", "answers a url that is not a string", ("url.string",), accepting("url-type")),
    Fault("accepts-empty-url", "answers an empty url", ("url.not-empty",), accepting("url-empty")),
    Fault("accepts-any-scheme", "answers a url that is not http", ("url.http-only",), accepting("url-form")),
    Fault("accepts-empty-body", "answers an empty body", ("body.not-empty",), accepting("body-empty")),
    Fault("accepts-not-json", "answers a body that is not JSON", ("body.json",), accepting("json")),
    Fault("accepts-other-encodings", "answers a body that is not UTF-8", ("body.utf8",), accepting("json-encoding")),
    Fault("accepts-json-array", "answers a body that is no object", ("body.object",), accepting("json-object")),
    Fault(
        "accepts-type-list-text",
        "takes a string for type_list",
        ("type-list.list",),
        _unchecked("type-list-type", "type-list-values"),
    ),
    Fault("accepts-alarm-text", "takes any value for alarm", ("alarm.boolean",), _unchecked("alarm-type")),
    Fault("accepts-any-method", "answers other methods than POST", ("method.post-only",), accepting("method")),
    Fault("accepts-any-path", "answers paths that are not documented", ("path.exact",), accepting("route")),
)

LAX_PICTURE = (
    Fault("accepts-any-format", "reads GIF, WebP and more", ("format.listed-only",), _unchecked("format")),
    Fault("accepts-any-file", "answers what is no picture", ("image.picture", "data.picture"), accepting("format")),
    Fault("accepts-damaged", "answers a damaged picture", ("picture.complete",), accepting("decodable")),
    Fault(
        "accepts-small-sides",
        "answers pictures below the minimum side",
        ("side.min", "side.min.far"),
        accepting("minimum-side"),
    ),
    Fault(
        "accepts-large-sides", "reads pictures of any size", ("side.max", "side.max.far"), _unchecked("maximum-side")
    ),
    Fault(
        "answers-large-sides",
        "answers pictures above the maximum side unseen",
        ("side.max", "side.max.far"),
        accepting("maximum-side"),
    ),
    Fault(
        "accepts-long-base64",
        "reads pictures above 10 MB of base64",
        ("size.max",),
        _unchecked("base64-length", "body-length"),
    ),
)

STRICT = (
    Fault("refuses-jpeg", "does not know JPEG", ("accepts.format.jpeg",), _without_format("JPEG")),
    Fault("refuses-png", "does not know PNG", ("accepts.format.png",), _without_format("PNG")),
    Fault("refuses-bmp", "does not know BMP", ("accepts.format.bmp",), _without_format("BMP")),
    Fault("refuses-tiff", "does not know TIFF", ("accepts.format.tiff",), _without_format("TIFF")),
    Fault(
        "refuses-minimum-side",
        "refuses a side of exactly the minimum",
        ("accepts.side-min",),
        _limits(lambda edition: replace(edition, minimum_side=edition.minimum_side + 1)),
    ),
    Fault(
        "refuses-maximum-side", "refuses a side of exactly the maximum", ("accepts.side-max",), _limits(_narrow_sides)
    ),
    Fault(
        "refuses-below-10-mb",
        "refuses base64 a little below the limit",
        ("accepts.size-max",),
        _limits(lambda edition: replace(edition, maximum_base64=9_800_000)),
    ),
    Fault(
        "gateway-limit",
        "has a gateway that answers more than a megabyte with a page",
        ("accepts.size-max",),
        gateway_page(413, 1_000_000),
    ),
    Fault(
        "refuses-advised-size",
        "takes the advised file size for the limit of the text",
        ("accepts.size-advised", "accepts.size-max"),
        _limits(lambda edition: replace(edition, maximum_base64=7 * 1024 * 1024)),
    ),
    Fault("refuses-type-list", "refuses every type_list", ("accepts.type-list",), _refusing(_names_types)),
    Fault(
        "refuses-long-type-list",
        "refuses a list of all types",
        ("accepts.type-list.all",),
        _refusing(_names_all_types),
    ),
    Fault(
        "refuses-respelled-json",
        "reads JSON without white space and escapes only",
        ("accepts.json-spelling",),
        _refusing(is_respelled, NOT_JSON),
    ),
    Fault(
        "refuses-charset",
        "refuses a media type with a charset",
        ("accepts.content-type-charset",),
        _refusing(_has_charset, NOT_JSON),
    ),
    Fault(
        "refuses-respelled-headers",
        "knows one spelling of header names",
        ("accepts.header-spelling",),
        _refusing(_has_respelled_headers, NOT_JSON),
    ),
    Fault(
        "refuses-unknown-enterprise",
        "refuses an enterprise project that is well-formed",
        ("accepts.enterprise-project.unknown",),
        _refusing(_has_unknown_enterprise),
    ),
    Fault(
        "refuses-malformed-enterprise",
        "refuses an enterprise project id that is malformed",
        ("accepts.enterprise-project.malformed",),
        _refusing(_has_malformed_enterprise),
    ),
    Fault(
        "refuses-alarm",
        "refuses alarm true",
        ("accepts.alarm.true",),
        _refusing(lambda call: re.search(rb'"alarm"\s*:\s*true', call.body) is not None),
    ),
    Fault(
        "refuses-no-alarm",
        "refuses alarm false",
        ("accepts.alarm.false",),
        _refusing(lambda call: re.search(rb'"alarm"\s*:\s*false', call.body) is not None),
    ),
)

DECLARED = (
    Fault(
        "insists-on-one-input",
        "refuses a picture beside a url, where it declares that the picture wins",
        ("input.both",),
        Behaviour(),
    ),
    Fault(
        "insists-on-bare-base64",
        "refuses a data-URI prefix, where it declares that it takes it off",
        ("picture.data-uri",),
        Behaviour(),
    ),
    Fault(
        "insists-on-credentials",
        "refuses calls without credentials, where it declares that nobody checks them",
        ("credentials.unchecked",),
        Behaviour(),
    ),
    Fault(
        "insists-on-statuses",
        "refuses with documented statuses, where it declares that each is 200",
        ("failure.status-200",),
        Behaviour(),
    ),
    Fault(
        "limits-the-body",
        "refuses a body of more than 10 MB, where it declares that the text of the picture counts",
        ("size.measured",),
        _refusing(lambda call: len(call.body) > _LARGEST_BODY, LENGTH_INVALID),
    ),
)
"""Doing what the documents say is a fault where a target statement says otherwise."""

FAULTS: tuple[Fault, ...] = CREDENTIALS + LAX_INPUT + LAX_PICTURE + STRICT + DECLARED
