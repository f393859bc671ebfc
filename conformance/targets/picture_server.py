"""Serves the pictures of a request while it is under way, so that a target can fetch what a `url` names.

The server is small on purpose: GET and HEAD of the names that are offered, one request a connection, a few connections
at a time. It gives out pictures of the kit only, under names that nobody can guess, and only while they are asked for.
"""

from __future__ import annotations

import re
import socket
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from conformance.exchange import PICTURES_SLOT
from conformance.files import words_of
from conformance.targets import TargetError
from conformance.text import Text, plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from conformance.exchange import ServedPicture

LOOPBACK = "http://127.0.0.1"
"""The address for a target on this machine: the port is a free one."""

_CONNECTIONS = 8
_IDLE_S = 10.0
_POLL_S = 0.05
_PORTS = 65536
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")
_ADDRESS = re.compile(r"[!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~-]+")
_EXPECTED = Text(
    "an address at which the target reaches pictures of the kit, such as http://192.0.2.7:8099",
    "被测系统访问套件图片的地址，如 http://192.0.2.7:8099",
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """The pictures of one request, by name, until it is over."""

    pictures: dict[str, ServedPicture]
    over: threading.Event = field(default_factory=threading.Event)


class PictureServer:
    """Listens from the start, in threads of its own, and answers 404 for whatever is not on offer."""

    def __init__(self, address: str = LOOPBACK, listen: str | None = None) -> None:
        """`address` is how the target reaches this server; without a port a free one is taken and added to it.

        `listen` is the `HOST:PORT` of this machine where the two differ (a port that is forwarded, a proxy that speaks
        TLS). Raises TargetError for an address that cannot be used, or a port that cannot be listened on.
        """
        host, port = _place(address, listen)
        try:
            self._server = _BoundedServer(host, port)
        except (OSError, UnicodeError) as error:
            said = words_of(error)
            reason = Text(said.en.lower(), said.zh)
            raise TargetError(
                Text(
                    f"to listen on {host}, port {port or 'any'}, for the target to fetch pictures",
                    f"监听 {host} 的端口 {port or '（任意）'}，供被测系统下载图片",
                ),
                reason,
                Text(
                    "state another address or port for pictures, or none: requirements on url are then not applicable",
                    "请为图片换一个地址或端口，或不声明地址：与 url 有关的要求便不适用",
                ),
            ) from None
        self.address = address.rstrip("/")
        if listen is None and urlsplit(address).port is None:
            parts = urlsplit(self.address)
            self.address = f"{parts.scheme}://{parts.netloc}:{self._server.server_address[1]}{parts.path}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(_POLL_S,), name="pictures")
        self._thread.start()

    @contextmanager
    def offering(self, pictures: Sequence[ServedPicture]) -> Iterator[None]:
        """Serve these pictures, by name, until the block is left; what still waits to be served is then dropped."""
        offer = _Offer({picture.name: picture for picture in pictures})
        self._server.add(offer)
        try:
            yield
        finally:
            self._server.remove(offer)

    def forgotten(self, answer: bytes) -> bytes:
        """`answer` with the slot where it repeats the address of this server, which is another one in each run."""
        for spelling in (self.address, self.address.replace("/", "\\/"), quote(self.address, safe="")):
            answer = answer.replace(spelling.encode(), PICTURES_SLOT.encode())
        return answer

    def close(self) -> None:
        """Stop listening and end every connection."""
        self._server.shutdown()
        self._server.end_connections()
        self._server.server_close()
        self._thread.join()


class _BoundedServer(ThreadingHTTPServer):
    """Refuses connections beyond a few, and knows what is on offer."""

    daemon_threads = False
    request_queue_size = _CONNECTIONS

    def __init__(self, host: str, port: int) -> None:
        self.address_family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        self._lock = threading.Lock()
        self._offers: list[_Offer] = []
        self._open: set[socket.socket] = set()
        super().__init__((str(place[0]), port), _Answering)

    def server_bind(self) -> None:
        """Without the name lookup of the base class, which may take seconds."""
        TCPServer.server_bind(self)

    def add(self, offer: _Offer) -> None:
        with self._lock:
            self._offers.append(offer)

    def remove(self, offer: _Offer) -> None:
        with self._lock:
            self._offers.remove(offer)
        offer.over.set()

    def offered(self, name: str) -> tuple[ServedPicture, threading.Event] | None:
        with self._lock:
            offer = next((offer for offer in self._offers if name in offer.pictures), None)
        return (offer.pictures[name], offer.over) if offer is not None else None

    def end_connections(self) -> None:
        with self._lock:
            for offer in self._offers:
                offer.over.set()
            for connection in self._open:
                _hang_up(connection)

    def verify_request(self, request: object, client_address: object) -> bool:  # noqa: ARG002 - the base class's names
        with self._lock:
            return len(self._open) < _CONNECTIONS

    def process_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: object) -> None:
        assert isinstance(request, socket.socket)
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        # A target may hang up or fall silent whenever it likes; anything else is a mistake of the kit and is shown.
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class _Answering(BaseHTTPRequestHandler):
    """Answers one request and ends the connection."""

    protocol_version = "HTTP/1.1"
    timeout = _IDLE_S
    raw_requestline: bytes

    def version_string(self) -> str:
        return "ocr-conformance"

    def parse_request(self) -> bool:
        # Some clients send characters as they are; the base class would take parts of them for white space.
        self.raw_requestline = _BEYOND_ASCII.sub(lambda found: b"%%%02X" % found[0][0], self.raw_requestline)
        return super().parse_request()

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def log_message(self, *_arguments: object) -> None:
        """Keeps quiet: what a target fetches is no news."""

    def _answer(self, *, with_body: bool) -> None:
        self.close_connection = True
        server = self.server
        assert isinstance(server, _BoundedServer)
        found = server.offered(_name_in(self.path))
        if found is None:
            self.send_error(404)
            return
        picture, over = found
        if picture.delay_s and over.wait(picture.delay_s):
            return
        self.send_response(picture.status)
        if picture.location is not None:
            self.send_header("Location", quote(picture.location))
        self.send_header("Content-Type", picture.media_type)
        self.send_header("Content-Length", str(len(picture.content)))
        self.send_header("Connection", "close")
        self.end_headers()
        if with_body:
            self.wfile.write(picture.content)


