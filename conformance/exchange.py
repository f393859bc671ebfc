"""Requests with slots instead of secrets, and what came back for them.

These values travel through the whole kit: strategies make requests, a target turns each into an exchange, judging
reads exchanges, cassettes keep them. Nothing here knows a contract, and nothing here imports the kit.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, get_args

Auth: TypeAlias = Literal[
    "valid", "absent", "empty", "garbage", "expired", "other-project", "bad-signature", "skewed-date", "changed-body",
    "unknown",
]  # fmt: skip
"""Which credentials a request carries. Where a target takes a token instead of signatures, the three after
`other-project` spoil that: its end is changed, its second half is missing, its beginning is changed. `unknown` is only
found in traffic of others: credentials that were refused, and nobody knows whether they were good.
"""
AUTHS: tuple[Auth, ...] = get_args(Auth)

PROJECT_SLOT = "{project_id}"
"""Stands in a path or a header for the project id, which only the target knows."""

PICTURES_SLOT = "{pictures}"
"""Stands in a body for the address at which the target reaches the pictures that go with a request."""

Point: TypeAlias = tuple[float, float]
Quad: TypeAlias = tuple[Point, Point, Point, Point]
"""Four corners in pixels of the picture, y down: top-left, top-right, bottom-right, bottom-left of the document."""

FailureKind: TypeAlias = Literal[
    "unresolved", "refused", "unreachable", "tls", "closed", "timeout", "too-large", "malformed"
]
"""Why no response can be judged.

`unresolved`, `refused`, `unreachable` and `tls`: no connection came about, the request was not sent.
`closed`: the connection ended before the response did. `timeout`: the deadline of the request passed.
`too-large`: the response passed a byte or header limit. `malformed`: what came back is not HTTP.
"""

NOT_CONNECTED: frozenset[FailureKind] = frozenset({"unresolved", "refused", "unreachable", "tls"})

_REDACTED = re.compile(r"\[\[redacted:([a-z-]+)\]\]")


def redacted(kind: str) -> str:
    """The placeholder that replaces a secret which a target echoed; `kind` is `token`, `ak`, `sk`, `project-id` ..."""
    return f"[[redacted:{kind}]]"


def echoed_secrets(text: str) -> list[str]:
    """The kinds of the placeholders in `text`: which secrets a target echoed, in order of appearance."""
    return _REDACTED.findall(text)


@dataclass(frozen=True, slots=True)
class TrueDocument:
    """One document drawn on a picture: what a faultless recogniser would report.

    `type` is the contract's own value; `corners` are pixels of the picture as sent; `readable` is False for a copy
    worn past reading. `fields` holds the printed values by field name, where they are known.
    """

    type: str
    corners: Quad
    readable: bool = True
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known about the picture of a request: its size in pixels and every document on it.

    `alarms` names the alarm conditions present (`blur`, `glare`, `blocking_within_border`, `insufficient_lighting`,
    `copy`, `border_integrity`, `reproduce`), or is None where nothing is known about them.
    """

    width: int
    height: int
    documents: tuple[TrueDocument, ...]
    alarms: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class StatedDocument:
    """One document on a picture of the user's own, as the user states it.

    `type` is the contract's own value; `corners` are pixels of the picture, `fields` values by field name, where they
    are stated. What is stated judges recognition; it is no truth that a breach of the contract could be seen by.
    `original` names the document where several pictures show it, `degradation` is the kind and the strength of what was
    done to its picture.
    """

    type: str
    corners: Quad | None = None
    fields: tuple[tuple[str, str], ...] = ()
    original: str | None = None
    degradation: tuple[str, float] | None = None


class Brief:
    """A value that shows itself on a line, to people and to Hypothesis, which would else print every byte of it."""

    __slots__ = ()

    def _repr_pretty_(self, printer: object, _cycle: bool) -> None:
        printer.text(repr(self))  # type: ignore[attr-defined]

    def to_json(self) -> object:
        """What observers of Hypothesis are given: the same line."""
        return repr(self)


@dataclass(frozen=True, slots=True, repr=False)
class Label(Brief):
    """What a strategy says that it broke: one fault, the requirement that forbids it, and the request without it."""

    fault: str
    requirement: str
    codes: tuple[str, ...]
    control: Request

    def __repr__(self) -> str:
        """Without the control, which is as large as the request."""
        return f"Label(fault={self.fault!r}, requirement={self.requirement!r}, codes={self.codes!r})"


