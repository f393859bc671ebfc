"""How sure a target said it was, and whether it was right: pairs from answers about pictures whose truth is known.

Source: page Automatic Classification, table 3, confidence: the greater the confidence, the greater the accuracy, in a
statistical sense, though it is not the accuracy itself. No single answer can break that, so that it is a figure of the
report and no requirement.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, TypeGuard

from conformance.judging.body import Json, is_number
from conformance.judging.geometry import iou, read_quad
from conformance.judging.locations import MIN_IOU

if TYPE_CHECKING:
    from conformance.exchange import StatedDocument, TrueDocument
    from conformance.judging.results import Entry
    from conformance.judging.view import View

Subject: TypeAlias = Literal["field", "document"]

_Known: TypeAlias = "TrueDocument | StatedDocument"

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
    """Every confidence of an accepted answer that can be held against what is known to be on its picture.

    That is the truth about specimens, or what a user states about pictures of their own. Left out are fields without a
    known value, tickets that are none of the known documents, places where no corners are known, and pictures turned
    by their EXIF orientation, whose grid is open.
    """
    request, picture = view.exchange.request, view.expectation.picture
    known = request.stated if view.exchange.truth is None else view.exchange.truth.documents
    if known is None or (picture is not None and picture.orientation != 1):
        return
    if not view.tickets:
        for entry in view.result.placed:
            yield from _of_document(entry, known)
    kinds = Counter(ticket.type for ticket in view.tickets)
    at = {f"{ticket.pointer}/content": ticket for ticket in view.tickets}
    for one in view.contents:
        fields, content = one.fields, one.members
        document = _reported(at[one.pointer], known, alone=kinds[fields.type] == 1)
        confidences = content.get("confidence")
        if document is None or not isinstance(confidences, dict):
            continue
        printed = dict(document.fields)
        for key, confidence in confidences.items():
            name = fields.aliases.get(key, key) if key not in content else key
            if _is_share(confidence) and printed.get(name):
                yield Sureness("field", float(confidence), _same(content.get(name), printed[name]))


def _of_document(document: Entry, known: Sequence[_Known]) -> Iterator[Sureness]:
    """The confidence of an identity document's location: wrong where no document of its type is there."""
    confidence, alike = document.members.get("confidence"), [one for one in known if one.type == document.type]
    placed = not alike or any(one.corners is not None for one in alike)
    if _is_share(confidence) and placed:
        yield Sureness("document", float(confidence), _reported(document, alike, alone=False) is not None)


def _reported(entry: Entry, known: Sequence[_Known], *, alone: bool) -> _Known | None:
    """The known document that an entry reports: the one of its type that its location overlaps most, by at least half.

    Without known corners, the only one of its type, where the entry is the only one of it, too.
    """
    quad, alike = read_quad(entry.location), [one for one in known if one.type == entry.type]
    if alone and len(alike) == 1 and alike[0].corners is None:
        return alike[0]
    overlaps = [
        (iou(quad, one.corners), at) for at, one in enumerate(alike) if quad is not None and one.corners is not None
    ]
    overlap, at = max(overlaps, default=(0.0, 0))
    return alike[at] if overlap >= MIN_IOU else None


def _is_share(value: Json) -> TypeGuard[float]:
    """A number between 0 and 1; whatever else stands there breaks a requirement of its own."""
    return is_number(value) and 0 <= value <= 1


def _same(read: Json, printed: str) -> bool:
    return isinstance(read, str) and _written(read) == _written(printed)


def _written(text: str) -> str:
    """The text whatever its widths, white space and case, and without the marks that are open."""
    return "".join(unicodedata.normalize("NFKC", text).translate(_UNWRITTEN).split()).casefold()
