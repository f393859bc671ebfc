"""Verification of AK/SK signatures: a request signed by the vendor's published signer, and every way to spoil it.

The vector was made once with the signer of huaweicloudsdkcore 3.1.219, with keys of nobody.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from conformance.reference.calls import Call
from conformance.reference.credentials import is_same, verify

ACCESS_KEY = "ACCESSKEYOFNOBODY000"
SECRET_KEY = "secret-key-of-nobody-0000000000000000000"
SIGNED_AT = datetime(2025, 7, 2, 8, 0, 0, tzinfo=UTC)
REQUEST = Call(
    method="POST",
    path="/v2/00112233445566778899aabbccddeeff/ocr/auto-id-doc-classification",
    query="b=2&a=x%20y",
    headers={
        "content-type": "application/json",
        "host": "127.0.0.1:8080",
        "x-project-id": "00112233445566778899aabbccddeeff",
        "x-sdk-date": "20250702T080000Z",
        "authorization": (
            "SDK-HMAC-SHA256 Access=ACCESSKEYOFNOBODY000, "
            "SignedHeaders=content-type;host;x-project-id;x-sdk-date, "
            "Signature=fbdb61ae04cc14f8ffede6089f7c9a13c902027e8ade349ae7fef53d4d2ce1ff"
        ),
    },
    head=b"",
    number=1,
    body=b'{"url": "http://example.com/x.png"}',
)
MISMATCH = "the signature does not match"
TIME = "the time of signing is malformed or too far from now"


def check(request: Call, now: datetime = SIGNED_AT) -> str | None:
    return verify(request, ACCESS_KEY, SECRET_KEY, now)


def with_header(name: str, value: str) -> Call:
    return replace(REQUEST, headers={**REQUEST.headers, name: value})


def test_the_vendors_signature_is_accepted() -> None:
    assert check(REQUEST) is None


def test_headers_that_are_not_signed_do_not_matter() -> None:
    assert check(with_header("user-agent", "anything")) is None


def test_the_order_of_a_query_does_not_matter() -> None:
    assert check(replace(REQUEST, query="a=x%20y&b=2")) is None


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, method="PUT"),
        replace(REQUEST, path=REQUEST.path + "/x"),
        replace(REQUEST, query="a=1"),
        replace(REQUEST, body=b"{}"),
        with_header("host", "127.0.0.1:8081"),
        with_header("content-type", "text/plain"),
        with_header("x-sdk-date", "20250702T080001Z"),
    ],
    ids=["method", "path", "query", "body", "host", "header", "date"],
)
def test_whatever_is_signed_cannot_change(request_: Call) -> None:
    assert check(request_) == MISMATCH


@pytest.mark.parametrize("secret", [SECRET_KEY[:-1], SECRET_KEY.upper(), ""])
def test_another_secret_is_refused(secret: str) -> None:
    assert verify(REQUEST, ACCESS_KEY, secret, SIGNED_AT) == MISMATCH


def test_another_access_key_is_refused() -> None:
    assert verify(REQUEST, ACCESS_KEY + "1", SECRET_KEY, SIGNED_AT) == "the access key is unknown"


@pytest.mark.parametrize("minutes", [-15, -14, 0, 15])
def test_15_minutes_of_skew_are_allowed(minutes: int) -> None:
    assert check(REQUEST, SIGNED_AT + timedelta(minutes=minutes)) is None


@pytest.mark.parametrize("seconds", [901, -901, 86_400])
def test_more_than_15_minutes_of_skew_are_not(seconds: int) -> None:
    assert check(REQUEST, SIGNED_AT + timedelta(seconds=seconds)) == TIME


@pytest.mark.parametrize("stamp", ["", "2025-07-02T08:00:00Z", "20250702T080000", "99999999T999999Z", "日期"])
def test_a_malformed_date_is_refused(stamp: str) -> None:
    assert check(with_header("x-sdk-date", stamp)) == TIME


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "SDK-HMAC-SHA256",
        "SDK-HMAC-SHA256 Access=a, SignedHeaders=host, Signature=zz",
        "SDK-HMAC-SM3 Access=a, SignedHeaders=host, Signature=" + "0" * 64,
        "Bearer abc",
    ],
)
def test_another_form_is_refused(authorization: str) -> None:
    assert (
        check(with_header("authorization", authorization)) == "the Authorization header is not of the documented form"
    )


@pytest.mark.parametrize("names", ["content-type;host", "content-type;x-sdk-date", "host;x-sdk-date;absent"])
def test_host_and_date_must_be_signed(names: str) -> None:
    claim = f"SDK-HMAC-SHA256 Access={ACCESS_KEY}, SignedHeaders={names}, Signature={'0' * 64}"
    assert check(with_header("authorization", claim)) == "a header that must be signed is missing"


def test_a_declared_hash_must_be_that_of_the_body() -> None:
    assert check(with_header("x-sdk-content-sha256", "0" * 64)) == "the body is not the one that was signed"


def test_secrets_are_compared_whatever_bytes_they_came_as() -> None:
    odd = b"\xff token".decode("utf-8", "surrogateescape")
    assert (is_same(odd, odd), is_same(odd, "token"), is_same("token", odd)) == (True, False, False)
