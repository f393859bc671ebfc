"""A server over raw sockets that does what no HTTP library would let it do.

Its first connection is handled by one behaviour; every further one by a faultless handler. A connection that an odd
behaviour leaves open answers any further request with POISON: a client that goes on using it is caught.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from typing import Self, TypeAlias

GOOD = b'{"result": "good"}'
POISON = b'{"result": "poison"}'


def answer(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    """One well-formed answer with a Content-Length."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join((*lines, "", "")).encode() + body


class Peer:
    """One accepted connection, seen from the server."""

    def __init__(self, sock: socket.socket, stopped: threading.Event) -> None:
        self.sock = sock
        self._stopped = stopped
        self._buffer = b""

    def request(self) -> bytes:
        """Read one whole request and return its head; raises ConnectionError where the client goes away first."""
        head = self.head()
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self.take(int(line.partition(b":")[2]))
        return head

    def take(self, length: int, pause_s: float = 0.0) -> None:
        """Read this much of a body, with a pause after each piece."""
        while length > 0:
            piece, self._buffer = self._buffer or self.sock.recv(1 << 20), b""
            if not piece:
                raise ConnectionResetError
            self._buffer = piece[length:]
            length -= len(piece)
            if pause_s:
                self.pause(pause_s)

    def head(self) -> bytes:
        """Read up to the end of a head and no further than the bytes that came with it."""
        while b"\r\n\r\n" not in self._buffer:
            data = self.sock.recv(65536)
            if not data:
                raise ConnectionResetError
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return head

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        self.sock.sendall(data)

    def drip(self, data: bytes, pause_s: float = 0.02) -> None:
        """Send `data` over and over, a byte at a time."""
        while not self._stopped.is_set():
            for byte in data:
                self.send(bytes([byte]))
                self.pause(pause_s)

    def flood(self, data: bytes) -> None:
        """Send `data` over and over until the client goes away."""
        while not self._stopped.is_set():
            self.send(data)

    def pause(self, seconds: float) -> None:
        """Do nothing for a while, unless the server stops."""
        self._stopped.wait(seconds)

    def reset(self) -> None:
        """End the connection with RST."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def silence(self) -> None:
        """Read and answer nothing until the client goes away."""
        while self.sock.recv(65536):
            pass

    def ignore(self) -> None:
        """Do not even read, until the client is gone or the server stops."""
        self._stopped.wait(30)


Act: TypeAlias = Callable[[Peer], None]


def faultless(peer: Peer) -> None:
    """Answer every request with GOOD."""
    while True:
        peer.request()
        peer.send(answer(GOOD))


def poisonous(peer: Peer) -> None:
    """Answer every request with POISON."""
    while True:
        peer.request()
        peer.send(answer(POISON))


class HostileServer:
    """Listens on a free port of the loopback address; stop it with `with`."""

    def __init__(self, act: Act, then: Act = poisonous, context: ssl.SSLContext | None = None) -> None:
        """`then` goes on with a connection that `act` leaves open; `context` makes the server speak TLS.

        `every` handles the further connections.
        """
        self._act = act
        self._then = then
        self.every: Act = faultless
        self._context = context
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self.accepted = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)

    @property
    def origin(self) -> str:
        """Where to find it."""
        return f"{'https' if self._context else 'http'}://127.0.0.1:{self.port}"

    def _start(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, daemon=True)
        with self._lock:
            self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            first = self.accepted == 0
            self.accepted += 1
            with self._lock:
                self._sockets.append(sock)
            self._start(lambda sock=sock, first=first: self._handle(sock, first))  # type: ignore[misc]

    def _handle(self, sock: socket.socket, first: bool) -> None:
        with contextlib.suppress(OSError, ValueError):  # the client went away, or the server stopped
            try:
                if self._context:
                    sock = self._context.wrap_socket(sock, server_side=True)
                    with self._lock:
                        self._sockets.append(sock)
                peer = Peer(sock, self._stopped)
                if first:
                    self._act(peer)
                    self._then(peer)
                else:
                    self.every(peer)
            finally:
                sock.close()

    def stop(self) -> None:
        """Close the listener and every connection, and wait for the threads."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            sockets, threads = list(self._sockets), list(self._threads)
        for sock in sockets:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        ends = time.monotonic() + 5
        for thread in threads:
            thread.join(max(0.0, ends - time.monotonic()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.stop()
