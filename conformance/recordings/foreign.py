"""Exchanges that something else recorded, brought into the kit's form: slots in the place of credentials.

Credentials are in `X-Auth-Token`, or a signature is in `Authorization` (from the general pages on authentication
of the API's documents). They and cookies are taken out, and their values wherever they are echoed. The segment after
the version of a path that is 32 hexadecimal digits is the project id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from conformance.exchange import PROJECT_SLOT, Auth, Exchange, Request, Response, TransportFailure
from conformance.recordings.interaction import Interaction
from conformance.redactor import Redactor, Secret

_PROJECT = re.compile(r"(?<=/)(v[0-9][0-9.]*)/([0-9a-f]{32})(?=/)")
_AUTH_HEADERS = frozenset({"x-auth-token", "authorization", "x-sdk-date", "x-security-token"})
_DROPPED = _AUTH_HEADERS | {"cookie", "set-cookie", "proxy-authorization", "x-subject-token", "host", "content-length"}
_KINDS = {"x-auth-token": "token", "x-security-token": "security-token"}
_SHORTEST_SECRET = 8


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out of traffic: `place` is a line or an entry of its file, `reason` one sentence."""

    place: str
    reason: str


class Foreign:
    """Brings the exchanges of one file into the kit's form, one after the other."""

    def __init__(self) -> None:
        """A file without any credentials had them filtered out; that shows only as it is read."""
        self._credentials_seen = False
        self._count = 0

    def interaction(
        self,
        method: str,
        url: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        answer: Response | TransportFailure,
        place: str,
        at: str = "",
    ) -> Interaction:
        """An exchange of any client: `url` is whole or begins with the path; `place` becomes its id.

        Raises ValueError for no usable URL.
        """
        path, project = _path(url)
        auth = self._auth(headers, answer)
        redactor = Redactor(_secrets(headers, project))
        request = Request(
            method.upper(), redactor.redact_text(path), _kept(redactor, headers), redactor.redact(body), auth
        )
        return self.numbered(request, _redacted(redactor, answer), place, at)

    def numbered(self, request: Request, answer: Response | TransportFailure, place: str, at: str = "") -> Interaction:
        """An exchange that is in the kit's form already; an `at` that is no time counts as none."""
        self._count += 1
        return Interaction("", "", self._count - 1, "traffic", 1, Exchange(request, answer, place), at=_iso_8601(at))

    def _auth(self, headers: Sequence[tuple[str, str]], answer: Response | TransportFailure) -> Auth:
        """`absent` only where the file shows that credentials were recorded at all, or where they were refused.

        Credentials that were refused are `unknown`: the file does not say whether they were good.
        """
        given = [value for name, value in headers if name.lower() in ("x-auth-token", "authorization")]
        refused = isinstance(answer, Response) and answer.status in (401, 403)
        if given:
            self._credentials_seen = True
            return "empty" if not any(given) else "unknown" if refused else "valid"
        return "absent" if self._credentials_seen or refused else "valid"


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


def _path(url: str) -> tuple[str, str]:
    """Path and query with a slot in the place of the project id, and that id."""
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
    return path + (f"?{parts.query}" if parts.query else ""), found[2] if found else ""


def _secrets(headers: Iterable[tuple[str, str]], project: str) -> list[Secret]:
    found = [Secret("project-id", project)]
    for name, value in headers:
        if name.lower() in _AUTH_HEADERS and name.lower() != "x-sdk-date" and len(value) >= _SHORTEST_SECRET:
            found.append(Secret(_KINDS.get(name.lower(), "signature"), value))
    return found


def _kept(redactor: Redactor, headers: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name, redactor.redact_text(value))
        for name, value in headers
        if name.lower() not in _DROPPED and not name.startswith(":")
    )


def _redacted(redactor: Redactor, answer: Response | TransportFailure) -> Response | TransportFailure:
    if isinstance(answer, TransportFailure):
        return replace(answer, detail=redactor.redact_text(answer.detail))
    body = redactor.redact(answer.body)
    return Response(answer.status, _kept(redactor, answer.headers), body, answer.elapsed_s, answer.odd)
