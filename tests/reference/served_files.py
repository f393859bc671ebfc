"""A file server on loopback: pictures under several paths, and other things under others."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from drawn_documents import Drawing, card, encoded
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURE = encoded(card(Drawing(ticket="passport", document="passport")))
TEN_MB = 7_864_320
SLOW_S = 1.0


class _Files(BaseHTTPRequestHandler):
    """Serves a picture under several paths, and misbehaves under others."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self._answer(302, b"", Location="/picture.png")
        elif self.path == "/moved-quietly":
            self._answer(302, b"", location="/picture.png")
        elif self.path == "/large":
            self._answer(200, PICTURE + b"\0" * (TEN_MB + 1 - len(PICTURE)))
        elif self.path == "/largest":
            self._answer(200, PICTURE + b"\0" * (TEN_MB - len(PICTURE)))
        elif self.path == "/wide.png":
            self._answer(200, encoded(Image.new("L", (9000, 20))))
        elif self.path == "/slow.png":
            time.sleep(SLOW_S)
            self._answer(200, PICTURE)
        elif self.path == "/page.html":
            self._answer(200, b"<html></html>")
        elif self.path.startswith("/picture"):
            self._answer(200, PICTURE)
        else:
            self._answer(404, b"")

    def log_message(self, *_arguments: object) -> None:
        """Keeps quiet."""

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def files() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
