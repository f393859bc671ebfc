"""Secrets that a target echoes are replaced, however they are spelled, and nothing else is."""

from __future__ import annotations

import base64
import gzip
import json
import logging
from urllib.parse import quote

import pytest
from hostile import HostileServer, Peer, answer, faultless
from hostile_heads import sends

from conformance.exchange import AUTHS, Request, Response, echoed_secrets
from conformance.redactor import Redactor, Secret
from conformance.targets import Credentials
from conformance.targets.http import GARBAGE_TOKEN, HttpTarget, expired_token, spoiled

TOKEN = "MIIEtoken+of/the=tests%7E~AZaz09"
PROJECT = "89abcdef0123456789abcdef01234567"
SK = "secret&key<of>the'tests\"\\/"
REDACTOR = Redactor([Secret("token", TOKEN), Secret("project-id", PROJECT), Secret("sk", SK)])


def percent(text: str) -> str:
    return "".join(f"%{byte:02x}" for byte in text.encode())


def json_escaped(text: str) -> str:
    return "".join(f"\\u{ord(character):04X}" for character in text)


def entities(text: str) -> str:
    return "".join(f"&#{ord(character)};" for character in text)


SPELLINGS = {
    "as it is": TOKEN,
    "upper case": TOKEN.upper(),
    "percent-encoded where needed": quote(TOKEN, safe=""),
    "percent-encoded twice": quote(quote(TOKEN, safe=""), safe=""),
    "percent-encoded throughout": percent(TOKEN),
    "JSON": json.dumps(TOKEN)[1:-1],
    "JSON with escaped slash": TOKEN.replace("/", "\\/"),
    "JSON escapes throughout": json_escaped(TOKEN),
    "JSON within JSON": json.dumps(json_escaped(TOKEN))[1:-1],
    "percent-encoded within JSON": json_escaped(quote(TOKEN, safe="")),
    "HTML entities": TOKEN.replace("+", "&#43;").replace("=", "&#x3D;").replace("/", "&#x2f;"),
    "HTML entities throughout": entities(TOKEN),
    "hexadecimal": TOKEN.encode().hex(),
    "hexadecimal in upper case": TOKEN.encode().hex().upper(),
}


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_spelling_is_found(spelling: str) -> None:
    assert REDACTOR.redact_text(f"<{spelling}> and {spelling}") == "<[[redacted:token]]> and [[redacted:token]]"


@pytest.mark.parametrize("before", ["", "a", "ab", "abc"])
@pytest.mark.parametrize("after", ["", "x", "xy", "xyz"])
@pytest.mark.parametrize("length", [6, 7, 8, 200])
@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_base64_is_found_at_any_alignment(before: str, after: str, length: int, encode: type[bytes]) -> None:
    secret = ("?>~}" * 50)[:length]
    redactor = Redactor([Secret("token", secret)])
    redacted = redactor.redact(b"{" + encode((before + secret + after).encode()) + b"}").decode()
    assert echoed_secrets(redacted) == ["token"]
    rest = redacted.replace("[[redacted:token]]", "").strip("{}=")
    assert len(rest) <= len(encode((before + after).encode()).rstrip(b"="))


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_found(codec: str) -> None:
    redacted = REDACTOR.redact(f"a{TOKEN}b".encode(codec))
    assert b"\0o\0k\0e\0n" not in redacted
    assert echoed_secrets(redacted.decode("latin-1")) == ["token"]


def test_secret_with_every_special_character_is_found_in_json() -> None:
    document = json.dumps({"error": f"key {SK} refused"})
    assert json.loads(REDACTOR.redact_text(document)) == {"error": "key [[redacted:sk]] refused"}


def test_project_id_is_found_in_either_letter_case() -> None:
    text = f"/v2/{PROJECT.upper()}/ocr"
    assert REDACTOR.redact_text(text) == "/v2/[[redacted:project-id]]/ocr"


def test_text_without_secret_is_returned_as_the_same_object() -> None:
    text = b'{"percent": "100%25", "escaped": "\\u0041\\n", "html": "&amp;&#65;"}'
    assert REDACTOR.redact(text) is text


def test_text_around_a_secret_keeps_its_escapes() -> None:
    assert REDACTOR.redact_text(f"%41\\u0042{percent(TOKEN)}&#67;") == "%41\\u0042[[redacted:token]]&#67;"


def test_secrets_that_overlap_are_replaced_together() -> None:
    redactor = Redactor([Secret("token", "abcdefgh"), Secret("sk", "fghijklm")])
    assert redactor.redact_text("<abcdefghijklm>") == "<[[redacted:token]]>"


def test_longest_of_secrets_with_one_beginning_is_replaced() -> None:
    redactor = Redactor([Secret("token", "abcdef"), Secret("sk", "abcdefghi")])
    assert redactor.redact_text("<abcdefghi> <abcdef>") == "<[[redacted:sk]]> <[[redacted:token]]>"


