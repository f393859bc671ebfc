"""A session on a live target: whose credentials it calls with, how it reaches the target, what its processes share."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from conformance.engine.budget import budget_of
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.preflight import preflight
from conformance.engine.session import Session, open_session
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials as KnownCredentials
from conformance.statement.statement import StatedTarget, Statement
from conformance.targets import TargetError
from conformance.targets.accounts import SECRETS_VARIABLE, VARIABLES
from conformance.targets.asgi import LoopbackServer

TOKEN, PROJECT = "a-token-of-the-session-tests", "00112233445566778899aabbccddeeff"
AK, SK = "ACCESSKEYOFNOBODY000", "secret-key-of-nobody-0000000000000000000"

APPLICATION = f"""
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials

def make():
    return create_app(Credentials({TOKEN!r}, {PROJECT!r}))
"""


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*VARIABLES.values(), SECRETS_VARIABLE):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = LoopbackServer(create_app(KnownCredentials(TOKEN, PROJECT, AK, SK)))
    yield server.origin
    server.stop()


def answer_of(session: Session) -> str:
    """How the target answers the session's credentials, for the operation whose path has a project."""
    try:
        return preflight(session.target, session.run.contracts[-1]).outcome
    finally:
        session.close()


def test_keys_of_the_environment_sign(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_SDK_AK", AK)
    monkeypatch.setenv("CLOUD_SDK_SK", SK)
    monkeypatch.setenv("OCR_CONFORMANCE_PROJECT_ID", PROJECT)
    assert answer_of(open_session(Settings(origin, depth="smoke"))) == "ready"


def test_a_target_statement_chooses_between_a_token_and_keys(
    origin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OCR_CONFORMANCE_TOKEN", "not-that-of-the-target")
    monkeypatch.setenv("CLOUD_SDK_AK", AK)
    monkeypatch.setenv("CLOUD_SDK_SK", SK)
    monkeypatch.setenv("OCR_CONFORMANCE_PROJECT_ID", PROJECT)
    outcomes = []
    for kind in ("token", "keys"):
        statement = tmp_path / f"{kind}.toml"
        statement.write_text(f'[authentication]\nkind = "{kind}"\n', encoding="utf-8")
        outcomes.append(answer_of(open_session(Settings(origin, depth="smoke", statement=statement))))
    assert outcomes == ["credentials", "ready"]


@pytest.mark.parametrize("by_option", [True, False])
def test_a_secrets_file_is_named_by_an_option_or_the_environment(
    origin: str, by_option: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "secrets.toml"
    path.write_text(f'token = "{TOKEN}"\nproject_id = "{PROJECT}"\n')
    path.chmod(0o600)
    if not by_option:
        monkeypatch.setenv(SECRETS_VARIABLE, str(path))
    settings = Settings(origin, depth="smoke", secrets_file=path if by_option else None)
    assert answer_of(open_session(settings)) == "ready"


def test_a_token_of_an_option_comes_before_keys(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUD_SDK_AK", AK)
    monkeypatch.setenv("CLOUD_SDK_SK", SK)
    assert answer_of(open_session(Settings(origin, depth="smoke", token="another"))) == "credentials"


def test_an_application_is_run_through_and_its_curl_lines_name_no_port(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "invented_service.py").write_text(APPLICATION)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("OCR_CONFORMANCE_PROJECT_ID", PROJECT)
    before = set(threading.enumerate())
    session = open_session(Settings("asgi:invented_service:make", depth="smoke", token=TOKEN))
    ledger = session.run.execute(session.purposes)
    session.close()
    del sys.modules["invented_service"]
    assert (session.target.name, session.origin) == ("asgi:invented_service:make", "$TARGET")
    assert (ledger.verdict, ledger.stop_reason, ledger.errors) == ("conformant", None, [])
    for thread in set(threading.enumerate()) - before:
        thread.join(5)  # the application's workers have been told to end, and are about to
        assert not thread.is_alive()


def test_an_application_needs_credentials_as_any_target() -> None:
    with pytest.raises(TargetError, match="expected credentials for the target; observed none"):
        open_session(Settings("asgi:invented_service:make", depth="smoke"))


def test_the_forms_of_a_target_are_named_where_it_is_none() -> None:
    with pytest.raises(TargetError) as caught:
        open_session(Settings("ftp://ocr.example.test", token=TOKEN))
    assert str(caught.value) == (
        "expected a target: http(s)://HOST[:PORT], reference, asgi:MODULE:ATTRIBUTE, wsgi:MODULE:ATTRIBUTE, "
        "or cassette:DIR; "
        "observed 'ftp://ocr.example.test'; write one of these; see `ocr-conformance run --help`"
    )


def test_sessions_with_a_shared_budget_end_together(origin: str, tmp_path: Path) -> None:
    settings = Settings(origin, depth="smoke", token=TOKEN, max_requests=5, shared_budget=tmp_path / "budget")
    sessions = [open_session(settings) for _ in range(2)]
    ledgers = [session.run.execute(session.purposes) for session in sessions]
    for session in sessions:
        session.close()
    assert [session.run.budget.requests for session in sessions] == [5, 0]
    assert [ledger.stop_reason for ledger in ledgers] == ["limit", "limit"]


def test_what_a_session_would_run_is_known_without_a_target() -> None:
    settings = Settings("https://ocr.example.test", depth="smoke", max_requests=7, rate=3)
    contracts, purposes = select(settings)
    assert [contract.id for contract in contracts] == ["auto-classification-v1.0", "auto-id-doc-classification-v2"]
    assert {purpose.depth for purpose in purposes} == {"smoke"}
    budget = budget_of(settings)
    assert (budget.max_requests, budget.max_billable, budget.rate) == (7, None, 3)


class Identity(BaseHTTPRequestHandler):
    """Gives one token that is valid for no more than a millisecond, and then none."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        first = not self.server.__dict__.get("asked")
        self.server.__dict__["asked"] = True
        dates = {"issued_at": "2026-01-04T00:00:00.000Z", "expires_at": "2026-01-04T00:00:00.001Z"}
        body = json.dumps({"token": dates}).encode()
        self.send_response(201 if first else 503)
        self.send_header("X-Subject-Token", TOKEN)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
        """Stay silent."""


def test_a_login_that_ends_in_the_middle_stops_the_run_and_keeps_what_was_learnt(
    origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = HTTPServer(("127.0.0.1", 0), Identity)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    for name, value in (("USER", "u"), ("PASSWORD", "p"), ("DOMAIN", "d")):
        monkeypatch.setenv(f"OCR_CONFORMANCE_IAM_{name}", value)
    monkeypatch.setenv("OCR_CONFORMANCE_PROJECT_ID", PROJECT)
    try:
        stated = StatedTarget(iam=f"http://127.0.0.1:{server.server_address[1]}")
        settings = Settings(origin, depth="smoke", declared=Statement(Path(), target=stated))
        session = open_session(settings)
        ledger = session.run.execute(session.purposes)
        session.close()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert (ledger.stop_reason, ledger.verdict, ledger.errors) == ("credentials-refused", "inconclusive", [])
    assert ledger.stop_text is not None
    assert ledger.stop_text.en == (
        "no token any more: expected a token of the identity service; observed status 503; "
        "check the project, or try again later"
    )
