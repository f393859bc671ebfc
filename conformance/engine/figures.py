"""What a run measures: how well documents were recognised, and the answers that show it.

Recognition is counted on pictures whose documents are known: the kit's specimens, and pictures of the user's own. Each
distinct request counts once, however often it was sent.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

from conformance.engine.account import ANYWHERE
from conformance.exchange import StatedDocument
from conformance.judging.geometry import iou, read_quad
from conformance.judging.locations import MIN_IOU

if TYPE_CHECKING:
    from typing import Literal

    from conformance.contract.requirements import Pictures
    from conformance.engine.account import Place
    from conformance.exchange import Exchange, Request
    from conformance.judging.body import Json
    from conformance.judging.view import View

Key: TypeAlias = "tuple[str, Pictures, str]"
"""Contract, whose pictures, type."""

Showing: TypeAlias = "Literal['missed', 'invented', 'seen', 'slowest', 'billing']"
Rank: TypeAlias = "tuple[float, Place]"
"""What is kept of several exchanges that show the same: the one of the lowest figure, the first one among those."""


@dataclass(slots=True)
class Tally:
    """Counts of one type: documents on the pictures, recognised as it, rightly so; places and fields that agree.

    `located` of `places` right ones with stated corners lie there (IoU of at least 0.5); `read` of `fields` stated
    values were read so.
    """

    documents: int = 0
    recognised: int = 0
    right: int = 0
    places: int = 0
    located: int = 0
    fields: int = 0
    read: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Both together."""
        return Tally(*(a + b for a, b in zip(self.numbers(), other.numbers(), strict=True)))

    def numbers(self) -> tuple[int, ...]:
        """The counts in their order."""
        return (
            self.documents, self.recognised, self.right, self.places, self.located, self.fields, self.read,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Interval:
    """A share `hits` of `trials` with its Wilson score interval; `low` to `high` is 0 to 1 without trials."""

    hits: int
    trials: int
    low: float
    high: float

    @property
    def share(self) -> float | None:
        """None without trials."""
        return self.hits / self.trials if self.trials else None


def wilson(hits: int, trials: int, confidence: float = 0.95) -> Interval:
    """The two-sided Wilson score interval (E. B. Wilson, 1927) of a share."""
    if not trials:
        return Interval(0, 0, 0.0, 1.0)
    from statistics import NormalDist  # late: it brings fractions and decimals, and is wanted at the end of a run

    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = hits / trials, z * z / trials
    middle = (share + square / 2) / (1 + square)
    reach = z / (1 + square) * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    return Interval(hits, trials, max(0.0, middle - reach), min(1.0, middle + reach))


@dataclass(slots=True)
class Figures:
    """Counts recognition over a run.

    Where `evidence` is wanted, `shown` keeps whole exchanges with their ranks: for each key that of the smallest
    request which shows something `missed` or `invented`, and the first one that says anything (`seen`); by contract,
    the `slowest` valid request, and the first answer `billing` something.
    """

    evidence: bool = False
    tallies: dict[Key, Tally] = field(default_factory=dict)
    shown: dict[tuple[Showing, str | Key], tuple[Rank, Exchange]] = field(default_factory=dict)
    counted: set[bytes] = field(default_factory=set)
    """Sums of the requests that were counted, and of those that are counted elsewhere."""

    def see(self, view: View, place: Place = ANYWHERE) -> None:
        """Count what an exchange shows, where what is on its picture is known and an answer says what was seen."""
        if self.evidence:
            self._keep(view, place)
        whose: Pictures = "own" if view.exchange.request.stated is not None else "specimens"
        documents = _documents(view)
        if documents is None or not _tells(view):
            return
        request = view.exchange.request
        spot = spot_of(request)
        if spot in self.counted:
            return
        self.counted.add(spot)
        wanted, found = Counter(d.type for d in documents), Counter(kind for kind, _, _ in _recognised(view))
        for kind in sorted(wanted.keys() | found.keys()):
            key: Key = (view.contract.id, whose, kind)
            alike = [document for document in documents if document.type == kind]
            tally = _compare(alike, [entry for entry in _recognised(view) if entry[0] == kind])
            self.tallies[key] = self.tallies.get(key, Tally()) + tally
            if not self.evidence:
                continue
            self.show("seen", key, (0.0, place), view.exchange)
            if tally.right < tally.documents:
                self.show("missed", key, (len(request.body), place), view.exchange)
            if tally.right < tally.recognised:
                self.show("invented", key, (len(request.body), place), view.exchange)

    def _keep(self, view: View, place: Place) -> None:
        exchange, contract_id = view.exchange, view.contract.id
        if view.accepted:
            self.show("billing", contract_id, (0.0, place), exchange)
        if view.response is not None and exchange.request.label is None:
            self.show("slowest", contract_id, (-exchange.answer.elapsed_s, place), exchange)

    def of(self, contract_id: str, pictures: Pictures, kind: str | None = None) -> Tally:
        """The counts of one type, or of all together."""
        return sum((self.tallies[key] for key in self.keys(contract_id, pictures, kind)), Tally())

    def keys(self, contract_id: str, pictures: Pictures, kind: str | None = None) -> list[Key]:
        """The keys that something was counted for, in their order."""
        return [k for k in sorted(self.tallies) if k[:2] == (contract_id, pictures) and kind in (None, k[2])]

    def add(self, other: Figures) -> None:
        """Enter what another process, or another part of the traffic, came to."""
        for key, tally in other.tallies.items():
            self.tallies[key] = self.tallies.get(key, Tally()) + tally
        for what, (rank, exchange) in other.shown.items():
            self.show(*what, rank, exchange)

    def exchange(self, showing: Showing, of: str | Key) -> Exchange | None:
        """The exchange that was kept to show something."""
        kept = self.shown.get((showing, of))
        return kept[1] if kept is not None else None

    def show(self, showing: Showing, of: str | Key, rank: Rank, exchange: Exchange) -> None:
        """Keep an exchange where none of a lower rank is kept; of equal ones the first one entered stays."""
        kept = self.shown.get((showing, of))
        if kept is None or rank < kept[0]:
            self.shown[showing, of] = rank, exchange


def spot_of(request: Request) -> bytes:
    """A sum of a request, which counts once however often it was sent."""
    return hashlib.sha256(f"{request.path} {request.body_sha256()}".encode("utf-8", "surrogatepass")).digest()[:16]


def counts(view: View) -> bool:
    """Whether an exchange counts, if its request was not counted before."""
    return _tells(view) and _documents(view) is not None


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
            StatedDocument(document.type, None if turned else document.corners, document.fields)
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
    if view.contract.page.result == "fields":
        # Such an answer names no type: what it reads is the document that was sent, or a type of the contract.
        kinds = [document.type for document in view.readable_documents] or list(view.contract.types)
        result = view.members.get("result")
        if view.accepted and kinds and isinstance(result, dict):
            yield kinds[0], None, result
        return
    if view.document is not None:
        yield str(view.document.get("type")), view.document.get("location"), {}
    for ticket in view.tickets:
        if ticket.recognised:
            content = ticket.members.get("content")
            kind, location = str(ticket.members.get("type")), ticket.members.get("location")
            yield kind, location, content if isinstance(content, dict) else {}


def _compare(documents: Sequence[StatedDocument], entries: Sequence[_Entry]) -> Tally:
    """Documents and recognised entries of one type, paired so that places and fields agree best."""
    tally = Tally(documents=len(documents), recognised=len(entries), right=min(len(documents), len(entries)))
    left = list(entries)
    for document in documents:
        if not left:
            break
        entry = max(left, key=lambda other: (_overlap(document, other), _read(document, other)))
        left.remove(entry)
        if document.corners is not None:
            tally.places += 1
            tally.located += _overlap(document, entry) >= MIN_IOU
        tally.fields += len(document.fields)
        tally.read += _read(document, entry)
    return tally


def _overlap(document: StatedDocument, entry: _Entry) -> float:
    quad = read_quad(entry[1])
    return iou(document.corners, quad) if document.corners is not None and quad is not None else 0.0


def _read(document: StatedDocument, entry: _Entry) -> int:
    """Stated fields that were read exactly so."""
    return sum(entry[2].get(name) == value for name, value in document.fields)
