"""How the picture of a draw is served for a url that names it: the address, and what a target finds there.

A name holds a digest of what it stands for, so that equal bodies of requests mean equal pictures, and a target that
keeps what it fetched once never answers for another picture.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from conformance.exchange import PICTURES_SLOT, ServedPicture

if TYPE_CHECKING:
    from conformance.images import Format
    from conformance.strategies.draw import Draw

SLOW_S = 6.0
"""Seconds until a slow picture comes: more than most would wait for, less than the time for a whole request."""

_FOUND = 302
_CHINESE = "票证样例"
_KINDS: dict[Format, tuple[str, str]] = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "BMP": ("bmp", "image/bmp"),
    "TIFF": ("tif", "image/tiff"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A url with the slot of the address in it, and the pictures that have to be served for it."""

    url: str
    pictures: tuple[ServedPicture, ...]


def serve(draw: Draw, data: bytes) -> Address:
    """The address of a draw whose picture's file is `data`."""
    ending, media_type = _KINDS[draw.format]
    digest = digest_of(data)
    plain = ServedPicture(f"specimen-{digest}.{ending}", data, media_type)
    match draw.served:
        case "plain":
            return named(plain)
        case "chinese":
            return named(ServedPicture(f"{_CHINESE}-{digest}.{ending}", data, media_type))
        case "not-encoded":
            picture = ServedPicture(f"{_CHINESE}-{digest}.{ending}", data, media_type)
            return Address(f"{PICTURES_SLOT}/{picture.name}", (picture,))
        case "redirected":
            moved = ServedPicture(f"moved-{digest}.{ending}", status=_FOUND, location=plain.name)
            return Address(f"{PICTURES_SLOT}/{moved.name}", (moved, plain))
        case "mislabelled":
            return named(ServedPicture(f"specimen-{digest}.txt", data, "text/plain"))
        case "slow":
            return named(ServedPicture(f"slow-{digest}.{ending}", data, media_type, delay_s=SLOW_S))


def named(picture: ServedPicture) -> Address:
    """The address of one picture, percent-encoded."""
    return Address(f"{PICTURES_SLOT}/{quote(picture.name)}", (picture,))


def digest_of(data: bytes) -> str:
    """Twelve digits that stand for a file in its name."""
    return hashlib.sha256(data).hexdigest()[:12]
