"""What a target finds behind a url that names a picture of the request.

Read from what the kit serves, as `expect` reads an inline picture from the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from conformance.exchange import PICTURES_SLOT
from conformance.images.sniff import Sniffed, sniff

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.contract.contract import Limits
    from conformance.exchange import ServedPicture

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
