"""Variants in what is accepted, and those that are conformant only where a target statement declares what they do."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.reference.behaviour import Behaviour, Fault, both, each_corner, if_recognised, variant
from conformance.reference.editions import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    NO_SUCH_API,
    NOT_JSON,
    URL_FAILED,
    refused,
)
from conformance.reference.faults.requests import (
    BODY_LIMIT,
    IMPATIENT,
    comes_in_passes,
    has_frames,
    has_no_picture_name,
    has_odd_colours,
    has_odd_depth,
    limited,
    refusing,
    refusing_bodies,
    refusing_files,
    refusing_urls,
    unchecked,
)

if TYPE_CHECKING:
    from conformance.reference.calls import Call, Parameters
    from conformance.reference.editions import Json, JsonObject


_LOOSE_BASE64 = re.compile(r"[A-Za-z0-9+/_\-\s]+=*\s*")
_URL_SAFE = "".join(map(chr, range(0x21, 0x7F)))


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


def _names_unknown(body: JsonObject, _call: Call) -> bool:
    return not body.keys() <= {"image", "data", "url", "type_list", "alarm"}


def _repeats_types(body: JsonObject, _call: Call) -> bool:
    types = body.get("type_list")
    return isinstance(types, list) and len({json.dumps(entry) for entry in types}) < len(types)


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


def _empty_list_asks_for_nothing(parameters: Parameters, call: Call) -> Parameters:
    return replace(parameters, types=frozenset()) if b'"type_list":[]' in call.body.replace(b" ", b"") else parameters


PARAMETERS: tuple[Fault, ...] = (
    variant("null-is-absent", Behaviour(body=(_null_is_absent,)), 3),
    variant("unknown-refused", refusing_bodies(_names_unknown), 14, 18),
    variant("repeated-keys-refused", Behaviour(body=(_refuse_repeated_keys,)), 15),
    variant("first-key-counts", Behaviour(body=(_first_key_counts,)), 15),
    variant("unknown-types-ignored", unchecked("type-list-values") + Behaviour(parameters=(_ignore_unknown_types,)), 6),
    variant("empty-type-list-refused", refusing_bodies(lambda body, _call: body.get("type_list") == []), 7),
    variant("empty-type-list-is-none", Behaviour(parameters=(_empty_list_asks_for_nothing,)), 7),
    variant("repeated-types-refused", refusing_bodies(_repeats_types), 9),
    variant("mark-skipped", unchecked("byte-order-mark"), 62),
    variant("slash-ignored", unchecked("path-end"), 63),
    variant("any-media-type", unchecked("media-type"), 57),
    variant("query-refused", refusing(lambda call: call.query != "", NO_SUCH_API), 63),
)

PICTURES: tuple[Fault, ...] = (
    variant("loose-base64", Behaviour(body=(_read_loose_base64,)), 39),
    variant("decimal-limit", limited(maximum_base64=10_000_000), 24),
    variant("later-side-limit", limited(maximum_side=8192), 28, 29),
    variant("frames-refused", refusing_files(has_frames, FORMAT_NOT_SUPPORTED), 34),
    variant("depths-refused", refusing_files(has_odd_depth, BIT_DEPTH_NOT_SUPPORTED), 36),
    variant("colours-refused", refusing_files(has_odd_colours, FORMAT_NOT_SUPPORTED), 37),
    variant("passes-refused", refusing_files(comes_in_passes, FORMAT_NOT_SUPPORTED), 37),
)

DOWNLOADS: tuple[Fault, ...] = (
    variant("encodes-urls", Behaviour(parameters=(_encode_url,)), 47),
    variant("follows-redirects", unchecked("url-redirect"), 46),
    variant("labels-matter", refusing_urls(has_no_picture_name, URL_FAILED), 32, 46),
    variant("gives-up-on-slow-downloads", IMPATIENT, 45),
)

REQUESTS: tuple[Fault, ...] = (*PARAMETERS, *PICTURES, *DOWNLOADS)


# What is conformant once a target statement says so.


_WITH_AUTHORITY = ("driver_license_front", "vehicle_license_front")
_SIDES = {
    "id_card_emblem_side": "id_card_portrait_side",
    "driver_license_back": "driver_license_front",
    "vehicle_license_back": "vehicle_license_front",
}


def _declared(fault_id: str, change: Behaviour, declares: str, *points: int) -> Fault:
    """An implementation that does what one value of a position says (`position=value`)."""
    return Fault(fault_id, (), change, kind="variant", points=points, declares=(declares,))


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


def _ignore_page(body: JsonObject, _call: Call) -> JsonObject:
    """Takes no heed of a page that is no number from 1."""
    page = body.get("pdf_page_number")
    good = isinstance(page, int) and not isinstance(page, bool) and page >= 1
    return body if good else {name: value for name, value in body.items() if name != "pdf_page_number"}


def _has_page_beside_a_picture(body: JsonObject, call: Call) -> bool:
    return "pdf_page_number" in body and "PDF" in call.operation.formats and b'"JVBERi' not in call.body


_NEAR = 40
_A_PIXEL_BEYOND = each_corner(lambda x, y: [-1 if x < _NEAR else x, -1 if y < _NEAR else y])

DECLARED: tuple[Fault, ...] = (
    _declared(
        "stand-in",
        unchecked("token-given", "token-filled", "token-valid", "signature", "project"),
        "credentials.checked=no",
        53,
    ),
    _declared("picture-wins", unchecked("input-single"), "input.both=picture-wins", 1),
    _declared("prefix-taken-off", unchecked("base64-prefix"), "picture.data-uri=strip", 41),
    _declared("measures-body", unchecked("base64-length") + BODY_LIMIT, "size.measured=body", 25),
    _declared("pixel-beyond-border", both(_A_PIXEL_BEYOND), "location.border=margin", 104),
    _declared(
        "always-200",
        Behaviour(refusal=(lambda refusal, _call: replace(refusal, status=200),)),
        "failure.status=200",
        71,
    ),
    _declared(
        "no-alarms",
        unchecked("alarm-type") + Behaviour(parameters=(lambda asked, _call: replace(asked, alarm=False),)),
        "alarm.offered=no",
        140,
        141,
    ),
    _declared("sides-merged", Behaviour(success=(_merged,)), "ticket.sides=merged", 95),
    _declared("switched-given", _with_switched("texts"), "content.switched=given", 125),
    _declared("switched-all-given", _with_switched("all"), "content.switched=given", 125),
    _declared("page-ignored", Behaviour(body=(_ignore_page,)), "pdf-page.out-of-range=first", 21),
    _declared("page-refused", refusing_bodies(_has_page_beside_a_picture), "pdf-page.out-of-range=reject", 21),
)
