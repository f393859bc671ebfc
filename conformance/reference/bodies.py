"""Reading request bodies within limits: of length, of time, and of how many large ones are held at once."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from conformance.reference.errors import LENGTH_INVALID, refused

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive

    from conformance.reference.calls import Call

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
