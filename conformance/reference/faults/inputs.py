"""Faults with files that are legal and less common, and with pictures that are named by a url."""

from __future__ import annotations

import hashlib
import re
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from PIL import Image, ImageOps

from conformance.reference.behaviour import Behaviour, Fault, halved, recoded
from conformance.reference.editions import (
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    NOT_RECOGNISED,
    SIZE_NOT_MET,
    URL_NOT_ALLOWED,
    refused,
)
from conformance.reference.faults.limits import accepting
from conformance.reference.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.calls import Call, Parameters
    from conformance.reference.editions import JsonObject, Refusal
    from conformance.reference.recognizer import Found


_ODD_DEPTHS = frozenset({"1", "I;16", "I;16B", "I;16L"})
_ODD_COLOURS = frozenset({"L", "LA", "P", "PA", "RGBA", "CMYK"})


@contextmanager
def _opened(picture: Picture) -> Iterator[Image.Image]:
    try:
        with Image.open(BytesIO(picture.data)) as image:
            yield image
    except OSError as error:
        raise refused(FORMAT_NOT_SUPPORTED, "decodable") from error


def refusing(is_odd: Callable[[Image.Image], bool], code: str = INVALID_PARAMETER) -> Behaviour:
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


FAULTS: tuple[Fault, ...] = (
    Fault(
        "refuses-frames",
        "refuses files of several frames as an invalid parameter",
        ("picture.frames",),
        refusing(has_frames),
    ),
    Fault(
        "refuses-depths",
        "refuses 1 and 16 bits as an invalid parameter",
        ("picture.depth",),
        refusing(has_odd_depth),
    ),
    Fault(
        "refuses-colours",
        "refuses what is not RGB as an invalid parameter",
        ("picture.colour",),
        refusing(has_odd_colours),
    ),
    Fault(
        "unreadable-colours",
        "calls a document unreadable that is not RGB",
        ("picture.colour",),
        refusing(has_odd_colours, NOT_RECOGNISED),
    ),
    Fault(
        "nothing-in-frames",
        "answers files of several frames with an empty result",
        ("picture.frames",),
        refusing(has_frames) + Behaviour(rescue=(_nothing,)),
    ),
    Fault(
        "refuses-passes",
        "refuses interlaced and progressive files as an invalid parameter",
        ("picture.passes",),
        refusing(comes_in_passes),
    ),
    Fault(
        "turns-by-tag",
        "turns pictures by their orientation tag",
        ("picture.orientation",),
        Behaviour(picture=(_as_displayed,)),
    ),
)


# Faults with pictures that are named by a url.


_PICTURE_NAME = re.compile(r".*\.(jpe?g|png|bmp|tiff?)", re.IGNORECASE)
_ENCODED_CHINESE = re.compile(r"%E[4-9]", re.IGNORECASE)
IMPATIENT = Behaviour(edition=(lambda edition: replace(edition, download_s=0.5),))
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


URL_FAULTS: tuple[Fault, ...] = (
    Fault("refuses-urls", "fetches no url at all", ("accepts.url",), refusing_urls(lambda _url: True, URL_NOT_ALLOWED)),
    Fault(
        "refuses-encoded-urls",
        "refuses urls with percent-encoded Chinese",
        ("accepts.url.chinese-encoded",),
        refusing_urls(lambda url: _ENCODED_CHINESE.search(url) is not None, URL_NOT_ALLOWED),
    ),
    Fault(
        "halves-urls",
        "places documents of fetched pictures on half the size",
        ("url.same-as-inline",),
        Behaviour(found=(_halved_if_fetched,)),
    ),
    Fault(
        "accepts-no-host",
        "answers urls whose host does not exist",
        ("url.host",),
        _accepting("url-form", "url-failed", "url-private"),
    ),
    Fault(
        "accepts-nothing-found",
        "answers urls at which nothing is found",
        ("url.found",),
        _accepting("url-status", "url-failed"),
    ),
    Fault(
        "accepts-any-download",
        "answers fetched files that are no pictures",
        ("url.picture",),
        _accepting("format", "decodable"),
    ),
    Fault(
        "accepts-long-downloads", "answers fetched files above 10 MB of base64", ("url.size",), _accepting("url-length")
    ),
    Fault(
        "accepts-download-sides",
        "answers fetched pictures of any size",
        ("url.side",),
        _accepting("minimum-side", "maximum-side"),
    ),
    Fault(
        "wrong-code-for-downloads",
        "calls failed downloads a wrong size",
        ("url.code",),
        recoded(SIZE_NOT_MET, "url-failed", "url-status", "format"),
    ),
    Fault(
        "wrong-code-for-redirects",
        "calls redirections a wrong size",
        ("url.redirect",),
        recoded(SIZE_NOT_MET, "url-redirect"),
    ),
    Fault(
        "wrong-code-for-labels",
        "calls files with other names than a picture's a wrong size",
        ("url.mislabelled",),
        refusing_urls(has_no_picture_name, SIZE_NOT_MET),
    ),
    Fault(
        "wrong-code-for-characters",
        "calls urls with bare Chinese a wrong size",
        ("url.not-encoded",),
        recoded(SIZE_NOT_MET, "url-characters"),
    ),
    Fault(
        "impatient",
        "waits half a second for a download, and calls a slow one a wrong size",
        ("url.slow",),
        IMPATIENT + recoded(SIZE_NOT_MET, "url-timeout"),
    ),
)
