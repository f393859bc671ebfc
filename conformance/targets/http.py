"""A target behind an `http` or `https` origin: fills the slots of a request, and keeps secrets out of the answer."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import quote

from conformance.exchange import PICTURES_SLOT, PROJECT_SLOT, Auth, Request, Response, TransportFailure
from conformance.redactor import Redactor, Secret
from conformance.targets import Credentials, Limits, Target, TargetError, TransportError
from conformance.targets.network import Certificate
from conformance.targets.picture_server import LOOPBACK, PictureServer
from conformance.targets.transport import BoundedClient, Client, RawHeaders, base_of, proxy_of, proxy_secrets
from conformance.text import Text, plain


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
        self.origin = str(url).rstrip("/")
        """Scheme, host and port, for a client that sends what `filled` gives."""
        self.name = self.origin + base
        self._slots = Slots(self.name, credentials, sign, base)
        more = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*headers, *secret_headers)]
        self._more: RawHeaders = tuple(more)
        proxy_url = None if proxy is None else proxy_of(proxy)
        self._redactor = Redactor((*self._slots.secrets(), *(Secret("header", value) for _, value in secret_headers)))
        if proxy_url is not None:
            self._redactor = self._redactor.plus(proxy_secrets(proxy_url))
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

    def filled(self, request: Request) -> Filled:
        """The request as it goes out, for a client that sends it in place of this one. Raises TargetError as `send`."""
        filled = self._slots.fill(request)
        return replace(filled, headers=(*filled.headers, *self._more))

    def hide(self, secrets: Iterable[Secret]) -> None:
        """Keep further secrets out of whatever is returned from now on."""
        self._redactor = self._redactor.plus(secrets)

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


# The slots of a request: project, pictures, and credentials, spoiled where a fault says so.


Headers: TypeAlias = tuple[tuple[str, str], ...]
Signer: TypeAlias = Callable[[str, str, Headers, bytes], Headers]
"""From method, full URL, headers and body to the headers to send, signature included.

