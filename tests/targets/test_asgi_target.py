"""An ASGI application as a target: found, served on a socket of its own, and stopped without a trace."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Credentials, Limits, Target, TargetError
from conformance.targets.asgi import AsgiTarget
from conformance.targets.http import HttpTarget
from conformance.text import Text

REQUEST = Request("POST", "/v1.0/ocr/auto-classification", (("Content-Type", "application/json"),), b"{}")
TOKEN = "a-token-of-the-asgi-tests"

APPLICATIONS = """
import asyncio

async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        return
    message = await receive()
    token = dict(scope["headers"])[b"x-auth-token"].decode()
    body = f"{scope['path']} {message['body'].decode()} {len(token)}".encode()
    await send({"type": "http.response.start", "status": 400, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})

def make():
    return app

def make_with_options(size=1, name="x", debug=False):
    return app

class Callable:
    async def __call__(self, scope, receive, send):
        await app(scope, receive, send)

class Old:
    def __init__(self, scope):
        self.scope = scope
    async def __call__(self, receive, send):
        await app(self.scope, receive, send)

class Namespace:
    inner = Callable()

instance = Callable()
number = 7

def broken():
    raise RuntimeError("no database\\nand a second line")

def leaves():
    raise SystemExit(3)

def makes_nothing():
    return None

def takes_two(one, two):
    return app

def takes_one(config):
    return app

def wsgi(environ, start_response):
    length = int(environ["CONTENT_LENGTH"])
    read = environ["wsgi.input"].read(length).decode()
    body = f"{environ['PATH_INFO']} {read} {len(environ['HTTP_X_AUTH_TOKEN'])}".encode()
    start_response("400 Bad Request", [("Content-Length", str(len(body)))])
    return [body]

class Shop:
    def wsgi_app(self, one, two):
        return wsgi(one, two)
    def __call__(self, one, two):
        return self.wsgi_app(one, two)

def make_wsgi():
    return Shop()

def unusual_wsgi(environment, begin):
    return wsgi(environment, begin)

def make_unusual():
    return unusual_wsgi

from http.server import BaseHTTPRequestHandler

class Handler(BaseHTTPRequestHandler):
    pass

started, stopped = [], []

