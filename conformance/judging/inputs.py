"""Reads what a request gives to be recognised: a picture as base64 text, or what a target finds behind a url."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pybase64

from conformance.exchange import PICTURES_SLOT
from conformance.images.sniff import Sniffed, is_other_picture, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.contract.contract import Contract, Limits
    from conformance.exchange import ServedPicture
    from conformance.judging.body import Json


# What a target finds behind a url that names a picture of the request.
#
# Read from what the kit serves, as `expect` reads an inline picture from the body.


_OK = 200
_MOVED = range(300, 400)
_LABELS = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "BMP": ("bmp", "image/bmp"),
    "TIFF": ("tif", "image/tiff"),
}
"""Ending and media type that a plain picture of each format is served with."""


@dataclass(frozen=True, slots=True)
class Download:
    """`fault` and `opens` are ids of the catalogue of faults: what is wrong with the file, and what the documents leave
    open about the way to it. `characters` of base64 would hold the file; `picture` is None where it is none.
    """

    fault: str | None
    opens: tuple[str, ...] = ()
    features: frozenset[str] = frozenset()
    characters: int = 0
    picture: Sniffed | None = None


def read_download(url: str, pictures: Sequence[ServedPicture], limits: Limits) -> Download:
    """Follow a url that begins with the slot of pictures, as a target may (open points 32 and 43 to 47)."""
    by_name = {picture.name: picture for picture in pictures}
    opens: list[str] = [] if url.isascii() else ["url.not-encoded"]
    found = by_name.get(unquote(url.removeprefix(PICTURES_SLOT + "/").partition("?")[0]))
    if found is not None and found.status in _MOVED:
        opens.append("url.redirect")
        found = by_name.get(found.location or "")
    if found is None or found.status != _OK:
        return Download("url.not-found", tuple(opens))
    characters = -(-len(found.content) // 3) * 4
    if characters > limits.base64_max:
        return Download("url.too-large", tuple(opens), characters=characters)
    picture = sniff(found.content)
    if picture is None or picture.format not in limits.formats or not picture.complete:
        return Download("url.not-an-image", tuple(opens), characters=characters)
    fault = "url.sides" if _beyond(picture, limits) else None
    opens += _odd(found, picture)
    encoded = not found.name.isascii() and url.isascii()
    features = frozenset({"url", "url:percent-encoded-chinese"} if encoded else {"url"})
    return Download(fault, tuple(opens), features if fault is None else frozenset(), characters, picture)


def _beyond(picture: Sniffed, limits: Limits) -> bool:
    # A PDF file has no pixels of its own.
    sides = (picture.width, picture.height)
    return picture.width > 0 and (min(sides) < limits.side_min or max(sides) > limits.side_max)


def _odd(served: ServedPicture, picture: Sniffed) -> Iterator[str]:
    if served.delay_s:
        yield "url.slow"
    label = _LABELS.get(picture.format)
    if label is not None and label != (served.name.rpartition(".")[2].lower(), served.media_type):
        yield "url.mislabelled"


_STANDARD_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
# Possessive: a text of megabytes is gone through once, whatever stands in it.
_BASE64_DIALECT = re.compile(r"[A-Za-z0-9+/\-_\s]++={0,2}+\s*+")
_ARCHIVE = b"PK\x03\x04"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_UNSEEN = "nobody saw the content of the url"
BETWEEN = "the picture is between 9,900,000 and 10,485,760 characters of base64"
"""Why it is open whether a picture of this size is refused: which unit 10 MB are of."""


def read_input(members: dict[str, Json], length: int, seen: Reading) -> None:
    """Read the picture, or without one the url; `length` is that of the body, in bytes."""
    picture, url = members.get(seen.contract.page.picture), members.get("url")
    if picture is None:
        _read_url(url, seen)
    elif not isinstance(picture, str):
        seen.faults.add("picture.wrong-type")
    elif not picture:
        seen.faults.add("picture.empty")
    else:
        _read_picture(picture, length, seen)


def is_plain_picture(data: bytes, contract: Contract) -> bool:
    """Whether a request with this file and nothing else is one that a contract has to accept, whatever its positions.

    A quick look, for very many; False where it takes more than that to tell.
    """
    limits, picture = contract.limits, sniff(data)
    if picture is None or picture.format not in limits.formats or not picture.complete or any(_unusual(picture)):
        return False
    sides = picture.width, picture.height
    return min(sides) >= limits.side_min and max(sides) <= limits.side_max and len(data) < limits.base64_accepted // 2


def _read_url(url: Json, seen: Reading) -> None:
    if not isinstance(url, str):
        seen.faults.add("url.wrong-type")
    elif not url:
        seen.faults.add("url.empty")
    elif url.startswith(f"{PICTURES_SLOT}/"):
        _read_served(url, seen)
    elif (scheme := _SCHEME.match(url)) is None or scheme[1].lower() not in ("http", "https"):
        seen.faults.add("url.scheme")
    elif _leads_nowhere(url):
        seen.faults.add("url.host")
    else:
        seen.reasons.append(_UNSEEN)


def _leads_nowhere(url: str) -> bool:
    """No host, or one whose name never resolves (RFC 2606)."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return True
    return not host or host.rpartition(".")[2].lower() == "invalid"


def _read_served(url: str, seen: Reading) -> None:
    if not seen.served:
        seen.reasons.append(_UNSEEN)
        return
    found = read_download(url, seen.served, seen.contract.limits)
    if found.fault is not None:
        seen.faults.add(found.fault)
        return
    if found.characters > seen.contract.limits.base64_accepted:
        seen.reasons.append(BETWEEN)
    seen.picture = found.picture
    seen.features |= found.features
    for name in (*found.opens, *(_unusual(found.picture) if found.picture is not None else ())):
        seen.settle(name)


