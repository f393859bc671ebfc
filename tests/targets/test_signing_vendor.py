"""Requests signed with an access key through the vendor's signer: accepted as they are, refused once touched."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from loopback import AK, PROJECT, SECURITY_TOKEN, SK, Call, Reply, reference, stub

from conformance.exchange import AUTHS, Auth, Request, Response
from conformance.targets import Credentials, Limits, TargetError
from conformance.targets.authentication import vendor_signer
from conformance.targets.http import Headers, HttpTarget
from conformance.targets.transport import BoundedClient

TICKETS = "/v1.0/ocr/auto-classification"
DOCUMENT = f"/v2/{PROJECT}/ocr/auto-id-doc-classification"
JSON = ("Content-Type", "application/json")
NO_INPUT = "AIS.0101"
WRONG_SIGNATURE = "APIG.0301"
SIGNED_AT = datetime(2025, 7, 2, 8, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with reference() as running:
        yield running


@dataclass(frozen=True)
class Signed:
    """A signed request as it goes over the wire."""

    method: str
    target: str
    headers: Headers
    body: bytes

    def with_header(self, name: str, value: str | None) -> Signed:
        kept = tuple((n, v) for n, v in self.headers if n.lower() != name.lower())
        return replace(self, headers=kept if value is None else (*kept, (name, value)))

    def header(self, name: str) -> str:
        return next(value for key, value in self.headers if key.lower() == name.lower())

    def with_authorization(self, old: str, new: str) -> Signed:
        value = self.header("Authorization")
        assert old in value
        return self.with_header("Authorization", value.replace(old, new))


def signed(
    origin: str,
    *,
    target: str = f"{TICKETS}?page=1&page=2",
    body: bytes = b'{"type_list": ["passport"]}',
    headers: Headers = (JSON, ("Enterprise-Project-Id", "0")),
    ak: str = AK,
    sk: str = SK,
    minutes: float = 0,
    security_token: str = "",
) -> Signed:
    """Signed so many minutes from now."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    sign = vendor_signer(ak, sk, project_id=PROJECT, security_token=security_token, now=lambda: at)
    return Signed("POST", target, sign("POST", origin + target, headers, body), body)


def answered(origin: str, request: Signed) -> tuple[int, str]:
    """Status and error code."""
    client = BoundedClient(httpx.URL(origin), Limits())
    raw = tuple((name.encode(), value.encode()) for name, value in request.headers)
    answer = client.exchange(request.method, request.target.encode(), raw, request.body)
    client.close()
    return answer.status, json.loads(answer.body)["error_code"]


@pytest.mark.parametrize(
    ("target", "body", "headers"),
    [
        (TICKETS, b"{}", (JSON,)),
        (DOCUMENT, b"{}", (JSON,)),
        (f"{TICKETS}?page=1&page=2&empty=&spaced=a%20b", b"{}", (JSON,)),
        (TICKETS, b"{}", (("Content-Type", "application/json; charset=utf-8"), ("Enterprise-Project-Id", "0"))),
        (TICKETS, b"{}", (("content-type", "application/json"), ("ENTERPRISE-PROJECT-ID", "0"))),
        (TICKETS, b"{}", (JSON, ("X-Note", "one"), ("x-note", "two"))),
    ],
    ids=["tickets", "document", "query", "charset", "spelling", "repeated header"],
)
def test_a_signed_request_is_accepted(origin: str, target: str, body: bytes, headers: Headers) -> None:
    assert answered(origin, signed(origin, target=target, body=body, headers=headers)) == (400, NO_INPUT)


def test_a_body_that_is_not_called_json_is_signed_all_the_same(origin: str) -> None:
    request = signed(origin, headers=(("Content-Type", "text/plain"),))
    assert [name for name, _ in request.headers] == ["Content-Type", "X-Sdk-Date", "X-Project-Id", "Authorization"]
    assert answered(origin, request)[1] != WRONG_SIGNATURE
    assert answered(origin, replace(request, body=b"{}")) == (401, WRONG_SIGNATURE)


