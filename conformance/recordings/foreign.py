"""Exchanges that something else recorded, brought into the kit's form: slots in the place of credentials.

Credentials are in `X-Auth-Token`, or a signature is in `Authorization` (from the general pages on authentication
of the API's documents). They and cookies are taken out, and their values wherever they stand in the file. The segment
after the version of a path that is 32 hexadecimal digits is the project id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conformance.exchange import PROJECT_SLOT, Auth, Exchange, Request, Response, TransportFailure
from conformance.recordings.credentials import Credentials, credentials_given, host_of, own_secrets
from conformance.recordings.interaction import Interaction
from conformance.recordings.recorded import Headers, Recorded
from conformance.redactor import Redactor

_PROJECT = re.compile(r"(?<=/)(v[0-9][0-9.]*)/([0-9a-f]{32})(?=/)")
_DROPPED = frozenset(
    {
        "x-auth-token", "authorization", "x-sdk-date", "x-security-token", "cookie", "set-cookie",
        "proxy-authorization", "x-subject-token", "host", "content-length",
    }
)  # fmt: skip


class Foreign:
    """Brings the exchanges of one file into the kit's form, one after the other."""

    def __init__(self, credentials: Credentials) -> None:
        """`credentials` has seen the whole file."""
        self._credentials = credentials
        self._redactor = credentials.redactor
        self._known = frozenset(secret.value for secret in self._redactor.secrets)
        self._count = 0

    def interaction(self, one: Recorded | Interaction) -> Interaction:
        """The exchange with slots in the place of credentials, and without their values anywhere.

        One that is in the kit's form already keeps its slots. Raises ValueError for no usable URL.
        """
        self._count += 1
        if isinstance(one, Interaction):
            return self._cleaned(one)
        own = [secret for secret in own_secrets(one.headers) if secret.value not in self._known]
        redactors = (self._redactor, Redactor(own)) if own else (self._redactor,)
        request = Request(
            one.method.upper(),
            _text(redactors, _path(one.url)),
            _kept(redactors, _spelled(one.headers)),
            _data(redactors, one.body),
            self._auth(one),
        )
        exchange = Exchange(request, _answer(redactors, one.answer), one.place)
        return Interaction("", "", self._count - 1, "traffic", 1, exchange, at=_iso_8601(one.at))

    def words(self, text: str) -> str:
        """A sentence about the file without the credentials in it."""
        return self._redactor.redact_text(text)

    def _cleaned(self, one: Interaction) -> Interaction:
        redactors = (self._redactor,)
        request = one.exchange.request
        headers = tuple((name, _text(redactors, value)) for name, value in request.headers)
        clean = replace(
            request, path=_text(redactors, request.path), headers=headers, body=_data(redactors, request.body)
        )
        answer = one.exchange.answer
        if isinstance(answer, Response):
            named = tuple((name, _text(redactors, value)) for name, value in answer.headers)
            answer = replace(answer, headers=named, body=_data(redactors, answer.body))
        else:
            answer = replace(answer, detail=_text(redactors, answer.detail))
        position = one.position if one.purpose else self._count - 1
        return replace(one, position=position, exchange=Exchange(clean, answer, one.exchange.id))

    def _auth(self, one: Recorded) -> Auth:
        """`absent` and `empty` only where the file shows that credentials of this host were recorded as they were sent.

        Elsewhere they may have been filtered out or masked: then they count as good ones, and as `unknown` where they
        were refused, since the file does not say what they were.
        """
        given = credentials_given(one.headers)
        refused = isinstance(one.answer, Response) and one.answer.status in (401, 403)
        unknown: Auth = "unknown" if refused else "valid"
        if any(given) or host_of(one.url) not in self._credentials.hosts:
            return unknown
        return "empty" if given else "absent"


def _iso_8601(at: str) -> str:
    """A time as it is, or turned from the form that HTTP has and Ruby writes; empty for anything else."""
    try:
        datetime.fromisoformat(at)
    except ValueError:
        pass
    else:
        return at
    try:
        return parsedate_to_datetime(at).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):  # what the library raises for one or the other text
        return ""


def _path(url: str) -> str:
    """Path and query with a slot in the place of the project id."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ValueError(f"the URL cannot be read: {error}") from None
    path = parts.path or "/"
    if not path.startswith("/"):
        raise ValueError(f"expected a URL or a path that begins with /, found {url!r:.80}")
    found = _PROJECT.search(path)
    if found:
        path = f"{path[: found.start(2)]}{PROJECT_SLOT}{path[found.end(2) :]}"
    return path + (f"?{parts.query}" if parts.query else "")


def _spelled(headers: Headers) -> Headers:
    """Names as clients write them, where a recorder (or HTTP/2) made all of them small: that shows no spelling."""
    if any(name != name.lower() for name, _ in headers):
        return headers
    return tuple(("-".join(part.capitalize() for part in name.split("-")), value) for name, value in headers)


def _kept(redactors: Iterable[Redactor], headers: Headers) -> Headers:
    return tuple(
        (name, _text(redactors, value))
        for name, value in headers
        if name.lower() not in _DROPPED and not name.startswith(":")
    )


def _answer(redactors: Iterable[Redactor], answer: Response | TransportFailure) -> Response | TransportFailure:
    if isinstance(answer, TransportFailure):
        return replace(answer, detail=_text(redactors, answer.detail))
    return replace(answer, headers=_kept(redactors, answer.headers), body=_data(redactors, answer.body))


def _text(redactors: Iterable[Redactor], text: str) -> str:
    for redactor in redactors:
        text = redactor.redact_text(text)
    return text


def _data(redactors: Iterable[Redactor], data: bytes) -> bytes:
    for redactor in redactors:
        data = redactor.redact(data)
    return data
