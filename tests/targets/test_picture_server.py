"""The kit's small server: what a target can fetch from it, for how long, and how it is reached."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from conformance.exchange import ServedPicture
from conformance.targets import TargetError
from conformance.targets.picture_server import PictureServer

PICTURE = ServedPicture("specimen-1.png", b"not really a picture", "image/png")
CHINESE = ServedPicture("票证样例.png", b"another one", "image/png")
MOVED = ServedPicture("moved.png", status=302, location=CHINESE.name)


class Minute(float):
    """Seconds that tell when a server has come to them."""

    def __new__(cls) -> Minute:
        minute = super().__new__(cls, 60.0)
        minute.reached = threading.Event()
        return minute

    reached: threading.Event

    def __bool__(self) -> bool:
        self.reached.set()
        return True


@pytest.fixture
def server() -> Iterator[PictureServer]:
    running = PictureServer()
    try:
        yield running
    finally:
        running.close()


def place(server: PictureServer) -> tuple[str, int]:
    parts = urlsplit(server.address)
    return str(parts.hostname), int(str(parts.port))


def fetched(server: PictureServer, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(*place(server), timeout=20)
    try:
        connection.putrequest(method, "/", skip_accept_encoding=True)
        # The path as it is: http.client would refuse characters that some clients send.
        connection._buffer[0] = f"{method} {path} HTTP/1.1".encode()  # type: ignore[attr-defined]
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def test_a_picture_is_served_with_its_media_type(server: PictureServer) -> None:
    with server.offering([PICTURE, CHINESE]):
        status, headers, body = fetched(server, "/specimen-1.png")
    assert (status, body) == (200, b"not really a picture")
    kept = {name: headers[name] for name in ("Content-Type", "Content-Length", "Connection", "Server")}
    assert kept == {
        "Content-Type": "image/png",
        "Content-Length": "20",
        "Connection": "close",
        "Server": "ocr-conformance",
    }


def test_a_head_request_gets_no_body(server: PictureServer) -> None:
    with server.offering([PICTURE]):
        status, headers, body = fetched(server, "/specimen-1.png", "HEAD")
    assert (status, headers["Content-Length"], body) == (200, "20", b"")


@pytest.mark.parametrize(
    "path", ["/%E7%A5%A8%E8%AF%81%E6%A0%B7%E4%BE%8B.png", "/票证样例.png", "/pictures/%E7%A5%A8证样例.png?size=full"]
)
def test_a_name_is_found_however_its_characters_are_sent(server: PictureServer, path: str) -> None:
    with server.offering([CHINESE]):
        assert fetched(server, path)[::2] == (200, b"another one")


def test_a_redirection_names_the_other_picture(server: PictureServer) -> None:
    with server.offering([MOVED, CHINESE]):
        status, headers, body = fetched(server, "/moved.png")
    assert (status, headers["Location"], body) == (302, "%E7%A5%A8%E8%AF%81%E6%A0%B7%E4%BE%8B.png", b"")


@pytest.mark.parametrize("status", [403, 404, 410, 500])
def test_a_status_is_served_as_asked(server: PictureServer, status: int) -> None:
    with server.offering([ServedPicture("absent.png", status=status)]):
        assert fetched(server, "/absent.png")[::2] == (status, b"")


@pytest.mark.parametrize("path", ["/", "/specimen-2.png", "/../specimen-1.png/", "/%00", "/specimen-1.png%2F"])
def test_nothing_else_is_served(server: PictureServer, path: str) -> None:
    with server.offering([PICTURE]):
        assert fetched(server, path)[0] == 404


def test_a_picture_is_served_only_while_its_request_is_under_way(server: PictureServer) -> None:
    with server.offering([PICTURE]):
        pass
    assert fetched(server, "/specimen-1.png")[0] == 404


def test_requests_that_overlap_keep_their_pictures(server: PictureServer) -> None:
    with server.offering([PICTURE]):
        with server.offering([PICTURE, CHINESE]):
            pass
        assert (fetched(server, "/specimen-1.png")[0], fetched(server, "/%E7%A5%A8.png")[0]) == (200, 404)


def test_other_methods_are_refused(server: PictureServer) -> None:
    with server.offering([PICTURE]):
        assert fetched(server, "/specimen-1.png", "POST")[0] == 501


def test_a_late_picture_comes_late(server: PictureServer) -> None:
    minute = Minute()
    with (
        server.offering([ServedPicture("late.png", b"late", "image/png", delay_s=minute)]),
        socket.create_connection(place(server), timeout=20) as connection,
    ):
        connection.sendall(b"GET /late.png HTTP/1.1\r\n\r\n")
        assert minute.reached.wait(20)
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)
    with server.offering([ServedPicture("soon.png", b"late", "image/png", delay_s=0.01)]):
        assert fetched(server, "/soon.png")[2] == b"late"


def test_a_late_picture_is_dropped_when_its_request_is_over(server: PictureServer) -> None:
    minute = Minute()
    with socket.create_connection(place(server), timeout=20) as connection:
        with server.offering([ServedPicture("late.png", delay_s=minute)]):
            connection.sendall(b"GET /late.png HTTP/1.1\r\n\r\n")
            assert minute.reached.wait(20)
        assert connection.recv(1) == b""


def test_closing_waits_for_no_one() -> None:
    server = PictureServer()
    minute = Minute()
    with (
        socket.create_connection(place(server), timeout=20) as silent,
        socket.create_connection(place(server), timeout=20) as waiting,
        server.offering([ServedPicture("late.png", delay_s=minute)]),
    ):
        waiting.sendall(b"GET /late.png HTTP/1.1\r\n\r\n")
        assert minute.reached.wait(20)
        server.close()
        assert (silent.recv(1), waiting.recv(1)) == (b"", b"")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(place(server), timeout=20)


def test_connections_beyond_a_few_are_ended(server: PictureServer) -> None:
    before = threading.active_count()
    held = [socket.create_connection(place(server), timeout=20) for _ in range(9)]
    try:
        assert held[-1].recv(1) == b""
    finally:
        for connection in held:
            connection.close()
    until(lambda: threading.active_count() == before)
    with server.offering([PICTURE]):
        assert fetched(server, "/specimen-1.png")[0] == 200


def until(reached: Callable[[], bool]) -> None:
    """Waits for what another thread does, for 20 seconds at most."""
    for _ in range(2000):
        if reached():
            return
        time.sleep(0.01)
    raise AssertionError("the other thread never came that far")


def test_an_address_without_a_port_gets_a_free_one() -> None:
    server = PictureServer("http://localhost/kit/")
    try:
        assert server.address == f"http://localhost:{place(server)[1]}/kit"
    finally:
        server.close()


def test_a_port_of_the_address_is_listened_on() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = PictureServer(f"http://127.0.0.1:{port}")
    try:
        assert fetched(server, "/")[0] == 404
    finally:
        server.close()


def test_the_address_may_be_another_one_than_that_of_this_machine() -> None:
    server = PictureServer("https://pictures.example.com/kit", "127.0.0.1:0")
    try:
        assert server.address == "https://pictures.example.com/kit"
        assert server.forgotten(b'"https:\\/\\/pictures.example.com\\/kit\\/a"') == b'"{pictures}\\/a"'
    finally:
        server.close()


EXPECTED = (
    "expected an address at which the target reaches pictures of the kit, such as http://192.0.2.7:8099; observed "
)


@pytest.mark.parametrize(
    ("address", "listen", "message"),
    [
        ("kit.example.com:8099", None, f"{EXPECTED}no http:// or https:// with a host; write scheme, host and port"),
        ("http://:8099", None, f"{EXPECTED}no http:// or https:// with a host; write scheme, host and port"),
        ("http://127.0.0.1:0", None, f"{EXPECTED}the port 0; leave the port out: a free one is taken"),
        ("http://127.0.0.1:port", None, f"{EXPECTED}text that is no URL; correct it"),
        (
            "http://me@127.0.0.1:8099",
            None,
            f"{EXPECTED}more than scheme, host, port and path; leave out the rest",
        ),
        ('http://127.0.0.1/"', None, f"{EXPECTED}more than scheme, host, port and path; leave out the rest"),
        (
            "https://kit.example.com",
            None,
            (
                "expected a place to listen on behind an https address; observed none; "
                "state HOST:PORT, to which a proxy forwards"
            ),
        ),
        (
            "https://kit.example.com",
            "8099",
            "expected HOST:PORT to listen on, such as 0.0.0.0:8099; observed '8099'; correct it",
        ),
        (
            "https://kit.example.com",
            "0.0.0.0:99999",
            "expected HOST:PORT to listen on, such as 0.0.0.0:8099; observed '0.0.0.0:99999'; correct it",
        ),
    ],
)
def test_an_address_that_cannot_be_used_is_one_message(address: str, listen: str | None, message: str) -> None:
    with pytest.raises(TargetError) as caught:
        PictureServer(address, listen)
    assert str(caught.value) == message


def test_a_port_that_is_taken_is_one_message() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(TargetError) as caught:
            PictureServer(f"http://127.0.0.1:{port}")
    assert str(caught.value) == (
        f"expected to listen on 127.0.0.1, port {port}, for the target to fetch pictures; observed address already in "
        "use; state another address or port for pictures, or none: requirements on url are then not applicable"
    )