@dataclass(frozen=True, slots=True, repr=False)
class ServedPicture(Brief):
    """A file that the kit serves while a request is under way, at `{pictures}/<name>`.

    `name` is not percent-encoded and has no slash. `location` is the name of another picture of the request, for a
    `status` that redirects; `delay_s` are seconds of silence before the answer.
    """

    name: str
    content: bytes = b""
    media_type: str = "application/octet-stream"
    status: int = 200
    location: str | None = None
    delay_s: float = 0.0

    def __repr__(self) -> str:
        """Its name, and how much is served how."""
        leads = f", leads to {self.location!r}" if self.location is not None else ""
        late = f", after {self.delay_s:g} s" if self.delay_s else ""
        return f"<ServedPicture {self.name!r}: {self.status}, {len(self.content):,} bytes{leads}{late}>"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Request(Brief):
    """One HTTP request as the kit means it, before a target fills its slots.

    `path` may hold `{project_id}`, `body` the slot `{pictures}` where `pictures` go with it; `auth` says which
    credentials the target adds, so that `headers` and `body` never hold one. A name tells two pictures apart, so that
    equal bodies mean equal pictures. `truth` and `label` are the maker's notes: they are not sent and do not count in
    comparisons. Nor do `stated`, what is on a picture of the user's own (None for every other request), and `recipe`,
    whose text is the call that makes the same request again.
    """

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    auth: Auth = "valid"
    truth: Truth | None = field(default=None, compare=False)
    label: Label | None = field(default=None, compare=False)
    pictures: tuple[ServedPicture, ...] = ()
    stated: tuple[StatedDocument, ...] | None = field(default=None, compare=False)
    recipe: object = field(default=None, compare=False)
    _summed: bytes = field(default=b"", init=False, compare=False)

    def __repr__(self) -> str:
        """What it is, how long, and what makes it again; never its body, of up to 10 MB."""
        said = [f"{self.method} {self.path}", f"{len(self.body):,} bytes"]
        said += [f"auth {self.auth}"] if self.auth != "valid" else []
        said += [f"{len(self.pictures)} served"] if self.pictures else []
        return f"<Request {', '.join(said)}{f': {self.recipe}' if self.recipe is not None else ''}>"

    def __post_init__(self) -> None:
        if not isinstance(self.headers, tuple):  # a dict, or a list, as most clients take them
            object.__setattr__(self, "headers", _pairs(self.headers))
        if not isinstance(self.body, bytes):
            raise TypeError(f"Request: body: expected bytes, found {type(self.body).__name__}")

    def __eq__(self, other: object) -> bool:
        """Whether the same is sent; the notes of the maker do not count, nor whether it is known to be faulty."""
        if not isinstance(other, Request):
            return NotImplemented
        return self._sent == other._sent

    def __hash__(self) -> int:
        return hash(self._sent)

    @property
    def _sent(self) -> tuple[object, ...]:
        return self.method, self.path, self.headers, self.body, self.auth, self.pictures

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling; None where it is absent."""
        return _header(self.headers, name)

    @property
    def made_by_kit(self) -> bool:
        """Whether the kit drew it, rather than finding it in recorded traffic: it then has a truth or a label."""
        return self.truth is not None or self.label is not None

    def body_sha256(self) -> str:
        """Lower-case hexadecimal SHA-256 of the raw body."""
        return self._body_sum().hex()

    def sent_sum(self) -> bytes:
        """What tells it from requests that differ in anything that is sent."""
        line = f"{self.method} {self.path} {self.auth} {self.headers!r}".encode()
        return hashlib.sha256(line + self._body_sum()).digest()

    def _body_sum(self) -> bytes:
        """The SHA-256 of the body, computed once: it is asked for several times, of megabytes."""
        if not self._summed:
            object.__setattr__(self, "_summed", hashlib.sha256(self.body).digest())
        return self._summed


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class FaultyRequest(Request):
    """A request with one fault: its `label` is always there."""

    label: Label = field(compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response: header names as sent, the body after transfer and content coding as far as these were undone.

    `elapsed_s` runs from the first byte sent to the last byte received, in seconds. `odd` holds a sentence for each
    thing about the connection that no response should show, such as bytes after its end; mostly it is empty.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    elapsed_s: float = 0.0
    odd: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.headers, tuple):
            object.__setattr__(self, "headers", _pairs(self.headers))
        if not isinstance(self.body, bytes):
            raise TypeError(f"Response: body: expected bytes, found {type(self.body).__name__}")
        if not isinstance(self.status, int):
            raise TypeError(f"Response: status: expected an integer, found {self.status!r}")

    def header(self, name: str) -> str | None:
        """The first value of a header, whatever its spelling; None where it is absent."""
        return _header(self.headers, name)


@dataclass(frozen=True, slots=True)
class TransportFailure:
    """Instead of a response: why there is none, and one sentence of detail that holds no secret.

    `kept` says that the connection was kept from the exchange before: whoever closes one that is idle may do so just
    when a request is on its way, and has then not seen it (RFC 9112, section 9.5).
    """

    kind: FailureKind
    detail: str
    elapsed_s: float = 0.0
    kept: bool = field(default=False, compare=False)
    begun: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back for it. `id` is unique within a run."""

    request: Request
    answer: Response | TransportFailure
    id: str = ""

    @property
    def response(self) -> Response | None:
        """The response, or None where the transport failed."""
        return self.answer if isinstance(self.answer, Response) else None

    def bare(self) -> Exchange:
        """The exchange without its bodies, and without what is on its picture."""
        stated = None if self.request.stated is None else ()
        answer = replace(self.answer, body=b"") if isinstance(self.answer, Response) else self.answer
        return replace(self, request=replace(self.request, body=b"", stated=stated), answer=answer)

    @property
    def truth(self) -> Truth | None:
        """What is known about the picture that was sent."""
        return self.request.truth


