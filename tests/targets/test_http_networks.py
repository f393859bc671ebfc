"""What stands between the kit and a service: connections that end late, ports of other protocols, paths and headers."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hostile import GOOD, HostileServer, Peer, answer, faultless
from loopback import PROJECT, TOKEN, Call, stub

from conformance.contract.contract import load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.options import Settings
from conformance.engine.preflight import preflight
from conformance.engine.purposes import load_purposes
from conformance.engine.run import Run
from conformance.engine.session import open_session
from conformance.exchange import Request, Response, TransportFailure
from conformance.reference.app import create_app
from conformance.reference.credentials import Credentials as KnownCredentials
from conformance.targets import Credentials, Limits, TargetError
from conformance.targets.asgi import LoopbackServer
from conformance.targets.http import HttpTarget
from conformance.targets.network import Certificate
from conformance.targets.reference import DirectClient

CONTRACT = load_contract("auto-classification-v1.0")
CERTIFICATES = Path(__file__).parent / "certificates"
CREDENTIALS = Credentials(token=TOKEN, project_id=PROJECT)
REQUEST = Request("POST", "/v1.0/ocr/auto-classification", body=b"{}")
SETTINGS = b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"


def run(origin: str) -> Ledger:
    """The ledger of one purpose: a control and its faults."""
    purposes = [purpose for purpose in load_purposes(CONTRACT) if purpose.name == "first-contact"]
    with HttpTarget(origin, CREDENTIALS) as target:
        return Run([CONTRACT], target).execute(purposes)


def verdict(ledger: Ledger, name: str) -> str:
    return ledger.accounts[f"{CONTRACT.id}/{name}"].verdict


@contextmanager
def closing(closes: Callable[[int, int], bool]) -> Iterator[str]:
    """The reference behind a server that closes a connection just when a request arrives on it, without an answer.

    `closes` decides by the number of the request on its connection (from 0) and the length of its body.
    """
    direct, lock = DirectClient(create_app(KnownCredentials(TOKEN, PROJECT)), Limits()), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        number = 0

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            number, self.number = self.number, self.number + 1
            if closes(number, length):
                # Without having read the body: the close becomes a reset, as in the race of an idle timeout.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
                return
            body = self.rfile.read(length)
            raw = tuple((name.encode(), value.encode()) for name, value in self.headers.items())
            with lock:
                told = direct.exchange(self.command, self.path.encode(), raw, body)
            self.send_response_only(told.status)
            for name, value in told.headers:
                self.send_header(name.decode(), value.decode())
            self.end_headers()
            self.wfile.write(told.body)

        do_GET = do_POST  # noqa: N815 - the base class calls it so

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        direct.close()


def test_a_kept_connection_that_the_server_closes_under_a_request_breaks_nothing() -> None:
    with closing(lambda number, _length: number > 0) as origin:
        ledger = run(origin)
    assert (verdict(ledger, "answer.http"), verdict(ledger, "accepts.picture")) == ("pass", "pass")
    # From then on no connection is kept: it happens once.
    assert [note.retried for note in ledger.notes].count(True) == 1
    assert [account for account in ledger.accounts.values() if account.broken] == []


def test_a_server_that_closes_on_pictures_whatever_the_connection_is_found_out() -> None:
    with closing(lambda _number, length: length > 1000) as origin:
        ledger = run(origin)
    assert verdict(ledger, "answer.http") == "fail"


def test_an_application_that_raises_after_its_answer_has_answered() -> None:
    application = create_app(KnownCredentials(TOKEN, PROJECT))

    async def raising(scope: object, receive: object, send: object) -> None:
        await application(scope, receive, send)  # type: ignore[arg-type]
        raise RuntimeError("something after the answer")

    server = LoopbackServer(raising)
    try:
        ledger = run(server.origin)
    finally:
        server.stop()
    assert verdict(ledger, "answer.http") == "pass"
    assert [account for account in ledger.accounts.values() if account.broken] == []


def test_a_408_on_an_idle_connection_is_its_end() -> None:
    def act(peer: Peer) -> None:
        peer.request()
        peer.send(answer(GOOD) + answer(b"", status="408 Request Timeout"))

    with HostileServer(act) as server, HttpTarget(server.origin, CREDENTIALS) as target:
        seen = [target.send(REQUEST), target.send(REQUEST)]
    assert [answered.body for answered in seen if isinstance(answered, Response)] == [GOOD, GOOD]
    assert server.accepted == 2


def test_a_408_to_a_request_on_a_kept_connection_is_about_the_silence_before() -> None:
    def act(peer: Peer) -> None:
        peer.request()
        peer.send(answer(GOOD))
        peer.request()
        peer.send(answer(b"", "Connection: close", status="408 Request Timeout"))

    with HostileServer(act) as server, HttpTarget(server.origin, CREDENTIALS) as target:
        first, second, third = target.send(REQUEST), target.send(REQUEST), target.send(REQUEST)
    assert isinstance(first, Response)
    assert isinstance(third, Response)
    assert isinstance(second, TransportFailure)
    assert second.kept


def test_a_408_on_a_fresh_connection_is_an_answer() -> None:
    def act(peer: Peer) -> None:
        peer.request()
        peer.send(answer(b"", "Connection: close", status="408 Request Timeout"))

    with HostileServer(act) as server, HttpTarget(server.origin, CREDENTIALS) as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, Response)
    assert answered.status == 408


def server_context(client: Path | None = None) -> ssl.SSLContext:
    """Of a server; with `client` of one that accepts this client certificate alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    if client is not None:
        context.load_verify_locations(client)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def certificate_in(folder: Path, name: str) -> Path:
    """A client certificate that vouches for itself, with its key in a file beside it."""
    key, subject = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
    file = folder / f"{name}.pem"
    file.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    (folder / f"{name}.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def http2(peer: Peer) -> None:
    peer.send(SETTINGS)
    peer.silence()


def only_after_its_preface(peer: Peer) -> None:
    """As a server that takes HTTP/2 by prior knowledge alone: it closes on any other first bytes."""
    if peer.sock.recv(3) == b"PRI":
        http2(peer)
    peer.reset()


def text_of(origin: str) -> tuple[str, bool, str]:
    """What the request before a run says: the outcome, whether a run can begin, and the words after the address."""
    with HttpTarget(origin, CREDENTIALS, ca_file=CERTIFICATES / "ca.pem") as target:
        found = preflight(target, CONTRACT)
    return found.outcome, found.reached, found.text.en.removeprefix(f"{origin}: ")


HTTPS_MEANT = "what came back is TLS, not HTTP: the origin may need https; write https:// before the host."
HTTP2_MEANT = (
    "what came back is HTTP/2, not HTTP/1.1: the port may take nothing else; the documents describe HTTP/1.1; give a "
    "port that takes it, or a gateway before this one."
)


def test_http_to_a_port_of_tls_that_closes_is_found_out_by_a_greeting() -> None:
    with HostileServer(faultless, context=server_context()) as server:
        assert text_of(server.origin.replace("https:", "http:")) == ("wants-tls", False, HTTPS_MEANT)


@pytest.mark.parametrize("act", [http2, only_after_its_preface])
def test_a_port_of_http2_alone_is_named(act: Callable[[Peer], None]) -> None:
    with HostileServer(act, act) as server:
        server.every = act
        assert text_of(server.origin) == ("wants-http2", False, HTTP2_MEANT)


def test_a_port_of_http2_alone_over_tls_is_named() -> None:
    with HostileServer(http2, context=server_context()) as server:
        assert text_of(server.origin) == ("wants-http2", False, HTTP2_MEANT)


@pytest.mark.parametrize(
    "page",
    [
        b"<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>",
        b"Client sent an HTTP request to an HTTPS server.\n",
        b"<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.</p>",
        b"Bad Request\r\nThis combination of host and port requires TLS.\r\n",
    ],
    ids=["nginx", "Go", "Apache", "Tomcat"],
)
def test_what_servers_say_in_plain_http_at_a_port_of_tls_is_understood(page: bytes) -> None:
    with stub(lambda _call: (400, {"Content-Type": "text/html"}, page)) as origin:
        outcome, reached, words = text_of(origin)
    assert (outcome, reached) == ("wants-tls", False)
    assert words.endswith(": write https:// before the host.")


def test_a_path_before_each_other_and_further_headers_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Call] = []

    def reply(call: Call) -> tuple[int, dict[str, str], bytes]:
        calls.append(call)
        return 400, {"Content-Type": "application/json"}, f'{{"error_msg": "{call.headers["x-gateway-key"]}"}}'.encode()

    statement = tmp_path / "target.toml"
    statement.write_text(
        '[target]\nbase-path = "/gateway"\n'
        '[target.headers]\nX-Stage = "test"\nX-Gateway-Key = { env = "GATEWAY_KEY" }\n'
    )
    monkeypatch.setenv("GATEWAY_KEY", "key-of-the-gateway-0001")
    with stub(reply) as origin:
        session = open_session(Settings(f"{origin}/outer/", token=TOKEN, statement=statement))
        answered = session.target.send(REQUEST)
        session.close()
    (call,) = calls
    assert call.path == "/outer/gateway/v1.0/ocr/auto-classification"
    assert (call.headers["x-stage"], call.headers["x-gateway-key"]) == ("test", "key-of-the-gateway-0001")
    assert session.origin == f"{origin}/outer/gateway"
    assert isinstance(answered, Response)
    assert answered.body == b'{"error_msg": "[[redacted:header]]"}'


