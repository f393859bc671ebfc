"""One HTTP client with bounds: a deadline, byte limits, no redirect, no cookie, no proxy that nobody asked for.

httpx makes the request, httpcore and h11 write and read it, over the network layer of `network`. This module reads the
addresses of target and proxy, turns whatever those libraries raise into one TransportError, and drops the connection
after anything odd.
"""

from __future__ import annotations

import base64
import io
import logging
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

import httpcore
import httpx

from conformance.redactor import Secret
from conformance.targets import Limits, TargetError, TransportError, content_codings, decoded
from conformance.targets.framing import HTTP2_CAME, TLS_CAME, Meter
from conformance.targets.network import (
    BoundedNetwork,
    BoundedStream,
    Certificate,
    Resolver,
    language_of,
    look_up,
    tls_context,
)
from conformance.text import Text

RawHeaders: TypeAlias = tuple[tuple[bytes, bytes], ...]

_IDLE_S = 4.0
"""Seconds that an idle connection is kept: below the 5 s of common servers, so that the target is not blamed for a
connection which it closes just when the next request is sent."""

DEFAULT_HEADERS = {"User-Agent": "ocr-conformance", "Accept-Encoding": "identity"}

_IDLE_END = 408
"""Said on a kept connection it is about the silence before the request, not about the request (RFC 9110, 15.5.9)."""

_MALFORMED = (
    ("illegal status line", "The status line is not HTTP."),
    ("illegal header line", "A header line is not HTTP."),
    ("continuation line", "The first header line continues none."),
    ("illegal chunk header", "A chunk header is not HTTP."),
    ("malformed chunk footer", "A chunk does not end where its size says."),
    ("conflicting Content-Length", "The Content-Length headers contradict each other."),
    ("bad Content-Length", "The Content-Length is not a number."),
    ("multiple Transfer-Encoding", "There is more than one Transfer-Encoding header."),
    ("Only Transfer-Encoding", "The Transfer-Encoding is not `chunked`."),
)
_ENDED = ("without sending a response", "closed connection", "unexpectedly closed")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its headers as on the wire and its body decoded; `odd` says in sentences what was odd about it."""

    status: int
    headers: RawHeaders
    body: bytes
    elapsed_s: float
    odd: tuple[str, ...]


class Client(Protocol):
    """Sends a request whose slots are filled, and reads its answer; see BoundedClient."""

    def exchange(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Answer:
        """Raises TransportError and TargetError."""
        ...

    def hurry(self, deadline_s: float | None) -> None:
        """Give each exchange from now on so many seconds, or as many as its limits say."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


class BoundedClient:
    """Sends one request at a time to one origin over a connection that is kept while nothing odd happens."""

    def __init__(
        self,
        origin: httpx.URL,
        limits: Limits,
        *,
        ca_file: Path | None = None,
        certificate: Certificate | None = None,
        proxy: httpx.URL | None = None,
        resolve: Resolver = look_up,
    ) -> None:
        """`certificate` is what the kit shows where it is asked. Raises TargetError for files that cannot be used."""
        context = tls_context(ca_file, certificate) if origin.scheme == "https" else None
        self._origin = origin
        self._limits = limits
        self._lock = threading.Lock()
        self._suspicious = False
        self._greeted = origin.scheme == "https" or proxy is not None
        self._network = BoundedNetwork(limits, "proxy" if proxy else "target", resolve)
        self._pool = _pool(self._network, context, proxy)
        self._client = httpx.Client(
            transport=_Transport(self._pool),
            headers=DEFAULT_HEADERS,
            timeout=None,  # the network layer keeps the deadline
            trust_env=False,
            follow_redirects=False,
        )
        # Below INFO httpcore logs the headers of each answer, which may hold an echoed secret.
        logging.getLogger("httpcore").setLevel(logging.INFO)

    def exchange(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Answer:
        """Send one request and read its answer.

        `target` is the path and query exactly as they are to appear in the request line. Raises TransportError for
        whatever the other side did, TargetError where the request cannot be written as HTTP.
        """
        with self._lock:
            meter = self._network.begin(method)
            try:
                answer = self._exchange(meter, method, target, headers, body)
            except BaseException as error:
                self._pool.close()
                if isinstance(error, TransportError):
                    raise self._explained(error, meter) from None
                raise
            finally:
                self._suspicious |= meter.suspicious
            if answer.odd or self._suspicious:
                self._pool.close()
            return answer

    def _explained(self, error: TransportError, meter: Meter) -> TransportError:
        """The error of a first exchange that was closed without a word, by what the port speaks instead of HTTP/1.1."""
        first, self._greeted = not self._greeted, True
        if not first or error.kind != "closed" or meter.stage == "receiving":
            return error
        spoken = language_of(self._origin.host, self._origin.port or 80)
        return TransportError("malformed", TLS_CAME if spoken == "tls" else HTTP2_CAME) if spoken else error

    def hurry(self, deadline_s: float | None) -> None:
        """See Client."""
        self._network.hurry(deadline_s)

    def _exchange(self, meter: Meter, method: str, target: bytes, headers: RawHeaders, body: bytes) -> Answer:
        extensions = {"target": target}
        request = self._client.build_request(
            method, self._origin, headers=list(headers), content=body, extensions=extensions
        )
        taken = io.BytesIO()  # gives its bytes away without a copy
        try:
            response = self._client.send(request, stream=True)
            try:
                for part in response.iter_raw():
                    taken.write(part)
                    meter.left()
            finally:
                response.close()
                # httpx ties response, stream and request in a cycle that would keep the body of the request alive
                response.stream = httpx.ByteStream(b"")
        except (httpcore.ProtocolError, httpcore.NetworkError, httpcore.ProxyError) as error:
            raise _translated(error, meter) from None
        if response.status_code == _IDLE_END and meter.reused:
            raise meter.ended_idle()
        self._greeted = True
        elapsed = meter.elapsed()
        self._look_for_leftovers(meter, response)
        answer_headers: RawHeaders = response.extensions["answer_headers"]
        codings = content_codings(value for name, value in answer_headers if name.lower() == b"content-encoding")
        content = decoded(taken.getvalue(), codings, self._limits.decoded_bytes)
        return Answer(response.status_code, answer_headers, content, elapsed, tuple(dict.fromkeys(meter.odd)))

    def _look_for_leftovers(self, meter: Meter, response: httpx.Response) -> None:
        """Bytes after the end of an answer would be taken for the answer to the next request."""
        framing = meter.framing
        stream = response.extensions["network_stream"]
        if framing.peculiar:
            meter.odd.append("The head leaves open where the body ends.")
        elif framing.leftover or (framing.complete and isinstance(stream, BoundedStream) and stream.probe() == "bytes"):
            meter.unasked()

    def close(self) -> None:
        """Close the connection; the client cannot be used afterwards."""
        self._client.close()


class _Transport(httpx.BaseTransport):
    """Hands a request to httpcore and keeps the headers of the answer from httpx.

    httpx would parse `Location` even where it follows no redirect, and raise on a malformed one, and it would send
    cookies back. The headers travel in the extension `answer_headers` instead.
    """

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.extensions["target"],
        )
        answer = self._pool.handle_request(
            httpcore.Request(request.method, url, headers=request.headers.raw, content=request.stream)
        )
        extensions = {
            "answer_headers": tuple(answer.headers),
            "network_stream": answer.extensions["network_stream"],
        }
        return httpx.Response(answer.status, stream=_Body(answer), extensions=extensions)

    def close(self) -> None:
        self._pool.close()


