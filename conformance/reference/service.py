"""One call from its checks to the JSON of its answer, without HTTP."""

from __future__ import annotations

import hashlib
import threading
from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from conformance.reference.alarms import area, is_sealed, measure
from conformance.reference.behaviour import Behaviour, apply
from conformance.reference.calls import check_media_type, parse_object, read_parameters
from conformance.reference.contracts import fields_answer
from conformance.reference.credentials import check_caller
from conformance.reference.editions import (
    INVALID_PARAMETER,
    LENGTH_INVALID,
    MESSAGES,
    NOT_RECOGNISED,
    SUCCEEDED,
    refused,
)
from conformance.reference.pictures import Memory, decode_text, download, is_pdf, open_picture, page_picture
from conformance.reference.recognizer import SpecimenReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from conformance.reference.alarms import Alarm, Quad
    from conformance.reference.calls import Call, Parameters
    from conformance.reference.credentials import Credentials, Throttle
    from conformance.reference.editions import Edition, Json, JsonObject, TicketContent
    from conformance.reference.pictures import Picture
    from conformance.reference.recognizer import Found, Recognizer


T = TypeVar("T")

_THREADS = 4
_REMEMBERED = 512
"""Pictures, and documents, of which what was read and measured is kept."""


class Eyes:
    """A recognizer and the alarm measurements, both remembered by picture. Several services may share one.

    `gate` is theirs as well: see `Picture`.
    """

    def __init__(self, recognizer: Recognizer | None = None, remembered: int = _REMEMBERED) -> None:
        self._recognizer = SpecimenReader() if recognizer is None else recognizer
        self.gate = threading.Lock()
        self._found: Memory[str, tuple[Found, ...]] = Memory(remembered)
        self._alarms: Memory[tuple[str, Quad], tuple[Alarm, ...]] = Memory(remembered)

    def found(self, picture: Picture) -> tuple[Found, ...]:
        """Every document on a picture."""
        return self._found.recall(picture.sha256, partial(self._recognizer.recognise, picture))

    def alarms(self, picture: Picture, found: Found) -> tuple[Alarm, ...]:
        """The alarm conditions of one document."""
        return self._alarms.recall((picture.sha256, found.corners), partial(measure, picture, found.corners))


@dataclass(frozen=True, slots=True)
class Service:
    """The operations, for one set of credentials and one behaviour."""

    credentials: Credentials
    behaviour: Behaviour
    eyes: Eyes
    clock: Callable[[], datetime]
    allow_private_urls: bool
    throttle: Throttle | None
    threads: anyio.CapacityLimiter = field(default_factory=lambda: anyio.CapacityLimiter(_THREADS))

    def edition_served(self, edition: Edition) -> Edition:
        """An edition with the changes of the behaviour."""
        for change in self.behaviour.edition:
            edition = change(edition)
        return edition

    async def understood(self, call: Call) -> Call:
        """The call with its parameters; raises RefusedError where they are wrong."""
        return replace(call, parameters=await self._in_thread(partial(self._asked, call)))

    async def answer(self, call: Call) -> JsonObject:
        """The JSON of a successful answer to a call whose parameters are known; raises RefusedError."""
        if call.parameters is None:
            raise ValueError("a call is answered once its parameters are known")
        parameters = apply(self.behaviour.parameters, call.parameters, call)
        data = None
        if parameters.picture is None and parameters.url is not None:
            follow = not self.behaviour.checks("url-redirect")
            data = await download(parameters.url, call.operation, allow_private=self.allow_private_urls, follow=follow)
        return await self._in_thread(partial(self._recognise, call, parameters, data))

    def check_caller(self, call: Call) -> None:
        """Check credentials, then whether the caller has calls left; raises RefusedError."""
        now = self.clock()
        check_caller(call, self.credentials, self.behaviour, now)
        if self.throttle is not None:
            self.throttle.admit(now)

    def check_length(self, fits: bool) -> None:
        """Refuse a body that was not read because of its length; raises RefusedError."""
        if not fits and self.behaviour.checks("body-length"):
            raise refused(LENGTH_INVALID, "body-length")

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work, limiter=self.threads)

    def _asked(self, call: Call) -> Parameters:
        if self.behaviour.checks("media-type"):
            check_media_type(call.headers)
        marked = not self.behaviour.checks("byte-order-mark")
        parsed = parse_object(call.body.removeprefix(BOM_UTF8) if marked else call.body)
        body = apply(self.behaviour.body, parsed, call)
        return read_parameters(body, call.operation, self.behaviour)

    def _recognise(self, call: Call, parameters: Parameters, data: bytes | None) -> JsonObject:
        """The answer to what `data`, or the text of the parameters, shows; `parameters` may be other than asked for."""
        edition = call.operation
        if not edition.picture:
            return apply(
                self.behaviour.success, fields_answer((), edition, everything=True, asked=parameters.asked), call
            )
        if data is None:
            data = decode_text(parameters.picture or "", edition, self.behaviour)
        if "PDF" in edition.formats and is_pdf(data):
            data = page_picture(data, parameters.page)
        picture = apply(self.behaviour.picture, open_picture(data, edition, self.behaviour, self.eyes.gate), call)
        found = apply(self.behaviour.found, self.eyes.found(picture), call)
        if edition.answers == "fields":
            answer = fields_answer(found, edition, everything=parameters.everything, asked=parameters.asked)
        elif edition.answers == "tickets":
            sealed = partial(is_sealed, picture) if parameters.seals else None
            answer = ticket_answer(found, picture, parameters, sealed, self.behaviour, call)
        else:
            alarms = partial(self.eyes.alarms, picture) if parameters.alarm else None
            answer = document_answer(found, picture, alarms, self.behaviour, call)
        return apply(self.behaviour.success, answer, call)


