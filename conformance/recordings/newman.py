"""Reads the JSON report of newman, the command-line runner of Postman collections: one execution at a time.

The body of an answer is a list of bytes, decoded; a request without an answer has a `requestError`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from conformance.exchange import Response
from conformance.recordings.coding import undone
from conformance.recordings.failed import failed
from conformance.recordings.interaction import Interaction
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream, entries
from conformance.recordings.members import Members, as_list, as_object, http_status, member, text
from conformance.recordings.opened import Opened
from conformance.recordings.recorded import (
    Headers,
    NotRecordedError,
    Recorded,
    Skipped,
    check_answer,
    check_request,
    reason_of,
)
from conformance.text import Text


def recognises(opened: Opened) -> bool:
    """Whether a file is a report of newman: it begins with the collection that was run."""
    names = opened.names
    return names[:1] == ["collection"] or ("run" in names and "executions" in opened.start)


def read(opened: Opened, skipped: Callable[[Skipped], None]) -> Iterator[Recorded | Interaction]:
    """The exchanges of a report; an execution that holds none is told to `skipped` with its number, and left out.

    Raises CassetteError for a file that is no report.
    """
    with opened.binary() as stream:
        source = JsonStream(
            stream, Text(f"{opened.path}: expected a JSON report of newman", f"{opened.path}：应为 newman 的 JSON 报告")
        )
        try:
            for number, entry in enumerate(entries(source, ("run", "executions"), {}, "execution"), 1):
                place = f"execution {number}"
                try:
                    yield _exchange(as_object(entry, place), place)
                except ValueError as error:
                    skipped(Skipped(place, reason_of(error)))
        except BrokenJsonError as error:
            skipped(Skipped(error.place, error.words))


def _exchange(entry: Members, place: str) -> Recorded:
    request = member(entry, "request")
    method, url, headers = text(request, "method"), _url(request.get("url")), _headers(request)
    body = check_request(method, headers, _sent(request))
    response = entry.get("response")
    error = entry.get("requestError")
    if not isinstance(response, dict) or not response.get("code"):
        why = error if isinstance(error, dict) else {}
        words = " ".join(str(why[name]) for name in ("code", "message") if why.get(name))
        return Recorded(method, url, headers, body, failed(words, 0.0, "newman"), place)
    status, received = http_status(response, "code"), _headers(response)
    answered = undone(check_answer(method, status, received, _received(response)), received)
    elapsed = response.get("responseTime")
    elapsed_s = elapsed / 1000 if isinstance(elapsed, int | float) and 0 < elapsed < 1e12 else 0.0
    return Recorded(method, url, headers, body, Response(status, received, answered, elapsed_s), place)


def _sent(request: Members) -> bytes | None:
    body = request.get("body")
    if not isinstance(body, dict) or not body:
        return b""  # Postman writes no body where none was sent
    if body.get("mode") == "raw":
        return text(body, "raw").encode("utf-8", "surrogatepass") if body.get("raw") is not None else b""
    mode = str(body.get("mode"))
    raise NotRecordedError(
        Text(
            f"the request's body was recorded as {mode}, not as it was sent",
            f"请求体按 {mode} 方式记录，未保存实际发送的内容",
        )
    )


def _received(response: Members) -> bytes | None:
    stream = response.get("stream")
    if isinstance(stream, Mapping):
        values = as_list(stream.get("data"), "stream")
        if not all(isinstance(value, int) and 0 <= value <= 255 for value in values):
            raise ValueError("stream: expected bytes")
        return bytes(value for value in values if isinstance(value, int))
    body = response.get("body")
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else None


def _headers(entry: Members) -> Headers:
    found = (as_object(header, "header") for header in as_list(entry.get("header", []), "header"))
    return tuple((text(header, "key"), str(header.get("value", ""))) for header in found if not header.get("disabled"))


def _url(url: object) -> str:
    """The address that Postman keeps in parts. Raises ValueError."""
    if isinstance(url, str):
        return url
    parts = as_object(url, "url")
    host = ".".join(str(step) for step in as_list(parts.get("host", []), "host"))
    port = f":{parts['port']}" if parts.get("port") else ""
    path = "/".join(str(step) for step in as_list(parts.get("path", []), "path"))
    pairs = [as_object(pair, "query") for pair in as_list(parts.get("query", []), "query")]
    query = "&".join(f"{pair.get('key')}={pair.get('value') or ''}" for pair in pairs if not pair.get("disabled"))
    return f"{parts.get('protocol', 'http')}://{host}{port}/{path}" + (f"?{query}" if query else "")
