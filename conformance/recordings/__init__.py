"""Cassettes: recorded exchanges in a folder that may be committed, replayed, audited and handed on.

    DIR/cassette.json      the manifest: what was recorded, with which kit, depth and seed, and whether that is all
    DIR/index.ndjson       one interaction a line, in the order of the run; pictures cut out
    DIR/blobs/<sha256>     the bytes of pictures and of other large bodies; `<sha256>.z` where zlib makes them a quarter
    DIR/journal.ndjson     only while a recording is unfinished: it counts, whatever the index says

`schemas/cassette.schema.json` describes the manifest and each kind of line. A request body is kept as text with its
pictures cut out: each run of base64 that decodes cleanly is replaced by the sum of the bytes behind it, so that a
picture is stored once however often it was sent. Slots keep credentials and the project id out of requests, and what a
target echoed of them was replaced before it came here.

Writing appends to the journal. The intent to send a request is noted before it is sent, its answer before the next one
is; when the recording ends, the journal becomes the index (written beside, synced, renamed) and the manifest says so.
A process may be killed at any moment: what is in the journal stays, and a recording that goes on starts from there.

Here is what a line holds, as a value and as JSON. A cassette: `journal` writes lines, `reader` reads them, by `index`
where it is quick; `blobs` keeps bodies, `replay` answers with them; `check` and `redact`, by `patterns`, make one fit
to be handed on. Traffic of others: `opened` files in one of the `formats`, which `har` (by `jsonstream`) and `clients`
read as `recorded` exchanges, without `credentials`; `import_export` makes cassettes of it, and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from sys import intern
from typing import Any, Protocol, cast, get_args

from conformance.entries import (
    FINITE,
    LIST,
    OBJECTS,
    QUAD,
    TEXT,
    TEXTS,
    Form,
    Members,
    integer,
    member,
    number,
    pairs,
    reads,
    strings,
    text,
    tuples,
    word_of,
)
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
from conformance.text import Text

FORMAT = 1
"""The version of the format that this kit writes and reads."""

INDEX, JOURNAL, MANIFEST = "index.ndjson", "journal.ndjson", "cassette.json"


def _is_pair(value: list[Any]) -> bool:
    return LIST.fits(value) and len(value) == 2


_RELATION: Form[tuple[str, str]] = Form(
    Text("a requirement and a comparator", "要求及其比较方式"),
    lambda value: _is_pair(value) and TEXTS.fits(value),
)
_DEGRADATION: Form[tuple[str, float]] = Form(
    Text("a name and a number", "名称和数值"),
    lambda value: _is_pair(value) and TEXT.fits(value[0]) and FINITE.fits(value[1]),
)
_relation, _corners, _degradation = reads(_RELATION), reads(QUAD), reads(_DEGRADATION)
_objects = reads(OBJECTS)

auth, failure_kind = reads(word_of(AUTHS)), reads(word_of(get_args(FailureKind)))
"""Which credentials a request had, and what kept it from an answer."""


class CassetteError(BadInput):
    """A cassette cannot be read or written; the message says where, what was expected and what to do."""


class DamagedCassetteError(CassetteError):
    """What was recorded cannot be read: a line is none, or a blob is missing, changed or unreadable."""


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
    return Spot(intern(text(entry, "purpose")), integer(entry, "attempt"), integer(entry, "position"))


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
        relation=tuples(_relation(entry, "relation")) if "relation" in entry else None,
        at=text(entry, "at") if "at" in entry else "",
        shared=entry.get("shared") is True,
    )


def decode_answer(entry: Members, bodies: Bodies) -> Response | TransportFailure:
    """The response or the transport failure of an encoded interaction. Raises ValueError."""
    if "response" not in entry:
        failure = member(entry, "failure")
        return TransportFailure(failure_kind(failure, "kind"), text(failure, "detail"), number(failure, "elapsed_s"))
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
        auth=auth(entry, "auth"),
        truth=_decode_truth(member(entry, "truth")) if "truth" in entry else None,
        pictures=tuple(_decode_picture(picture, bodies) for picture in _objects(entry, "pictures"))
        if "pictures" in entry
        else (),
        stated=tuple(map(_decode_stated, _objects(entry, "stated"))) if "stated" in entry else None,
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
        documents=tuple(map(_decode_document, _objects(entry, "documents"))),
        alarms=frozenset(strings(entry, "alarms")) if entry.get("alarms") is not None else None,
    )


def _encode_stated(document: StatedDocument) -> dict[str, object]:
    optional = {"original", "degradation"}
    return {name: value for name, value in asdict(document).items() if name not in optional or value is not None}


def _decode_stated(entry: Members) -> StatedDocument:
    return StatedDocument(
        type=text(entry, "type"),
        corners=_quad(entry) if entry.get("corners") is not None else None,
        fields=pairs(entry.get("fields", []), "fields"),
        original=text(entry, "original") if "original" in entry else None,
        degradation=tuples(_degradation(entry, "degradation")) if "degradation" in entry else None,
    )


def _quad(entry: Members) -> Quad:
    return cast("Quad", tuples(_corners(entry, "corners")))


def _decode_document(entry: Members) -> TrueDocument:
    return TrueDocument(
        type=text(entry, "type"),
        corners=_quad(entry),
        readable=entry.get("readable") is not False,
        fields=pairs(entry.get("fields", []), "fields"),
    )


# Notes, which a journal has between its interactions: `{"sending": {...}}` before a request is sent,
# `{"retried": {...}}` where the target asked to be called again later, and `{"finished": {...}}` after the last request
# of a purpose.


@dataclass(frozen=True, slots=True)
class Sending:
    """The intent to send a request. `billable` is what it may cost at most in tickets, `at` when it was (ISO 8601)."""

    spot: Spot
    billable: int
    at: str = ""

    def __str__(self) -> str:
        """Which request it was."""
        return str(self.spot)


@dataclass(frozen=True, slots=True)
class Retried:
    """An answer of `status` that asked for the request to be sent again: it proves nothing. `at` is ISO 8601."""

    spot: Spot
    status: int
    at: str


def sending_line(note: Sending) -> Mapping[str, object]:
    """The intent as the JSON object of its line."""
    spot = note.spot
    place = {"purpose": spot.purpose, "attempt": spot.attempt, "position": spot.position}
    return {"sending": {**place, "billable": note.billable, "at": note.at}}


def read_sending(entry: Members) -> Sending:
    """What `sending_line` wrote, without its frame. Raises ValueError."""
    return Sending(spot_of(entry), integer(entry, "billable"), text(entry, "at"))


def retried_line(note: Retried) -> Mapping[str, object]:
    """The retry as the JSON object of its line."""
    spot = note.spot
    place = {"purpose": spot.purpose, "attempt": spot.attempt, "position": spot.position}
    return {"retried": {**place, "status": note.status, "at": note.at}}


def read_retried(entry: Members) -> Retried:
    """What `retried_line` wrote, without its frame. Raises ValueError."""
    return Retried(spot_of(entry), integer(entry, "status"), text(entry, "at"))


def finished_line(purpose: str, requests: int) -> Mapping[str, object]:
    """That a purpose is over, and how many requests its first attempt had."""
    return {"finished": {"purpose": purpose, "requests": requests}}
