"""What the bounds of the HTTP target cost: time for one exchange, against a bare `httpx.Client`.

Run `python -m tests.benchmarks http`. A server in a process of its own answers over loopback; the two clients
take turns within each round, so that a busy machine slows both; the figure is the ratio of their medians.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import httpx

from conformance.exchange import Request, Response
from conformance.targets import Credentials
from conformance.targets.http import HttpTarget

KB, MB = 1000, 1_000_000
ANSWER = rb'{"result": [{"type": "vat_invoice", "location": [[1, 2], [30, 2], [30, 40], [1, 40]]}], "title": "\u4e2d"}'
CREDENTIALS = Credentials(token="a-token-of-the-benchmark" * 50, project_id="89abcdef0123456789abcdef01234567")


@dataclass(frozen=True, slots=True)
class Case:
    """Sizes of one exchange in bytes, and how often it is repeated."""

    name: str
    request: int
    answer: int
    rounds: int


CASES = (
    Case("2 KB up, 2 KB down", 2 * KB, 2 * KB, 3000),
    Case("7 MB up, 2 KB down", 7 * MB, 2 * KB, 150),
    Case("2 KB up, 7 MB down", 2 * KB, 7 * MB, 100),
)


def serve(listener: socket.socket) -> None:
    """Answer each request with as many bytes as its path says, for ever."""
    while True:
        sock, _ = listener.accept()
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with sock:
            answer_all(sock)


def answer_all(sock: socket.socket) -> None:
    """Serve one connection to its end."""
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            data = sock.recv(1 << 20)
            if not data:
                return
            received += data
        head, _, rest = received.partition(b"\r\n\r\n")
        left = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0]) - len(rest)
        while left > 0:
            left -= len(sock.recv(1 << 20))
        size = int(head.split(b" ")[1].strip(b"/"))
        sock.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + (ANSWER * (size // len(ANSWER) + 1))[:size]
        )
        received = b""


def timed(exchange: Callable[[], int]) -> float:
    """Milliseconds that one exchange takes; it returns the size of the answer."""
    started = time.perf_counter()
    size = exchange()
    took = (time.perf_counter() - started) * 1000
    assert size
    return took


def compare(case: Case, port: int, bare_port: int) -> str:
    """One line of the table."""
    body = bytes(case.request)
    request = Request("POST", f"/{case.answer}", (("Content-Type", "application/json"),), body)
    url = f"http://127.0.0.1:{bare_port}/{case.answer}"
    headers = {"Content-Type": "application/json", "X-Auth-Token": CREDENTIALS.token or ""}
    with (
        httpx.Client(trust_env=False) as client,
        HttpTarget(f"http://127.0.0.1:{port}", CREDENTIALS) as target,
    ):

        def bounded() -> int:
            answered = target.send(request)
            assert isinstance(answered, Response)
            return len(answered.body)

        def bare() -> int:
            return len(client.post(url, content=body, headers=headers).content)

        for warm_up in (bounded, bare) * 5:
            warm_up()
        bounded_ms, bare_ms = [], []
        for turn in range(case.rounds):
            for name in ("bounded", "bare") if turn % 2 else ("bare", "bounded"):
                if name == "bounded":
                    bounded_ms.append(timed(bounded))
                else:
                    bare_ms.append(timed(bare))
    mine, theirs = statistics.median(bounded_ms), statistics.median(bare_ms)
    return f"{case.name:<20} {theirs:>9.3f} ms {mine:>9.3f} ms {mine / theirs:>7.2f}"


def main() -> None:
    """Print the table."""
    context = multiprocessing.get_context("fork")
    listeners = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
    servers = [context.Process(target=serve, args=(listener,), daemon=True) for listener in listeners]
    for server in servers:
        server.start()
    port, bare_port = (listener.getsockname()[1] for listener in listeners)
    print(f"{'':<20} {'bare httpx':>12} {'HttpTarget':>12} {'ratio':>7}")
    try:
        for case in CASES:
            print(compare(case, port, bare_port))
    finally:
        for server in servers:
            server.terminate()
            server.join()
        for listener in listeners:
            listener.close()


if __name__ == "__main__":
    main()
