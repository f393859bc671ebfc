"""Reads NDJSON exchanges: one JSON object a line, as a proxy or a client can write them.

    {"request": {"method": "POST", "url": "https://HOST/v1.0/...", "headers": {...}, "body": ...},
     "response": {"status": 200, "headers": {...}, "body": ...}}                      (on one line)

`headers` is an object or a list of pairs; a `body` is a string, a JSON object or list (which stands for its text), or
`{"base64": "..."}`; `path` may stand for `url`. With `auth`, a request is in the kit's own form (slots). Instead of a
`response` there may be a `failure` with `kind` and `detail`. A body that was empty is `""`; without a `body` nothing is
known of it, and the line is left out. `schemas/cassette.schema.json` has the details.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterator

from conformance.exchange import AUTHS, Exchange, Request, Response, TransportFailure
from conformance.recordings.coding import undone
from conformance.recordings.interaction import FAILURES, Interaction
from conformance.recordings.members import (
    Members,
    from_base64,
    http_status,
    member,
    number,
    one_of,
    pairs,
    read_object,
    strings,
    text,
)
from conformance.recordings.opened import Opened
from conformance.recordings.recorded import (
    Headers,
    Recorded,
    Skipped,
    check_answer,
    check_request,
    reason_of,
)
from conformance.recordings.unread import is_wiremock

MAX_LINE = 64 << 20
"""Bytes of one line: several times the largest request that the documents allow, with its answer."""

_LINE = "line "


def recognises(opened: Opened) -> bool:
    """Whether a file is NDJSON exchanges: some line at its front, not always the first one, is an exchange."""
    if "request" in opened.names:
        return not is_wiremock(opened)
    return any(_is_exchange(line) for line in opened.start.splitlines()[1:] if line.startswith("{"))


def read(
    opened: Opened, skipped: Callable[[Skipped], None], only: Container[int] | None = None
) -> Iterator[Recorded | Interaction]:
    """The exchanges of an NDJSON file; a line that holds none is told to `skipped` with its number, and left out.

    `only` has the numbers of the lines that are wanted: others are read over. Raises CassetteError where the file
    cannot be read.
    """
    with opened.binary() as lines:
        number = opened.lines_before
        while line := lines.readline(MAX_LINE):
            number += 1
            try:
                whole = _whole(line, lines.readline)
                found = _exchange(whole, number) if only is None or number in only else None
            except ValueError as error:
                skipped(Skipped(f"line {number}", reason_of(error)))
                continue
            if found is not None:
                yield found


def _is_exchange(line: str) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line.startswith('{"request"')  # the front of the file may end within the line
    return isinstance(value, dict) and "request" in value


def _whole(line: bytes, more: Callable[[int], bytes]) -> bytes:
    if len(line) < MAX_LINE or line.endswith(b"\n"):
        return line
    while (rest := more(MAX_LINE)) and not rest.endswith(b"\n"):
        pass
    raise ValueError(f"longer than {MAX_LINE >> 20} MB")


def _exchange(line: bytes, number: int) -> Recorded | Interaction | None:
    if not line.strip():
        return None
    entry, place = read_object(line), f"{_LINE}{number}"
    request = member(entry, "request")
    method, headers = text(request, "method"), _headers(request)
    url = text(request, "url") if "url" in request else text(request, "path")
    at = text(entry, "at") if "at" in entry else ""
    own = "auth" in request
    body, answer = _body(request), _answer(entry, method, own=own)
    if own:
        auth = one_of(request, "auth", AUTHS)
        exchange = Exchange(Request(method, url, headers, body or b"", auth), answer, place)
        return Interaction("", "", 0, "traffic", 1, exchange, at=at)
    whole = undone(check_request(method, headers, body, exact=_is_exact(request)), headers)
    return Recorded(method, url, headers, whole, answer, place, at)


def _answer(entry: Members, method: str, *, own: bool) -> Response | TransportFailure:
    if "response" not in entry:
        if "failure" not in entry:
            raise ValueError("expected a response or a failure beside the request, found neither")
        failure = member(entry, "failure")
        elapsed = number(failure, "elapsed_s") if "elapsed_s" in failure else 0.0
        return TransportFailure(one_of(failure, "kind", FAILURES), text(failure, "detail"), elapsed)
    response = member(entry, "response")
    status, headers, body = http_status(response, "status"), _headers(response), _body(response)
    elapsed = number(response, "elapsed_s") if "elapsed_s" in response else 0.0
    if own and body is not None:
        return Response(status, headers, body, elapsed, strings(response, "odd"))  # the kit undid all codings
    whole = undone(check_answer(method, status, headers, body, exact=_is_exact(response)), headers)
    return Response(status, headers, whole, elapsed, strings(response, "odd"))


def _headers(entry: Members) -> Headers:
    headers = entry.get("headers", [])
    if not isinstance(headers, dict):
        return pairs(headers, "headers")
    if not all(isinstance(value, str) for value in headers.values()):
        raise ValueError("headers: expected strings")
    return tuple(headers.items())


def _is_exact(entry: Members) -> bool:
    """Whether a body is kept as it was, and not as the JSON that it was parsed to."""
    body = entry.get("body")
    return isinstance(body, str) or (isinstance(body, dict) and body.keys() == {"base64"})


def _body(entry: Members) -> bytes | None:
    """The bytes of a body; None where nothing is said of it."""
    if "body" not in entry:
        return None
    body = entry["body"]
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, dict) and body.keys() == {"base64"} and isinstance(body["base64"], str):
        return from_base64(body["base64"])
    if isinstance(body, dict | list):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    raise ValueError(f"body: expected text, JSON or base64, found {body!r:.40}")


def line_of(exchange: Exchange) -> int:
    """The number of the line that an exchange is from."""
    return int(exchange.id.removeprefix(_LINE))