class _Body(httpx.SyncByteStream):
    """The body of an answer of httpcore, as httpx wants it."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


def _pool(network: BoundedNetwork, context: ssl.SSLContext | None, proxy: httpx.URL | None) -> httpcore.ConnectionPool:
    if proxy is None:
        return httpcore.ConnectionPool(
            ssl_context=context, max_connections=1, keepalive_expiry=_IDLE_S, network_backend=network
        )
    user, password = proxy.username, proxy.password
    return httpcore.HTTPProxy(
        proxy_url=httpcore.URL(scheme=b"http", host=proxy.raw_host, port=proxy.port or 80, target=b"/"),
        proxy_auth=(user.encode(), password.encode()) if user or password else None,
        ssl_context=context,
        max_connections=1,
        keepalive_expiry=_IDLE_S,
        network_backend=network,
    )


def _translated(error: Exception, meter: Meter) -> TransportError | TargetError:
    """What an exception of httpcore means, in words that neither quote bytes of the target nor change with h11."""
    text = str(error)
    if isinstance(error, httpcore.LocalProtocolError):
        return TargetError(
            Text("a request that can be written as HTTP/1.1", "能写成 HTTP/1.1 的请求"),
            Text(
                "a method, target or header with characters that HTTP does not allow, or a wrong Content-Length",
                "HTTP 不允许的方法、路径或消息头字符，或错误的 Content-Length",
            ),
            Text("correct the case that makes this request", "请更正产生该请求的用例"),
        )
    if isinstance(error, httpcore.ProxyError):
        return TransportError("unreachable", f"The proxy answered {text[:3]} instead of opening a tunnel.")
    if isinstance(error, httpcore.NetworkError) or any(sign in text for sign in _ENDED):
        return meter.ended()
    if "Receive buffer too long" in text:
        return TransportError("too-large", "A chunk header or the trailers are longer than 100 KiB.")
    found = (sentence for prefix, sentence in _MALFORMED if text.lower().startswith(prefix.lower()))
    return TransportError("malformed", next(found, "What came back is not HTTP/1.1."))


# The addresses of targets and proxies, read strictly: what is wrong with one is told before anything is sent.


_LAST_PORT = 65_535
"""Beyond it the system takes the lower 16 bits, which is some other server."""


_ORIGIN = Text("an origin such as https://ocr.example.com:8443", "地址，如 https://ocr.example.com:8443")


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


def proxy_of(text: str) -> httpx.URL:
    """The address of a proxy, with its user and password; raises TargetError for anything else."""
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


def proxy_secrets(proxy: httpx.URL) -> tuple[Secret, ...]:
    """The password of a proxy, as it is and as it is sent; empty values where there is none."""
    basic = base64.b64encode(f"{proxy.username}:{proxy.password}".encode()).decode() if proxy.password else ""
    return Secret("proxy-password", proxy.password), Secret("proxy-password", basic)
