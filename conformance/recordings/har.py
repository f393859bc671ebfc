"""HAR 1.2: what browsers and proxies save. Read one entry at a time, whatever the length; written with no loss.

HAR cannot say that a request body is base64, and knows no slots: what the kit needs beyond HAR stands in members whose
names begin with an underscore, as the format allows (section "custom fields").
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from conformance.exchange import FailureKind, Request, Response, TransportFailure
from conformance.files import replacing
from conformance.recordings.foreign import Foreign, Skipped
from conformance.recordings.interaction import CassetteError, Interaction, decode, encode
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream
from conformance.recordings.members import (
    Members,
    as_list,
    as_object,
    from_base64,
    http_status,
    integer,
    member,
    text,
    to_line,
)

_OWN = "_ocr_conformance"
_ORIGIN = "http://target.invalid"
_URL_SAFE = "/?&=%:;,@+$!*'()~[]"
_LONGEST_MS = 1e12
"""Milliseconds from which on a time is none; JSON has numbers that nothing can be computed with."""

_NO_TIME = "1970-01-01T00:00:00.000Z"
"""HAR wants a time; this one stands for one that nobody noted."""

_NET_ERRORS: tuple[tuple[str, FailureKind], ...] = (
    ("NAME_NOT_RESOLVED", "unresolved"), ("CONNECTION_REFUSED", "refused"), ("ADDRESS_UNREACHABLE", "unreachable"),
    ("SSL", "tls"), ("CERT", "tls"), ("TIMED_OUT", "timeout"), ("INVALID_HTTP", "malformed"),
    ("INVALID_CHUNKED", "malformed"), ("EMPTY_RESPONSE", "closed"), ("CONNECTION_RESET", "closed"),
    ("CONNECTION_CLOSED", "closed"), ("CONTENT_LENGTH_MISMATCH", "closed"),
)  # fmt: skip
"""Chromium's names of errors for which the target answers; all others are the browser's own doing."""


def read_har(path: Path, skipped: Callable[[Skipped], None]) -> Iterator[Interaction]:
    """The exchanges of a HAR file; an entry that holds none is told to `skipped` with its number, and left out.

    Memory holds one entry at a time. Raises CassetteError for a file that is no HAR.
    """
    foreign = Foreign()
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as stream:
            for number, entry in enumerate(_entries(JsonStream(stream, f"{path}: expected a HAR file (JSON)")), 1):
                try:
                    yield _interaction(entry, foreign, f"entry {number}")
                except ValueError as error:
                    skipped(Skipped(f"entry {number}", str(error)))
    except BrokenJsonError as error:
        skipped(Skipped(error.place, f"{error.reason}; nothing after it could be read"))
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}") from error


def write_har(path: Path, interactions: Iterable[Interaction], kit_version: str) -> int:
    """Write interactions as HAR 1.2, at once and completely or not at all; returns how many. Raises OSError."""
    head = {"version": "1.2", "creator": {"name": "ocr-conformance", "version": kit_version}}
    count = 0
    with replacing(path) as file:
        file.write(f'{{"log": {json.dumps(head)[:-1]}, "entries": ['.encode())
        for interaction in interactions:
            file.write(b",\n" if count else b"\n")
            file.write(to_line(_entry(interaction)).rstrip(b"\n"))
            count += 1
        file.write(b"\n]}}\n")
    return count


def _entries(source: JsonStream) -> Iterator[Members]:
    """The entries of the log, one at a time; other members of the file are read over."""
    for name in _members(source):
        if name != "log":
            source.value(name)
            continue
        for inner in _members(source):
            if inner != "entries":
                source.value(inner)
                continue
            source.expect("[")
            number = 0
            while not source.take("]"):
                number += 1
                value = source.value(f"entry {number}")
                yield value if isinstance(value, dict) else {}
                source.take(",")


def _members(source: JsonStream) -> Iterator[str]:
    source.expect("{")
    while not source.take("}"):
        name = source.value("the head of the file")
        source.expect(":")
        yield str(name)
        source.take(",")


def _interaction(entry: Members, foreign: Foreign, place: str) -> Interaction:
    request, response = member(entry, "request"), member(entry, "response")
    at = str(entry.get("startedDateTime", ""))
    body, answer = _request_body(request), _answer(entry, response)
    if _OWN in entry:
        return _own(member(entry, _OWN), body, answer)
    headers = _headers(request)
    return foreign.interaction(text(request, "method"), text(request, "url"), headers, body, answer, place, at)


def _own(entry: Members, body: bytes, answer: Response | TransportFailure) -> Interaction:
    """An interaction of a cassette: all of it but the bodies stands in a member of our own."""
    return decode(entry, _Beside([body, answer.body if isinstance(answer, Response) else b""]))


def _answer(entry: Members, response: Members) -> Response | TransportFailure:
    elapsed = entry.get("time")
    elapsed_s = elapsed / 1000 if isinstance(elapsed, int | float) and 0 < elapsed < _LONGEST_MS else 0.0
    if response.get("status") == 0:
        error = str(response.get("_error", ""))
        for name, kind in _NET_ERRORS:
            if name in error:
                return TransportFailure(kind, error, elapsed_s)
        if _OWN in entry:
            return TransportFailure("closed", error, elapsed_s)
        raise ValueError(f"no response was recorded ({error or 'the browser does not say why'})")
    content, headers = member(response, "content"), _headers(response)
    body = _bytes_of(content, "encoding")
    # Of what the kit wrote nothing is missing: a body may be empty once its content coding is undone.
    if not body and _OWN not in entry and _had_body(response, content, headers):
        raise ValueError("the body of the response was not recorded; save the HAR with content")
    return Response(http_status(response, "status"), headers, body, elapsed_s)


def _had_body(response: Members, content: Members, headers: tuple[tuple[str, str], ...]) -> bool:
    """Whether any of the places that tell the length of a body says that there was one."""
    lengths = [content.get("size"), response.get("bodySize")]
    lengths += [int(value) for name, value in headers if name.lower() == "content-length" and value.isdecimal()]
    return any(isinstance(length, int) and length > 0 for length in lengths)


def _request_body(request: Members) -> bytes:
    if "postData" not in request:
        size = request.get("bodySize")
        if isinstance(size, int) and size > 0:
            raise ValueError("the body of the request was not recorded; save the HAR with content")
        return b""
    return _bytes_of(member(request, "postData"), "_encoding")


def _bytes_of(entry: Members, encoding: str) -> bytes:
    """The body that `postData` or `content` holds, where `encoding` names the member that may say base64."""
    body = text(entry, "text") if entry.get("text") is not None else ""
    return from_base64(body) if entry.get(encoding) == "base64" else body.encode("utf-8", "surrogatepass")


def _headers(entry: Members) -> tuple[tuple[str, str], ...]:
    headers = (as_object(header, "headers") for header in as_list(entry.get("headers", []), "headers"))
    return tuple((text(header, "name"), text(header, "value")) for header in headers)


class _Beside:
    """Keeps the bodies of one interaction beside it: the request's first, the response's second."""

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = bodies

    def encode(self, body: bytes) -> dict[str, object]:
        self._bodies.append(body)
        return {"at": len(self._bodies) - 1}

    def decode(self, entry: Members) -> bytes:
        at = integer(entry, "at")
        if not 0 <= at < len(self._bodies):
            raise ValueError(f"body: expected 0 or 1, found {at}")
        return self._bodies[at]

    def put(self, data: bytes) -> str:
        return base64.b64encode(data).decode("ascii")

    def get(self, name: str) -> bytes:
        return from_base64(name)


def _entry(interaction: Interaction) -> dict[str, object]:
    request, answer = interaction.exchange.request, interaction.exchange.answer
    milliseconds = round(answer.elapsed_s * 1000, 3)
    url = _ORIGIN + quote(request.path, safe=_URL_SAFE)
    return {
        "startedDateTime": interaction.at or _NO_TIME,
        "time": milliseconds,
        "request": {
            "method": request.method,
            "url": url,
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": _named(request.headers),
            "queryString": [{"name": name, "value": value} for name, value in parse_qsl(urlsplit(url).query, True)],
            **({"postData": _post_data(request)} if request.body else {}),
            "headersSize": -1,
            "bodySize": len(request.body),
        },
        "response": _response(answer),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        _OWN: encode(interaction, _Beside([])),
    }


def _post_data(request: Request) -> dict[str, object]:
    body, encoding = _shown(request.body)
    data: dict[str, object] = {"mimeType": request.header("Content-Type") or "", "text": body}
    return {**data, "_encoding": encoding} if encoding else data


def _response(answer: Response | TransportFailure) -> dict[str, object]:
    common: dict[str, object] = {"httpVersion": "HTTP/1.1", "cookies": [], "redirectURL": "", "headersSize": -1}
    if isinstance(answer, TransportFailure):
        nothing = {"size": 0, "mimeType": "x-unknown", "text": ""}
        error = f"{answer.kind}: {answer.detail}"
        return {
            "status": 0,
            "statusText": "",
            "headers": [],
            "content": nothing,
            "bodySize": -1,
            "_error": error,
        } | common
    body, encoding = _shown(answer.body)
    content: dict[str, object] = {
        "size": len(answer.body),
        "mimeType": answer.header("Content-Type") or "",
        "text": body,
    }
    if encoding:
        content["encoding"] = encoding
    head = {"status": answer.status, "statusText": "", "headers": _named(answer.headers), "bodySize": len(answer.body)}
    return {**head, "content": content} | common


def _shown(body: bytes) -> tuple[str, str]:
    """A body as text, and how that is encoded: not at all where it is UTF-8."""
    try:
        return body.decode("utf-8"), ""
    except UnicodeDecodeError:
        return base64.b64encode(body).decode("ascii"), "base64"


def _named(headers: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in headers]