# From what was recognised to the JSON of an answer.
#
# Source: response tables and success samples of both operations, and the page of each ticket type for `content`.
# The numbers called confidence are made from the value they speak of, so that the same picture always gives the
# same answer.


def ticket_answer(
    found: tuple[Found, ...],
    picture: Picture,
    parameters: Parameters,
    sealed: Callable[[Quad], bool] | None,
    behaviour: Behaviour,
    call: Call,
) -> JsonObject:
    """`result` is the list of all documents that are tickets of this edition and were asked for.

    `parameters` are those to answer to, `sealed` tells whether the document with some corners bears a seal, where that
    was asked for. Raises RefusedError with AIS.0104 where that leaves nothing.
    """
    edition = call.operation
    wanted = edition.types if parameters.types is None else parameters.types
    tickets: list[Json] = [
        apply(behaviour.ticket, _ticket(entry, entry.ticket, picture, parameters, sealed, edition), call)
        for entry in found
        if entry.ticket is not None and entry.ticket in edition.contents and entry.ticket in wanted
    ]
    if not tickets:
        raise refused(NOT_RECOGNISED, "nothing-recognised")
    return {"result": tickets}


def document_answer(
    found: tuple[Found, ...],
    picture: Picture,
    alarms: Callable[[Found], tuple[Alarm, ...]] | None,
    behaviour: Behaviour,
    call: Call,
) -> JsonObject:
    """`result` is the one identity document that takes up most of the picture; `alarms` measures it where asked for.

    Raises RefusedError with AIS.0104 where there is none.
    """
    documents = [entry for entry in found if entry.document in call.operation.types]
    if not documents:
        raise refused(NOT_RECOGNISED, "nothing-recognised")
    best = max(documents, key=lambda entry: abs(area(entry.corners)))
    result: JsonObject = {
        "type": best.document,
        "location": location(best.corners, picture),
        "confidence": best.confidence,
    }
    if alarms is not None:
        measured = alarms(best)
        result["alarm_result"] = {f"detect_{alarm.name}_result": alarm.raised for alarm in measured}
        result["alarm_confidence"] = {f"{alarm.name}_score": alarm.score for alarm in measured}
    return {"result": apply(behaviour.document, result, call)}


def location(corners: Quad, picture: Picture) -> Json:
    """Whole pixels within the picture, 0 to its width and height."""
    return [[_within(x, picture.width), _within(y, picture.height)] for x, y in corners]


def _ticket(
    found: Found,
    ticket_type: str,
    picture: Picture,
    parameters: Parameters,
    sealed: Callable[[Quad], bool] | None,
    edition: Edition,
) -> JsonObject:
    content: JsonObject = {}
    code = INVALID_PARAMETER if ticket_type in parameters.mistaken else NOT_RECOGNISED
    if found.content is not None and ticket_type not in parameters.mistaken:
        code = SUCCEEDED
        switches = parameters.switches.get(ticket_type, frozenset())
        content = _content(found.content, edition.contents[ticket_type], switches, found.scores)
    ticket: JsonObject = {
        "status": {"error_code": code, "error_msg": MESSAGES[code]},
        "type": ticket_type,
        "location": location(found.corners, picture),
        "content": content,
    }
    return ticket if sealed is None else ticket | {"seal_mark": sealed(found.corners)}


def _content(
    read: JsonObject, page: TicketContent, switches: frozenset[str], scores: Mapping[str, float]
) -> JsonObject:
    """The members that the page of the ticket type lists, from all that were read."""
    added = [name for switch in sorted(switches) for name in page.switched.get(switch, ())]
    content: JsonObject = {name: _string(read.get(name)) for name in (*page.fields, *added)}
    content |= {name: _string(read[name]) for name in page.optional if read.get(name) is not None}
    for name, members in page.lists.items():
        content[name] = [{member: _string(row.get(member)) for member in members} for row in _entries(read, name, dict)]
    confidence = {name: scores[name] if name in scores else _confidence(name, value) for name, value in content.items()}
    content |= {name: read.get(name) is True for name in page.flags}
    content |= {name: [*_entries(read, name, str)] for name in page.texts}
    for name in page.objects:
        content[name] = read.get(name, {})
    if page.confidence:
        content["confidence"] = confidence
    return content


def _entries(read: JsonObject, name: str, kind: type[T]) -> list[T]:
    entries = read.get(name)
    return [entry for entry in entries if isinstance(entry, kind)] if isinstance(entries, list) else []


def _confidence(name: str, value: Json) -> Json:
    """In [0.9, 1) for a string that was read, 0 for an empty one; a list is mirrored entry by entry."""
    if isinstance(value, list):
        return [
            {member: _confidence(f"{name}.{member}", text) for member, text in entry.items()}
            for entry in value
            if isinstance(entry, dict)
        ]
    if not value:
        return 0
    digest = hashlib.sha256(f"{name}={value}".encode("utf-8", "surrogatepass")).digest()
    return (9000 + int.from_bytes(digest[:4], "big") % 1000) / 10_000


def _string(value: Json) -> str:
    return value if isinstance(value, str) else ""


def _within(value: float, size: int) -> int:
    return min(max(round(value), 0), size)
