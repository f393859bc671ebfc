"""The network layer under httpcore, TLS included: every operation ends within what is left of the deadline.

httpcore's own backend takes a timeout for each operation, so that a drip of bytes never ends. This one asks the meter
of the exchange how much time is left, counts what it reads, and looks for an answer while a long request is still
being written. Raises TransportError, or httpcore.WriteError where an answer may still be readable.
"""

from __future__ import annotations

import ipaddress
import queue
import re
import selectors
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import httpcore
import httpx

from conformance.files import os_reason
from conformance.targets import Limits, TargetError, TransportError
from conformance.targets.framing import HTTP2_CAME, AnswerFraming, Meter
from conformance.text import Text, said_of

_READ_BYTES = 64 * 1024

Address: TypeAlias = tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
AddressInfo: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Address]
Resolver: TypeAlias = Callable[[str, int], Sequence[AddressInfo]]
SocketOption: TypeAlias = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]

_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_IDLE_END = re.compile(rb"HTTP/1\.[01] 408 ")
_HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes((0, 0, 0, 4, 0, 0, 0, 0, 0))
_GREETING_S = 3.0
_CLIENT_CERTIFICATE_WANTED = "TLSV13_ALERT_CERTIFICATE_REQUIRED"
_CERTIFICATE_REFUSED = re.compile(
    "ALERT_(UNKNOWN_CA|(BAD|UNSUPPORTED)_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED))"
)
_NOT_ACCEPTED = "The target does not accept the client certificate of the kit."


def look_up(host: str, port: int) -> Sequence[AddressInfo]:
    """The addresses of a host name, as the operating system gives them; raises OSError or UnicodeError."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _connected(info: AddressInfo, timeout: float) -> socket.socket:
    family, kind, protocol, _, address = info
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(timeout)
        sock.connect(address)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except OSError:
        sock.close()
        raise
    return sock


class BoundedNetwork(httpcore.NetworkBackend):
    """Opens connections for one exchange at a time; `meter` is the one of the exchange under way."""

    def __init__(self, limits: Limits, peer: str = "target", resolve: Resolver = look_up) -> None:
        """`peer` is what failures call the other side of the connection: the target, or a proxy before it."""
        self.meter = Meter(limits, "GET")
        self._limits = self._usual = limits
        self._peer = peer
        self._resolve = resolve

    def begin(self, method: str) -> Meter:
        """Start the clock of the next exchange."""
        self.meter = Meter(self._limits, method)
        return self.meter

    def hurry(self, deadline_s: float | None) -> None:
        """Shorten the deadline of the exchanges that follow, or make it the usual one."""
        self._limits = self._usual.hurried(deadline_s)

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline of the exchange counts
        local_address: str | None = None,  # noqa: ARG002 - httpcore's signature
        socket_options: Iterable[SocketOption] | None = None,  # noqa: ARG002
    ) -> BoundedStream:
        """Connect to the first address that takes the connection; each gets its share of the time left."""
        addresses = self._addresses(host, port)
        failures: list[OSError] = []
        for position, address in enumerate(addresses):
            share = self.meter.left() / (len(addresses) - position)
            try:
                sock = _connected(address, share)
            except OSError as error:
                failures.append(error)
            else:
                self.meter.connected()
                return BoundedStream(sock, self)
        raise self._unconnected(failures)

    def _unconnected(self, failures: list[OSError]) -> TransportError:
        if any(isinstance(error, ConnectionRefusedError) for error in failures):
            return TransportError("refused", f"The {self._peer} refused the connection.")
        if isinstance(failures[-1], TimeoutError):
            return self.meter.deadline_passed()
        if isinstance(failures[-1], ConnectionResetError):  # it was taken, and reset before this side had heard so
            self.meter.connected()
            return self.meter.ended()
        reason = (failures[-1].strerror or "no reason given").lower()
        return TransportError("unreachable", f"The {self._peer} could not be reached: {reason}.")

    def _addresses(self, host: str, port: int) -> Sequence[AddressInfo]:
        """Resolve in a thread: the operating system's resolver takes no timeout and may hang for minutes."""
        answers: queue.SimpleQueue[Sequence[AddressInfo]] = queue.SimpleQueue()

        def resolve() -> None:
            try:
                answers.put(self._resolve(host, port))
            except (OSError, UnicodeError):
                answers.put([])

        if _is_address(host):
            resolve()  # nothing to wait for
        else:
            threading.Thread(target=resolve, daemon=True).start()
        try:
            addresses = answers.get(timeout=self.meter.left())
        except queue.Empty:
            raise TransportError("unresolved", "The host name was not resolved within the deadline.") from None
        if not addresses:
            raise TransportError("unresolved", f"The host name of the {self._peer} does not resolve.")
        return addresses