A signer keeps an `X-Sdk-Date` that is already there, so that an expired signature can be asked for.
"""

GARBAGE_TOKEN = "this-is-no-token-of-any-service-0000000000"
OTHER_PROJECTS = ("0f1e2d3c4b5a69788796a5b4c3d2e1f0", "f0e1d2c3b4a5968778695a4b3c2d1e0f")
LONG_AGO = "20200101T000000Z"
SKEW = timedelta(hours=1)
"""How far ahead a skewed date is: documented are 15 minutes either way."""

_TOKEN_HEADER = "X-Auth-Token"
SIGNATURE_HEADER = "Authorization"
DATE_HEADER = "X-Sdk-Date"
DATE_FORMAT = "%Y%m%dT%H%M%SZ"
_PATH_SAFE = "".join(chr(code) for code in range(0x21, 0x7F))


def expired_token() -> str:
    """Shaped like a token of the identity service (CMS in base64), of nobody, the same in every run."""
    filler = b"".join(hashlib.sha256(b"expired token %d" % number).digest() for number in range(30))
    return base64.b64encode(b"0\x82\x03\xc1\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02" + filler).decode()


def spoiled(secret: str) -> str:
    """`secret` with its last four characters changed, padding apart; same length and classes of characters."""
    body = secret.rstrip("=") or secret
    kept, changed = body[:-4], body[-4:]
    return kept + "".join(_other(character) for character in changed) + secret[len(body) :]


def _changed_first(secret: str) -> str:
    """`secret` with its first four characters changed."""
    return "".join(_other(character) for character in secret[:4]) + secret[4:]


def _other(character: str) -> str:
    for group in ("0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"):
        if character in group:
            return group[(group.index(character) + len(group) // 2) % len(group)]
    return "-" if character != "-" else "_"


@dataclass(frozen=True, slots=True)
class Filled:
    """A request with nothing left open: `target` is the path and query of the request line.

    `secrets` holds what only this request carries: a signature, or what stands in for a token.
    """

    method: str
    target: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    secrets: tuple[Secret, ...] = ()


class Slots:
    """Turns requests of the kit into requests for one target."""

    def __init__(self, address: str, credentials: Credentials, sign: Signer | None, base: str = "") -> None:
        """`base` is the path at the end of `address`, which stands before that of each request.

        Raises TargetError for credentials that cannot be used.
        """
        credentials.check(signed=sign is not None)
        self._address = address
        self._base = base
        self._credentials = credentials
        self._sign = sign
        self._expired = expired_token()

    def secrets(self) -> tuple[Secret, ...]:
        """The values that a target could echo whatever is sent, and the token spoiled, which gives most of it away."""
        own = self._credentials
        token = own.token or ""
        return (
            Secret("token", token),
            Secret("token", spoiled(token) if token else ""),
            Secret("ak", own.ak or ""),
            Secret("sk", own.sk or ""),
            Secret("security-token", own.security_token or ""),
            Secret("project-id", own.project_id),
        )

    def fill(self, request: Request, pictures: str | None = None) -> Filled:
        """Put in the project id, the credentials, and `pictures`: the address at which the target reaches those of the
        request. Raises TargetError where the project id or the address is wanted and missing.
        """
        project = self._project(request)
        path = request.path.replace(PROJECT_SLOT, quote(project, safe=""))
        if not path.startswith("/"):
            raise TargetError(
                Text("a path that begins with /", "以 / 开头的路径"),
                plain(repr(request.path)),
                Text("correct the case", "请更正用例"),
            )
        path = quote(path, safe=_PATH_SAFE)
        headers = tuple((name, value.replace(PROJECT_SLOT, project)) for name, value in request.headers)
        body = _with_address(request, pictures)
        if self._sign is None:
            added = self._token_header(request.auth)
            headers += added
            secrets = tuple(Secret("token", value) for _, value in added)
        else:
            headers = self._signed(request, path, headers, body)
            secrets = _signature_secrets(headers)
        raw = tuple((name.encode(), value.encode()) for name, value in headers)
        return Filled(request.method, (self._base + path).encode(), raw, body, secrets)

    def _project(self, request: Request) -> str:
        own = self._credentials.project_id
        if request.auth == "other-project":
            return next(project for project in OTHER_PROJECTS if project != own)
        wanted = PROJECT_SLOT in request.path or any(PROJECT_SLOT in value for _, value in request.headers)
        if wanted and not own:
            raise TargetError(
                Text(f"a project id for {request.path}", f"{request.path} 所需的项目 ID"),
                Text("none", "无"),
                Text(
                    "set OCR_CONFORMANCE_PROJECT_ID to the id of the project",
                    "请将 OCR_CONFORMANCE_PROJECT_ID 设为项目 ID",
                ),
            )
        return own

    def _token_header(self, auth: Auth) -> Headers:
        own = self._credentials.token
        to_spoil = own or self._expired
        match auth:
            case "absent":
                return ()
            case "empty":
                value = ""
            case "garbage":
                value = GARBAGE_TOKEN
            case "expired":
                value = self._expired
            case "bad-signature":
                value = spoiled(to_spoil)
            case "skewed-date":
                value = to_spoil[: len(to_spoil) // 2]
            case "changed-body":
                value = _changed_first(to_spoil)
            case "valid" | "other-project" | "unknown":
                if not own:
                    return ()
                value = own
        return ((_TOKEN_HEADER, value),)

    def _signed(self, request: Request, path: str, headers: Headers, body: bytes) -> Headers:
        sign = self._sign
        if sign is None or request.auth == "absent":
            return headers
        if request.auth in ("empty", "garbage"):
            value = GARBAGE_TOKEN if request.auth == "garbage" else ""
            return (*headers, (SIGNATURE_HEADER, value))
        if request.auth == "expired":
            headers = (*headers, (DATE_HEADER, LONG_AGO))
        elif request.auth == "skewed-date":
            headers = (*headers, (DATE_HEADER, (datetime.now(UTC) + SKEW).strftime(DATE_FORMAT)))
        elif request.auth == "changed-body":
            body += b" "
        signed = sign(request.method, self._address + path, headers, body)
        if request.auth != "bad-signature":
            return signed
        return tuple(
            (name, spoiled(value) if name.lower() == SIGNATURE_HEADER.lower() else value) for name, value in signed
        )


def _with_address(request: Request, address: str | None) -> bytes:
    if not request.pictures:
        return request.body
    if address is None:
        raise TargetError(
            Text("an address at which the target reaches pictures of the kit", "被测系统访问套件图片的地址"),
            Text("none", "无"),
            Text(
                "state one for this target, or leave out requests with a url",
                "请为该被测系统声明地址，或不使用带 url 的请求",
            ),
        )
    return request.body.replace(PICTURES_SLOT.encode(), address.encode())


def _signature_secrets(headers: Headers) -> tuple[Secret, ...]:
    """The whole value of the header, and the signature at its end."""
    values = [value for name, value in headers if name.lower() == SIGNATURE_HEADER.lower()]
    return tuple(Secret("signature", part) for value in values for part in (value, value.rpartition("=")[2]))
