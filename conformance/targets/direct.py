"""An ASGI application called without a socket, in place of the HTTP client: for what is called very often.

What only a wire shows - framing, connections that are kept or closed - does not exist here.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import unquote

import anyio
from anyio.from_thread import start_blocking_portal

from conformance.targets.decoding import content_codings, decoded
from conformance.targets.errors import TransportError
from conformance.targets.limits import Limits
from conformance.targets.transport import DEFAULT_HEADERS, Answer

if TYPE_CHECKING:
    from collections.abc import MutableMapping

    from starlette.types import ASGIApp

    from conformance.targets.transport import RawHeaders

_Message: TypeAlias = "MutableMapping[str, object]"
_HOST = b"reference.invalid"


class DirectClient:
    """Sends one request at a time; the application runs in an event loop of its own, in a thread."""

    def __init__(self, application: ASGIApp, limits: Limits) -> None:
        """Of `limits` the deadline and the bytes of a decoded body are kept."""
        self._application = application
        self._limits = self._usual = limits
        self._open = ExitStack()
        self._portal = self._open.enter_context(start_blocking_portal())

    def exchange(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Answer:
        """Call the application once. Raises TransportError where it does not answer, or not in time."""
        started = time.monotonic()
        conversation = _Conversation(body)
        scope = _scope(method, target, headers, len(body))
        self._portal.call(self._converse, scope, conversation)
        status, answer_headers, content = conversation.answer()
        codings = content_codings(value for name, value in answer_headers if name.lower() == b"content-encoding")
        content = decoded(content, codings, self._limits.decoded_bytes)
        return Answer(status, answer_headers, content, time.monotonic() - started, ())

    def hurry(self, deadline_s: float | None) -> None:
        """See Client."""
        usual = self._usual.deadline_s
        self._limits = replace(self._usual, deadline_s=usual if deadline_s is None else min(usual, deadline_s))

    def close(self) -> None:
        """End the event loop."""
        self._open.close()

    async def _converse(self, scope: _Message, conversation: _Conversation) -> None:
        with anyio.move_on_after(self._limits.deadline_s) as deadline:
            try:
                await self._application(scope, conversation.receive, conversation.send)
            except Exception:  # noqa: BLE001 - a server closes the connection, whatever the application raised
                return
        if deadline.cancelled_caught:
            raise TransportError("timeout", f"No answer within {self._limits.deadline_s:g} s.")


class _Conversation:
    """The messages of one call, in both directions."""

    def __init__(self, body: bytes) -> None:
        self._body: bytes | None = body
        self._status = 0
        self._headers: RawHeaders = ()
        self._content = bytearray()
        self._complete = False

    async def receive(self) -> _Message:
        """The whole body, then that the client is gone."""
        if self._body is None:
            return {"type": "http.disconnect"}
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(self, message: MutableMapping[str, object]) -> None:
        """Take a part of the answer."""
        if message["type"] == "http.response.start":
            self._status = int(str(message["status"]))
            headers = message.get("headers", ())
            assert isinstance(headers, list | tuple)
            self._headers = tuple((bytes(name), bytes(value)) for name, value in headers)
            return
        part = message.get("body", b"")
        assert isinstance(part, bytes)
        self._content += part
        self._complete = not message.get("more_body", False)

    def answer(self) -> tuple[int, RawHeaders, bytes]:
        """Status, headers and body; raises TransportError where they did not come to their end."""
        if not self._complete:
            when = "before the answer did" if self._status else "before an answer began"
            raise TransportError("closed", f"The connection ended {when}.")
        return self._status, self._headers, bytes(self._content)


def _scope(method: str, target: bytes, headers: RawHeaders, length: int) -> _Message:
    """The connection scope of ASGI; `state` holds the request's head, as the reference's own server gives it."""
    path, _, query = target.partition(b"?")
    sent = [(b"Host", _HOST), *((name.encode(), value.encode()) for name, value in DEFAULT_HEADERS.items())]
    sent += [*headers, (b"Content-Length", str(length).encode())]
    lines = [b"%s %s HTTP/1.1" % (method.encode(), target), *(b"%s: %s" % header for header in sent)]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path.decode("ascii")),
        "raw_path": path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in sent],
        "client": None,
        "server": (_HOST.decode(), None),
        "state": {"head": b"\r\n".join(lines)},
    }
