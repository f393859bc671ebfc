"""The reference implementation as a target: in a process of its own, or called without a socket."""

from __future__ import annotations

import importlib
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Protocol, TypeAlias, cast
from urllib.parse import unquote

import anyio
from anyio.from_thread import start_blocking_portal

from conformance.targets import Credentials, Limits, TargetError, TransportError, content_codings, decoded
from conformance.targets.http import HttpTarget
from conformance.targets.picture_server import LOOPBACK
from conformance.targets.transport import DEFAULT_HEADERS, Answer
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from pathlib import Path

    from starlette.types import ASGIApp

    from conformance.targets.transport import RawHeaders


# An ASGI application called without a socket, in place of the HTTP client: for what is called very often.
#
# What only a wire shows - framing, connections that are kept or closed - does not exist here.


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
        self._limits = self._usual.hurried(deadline_s)

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


PROJECT_ID = "0123456789abcdef0123456789abcdef"
"""The project that is used where none is given; a target of one's own can be tried without an account."""


class ReferenceTarget(HttpTarget):
    """Starts the reference on a free port and stops it on `close`. Raises TargetError where it does not start."""

    def __init__(
        self,
        *,
        faults: Sequence[str] = (),
        editions: Sequence[str] = (),
        contracts: Path | None = None,
        limits: Limits | None = None,
        engine: Mapping[str, float] | None = None,
    ) -> None:
        """`faults` are ids of faulty implementations, `editions` those to be served instead of the usual ones.

        `contracts` is a folder of contracts, whose operations are served, too; `engine` as for `ReferenceFleet.open`.
        An edition is an id, or several with commas, of which the reference takes the first that it knows.
        """
        token = secrets.token_urlsafe(24)
        self._process = _start(token, faults, editions, contracts, engine or {})
        assert self._process.stdout is not None
        origin = self._process.stdout.readline().strip()
        if not origin:
            reason = _last_line(self._process.stderr)
            self._stop()
            raise TargetError(
                Text("the reference implementation to start", "参考实现能够启动"),
                reason,
                Text("run `ocr-conformance serve` to see why", "请执行 `ocr-conformance serve` 查看原因"),
            )
        super().__init__(
            origin, Credentials(token=token, project_id=PROJECT_ID), limits=limits, pictures_address=LOOPBACK
        )
        self.name = "reference"

    def close(self) -> None:
        """Close the connection and end the process."""
        super().close()
        self._stop()

    def _stop(self) -> None:
        # Its input ends: it stops by itself; the deadline is for a process that hangs.
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Applications(Protocol):
    """What `conformance.reference.app.Fleet` is for this module, which imports nothing of the reference."""

    def application(
        self, faults: Sequence[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> ASGIApp: ...


class ReferenceFleet:
    """Faulty implementations in this process, without sockets; together they read each picture once."""

    def __init__(self, contracts: Path | None = None) -> None:
        """`contracts` is a folder of contracts, whose operations are served instead of the usual ones."""
        self._token = secrets.token_urlsafe(24)
        fleet = importlib.import_module("conformance.reference.app").Fleet
        made: object = fleet(self._token, PROJECT_ID, str(contracts) if contracts is not None else None)
        self._fleet = cast("_Applications", made)

    def open(
        self, faults: Sequence[str], engine: Mapping[str, float] | None = None, editions: Sequence[str] = ()
    ) -> HttpTarget:
        """The reference with these faults. Raises ValueError for an id that it does not know.

        `engine` gives shares of documents that its engine gets wrong: `misses`, `misses_same`, `fails`, `misreads`;
        and the `seed` of that chance. `editions` are those to be served instead of the usual ones.
        """
        client = DirectClient(self._fleet.application(faults, engine, editions), Limits())
        credentials = Credentials(token=self._token, project_id=PROJECT_ID)
        target = HttpTarget("http://reference.invalid", credentials, client=client, pictures_address=LOOPBACK)
        target.name = "reference"
        return target


def _start(
    token: str,
    faults: Sequence[str],
    editions: Sequence[str],
    contracts: Path | None,
    engine: Mapping[str, float],
) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-m", "conformance.reference", "--until-stdin-closes", "--allow-private-urls"]
    command += ["--project-id", PROJECT_ID]
    command += [part for fault in faults for part in ("--fault", fault)]
    command += [part for edition in editions for part in ("--edition", edition)]
    command += ["--contracts", str(contracts)] if contracts is not None else []
    for name, share in engine.items():
        option = "--seed" if name == "seed" else f"--engine-{name.replace('_', '-')}"
        command += [option, f"{share:g}"]
    # The token travels in the environment: a command line is visible to other users of the machine.
    environment = {**os.environ, "OCR_CONFORMANCE_TOKEN": token}
    # Ctrl-C goes to all processes of a group: a run that ends waits for answers which this one still has to give.
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        process_group=0,
    )


def _last_line(stream: IO[str] | None) -> Text:
    lines = stream.read().strip().splitlines() if stream is not None else []
    return Text(lines[-1], f"“{lines[-1]}”") if lines else Text("it ended without a word", "已结束，没有输出")
