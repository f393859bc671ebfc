"""Targets: what each of them offers, who calls it, within which bounds, and how its answers are decoded.

`http` is any origin, `asgi` an application in this process, `reference` the kit's own implementation; a recording that
answers is in the room `recordings`. Below them: `transport`, one client with bounds, on its `network` layer, with
`framing` of what arrives. Who calls: `accounts`, with `authentication` beyond a token. What a `url` of a request names
comes from a `picture_server`.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from conformance.exchange import FailureKind, Request, Response, TransportFailure
from conformance.files import BadInput
from conformance.text import Text, plain

if TYPE_CHECKING:
    import respx


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets of a target: never written to a file, never printed.

    `security_token` goes with temporary keys. `project_id` fills the slot of that name; it is no secret, but says whose
    account it is, so recordings leave it out.
    """

    token: str | None = None
    ak: str | None = None
    sk: str | None = None
    project_id: str = ""
    security_token: str | None = None

    def __repr__(self) -> str:
        """Says which secrets are there, never what they are."""
        held = [name for name in ("token", "ak", "sk", "security_token", "project_id") if getattr(self, name)]
        return f"Credentials({', '.join(held) or 'none'})"

    def check(self, *, signed: bool) -> None:
        """Raise TargetError for keys without a signer, a signer without keys, and values that no header can carry."""
        keys = bool(self.ak), bool(self.sk)
        if signed and not all(keys):
            raise TargetError(
                Text("an access key and its secret for the signer", "签名所需的 AK 和 SK"),
                Text("not both", "不全"),
                Text("give CLOUD_SDK_AK and CLOUD_SDK_SK", "请设置 CLOUD_SDK_AK 和 CLOUD_SDK_SK"),
            )
        if not signed and any(keys) and not self.token:
            raise TargetError(
                Text("a token, or keys with a signer", "Token，或密钥及签名工具"),
                Text("an access key, but nothing to sign with", "有密钥而无签名工具"),
                Text("install ocr-conformance[aksk], or give a token", "请安装 ocr-conformance[aksk]，或提供 Token"),
            )
        for name in ("token", "ak", "sk", "security_token", "project_id"):
            value: str | None = getattr(self, name)
            if value and not all("!" <= character <= "~" for character in value):
                raise TargetError(
                    Text(f"visible ASCII characters in {name}", f"{name} 只含可见的 ASCII 字符"),
                    Text("a character that no header can carry", "含有消息头不能携带的字符"),
                    Text("remove it, often a line break at the end", "请删去该字符，常为末尾的换行"),
                )


@runtime_checkable
class Target(Protocol):
    """An implementation under test, however it is reached."""

    @property
    def name(self) -> str:
        """How reports call it: an origin, `reference`, or `cassette:DIR`; never with a secret."""
        ...

    def send(self, request: Request) -> Response | TransportFailure:
        """Fill the slots of `request`, send it once, and return what came back, echoed secrets replaced."""
        ...

    def close(self) -> None:
        """Release connections and processes."""
        ...


@runtime_checkable
class Parallel(Protocol):
    """A target that takes several requests at once, each over a connection of its own."""

    def beside(self) -> Target | None:
        """The same target over one more connection; None where it has none to give."""
        ...


@runtime_checkable
class Hurried(Protocol):
    """A target that can be told to wait for less time than its own deadline; others wait as long as they do."""

    def hurry(self, deadline_s: float | None) -> None:
        """Wait at most `deadline_s` seconds for each answer from now on; None for as long as usual."""
        ...


# The two errors of this room: a mistake in what the kit was told, and an exchange that brought no response.


class TargetError(BadInput):
    """The kit cannot talk to this target as told: a mistake in the command, the credentials or a case, not a finding.

    The one message holds what was expected, what was observed, and what to do next; never a secret.
    """

    def __init__(self, expected: Text, observed: Text, next_step: Text) -> None:
        super().__init__(
            Text(
                f"expected {expected.en}; observed {observed.en}; {next_step.en}",
                f"应为：{expected.zh}；实际：{observed.zh}；{next_step.zh}",
            )
        )


class TransportError(Exception):
    """No response can be had; becomes a `TransportFailure` before it leaves the target."""

    def __init__(self, kind: FailureKind, detail: str, *, kept: bool = False, begun: bool = False) -> None:
        super().__init__(detail)
        self.kind: FailureKind = kind
        self.detail = detail
        self.kept = kept
        self.begun = begun


