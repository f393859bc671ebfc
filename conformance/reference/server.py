"""Serving an application on a real socket until the process is told to stop, over TLS where asked."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import signal
import socket
import ssl
import tempfile
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from conformance.reference.app import HEAD, TRANSPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.types import ASGIApp


_BACKLOG = 1024
_GRACE_S = 1
_LONGEST_HEAD = 65_536
"""Bytes of the head of a request at most, whether it comes in one piece or in many."""


class _Protocol(H11Protocol):
    """HTTP/1.1 that lets the application see the connection and the head of its request; only faults use either."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}

    def data_received(self, data: bytes) -> None:
        if self.conn.their_state is h11.IDLE:
            head = (self.conn.trailing_data[0] + data).partition(b"\r\n\r\n")[0]
            if len(head) > _LONGEST_HEAD:  # h11 itself would refuse it in two pieces, and read it in one
                self.send_400_response("Invalid HTTP request received.")
                return
            self.app_state[HEAD] = head
        super().data_received(data)


class ListenError(Exception):
    """The address cannot be listened on; the message says why."""


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises ListenError.
    """
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        server = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ListenError(f"cannot open a socket: {error.strerror}") from error
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        server.bind((host, port))
        server.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        server.close()
        raise ListenError(f"cannot listen on {host} port {port}: {error}") from error
    return server


def origin(server: socket.socket, *, tls: bool) -> str:
    """The URL of a listening socket, without a path."""
    host, port = server.getsockname()[:2]
    address = ipaddress.ip_address(host)
    return f"{'https' if tls else 'http'}://{f'[{address}]' if address.version == 6 else address}:{port}"


def serve(
    app: ASGIApp,
    listener: socket.socket,
    *,
    ready: Callable[[], None],
    context: ssl.SSLContext | None = None,
    until_stdin_closes: bool = False,
) -> None:
    """Serve until SIGTERM or SIGINT, or until standard input ends where asked for.

    `ready` is called once connections are accepted.
    """
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        h11_max_incomplete_event_size=2 * _LONGEST_HEAD,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_graceful_shutdown=_GRACE_S,
    )
    config.load()
    config.ssl = context
    asyncio.run(_Server(config, ready, until_stdin_closes).serve([listener]))


class _Server(uvicorn.Server):
    """Tells when it is ready, and ends with status 0 on a signal instead of raising the signal again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], until_stdin_closes: bool) -> None:
        super().__init__(config)
        self._ready = ready
        self._until_stdin_closes = until_stdin_closes

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        if self._until_stdin_closes:
            threading.Thread(target=self._await_end_of_input, args=(loop,), daemon=True).start()
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    def _stop(self) -> None:
        self.should_exit = True

    def _await_end_of_input(self, loop: asyncio.AbstractEventLoop) -> None:
        # os.read, because a thread that waits inside sys.stdin would hold its lock while the interpreter ends.
        while os.read(0, 4096):
            pass
        loop.call_soon_threadsafe(self._stop)


# A certificate of its own for a server on loopback, made anew at each start and never written to a file that stays.


_VALIDITY = timedelta(days=7)


class TlsUnavailableError(Exception):
    """The package that makes certificates is not installed; the message says how to get it."""


def own_context(host: str) -> ssl.SSLContext:
    """A TLS server context with a self-signed certificate for `host`, localhost and the loopback addresses.

    Raises TlsUnavailableError.
    """
    certificate, key = _self_signed(host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory(prefix="ocr-conformance-") as folder:
        # OpenSSL's context reads a key from files only; mkdtemp makes the folder readable by its owner alone.
        paths = Path(folder) / "certificate.pem", Path(folder) / "key.pem"
        paths[0].write_bytes(certificate)
        paths[1].write_bytes(key)
        context.load_cert_chain(*paths)
    return context


def _self_signed(host: str) -> tuple[bytes, bytes]:
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError as error:
        raise TlsUnavailableError(
            "--tls needs the package cryptography to make a certificate, and it is not installed; "
            "install it with: pip install 'ocr-conformance[tls]'"
        ) from error
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "ocr-conformance reference")])
    addresses = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1"), ipaddress.ip_address(host)}
    names: list[x509.GeneralName] = [x509.DNSName("localhost"), *map(x509.IPAddress, sorted(addresses, key=str))]
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALIDITY)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return certificate.public_bytes(pem), private
