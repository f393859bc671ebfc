"""What tests of authentication talk to: the reference with keys of nobody, and a small stub over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

AK = "ACCESSKEYOFNOBODY000"
SK = "secret-key-of-nobody-0000000000000000000"
PROJECT = "00112233445566778899aabbccddeeff"
TOKEN = "a-token-of-the-authentication-tests"
SECURITY_TOKEN = "a-security-token-of-nobody-for-temporary-keys"


@dataclass(frozen=True)
class Call:
    """A request as a stub saw it; header names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Reply = tuple[int, Mapping[str, str], bytes]


@contextmanager
def stub(reply: Callable[[Call], Reply]) -> Iterator[str]:
    """A server whose answers `reply` makes; yields its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more, content = reply(Call(self.command, self.path, headers, body))
            self.send_response(status)
            for name, value in (*more.items(), ("Content-Length", str(len(content)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def reference(*, token: str = TOKEN, project: str = PROJECT, **more: str) -> Iterator[str]:
    """The reference in a process of its own, with AK, SK and `more` in its environment; yields its origin."""
    environment = {**os.environ, "CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK, "OCR_CONFORMANCE_TOKEN": token, **more}
    command = [sys.executable, "-m", "conformance.reference", "--until-stdin-closes", "--project-id", project]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(timeout=10)