@dataclass(slots=True)
class Lean:
    """An exchange that was answered, its request's body left in the pieces around the base64 text of its picture.

    `lead`, `text` and `tail` are the body; `body_sum` and `picture_sum` tell bodies and pictures of one recording
    apart, where they are not empty. `picture` is the file that the text stands for, None where nobody decoded it.
    Nothing here was made by the kit: it has no truth and no label.
    """

    id: str
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    auth: Auth
    lead: bytes
    text: bytes
    tail: bytes
    picture: bytes | None
    body_sum: bytes
    picture_sum: bytes
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    answer: bytes
    elapsed_s: float

    @classmethod
    def of(cls, exchange: Exchange) -> Lean | None:
        """A recorded exchange in this form, its sums left empty; None where it has another one."""
        request, response = exchange.request, exchange.response
        if response is None or request.made_by_kit or request.pictures or request.stated is not None:
            return None
        lead, text, tail = taken_apart(request.body)
        return cls(
            exchange.id, request.method, request.path, request.headers, request.auth,
            lead, text, tail, None, b"", b"",
            response.status, response.headers, response.body, response.elapsed_s,
        )  # fmt: skip

    @property
    def length(self) -> int:
        """Bytes of the request's body."""
        return len(self.lead) + len(self.text) + len(self.tail)

    @property
    def request(self) -> Request:
        """The request, put together."""
        body = b"".join((self.lead, self.text, self.tail))
        return Request(self.method, self.path, self.headers, body, self.auth)

    @property
    def exchange(self) -> Exchange:
        """The exchange, put together."""
        return Exchange(self.request, Response(self.status, self.answer_headers, self.answer, self.elapsed_s), self.id)


def taken_apart(body: bytes) -> tuple[bytes, bytes, bytes]:
    """A body in three: the longest text between two quotes, and what stands before and after it."""
    start, end = longest_text(body)
    return body[:start], body[start:end], body[end:]


def longest_text(body: bytes) -> tuple[int, int]:
    """Where the longest text between two quotes begins and ends."""
    start = longest = length = 0
    while start <= len(body):
        end = body.find(b'"', start)
        end = len(body) if end < 0 else end
        if end - start > length:
            longest, length = start, end - start
        start = end + 1
    return longest, longest + length


def _pairs(headers: object) -> tuple[tuple[str, str], ...]:
    """Headers that are no tuple as one: those of a mapping, or pairs."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    return tuple((str(name), str(value)) for name, value in pairs)  # type: ignore[attr-defined]


def _header(headers: tuple[tuple[str, str], ...], name: str) -> str | None:
    wanted = name.lower()
    return next((value for key, value in headers if key.lower() == wanted), None)
