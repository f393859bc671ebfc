"""Variants: refusals as the documents allow them, and implementations that a target statement declares."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.reference.behaviour import (
    TOKEN_CAUSES,
    Behaviour,
    Fault,
    each_corner,
    gateway_page,
    if_recognised,
    put,
    recoded,
    variant,
    with_status,
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

if TYPE_CHECKING:
    from conformance.reference.calls import Call
    from conformance.reference.editions import Json, JsonObject


_WITH_AUTHORITY = ("driver_license_front", "vehicle_license_front")
_LARGEST_BODY = 10 * 1024 * 1024
_SIDES = {
    "id_card_emblem_side": "id_card_portrait_side",
    "driver_license_back": "driver_license_front",
    "vehicle_license_back": "vehicle_license_front",
}


def _declared(fault_id: str, title: str, change: Behaviour, declares: str, *points: int) -> Fault:
    """An implementation that does what one value of a position says (`position=value`)."""
    return Fault(fault_id, title, (), change, kind="variant", points=points, declares=(declares,))


def _merged(answer: JsonObject, _call: Call) -> JsonObject:
    """One ticket for the two sides of a document: that of its front, with what was read on both."""
    result = answer["result"]
    if not isinstance(result, list):
        return answer
    read = {str(ticket["type"]): ticket for ticket in result if isinstance(ticket, dict) and ticket.get("content")}
    merged = {back: front for back, front in _SIDES.items() if back in read and front in read}
    kept: list[Json] = []
    for ticket in result:
        kind = str(ticket["type"]) if isinstance(ticket, dict) else ""
        if isinstance(ticket, dict) and kind in merged.values():
            (back,) = (read[name] for name, front in merged.items() if front == kind)
            kept.append(ticket | {"content": {**_object(back["content"]), **_object(ticket["content"])}})
        elif kind not in merged:
            kept.append(ticket)
    return {"result": kept}


def _object(value: Json) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _measured_by_body(body: JsonObject, call: Call) -> JsonObject:
    if len(call.body) > _LARGEST_BODY:
        raise refused(LENGTH_INVALID, "body-length")
    return body


def _with_switched(kind: str) -> Behaviour:
    """Adds what switches of the single-ticket operations bring: texts, or the booleans and numbers among it, too."""

    def change(ticket: JsonObject, _call: Call) -> JsonObject:
        content = ticket["content"]
        if not isinstance(content, dict):
            return ticket
        more: JsonObject = {"issuing_authority": "SPECIMEN"} if ticket["type"] in _WITH_AUTHORITY else {}
        if ticket["type"] == "id_card_portrait_side" and kind == "all":
            more = {"verification_result": {"valid_number": True}}
        return ticket | {"content": content | {name: value for name, value in more.items() if name not in content}}

    return Behaviour(ticket=(if_recognised(change),))


def _page(body: JsonObject) -> object:
    return body.get("pdf_page_number")


def _is_pdf(call: Call) -> bool:
    return b'"JVBERi' in call.body


def _ignore_page(body: JsonObject, _call: Call) -> JsonObject:
    """Takes no heed of a page that is no number from 1."""
    page = _page(body)
    good = isinstance(page, int) and not isinstance(page, bool) and page >= 1
    return body if good else {name: value for name, value in body.items() if name != "pdf_page_number"}


def _refuse_page(body: JsonObject, call: Call) -> JsonObject:
    if "pdf_page_number" in body and call.operation.id == "auto-classification-v2-2025" and not _is_pdf(call):
        raise refused(INVALID_PARAMETER, "pdf-page")
    return body


_NEAR = 40
_A_PIXEL_BEYOND = each_corner(lambda x, y: [-1 if x < _NEAR else x, -1 if y < _NEAR else y])
STAND_IN = Behaviour(skipped=frozenset({"token-given", "token-filled", "token-valid", "signature", "project"}))

VARIANTS: tuple[Fault, ...] = (
    _declared("stand-in", "answers whoever calls, for whatever project", STAND_IN, "credentials.checked=no", 53),
    _declared(
        "picture-wins",
        "takes the picture where there is a url beside it",
        Behaviour(skipped=frozenset({"input-single"})),
        "input.both=picture-wins",
        1,
    ),
    _declared(
        "prefix-taken-off",
        "takes a data-URI prefix off",
        Behaviour(skipped=frozenset({"base64-prefix"})),
        "picture.data-uri=strip",
        41,
    ),
    _declared(
        "measures-body",
        "takes 10 MB for the limit of the whole body",
        Behaviour(skipped=frozenset({"base64-length"}), body=(_measured_by_body,)),
        "size.measured=body",
        25,
    ),
    _declared(
        "pixel-beyond-border",
        "places documents that lie near the border a pixel beyond it",
        Behaviour(ticket=(_A_PIXEL_BEYOND,), document=(_A_PIXEL_BEYOND,)),
        "location.border=margin",
        104,
    ),
    _declared(
        "always-200",
        "stands behind a gateway that makes status 200 of every refusal",
        Behaviour(refusal=(lambda refusal, _call: replace(refusal, status=200),)),
        "failure.status=200",
        71,
    ),
    _declared(
        "no-alarms",
        "has no alarm: ignores the parameter",
        Behaviour(skipped=frozenset({"alarm-type"}), parameters=(lambda asked, _call: replace(asked, alarm=False),)),
        "alarm.offered=no",
        140,
        141,
    ),
    _declared(
        "sides-merged",
        "lists both sides of a document as one ticket",
        Behaviour(success=(_merged,)),
        "ticket.sides=merged",
        95,
    ),
    _declared(
        "switched-given",
        "gives texts that only a switch brings",
        _with_switched("texts"),
        "content.switched=given",
        125,
    ),
    _declared(
        "switched-all-given",
        "gives objects and booleans, too, that only a switch brings",
        _with_switched("all"),
        "content.switched=given",
        125,
    ),
    _declared(
        "page-ignored",
        "ignores a page number that is none",
        Behaviour(body=(_ignore_page,)),
        "pdf-page.out-of-range=first",
        21,
    ),
    _declared(
        "page-refused",
        "refuses a page number beside a picture",
        Behaviour(body=(_refuse_page,)),
        "pdf-page.out-of-range=reject",
        21,
    ),
)


# Unusual codes and statuses of refusals: the documents list codes, and seldom say which one is for what.


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

REFUSAL_VARIANTS: tuple[Fault, ...] = (*CREDENTIALS, *OPERATIONS, *PICTURES, *DOWNLOADS)