TAMPERINGS: dict[str, Callable[[str], Signed]] = {
    "another body": lambda origin: replace(signed(origin), body=b'{"type_list": ["bankcard"]}'),
    "body with a space more": lambda origin: replace(signed(origin), body=b'{"type_list": ["passport"]} '),
    "body taken away": lambda origin: replace(signed(origin), body=b""),
    "body added": lambda origin: replace(signed(origin, body=b""), body=b"{}"),
    "signed too early": lambda origin: signed(origin, minutes=-15.5),
    "signed too late": lambda origin: signed(origin, minutes=15.5),
    "another date": lambda origin: signed(origin, minutes=-5).with_header(
        "X-Sdk-Date", datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    ),
    "date in another form": lambda origin: signed(origin).with_header("X-Sdk-Date", "2025-07-02T08:00:00Z"),
    "date taken away": lambda origin: signed(origin).with_header("X-Sdk-Date", None),
    "another content type": lambda origin: signed(origin).with_header("Content-Type", "application/json;x=y"),
    "another enterprise project": lambda origin: signed(origin).with_header("Enterprise-Project-Id", "1"),
    "enterprise project taken away": lambda origin: signed(origin).with_header("Enterprise-Project-Id", None),
    "another project": lambda origin: signed(origin).with_header("X-Project-Id", PROJECT[::-1]),
    "another host": lambda origin: signed(origin).with_header("Host", "ocr.example.test"),
    "another path": lambda origin: replace(signed(origin, target=TICKETS), target=DOCUMENT),
    "another query value": lambda origin: replace(signed(origin), target=f"{TICKETS}?page=1&page=3"),
    "query added": lambda origin: replace(signed(origin, target=TICKETS), target=f"{TICKETS}?page=1"),
    "query taken away": lambda origin: replace(signed(origin), target=TICKETS),
    "another access key": lambda origin: signed(origin, ak=AK[::-1]),
    "access key changed afterwards": lambda origin: signed(origin).with_authorization(AK, AK[::-1]),
    "another secret": lambda origin: signed(origin, sk=SK[:-1] + "1"),
    "signature of another request": lambda origin: signed(origin).with_header(
        "Authorization", signed(origin, body=b"{}").header("Authorization")
    ),
    "signature in capitals": lambda origin: signed(origin).with_authorization(
        signature := signed(origin).header("Authorization")[-64:], signature.upper()
    ),
    "signature cut": lambda origin: signed(origin).with_header(
        "Authorization", signed(origin).header("Authorization")[:-1]
    ),
    "fewer headers signed": lambda origin: signed(origin).with_authorization("content-type;", ""),
    "security token added": lambda origin: signed(origin, security_token=SECURITY_TOKEN),
    "payload declared unsigned": lambda origin: signed(origin).with_header("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_signed_request_that_was_tampered_with_is_refused(origin: str, name: str) -> None:
    assert answered(origin, TAMPERINGS[name](origin)) == (401, WRONG_SIGNATURE)


@pytest.fixture(scope="module")
def temporary() -> Iterator[str]:
    with reference(CLOUD_SDK_SECURITY_TOKEN=SECURITY_TOKEN) as running:
        yield running


def test_a_request_signed_with_temporary_keys_is_accepted(temporary: str) -> None:
    assert answered(temporary, signed(temporary, security_token=SECURITY_TOKEN)) == (400, NO_INPUT)


TEMPORARY: dict[str, Callable[[str], Signed]] = {
    "no security token": signed,
    "another security token": lambda origin: signed(origin, security_token=SECURITY_TOKEN[::-1]),
    "security token not signed": lambda origin: signed(origin).with_header("X-Security-Token", SECURITY_TOKEN),
    "security token taken away": lambda origin: signed(origin, security_token=SECURITY_TOKEN).with_header(
        "X-Security-Token", None
    ),
}


@pytest.mark.parametrize("name", TEMPORARY)
def test_temporary_keys_without_their_security_token_are_refused(temporary: str, name: str) -> None:
    assert answered(temporary, TEMPORARY[name](temporary)) == (401, WRONG_SIGNATURE)


def key_target(origin: str) -> HttpTarget:
    return HttpTarget(
        origin, Credentials(ak=AK, sk=SK, project_id=PROJECT), sign=vendor_signer(AK, SK, project_id=PROJECT)
    )


ANSWERS: dict[Auth, tuple[int, str]] = {
    "valid": (400, NO_INPUT),
    "absent": (401, "ModelArts.4101"),
    "empty": (401, "ModelArts.4101"),
    "garbage": (401, "ModelArts.4101"),
    "expired": (401, WRONG_SIGNATURE),
    "other-project": (403, "ModelArts.4203"),
    "bad-signature": (401, WRONG_SIGNATURE),
    "skewed-date": (401, WRONG_SIGNATURE),
    "changed-body": (401, WRONG_SIGNATURE),
    "unknown": (400, NO_INPUT),
}


@pytest.mark.parametrize("auth", AUTHS)
def test_the_target_signs_and_spoils_as_the_case_says(origin: str, auth: Auth) -> None:
    request = Request("POST", "/v2/{project_id}/ocr/auto-id-doc-classification", (JSON,), b"{}", auth=auth)
    with key_target(origin) as target:
        answer = target.send(request)
    assert isinstance(answer, Response)
    assert (answer.status, json.loads(answer.body)["error_code"]) == ANSWERS[auth]


def test_a_request_that_has_a_date_keeps_it() -> None:
    sign = vendor_signer(AK, SK)
    sent = sign("POST", f"http://127.0.0.1:8080{TICKETS}", (JSON, ("x-sdk-date", "20200101T000000Z")), b"{}")
    assert [value for name, value in sent if name.lower() == "x-sdk-date"] == ["20200101T000000Z"]


def test_what_is_sent_beside_the_signature() -> None:
    sign = vendor_signer(AK, SK, project_id=PROJECT, now=lambda: SIGNED_AT)
    *sent, (name, value) = sign("POST", "http://127.0.0.1:8080/v2/p/ocr?b=2&a=x%20y", (JSON,), b'{"url": ""}')
    assert sent == [JSON, ("X-Sdk-Date", "20250702T080000Z"), ("X-Project-Id", PROJECT)]
    assert name == "Authorization"
    assert value.startswith(
        f"SDK-HMAC-SHA256 Access={AK}, SignedHeaders=content-type;host;x-project-id;x-sdk-date, Signature="
    )


def test_no_project_is_stated_where_none_was_given() -> None:
    sent = vendor_signer(AK, SK, now=lambda: SIGNED_AT)("POST", f"http://127.0.0.1{TICKETS}", (JSON,), b"{}")
    assert [name for name, _ in sent] == ["Content-Type", "X-Sdk-Date", "Authorization"]


def test_the_same_request_as_the_vendors_sdk_signs_has_the_same_signature() -> None:
    # The vector of the reference's own tests, made once with the vendor's SDK.
    sign = vendor_signer(AK, SK, project_id=PROJECT, now=lambda: SIGNED_AT)
    url = f"http://127.0.0.1:8080{DOCUMENT}?b=2&a=x%20y"
    sent = sign("POST", url, (JSON,), b'{"url": "http://example.com/x.png"}')
    assert sent[-1][1].endswith("Signature=fbdb61ae04cc14f8ffede6089f7c9a13c902027e8ade349ae7fef53d4d2ce1ff")


def test_without_the_vendors_package_the_error_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "huaweicloudsdkcore.sdk_request", None)
    with pytest.raises(TargetError) as caught:
        vendor_signer(AK, SK)
    assert str(caught.value) == (
        "expected the vendor's signer, to sign with CLOUD_SDK_AK and CLOUD_SDK_SK; "
        "observed that the package huaweicloudsdkcore is not installed; "
        "run pip install 'ocr-conformance[aksk]', or give a token"
    )


def test_neither_key_nor_signature_comes_back_from_a_target_that_echoes_them() -> None:
    def echo(call: Call) -> Reply:
        return 400, {"X-Seen": call.headers["authorization"]}, repr(call).encode()

    with stub(echo) as origin, key_target(origin) as target:
        answer = target.send(Request("POST", TICKETS, (JSON,), b"{}"))
    assert isinstance(answer, Response)
    assert "[[redacted:signature]]" in repr(answer)
    assert not any(secret in repr(answer) for secret in (AK, SK, PROJECT))
