"""What became of each document on the picture of a request, and under which conditions it was asked for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.judging.geometry import iou, read_quad
from conformance.judging.tickets import lists_failed, unreadable_beside

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from conformance.exchange import TrueDocument, Truth
    from conformance.judging.results import Entry
    from conformance.judging.view import View

SEVERAL, BESIDE, TYPE_LIST = "several", "beside-unreadable", "type-list"
"""Conditions of a request: several readable documents, an unreadable one among them, a type_list."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One document on the picture of one request: which it is, under which conditions it was asked for, what became
    of it. `page` tells pictures apart by what is on them and where: however they are stored, it is one page.
    """

    document: Hashable
    conditions: frozenset[str]
    page: Hashable
    missed: bool
    mistyped: bool = False
    misread: bool = False


def units_of(view: View, relation: str | None = None) -> list[Unit]:
    """Each readable specimen that a valid request asks for, and what its answer made of it; none where nobody knows.

    `relation` is the requirement (its name) that relates the request to its control.
    """
    truth = view.exchange.truth
    understood = view.kind == "success" or view.nothing_found
    if truth is None or not understood or view.expectation.decision != "accept":
        return []
    if view.exchange.request.label is not None or (not view.contract.answers_tickets and len(truth.documents) > 1):
        return []
    found = _found(view, view.readable_documents)
    conditions = {relation} if relation is not None else set()
    conditions |= {SEVERAL} if sum(document.readable for document in truth.documents) > 1 else set()
    conditions |= {BESIDE} if not all(document.readable for document in truth.documents) else set()
    conditions |= {TYPE_LIST} if view.expectation.type_list is not None else set()
    page = _page(truth)
    return [
        Unit(
            document=print_of(document, truth),
            conditions=frozenset(conditions),
            page=page,
            missed=entry is None,
            mistyped=entry is None and mistyped,
            misread=entry is not None and _misread(view, document, entry),
        )
        for document, entry, mistyped in found
    ]


def unreadable_of(view: View) -> tuple[list[Hashable], bool]:
    """The documents on a picture that nobody can read, and whether its answer lists a failed ticket; no documents where
    there are none beside others that are recognised, or where nobody can tell.
    """
    truth, documents = view.exchange.truth, unreadable_beside(view)
    listed = lists_failed(view) if documents else None
    if truth is None or listed is None:
        return [], False
    return [print_of(document, truth) for document in documents], listed


def print_of(document: TrueDocument, truth: Truth) -> Hashable:
    """What tells a document from another on any page: its type, what is printed on it, how it is worn."""
    return document.type, document.fields, truth.alarms or frozenset()


def _page(truth: Truth) -> Hashable:
    return truth.width, truth.height, tuple((d.type, d.corners, d.readable) for d in truth.documents)


def _found(view: View, documents: Sequence[TrueDocument]) -> list[tuple[TrueDocument, Entry | None, bool]]:
    """Each document with the recognised entry of its type that lies nearest, and whether it was taken for another."""
    if view.contract.page.result == "fields":  # such an answer names no type and no place: it is of what was sent
        return [(document, next(iter(view.recognised), None), False) for document in documents]
    drawn = Counter(document.type for document in documents)
    left, paired = list(view.recognised), []
    for document in documents:
        alike = [entry for entry in left if entry.type == document.type]
        entry = max(alike, key=lambda other: _overlap(document, other), default=None)
        if entry is not None:
            left = [other for other in left if other is not entry]
        paired.append((document, entry))
    others = [entry for entry in left if entry.type in view.contract.types and not drawn[entry.type]]
    alone = len(documents) == 1
    return [
        (document, entry, any(alone or _overlap(document, other) >= _HALF for other in others))
        for document, entry in paired
    ]


_HALF = 0.5
"""Overlap (IoU) from which an entry of another type is taken to be of a document."""


def _overlap(document: TrueDocument, entry: Entry) -> float:
    quad = read_quad(entry.location)
    return iou(document.corners, quad) if quad is not None else 0.0


def _misread(view: View, document: TrueDocument, entry: Entry) -> bool:
    read = entry.fields if view.contract.answers_tickets else {}
    return any(read.get(name, value) != value for name, value in document.fields)
