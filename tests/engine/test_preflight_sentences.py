"""What the one request before a run says about a target: one sentence, and whether a run can begin."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.responses import Response as HttpResponse
from starlette.types import Receive, Scope, Send

from conformance.contract.contract import Contract, load_contract
from conformance.engine.budget import Budget
from conformance.engine.ledger import Ledger
from conformance.engine.preflight import Preflight, preflight, refused_words
from conformance.exchange import Exchange, Request, Response
from conformance.judging.view import View
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials as KnownCredentials
from conformance.targets import Credentials, Limits
from conformance.targets.asgi import LoopbackServer
from conformance.targets.http import HttpTarget

TICKETS = load_contract("auto-classification-v1.0")
DOCUMENT = load_contract("auto-id-doc-classification-v2")
TOKEN, PROJECT = "a-token-of-the-preflight-tests", "00112233445566778899aabbccddeeff"


class Answering:
    """An application that gives every request the same answer, and remembers the bodies it got."""

    def __init__(self, status: int, code: str | None, headers: dict[str, str] | None = None) -> None:
        content = json.dumps({"error_code": code, "error_msg": "no"}) if code is not None else "<html></html>"
        self._response = HttpResponse(content, status, headers)
        self.seen: list[tuple[str, bytes]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        message = await receive()
        self.seen.append((scope["path"], message.get("body", b"")))
        await self._response(scope, receive, send)


@contextlib.contextmanager
def served(application: Answering) -> Iterator[str]:
    server = LoopbackServer(application)
    try:
        yield server.origin
    finally:
        server.stop()


@contextlib.contextmanager
def unused_port() -> Iterator[int]:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def checked(
    origin: str, *, proxy: str | None = None, contract: Contract = TICKETS, environment: dict[str, str] | None = None
) -> Preflight:
    credentials = Credentials(token=TOKEN, project_id=PROJECT)
    with HttpTarget(origin, credentials, proxy=proxy, limits=Limits(deadline_s=5)) as target:
        return preflight(target, contract, environment=environment)


@pytest.mark.parametrize("contract", [TICKETS, DOCUMENT], ids=lambda contract: contract.id)
def test_the_reference_is_ready_and_nothing_is_billed(contract: Contract) -> None:
    server = LoopbackServer(create_app(KnownCredentials(TOKEN, PROJECT)))
    try:
        found = checked(server.origin, contract=contract)
    finally:
        server.stop()
    assert (found.outcome, found.ready, found.reached) == ("ready", True, True)
    assert found.text.en == f"{server.origin} answers status 400, AIS.0101: as it should."
    assert found.text.zh == f"{server.origin} 的响应为状态码 400，AIS.0101：符合预期。"


def test_an_empty_object_is_sent_once_to_the_operation() -> None:
    application = Answering(400, "AIS.0101")
    with served(application) as origin:
        checked(origin, contract=DOCUMENT)
    assert application.seen == [(f"/v2/{PROJECT}/ocr/auto-id-doc-classification", b"{}")]


CREDENTIALS = "it refuses the credentials; check the token or the keys, and the project that they are for."
PATH = "it has no such operation at this address; check host, region and project id."
UNEXPECTED = "not what the service says to a request without a picture (AIS.0101); check that the address is right."


PAGE = "without a Content-Type, of 13 bytes, Server: uvicorn"


@pytest.mark.parametrize(
    ("status", "code", "outcome", "rest"),
    [
        (401, "ModelArts.4101", "credentials", f"status 401, ModelArts.4101: {CREDENTIALS}"),
        (401, "APIG.0301", "credentials", f"status 401, APIG.0301: {CREDENTIALS}"),
        (401, None, "credentials", f"status 401, {PAGE}: {CREDENTIALS}"),
        (403, "\u001b[31mred", "credentials", f"status 403: {CREDENTIALS}"),
        (
            403,
            "ModelArts.4204",
            "not-subscribed",
            (
                "status 403, ModelArts.4204: this account has not subscribed to the service; "
                "subscribe to it in the console of this region."
            ),
        ),
        (404, "APIG.0101", "path", f"status 404, APIG.0101: {PATH}"),
        (404, None, "path", f"status 404, {PAGE}: {PATH}"),
        (400, "ModelArts.4504", "path", f"status 400, ModelArts.4504: {PATH}"),
        (
            407,
            None,
            "proxy",
            f"status 407, {PAGE}: check the proxy and its credentials.",
        ),
        (
            429,
            "APIG.0308",
            "overloaded",
            "status 429, APIG.0308: it asks to be called less often; lower --rate, or try again later.",
        ),
        (
            302,
            None,
            "redirect",
            f"status 302, {PAGE}: it redirects, which the kit does not follow; give the final address.",
        ),
        (200, None, "unexpected", f"status 200, {PAGE}: {UNEXPECTED}"),
        (500, "AIS.0105", "unexpected", f"status 500, AIS.0105: {UNEXPECTED}"),
        (400, None, "unexpected", f"status 400, {PAGE}: {UNEXPECTED}"),
        (400, "ModelArts.4105", "ready", "status 400, ModelArts.4105: as it should."),
    ],
)
def test_each_answer_has_its_sentence(status: int, code: str | None, outcome: str, rest: str) -> None:
    with served(Answering(status, code)) as origin:
        found = checked(origin)
    assert (found.outcome, found.text.en) == (outcome, f"{origin} answers {rest}")
    assert found.reached == (outcome != "proxy")


def test_nothing_listening() -> None:
    with unused_port() as port:
        found = checked(f"http://127.0.0.1:{port}")
    assert (found.outcome, found.reached) == ("refused", False)
    assert found.text.en == (
        f"http://127.0.0.1:{port}: the target refused the connection; check that the target runs, and its port."
    )
    assert found.text.zh == (f"http://127.0.0.1:{port}：被测系统拒绝连接；请检查被测系统是否运行以及端口。")


def test_a_proxy_of_the_environment_is_pointed_out_and_not_used() -> None:
    with unused_port() as port:
        found = checked(f"http://127.0.0.1:{port}", environment={"HTTPS_PROXY": "http://me:hidden@127.0.0.1:9"})
    assert found.text.en.endswith(
        "and its port (the proxy in HTTPS_PROXY is used only where it is given as the target's)."
    )
    assert "hidden" not in found.text.en + found.text.zh


def test_a_name_without_address() -> None:
    host = "a" * 64 + ".test"  # longer than a label may be: no resolver is asked
    found = checked(f"http://{host}")
    assert (found.outcome, found.reached) == ("unresolved", False)
    assert found.text.en == f"http://{host}: the host name of the target does not resolve; check the host name."


def test_a_port_that_does_not_speak_tls() -> None:
    with served(Answering(400, "AIS.0101")) as origin:
        found = checked(origin.replace("http:", "https:"))
    assert (found.outcome, found.reached) == ("wants-http", False)
    assert found.text.en.endswith(
        "; the port seems to speak no TLS: write http:// before the host, or give the port that does."
    )


def test_a_proxy_that_refuses_the_connection() -> None:
    with unused_port() as port:
        found = checked("http://ocr.example.test", proxy=f"http://127.0.0.1:{port}")
    assert (found.outcome, found.reached) == ("proxy", False)
    assert found.text.en == (
        "http://ocr.example.test: the proxy refused the connection; check the proxy and its credentials."
    )


def test_a_proxy_that_opens_no_tunnel() -> None:
    with served(Answering(407, None)) as origin:
        found = checked("https://ocr.example.test", proxy=origin)
    assert (found.outcome, found.reached) == ("proxy", False)
    assert found.text.en == (
        "https://ocr.example.test: the proxy answered 407 instead of opening a tunnel; "
        "check the proxy and its credentials."
    )


def test_a_target_that_closes_the_connection_is_for_the_run_to_judge() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        with HttpTarget(origin, Credentials(token=TOKEN), limits=Limits(deadline_s=0.3)) as target:
            found = preflight(target, TICKETS)
    assert (found.outcome, found.ready, found.reached) == ("no-answer", False, True)
    assert found.text.en == f"{origin}: no answer began within 0.3 s; a run would say the same of each request."


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [(401, "ModelArts.4101", "credentials-refused"), (403, "ModelArts.4204", "not-subscribed"), (404, None, None)],
)
def test_an_account_that_is_refused_ends_the_run_before_it_begins(status: int, code: str, reason: str | None) -> None:
    with served(Answering(status, code)) as origin:
        found = checked(origin)
    ledger = Ledger([TICKETS], "smoke")
    found.enter(ledger)
    assert ledger.stop_reason == reason
    if ledger.stop_text is not None:
        assert ledger.stop_text.en == f"nothing was accepted: {found.text.en}"
    assert ledger.verdict == "inconclusive"


def test_the_request_counts_in_the_budget() -> None:
    budget = Budget(max_requests=5, max_billable=1)
    with served(Answering(400, "AIS.0101")) as origin, HttpTarget(origin, Credentials(token=TOKEN)) as target:
        preflight(target, TICKETS, budget)
    assert (budget.requests, budget.billable) == (1, 0)


NOW = datetime(2026, 12, 1, 17, 30, tzinfo=UTC)


def refused(message: str, date: str) -> View:
    """The answer to a signed request."""
    body = json.dumps({"error_code": "APIG.0301", "error_msg": message}).encode()
    headers = (("Content-Type", "application/json"), ("Date", date))
    return View(Exchange(Request("POST", TICKETS.page.path), Response(401, headers, body)), TICKETS)


@pytest.mark.parametrize(
    ("message", "date", "there"),
    [
        ("Incorrect authentication information: the signature has expired.", "Tue, 01 Dec 2026 17:30:10 GMT", "30:10Z"),
        ("Incorrect IAM authentication information.", "Tue, 01 Dec 2026 17:50:00 GMT", "50:00Z"),
    ],
)
def test_a_signature_refused_for_its_time_names_the_clocks_and_what_the_target_says(
    message: str, date: str, there: str
) -> None:
    words = refused_words(refused(message, date), signed=True, now=lambda: NOW)
    assert words.en == (
        "it refuses the signature; check the clock: it is 2026-12-01T17:30:00Z here and "
        f'2026-12-01T17:{there} there, and it says "{message}"'
    )
    assert words.zh == (
        f"签名被拒绝；请检查时钟：本机为 2026-12-01T17:30:00Z，对方 Date 为 2026-12-01T17:{there}，对方称“{message}”"
    )


def test_a_signature_refused_at_the_right_time_names_keys_and_what_stands_between() -> None:
    view = refused("Incorrect IAM authentication information.", "Tue, 01 Dec 2026 17:30:10 GMT")
    assert refused_words(view, signed=True, now=lambda: NOW).en == (
        "it refuses the signature; check the keys and the project that they are for, and whether a proxy in between "
        "changes Host, which is signed, or does not forward Authorization"
    )