def _name_in(target: str) -> str:
    """The picture that a request line names."""
    return unquote(target.partition("?")[0].rpartition("/")[2])


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the target was first


def _place(address: str, listen: str | None) -> tuple[str, int]:
    """Host and port to listen on; port 0 is a free one. Raises TargetError."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise TargetError(_EXPECTED, Text("text that is no URL", "不是 URL"), Text("correct it", "请更正")) from None
    if parts.scheme not in ("http", "https") or not host:
        raise TargetError(
            _EXPECTED,
            Text("no http:// or https:// with a host", "没有 http:// 或 https:// 及主机名"),
            Text("write scheme, host and port", "请写明协议、主机名和端口"),
        )
    if parts.username is not None or parts.query or parts.fragment or not _ADDRESS.fullmatch(address):
        raise TargetError(
            _EXPECTED,
            Text("more than scheme, host, port and path", "协议、主机名、端口和路径以外的内容"),
            Text("leave out the rest", "请去掉其余内容"),
        )
    if port == 0:
        raise TargetError(
            _EXPECTED,
            Text("the port 0", "端口 0"),
            Text("leave the port out: a free one is taken", "请不写端口：将使用空闲端口"),
        )
    if listen is not None:
        return _split(listen)
    if parts.scheme == "https":
        raise TargetError(
            Text("a place to listen on behind an https address", "https 地址之后的监听位置"),
            Text("none", "无"),
            Text("state HOST:PORT, to which a proxy forwards", "请写明代理转发到的 HOST:PORT"),
        )
    return host, port or 0


def _split(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) >= _PORTS:
        raise TargetError(
            Text("HOST:PORT to listen on, such as 0.0.0.0:8099", "监听的 HOST:PORT，如 0.0.0.0:8099"),
            plain(repr(listen)),
            Text("correct it", "请更正"),
        )
    return host.strip("[]"), int(port)
