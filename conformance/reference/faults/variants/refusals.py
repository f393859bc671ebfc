"""Unusual codes and statuses of refusals: the documents list codes, and seldom say which one is for what."""

from __future__ import annotations

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
from conformance.reference.faults.edits import TOKEN_CAUSES, gateway_page, put, recoded, with_status
from conformance.reference.faults.fault import variant

if TYPE_CHECKING:
    from conformance.reference.faults.fault import Fault

_DOWNLOAD_CAUSES = (
    "url-form",
    "url-failed",
    "url-status",
    "url-private",
    "url-redirect",
    "url-characters",
    "url-timeout",
)
_TYPE_CAUSES = ("picture-type", "picture-null", "url-type", "url-null", "type-list-type", "alarm-type")
_JSON_CAUSES = ("json", "json-object", "json-encoding", "body-empty")
_OTHER_MESSAGES = {
    "ModelArts.4102": "Token header is invalid.",
    "ModelArts.0203": "Invalid token.",
    "ModelArts.4402": "Obtaining the file timed out.",
    "APIG.0201": "Backend timeout.",
    "APIGW.0301": MESSAGES[SIGNATURE_INVALID],
}


def _other_code(code: str, *causes: str) -> Behaviour:
    """A code that the reference does not use itself."""
    return recoded(code, *causes, message=_OTHER_MESSAGES[code])


CREDENTIALS: tuple[Fault, ...] = (
    variant("token-code-4102", "calls every bad token malformed", _other_code("ModelArts.4102", *TOKEN_CAUSES), 54, 55),
    variant("token-code-4103", "has one code for every bad token", recoded(TOKEN_INVALID, *TOKEN_CAUSES), 54, 55),
    variant("token-code-0203", "lets the platform refuse tokens", _other_code("ModelArts.0203", *TOKEN_CAUSES), 54, 55),
    variant("token-code-0301", "lets the gateway refuse tokens", recoded(SIGNATURE_INVALID, *TOKEN_CAUSES), 54, 55),
    variant("gateway-code", "has a gateway that writes APIGW", _other_code("APIGW.0301", *TOKEN_CAUSES), 75),
    variant("token-status-403", "refuses tokens with 403", with_status(403, *TOKEN_CAUSES), 54, 55, 73),
    variant("token-status-400", "refuses tokens with 400", with_status(400, *TOKEN_CAUSES), 54, 55, 73),
    variant(
        "project-not-found",
        "does not know other projects' paths",
        recoded(NO_SUCH_API, "project") + with_status(404, "project"),
        51,
    ),
    variant(
        "project-unauthorised",
        "takes a wrong project for wrong credentials",
        recoded(SIGNATURE_INVALID, "project") + with_status(401, "project"),
        51,
    ),
)

OPERATIONS: tuple[Fault, ...] = (
    variant("method-status-404", "does not know the path for other methods", with_status(404, "method"), 63),
    variant("json-status-422", "refuses what is not JSON with 422", with_status(422, *_JSON_CAUSES), 61, 73),
    variant(
        "media-type-code-0101",
        "refuses other media types as an invalid parameter",
        recoded(INVALID_PARAMETER, "media-type") + with_status(400, "media-type"),
        57,
    ),
    variant(
        "gateway-members",
        "adds the number of a request to what the gateway refuses",
        Behaviour(failure=(put("request_id", "0f4d5c1e8a7b"),)),
        74,
    ),
    variant(
        "code-of-a-general-page",
        "refuses wrong parameters with the code that a general page prints",
        recoded("AS.0001", *_TYPE_CAUSES, "input-given", message="The format of message is error"),
        77,
    ),
    variant(
        "type-code-4105", "takes members of a wrong type for wrong JSON", recoded(NOT_JSON, *_TYPE_CAUSES), 5, 8, 17
    ),
)

PICTURES: tuple[Fault, ...] = (
    variant(
        "empty-code-0102",
        "takes an empty picture for one of no format",
        recoded(FORMAT_NOT_SUPPORTED, "picture-empty"),
        4,
    ),
    variant("size-page-400", "has a gateway that answers 10 MB with a page", gateway_page(400, 10_000_000), 24, 26, 74),
    variant(
        "length-code-4104",
        "refuses too much base64 for its length, with 413",
        recoded(LENGTH_INVALID, "base64-length", "url-length") + with_status(413, "base64-length", "url-length"),
        26,
    ),
    variant(
        "length-code-0101",
        "refuses too much base64 as an invalid parameter",
        recoded(INVALID_PARAMETER, "base64-length", "url-length"),
        26,
    ),
    variant(
        "base64-code-0101",
        "refuses what is not base64 as an invalid parameter",
        recoded(INVALID_PARAMETER, "base64"),
        40,
    ),
    variant(
        "damaged-code-0104", "refuses damaged pictures as of poor quality", recoded(NOT_RECOGNISED, "decodable"), 38
    ),
    variant("damaged-code-0105", "fails to recognise damaged pictures", recoded(RECOGNITION_FAILED, "decodable"), 38),
)

DOWNLOADS: tuple[Fault, ...] = (
    variant(
        "url-code-0101",
        "refuses urls that are no http as invalid parameters",
        recoded(INVALID_PARAMETER, "url-form"),
        43,
    ),
    variant(
        "download-code-4402",
        "calls every failed download a timeout",
        _other_code("ModelArts.4402", *_DOWNLOAD_CAUSES),
        43,
        46,
    ),
    variant(
        "download-code-0102",
        "takes what cannot be fetched for no picture",
        recoded(FORMAT_NOT_SUPPORTED, *_DOWNLOAD_CAUSES),
        43,
        46,
    ),
)

VARIANTS: tuple[Fault, ...] = (*CREDENTIALS, *OPERATIONS, *PICTURES, *DOWNLOADS)
