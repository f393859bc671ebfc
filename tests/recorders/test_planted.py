"""Credentials planted anywhere in any source: none is in what is imported, reported or said."""

from __future__ import annotations

import base64
import json
import shutil
import string
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract.contract import load_contract
from conformance.engine.audit import audit
from conformance.exchange import Request
from conformance.recordings.import_export import import_traffic
from conformance.recordings.reader import CassetteReader
from conformance.report.document import About, report_document
from conformance.report.transcript import Caller

CONTRACT = load_contract("auto-classification-v1.0")
OTHER_TOKEN = "another-token-of-nobody-1"


@dataclass
class Call:
    """One exchange in the making."""

    url: str
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: str = "{}"
    answer_headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    answer: str = "{}"
    status: int = 200


def login() -> Call:
    return Call("https://iam.invalid/v3/auth/tokens", status=201)


def call() -> Call:
    made = Call("https://ocr.invalid/v1.0/ocr/auto-classification", body='{"image": "AAAA"}', status=400)
    made.headers["X-Auth-Token"] = OTHER_TOKEN
    made.answer = '{"error_code": "AIS.0101", "error_msg": "The input parameter is invalid."}'
    return made


def _header(name: str, form: str = "{}") -> Callable[[Call, str], None]:
    return lambda made, secret: made.headers.__setitem__(name, form.format(secret))


def _answer_header(name: str, form: str = "{}") -> Callable[[Call, str], None]:
    return lambda made, secret: made.answer_headers.__setitem__(name, form.format(secret))


def _sent(form: str) -> Callable[[Call, str], None]:
    return lambda made, secret: setattr(made, "body", form.replace("SECRET", secret))


def _answered(form: str) -> Callable[[Call, str], None]:
    return lambda made, secret: setattr(made, "answer", form.replace("SECRET", secret))


def _basic(made: Call, secret: str) -> None:
    made.headers["Authorization"] = "Basic " + base64.b64encode(f"alice:{secret}".encode()).decode("ascii")


KNOWN: dict[str, Callable[[Call, str], None]] = {
    "token": _header("X-Auth-Token"),
    "bearer": _header("Authorization", "Bearer {}"),
    "basic": _basic,
    "access key": _header("Authorization", "SDK-HMAC-SHA256 Access={}, SignedHeaders=a, Signature=0123456789abcdef"),
    "api key": _header("X-Api-Key"),
    "cookie": _header("Cookie", "theme=dark; sid={}"),
    "cookie that is set": _answer_header("Set-Cookie", "sid={}; Path=/; HttpOnly"),
    "token of a login": _answer_header("X-Subject-Token"),
    "password": _sent('{"auth": {"identity": {"password": {"user": {"name": "alice", "password": "SECRET"}}}}}'),
    "password within a string": _sent('{"payload": "{\\"user\\": \\"alice\\", \\"password\\": \\"SECRET\\"}"}'),
    "password of a form": _sent("user=alice&password=SECRET"),
    "secret key": _answered('{"credential": {"access": "AKOFNOBODY0000000001", "secret": "SECRET"}}'),
    "token in an answer": _answered('{"access_token": "SECRET", "expires_in": 3600}'),
    "parameter": lambda made, secret: setattr(made, "url", f"{made.url}?access_token={secret}"),
}
"""Where a value is known for a credential."""

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda secret: secret,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode("ascii"),
    "base64 within": lambda secret: base64.b64encode(f"x{secret}yz".encode()).decode("ascii"),
    "base64 for URLs": lambda secret: base64.urlsafe_b64encode(f"ab{secret}".encode()).decode("ascii"),
    "percent": lambda secret: "".join(f"%{byte:02X}" for byte in secret.encode()),
    "partly percent": lambda secret: quote(secret, safe=""),
    "escaped": lambda secret: "".join(f"\\u{ord(letter):04x}" for letter in secret),
    "upper case": str.upper,
}  # fmt: skip

PLANTED: dict[str, Callable[[Call, str], None]] = {
    "request header": _header("X-Note", "see {} here"),
    "query": lambda made, text: setattr(made, "url", f"{made.url}{'&' if '?' in made.url else '?'}note={text}"),
    "request body": _sent('{"image": "AAAA", "note": "SECRET"}'),
    "request text": _sent("note SECRET"),
    "answer header": _answer_header("X-Trace", "{}"),
    "answer": _answered('{"error_code": "AIS.0101", "error_msg": "bad: SECRET"}'),
    "answer text": _answered("<p>SECRET</p>"),
    "a broken address": lambda made, text: setattr(made, "url", f"{text} is no address"),
}


def _har(calls: list[Call]) -> str:
    def named(headers: dict[str, str]) -> list[dict[str, str]]:
        return [{"name": name, "value": value} for name, value in headers.items()]

    entries = [
        {
            "request": {
                "method": "POST",
                "url": one.url,
                "headers": named(one.headers),
                "postData": {"text": one.body},
            },
            "response": {"status": one.status, "headers": named(one.answer_headers), "content": {"text": one.answer}},
        }
        for one in calls
    ]
    return json.dumps({"log": {"version": "1.2", "creator": {"name": "tests", "version": "1"}, "entries": entries}})


