"""What an answer made of a picture whose documents are known: which were recognised, as what, and how read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from conformance.engine.account import ANYWHERE
from conformance.exchange import StatedDocument
from conformance.judging.geometry import iou, read_quad
from conformance.judging.location import MIN_IOU
from conformance.judging.tickets import lists_failed, unreadable_beside

if TYPE_CHECKING:
    from collections.abc import Hashable

    from conformance.contract.requirements import Pictures
    from conformance.engine.account import Place
    from conformance.exchange import Quad, TrueDocument, Truth
    from conformance.judging.body import Json
    from conformance.judging.results import Entry
    from conformance.judging.view import View

READ, MISREAD, UNANSWERED = "1", "x", "0"
"""What became of a stated field: read exactly, answered otherwise, or not answered (or its document was missed)."""


UNLISTED = "(unlisted)"
"""Stands for every type that a contract does not have: a target may name a new one in each answer."""

_MOST_ENTRIES = 1_000
"""Entries of one answer that are looked at beyond those that report a document: a target may list any number."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What became of one document on one picture.

    `document` tells it from other documents, on whatever picture. `answered` is the type as which it was recognised,
    None where it was missed; `located` says whether it was placed where its corners are stated, None without any.
    `values` has a character for each of the stated `fields` (READ, MISREAD or UNANSWERED), `edits` the characters by
    which what was answered differs (Levenshtein), `lengths` the characters that are stated.
    """

    type: str
    document: int
    answered: str | None
    located: bool | None = None
    fields: tuple[str, ...] = ()
    values: str = ""
    edits: tuple[int, ...] = ()
    lengths: tuple[int, ...] = ()
    degradation: tuple[str, float] | None = None

    @property
    def right(self) -> bool:
        """Whether it was recognised as what it is."""
        return self.answered == self.type


@dataclass(frozen=True, slots=True)
class Sheet:
    """What an answer made of one picture: each document on it, and the types named that are not there.

    `place` says which of several answers came first.
    """

    documents: tuple[Sighting, ...]
    invented: tuple[str, ...]
    place: Place = ANYWHERE

    def kinds(self) -> set[str]:
        """Types that are on it or were answered."""
        answered = {one.answered for one in self.documents if one.answered is not None}
        return {one.type for one in self.documents} | answered | set(self.invented)


def sheet_of(view: View, place: Place = ANYWHERE) -> tuple[Pictures, int, Sheet] | None:
    """Whose picture a request shows, which one, and what became of it.

    None where nobody knows what is on it, where it is to show another thing, or where an answer does not tell.
    """
    request = view.exchange.request
    documents = _documents(view)
    if documents is None or not _tells(view):
        return None
    picture = _number(f"{request.path} {request.body_sha256()}")
    known = set(view.contract.types) | {document.type for document in documents}
    entries = [(kind if kind in known else UNLISTED, place, content) for kind, place, content in _recognised(view)]
    found, left = _paired(documents, entries)
    sightings = [
        _sighting(document, entry, _number(document.original or f"{picture} {number}"))
        for number, (document, entry) in enumerate(zip(documents, found, strict=True))
    ]
    sheet = Sheet(tuple(sightings), tuple(sorted(entry[0] for entry in left[:_MOST_ENTRIES])), place)
    return "own" if request.stated is not None else "specimens", picture, sheet


def _number(name: str) -> int:
    """Tells names apart, in every process alike."""
    return int.from_bytes(hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def _documents(view: View) -> Sequence[StatedDocument] | None:
    """What should be recognised on the picture of a request; None where nobody knows, or it is another thing."""
    request = view.exchange.request
    if view.expectation.decision == "reject" or request.label is not None:
        return None
    documents: Sequence[StatedDocument] | None = request.stated
    picture = view.expectation.picture
    turned = picture is not None and picture.orientation != 1
    if documents is None and request.truth is not None and view.expectation.decision == "accept":
        documents = [
            StatedDocument(document.type, None if turned else document.corners, document.fields, _master(document))
            for document in view.readable_documents
        ]
    if documents is None:
        return None
    # A picture may be sent to several operations: each is asked for the fields that its own page lists.
    documents = [replace(document, fields=_listed(view, document)) for document in documents]
    if view.contract.page.result == "fields":
        documents = [replace(document, corners=None) for document in documents]  # such answers say no place
    # Of several documents an identity document call returns one: which one is open (point 146).
    return documents if view.contract.answers_tickets or len(documents) < 2 else None


def _master(document: TrueDocument) -> str:
    """The document of which a specimen is one of several copies: whatever is printed on it."""
    return f"{document.type} {document.fields}"


def _listed(view: View, document: StatedDocument) -> tuple[tuple[str, str], ...]:
    """The printed fields of a document that this edition lists."""
    names = view.contract.printed_fields(document.type)
    return tuple(pair for pair in document.fields if pair[0] in names)


def _tells(view: View) -> bool:
    """Whether an answer says what was seen: no refusal for credentials or load, and not the lack of an answer."""
    return view.response is not None and not view.credentials_refused and not view.throttled


_Entry: TypeAlias = "tuple[str, Json, Mapping[str, Json]]"
"""Type, location and content of something recognised."""


def _recognised(view: View) -> Iterator[_Entry]:
    if view.contract.page.result != "fields":
        yield from ((one.type, one.location, one.fields) for one in view.recognised)
        return
    # Such an answer names no type: what it reads is the document that was sent, or a type of the contract.
    kinds = [document.type for document in view.readable_documents] or view.contract.types
    yield from ((kind, None, one.fields) for one in view.recognised for kind in kinds[:1])


def _paired(documents: Sequence[StatedDocument], entries: Sequence[_Entry]) -> tuple[list[_Entry | None], list[_Entry]]:
    """For each document the entry that reports it, so that types, places and fields agree best; and what is left.

    A document that nothing reports by its type was taken for another one where something else lies in its place, or
    where one document and one entry are left and no place tells them apart.
    """
    left = list(entries)
    found: list[_Entry | None] = []
    for document in documents:
        alike = [entry for entry in left if entry[0] == document.type]
        entry = max(
            alike, key=lambda other: (_overlap(document.corners, other[1]), _read(document, other)), default=None
        )
        _take(left, entry)
        found.append(entry)
    open_places = [place for place, entry in enumerate(found) if entry is None]
    for place in open_places:
        document = documents[place]
        entry = max(left[:_MOST_ENTRIES], key=lambda other: _overlap(document.corners, other[1]), default=None)
        placed = entry is not None and document.corners is not None and read_quad(entry[1]) is not None
        if entry is not None and (
            _overlap(document.corners, entry[1]) >= MIN_IOU if placed else len(open_places) == len(left) == 1
        ):
            _take(left, entry)
            found[place] = entry
    return found, left


def _take(left: list[_Entry], entry: _Entry | None) -> None:
    left[:] = [other for other in left if other is not entry]


def _sighting(document: StatedDocument, entry: _Entry | None, number: int) -> Sighting:
    answered = entry[0] if entry is not None else None
    located = None
    if document.corners is not None:
        located = entry is not None and _overlap(document.corners, entry[1]) >= MIN_IOU
    content = entry[2] if entry is not None and answered == document.type else {}
    answers = [(value, content.get(name)) for name, value in document.fields]
    return Sighting(
        type=document.type,
        document=number,
        answered=answered,
        located=located,
        fields=tuple(name for name, _ in document.fields),
        values="".join(_value(stated, answer) for stated, answer in answers),
        edits=tuple(_edits(stated, answer) for stated, answer in answers),
        lengths=tuple(len(stated) for stated, _ in answers),
        degradation=document.degradation,
    )


def _value(stated: str, answer: Json) -> str:
    if answer == stated:
        return READ
    return UNANSWERED if answer is None or answer == "" else MISREAD


def _edits(stated: str, answer: Json) -> int:
    """Characters to insert, delete or replace in what was answered; all of them where that is no text."""
    if answer == stated:
        return 0
    if not isinstance(answer, str):
        return len(stated)
    from rapidfuzz.distance import Levenshtein  # late: an engine that reads everything needs no distance

    return Levenshtein.distance(stated, answer)


def _overlap(corners: Quad | None, location: Json) -> float:
    """How far an entry lies where a document is (IoU); 0 where either says no place."""
    quad = read_quad(location)
    return iou(corners, quad) if corners is not None and quad is not None else 0.0


def _read(document: StatedDocument, entry: _Entry) -> int:
    """Stated fields that were read exactly so."""
    return sum(entry[2].get(name) == value for name, value in document.fields)


# The same of specimens, document by document, with the conditions under which each was asked for: what `habits` tests.


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
        entry = max(alike, key=lambda other: _overlap(document.corners, other.location), default=None)
        left = [other for other in left if other is not entry]
        paired.append((document, entry))
    others = [entry for entry in left if entry.type in view.contract.types and not drawn[entry.type]]
    alone = len(documents) == 1
    return [
        (document, entry, any(alone or _overlap(document.corners, other.location) >= MIN_IOU for other in others))
        for document, entry in paired
    ]


def _misread(view: View, document: TrueDocument, entry: Entry) -> bool:
    read = entry.fields if view.contract.answers_tickets else {}
    return any(read.get(name, value) != value for name, value in document.fields)
