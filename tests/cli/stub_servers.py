"""Servers that no contract describes, on loopback sockets of their own."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def answering(answer: Callable[[bytes], bytes | None]) -> Iterator[str]:
    """A server that reads each request whole and sends what `answer` makes of it, or closes at once for None."""
    listener = socket.create_server(("127.0.0.1", 0))
    stopped = threading.Event()

    def serve() -> None:
        while not stopped.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(5)
                _answer_once(connection, answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopped.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=10)


def response(status: str, media_type: str, body: bytes) -> bytes:
    """One complete HTTP/1.1 response after which the connection closes."""
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {media_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _answer_once(connection: socket.socket, answer: Callable[[bytes], bytes | None]) -> None:
    try:
        request = b""
        while b"\r\n\r\n" not in request:
            chunk = connection.recv(65536)
            if not chunk:
                return
            request += chunk
            if answer(b"") is None:
                return
        head, _, body = request.partition(b"\r\n\r\n")
        length = next(
            (int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0
        )
        while len(body) < length:
            chunk = connection.recv(1 << 20)
            if not chunk:
                return
            body += chunk
        sent = answer(head + b"\r\n\r\n" + body)
        if sent is not None:
            connection.sendall(sent)
    except OSError:
        return  # the kit may close early; that is its right