async def living(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        started.append(True)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        stopped.append(True)
        await send({"type": "lifespan.shutdown.complete"})
        return
    await app(scope, receive, send)

async def stillborn(scope, receive, send):
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

async def raises(scope, receive, send):
    await receive()  # a connection that is closed while a request still comes can lose the answer on its way
    raise RuntimeError(str(scope))

async def silent(scope, receive, send):
    assert scope["type"] == "http"
    await asyncio.sleep(3600)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of applications, in which the kit is called."""
    (tmp_path / "invented_shop.py").write_text(APPLICATIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def connect(origin: str, deadline_s: float = 20.0) -> Target:
    return HttpTarget(origin, Credentials(token=TOKEN), limits=Limits(deadline_s=deadline_s))


@contextlib.contextmanager
def opened(name: str, deadline_s: float = 20.0) -> Iterator[AsgiTarget]:
    target = AsgiTarget(name, lambda origin: connect(origin, deadline_s))
    try:
        yield target
    finally:
        target.close()


@pytest.mark.parametrize(
    "attribute",
    [
        "app",
        "make",
        "make_with_options",
        "Callable",
        "Old",
        "instance",
        "Namespace.inner",
        "living",
        "wsgi",
        "Shop",
        "make_wsgi",
    ],
)
@pytest.mark.usefixtures("folder")
def test_an_application_or_what_makes_one_is_served(attribute: str) -> None:
    with opened(f"asgi:invented_shop:{attribute}") as target:
        answers = [target.send(REQUEST) for _ in range(2)]
    assert target.name == f"asgi:invented_shop:{attribute}"
    expected = f"/v1.0/ocr/auto-classification {{}} {len(TOKEN)}".encode()
    assert [answer.body for answer in answers if isinstance(answer, Response)] == [expected] * 2


@pytest.mark.parametrize("attribute", ["wsgi", "Shop", "make_wsgi", "unusual_wsgi", "make_unusual"])
@pytest.mark.usefixtures("folder")
def test_what_is_named_wsgi_is_called_so_whatever_its_arguments_are_called(attribute: str) -> None:
    with opened(f"wsgi:invented_shop:{attribute}") as target:
        answer = target.send(REQUEST)
    assert isinstance(answer, Response)
    assert answer.body == f"/v1.0/ocr/auto-classification {{}} {len(TOKEN)}".encode()


@pytest.mark.usefixtures("folder")
def test_what_is_named_wsgi_and_is_not_is_told() -> None:
    with pytest.raises(TargetError) as caught, opened("wsgi:invented_shop:app"):
        pass
    assert str(caught.value) == (
        "expected wsgi:MODULE:ATTRIBUTE with a WSGI application, or a function without arguments that makes one; "
        "observed a function in invented_shop:app that wants scope, receive, send; "
        "write one without arguments that calls it, and name that"
    )


@pytest.mark.parametrize("attribute", ["app", "make", "Old", "wsgi", "make_wsgi"])
def test_an_application_may_be_given_as_it_is(attribute: str, folder: Path) -> None:
    sys.path.insert(0, str(folder))
    target = AsgiTarget("fixture", connect, getattr(import_module("invented_shop"), attribute))
    answer = target.send(REQUEST)
    target.close()
    assert isinstance(answer, Response)
    assert answer.body == f"/v1.0/ocr/auto-classification {{}} {len(TOKEN)}".encode()


@pytest.mark.usefixtures("folder")
def test_its_start_up_and_its_end_are_run() -> None:
    with opened("asgi:invented_shop:living"):
        module = sys.modules["invented_shop"]
        assert (module.started, module.stopped) == ([True], [])
    assert (module.started, module.stopped) == ([True], [True])


@pytest.mark.usefixtures("folder")
def test_nothing_is_left_when_it_is_closed() -> None:
    threads = threading.active_count()
    origins: list[str] = []

    def noting(origin: str) -> Target:
        origins.append(origin)
        return connect(origin)

    for _ in range(3):
        target = AsgiTarget("asgi:invented_shop:app", noting)
        target.send(REQUEST)
        target.close()
    assert threading.active_count() == threads
    for origin in origins:
        with socket.socket() as sock:
            assert sock.connect_ex(("127.0.0.1", int(origin.rpartition(":")[2]))) != 0


@pytest.mark.usefixtures("folder")
def test_an_application_that_raises_answers_500_and_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    with opened("asgi:invented_shop:raises") as target:
        answer = target.send(REQUEST)
    assert isinstance(answer, Response)
    assert answer.status == 500
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("folder")
def test_an_application_that_never_answers_is_stopped_all_the_same() -> None:
    threads = threading.active_count()
    with opened("asgi:invented_shop:silent", deadline_s=0.2) as target:
        answer = target.send(REQUEST)
    assert isinstance(answer, TransportFailure)
    assert answer.kind == "timeout"
    assert threading.active_count() == threads


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "asgi:no_such_shop:app",
            (
                "expected no_such_shop to be importable; observed no module no_such_shop; "
                "call the kit in the folder that holds it"
            ),
        ),
        (
            "asgi:invented_shop:nothing",
            "{expected}; observed no nothing in invented_shop; name what invented_shop defines",
        ),
        (
            "asgi:invented_shop",
            (
                "{expected}; observed 'asgi:invented_shop'; "
                "name the module and what is in it, for example asgi:shop.main:app"
            ),
        ),
        (
            "asgi:invented_shop:number",
            "{expected}; observed a value of type int in invented_shop:number; name the application itself",
        ),
        (
            "asgi:invented_shop:makes_nothing",
            "{expected}; observed a value of type NoneType in invented_shop:makes_nothing; name the application itself",
        ),
        (
            "asgi:invented_shop:takes_two",
            (
                "{expected}; observed a function in invented_shop:takes_two that wants one, two; "
                "write one without arguments that calls it, and name that"
            ),
        ),
        (
            "asgi:invented_shop:takes_one",
            (
                "{expected}; observed a function in invented_shop:takes_one that wants config; "
                "write one without arguments that calls it, and name that"
            ),
        ),
        (
            "asgi:invented_shop:Handler",
            (
                "{expected}; observed an application of http in invented_shop:Handler; start it with its own server "
                "and give the address: ocr-conformance run http://127.0.0.1:PORT"
            ),
        ),
        (
            "asgi:invented_shop:broken",
            "expected broken() to make an application; observed RuntimeError: no database; correct it",
        ),
        ("asgi:invented_shop:leaves", "expected leaves() to make an application; observed SystemExit: 3; correct it"),
        (
            "asgi:invented_shop:stillborn",
            (
                "expected the application to start; observed that its start-up (lifespan) failed; "
                "try it with uvicorn to see its own log"
            ),
        ),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_cannot_be_served_is_one_message(name: str, message: str) -> None:
    what = "an ASGI or WSGI application, or a function without arguments that makes one"
    expected = f"expected asgi:MODULE:ATTRIBUTE with {what}"
    with pytest.raises(TargetError) as caught:
        AsgiTarget(name, connect)
    assert str(caught.value) == message.replace("{expected}", expected)


@pytest.mark.parametrize(
    ("source", "observed"),
    [
        ("def app(:\n", "SyntaxError: "),
        ("1 / 0\n", "ZeroDivisionError: division by zero; correct the module"),
        ("import no_such_package\n", "ModuleNotFoundError: No module named 'no_such_package'; correct the module"),
        ("raise SystemExit\n", "SystemExit; correct the module"),
    ],
)
def test_a_module_that_cannot_be_imported_is_one_message(folder: Path, source: str, observed: str) -> None:
    (folder / "broken_shop.py").write_text(source)
    with pytest.raises(TargetError) as caught:
        AsgiTarget("asgi:broken_shop:app", connect)
    assert str(caught.value).startswith(f"expected broken_shop to be importable; observed {observed}")
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("folder")
def test_an_origin_that_cannot_be_opened_stops_the_application() -> None:
    threads = threading.active_count()

    def refuse(_origin: str) -> Target:
        raise TargetError(Text("credentials", "凭证"), Text("none", "无"), Text("give some", "请提供"))

    with pytest.raises(TargetError, match="expected credentials"):
        AsgiTarget("asgi:invented_shop:app", refuse)
    assert threading.active_count() == threads
