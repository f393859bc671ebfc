"""Reads NDJSON exchanges: one JSON object a line, as a proxy or a client can write them.

    {"request": {"method": "POST", "url": "https://HOST/v1.0/...", "headers": {...}, "body": ...},
     "response": {"status": 200, "headers": {...}, "body": ...}}                      (on one line)

`headers` is an object or a list of pairs; a `body` is a string, a JSON object or list (which stands for its text), or
`{"base64": "..."}`; `path` may stand for `url`. With `auth`, a request is in the kit's own form (slots). Instead of a
`response` there may be a `failure` with `kind` and `detail`. `schemas/cassette.schema.json` has the details.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from conformance.exchange import AUTHS, Request, Response, TransportFailure
from conformance.recordings.foreign import Foreign, Skipped
from conformance.recordings.interaction import FAILURES, CassetteError, Interaction
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

MAX_LINE = 64 << 20
"""Bytes of one line: several times the largest request that the documents allow, with its answer."""


def read_lines(path: Path, skipped: Callable[[Skipped], None]) -> Iterator[Interaction]:
    """The exchanges of an NDJSON file; a line that holds none is told to `skipped` with its number, and left out.

    Raises CassetteError where the file cannot be read.
    """
    foreign = Foreign()
    try:
        with path.open("rb") as lines:
            number = 0
            while line := lines.readline(MAX_LINE):
                number += 1
                try:
                    interaction = _exchange(_whole(line, lines.readline), foreign, f"line {number}")
                except ValueError as error:
                    skipped(Skipped(f"line {number}", str(error)))
                    continue
                if interaction is not None:
                    yield interaction
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}") from error


def _whole(line: bytes, more: Callable[[int], bytes]) -> bytes:
    if len(line) < MAX_LINE or line.endswith(b"\n"):
        return line
    while (rest := more(MAX_LINE)) and not rest.endswith(b"\n"):
        pass
    raise ValueError(f"longer than {MAX_LINE >> 20} MB")


def _exchange(line: bytes, foreign: Foreign, place: str) -> Interaction | None:
    if not line.strip():
        return None
    entry = read_object(line)
    request, answer = member(entry, "request"), _answer(entry)
    at = text(entry, "at") if "at" in entry else ""
    url = text(request, "url") if "url" in request else text(request, "path")
    headers, body = _headers(request), _body(request)
    if "auth" not in request:
        return foreign.interaction(text(request, "method"), url, headers, body, answer, place, at)
    auth = one_of(request, "auth", AUTHS)
    return foreign.numbered(Request(text(request, "method"), url, headers, body, auth), answer, place, at)


def _answer(entry: Members) -> Response | TransportFailure:
    if "response" not in entry:
        if "failure" not in entry:
            raise ValueError("expected a response or a failure beside the request, found neither")
        failure = member(entry, "failure")
        elapsed = number(failure, "elapsed_s") if "elapsed_s" in failure else 0.0
        return TransportFailure(one_of(failure, "kind", FAILURES), text(failure, "detail"), elapsed)
    response = member(entry, "response")
    status = http_status(response, "status")
    elapsed = number(response, "elapsed_s") if "elapsed_s" in response else 0.0
    return Response(status, _headers(response), _body(response), elapsed, strings(response, "odd"))


def _headers(entry: Members) -> tuple[tuple[str, str], ...]:
    headers = entry.get("headers", [])
    if not isinstance(headers, dict):
        return pairs(headers, "headers")
    if not all(isinstance(value, str) for value in headers.values()):
        raise ValueError("headers: expected strings")
    return tuple(headers.items())


def _body(entry: Members) -> bytes:
    body = entry.get("body", "")
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, dict) and body.keys() == {"base64"} and isinstance(body["base64"], str):
        return from_base64(body["base64"])
    if isinstance(body, dict | list):
        return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    raise ValueError(f"body: expected text, JSON or base64, found {body!r:.40}")
