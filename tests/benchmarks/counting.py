"""The reference, or a faulty implementation, with a count of what it was sent.

`python tests/benchmarks/counting.py LOG [FAULT ...]` writes one line of JSON into a file for each request, in the
order of arrival, when it is answered: the status and how
many tickets the answer bills. So both tools are counted by the same hand, on the server's side.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from processes import TOKEN

from conformance.reference.app import DEFAULT_PROJECT_ID, create_app
from conformance.reference.credentials import Credentials
from conformance.reference.faults import combine
from conformance.reference.server import listen, origin, serve

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Counting:
    """Passes every request on, and notes what became of it."""

    def __init__(self, app: ASGIApp, log: Path) -> None:
        self._app = app
        self._log = log.open("a", encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        status, body = 0, bytearray()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            self._log.write(json.dumps({"status": status, "billed": billed(bytes(body))}) + "\n")
            self._log.flush()


def billed(body: bytes) -> int:
    """Recognised tickets of an answer; 1 for the one document of the other operation."""
    try:
        answer = json.loads(body)
    except ValueError:
        return 0
    result = answer.get("result") if isinstance(answer, dict) else None
    if isinstance(result, list):
        statuses = [entry.get("status") for entry in result if isinstance(entry, dict)]
        return sum(isinstance(status, dict) and status.get("error_code") == "AIS.0000" for status in statuses)
    return int(isinstance(result, dict))


def main(log: str, *faults: str) -> None:
    """Serve until the process is stopped; prints the origin first."""
    warnings.simplefilter("ignore", Image.DecompressionBombWarning)
    listener = listen("127.0.0.1", 0)
    credentials = Credentials(token=TOKEN, project_id=DEFAULT_PROJECT_ID)
    app = create_app(credentials, behaviour=combine(faults), allow_private_urls=True)
    serve(Counting(app, Path(log)), listener, ready=lambda: print(origin(listener, tls=False), flush=True))


if __name__ == "__main__":
    main(*sys.argv[1:])
