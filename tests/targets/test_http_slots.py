"""What a request looks like on the wire once its slots are filled."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hostile import GOOD, HostileServer, Peer, answer

from conformance.exchange import Auth, Request, Response
from conformance.targets import Credentials, TargetError
from conformance.targets.http import (
    GARBAGE_TOKEN,
    LONG_AGO,
    OTHER_PROJECTS,
    Headers,
    HttpTarget,
    Signer,
    expired_token,
    spoiled,
)

TOKEN = "MIIE-a-token-of-the-slot-tests-0z=="
PROJECT = "89abcdef0123456789abcdef01234567"
KEYS = Credentials(ak="an-access-key", sk="its-secret-key", project_id=PROJECT)


def sent(request: Request, credentials: Credentials, sign: Signer | None = None) -> list[str]:
    """The head of `request` as a server receives it."""
    heads: list[bytes] = []

    def act(peer: Peer) -> None:
        heads.append(peer.request())
        peer.send(answer(GOOD))

    with HostileServer(act) as server, HttpTarget(server.origin, credentials, sign=sign) as target:
        assert isinstance(target.send(request), Response)
        return heads[0].decode().replace(str(server.port), "PORT").split("\r\n")


def auth_headers(auth: Auth, credentials: Credentials, sign: Signer | None = None) -> list[str]:
    head = sent(Request("POST", "/v2/{project_id}/ocr", auth=auth), credentials, sign)
    return [line for line in head if line.lower().startswith(("x-auth-token", "authorization", "x-sdk-date"))]


def test_head_holds_what_the_request_says_and_what_http_needs() -> None:
    request = Request(
        "POST",
        "/v2/{project_id}/ocr?side=a",
        (("Content-Type", "application/json"), ("X-Project-Id", "{project_id}")),
        b"{}",
    )
    assert sent(request, Credentials(token=TOKEN, project_id=PROJECT)) == [
        f"POST /v2/{PROJECT}/ocr?side=a HTTP/1.1",
        "Host: 127.0.0.1:PORT",
        "Accept: */*",
        "Connection: keep-alive",
        "User-Agent: ocr-conformance",
        "Accept-Encoding: identity",
        "Content-Type: application/json",
        f"X-Project-Id: {PROJECT}",
        f"X-Auth-Token: {TOKEN}",
        "Content-Length: 2",
    ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("/a/../b//c/./d", "/a/../b//c/./d"),
        ("/a%2Fb%zz?q=%41&q=[]{}|^", "/a%2Fb%zz?q=%41&q=[]{}|^"),
        ("/票 证?名=值", "/%E7%A5%A8%20%E8%AF%81?%E5%90%8D=%E5%80%BC"),
    ],
)
def test_path_is_sent_letter_for_letter(path: str, line: str) -> None:
    assert sent(Request("GET", path), Credentials())[0] == f"GET {line} HTTP/1.1"


def test_header_of_the_request_takes_the_place_of_a_default() -> None:
    request = Request("POST", "/", (("accept-encoding", "gzip"), ("X-Twice", "1"), ("X-Twice", "2")))
    head = sent(request, Credentials())
    assert [line for line in head if line.lower().startswith(("accept-encoding", "x-twice"))] == [
        "accept-encoding: gzip",
        "X-Twice: 1",
        "X-Twice: 2",
    ]


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ("valid", [f"X-Auth-Token: {TOKEN}"]),
        ("absent", []),
        ("empty", ["X-Auth-Token: "]),
        ("garbage", [f"X-Auth-Token: {GARBAGE_TOKEN}"]),
        ("expired", [f"X-Auth-Token: {expired_token()}"]),
        ("other-project", [f"X-Auth-Token: {TOKEN}"]),
        ("bad-signature", [f"X-Auth-Token: {TOKEN[:-6]}f_5m=="]),
        ("skewed-date", [f"X-Auth-Token: {TOKEN[: len(TOKEN) // 2]}"]),
    ],
)
def test_token(auth: Auth, headers: list[str]) -> None:
    assert auth_headers(auth, Credentials(token=TOKEN, project_id=PROJECT)) == headers


def test_no_header_is_sent_where_there_is_no_token() -> None:
    assert auth_headers("valid", Credentials(project_id=PROJECT)) == []


def test_expired_token_has_the_shape_of_a_token() -> None:
    assert expired_token().startswith("MII")
    assert len(base64.b64decode(expired_token(), validate=True)) > 900


@pytest.mark.parametrize("secret", ["a", "0", "Zz9=", "====", "token-_+/", "x" * 3000])
def test_spoiled_secret_differs_in_value_only(secret: str) -> None:
    assert spoiled(secret) != secret
    assert len(spoiled(secret)) == len(secret)


@pytest.mark.parametrize("own", [PROJECT, *OTHER_PROJECTS])
def test_other_project_is_well_formed_and_not_ours(own: str) -> None:
    line = sent(Request("POST", "/v2/{project_id}/ocr", auth="other-project"), Credentials(TOKEN, project_id=own))[0]
    other = line.split("/")[2]
    assert other != own
    assert len(bytes.fromhex(other)) == 16


def test_missing_project_id_is_an_error_that_says_what_to_do() -> None:
    with HttpTarget("http://127.0.0.1:1", Credentials(token=TOKEN)) as target, pytest.raises(TargetError) as caught:
        target.send(Request("POST", "/v2/{project_id}/ocr"))
    assert str(caught.value) == (
        "expected a project id for /v2/{project_id}/ocr; observed none; "
        "set OCR_CONFORMANCE_PROJECT_ID to the id of the project"
    )


def signer(method: str, url: str, headers: Headers, body: bytes) -> Headers:
    """Stands for a real signer: says what it was asked to sign."""
    path = url.split("/", 3)[3]
    return (*headers, ("Authorization", f"SDK {method} /{path} {len(body)} Signature=0123456789abcdef"))


SIGNED = f"Authorization: SDK POST /v2/{PROJECT}/ocr 0 Signature=0123456789"


@pytest.mark.parametrize(
    ("auth", "headers"),
    [
        ("valid", [f"{SIGNED}abcdef"]),
        ("absent", []),
        ("empty", ["Authorization: "]),
        ("garbage", [f"Authorization: {GARBAGE_TOKEN}"]),
        ("expired", [f"X-Sdk-Date: {LONG_AGO}", f"{SIGNED}abcdef"]),
        ("other-project", [f"{SIGNED}abcdef".replace(PROJECT, OTHER_PROJECTS[0])]),
        ("bad-signature", [f"{SIGNED}abpqrs"]),
        ("changed-body", [f"{SIGNED}abcdef".replace(" 0 ", " 1 ")]),
    ],
)
def test_signature(auth: Auth, headers: list[str]) -> None:
    assert auth_headers(auth, KEYS, signer) == headers


def test_the_beginning_of_a_token_is_changed_and_nothing_else() -> None:
    (header,) = auth_headers("changed-body", Credentials(token=TOKEN, project_id=PROJECT))
    changed = header.removeprefix("X-Auth-Token: ")
    assert (changed[4:], len(changed)) == (TOKEN[4:], len(TOKEN))
    assert not any(one == other for one, other in zip(changed[:4], TOKEN[:4], strict=True))


@pytest.mark.parametrize("token", ["T", "no", TOKEN])
@pytest.mark.parametrize("auth", ["bad-signature", "skewed-date", "changed-body"])
def test_no_wrong_token_is_the_right_one_however_short_that_is(auth: Auth, token: str) -> None:
    own = Credentials(token=token, project_id=PROJECT)
    assert auth_headers(auth, own) != auth_headers("valid", own)


def test_a_skewed_date_is_an_hour_ahead() -> None:
    date, signature = auth_headers("skewed-date", KEYS, signer)
    ahead = datetime.strptime(date, "X-Sdk-Date: %Y%m%dT%H%M%SZ").replace(tzinfo=UTC) - datetime.now(UTC)
    assert timedelta(minutes=58) < ahead < timedelta(minutes=62)
    assert signature == f"{SIGNED}abcdef"


def test_echoed_signature_is_replaced() -> None:
    def act(peer: Peer) -> None:
        head = peer.request().decode()
        peer.send(answer(head.split("Authorization: ")[1].encode(), "X-Signature: 0123456789ABCDEF"))

    with HostileServer(act) as server, HttpTarget(server.origin, KEYS, sign=signer) as target:
        answered = target.send(Request("GET", "/"))
    assert isinstance(answered, Response)
    assert answered.body.split(b"\r\n")[0] == b"[[redacted:signature]]"
    assert answered.header("X-Signature") == "[[redacted:signature]]"


@pytest.mark.parametrize(
    ("credentials", "sign", "expected", "observed"),
    [
        (
            Credentials(ak="a", sk="b"),
            None,
            "a token, or keys with a signer",
            "an access key, but nothing to sign with; install ocr-conformance[aksk], or give a token",
        ),
        (
            Credentials(token="a"),
            signer,
            "an access key and its secret for the signer",
            "not both; give CLOUD_SDK_AK and CLOUD_SDK_SK",
        ),
        (
            Credentials(token="a\n"),
            None,
            "visible ASCII characters in token",
            "a character that no header can carry; remove it, often a line break at the end",
        ),
    ],
)
def test_credentials_that_cannot_be_used(
    credentials: Credentials, sign: Signer | None, expected: str, observed: str
) -> None:
    with pytest.raises(TargetError) as caught:
        HttpTarget("http://127.0.0.1:1", credentials, sign=sign)
    assert str(caught.value) == f"expected {expected}; observed {observed}"


def test_header_that_http_does_not_allow_is_an_error_of_the_case() -> None:
    request = Request("POST", "/", (("X-Bad", "a\nb"),))
    with (
        HostileServer(Peer.silence) as server,
        HttpTarget(server.origin, Credentials()) as target,
        pytest.raises(TargetError) as caught,
    ):
        target.send(request)
    assert str(caught.value) == (
        "expected a request that can be written as HTTP/1.1; observed a method, target or header with characters that "
        "HTTP does not allow, or a wrong Content-Length; correct the case that makes this request"
    )
