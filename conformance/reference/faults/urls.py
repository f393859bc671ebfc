"""Faults with pictures that are named by a url."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import SIZE_NOT_MET, URL_NOT_ALLOWED, refused
from conformance.reference.faults.edits import accepting, halved, recoded
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.reference.calls import Call
    from conformance.reference.parameters import Parameters
    from conformance.reference.recognizer import Found

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


FAULTS: tuple[Fault, ...] = (
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
