"""A target that echoes every secret wherever it can: none of them is in any file or line that the kit writes.

Everything is searched byte by byte, compressed files and archives unpacked, for each secret in several spellings.
"""

from __future__ import annotations

import base64
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import quote

import pytest
from command import ocr_conformance, pytest_here

TOKEN = "MIIToken+Of/Nobody&At=All-0123456789"
PROJECT = "0f1e2d3c4b5a69780011223344556677"
AK = "PLANTEDACCESSKEY0001"
SK = "plantedSecretKeyOfNobody0123456789abcdef"
SECURITY_TOKEN = "planted-security-token-of-nobody-42"
PASSWORD = "planted-Passw0rd!of-nobody"
ALL = (TOKEN, PROJECT, AK, SK, SECURITY_TOKEN, PASSWORD)

WAYS: Mapping[str, Mapping[str, str]] = {
    "token": {"OCR_CONFORMANCE_TOKEN": TOKEN},
    "keys": {"CLOUD_SDK_AK": AK, "CLOUD_SDK_SK": SK, "CLOUD_SDK_SECURITY_TOKEN": SECURITY_TOKEN},
    "login": {
        "OCR_CONFORMANCE_IAM_USER": "nobody",
        "OCR_CONFORMANCE_IAM_PASSWORD": PASSWORD,
        "OCR_CONFORMANCE_IAM_DOMAIN": "nowhere",
    },
}
"""The environment of each way to authenticate; the target echoes only what a way has given it."""

ONLY = ("--only", "first-contact", "--only", "credentials")
"""Few requests, without large pictures; each purpose runs twice, since nothing is as it should be."""


def spellings(secret: str) -> list[bytes]:
    """A secret as targets echo it: as it is, escaped, encoded."""
    raw = secret.encode()
    return [
        raw,
        quote(secret, safe="").encode(),
        json.dumps(secret).encode().replace(b"/", b"\\/"),
        secret.replace("&", "&amp;").encode(),
        raw.hex().encode(),
        base64.b64encode(raw),
        base64.urlsafe_b64encode(b"x" + raw),
        base64.b64encode(b"Bearer: " + raw + b"."),
        secret.encode("utf-16-le"),
        secret.upper().encode(),
    ]


def answer(status: str, body: bytes, *headers: bytes) -> bytes:
    lines = [b"HTTP/1.1 " + status.encode("latin-1"), b"Content-Type: application/json", *headers]
    return b"\r\n".join((*lines, b"Content-Length: %d" % len(body), b"Connection: close", b"", body))


def refusal(text: bytes) -> bytes:
    return b'{"error_code": "AIS.0101", "error_msg": "' + text.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"}'


def ticket(secret: str) -> bytes:
    """A success with a secret for every name and value."""
    found = {"type": secret, "status": {"error_code": secret, "error_msg": secret}, "location": [[secret, 0]],
             "content": {secret: secret, "confidence": {secret: secret}}, secret: [secret]}  # fmt: skip
    return json.dumps({"result": [found], "alarm_result": secret}).encode()


ECHOES: tuple[Callable[[bytes, str], bytes], ...] = (
    lambda spelled, _: answer("400 Bad Request", refusal(b"wrong: " + spelled)),
    lambda _, secret: answer("200 OK", ticket(secret)),
    lambda spelled, _: answer("400 Bad Request", refusal(b""), b"X-Debug: " + spelled, b"Set-Cookie: auth=" + spelled),
    lambda _, secret: answer(f"400 not with {secret}", refusal(b"x"), f"X-{secret[:9]}: {secret}".encode()),
    lambda spelled, secret: answer(
        "302 Found", b"", f"Location: https://ocr.invalid/?auth={secret}".encode(), b"X-Other: " + spelled
    ),
    lambda spelled, secret: answer(
        "500 Error",
        f"<pre>Traceback:\n KeyError: {secret}\n".encode() + spelled + b"</pre>",
        b"Content-Type: text/html",
    ),
    lambda _, secret: f"HTTP/1.1 200 OK\r\nno colon {secret}\r\n\r\n".encode(),
    lambda _, secret: f"{secret} 200 OK\r\n\r\n".encode(),
    lambda _, secret: f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{secret}\r\n".encode(),
    lambda _, secret: f"HTTP/1.1 200 OK\r\nContent-Length: {secret}\r\n\r\n{secret}".encode(),
    lambda spelled, _: answer("200 OK", spelled + b'{"result": []}' + spelled),
)


class Echoing(StreamRequestHandler):
    """Answers each request with the next echo of the next secret in the next spelling."""

    def handle(self) -> None:
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        length = re.search(rb"(?i)content-length: *([0-9]+)", head)
        self.rfile.read(int(length[1]) if length else 0)
        target = self.server
        assert isinstance(target, EchoServer)
        self.wfile.write(target.next_answer(head))


