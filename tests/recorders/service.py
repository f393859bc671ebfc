"""Ten invented exchanges, and a service that takes part in them: what every recorder of the table was run over.

The service answers by what it is asked; the ninth request is closed without an answer, the tenth refused.
"""

from __future__ import annotations

import base64
import gzip
import json
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROJECT = "fedcba98765432100123456789abcdef"
TOKEN = "sesame-of-nobody-0123456789"
TICKETS_PATH = "/v1.0/ocr/auto-classification"
DOCUMENT_PATH = f"/v2/{PROJECT}/ocr/auto-id-doc-classification"


def _png(width: int) -> str:
    size = width.to_bytes(4, "big") + (200).to_bytes(4, "big")
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0\0\0\0\0"
    return base64.b64encode(head + b"\0\0\0\0IEND\xae\x42\x60\x82").decode("ascii")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


_LOCATION = [[10, 10], [200, 10], [200, 100], [10, 100]]
_FIELDS = {"code": "000000000000", "number": "00000000", "amount": "￥50.00", "location": "样本市"}
_TICKET = {
    "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
    "type": "quota_invoice",
    "location": _LOCATION,
    "content": {**_FIELDS, "confidence": dict.fromkeys(_FIELDS, 0.9)},
}
_TICKETS = _json({"result": [_TICKET]})
_DOCUMENT = _json({"result": {"type": "passport", "location": _LOCATION, "confidence": 0.9}})


def _refusal(code: str, message: str) -> bytes:
    return _json({"error_code": code, "error_msg": message})


@dataclass(frozen=True)
class Asked:
    """One request of the ten and the answer it gets; `status` 0 is no answer, `closed` or `refused`."""

    body: bytes
    status: int
    answer: bytes
    path: str = TICKETS_PATH
    token: str | None = TOKEN
    packed: bool = False
    failure: str = ""


TEN = (
    Asked(_json({"image": _png(300)}), 200, _TICKETS),
    Asked(_json({"image": _png(301)}), 200, _TICKETS, packed=True),
    Asked(
        _json({"image": _png(300)}), 401, _refusal("ModelArts.4101", "Token header cannot be empty."), token=None
    ),
    Asked(b'{"image": ', 400, _refusal("ModelArts.4105", "The JSON format of the input data is incorrect.")),
    Asked(
        _json({"image": _png(300), "type_list": "quota_invoice"}), 400,
        _refusal("AIS.0101", "The input parameter is invalid."),
    ),
    Asked(b"", 400, _refusal("ModelArts.4105", "The JSON format of the input data is incorrect.")),
    Asked(_json({"image": _png(302), "type_list": ["quota_invoice"]}), 200, b'{"result": {}}', packed=True),
    Asked(_json({"data": _png(303)}), 200, _DOCUMENT, path=DOCUMENT_PATH),
    Asked(_json({"image": _png(304)}), 0, b"", failure="closed"),
    Asked(_json({"image": _png(305)}), 0, b"", failure="refused"),
)  # fmt: skip
"""In the order in which they are made."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        token = self.headers.get("X-Auth-Token")
        one = next(one for one in TEN if (one.body, one.token) == (body, token))
        if one.failure:
            # Reset, so that no client takes the end of the stream for the end of an answer.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
            return
        content = gzip.compress(one.answer, mtime=0) if one.packed else one.answer
        self.send_response(one.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-Id", "0123456789abcdef0123456789abcdef")
        if one.packed:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Says nothing."""


@contextmanager
def served() -> Iterator[tuple[str, str]]:
    """The origin of the service, and one at which connections are refused."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{free.getsockname()[1]}"
    try:
        yield f"http://127.0.0.1:{server.server_port}", refused
    finally:
        server.shutdown()
        server.server_close()
