"""A login with a password: what is sent to the identity service, how long its token is used, and how it fails."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest
from loopback import PROJECT, Call, Reply, reference, stub

from conformance.exchange import Request, Response
from conformance.targets import Credentials, TargetError
from conformance.targets.authentication import Login, LoginError, LoginTarget, TokenSource
from conformance.targets.http import HttpTarget

USER, PASSWORD, DOMAIN = "invented-user", "invented-Passw0rd", "invented-domain"
ISSUED, EXPIRES = "2026-01-04T09:08:49.965000Z", "2026-01-05T09:08:49.965000Z"
DAY = 24 * 3600.0
REQUEST = Request("POST", "/v1.0/ocr/auto-classification", (("Content-Type", "application/json"),), b"{}")


@dataclass
class Identity:
    """A stub of the identity service: counts its logins and gives a new token each time, or fails where told."""

    status: int = 201
    token: Mapping[str, object] = field(
        default_factory=lambda: {"issued_at": ISSUED, "expires_at": EXPIRES, "project": {"id": PROJECT}}
    )
    headers: Callable[[int], Mapping[str, str]] = lambda number: {"X-Subject-Token": f"token-of-login-{number}"}
    calls: list[Call] = field(default_factory=list)

    def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        if self.status != 201:
            return self.status, {}, json.dumps({"error": {"message": call.body.decode()}}).encode()
        return 201, self.headers(len(self.calls)), json.dumps({"token": self.token}).encode()


@dataclass
class Clock:
    """Time that stands still until a test moves it."""

    seconds: float = 1_000_000.0

    def __call__(self) -> float:
        return self.seconds


def login_at(endpoint: str, *, project_id: str = "", project_name: str = "cn-north-4") -> Login:
    return Login(endpoint, USER, PASSWORD, DOMAIN, project_id, project_name)


def error_of(identity: Identity) -> str:
    with stub(identity) as endpoint, pytest.raises(LoginError) as caught:
        TokenSource(login_at(endpoint)).current()
    assert PASSWORD not in str(caught.value)
    return str(caught.value)


def test_the_documented_request_is_sent_once() -> None:
    identity = Identity()
    with stub(identity) as endpoint:
        source = TokenSource(login_at(endpoint))
        tokens = [source.current() for _ in range(3)]
    (call,) = identity.calls
    assert (call.method, call.path, call.headers["content-type"]) == ("POST", "/v3/auth/tokens", "application/json")
    assert "x-auth-token" not in call.headers
    assert json.loads(call.body) == {
        "auth": {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": USER, "password": PASSWORD, "domain": {"name": DOMAIN}}},
            },
            "scope": {"project": {"name": "cn-north-4"}},
        }
    }
    assert {(token.value, token.project_id, token.lifetime_s) for token in tokens} == {
        ("token-of-login-1", PROJECT, DAY)
    }


def test_a_project_id_names_the_project_where_it_is_given() -> None:
    identity = Identity(token={"issued_at": ISSUED, "expires_at": EXPIRES})
    with stub(identity) as endpoint:
        token = TokenSource(login_at(endpoint, project_id=PROJECT)).current()
    assert json.loads(identity.calls[0].body)["auth"]["scope"] == {"project": {"id": PROJECT}}
    assert token.project_id == PROJECT


@pytest.mark.parametrize(
    ("lifetime_s", "passed_s", "logins"),
    [(DAY, DAY - 601, 1), (DAY, DAY - 600, 2), (1000, 899, 1), (1000, 900, 2)],
)
def test_a_token_is_renewed_before_it_expires(lifetime_s: float, passed_s: float, logins: int) -> None:
    hours, rest = divmod(int(lifetime_s), 3600)
    expires = f"2026-01-0{4 + hours // 24}T{hours % 24:02d}:{rest // 60:02d}:{rest % 60:02d}Z"
    identity = Identity(token={"issued_at": "2026-01-04T00:00:00Z", "expires_at": expires, "project": {"id": PROJECT}})
    clock = Clock()
    with stub(identity) as endpoint:
        source = TokenSource(login_at(endpoint), clock=clock)
        source.current()
        clock.seconds += passed_s
        assert source.current().value == f"token-of-login-{logins}"
    assert len(identity.calls) == logins


@pytest.mark.parametrize("token", [{}, {"expires_at": "soon"}, {"expires_at": 7}, {"issued_at": ISSUED}])
def test_a_token_without_a_date_is_taken_to_last_the_documented_24_hours(token: dict[str, object]) -> None:
    with stub(Identity(token=token)) as endpoint:
        assert TokenSource(login_at(endpoint, project_id=PROJECT)).current().lifetime_s == DAY


def test_without_a_date_of_issue_the_own_clock_counts() -> None:
    identity = Identity(token={"expires_at": "1970-01-12T14:46:40Z"})
    with stub(identity) as endpoint:
        source = TokenSource(login_at(endpoint, project_id=PROJECT), clock=Clock())
        assert source.current().lifetime_s == 3600.0


def test_a_renewal_that_fails_is_tried_again_while_the_token_lasts() -> None:
    identity, clock = Identity(), Clock()
    with stub(identity) as endpoint:
        source = TokenSource(login_at(endpoint), clock=clock)
        source.current()
        identity.status = 503
        clock.seconds += DAY - 600
        seen = [source.current().value]
        clock.seconds += 29
        seen.append(source.current().value)
        assert (seen, len(identity.calls)) == (["token-of-login-1"] * 2, 2)
        clock.seconds += 1
        identity.status = 201
        assert source.current().value == "token-of-login-3"


def test_a_token_that_expired_and_cannot_be_renewed_is_an_error() -> None:
    identity, clock = Identity(), Clock()
    with stub(identity) as endpoint:
        source = TokenSource(login_at(endpoint), clock=clock)
        source.current()
        identity.status = 503
        clock.seconds += DAY
        with pytest.raises(LoginError, match="observed status 503"):
            source.current()


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "check the project, or try again later"),
        (401, "check user, password and domain (the name of the account)"),
        (403, "check that this user may log in with a password and see the project"),
        (404, "check the address: the service answers at /v3/auth/tokens"),
        (500, "check the project, or try again later"),
        (302, "check the project, or try again later"),
    ],
)
def test_a_refusal_is_told_with_its_status_and_what_to_check(status: int, advice: str) -> None:
    assert error_of(Identity(status=status)) == (
        f"expected a token of the identity service; observed status {status}; {advice}"
    )


@pytest.mark.parametrize("headers", [{}, {"X-Subject-Token": ""}, {"X-Subject-Token": "two words"}])
def test_an_answer_without_a_token_is_an_error(headers: dict[str, str]) -> None:
    assert error_of(Identity(headers=lambda _: headers)) == (
        "expected a token of the identity service; observed status 201 without the header X-Subject-Token; "
        "check that it is the identity service"
    )


def test_a_token_that_has_expired_already_is_an_error() -> None:
    identity = Identity(token={"issued_at": EXPIRES, "expires_at": ISSUED, "project": {"id": PROJECT}})
    assert error_of(identity).endswith("observed a token that has expired already; check the clock of this machine")


@pytest.mark.parametrize("token", [{}, {"project": None}, {"project": {"id": ""}}, {"project": {"id": 7}}])
def test_a_token_for_no_known_project_is_an_error(token: dict[str, object]) -> None:
    assert error_of(Identity(token=token)).endswith(
        "observed a token, but no id of its project; set OCR_CONFORMANCE_PROJECT_ID to the id of the project"
    )


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'{"token": []}', b"\xff", b"[" * 100_000])
def test_a_body_that_cannot_be_read_is_as_good_as_none(body: bytes) -> None:
    with stub(lambda _: (201, {"X-Subject-Token": "t0ken"}, body)) as endpoint:
        token = TokenSource(login_at(endpoint, project_id=PROJECT)).current()
    assert (token.value, token.lifetime_s) == ("t0ken", DAY)


def test_no_answer_is_told_with_its_reason() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(LoginError) as caught:
        TokenSource(login_at(f"http://127.0.0.1:{port}")).current()
    assert str(caught.value) == (
        "expected a token of the identity service; observed no answer: The target refused the connection; "
        "check the address, or give a token"
    )


@pytest.mark.parametrize(
    ("endpoint", "rest"),
    [
        ("http://iam.example.test", "observed http:// beyond this machine; use https://: a password goes there"),
        ("https://iam.example.test/v3", "observed something else; leave out what follows host and port"),
        ("iam.example.test", "observed something else; leave out what follows host and port"),
        ("https://[::1", "observed something else; leave out what follows host and port"),
    ],
)
def test_a_password_goes_to_an_origin_over_tls_or_on_this_machine(endpoint: str, rest: str) -> None:
    with pytest.raises(TargetError) as caught:
        TokenSource(login_at(endpoint))
    assert str(caught.value) == (
        f"expected the origin of the identity service, such as https://iam.cn-north-4.myhuaweicloud.com; {rest}"
    )


def test_neither_a_login_nor_a_token_shows_what_is_secret() -> None:
    with stub(Identity()) as endpoint:
        login = login_at(endpoint)
        token = TokenSource(login).current()
    assert (repr(login), repr(token)) == (f"Login({endpoint})", "Token(valid for 86400 s)")


def test_a_target_is_called_with_the_token_and_the_project_of_the_login() -> None:
    identity = Identity()
    with reference(token="token-of-login-1") as origin, stub(identity) as endpoint:
        target = LoginTarget(TokenSource(login_at(endpoint)), lambda credentials: HttpTarget(origin, credentials))
        answers = [
            target.send(REQUEST),
            target.send(Request("POST", "/v2/{project_id}/ocr/auto-id-doc-classification", REQUEST.headers, b"{}")),
        ]
        target.close()
    assert target.name == origin
    codes = [json.loads(answer.body)["error_code"] for answer in answers if isinstance(answer, Response)]
    assert (codes, len(identity.calls)) == (["AIS.0101", "AIS.0101"], 1)


def test_a_renewed_token_is_used_and_the_one_before_stays_secret_as_the_password_does() -> None:
    identity, clock, seen = Identity(), Clock(), list[str]()

    def remember(call: Call) -> Reply:
        seen.append(call.headers["x-auth-token"])
        return 400, {"X-Seen": " ".join((*seen, PASSWORD))}, " ".join((*seen, PASSWORD)).encode()

    with stub(remember) as origin, stub(identity) as endpoint:
        target = LoginTarget(
            TokenSource(login_at(endpoint), clock=clock), lambda credentials: HttpTarget(origin, credentials)
        )
        target.send(REQUEST)
        clock.seconds += DAY
        answer = target.send(REQUEST)
        target.close()
    assert seen == ["token-of-login-1", "token-of-login-2"]
    assert isinstance(answer, Response)
    hidden = "[[redacted:token]] [[redacted:token]] [[redacted:password]]"
    assert (answer.header("X-Seen"), answer.body) == (hidden, hidden.encode())


def test_a_login_that_fails_opens_no_target() -> None:
    opened: list[Credentials] = []

    def connect(credentials: Credentials) -> HttpTarget:
        opened.append(credentials)
        return HttpTarget("http://127.0.0.1:9", credentials)

    with stub(Identity(status=401)) as endpoint, pytest.raises(LoginError):
        LoginTarget(TokenSource(login_at(endpoint)), connect)
    assert opened == []
