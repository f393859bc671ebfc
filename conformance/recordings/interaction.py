"""One line of an index: an exchange and its place in a run, to JSON and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol, cast, get_args

from conformance.exchange import (
    AUTHS,
    Exchange,
    FailureKind,
    Label,
    Quad,
    Request,
    Response,
    ServedPicture,
    StatedDocument,
    TransportFailure,
    TrueDocument,
    Truth,
)
from conformance.files import BadInput
from conformance.recordings.members import (
    Members,
    as_list,
    as_object,
    integer,
    member,
    number,
    one_of,
    pairs,
    strings,
    text,
)

FORMAT = 1
"""The version of the format that this kit writes and reads."""

INDEX, JOURNAL, MANIFEST = "index.ndjson", "journal.ndjson", "cassette.json"

FAILURES: tuple[FailureKind, ...] = get_args(FailureKind)


_NOWHERE = 1e9
"""Pixels beyond any picture; JSON has numbers that nothing can be computed with."""


class CassetteError(BadInput):
    """A cassette cannot be read or written; the message says where, what was expected and what to do."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """Where in a run a request stands: the purpose, the attempt at it (from 1) and the position in it (from 0)."""

    purpose: str
    attempt: int
    position: int

    def __str__(self) -> str:
        again = f", attempt {self.attempt}" if self.attempt > 1 else ""
        return f"{self.purpose}, request {self.position}{again}"


@dataclass(frozen=True, slots=True)
class Interaction:
    """One exchange and its place in a run: which purpose, which request of it, which attempt.

    `control` is the position of the request that it depends on; `relation` a requirement and its comparator. `at` is
    when the request was sent (ISO 8601, UTC), empty where nobody noted it. One that is `shared` was not sent here: it
    is that of an equal request of an earlier purpose. Traffic that was not recorded by a run has an empty contract and
    purpose, and counts its positions through.
    """

    contract: str
    purpose: str
    position: int
    role: str
    attempt: int
    exchange: Exchange
    control: int | None = None
    relation: tuple[str, str] | None = None
    at: str = ""
    shared: bool = False

    @property
    def spot(self) -> Spot:
        """Its place, which no other interaction of the recording has."""
        return Spot(self.purpose, self.attempt, self.position)


class Bodies(Protocol):
    """Where the bodies of an interaction are kept; `Blobs` for a cassette."""

    def encode(self, body: bytes) -> dict[str, object]:
        """Keep a body; returns what stands for it. Raises OSError."""

    def decode(self, entry: Members) -> bytes:
        """The body that something stands for. Raises ValueError."""

    def put(self, data: bytes) -> str:
        """Keep a file that goes with a request; returns what stands for it. Raises OSError."""

    def get(self, name: str) -> bytes:
        """The file that something stands for. Raises ValueError."""


def spot_of(entry: Members) -> Spot:
    """The place of an encoded interaction. Raises ValueError."""
    return Spot(text(entry, "purpose"), integer(entry, "attempt"), integer(entry, "position"))


def encode(interaction: Interaction, bodies: Bodies) -> dict[str, object]:
    """The interaction as the JSON object of its line; its bodies go to `bodies`. Raises OSError."""
    answer = interaction.exchange.answer
    entry: dict[str, object] = {
        "id": interaction.exchange.id,
        "contract": interaction.contract,
        "purpose": interaction.purpose,
        "position": interaction.position,
        "role": interaction.role,
        "attempt": interaction.attempt,
    }
    if interaction.control is not None:
        entry["control"] = interaction.control
    if interaction.relation is not None:
        entry["relation"] = list(interaction.relation)
    if interaction.at:
        entry["at"] = interaction.at
    if interaction.shared:
        entry["shared"] = True
    entry["request"] = _encode_request(interaction.exchange.request, bodies)
    if isinstance(answer, TransportFailure):
        entry["failure"] = {"kind": answer.kind, "detail": answer.detail, "elapsed_s": round(answer.elapsed_s, 6)}
        return entry
    response: dict[str, object] = {
        "status": answer.status,
        "headers": [list(header) for header in answer.headers],
        "body": bodies.encode(answer.body),
        "elapsed_s": round(answer.elapsed_s, 6),
    }
    if answer.odd:
        response["odd"] = list(answer.odd)
    entry["response"] = response
    return entry


def decode(entry: Members, bodies: Bodies) -> Interaction:
    """What `encode` wrote. Raises ValueError naming the member that is wrong, or the body that is missing."""
    relation = strings(entry, "relation")
    if len(relation) not in (0, 2):
        raise ValueError(f"relation: expected a requirement and a comparator, found {len(relation)} strings")
    exchange = Exchange(
        decode_request(member(entry, "request"), bodies), decode_answer(entry, bodies), text(entry, "id")
    )
    return Interaction(
        contract=text(entry, "contract"),
        purpose=text(entry, "purpose"),
        position=integer(entry, "position"),
        role=text(entry, "role"),
        attempt=integer(entry, "attempt"),
        exchange=exchange,
        control=integer(entry, "control") if "control" in entry else None,
        relation=(relation[0], relation[1]) if relation else None,
        at=text(entry, "at") if "at" in entry else "",
        shared=entry.get("shared") is True,
    )


def decode_answer(entry: Members, bodies: Bodies) -> Response | TransportFailure:
    """The response or the transport failure of an encoded interaction. Raises ValueError."""
    if "response" not in entry:
        failure = member(entry, "failure")
        return TransportFailure(
            one_of(failure, "kind", FAILURES), text(failure, "detail"), number(failure, "elapsed_s")
        )
    response = member(entry, "response")
    return Response(
        status=integer(response, "status"),
        headers=pairs(response.get("headers"), "headers"),
        body=bodies.decode(member(response, "body")),
        elapsed_s=number(response, "elapsed_s"),
        odd=strings(response, "odd"),
    )


def decode_request(entry: Members, bodies: Bodies) -> Request:
    """The request of an encoded interaction. Raises ValueError."""
    request = Request(
        method=text(entry, "method"),
        path=text(entry, "path"),
        headers=pairs(entry.get("headers"), "headers"),
        body=bodies.decode(member(entry, "body")),
        auth=one_of(entry, "auth", AUTHS),
        truth=_decode_truth(member(entry, "truth")) if "truth" in entry else None,
        pictures=tuple(
            _decode_picture(as_object(picture, "pictures"), bodies)
            for picture in as_list(entry.get("pictures", []), "pictures")
        ),
        stated=_decode_stated(as_list(entry["stated"], "stated")) if "stated" in entry else None,
    )
    if "label" not in entry:
        return request
    label = member(entry, "label")
    # A recorded label has no control of its own: the interaction names it by position.
    return replace(
        request, label=Label(text(label, "fault"), text(label, "requirement"), strings(label, "codes"), request)
    )


def _encode_request(request: Request, bodies: Bodies) -> dict[str, object]:
    entry: dict[str, object] = {
        "method": request.method,
        "path": request.path,
        "headers": [list(header) for header in request.headers],
        "auth": request.auth,
        "body": bodies.encode(request.body),
    }
    if request.pictures:
        entry["pictures"] = [_encode_picture(picture, bodies) for picture in request.pictures]
    if request.label is not None:
        label = request.label
        entry["label"] = {"fault": label.fault, "requirement": label.requirement, "codes": list(label.codes)}
    if request.truth is not None:
        alarms = request.truth.alarms
        entry["truth"] = {**asdict(request.truth), "alarms": sorted(alarms) if alarms is not None else None}
    if request.stated is not None:
        entry["stated"] = [_encode_stated(document) for document in request.stated]
    return entry


def _encode_picture(picture: ServedPicture, bodies: Bodies) -> dict[str, object]:
    entry: dict[str, object] = {
        "name": picture.name,
        "media_type": picture.media_type,
        "status": picture.status,
        "delay_s": picture.delay_s,
        "content": bodies.put(picture.content),
    }
    return entry if picture.location is None else {**entry, "location": picture.location}


def _decode_picture(entry: Members, bodies: Bodies) -> ServedPicture:
    return ServedPicture(
        name=text(entry, "name"),
        content=bodies.get(text(entry, "content")),
        media_type=text(entry, "media_type"),
        status=integer(entry, "status"),
        location=text(entry, "location") if "location" in entry else None,
        delay_s=number(entry, "delay_s"),
    )


def _decode_truth(entry: Members) -> Truth:
    return Truth(
        width=integer(entry, "width"),
        height=integer(entry, "height"),
        documents=tuple(
            _decode_document(as_object(document, "documents"))
            for document in as_list(entry.get("documents"), "documents")
        ),
        alarms=frozenset(strings(entry, "alarms")) if entry.get("alarms") is not None else None,
    )


def _encode_stated(document: StatedDocument) -> dict[str, object]:
    optional = {"original", "degradation"}
    return {name: value for name, value in asdict(document).items() if name not in optional or value is not None}


def _decode_stated(entries: Sequence[object]) -> tuple[StatedDocument, ...]:
    documents = [as_object(entry, "stated") for entry in entries]
    return tuple(
        StatedDocument(
            type=text(document, "type"),
            corners=_decode_corners(document) if document.get("corners") is not None else None,
            fields=pairs(document.get("fields", []), "fields"),
            original=text(document, "original") if "original" in document else None,
            degradation=_decode_degradation(document["degradation"]) if "degradation" in document else None,
        )
        for document in documents
    )


def _decode_degradation(value: object) -> tuple[str, float]:
    kind, strength = as_list(value, "degradation")
    if not isinstance(kind, str) or not isinstance(strength, int | float):
        raise ValueError("degradation: expected a name and a number")
    return kind, float(strength)


def _decode_corners(entry: Members) -> Quad:
    corners = as_list(entry.get("corners"), "corners")
    if len(corners) != 4 or not all(_is_point(point) for point in corners):
        raise ValueError("corners: expected four points of two numbers")
    return cast("Quad", tuple(tuple(cast("list[float]", point)) for point in corners))


def _decode_document(entry: Members) -> TrueDocument:
    return TrueDocument(
        type=text(entry, "type"),
        corners=_decode_corners(entry),
        readable=entry.get("readable") is not False,
        fields=pairs(entry.get("fields", []), "fields"),
    )


def _is_point(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(_is_coordinate(part) for part in value)


def _is_coordinate(value: object) -> bool:
    return type(value) in (int, float) and abs(cast("float", value)) < _NOWHERE  # false of what is no number, too
