"""Faults with files that are legal and less common: several frames, other depths, colours, passes and orientations."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from conformance.reference.behaviour import Behaviour
from conformance.reference.errors import FORMAT_NOT_SUPPORTED, INVALID_PARAMETER, NOT_RECOGNISED, refused
from conformance.reference.faults.fault import Fault
from conformance.reference.pictures import Picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.reference.calls import Call
    from conformance.reference.errors import Refusal
    from conformance.reference.values import JsonObject

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
