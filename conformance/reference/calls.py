"""One call as it arrived and the reply to it: bodies read within limits, calls a minute, delivery."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio

from conformance.reference.editions import LENGTH_INVALID, TOO_MANY_REQUESTS, RefusedError, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from datetime import datetime

    from starlette.types import Receive, Scope, Send

    from conformance.reference.editions import Edition
    from conformance.reference.parameters import Parameters


Delivery: TypeAlias = Literal["whole", "chunked", "hang-up", "cut"]
"""How a reply goes out: with its length, in chunks without one, not at all, or only its first half."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as it arrived.

    `headers` has lower-case names; `head` is the request line and the headers as on the wire, empty where the server
    does not tell. `number` counts the calls of this application from 1. `edition` is None where the path is that of no
    operation. `parameters` are those asked for, once read.
    """

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    head: bytes
    number: int
    edition: Edition | None = None
    project_id: str | None = None
    body: bytes = b""
    parameters: Parameters | None = None

    @property
    def operation(self) -> Edition:
        """The edition whose operation is called. Raises ValueError where there is none: such a call is refused."""
        if self.edition is None:
            raise ValueError("a call without an edition has no operation to answer it")
        return self.edition


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response: `headers` without the length, which goes with the delivery."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    delivery: Delivery = "whole"

    def with_header(self, name: str, value: str) -> tuple[tuple[str, str], ...]:
        """The headers with one of them replaced or added."""
        return (*self.without_header(name), (name, value))

    def without_header(self, name: str) -> tuple[tuple[str, str], ...]:
        """The headers but one."""
        return tuple((key, kept) for key, kept in self.headers if key.lower() != name.lower())


# Sending a reply the way its delivery says: whole, in chunks, cut short, or not at all.


TRANSPORT = "transport"
HEAD = "head"
"""Keys in the state of an ASGI scope: the connection and the bytes of the request's head. The server puts them there,
so that a fault can hang up or tell the spelling of header names, which ASGI does not keep."""

_CHUNKS = 5


async def deliver(reply: Reply, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a reply.

    Raises ConnectionAbortedError for a hang-up where no server put the connection into the scope.
    """
    if reply.delivery == "hang-up":
        await _hang_up(scope, receive)
        return
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.delivery != "chunked":
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    if reply.delivery == "cut":
        await send({"type": "http.response.body", "body": reply.body[: len(reply.body) // 2], "more_body": True})
        await _hang_up(scope, receive)
        return
    size = max(len(reply.body) // _CHUNKS, 1) if reply.delivery == "chunked" else max(len(reply.body), 1)
    for start in range(0, len(reply.body), size):
        await send({"type": "http.response.body", "body": reply.body[start : start + size], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    transport = scope.get("state", {}).get(TRANSPORT)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionAbortedError("the reference hangs up, as one of its faults demands")
    transport.close()
    # Until the server has noticed: it would take a return before that for a mistake of the application.
    while (await receive())["type"] != "http.disconnect":
        pass


# Reading request bodies within limits: of length, of time, and of how many large ones are held at once.


MAXIMUM_BODY = 12 * 1024 * 1024
"""Bytes. 10 MB of base64 and the JSON around it fit; it is also the documented limit of a signed body."""

READ_TIMEOUT_S = 60.0
_LARGE_BODY = 256 * 1024
_LARGE_AT_ONCE = 8
"""Bodies above so many bytes wait until fewer than so many of them are held."""

_DISCARD_AT_MOST = 64 * 1024 * 1024
_DISCARD_TIMEOUT_S = 10.0
"""Bytes and seconds for which a refused request is read on."""

_REQUEST_TIMEOUT = 408


class ClientGoneError(Exception):
    """The client closed the connection before its request was complete: there is nobody to answer."""


class Incoming:
    """The body of one request, read once, in pieces."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._finished = False

    async def read(self) -> tuple[bytes, bool]:
        """The whole body and True, or nothing and False where it is longer than allowed: that one is not kept.

        Raises RefusedError with ModelArts.4104 and status 408 where the body does not arrive in time, and
        ClientGoneError.
        """
        data = bytearray()
        with anyio.move_on_after(READ_TIMEOUT_S) as deadline:
            async for piece in self._pieces():
                data += piece
                if len(data) > MAXIMUM_BODY:
                    return b"", False
        if deadline.cancelled_caught:
            raise refused(LENGTH_INVALID, "body-time", _REQUEST_TIMEOUT)
        return bytes(data), True

    async def discard(self) -> None:
        """Read what is left of a refused request and drop it, within bounds.

        A server that closes while the client still sends makes the client lose the answer. Raises ClientGoneError.
        """
        dropped = 0
        with anyio.move_on_after(_DISCARD_TIMEOUT_S):
            async for piece in self._pieces():
                dropped += len(piece)
                if dropped > _DISCARD_AT_MOST:
                    return

    async def _pieces(self) -> AsyncIterator[bytes]:
        while not self._finished:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                self._finished = True
                raise ClientGoneError
            self._finished = not message.get("more_body", False)
            yield message.get("body", b"")


class Admission:
    """Lets a request with a large body wait, unread, until few others are held in memory."""

    def __init__(self) -> None:
        self._large = anyio.CapacityLimiter(_LARGE_AT_ONCE)

    @asynccontextmanager
    async def admitted(self, call: Call) -> AsyncIterator[None]:
        """For as long as the body of a call may be held."""
        length = call.headers.get("content-length", "")
        unknown = "transfer-encoding" in call.headers
        large = unknown or (length.isdecimal() and int(length[:20]) > _LARGE_BODY)
        if not large:
            yield
            return
        async with self._large:
            yield


# A limit on calls per minute, as the gateway in front of the operations has one.
#
# Source: APIG.0308 in the page of error codes; its text names the limit and the unit of one minute.


_WINDOW = timedelta(minutes=1)


class Throttle:
    """Lets so many calls through in any minute."""

    def __init__(self, calls_per_minute: int) -> None:
        """Raises ValueError for a limit below 1."""
        if calls_per_minute < 1:
            raise ValueError(
                f"a limit of {calls_per_minute} calls per minute lets nothing through; it must be at least 1"
            )
        self._limit = calls_per_minute
        self._times: deque[datetime] = deque()
        self._lock = threading.Lock()

    def admit(self, now: datetime) -> None:
        """Count a call; raises RefusedError with APIG.0308 where it is one too many."""
        with self._lock:
            while self._times and now - self._times[0] >= _WINDOW:
                self._times.popleft()
            if len(self._times) < self._limit:
                self._times.append(now)
                return
        error = refused(TOO_MANY_REQUESTS, "throttled")
        message = error.refusal.message.format(limit=self._limit)
        raise RefusedError(replace(error.refusal, message=message))
