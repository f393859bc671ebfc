"""Unusual codes and statuses of refusals: the documents list codes, and seldom say which one is for what."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import (
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
)
from conformance.reference.faults.edits import put
from conformance.reference.faults.fault import variant

if TYPE_CHECKING:
    from conformance.reference.calls import Call
    from conformance.reference.errors import Refusal
    from conformance.reference.faults.fault import Fault

_TOKEN_CAUSES = ("token-given", "token-filled", "token-valid")
_DOWNLOAD_CAUSES = (
    "url-form",
    "url-failed",
    "url-status",
    "url-private",
    "url-redirect",
    "url-characters",
    "url-timeout",
)
_SIDE_CAUSES = ("minimum-side", "maximum-side")
_TYPE_CAUSES = ("picture-type", "picture-null", "url-type", "url-null", "type-list-type", "alarm-type")
_JSON_CAUSES = ("json", "json-object", "json-encoding", "body-empty")
_OTHER_MESSAGES = {
    "ModelArts.4102": "Token header is invalid.",
    "ModelArts.0203": "Invalid token.",
    "ModelArts.4402": "Obtaining the file timed out.",
    "APIG.0201": "Backend timeout.",
    "APIGW.0301": MESSAGES[SIGNATURE_INVALID],
}


def _status(status: int, *causes: str) -> Behaviour:
    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, status=status) if refusal.cause in causes else refusal

    return Behaviour(refusal=(change,))


def _code(code: str, *causes: str) -> Behaviour:
    message = MESSAGES.get(code) or _OTHER_MESSAGES[code]

    def change(refusal: Refusal, _call: Call) -> Refusal:
        return replace(refusal, code=code, message=message) if refusal.cause in causes else refusal

    return Behaviour(refusal=(change,))


CREDENTIALS: tuple[Fault, ...] = (
    variant("token-code-4102", "calls every bad token malformed", _code("ModelArts.4102", *_TOKEN_CAUSES), 54, 55),
    variant("token-code-4103", "has one code for every bad token", _code(TOKEN_INVALID, *_TOKEN_CAUSES), 54, 55),
    variant("token-code-0203", "lets the platform refuse tokens", _code("ModelArts.0203", *_TOKEN_CAUSES), 54, 55),
    variant("token-code-0301", "lets the gateway refuse tokens", _code(SIGNATURE_INVALID, *_TOKEN_CAUSES), 54, 55),
    variant("gateway-code", "has a gateway that writes APIGW", _code("APIGW.0301", *_TOKEN_CAUSES), 75),
    variant("token-status-403", "refuses tokens with 403", _status(403, *_TOKEN_CAUSES), 54, 55, 73),
    variant("token-status-400", "refuses tokens with 400", _status(400, *_TOKEN_CAUSES), 54, 55, 73),
    variant(
        "project-not-found",
        "does not know other projects' paths",
        _code(NO_SUCH_API, "project") + _status(404, "project"),
        51,
    ),
    variant(
        "project-unauthorised",
        "takes a wrong project for wrong credentials",
        _code(SIGNATURE_INVALID, "project") + _status(401, "project"),
        51,
    ),
)

OPERATIONS: tuple[Fault, ...] = (
    variant("method-status-404", "does not know the path for other methods", _status(404, "method"), 63),
    variant("json-status-422", "refuses what is not JSON with 422", _status(422, *_JSON_CAUSES), 61, 73),
    variant(
        "media-type-code-0101",
        "refuses other media types as an invalid parameter",
        _code(INVALID_PARAMETER, "media-type") + _status(400, "media-type"),
        57,
    ),
    variant(
        "gateway-members",
        "adds the number of a request to what the gateway refuses",
        Behaviour(failure=(put("request_id", "0f4d5c1e8a7b"),)),
        74,
    ),
    variant("type-code-4105", "takes members of a wrong type for wrong JSON", _code(NOT_JSON, *_TYPE_CAUSES), 5, 8, 17),
)

PICTURES: tuple[Fault, ...] = (
    variant(
        "empty-code-0102",
        "takes an empty picture for one of no format",
        _code(FORMAT_NOT_SUPPORTED, "picture-empty"),
        4,
    ),
    variant(
        "length-code-4104",
        "refuses too much base64 for its length, with 413",
        _code(LENGTH_INVALID, "base64-length", "url-length") + _status(413, "base64-length", "url-length"),
        26,
    ),
    variant(
        "length-code-0101",
        "refuses too much base64 as an invalid parameter",
        _code(INVALID_PARAMETER, "base64-length", "url-length"),
        26,
    ),
    variant(
        "base64-code-0101", "refuses what is not base64 as an invalid parameter", _code(INVALID_PARAMETER, "base64"), 40
    ),
    variant("damaged-code-0104", "refuses damaged pictures as of poor quality", _code(NOT_RECOGNISED, "decodable"), 38),
    variant("damaged-code-0105", "fails to recognise damaged pictures", _code(RECOGNITION_FAILED, "decodable"), 38),
)

DOWNLOADS: tuple[Fault, ...] = (
    variant(
        "url-code-0101",
        "refuses urls that are no http as invalid parameters",
        _code(INVALID_PARAMETER, "url-form"),
        43,
    ),
    variant(
        "download-code-4402",
        "calls every failed download a timeout",
        _code("ModelArts.4402", *_DOWNLOAD_CAUSES),
        43,
        46,
    ),
    variant(
        "download-code-0102",
        "takes what cannot be fetched for no picture",
        _code(FORMAT_NOT_SUPPORTED, *_DOWNLOAD_CAUSES),
        43,
        46,
    ),
)

VARIANTS: tuple[Fault, ...] = (*CREDENTIALS, *OPERATIONS, *PICTURES, *DOWNLOADS)
