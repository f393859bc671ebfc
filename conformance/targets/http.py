"""A target behind an `http` or `https` origin."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

import httpx

from conformance.exchange import Request, Response, TransportFailure
from conformance.redactor import Redactor, Secret
from conformance.targets.picture_server import LOOPBACK, PictureServer
from conformance.targets.slots import Filled, Signer, Slots
from conformance.targets.target import Credentials, Limits, Target, TargetError, TransportError
from conformance.targets.transport import BoundedClient, Certificate, Client, RawHeaders
from conformance.text import Text

_LAST_PORT = 65_535
"""Beyond it the system takes the lower 16 bits, which is some other server."""


_ORIGIN = Text("an origin such as https://ocr.example.com:8443", "地址，如 https://ocr.example.com:8443")


class HttpTarget:
    """Sends requests to one origin, within limits, and keeps secrets out of whatever it returns.

    The body of a response is what remains once Content-Encoding is undone as far as it can be, with placeholders for
    echoed secrets; the headers stay as sent, so that `Content-Encoding` and `Content-Length` describe the wire.
    Requests go out one at a time, also where several threads send.
    """

    def __init__(
        self,
        origin: str,
        credentials: Credentials,
        *,
        limits: Limits | None = None,
        ca_file: Path | None = None,
        certificate: Certificate | None = None,
        proxy: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
        secret_headers: Sequence[tuple[str, str]] = (),
        sign: Signer | None = None,
        pictures_address: str | None = None,
        pictures_listen: str | None = None,
        client: Client | None = None,
    ) -> None:
        """`origin` may have a path, which then stands before that of each request; it is signed with it, as it is sent.

        `ca_file` holds the only authorities to trust, in PEM; `certificate` is shown where the target asks for one;
        `proxy` is `http://[user:password@]host:port`. `headers` and `secret_headers` go with every request, behind what
        is signed; values of the latter are found where they are echoed.

        `pictures_address` is how the target reaches the pictures that requests name by url, None where it cannot;
        `pictures_listen` the `HOST:PORT` to serve them on where that is another one: see PictureServer. `client`
        takes the place of the bounded one, and closes with the target. Raises TargetError for an origin, a proxy, a CA
        file, credentials or addresses that cannot be used.
        """
        url, base = base_of(origin)
        self.name = str(url).rstrip("/") + base
        self._slots = Slots(self.name, credentials, sign, base)
        more = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *secret_headers)]
        self._more: RawHeaders = tuple(more)
        proxy_url = None if proxy is None else _proxy(proxy)
        self._redactor = Redactor((*self._slots.secrets(), *(Secret("header", value) for _, value in secret_headers)))
        if proxy_url is not None:
            self._redactor = self._redactor.plus(_proxy_secrets(proxy_url))
        self._open = partial(
            BoundedClient, url, limits or Limits(), ca_file=ca_file, certificate=certificate, proxy=proxy_url
        )
        self._own = client is None
        self._client = client or self._open()
        # Loopback without a port is always there: that server starts with the first picture, since most never need it.
        self._on_loopback = pictures_address == LOOPBACK and pictures_listen is None
        stated = pictures_address is not None and not self._on_loopback
        self._pictures = PictureServer(str(pictures_address), pictures_listen) if stated else None
        self._starting = threading.Lock()

    def send(self, request: Request) -> Response | TransportFailure:
        """Send `request` once, serving its pictures meanwhile; never raises for anything that the target does.

        Raises TargetError where the request needs a project id or an address of pictures that was not given, or cannot
        be written as HTTP.
        """
        return self._send(self._client, request)

    def beside(self) -> Target | None:
        """The same target over one more connection, which serves pictures from where this one does; None where the
        client is not this target's own.
        """
        return _Line(self.name, self._open(), self._send) if self._own else None

    def _send(self, client: Client, request: Request) -> Response | TransportFailure:
        server = self._serving() if request.pictures else None
        if server is None:
            return self._sent(client, self._slots.fill(request))
        filled = self._slots.fill(request, server.address)
        with server.offering(request.pictures):
            answer = self._sent(client, filled)
        return replace(answer, body=server.forgotten(answer.body)) if isinstance(answer, Response) else answer

    def _serving(self) -> PictureServer | None:
        """The server of pictures, started where that waited for the first one; None where the target reaches none."""
        with self._starting:
            if self._pictures is None and self._on_loopback:
                self._pictures = PictureServer()
            return self._pictures

    def _sent(self, client: Client, filled: Filled) -> Response | TransportFailure:
        redactor = self._redactor.plus(filled.secrets)
        started = time.monotonic()
        try:
            answer = client.exchange(filled.method, filled.target, (*filled.headers, *self._more), filled.body)
        except TransportError as error:
            detail = redactor.redact_text(error.detail)
            return TransportFailure(error.kind, detail, time.monotonic() - started, error.kept, error.begun)
        headers = tuple(
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in redactor.redact_headers(answer.headers)
        )
        return Response(answer.status, headers, redactor.redact(answer.body), answer.elapsed_s, answer.odd)

    @property
    def origin(self) -> str:
        """Scheme, host and port, for a client that sends what `filled` gives."""
        url, _ = base_of(self.name)
        return str(url).rstrip("/")

    def filled(self, request: Request) -> Filled:
        """The request as it goes out, for a client that sends it in place of this one. Raises TargetError as `send`."""
        filled = self._slots.fill(request)
        return replace(filled, headers=(*filled.headers, *self._more))

    def redacted(self, body: bytes) -> bytes:
        """A body without the secrets of this target."""
        return self._redactor.redact(body)

    def hurry(self, deadline_s: float | None) -> None:
        """See Hurried; the deadline of the target's limits is not exceeded."""
        self._client.hurry(deadline_s)

    def close(self) -> None:
        """Close the connection and stop serving pictures."""
        self._client.close()
        if self._pictures is not None:
            self._pictures.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()