def _read_picture(text: str, length: int, seen: Reading) -> None:
    limits = seen.contract.limits
    if text[:5].lower() == "data:":
        prefix, comma, rest = text.partition(",")
        if seen.settle("picture.data-uri", "reject") != "strip":
            return
        text, length = rest, length - len(prefix) - len(comma)
    if len(text) > limits.base64_max:
        seen.faults.add("picture.base64-too-long")
        return
    if length > limits.base64_max:
        measured = seen.contract.position("size.measured", "either")
        seen.features.add("size.measured")
        if measured == "body":
            seen.faults.add("size.measured")
        elif measured == "text":
            seen.settled.add("size.measured")
        else:
            seen.leave_open("size.measured")
    if len(text) > limits.base64_accepted:
        seen.reasons.append(BETWEEN)
    data = _decoded(text, seen)
    if data is None:
        return
    if len(text) >= limits.base64_accepted - 4:
        seen.features.add("size:below-max")
    elif len(text) >= limits.base64_advised:
        seen.features.add("size:advised")
    seen.picture = sniff(data)
    if seen.picture is None and "OFD" in limits.formats and data.startswith(_ARCHIVE):
        seen.reasons.append("an OFD file is an archive, which nobody opened")
    else:
        _read_pixels(seen.picture, data, seen)


def _decoded(text: str, seen: Reading) -> bytes | None:
    if len(text) % 4 == 0:
        if seen.decoded is not None and seen.decoded[0] is text:
            return seen.decoded[1]
        try:
            return _standard(text)
        except ValueError:  # also where it is not ASCII
            if _STANDARD_BASE64.fullmatch(text):
                seen.faults.add("picture.not-base64")
                return None
    if not _BASE64_DIALECT.fullmatch(text):
        seen.faults.add("picture.not-base64")
        return None
    data = from_dialect(text)
    if data is None or sniff(data) is None:
        # Words and blanks pass for a dialect of base64 by accident; a picture behind them would not be one.
        seen.faults.add("picture.not-base64")
        return None
    return data if seen.settle("picture.base64-dialect") != "reject" else None


def from_dialect(text: str) -> bytes | None:
    """What base64 in another spelling means: with white space, URL-safe, without padding; None for other text."""
    plain = re.sub(r"\s", "", text).replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:  # also where it is not ASCII
        return None


def _standard(text: str) -> bytes:
    """What standard base64 stands for. Raises ValueError for anything that Python takes for none."""
    try:
        return pybase64.b64decode(text, validate=True)  # thirty times as quick
    except ValueError:
        return base64.b64decode(text, validate=True)


def _read_pixels(picture: Sniffed | None, data: bytes, seen: Reading) -> None:
    limits = seen.contract.limits
    if picture is None and not is_other_picture(data):
        seen.faults.add("picture.none")
        return
    if picture is None or picture.format not in limits.formats:
        seen.faults.add("picture.format")
        return
    if not picture.complete:
        seen.faults.add("picture.incomplete")
        return
    if not picture.width:
        seen.reasons.append(f"a {picture.format} file has no pixels of its own")
        return
    short, long = min(picture.width, picture.height), max(picture.width, picture.height)
    if short < limits.side_min:
        seen.faults.add("picture.side-far-below" if short <= limits.side_far_below else "picture.side-below")
    if long > limits.side_max:
        seen.faults.add("picture.side-far-above" if long >= limits.side_far_above else "picture.side-above")
    for unusual in _unusual(picture):
        seen.settle(unusual)
    seen.features |= {"picture", f"format:{picture.format}"}
    if short == limits.side_min:
        seen.features.add("side:min")
    if long == limits.side_max:
        seen.features.add("side:max")


def _unusual(picture: Sniffed) -> Iterator[str]:
    """What about a listed format the documents leave open (open points 34 to 37): ids of the catalogue of faults."""
    if picture.frames > 1:
        yield "picture.frames"
    if picture.orientation != 1:
        # Whose pixels its coordinates are is a position; that it may be refused is not.
        yield "picture.turned"
    if picture.bits != 8:
        yield "picture.depth"
    elif picture.mode != "rgb":
        yield "picture.colour"
    if picture.in_passes:
        yield "picture.passes"


# What is noticed while a request is read: what is wrong with it, what it shows, what the documents leave open.


@dataclass(slots=True)
class Reading:
    """What has been noticed so far about a request; the members are those of an Expectation.

    `served` are the pictures that go with it; `decoded` is a text of its body in standard base64, and the file in it.
    """

    contract: Contract
    served: tuple[ServedPicture, ...] = ()
    faults: set[str] = field(default_factory=set)
    features: set[str] = field(default_factory=set)
    opens: set[str] = field(default_factory=set)
    reasons: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    type_list: tuple[str, ...] | None = None
    alarm: bool = False
    picture: Sniffed | None = None
    decoded: tuple[str, bytes] | None = None

    def settle(self, name: str, otherwise: str = "either") -> str:
        """Enter something on which a target may take a position, as that position says; returns its value.

        `otherwise` is what the documents say where the contract has no such position.
        """
        value = self.contract.position(name, otherwise)
        self.features.add(name)
        if value == "reject":
            self.faults.add(name)
        elif value == "either":
            self.leave_open(name)
        else:
            self.settled.add(name)
        return value

    def leave_open(self, fault: str) -> None:
        """Enter something that may be accepted or refused."""
        self.opens.add(fault)
        self.reasons.append(self.contract.errors.faults[fault].title.en)