def language_of(host: str, port: int) -> Literal["tls", "http2"] | None:
    """What a port speaks that closes connections on HTTP/1.1, found by a greeting in either; None for neither."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((host, port), _GREETING_S) as plain,
            context.wrap_socket(plain, server_hostname=host),
        ):
            return "tls"
    except ssl.SSLError as error:
        if "ALERT" in (error.reason or ""):
            return "tls"  # it answered in TLS, that it does not like something
    except OSError:
        pass
    try:
        with socket.create_connection((host, port), _GREETING_S) as plain:
            plain.sendall(_HTTP2_PREFACE)
            greeting = AnswerFraming("GET", Limits())
            greeting.feed(plain.recv(64))
    except TransportError as error:
        return "http2" if error.detail == HTTP2_CAME else None
    except OSError:
        pass
    return None


class BoundedStream(httpcore.NetworkStream):
    """One connection, plain or TLS, that belongs to the exchange under way on its network."""

    def __init__(self, sock: socket.socket, network: BoundedNetwork) -> None:
        self._sock = sock
        self._network = network
        self._early = bytearray()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """At most `max_bytes`, empty at the end of the connection; raises TransportError."""
        if self._early:
            data = bytes(self._early[:max_bytes])
            del self._early[:max_bytes]
            return data
        meter = self._network.meter
        if meter.stage == "sending":
            meter.stage = "waiting"
        self._sock.settimeout(meter.left())
        try:
            data = self._sock.recv(max_bytes)
        except TimeoutError:
            raise meter.deadline_passed() from None
        except OSError as error:
            raise self._broken(error) from None
        meter.received(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """Write all of `buffer`; raises TransportError at the deadline, httpcore.WriteError where writing is over."""
        meter = self._network.meter
        meter.sending()
        rest = memoryview(buffer)
        self._sock.settimeout(0)
        while rest:
            try:
                rest = rest[self._sock.send(rest) :]
            except ssl.SSLWantReadError:
                self._wait_for_room(meter, selectors.EVENT_READ)
            except _NOT_YET:
                self._wait_for_room(meter, selectors.EVENT_READ | selectors.EVENT_WRITE)
            except OSError:
                raise self._writing_over() from None

    def _wait_for_room(self, meter: Meter, events: int) -> None:
        """Wait until more can be written, and take in what the other side says meanwhile."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._sock, events)
            ready = selector.select(meter.left())
        if not ready:
            raise meter.deadline_passed()
        if not ready[0][1] & selectors.EVENT_READ:
            return
        try:
            data = self._sock.recv(_READ_BYTES)
        except _NOT_YET:
            return
        except OSError:
            raise self._writing_over() from None
        meter.received(data)
        if not meter.framing.begun:
            meter.stage = "sending"
        self._early += data
        refused = meter.framing.begun and not 200 <= meter.framing.status < 300
        if not data or refused or meter.framing.complete:
            raise self._writing_over()

    def _writing_over(self) -> httpcore.WriteError:
        # httpcore then reads the answer, if there is one, and does not use the connection again
        self._network.meter.odd.append("The request was not taken to its end.")
        return httpcore.WriteError()

    def _broken(self, error: OSError) -> TransportError:
        if isinstance(error, ssl.SSLError) and error.reason == _CLIENT_CERTIFICATE_WANTED:
            return TransportError("tls", "The target asks for a client certificate, and the kit has none.")
        if isinstance(error, ssl.SSLError) and _CERTIFICATE_REFUSED.search(error.reason or ""):
            return TransportError("tls", _NOT_ACCEPTED)
        return self._network.meter.ended()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> BoundedStream:
        """Speak TLS from here on; raises TransportError of kind `tls`."""
        meter = self._network.meter
        meter.stage = "handshake"
        try:
            self._sock.settimeout(meter.left())
            secured = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except TimeoutError:
            raise meter.deadline_passed() from None
        except ssl.SSLCertVerificationError as error:
            reason = error.verify_message.rstrip(".")
            raise TransportError("tls", f"The certificate was not accepted: {reason}.") from None
        except ssl.SSLEOFError:
            raise TransportError("tls", "The connection ended during the TLS handshake.") from None
        except ssl.SSLError as error:
            if _CERTIFICATE_REFUSED.search(error.reason or ""):
                raise TransportError("tls", _NOT_ACCEPTED) from None
            reason = (error.reason or "no reason given").replace("_", " ").lower()
            raise TransportError("tls", f"The TLS handshake failed: {reason}.") from None
        except OSError:
            raise TransportError("tls", "The connection ended during the TLS handshake.") from None
        finally:
            self._sock.close()  # wrap_socket took its file descriptor over, or the handshake failed
        meter.connected()
        return BoundedStream(secured, self._network)

    def probe(self) -> Literal["quiet", "bytes", "ended"]:
        """What an idle connection holds: nothing, as it should, unasked bytes, or its end. Bytes found are consumed.

        A server that closes an idle connection may say so first, with 408 (RFC 9110, section 15.5.9).
        """
        if self._early:
            return "bytes"
        try:
            self._sock.settimeout(0)
            found = self._sock.recv(_READ_BYTES)
            return "bytes" if found and not _IDLE_END.match(found) else "ended"
        except _NOT_YET:
            return "quiet"
        except OSError:
            return "ended"

    def get_extra_info(self, info: str) -> object:
        """What httpcore asks: the TLS side of the connection, and whether it may still be used (`is_readable`)."""
        if info == "ssl_object":
            return self._sock if isinstance(self._sock, ssl.SSLSocket) else None
        if info != "is_readable":
            return None
        state = self.probe()
        if state == "bytes":
            self._network.meter.unasked()
        return state != "quiet"

    def close(self) -> None:
        """Close the connection at once."""
        self._sock.close()