class _Line:
    """One more connection to a target."""

    def __init__(
        self, name: str, client: Client, send: Callable[[Client, Request], Response | TransportFailure]
    ) -> None:
        self.name = name
        self._client = client
        self._send = send

    def send(self, request: Request) -> Response | TransportFailure:
        """See Target."""
        return self._send(self._client, request)

    def close(self) -> None:
        """Close the connection; the target goes on."""
        self._client.close()


def origin_of(text: str) -> httpx.URL:
    """Scheme, host and port of an origin; raises TargetError for anything else."""
    url, base = base_of(text)
    if base:
        raise TargetError(_ORIGIN, Text("a path in it", "地址中带路径"), Text("leave out the path", "请去掉路径"))
    return url


def base_of(text: str) -> tuple[httpx.URL, str]:
    """Scheme, host and port of an address, and the path (`/gateway`, or nothing) that stands before every other.

    Raises TargetError for anything else.
    """
    expected = _ORIGIN
    url = _parsed(text, expected)
    if url.scheme not in ("http", "https"):
        raise TargetError(
            expected,
            Text(f"the scheme {url.scheme!r}", f"协议 {url.scheme!r}"),
            Text("write http:// or https:// before the host", "请在主机名前写 http:// 或 https://"),
        )
    if not url.host:
        raise TargetError(
            expected, Text("no host", "没有主机名"), Text("write scheme, host and port", "请写明协议、主机名和端口")
        )
    if url.userinfo:
        raise TargetError(
            expected,
            Text("a user name or password in it", "地址中带用户名或密码"),
            Text("give credentials with --token instead", "请改用 --token 提供凭证"),
        )
    if url.query or url.fragment:
        raise TargetError(
            expected,
            Text("a query or fragment", "带查询串或片段"),
            Text("leave out what follows the path", "请去掉路径之后的内容"),
        )
    base = url.raw_path.decode("ascii").rstrip("/")
    return httpx.URL(scheme=url.scheme, host=url.host, port=url.port), base


def _proxy(text: str) -> httpx.URL:
    expected = Text("a proxy such as http://proxy.example.com:3128", "代理，如 http://proxy.example.com:3128")
    url = _parsed(text, expected)
    if url.scheme != "http":
        raise TargetError(
            expected,
            Text(f"the scheme {url.scheme!r}", f"协议 {url.scheme!r}"),
            Text("use a proxy that is spoken to in plain HTTP", "请使用以明文 HTTP 访问的代理"),
        )
    if not url.host:
        raise TargetError(
            expected, Text("no host", "没有主机名"), Text("write scheme, host and port", "请写明协议、主机名和端口")
        )
    return url


def _parsed(text: str, expected: Text) -> httpx.URL:
    """The text is not quoted in the error: it may hold a password."""
    try:
        url = httpx.URL(text)
        url.host  # noqa: B018 - decodes the host, which may be no international name although it looks like one
    except (httpx.InvalidURL, UnicodeError):
        raise TargetError(expected, Text("text that is no URL", "不是 URL"), Text("correct it", "请更正")) from None
    if url.port is not None and not 1 <= url.port <= _LAST_PORT:
        raise TargetError(
            expected,
            Text(f"the port {url.port}", f"端口 {url.port}"),
            Text(f"give a port from 1 to {_LAST_PORT}", f"请给出 1～{_LAST_PORT} 的端口"),
        )
    return url


def _proxy_secrets(proxy: httpx.URL) -> tuple[Secret, ...]:
    basic = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode() if proxy.password else ""
    return Secret("proxy-password", proxy.password), Secret("proxy-password", basic)