def test_a_header_whose_variable_is_not_set_is_a_mistake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = tmp_path / "target.toml"
    statement.write_text('[target.headers]\nX-Gateway-Key = { env = "GATEWAY_KEY" }\n')
    monkeypatch.delenv("GATEWAY_KEY", raising=False)
    with pytest.raises(TargetError) as caught:
        open_session(Settings("http://127.0.0.1:9", token=TOKEN, statement=statement))
    assert str(caught.value) == (
        "expected the value of the header X-Gateway-Key in the environment variable GATEWAY_KEY; observed none; "
        "set GATEWAY_KEY"
    )


def shown(accepted: Path, certificate: Certificate | None, version: ssl.TLSVersion) -> Response | TransportFailure:
    """What a server says that asks for a client certificate."""
    context = server_context(accepted)
    context.maximum_version = version
    ca_file = CERTIFICATES / "ca.pem"
    with (
        HostileServer(faultless, context=context) as server,
        HttpTarget(server.origin, CREDENTIALS, ca_file=ca_file, certificate=certificate) as target,
    ):
        return target.send(REQUEST)


def test_a_client_certificate_is_shown_where_it_is_asked_for(tmp_path: Path) -> None:
    file = certificate_in(tmp_path, "client")
    answered = shown(file, Certificate(file, tmp_path / "client.key"), ssl.TLSVersion.TLSv1_3)
    assert isinstance(answered, Response)