class EchoServer(ThreadingTCPServer):
    """Counts its calls, and remembers what signatures it was sent: they are secrets, too."""

    daemon_threads = True

    def __init__(self, secrets: tuple[str, ...], *, lets_in: bool) -> None:
        super().__init__(("127.0.0.1", 0), Echoing)
        self.secrets = secrets
        self.lets_in = lets_in
        self.signatures: list[str] = []
        self.calls = 0

    def next_answer(self, head: bytes) -> bytes:
        if head.startswith(b"POST /v3/auth/tokens"):
            if self.lets_in:
                members = json.dumps({"token": {"project": {"id": PROJECT}, "password": PASSWORD}}).encode()
                return answer("201 Created", members, b"X-Subject-Token: " + TOKEN.encode())
            return answer(f"401 {PASSWORD}", refusal(PASSWORD.encode()), b"X-Why: " + PASSWORD.encode())
        signed = re.search(rb"Signature=([0-9a-f]{64})", head)
        echoed = list(self.secrets)
        if signed:
            self.signatures.append(signed[1].decode())
            echoed.append(signed[1].decode())
        secret = echoed[self.calls % len(echoed)]
        spelled = spellings(secret)[self.calls // 3 % 10]
        # The first answer, to the request before the run, is one that lets the run begin.
        made = ECHOES[self.calls % len(ECHOES)](spelled, secret)
        self.calls += 1
        return made


@contextmanager
def echoing(*secrets: str, lets_in: bool = True) -> Iterator[tuple[str, EchoServer]]:
    with EchoServer(secrets, lets_in=lets_in) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", server
        finally:
            server.shutdown()
            thread.join()


def unpacked(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """A file, and what is packed in it."""
    yield name, data
    if name.endswith(".z"):
        yield f"{name} unpacked", zlib.decompress(data)
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield from unpacked(f"{name}/{member}", archive.read(member))


def found_in(folder: Path, printed: str, *secrets: str) -> list[str]:
    """Where a secret stands in the files of a folder or in what was printed."""
    pieces = [("what was printed", printed.encode("utf-8", "surrogatepass"))]
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            pieces += unpacked(str(path.relative_to(folder)), path.read_bytes())
    wanted = [(secret, spelled.lower()) for secret in secrets for spelled in spellings(secret)]
    # Beside the spellings that were sent: base64 at any alignment, without the characters that hold neighbours, too.
    wanted += [(s, base64.b64encode(bytes(n) + s.encode())[4:-4].lower()) for s in secrets for n in range(3)]
    folded = [(name, data.lower()) for name, data in pieces]
    return [f"{secret[:12]} in {name}" for name, data in folded for secret, form in wanted if form in data]


def test_the_search_of_this_test_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "a.z").write_bytes(zlib.compress(b"so " + TOKEN.encode("utf-16-le")))
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner", AK)
    found = found_in(tmp_path, f"{PASSWORD.upper()}", *ALL)
    assert {one.partition(" in ")[2] for one in found} == {"a.z unpacked", "b.zip/inner", "what was printed"}


@pytest.mark.parametrize("way", WAYS)
def test_no_secret_is_in_any_file_or_line(tmp_path: Path, way: str) -> None:
    given = {"token": (TOKEN, PROJECT), "keys": (AK, SK, SECURITY_TOKEN, PROJECT), "login": (TOKEN, PROJECT, PASSWORD)}[
        way
    ]
    with echoing(*given) as (origin, server):
        environment = {**WAYS[way], "OCR_CONFORMANCE_PROJECT_ID": PROJECT, "OCR_CONFORMANCE_IAM_ENDPOINT": origin}
        record, report = str(tmp_path / "c"), str(tmp_path / "r")
        ran = ocr_conformance("run", origin, *ONLY, "--record", record, "--report", report, **environment)
        signatures = server.signatures
        assert server.calls > 40, ran.stderr
    assert (ran.returncode, ran.stderr) == (1, "")
    assert (way == "keys") == bool(signatures)
    printed = ran.stdout
    if way == "token":
        packed = ocr_conformance("bundle", "make", report, str(tmp_path / "b.zip"), "--cassette", record)
        checked = ocr_conformance("cassette", "check", record, **environment)
        assert (packed.returncode, packed.stderr) == (0, "")
        assert (checked.returncode, checked.stdout) == (0, f"{record}: nothing found against committing it\n")
        printed += packed.stdout
    assert found_in(tmp_path, printed, *ALL, *signatures) == []
    assert "[[redacted:" in (tmp_path / "r" / "report.json").read_text()


def test_a_login_that_is_refused_shows_no_secret(tmp_path: Path) -> None:
    with echoing(lets_in=False) as (origin, _):
        environment = {**WAYS["login"], "OCR_CONFORMANCE_PROJECT_ID": PROJECT, "OCR_CONFORMANCE_IAM_ENDPOINT": origin}
        ran = ocr_conformance("run", origin, **environment)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == (
        "ocr-conformance: expected a token of the identity service; observed status 401; "
        "check user, password and domain (the name of the account)\n"
    )
    assert found_in(tmp_path, ran.stderr, *ALL) == []


def test_pytest_shows_no_secret(tmp_path: Path) -> None:
    with echoing(TOKEN, PROJECT) as (origin, _):
        environment = {**WAYS["token"], "OCR_CONFORMANCE_PROJECT_ID": PROJECT}
        options = ("-p", "no:cacheprovider", "-rA", "--showlocals", f"--junitxml={tmp_path / 'junit.xml'}")
        ran = pytest_here("cases", f"--target={origin}", *ONLY[:2], *options, environment=environment)
    assert ran.returncode == 1
    assert found_in(tmp_path, ran.stdout + ran.stderr, *ALL) == []