# What TLS trusts, and what it shows of the kit.


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the kit shows of itself where a target asks: PEM files; without `key` it is in the same file."""

    file: Path
    key: Path | None = None


def tls_context(ca_file: Path | None, certificate: Certificate | None = None) -> ssl.SSLContext:
    """Verifies certificates, by `ca_file` alone or by the authorities that httpx brings; raises TargetError."""
    context = httpx.create_ssl_context(trust_env=False) if ca_file is None else _trusting(ca_file)
    if certificate is not None:
        _show(context, certificate)
    return context


def _trusting(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=str(ca_file))
    except ssl.SSLError:
        observed = Text(f"no certificate in {ca_file}", f"{ca_file} 中没有证书")
    except OSError as error:
        observed = said_of(ca_file, os_reason(error))
    raise TargetError(
        Text("a CA file with PEM certificates", "含 PEM 证书的 CA 文件"),
        observed,
        Text("give the path of the authority's certificate", "请给出 CA 证书的路径"),
    )


def _show(context: ssl.SSLContext, certificate: Certificate) -> None:
    def locked() -> str:
        raise TargetError(
            Text("a client certificate whose key can be read", "密钥可读的客户端证书"),
            Text("a key with a passphrase", "有口令的密钥"),
            Text("give a key without one, in PEM", "请给出没有口令的 PEM 密钥"),
        )

    file, key = certificate.file, certificate.key
    try:
        context.load_cert_chain(file, key, locked)
        return
    except ssl.SSLError as error:
        where = Text(str(file), str(file)) if key is None else Text(f"{file} and {key}", f"{file} 和 {key}")
        observed = Text(f"no certificate with its key in {where.en}", f"{where.zh} 中没有证书及其密钥")
        if error.reason == "KEY_VALUES_MISMATCH":
            observed = Text(f"a key of another certificate in {where.en}", f"{where.zh} 中的密钥属于另一证书")
    except OSError as error:
        missing = next((path for path in (file, key) if path is not None and not path.is_file()), file)
        observed = said_of(missing, os_reason(error))
    raise TargetError(
        Text("a client certificate and its private key in PEM", "PEM 格式的客户端证书及其私钥"),
        observed,
        Text("correct [target.tls]", "请更正 [target.tls]"),
    )
