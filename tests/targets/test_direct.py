"""An application that is called without a socket: its answers, and what stands for a connection that breaks."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import anyio
import pytest

from conformance.targets import Limits, TransportError
from conformance.targets.reference import DirectClient

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def answering(*messages: dict[str, object]) -> ASGIApp:
    async def application(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    return application


def start(status: int = 200, *headers: tuple[bytes, bytes]) -> dict[str, object]:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def part(body: bytes, *, more: bool = False) -> dict[str, object]:
    return {"type": "http.response.body", "body": body, "more_body": more}


def exchange(application: ASGIApp, limits: Limits | None = None) -> tuple[int, tuple[tuple[bytes, bytes], ...], bytes]:
    client = DirectClient(application, limits or Limits())
    try:
        answer = client.exchange("POST", b"/a%20b?c=d", ((b"X-Auth-Token", b"t"),), b"{}")
    finally:
        client.close()
    return answer.status, answer.headers, answer.body


def test_the_parts_of_an_answer_are_put_together() -> None:
    application = answering(start(418, (b"x-request-id", b"7")), part(b"ab", more=True), part(b"c"))
    assert exchange(application) == (418, ((b"x-request-id", b"7"),), b"abc")


def test_a_compressed_answer_is_undone() -> None:
    application = answering(start(200, (b"content-encoding", b"gzip")), part(gzip.compress(b"text")))
    assert exchange(application)[2] == b"text"


def test_the_application_sees_the_request_as_a_server_would_tell_it() -> None:
    seen: dict[str, object] = {}

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        seen.update(scope)
        seen["messages"] = [await receive(), await receive()]
        await answering(start(), part(b""))(scope, receive, send)

    exchange(application)
    assert (seen["method"], seen["path"], seen["raw_path"], seen["query_string"]) == ("POST", "/a b", b"/a%20b", b"c=d")
    assert seen["headers"] == [
        (b"host", b"reference.invalid"),
        (b"user-agent", b"ocr-conformance"),
        (b"accept-encoding", b"identity"),
        (b"x-auth-token", b"t"),
        (b"content-length", b"2"),
    ]
    assert seen["messages"] == [
        {"type": "http.request", "body": b"{}", "more_body": False},
        {"type": "http.disconnect"},
    ]


async def raising(_scope: Scope, _receive: Receive, _send: Send) -> None:
    raise ConnectionAbortedError("as a fault demands")


async def sleeping(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await anyio.sleep_forever()


@pytest.mark.parametrize(
    ("application", "kind", "detail"),
    [
        (raising, "closed", "The connection ended before an answer began."),
        (answering(start(), part(b"half", more=True)), "closed", "The connection ended before the answer did."),
        (sleeping, "timeout", "No answer within 0.05 s."),
        (answering(start(200, (b"content-encoding", b"gzip")), part(gzip.compress(b"0" * 99))), "too-large", None),
    ],
)
def test_what_is_no_answer_is_a_transport_failure(application: ASGIApp, kind: str, detail: str | None) -> None:
    with pytest.raises(TransportError) as caught:
        exchange(application, Limits(deadline_s=0.05 if application is sleeping else 30, decoded_bytes=64))
    assert caught.value.kind == kind
    assert detail is None or caught.value.detail == detail
