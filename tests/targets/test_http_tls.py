"""TLS: what is trusted, and how each handshake that fails is named."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from pathlib import Path

import pytest
from hostile import GOOD, Act, HostileServer, Peer, answer, faultless
from hostile_connections import TOO_LARGE, UPLOAD
from hostile_heads import sends

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Credentials, Limits, TargetError
from conformance.targets.http import HttpTarget

CERTIFICATES = Path(__file__).parent / "certificates"
"""An authority made for these tests, and servers it vouches for, with their keys; they protect nothing."""

CA = CERTIFICATES / "ca.pem"
REQUEST = Request("POST", "/", body=b"{}")


def server_context(name: str = "server") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / f"{name}.pem")
    return context


def target_for(
    origin: str, *, ca_file: Path | None = CA, deadline_s: float = 20.0, token: str | None = None
) -> HttpTarget:
    return HttpTarget(origin, Credentials(token=token), ca_file=ca_file, limits=Limits(deadline_s=deadline_s))


def outcome(server: HostileServer, origin: str | None = None, deadline_s: float = 20.0) -> tuple[str, str]:
    with target_for(origin or server.origin, deadline_s=deadline_s) as target:
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    return answered.kind, answered.detail


def test_certificate_of_the_given_authority_is_accepted() -> None:
    with (
        HostileServer(faultless, context=server_context()) as server,
        target_for(server.origin) as target,
    ):
        answered = [target.send(REQUEST), target.send(REQUEST)]
    assert [seen.body for seen in answered if isinstance(seen, Response)] == [GOOD, GOOD]
    assert server.accepted == 1


def test_certificate_of_an_unknown_authority_is_refused() -> None:
    with (
        HostileServer(faultless, context=server_context()) as server,
        target_for(server.origin, ca_file=None) as target,
    ):
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert answered.kind == "tls"
    assert answered.detail == "The certificate was not accepted: unable to get local issuer certificate."


@pytest.mark.parametrize(
    ("certificate", "reason"),
    [
        ("expired", "certificate has expired"),
        ("elsewhere", "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
def test_unfit_certificate_is_refused(certificate: str, reason: str) -> None:
    with HostileServer(faultless, context=server_context(certificate)) as server:
        assert outcome(server) == ("tls", f"The certificate was not accepted: {reason}.")


def test_nothing_is_sent_where_the_certificate_is_refused() -> None:
    heads: list[bytes] = []
    with HostileServer(lambda peer: heads.append(peer.head()), context=server_context("expired")) as server:
        outcome(server)
    assert heads == []


def test_plain_http_on_the_tls_port_is_named() -> None:
    with HostileServer(lambda peer: peer.send(answer(GOOD))) as server:
        kind, detail = outcome(server, f"https://127.0.0.1:{server.port}")
    assert (kind, detail) == ("tls", "The TLS handshake failed: wrong version number.")


@pytest.mark.parametrize("end", [Peer.reset, lambda peer: peer.sock.close()], ids=["reset", "close"])
def test_end_in_the_handshake_is_a_tls_failure(end: object) -> None:
    def act(peer: Peer) -> None:
        peer.sock.recv(65536)
        end(peer)  # type: ignore[operator]

    with HostileServer(act) as server:
        kind, detail = outcome(server, f"https://127.0.0.1:{server.port}")
    assert (kind, detail) == ("tls", "The connection ended during the TLS handshake.")


def test_silence_in_the_handshake_ends_at_the_deadline() -> None:
    with HostileServer(Peer.ignore) as server:
        kind, detail = outcome(server, f"https://127.0.0.1:{server.port}", deadline_s=0.4)
    assert (kind, detail) == ("tls", "The TLS handshake was not finished within 0.4 s.")


def test_handshake_drip_ends_at_the_deadline() -> None:
    def act(peer: Peer) -> None:
        peer.sock.recv(65536)
        peer.send(b"\x16\x03\x03\x40\x00")  # a record of 16 KB that comes a byte at a time
        peer.drip(b"\x02")

    with HostileServer(act) as server:
        kind, detail = outcome(server, f"https://127.0.0.1:{server.port}", deadline_s=0.4)
    assert (kind, detail) == ("tls", "The TLS handshake was not finished within 0.4 s.")


def test_wish_for_a_client_certificate_is_named() -> None:
    context = server_context()
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(CA)
    with HostileServer(faultless, context=context) as server:
        assert outcome(server) == ("tls", "The target asks for a client certificate, and the kit has none.")


def test_connection_cut_within_the_body_is_closed() -> None:
    def act(peer: Peer) -> None:
        sends(answer(GOOD)[:-3])(peer)
        peer.sock.close()

    with HostileServer(act, context=server_context()) as server:
        assert outcome(server) == ("closed", "The connection ended after 15 of 18 bytes of the body.")


def test_drip_within_tls_ends_at_the_deadline() -> None:
    def act(peer: Peer) -> None:
        sends(b"HTTP/1.1 200 OK\r\n")(peer)
        peer.drip(b"Name: value\r\n")

    with HostileServer(act, context=server_context()) as server:
        kind, detail = outcome(server, deadline_s=0.6)
    assert (kind, detail) == ("timeout", "The answer was not finished within 0.6 s.")


def test_refusal_within_an_upload_over_tls_is_read() -> None:
    def act(peer: Peer) -> None:
        peer.head()
        peer.send(TOO_LARGE)
        peer.ignore()

    upload = Request("POST", "/", body=b"x" * UPLOAD)
    with HostileServer(act, context=server_context()) as server, target_for(server.origin) as target:
        answered = target.send(upload)
        after = target.send(REQUEST)
    assert isinstance(answered, Response)
    assert (answered.status, answered.body) == (413, GOOD)
    assert isinstance(after, Response)
    assert after.body == GOOD


def test_upload_of_ten_megabytes_over_tls_is_taken() -> None:
    with HostileServer(faultless, context=server_context()) as server, target_for(server.origin) as target:
        answered = target.send(Request("POST", "/", body=b"x" * UPLOAD))
    assert isinstance(answered, Response)
    assert (answered.status, answered.body, answered.odd) == (200, GOOD, ())


def relay_to(port: int, heads: list[bytes]) -> Act:
    """Open the tunnel asked for, always to this port, and keep the head that asked."""

    def act(peer: Peer) -> None:
        heads.append(peer.head())
        with socket.create_connection(("127.0.0.1", port)) as onward:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=pump, args=(onward, peer.sock), daemon=True).start()
            pump(peer.sock, onward)

    return act


def test_tunnel_through_a_proxy_is_encrypted_to_the_target() -> None:
    heads: list[bytes] = []
    with (
        HostileServer(faultless, context=server_context()) as server,
        HostileServer(relay_to(server.port, heads)) as proxy,
        HttpTarget(server.origin, Credentials(), ca_file=CA, proxy=proxy.origin) as target,
    ):
        answered = [target.send(REQUEST), target.send(REQUEST)]
    assert [seen.body for seen in answered if isinstance(seen, Response)] == [GOOD, GOOD]
    assert heads[0].startswith(f"CONNECT 127.0.0.1:{server.port} HTTP/1.1\r\n".encode())
    assert (server.accepted, proxy.accepted) == (1, 1)


def test_certificate_behind_a_proxy_is_verified() -> None:
    with (
        HostileServer(faultless, context=server_context("expired")) as server,
        HostileServer(relay_to(server.port, [])) as proxy,
        HttpTarget(server.origin, Credentials(), ca_file=CA, proxy=proxy.origin) as target,
    ):
        answered = target.send(REQUEST)
    assert isinstance(answered, TransportFailure)
    assert answered.detail == "The certificate was not accepted: certificate has expired."


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Carry bytes from one socket to the other until either ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def test_ca_file_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "ca.pem"
    with pytest.raises(TargetError) as caught:
        target_for("https://127.0.0.1", ca_file=missing)
    assert str(caught.value) == (
        f"expected a CA file with PEM certificates; observed {missing}: No such file or directory; "
        "give the path of the authority's certificate"
    )


def test_ca_file_without_certificates_is_an_error_that_says_so(tmp_path: Path) -> None:
    empty = tmp_path / "ca.pem"
    empty.write_text("no certificate here\n")
    with pytest.raises(TargetError) as caught:
        target_for("https://127.0.0.1", ca_file=empty)
    assert str(caught.value) == (
        f"expected a CA file with PEM certificates; observed no certificate in {empty}; "
        "give the path of the authority's certificate"
    )