# The bounds of one exchange.


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of time and memory one exchange may take.

    `deadline_s`: seconds for name resolution, connection, request and answer together. `wire_bytes`: what is read from
    the connection, heads included. `decoded_bytes`: the body after Content-Encoding is undone. `header_count` and
    `header_bytes`: header lines and bytes of one head. `interim_answers`: 1xx answers before the answer itself.
    """

    deadline_s: float = 30.0
    wire_bytes: int = 16 * 1024 * 1024
    decoded_bytes: int = 16 * 1024 * 1024
    header_count: int = 256
    header_bytes: int = 64 * 1024
    interim_answers: int = 32

    def __post_init__(self) -> None:
        """Raise TargetError where a limit is not above zero."""
        for name in ("deadline_s", "wire_bytes", "decoded_bytes", "header_count", "header_bytes"):
            if not getattr(self, name) > 0:
                raise TargetError(
                    Text(f"{name} above zero", f"{name} 大于零"),
                    plain(str(getattr(self, name))),
                    Text("give a positive limit", "请给出正数"),
                )

    def hurried(self, deadline_s: float | None) -> Limits:
        """These limits with a deadline that is not later than `deadline_s`, where that is given."""
        return self if deadline_s is None else replace(self, deadline_s=min(self.deadline_s, deadline_s))


# A target in the place of a service, for a client that asks it over httpx.


_OF_THE_WIRE = frozenset({"transfer-encoding", "content-length", "content-encoding", "connection"})
"""Headers that say how an answer was sent; what a target returns has its codings undone."""


@contextmanager
def answering(target: Target, origin: str, read: Callable[[object], Request]) -> Iterator[respx.MockRouter]:
    """Whatever is sent to `origin` over httpx is answered by a target; `read` makes a request of that of httpx.

    What is no answer raises the exception of httpx. Yields the router of respx, which knows the calls.
    """
    import httpx  # late, as respx, which is slow to import: only tests need either
    import respx

    broken_off = httpx.RemoteProtocolError
    raised = {"timeout": httpx.ReadTimeout, "closed": broken_off, "malformed": broken_off, "too-large": broken_off}

    def answer(sent: httpx.Request) -> httpx.Response:
        found = target.send(read(sent))
        if isinstance(found, TransportFailure):
            raise raised.get(found.kind, httpx.ConnectError)(f"{found.kind}: {found.detail}", request=sent)
        headers = [(name, value) for name, value in found.headers if name.lower() not in _OF_THE_WIRE]
        return httpx.Response(found.status, headers=_as_bytes(headers), content=found.body)

    with respx.mock(base_url=origin, assert_all_called=False) as router:
        router.route().mock(side_effect=answer)
        yield router


def _as_bytes(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    """Headers as bytes, so that httpx does not have to guess how they are encoded."""
    return [(name.encode("latin-1", "replace"), value.encode("latin-1", "replace")) for name, value in headers]


# Undoes Content-Encoding within a byte limit.
#
# The kit asks for `identity`; a target may answer with gzip or deflate all the same. A body is decoded as far as it
# decodes: a truncated or damaged one up to the damage, as a lenient client would show it. Where nothing decodes, no
# client can read it. Where the coding is another one, the body stays as it was on the wire.


_PIECE = 64 * 1024
_MOST_AT_ONCE = 1024 * 1024
_MOST_CODINGS = 4
_MOST_MEMBERS = 64
_GZIP, _ZLIB, _RAW = 31, 15, -15


def decoded(body: bytes, codings: Sequence[bytes], limit: int) -> bytes:
    """`body` with `codings` (in the order they were applied) undone.

    Raises TransportError above `limit` bytes, and where the bytes are not of the coding that is named.
    """
    if len(codings) > _MOST_CODINGS:
        return body
    for coding in reversed(codings):
        if coding in (b"gzip", b"x-gzip"):
            result = _gunzip(body, limit)
        elif coding == b"deflate":
            result = _inflate(body, limit)
        else:
            return body
        if result is None and body:
            name = coding.decode("ascii")
            raise TransportError("malformed", f"The Content-Encoding says {name}, and the body is none.")
        body = result or b""
    return body


def content_codings(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """The codings named by the values of the Content-Encoding headers, in order, without `identity`."""
    names = (name.strip().lower() for value in values for name in value.split(b","))
    return tuple(name for name in names if name not in (b"", b"identity"))


def _gunzip(body: bytes, limit: int) -> bytes | None:
    """All members of a gzip file (RFC 1952, section 2.2), of which there are hardly ever two."""
    out = io.BytesIO()
    for _ in range(_MOST_MEMBERS):
        member = _Inflater(body, _GZIP, limit, out)
        body = member.unused
        if not member.ended or not body:
            break
    return out.getvalue() or (b"" if member.ended else None)


def _inflate(body: bytes, limit: int) -> bytes | None:
    """`deflate` is the zlib format; some servers send it without the wrapper, which is believed only as a whole."""
    out = io.BytesIO()
    wrapped = _Inflater(body, _ZLIB, limit, out)
    if wrapped.ended or out.tell():
        return out.getvalue()
    bare = _Inflater(body, _RAW, limit, out)
    return out.getvalue() if bare.ended and not bare.unused else None


class _Inflater:
    """Decodes one compressed stream into `out`; `ended` says that it came to its end, `unused` what follows it."""

    def __init__(self, body: bytes, window_bits: int, limit: int, out: io.BytesIO) -> None:
        """`limit` is on all of `out`; raises TransportError above it."""
        self.unused = b""
        self.ended = False
        self._limit = limit
        self._out = out
        state = zlib.decompressobj(window_bits)
        for start in range(0, len(body), _PIECE):
            before = state.copy()
            piece = body[start : start + _PIECE]
            try:
                self._take(state, piece)
            except zlib.error:
                self._salvage(before, piece)
                return
            if state.eof:
                self.ended = True
                self.unused = state.unused_data + body[start + _PIECE :]
                return

    def _take(self, state: zlib._Decompress, piece: bytes) -> None:
        while piece:
            room = self._limit - self._out.tell()
            if self._out.write(state.decompress(piece, min(room + 1, _MOST_AT_ONCE))) > room:
                raise TransportError("too-large", f"The body decodes to more than {self._limit} bytes.")
            piece = state.unconsumed_tail

    def _salvage(self, state: zlib._Decompress, piece: bytes) -> None:
        """Byte by byte up to the damage: a whole piece yields nothing once any of its bytes is wrong."""
        for at in range(len(piece)):
            try:
                self._take(state, piece[at : at + 1])
            except zlib.error:
                return
