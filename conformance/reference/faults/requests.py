"""Faults in what is let through and what is not: checks that are missing, too strict or too lax; files; urls."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from PIL import Image, ImageOps

from conformance.reference.behaviour import Behaviour, Fault, gateway_page, halved, recoded
from conformance.reference.contracts import fields_answer
from conformance.reference.editions import (
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    LENGTH_INVALID,
    NOT_JSON,
    NOT_RECOGNISED,
    SIZE_NOT_MET,
    URL_NOT_ALLOWED,
    refused,
)
from conformance.reference.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.calls import Call, Parameters
    from conformance.reference.editions import Check, Edition, Json, JsonObject, Refusal
    from conformance.reference.recognizer import Found


_TOKEN_SHAPE = re.compile(r"[A-Za-z0-9+/=]{24,}")
_RESPELLED = re.compile(rb"\\|[\r\n\t]|  |:  ")
_MEDIA_TYPE_HEADER = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)
_LARGEST_BODY = 10 * 1024 * 1024
"""Bytes."""

_ENTERPRISE_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|0")


def unchecked(*checks: Check) -> Behaviour:
    """Leave checks out."""
    return Behaviour(skipped=frozenset(checks))


def refusing(unwanted: Callable[[Call], bool], code: str = INVALID_PARAMETER) -> Behaviour:
    """Refuse calls that nothing is wrong with, by default as if a parameter were invalid."""
    return refusing_bodies(lambda _body, call: unwanted(call), code)


def refusing_bodies(unwanted: Callable[[JsonObject, Call], bool], code: str = INVALID_PARAMETER) -> Behaviour:
    """The same by the JSON of their body."""

    def change(body: JsonObject, call: Call) -> JsonObject:
        if unwanted(body, call):
            raise refused(code, "unwanted")
        return body

    return Behaviour(body=(change,))


def limited(**members: Any) -> Behaviour:
    """Documented data with other members: see `Edition`."""
    return Behaviour(edition=(lambda edition: replace(edition, **members),))


def _without_format(name: str) -> Behaviour:
    def change(edition: Edition) -> Edition:
        return replace(edition, formats=tuple(entry for entry in edition.formats if entry != name))

    return Behaviour(edition=(change,))


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


def accepting(*causes: str, where: Callable[[Call], bool] = lambda _call: True) -> Behaviour:
    """Answer as if all were well what should have been refused for one of these causes."""

    def rescue(refusal: Refusal, call: Call) -> JsonObject | None:
        return made_up(call) if refusal.cause in causes and where(call) else None

    return Behaviour(rescue=(rescue,))


def made_up(call: Call) -> JsonObject:
    """A successful answer that no picture was needed for, also on a path that is that of no operation."""
    answers = call.edition.answers if call.edition else "document" if "id-doc" in call.path else "tickets"
    if call.edition and answers == "fields":
        return fields_answer((), replace(call.edition, types=()), everything=True)
    place: Json = [[0, 0], [14, 0], [14, 14], [0, 14]]
    if answers == "document":
        return {"result": {"type": "id_card", "location": place, "confidence": 0.91}}
    status: Json = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    content: Json = {"issue": "SPECIMEN", "valid_from": "2020-01-01", "valid_to": "2030-01-01"}
    return {"result": [{"status": status, "type": "id_card_emblem_side", "location": place, "content": content}]}


BODY_LIMIT = refusing(lambda call: len(call.body) > _LARGEST_BODY, LENGTH_INVALID)
"""Takes 10 MB for the limit of the whole body."""

CREDENTIALS = (
    Fault("accepts-missing-token", ("token.required",), unchecked("token-given")),
    Fault("accepts-empty-token", ("token.not-empty",), unchecked("token-filled")),
    Fault("accepts-any-token", ("token.valid", "token.issued"), unchecked("token-valid", "signature")),
    Fault("accepts-token-shaped-text", ("token.issued",), accepting("token-valid", where=_has_token_shape)),
    Fault("accepts-any-project", ("project.own", "project.well-formed"), unchecked("project")),
)

LAX_INPUT = (
    Fault("accepts-no-input", ("input.required",), accepting("input-given")),
    Fault("accepts-both-inputs", ("input.one-only",), unchecked("input-single")),
    Fault("accepts-null-input", ("input.not-null",), accepting("picture-null", "url-null")),
    Fault("accepts-wrong-type-input", ("image.string", "data.string"), accepting("picture-type")),
    Fault("accepts-empty-input", ("image.not-empty", "data.not-empty"), accepting("picture-empty")),
    Fault("accepts-other-input-name", ("image.name", "data.name"), Behaviour(body=(_accept_other_name,))),
    Fault("accepts-not-base64", ("image.base64", "data.base64"), accepting("base64")),
    Fault("accepts-data-uri", ("image.no-prefix", "data.no-prefix"), unchecked("base64-prefix")),
    Fault("accepts-wrong-type-url", ("url.string",), accepting("url-type")),
    Fault("accepts-empty-url", ("url.not-empty",), accepting("url-empty")),
    Fault("accepts-any-scheme", ("url.http-only",), accepting("url-form")),
    Fault("accepts-empty-body", ("body.not-empty",), accepting("body-empty")),
    Fault("accepts-not-json", ("body.json",), accepting("json")),
    Fault("accepts-other-encodings", ("body.utf8",), accepting("json-encoding")),
    Fault("accepts-json-array", ("body.object",), accepting("json-object")),
    Fault("accepts-type-list-text", ("type-list.list",), unchecked("type-list-type", "type-list-values")),
    Fault("accepts-alarm-text", ("alarm.boolean",), unchecked("alarm-type")),
    Fault("accepts-any-method", ("method.post-only",), accepting("method")),
    Fault("accepts-any-path", ("path.exact",), accepting("route")),
)

LAX_PICTURE = (
    Fault("accepts-any-format", ("format.listed-only",), unchecked("format")),
    Fault("accepts-any-file", ("image.picture", "data.picture"), accepting("format")),
    Fault("accepts-damaged", ("picture.complete",), accepting("decodable")),
    Fault("accepts-small-sides", ("side.min", "side.min.far"), accepting("minimum-side")),
    Fault("accepts-large-sides", ("side.max", "side.max.far"), unchecked("maximum-side")),
    Fault("answers-large-sides", ("side.max", "side.max.far"), accepting("maximum-side")),
    Fault("accepts-long-base64", ("size.max",), unchecked("base64-length", "body-length")),
)

STRICT = (
    Fault("refuses-jpeg", ("accepts.format.jpeg",), _without_format("JPEG")),
    Fault("refuses-png", ("accepts.format.png",), _without_format("PNG")),
    Fault("refuses-bmp", ("accepts.format.bmp",), _without_format("BMP")),
    Fault("refuses-tiff", ("accepts.format.tiff",), _without_format("TIFF")),
    Fault(
        "refuses-minimum-side",
        ("accepts.side-min",),
        Behaviour(edition=(lambda edition: replace(edition, minimum_side=edition.minimum_side + 1),)),
    ),
    Fault(
        "refuses-maximum-side",
        ("accepts.side-max",),
        Behaviour(edition=(lambda edition: replace(edition, maximum_side=edition.maximum_side - 1),)),
    ),
    Fault("refuses-below-10-mb", ("accepts.size-max",), limited(maximum_base64=9_800_000)),
    Fault("gateway-limit", ("accepts.size-max",), gateway_page(413, 1_000_000)),
    Fault(
        "refuses-advised-size", ("accepts.size-advised", "accepts.size-max"), limited(maximum_base64=7 * 1024 * 1024)
    ),
    Fault("refuses-type-list", ("accepts.type-list",), refusing(_names_types)),
    Fault("refuses-long-type-list", ("accepts.type-list.all",), refusing(_names_all_types)),
    Fault("refuses-respelled-json", ("accepts.json-spelling",), refusing(is_respelled, NOT_JSON)),
    Fault("refuses-charset", ("accepts.content-type-charset",), refusing(_has_charset, NOT_JSON)),
    Fault("refuses-respelled-headers", ("accepts.header-spelling",), refusing(_has_respelled_headers, NOT_JSON)),
    Fault("refuses-unknown-enterprise", ("accepts.enterprise-project.unknown",), refusing(_has_unknown_enterprise)),
    Fault(
        "refuses-malformed-enterprise", ("accepts.enterprise-project.malformed",), refusing(_has_malformed_enterprise)
    ),
    Fault(
        "refuses-alarm",
        ("accepts.alarm.true",),
        refusing(lambda call: re.search(rb'"alarm"\s*:\s*true', call.body) is not None),
    ),
    Fault(
        "refuses-no-alarm",
        ("accepts.alarm.false",),
        refusing(lambda call: re.search(rb'"alarm"\s*:\s*false', call.body) is not None),
    ),
)

DECLARED = (
    Fault("insists-on-one-input", ("input.both",), Behaviour()),
    Fault("insists-on-bare-base64", ("picture.data-uri",), Behaviour()),
    Fault("insists-on-credentials", ("credentials.unchecked",), Behaviour()),
    Fault("insists-on-statuses", ("failure.status-200",), Behaviour()),
    Fault("limits-the-body", ("size.measured",), BODY_LIMIT),
)
"""Doing what the documents say is a fault where a target statement says otherwise."""

CHECKS: tuple[Fault, ...] = CREDENTIALS + LAX_INPUT + LAX_PICTURE + STRICT + DECLARED


# Faults with files that are legal and less common.


_ODD_DEPTHS = frozenset({"1", "I;16", "I;16B", "I;16L"})
_ODD_COLOURS = frozenset({"L", "LA", "P", "PA", "RGBA", "CMYK"})


@contextmanager
def _opened(picture: Picture) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(picture.data)) as image:
            yield image
    except OSError as error:
        raise refused(FORMAT_NOT_SUPPORTED, "decodable") from error


def refusing_files(is_odd: Callable[[Image.Image], bool], code: str = INVALID_PARAMETER) -> Behaviour:
    """Refuse some files, by default as if a parameter were invalid."""

    def change(picture: Picture, _call: Call) -> Picture:
        with _opened(picture) as image:
            if is_odd(image):
                raise refused(code, "odd-file")
        return picture

    return Behaviour(picture=(change,))


def has_odd_depth(image: Image.Image) -> bool:
    """Whether a sample has 1 or 16 bits."""
    return image.mode in _ODD_DEPTHS


def has_odd_colours(image: Image.Image) -> bool:
    """Whether it is grey, of a palette, with alpha or CMYK."""
    return image.mode in _ODD_COLOURS


def has_frames(image: Image.Image) -> bool:
    """Whether the file holds several pictures."""
    return int(getattr(image, "n_frames", 1)) > 1


def comes_in_passes(image: Image.Image) -> bool:
    """Whether it is progressive or interlaced."""
    return bool(image.info.get("progressive") or image.info.get("interlace"))


def _nothing(refusal: Refusal, call: Call) -> JsonObject | None:
    if refusal.cause != "odd-file":
        return None
    return {"result": []} if call.operation.answers == "tickets" else {"result": {}}


def _as_displayed(picture: Picture, _call: Call) -> Picture:
    """The picture as a viewer turns it by its orientation tag."""
    with _opened(picture) as image:
        turned = ImageOps.exif_transpose(image)
        if turned.size == image.size:
            return picture
        buffer = BytesIO()
        turned.convert("RGB").save(buffer, "PNG")
        data = buffer.getvalue()
        return Picture(data, "PNG", turned.width, turned.height, hashlib.sha256(data).hexdigest(), picture.gate)


FILES: tuple[Fault, ...] = (
    Fault("refuses-frames", ("picture.frames",), refusing_files(has_frames)),
    Fault("refuses-depths", ("picture.depth",), refusing_files(has_odd_depth)),
    Fault("refuses-colours", ("picture.colour",), refusing_files(has_odd_colours)),
    Fault("unreadable-colours", ("picture.colour",), refusing_files(has_odd_colours, NOT_RECOGNISED)),
    Fault("nothing-in-frames", ("picture.frames",), refusing_files(has_frames) + Behaviour(rescue=(_nothing,))),
    Fault("refuses-passes", ("picture.passes",), refusing_files(comes_in_passes)),
    Fault("turns-by-tag", ("picture.orientation",), Behaviour(picture=(_as_displayed,))),
)


# Faults with pictures that are named by a url.


_PICTURE_NAME = re.compile(r".*\.(jpe?g|png|bmp|tiff?)", re.IGNORECASE)
_ENCODED_CHINESE = re.compile(r"%E[4-9]", re.IGNORECASE)
IMPATIENT = limited(download_s=0.5)
"""Waits half a second for a download."""


def _names_url(call: Call) -> bool:
    return call.parameters is not None and call.parameters.url is not None


def _accepting(*causes: str) -> Behaviour:
    return accepting(*causes, where=_names_url)


def refusing_urls(unwanted: Callable[[str], bool], code: str) -> Behaviour:
    """Refuse some urls without fetching them."""

    def change(parameters: Parameters, _call: Call) -> Parameters:
        if parameters.url is not None and unwanted(parameters.url):
            raise refused(code, "unwanted-url")
        return parameters

    return Behaviour(parameters=(change,))


def _halved_if_fetched(found: tuple[Found, ...], call: Call) -> tuple[Found, ...]:
    """Places documents on a thumbnail, where the picture was fetched."""
    return halved(found) if _names_url(call) else found


def has_no_picture_name(url: str) -> bool:
    """Whether the name at the end of a url is that of another kind of file."""
    path = urlsplit(url).path
    return "." in path and _PICTURE_NAME.fullmatch(path) is None


URLS: tuple[Fault, ...] = (
    Fault("refuses-urls", ("accepts.url",), refusing_urls(lambda _url: True, URL_NOT_ALLOWED)),
    Fault(
        "refuses-encoded-urls",
        ("accepts.url.chinese-encoded",),
        refusing_urls(lambda url: _ENCODED_CHINESE.search(url) is not None, URL_NOT_ALLOWED),
    ),
    Fault("halves-urls", ("url.same-as-inline",), Behaviour(found=(_halved_if_fetched,))),
    Fault("accepts-no-host", ("url.host",), _accepting("url-form", "url-failed", "url-private")),
    Fault("accepts-nothing-found", ("url.found",), _accepting("url-status", "url-failed")),
    Fault("accepts-any-download", ("url.picture",), _accepting("format", "decodable")),
    Fault("accepts-long-downloads", ("url.size",), _accepting("url-length")),
    Fault("accepts-download-sides", ("url.side",), _accepting("minimum-side", "maximum-side")),
    Fault("wrong-code-for-downloads", ("url.code",), recoded(SIZE_NOT_MET, "url-failed", "url-status", "format")),
    Fault("wrong-code-for-redirects", ("url.redirect",), recoded(SIZE_NOT_MET, "url-redirect")),
    Fault("wrong-code-for-labels", ("url.mislabelled",), refusing_urls(has_no_picture_name, SIZE_NOT_MET)),
    Fault("wrong-code-for-characters", ("url.not-encoded",), recoded(SIZE_NOT_MET, "url-characters")),
    Fault("impatient", ("url.slow",), IMPATIENT + recoded(SIZE_NOT_MET, "url-timeout")),
)
