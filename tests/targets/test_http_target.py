"""Where a target connects to, which connections it keeps, and what it does not do."""

from __future__ import annotations

import base64
import gc
import random
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from hostile import GOOD, POISON, HostileServer, Peer, answer, faultless
from hostile_heads import ends_after, sends

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Credentials, Limits, Target, TargetError, TransportError
from conformance.targets.http import HttpTarget
from conformance.targets.network import AddressInfo, look_up
from conformance.targets.transport import BoundedClient

REQUEST = Request("POST", "/", body=b"{}")
TOKEN = "a-token-of-the-target-tests"


def target_for(origin: str, deadline_s: float = 20.0, proxy: str | None = None) -> HttpTarget:
    return HttpTarget(origin, Credentials(token=TOKEN), limits=Limits(deadline_s=deadline_s), proxy=proxy)


def bodies(*answers: Response | TransportFailure) -> list[bytes | str]:
    return [seen.body if isinstance(seen, Response) else seen.detail for seen in answers]


@contextmanager
def unused_port() -> Iterator[int]:
    """A port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def test_it_is_a_target_named_by_its_origin() -> None:
    with target_for("HTTP://Localhost:8080/") as target:
        as_target: Target = target
        assert as_target.name == "http://localhost:8080"


@pytest.mark.parametrize(
    ("origin", "observed", "next_step"),
    [
        ("ocr.example.test", "the scheme ''", "write http:// or https:// before the host"),
        ("ftp://ocr.example.test", "the scheme 'ftp'", "write http:// or https:// before the host"),
        ("http://", "no host", "write scheme, host and port"),
        ("http://ocr.example.test:port", "text that is no URL", "correct it"),
        ("http://xn--a", "text that is no URL", "correct it"),
        ("http://ocr.example.test:0", "the port 0", "give a port from 1 to 65535"),
        ("http://ocr.example.test:65616", "the port 65616", "give a port from 1 to 65535"),
        ("http://me:secret@ocr.example.test", "a user name or password in it", "give credentials with --token instead"),
        (
            "http://ocr.example.test/v1.0?region=1",
            "a query or fragment",
            "leave out what follows the path",
        ),
    ],
)
def test_origin_that_is_none(origin: str, observed: str, next_step: str) -> None:
    with pytest.raises(TargetError) as caught:
        target_for(origin)
    expected = "an origin such as https://ocr.example.com:8443"
    assert str(caught.value) == f"expected {expected}; observed {observed}; {next_step}"


def test_limit_of_zero_is_an_error() -> None:
    with pytest.raises(TargetError, match="expected deadline_s above zero; observed 0; give a positive limit"):
        Limits(deadline_s=0)


def test_nothing_listening_is_refused() -> None:
    with unused_port() as port, target_for(f"http://127.0.0.1:{port}") as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert (answered.kind, answered.detail) == ("refused", "The target refused the connection.")


def test_a_connection_that_is_reset_as_soon_as_it_is_taken_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    # By a real peer it is chance whether the reset is heard of while connecting or afterwards.
    def reset(_address: AddressInfo, _timeout: float) -> socket.socket:
        raise ConnectionResetError(104, "Connection reset by peer")

    monkeypatch.setattr("conformance.targets.network._connected", reset)
    with target_for("http://127.0.0.1:9") as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert (answered.kind, answered.detail) == ("closed", "The connection ended before an answer began.")


def test_connection_that_never_comes_about_is_unreachable() -> None:
    # A listener whose queue is full takes no further connection.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        queued = [socket.socket() for _ in range(4)]
        for sock in queued:
            sock.setblocking(False)
            sock.connect_ex(address)
        with target_for(f"http://127.0.0.1:{address[1]}", deadline_s=0.4) as target:
            answered = target.send(REQUEST)
        for sock in queued:
            sock.close()
    assert isinstance(answered, TransportFailure)
    assert (answered.kind, answered.detail) == ("unreachable", "No connection came about within 0.4 s.")


def test_name_without_address_is_unresolved() -> None:
    client = BoundedClient(httpx.URL("http://ocr.example.test"), Limits(), resolve=lambda host, port: [])  # noqa: ARG005
    with pytest.raises(TransportError, match=r"^The host name of the target does not resolve\.$") as caught:
        client.exchange("POST", b"/", (), b"")
    client.close()
    assert caught.value.kind == "unresolved"


def test_next_address_is_tried_where_the_first_refuses() -> None:
    with unused_port() as unused, HostileServer(faultless) as server:
        addresses = [*look_up("127.0.0.1", unused), *look_up("127.0.0.1", server.port)]
        url = httpx.URL("http://ocr.example.test")
        client = BoundedClient(url, Limits(), resolve=lambda host, port: addresses)  # noqa: ARG005
        answered = client.exchange("POST", b"/", (), b"{}")
        client.close()
    assert answered.body == GOOD


def test_resolver_that_hangs_ends_at_the_deadline() -> None:
    over = threading.Event()

    def resolve(host: str, port: int) -> list[AddressInfo]:  # noqa: ARG001
        over.wait(10)
        return []

    client = BoundedClient(httpx.URL("http://ocr.example.test"), Limits(deadline_s=0.3), resolve=resolve)
    with pytest.raises(TransportError, match=r"^The host name was not resolved within the deadline\.$") as caught:
        client.exchange("POST", b"/", (), b"")
    over.set()
    client.close()
    assert caught.value.kind == "unresolved"


def test_name_that_no_resolver_takes_is_unresolved() -> None:
    with target_for(f"http://{'a' * 70}.test") as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert answered.kind == "unresolved"


def test_connection_is_kept_while_nothing_is_odd() -> None:
    with HostileServer(faultless) as server, target_for(server.origin) as target:
        answers = [target.send(REQUEST) for _ in range(5)]
    assert bodies(*answers) == [GOOD] * 5
    assert server.accepted == 1


def oddities(answered: Response | TransportFailure) -> tuple[str, ...]:
    assert isinstance(answered, Response)
    return answered.odd


def test_answer_smuggled_late_is_not_the_answer_to_the_next_request() -> None:
    smuggled = threading.Event()

    def act(peer: Peer) -> None:
        sends(answer(GOOD))(peer)
        peer.pause(0.05)
        peer.send(answer(POISON))
        smuggled.set()

    with HostileServer(act) as server, target_for(server.origin) as target:
        first = target.send(REQUEST)
        assert smuggled.wait(5)
        second = target.send(REQUEST)
        third = target.send(REQUEST)
    assert bodies(first, second, third) == [GOOD] * 3
    assert [oddities(answered) for answered in (first, second)] == [
        (),
        ("Unasked bytes lay on the connection kept from the exchange before.",),
    ]
    assert server.accepted == 3, "no connection of such a target is kept any more"


def test_kept_connection_that_ends_is_named_and_no_further_one_is_kept() -> None:
    def act(peer: Peer) -> None:
        sends(answer(GOOD))(peer)
        peer.head()
        peer.sock.close()

    with HostileServer(act) as server, target_for(server.origin) as target:
        answers = [target.send(REQUEST) for _ in range(4)]
    assert bodies(*answers) == [
        GOOD,
        "The connection, kept from the exchange before, ended before an answer.",
        GOOD,
        GOOD,
    ]
    assert server.accepted == 3


def test_kept_connection_that_was_closed_meanwhile_is_not_used() -> None:
    closed = threading.Event()

    def act(peer: Peer) -> None:
        sends(answer(GOOD))(peer)
        peer.sock.close()
        closed.set()

    with HostileServer(act) as server, target_for(server.origin) as target:
        first = target.send(REQUEST)
        assert closed.wait(5)
        second = target.send(REQUEST)
    assert bodies(first, second) == [GOOD, GOOD]
    assert oddities(second) == ()


def test_body_of_a_request_is_not_kept_in_memory() -> None:
    body = b"x" * 1_000_000
    gc.disable()
    try:
        with HostileServer(faultless) as server, target_for(server.origin) as target:
            held = sys.getrefcount(body)
            target.send(Request("POST", "/", body=body))
            assert sys.getrefcount(body) == held
    finally:
        gc.enable()


def test_no_redirect_is_followed() -> None:
    with HostileServer(faultless) as elsewhere:
        moved = answer(b"", f"Location: {elsewhere.origin}/", status="307 Temporary Redirect")
        with HostileServer(sends(moved), faultless) as server, target_for(server.origin) as target:
            answered = target.send(REQUEST)
        assert isinstance(answered, Response)
        assert (answered.status, answered.header("location")) == (307, f"{elsewhere.origin}/")
        assert elsewhere.accepted == 0


def test_no_cookie_is_sent_back() -> None:
    heads: list[bytes] = []

    def act(peer: Peer) -> None:
        for _ in range(2):
            heads.append(peer.request())
            peer.send(answer(GOOD, "Set-Cookie: session=1; Path=/"))

    with HostileServer(act) as server, target_for(server.origin) as target:
        target.send(REQUEST)
        target.send(REQUEST)
    assert heads[0] == heads[1]


def test_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with unused_port() as port, HostileServer(faultless) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        with target_for(server.origin) as target:
            assert bodies(target.send(REQUEST)) == [GOOD]


def test_proxy_that_is_asked_for_is_used() -> None:
    heads: list[bytes] = []

    def act(peer: Peer) -> None:
        heads.append(peer.request())
        peer.send(answer(GOOD))

    with HostileServer(act) as proxy:
        address = f"http://me:word@127.0.0.1:{proxy.port}"
        with target_for("http://ocr.example.test", proxy=address) as target:
            assert bodies(target.send(Request("POST", "/a/../b", body=b"{}"))) == [GOOD]
    assert heads[0].startswith(b"POST http://ocr.example.test/a/../b HTTP/1.1\r\n")
    assert b"\r\nProxy-Authorization: Basic bWU6d29yZA==\r\n" in heads[0]


def test_password_of_the_proxy_is_replaced_in_an_echo() -> None:
    def act(peer: Peer) -> None:
        peer.send(answer(peer.request() + base64.b64decode(b"d29yZC1vZi10aGUtcHJveHk=")))

    with HostileServer(act) as proxy:
        address = f"http://me:word-of-the-proxy@127.0.0.1:{proxy.port}"
        with target_for("http://ocr.example.test", proxy=address) as target:
            answered = target.send(REQUEST)
    assert isinstance(answered, Response)
    assert answered.body.count(b"[[redacted:proxy-password]]") == 2


def test_proxy_that_opens_no_tunnel_is_named() -> None:
    refusal = answer(b"", status="407 Proxy Authentication Required")
    with (
        HostileServer(sends(refusal)) as proxy,
        target_for("https://ocr.example.test", proxy=f"http://127.0.0.1:{proxy.port}") as target,
    ):
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert answered.kind == "unreachable"
    assert answered.detail == "The proxy answered 407 instead of opening a tunnel."


def test_proxy_that_refuses_the_connection_is_named() -> None:
    with unused_port() as port, target_for("http://ocr.example.test", proxy=f"http://127.0.0.1:{port}") as target:
        assert bodies(target.send(REQUEST)) == ["The proxy refused the connection."]


def test_proxy_spoken_to_in_tls_is_an_error() -> None:
    with pytest.raises(TargetError) as caught:
        target_for("http://ocr.example.test", proxy="https://proxy.example.test")
    assert str(caught.value) == (
        "expected a proxy such as http://proxy.example.com:3128; observed the scheme 'https'; "
        "use a proxy that is spoken to in plain HTTP"
    )


def test_elapsed_time_covers_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    real = time.monotonic

    def act(peer: Peer) -> None:
        peer.request()
        pauses.append(1.5)  # passes while the target thinks
        peer.send(answer(GOOD))

    monkeypatch.setattr("conformance.targets.framing.time.monotonic", lambda: real() + sum(pauses))

    with HostileServer(act) as server, target_for(server.origin) as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, Response)
    assert answered.elapsed_s >= 1.5


def test_threads_take_turns() -> None:
    with HostileServer(faultless) as server, target_for(server.origin) as target:
        answers: list[Response | TransportFailure] = []
        threads = [threading.Thread(target=lambda: answers.append(target.send(REQUEST))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert bodies(*answers) == [GOOD] * 8
    assert server.accepted == 1


MODELS = (
    answer(GOOD),
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12\r\n" + GOOD + b"\r\n0\r\nA: b\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    b"HTTP/1.0 200\r\n\r\nabc",
)
INSERTS = (b"\r\n", b"\n", b"\0", b":", b"\r\n\r\n", b" ", b"Content-Length: 3\r\n", b"0", *MODELS)


def damaged(generator: random.Random) -> bytes:
    """A good answer with a few bytes changed, taken out, doubled or put in."""
    text = bytearray(generator.choice(MODELS))
    for _ in range(generator.randint(1, 4)):
        at = generator.randrange(len(text) + 1)
        match generator.randrange(4):
            case 0:
                text[at : at + 1] = bytes([generator.randrange(256)])
            case 1:
                del text[at : at + generator.randint(1, 10)]
            case 2:
                text[at:at] = generator.choice(INSERTS)
            case _:
                text[at:at] = text[at // 2 : at // 2 + 20]
    return bytes(text)


def test_no_damaged_answer_raises() -> None:
    generator = random.Random(20260101)
    answers = [damaged(generator) for _ in range(500)]
    kinds = set()
    for text in answers:
        with HostileServer(ends_after(text)) as server, target_for(server.origin, deadline_s=5) as target:
            seen = target.send(REQUEST)
        kinds.add(seen.kind if isinstance(seen, TransportFailure) else seen.status)
    assert {200, "closed", "malformed"} <= kinds
