"""How sure a target said it was, and whether it was right: pairs from answers about pictures whose truth is known.

Source: page Automatic Classification, table 3, confidence: the greater the confidence, the greater the accuracy, in a
statistical sense, though it is not the accuracy itself. No single answer can break that, so that it is a figure of the
report and no requirement.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from conformance.judging.content_places import contents
from conformance.judging.geometry import iou
from conformance.judging.locations import MIN_IOU

if TYPE_CHECKING:
    from conformance.exchange import TrueDocument
    from conformance.judging.body import Json
    from conformance.judging.view import Place, View

Subject: TypeAlias = Literal["field", "document"]

_UNWRITTEN = str.maketrans({"年": "-", "月": "-", "日": "", "元": "", "¥": "", "站": ""})
"""Ways of writing a day, an amount or a station that samples show side by side (open points 120 and 121)."""


@dataclass(frozen=True, slots=True)
class Sureness:
    """A confidence between 0 and 1, what it is of, and whether that was correct.

    Of a `field`: its value is the printed one. Of a `document`: its type is right and its location overlaps the true
    place by at least half (IoU).
    """

    subject: Subject
    confidence: float
    correct: bool


def surenesses(view: View) -> Iterator[Sureness]:
    """Every confidence of an accepted answer that can be held against the truth about its picture.

    Left out are fields without a printed value, tickets that are no specimen of their type, and pictures turned by
    their EXIF orientation, whose grid is open.
    """
    truth, picture = view.exchange.truth, view.expectation.picture
    if truth is None or (picture is not None and picture.orientation != 1):
        return
    if view.document is not None:
        confidence = view.document.get("confidence")
        if _is_share(confidence):
            (place,) = view.places
            yield Sureness("document", float(confidence), _found(place))
        return
    places = {place.pointer.removesuffix("/location"): place for place in view.places}
    for pointer, fields, content in contents(view):
        document = _document(places[pointer.removesuffix("/content")], view)
        confidences = content.get("confidence")
        if document is None or not isinstance(confidences, dict):
            continue
        printed = dict(document.fields)
        for key, confidence in confidences.items():
            name = fields.aliases.get(key, key) if key not in content else key
            if _is_share(confidence) and printed.get(name):
                yield Sureness("field", float(confidence), _same(content.get(name), printed[name]))


def _is_share(value: Json) -> TypeGuard[float]:
    """A number between 0 and 1; whatever else stands there breaks a requirement of its own."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _found(place: Place) -> bool:
    return place.overlap is not None and place.overlap >= MIN_IOU


def _document(place: Place, view: View) -> TrueDocument | None:
    """The specimen that a ticket reports: the one of its type that its location overlaps most, by at least half."""
    truth = view.exchange.truth
    if truth is None or place.quad is None or not _found(place):
        return None
    quad = place.quad
    return max((d for d in truth.documents if d.type == place.type), key=lambda d: iou(quad, d.corners))


def _same(read: Json, printed: str) -> bool:
    return isinstance(read, str) and _written(read) == _written(printed)


def _written(text: str) -> str:
    """The text whatever its widths, white space and case, and without the marks that are open."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_UNWRITTEN).split()).casefold()
