"""What a report shows of the exchange behind a finding: the request without its picture, the place in the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exchange import Response
from conformance.report.excerpt import excerpt, shortened

if TYPE_CHECKING:
    from conformance.engine.account import Finding
    from conformance.exchange import Exchange
    from conformance.report.pictures import Album
    from conformance.report.shapes import Evidence, RequestSummary, ResponseSummary

_BODY = 600
"""Characters shown of the body of a request, of a path, and of the detail of a failure."""

_STRING = 60
"""Characters shown of each string in the body of a request."""

_HEADER = 160
"""Characters shown of the name and of the value of a header."""

_MOST_HEADERS = 12
_HEADERS = frozenset(
    {
        "content-type",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "www-authenticate",
        "retry-after",
        "location",
        "allow",
        "server",
        "x-request-id",
    }
)
"""Headers of an answer that are shown: what a requirement may speak of. Cookies and the like stay out."""


def evidence_of(finding: Finding, picture_member: str, album: Album) -> Evidence:
    """The exchange of a finding, bounded in size; `picture_member` is the body parameter that carries the picture.

    Traffic that the kit did not make may be about real people: strings and numbers of its bodies are left out.
    """
    exchange = finding.exchange
    answer, masked = exchange.answer, not exchange.request.made_by_kit
    pointer = finding.observation.pointer
    return {
        "request": _request(exchange, masked=masked),
        "response": _response(answer, pointer, masked=masked) if isinstance(answer, Response) else None,
        "failure": None if isinstance(answer, Response) else {"kind": answer.kind, "detail": answer.detail[:_BODY]},
        "picture": album.evidence(exchange, picture_member),
    }


def _request(exchange: Exchange, *, masked: bool) -> RequestSummary:
    request = exchange.request
    return {
        "method": request.method,
        "path": request.path[:_BODY],
        "auth": request.auth,
        "headers": _bounded(request.headers),
        "body": shortened(request.body, _BODY, _STRING, masked=masked),
        "body_bytes": len(request.body),
        "body_sha256": request.body_sha256(),
    }


def _response(response: Response, pointer: str, *, masked: bool) -> ResponseSummary:
    place = excerpt(response.body, pointer, masked=masked)
    return {
        "status": response.status,
        "headers": _bounded(tuple(pair for pair in response.headers if pair[0].lower() in _HEADERS)),
        "body_bytes": len(response.body),
        "before": place.before,
        "marked": place.marked,
        "after": place.after,
        "cut": place.cut,
    }


def _bounded(headers: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[name[:_HEADER], value[:_HEADER]] for name, value in headers[:_MOST_HEADERS]]
