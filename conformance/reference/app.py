"""The reference as an ASGI application: HTTP from a request to its reply, around what `service` answers.

Many applications in one process may read each picture once: that is how a whole fleet of faulty ones runs in minutes.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
import warnings
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import anyio
from PIL import Image
from starlette.applications import Starlette
from starlette.routing import BaseRoute, Match

from conformance.reference.behaviour import Behaviour, Engine, apply, to_bytes
from conformance.reference.calls import Call, Reply
from conformance.reference.contracts import load_contracts, rule_faults
from conformance.reference.credentials import Credentials, Throttle, needs_body
from conformance.reference.editions import (
    DEFAULT_EDITIONS,
    LENGTH_INVALID,
    NO_SUCH_API,
    RefusedError,
    load_edition,
    refused,
)
from conformance.reference.faults import combine
from conformance.reference.service import Eyes, Service

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence

    from starlette.types import Receive, Scope, Send

    from conformance.reference.editions import Edition, JsonObject, Refusal


DEFAULT_PROJECT_ID = "0123456789abcdef0123456789abcdef"
_METHOD_NOT_ALLOWED = 405
_TOO_MANY_REQUESTS = 429
_OK = 200
_MORE_HEADERS: Mapping[int, tuple[tuple[str, str], ...]] = MappingProxyType(
    {_METHOD_NOT_ALLOWED: (("Allow", "POST"),), _TOO_MANY_REQUESTS: (("Retry-After", "60"),)}
)


def create_app(
    credentials: Credentials,
    *,
    behaviour: Behaviour | None = None,
    editions: Sequence[str | Edition] = DEFAULT_EDITIONS,
    eyes: Eyes | None = None,
    clock: Callable[[], datetime] | None = None,
    allow_private_urls: bool = False,
    calls_per_minute: int | None = None,
) -> Starlette:
    """The operations of some editions, by id or as they are, as one application.

    `behaviour` adds faults, `eyes` may be shared by several applications (each picture is then read once), `clock`
    gives the time in UTC for the age of signatures and for throttling. Raises ValueError for an unknown edition, and
    for two at one path.
    """
    served = tuple(load_edition(stated) if isinstance(stated, str) else stated for stated in editions)
    for first, second in itertools.combinations(served, 2):
        if first.path == second.path:
            raise ValueError(f"{first.id} and {second.id} have the same path {first.path}; serve one of them")
    service = Service(
        credentials=credentials,
        behaviour=Behaviour() if behaviour is None else behaviour,
        eyes=Eyes() if eyes is None else eyes,
        clock=partial(datetime.now, UTC) if clock is None else clock,
        allow_private_urls=allow_private_urls,
        throttle=None if calls_per_minute is None else Throttle(calls_per_minute),
    )
    endpoint = _Endpoint(service, served)
    return Starlette(routes=[_Everything(endpoint)])


class _Everything(BaseRoute):
    """Leads every path to the endpoint; a path with a line break in it, too, which the patterns of routes leave out."""

    def __init__(self, endpoint: _Endpoint) -> None:
        self._endpoint = endpoint

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        return (Match.FULL if scope["type"] == "http" else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._endpoint(scope, receive, send)


class _Endpoint:
    """Finds the operation of a request, reads its body within limits, and turns answers and refusals into replies."""

    def __init__(self, service: Service, editions: tuple[Edition, ...]) -> None:
        self._service = service
        self._editions = tuple(map(service.edition_served, editions))
        self._numbers: Iterator[int] = itertools.count(1)
        self._admission = Admission()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        call = self._call(scope)
        try:
            async with self._admission.admitted(call):
                reply = await self._reply(call, Incoming(receive))
        except ClientGoneError:
            return
        await deliver(apply(self._service.behaviour.reply, reply, call), scope, receive, send)

    async def _reply(self, call: Call, incoming: Incoming) -> Reply:
        try:
            call = await self._received(call, incoming)
            call = await self._service.understood(call)
            body, status = await self._service.answer(call), _OK
        except RefusedError as error:
            await incoming.discard()
            body, status = self._refused(error.refusal, call)
        encoders = self._service.behaviour.encode
        data = encoders[-1](body, call) if encoders else to_bytes(body)
        headers = (("Content-Type", "application/json"), ("X-Request-Id", uuid.uuid4().hex))
        return Reply(status, headers + _MORE_HEADERS.get(status, ()), data)

    async def _received(self, call: Call, incoming: Incoming) -> Call:
        """The call with its body, once its operation and its caller are known; raises RefusedError."""
        if call.edition is None:
            raise refused(NO_SUCH_API, "route")
        if call.method != "POST" and self._service.behaviour.checks("method"):
            raise refused(NO_SUCH_API, "method", _METHOD_NOT_ALLOWED)
        if not needs_body(call):
            self._service.check_caller(call)
        body, fits = await incoming.read()
        self._service.check_length(fits)
        call = replace(call, body=body)
        if needs_body(call):
            self._service.check_caller(call)
        return call

    def _refused(self, refusal: Refusal, call: Call) -> tuple[JsonObject, int]:
        for rescue in self._service.behaviour.rescue:
            answer = rescue(refusal, call)
            if answer is not None:
                return answer, _OK
        refusal = apply(self._service.behaviour.refusal, refusal, call)
        body: JsonObject = {"error_code": refusal.code, "error_msg": refusal.message}
        return apply(self._service.behaviour.failure, body, call), refusal.status

    def _call(self, scope: Scope) -> Call:
        path = scope.get("raw_path", scope["path"].encode()).decode("ascii", "replace").partition("?")[0]
        if not self._service.behaviour.checks("path-end"):
            path = path.rstrip("/")
        matches = ((edition, edition.match(path)) for edition in self._editions)
        edition, match = next(((edition, match) for edition, match in matches if match), (None, None))
        return Call(
            method=scope["method"],
            path=path,
            query=scope["query_string"].decode("ascii", "replace"),
            headers={name.decode("latin-1").lower(): _text(value) for name, value in scope["headers"]},
            head=scope.get("state", {}).get(HEAD, b""),
            number=next(self._numbers),
            edition=edition,
            project_id=match.groupdict().get("project_id") if match else None,
        )


def _text(value: bytes) -> str:
    return value.decode("utf-8", "surrogateescape")


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


# Many applications in one process that read each picture once: how the whole fleet of faults is run in minutes.


_REMEMBERED = 4096


class Fleet:
    """Makes applications for one token and one project; they may download from addresses that are not public."""

    def __init__(self, token: str, project_id: str, contracts: str | None = None) -> None:
        """`contracts` is a folder of contracts, whose operations are served instead of the usual ones."""
        # As the command does: Pillow would print its warning about pictures that are refused by their sides anyway.
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        self._credentials = Credentials(token, project_id)
        self._added = load_contracts(Path(contracts)) if contracts is not None else ()
        self._eyes = Eyes(remembered=_REMEMBERED)

    def application(
        self, faults: Iterable[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> Starlette:
        """The reference with these faults, and with an engine that is not exact: members of `Engine` by name.

        `editions` are those to be served instead of the usual ones.

        Raises ValueError for an id that no fault or variant has, and for a share that is none.
        """
        shares = dict(engine or {})
        seed = int(shares.pop("seed", 0))
        behaviour = Engine(**shares, seed=seed).behaviour() + combine(faults, rule_faults(self._added))
        return create_app(
            self._credentials,
            behaviour=behaviour,
            editions=editions or self._added or DEFAULT_EDITIONS,
            eyes=self._eyes,
            allow_private_urls=True,
        )
