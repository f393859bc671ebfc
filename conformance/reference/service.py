"""One call from its checks to its answer, without HTTP: what the operations do.

Everything that takes time runs in a few threads, so that the event loop stays free for other connections; a download is
the one thing that is awaited.
"""

from __future__ import annotations

import threading
from codecs import BOM_UTF8
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread

from conformance.reference.alarms import is_sealed, measure
from conformance.reference.answers import document_answer, ticket_answer
from conformance.reference.behaviour import Behaviour, apply
from conformance.reference.contracts import fields_answer
from conformance.reference.credentials import check_caller
from conformance.reference.download import download
from conformance.reference.errors import LENGTH_INVALID, refused
from conformance.reference.memory import Memory
from conformance.reference.parameters import check_media_type, parse_object, read_parameters
from conformance.reference.payload import decode_text
from conformance.reference.pdf import is_pdf, page_picture
from conformance.reference.pictures import open_picture
from conformance.reference.specimens import SpecimenReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from conformance.reference.alarms import Alarm
    from conformance.reference.calls import Call
    from conformance.reference.credentials import Credentials
    from conformance.reference.editions import Edition
    from conformance.reference.geometry import Quad
    from conformance.reference.parameters import Parameters
    from conformance.reference.pictures import Picture
    from conformance.reference.recognizer import Found, Recognizer
    from conformance.reference.throttle import Throttle
    from conformance.reference.values import JsonObject

_THREADS = 4
_REMEMBERED = 512
"""Pictures, and documents, of which what was read and measured is kept."""

T = TypeVar("T")


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