@pytest.mark.parametrize("at", [0, 262_130, 262_144, 524_280, 999_000])
def test_secret_is_found_anywhere_in_a_long_text(at: int) -> None:
    spelling = percent(TOKEN).encode()
    long = b"x" * at + spelling + b"y" * (1_000_000 - at)
    assert REDACTOR.redact(long) == b"x" * at + b"[[redacted:token]]" + b"y" * (1_000_000 - at)


@pytest.mark.parametrize(
    ("kind", "value", "text", "expected"),
    [
        ("token", "abcd", "xabcdx", "x[[redacted:token]]x"),
        ("token", "abc", "xabcx abc", "xabcx [[redacted:token]]"),
        ("token", "1", "1.0 10 {1}", "1.0 10 {[[redacted:token]]}"),
        ("sk", "abcde", "xabcdex abcde", "xabcdex [[redacted:sk]]"),
        ("project-id", "12345", "0.12345 /12345/", "0.12345 /[[redacted:project-id]]/"),
        ("token", "", "text", "text"),
    ],
)
def test_short_value_is_replaced_with_care(kind: str, value: str, text: str, expected: str) -> None:
    assert Redactor([Secret(kind, value)]).redact_text(text) == expected


def echoes(peer: Peer) -> None:
    """Send every part of the request back in a header and in the body."""
    while True:
        head = peer.request()
        line, *headers = head.decode("latin-1").split("\r\n")
        sent = dict(header.split(": ", 1) for header in headers if ": " in header)
        token = sent.get("X-Auth-Token", "none")
        body = json.dumps({"line": line, "token": token, "base64": base64.b64encode(token.encode()).decode()})
        peer.send(answer(body.encode(), f"X-Echo: {token}", f"Location: /?t={quote(token)}"))


@pytest.mark.parametrize("auth", [auth for auth in AUTHS if auth not in ("absent", "empty")])
def test_no_echo_of_a_token_leaves_the_target(auth: str) -> None:
    token = "a-token-that-a-service-echoes-0123456789"
    secrets = [token, spoiled(token), GARBAGE_TOKEN, expired_token(), PROJECT]
    credentials = Credentials(token=token, project_id=PROJECT)
    with HostileServer(echoes) as server, HttpTarget(server.origin, credentials) as target:
        answered = target.send(Request("POST", "/v2/{project_id}/ocr", auth=auth))  # type: ignore[arg-type]
    assert isinstance(answered, Response)
    everything = repr(answered)
    assert [secret for secret in secrets if secret in everything or quote(secret) in everything] == []
    assert answered.header("X-Echo") == "[[redacted:token]]"
    assert answered.header("Location") == "/?t=[[redacted:token]]"
    assert echoed_secrets(answered.body.decode())[-2:] == ["token", "token"]


def test_echo_in_the_name_of_a_header_does_not_leave_the_target() -> None:
    token = "token-that-is-a-header-name"
    echo = answer(b"{}", f"{token}: value")
    with HostileServer(sends(echo)) as server, HttpTarget(server.origin, Credentials(token=token)) as target:
        answered = target.send(Request("POST", "/"))
    assert isinstance(answered, Response)
    assert answered.headers[-1] == ("[[redacted:token]]", "value")


def test_echo_in_a_compressed_body_does_not_leave_the_target() -> None:
    echo = answer(gzip.compress(f'{{"error": "{TOKEN}"}}'.encode()), "Content-Encoding: gzip")
    with HostileServer(sends(echo)) as server, HttpTarget(server.origin, Credentials(token=TOKEN)) as target:
        answered = target.send(Request("POST", "/"))
    assert isinstance(answered, Response)
    assert answered.body == b'{"error": "[[redacted:token]]"}'


def test_echo_in_a_damaged_compressed_body_does_not_leave_the_target() -> None:
    packed = gzip.compress(f'{{"error": "{TOKEN}"}}'.encode())[:-6]
    echo = answer(packed, "Content-Encoding: gzip")
    with HostileServer(sends(echo)) as server, HttpTarget(server.origin, Credentials(token=TOKEN)) as target:
        answered = target.send(Request("POST", "/"))
    assert isinstance(answered, Response)
    assert answered.body == b'{"error": "[[redacted:token]]"}'


def test_no_secret_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    credentials = Credentials(token="a-token-for-the-log", project_id=PROJECT)
    with HostileServer(echoes) as server, HttpTarget(server.origin, credentials) as target:
        target.send(Request("POST", "/v2/{project_id}/ocr"))
    assert "a-token-for-the-log" not in caplog.text
    assert PROJECT not in caplog.text


def test_token_and_project_id_are_not_in_the_representation_of_a_target() -> None:
    with (
        HostileServer(faultless) as server,
        HttpTarget(server.origin, Credentials(token=TOKEN, project_id=PROJECT)) as target,
    ):
        shown = repr(target) + target.name
    assert TOKEN not in shown
    assert PROJECT not in shown