def test_a_client_certificate_that_is_not_accepted_is_named(tmp_path: Path) -> None:
    other = Certificate(certificate_in(tmp_path, "other"), tmp_path / "other.key")
    # In this version the handshake waits for it; in the next one a reset may take the words away.
    failed = shown(certificate_in(tmp_path, "client"), other, ssl.TLSVersion.TLSv1_2)
    assert isinstance(failed, TransportFailure)
    assert (failed.kind, failed.detail) == ("tls", "The target does not accept the client certificate of the kit.")


@pytest.mark.parametrize(
    ("file", "observed"),
    [("ca.pem", "no certificate with its key in {file}"), ("none.pem", "{file}: No such file or directory")],
)
def test_a_client_certificate_that_cannot_be_used_is_a_mistake(file: str, observed: str) -> None:
    path = CERTIFICATES / file
    with pytest.raises(TargetError) as caught:
        HttpTarget("https://127.0.0.1:9", CREDENTIALS, certificate=Certificate(path))
    assert str(caught.value) == (
        "expected a client certificate and its private key in PEM; observed "
        f"{observed.format(file=path)}; correct [target.tls]"
    )


def test_a_target_that_is_known_to_hang_is_waited_for_as_long_as_it_is_told() -> None:
    def silent(peer: Peer) -> None:
        peer.silence()

    with HostileServer(silent, silent) as server, HttpTarget(server.origin, CREDENTIALS) as target:
        target.hurry(0.2)
        failed = target.send(REQUEST)
        target.hurry(None)
        answered = target.send(REQUEST)
    assert isinstance(failed, TransportFailure)
    assert (failed.kind, failed.detail) == ("timeout", "No answer began within 0.2 s.")
    assert isinstance(answered, Response)


def test_no_wait_is_longer_than_the_limit_of_the_target() -> None:
    def silent(peer: Peer) -> None:
        peer.silence()

    limits = Limits(deadline_s=0.2)
    with HostileServer(silent, silent) as server, HttpTarget(server.origin, CREDENTIALS, limits=limits) as target:
        target.hurry(60.0)
        failed = target.send(REQUEST)
    assert isinstance(failed, TransportFailure)
    assert failed.detail == "No answer began within 0.2 s."
