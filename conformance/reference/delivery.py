"""Sending a reply the way its delivery says: whole, in chunks, cut short, or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from conformance.reference.calls import Reply

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