def _vcr(calls: list[Call]) -> dict[str, object]:
    return {
        "interactions": [
            {
                "request": {"method": "POST", "uri": one.url, "body": one.body,
                            "headers": {name: [value] for name, value in one.headers.items()}},
                "response": {"status": {"code": one.status}, "body": {"string": one.answer},
                             "headers": {name: [value] for name, value in one.answer_headers.items()}},
            }
            for one in calls
        ],
        "version": 1,
    }  # fmt: skip


def _newman(calls: list[Call]) -> str:
    def named(headers: dict[str, str]) -> list[dict[str, str]]:
        return [{"key": name, "value": value} for name, value in headers.items()]

    executions = [
        {
            "request": {"method": "POST", "url": one.url, "header": named(one.headers),
                        "body": {"mode": "raw", "raw": one.body}},
            "response": {"code": one.status, "header": named(one.answer_headers),
                         "stream": {"type": "Buffer", "data": list(one.answer.encode())}},
        }
        for one in calls
    ]  # fmt: skip
    return json.dumps({"collection": {}, "run": {"executions": executions}})


def _lines(calls: list[Call]) -> str:
    return "".join(
        json.dumps(
            {
                "request": {"method": "POST", "url": one.url, "headers": one.headers, "body": one.body},
                "response": {"status": one.status, "headers": one.answer_headers, "body": one.answer},
            }
        )
        + "\n"
        for one in calls
    )


SOURCES: dict[str, Callable[[list[Call]], str]] = {
    "HAR": _har,
    "VCR in JSON": lambda calls: json.dumps(_vcr(calls)),
    "VCR in YAML": lambda calls: yaml.dump(_vcr(calls), Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper)),
    "newman": _newman,
    "NDJSON": _lines,
}

_LETTERS = string.ascii_letters + string.digits
secrets = st.one_of(
    st.text(_LETTERS + "-_.~+/", min_size=14, max_size=40).filter(lambda text: len(set(text.lower())) > 6),
    st.text("0123456789abcdef", min_size=32, max_size=32).filter(lambda text: len(set(text)) > 6),
)


def traces(secret: str) -> list[str]:
    """What must not be found: the value, and the part of each base64 of it that its neighbours do not change."""
    found = [secret.lower(), secret.encode().hex()]
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + secret.encode()).decode("ascii").rstrip("=")
        core = text[4 if offset else 0 : -2]
        found += [core.lower(), core.lower().translate(str.maketrans("+/", "-_"))]
    return found


def is_call(request: Request) -> bool:
    return urlsplit(request.path).path.endswith("/auto-classification")


def written(folder: Path) -> str:
    """Everything in a cassette: its bytes, and what they mean."""
    parts = [file.read_bytes().decode("latin-1") for file in folder.rglob("*") if file.is_file()]
    for one in CassetteReader(folder):
        request, response = one.exchange.request, one.exchange.response
        assert response is not None
        parts += [
            request.path,
            request.body.decode(),
            response.body.decode(),
            str(request.headers),
            str(response.headers),
        ]
    return "\n".join(parts).lower()


@settings(max_examples=1_000, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(
    secret=secrets,
    source=st.sampled_from(sorted(SOURCES)),
    known=st.sampled_from(sorted(KNOWN)),
    spelling=st.sampled_from(sorted(SPELLINGS)),
    planted=st.sampled_from(sorted(PLANTED)),
    before=st.booleans(),
    beside=st.booleans(),
    keep=st.booleans(),
    reported=st.integers(1, 20),
)
def test_a_planted_credential_is_in_no_byte_of_what_is_made(
    secret: str, source: str, known: str, spelling: str, planted: str, before: bool, beside: bool, keep: bool,
    reported: int,
) -> None:  # fmt: skip
    holder, other = (call() if beside else login()), call()
    KNOWN[known](holder, secret)
    PLANTED[planted](other, SPELLINGS[spelling](secret))
    calls = [other, holder, call()] if before else [holder, other, call()]
    folder = Path(tempfile.mkdtemp())
    try:
        path = folder / "file"
        path.write_text(SOURCES[source](calls))
        wanted = None if keep else is_call
        done = import_traffic(path, folder / "c", "0.1.0", "2026-12-01T00:00:00Z", wanted)
        made = written(folder / "c") + str(done.left_out).lower()
        if reported == 20:
            judged = audit([path], [CONTRACT])
            about = About("a", Caller("$TARGET"), "0.1.0", 0, "2026-12-01T00:00:00Z", 1.0)
            made += json.dumps(report_document(judged.ledger, about, evidence=True), default=str).lower()
            made += str(judged.left_out).lower()
        assert [trace for trace in traces(secret) if trace in made] == []
    finally:
        shutil.rmtree(folder)
