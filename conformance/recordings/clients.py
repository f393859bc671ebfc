"""What clients and their tests write: NDJSON, an exchange a line; cassettes of VCR-like tools; newman's JSON report."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Container, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.entries import (
    EntryError,
    Members,
    as_list,
    as_object,
    from_base64,
    http_status,
    member,
    number,
    pairs,
    read_object,
    strings,
    text,
)
from conformance.exchange import Exchange, Request, Response, TransportFailure
from conformance.files import words_of
from conformance.recordings import Interaction, auth, failure_kind
from conformance.recordings.opened import Opened, entries_in, is_wiremock, numbered
from conformance.recordings.recorded import (
    Headers,
    NotRecordedError,
    Recorded,
    Skipped,
    Tell,
    TrafficError,
    check_answer,
    check_request,
    failed,
    undone,
)
from conformance.text import Text

if TYPE_CHECKING:
    from types import ModuleType


# NDJSON: a request and its answer, as an object on a line of its own.


MAX_LINE = 64 << 20
"""Bytes of one line: several times the largest request that the documents allow, with its answer."""

_LINE = "line "


def recognises_lines(opened: Opened) -> bool:
    """Whether a file is NDJSON exchanges: some line at its front, not always the first one, is an exchange."""
    if "request" in opened.names:
        return not is_wiremock(opened)
    return any(_is_exchange(line) for line in opened.start.splitlines()[1:] if line.startswith("{"))


def read_lines(opened: Opened, skipped: Tell, only: Container[int] | None = None) -> Iterator[Recorded | Interaction]:
    """The exchanges of an NDJSON file; a line that holds none is told to `skipped` with its number, and left out.

    `only` has the numbers of the lines that are wanted: others are read over. Raises CassetteError where the file
    cannot be read.
    """
    with opened.binary() as lines:
        number = opened.lines_before
        while line := lines.readline(MAX_LINE):
            number += 1
            place = f"{_LINE}{number}"
            try:
                whole = _whole_line(line, lines.readline)
                found = _line_exchange(whole, place) if only is None or number in only else None
            except ValueError as error:
                skipped(Skipped(place, words_of(error)))
                continue
            if found is not None:
                yield found


def _is_exchange(line: str) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return line.startswith('{"request"')  # the front of the file may end within the line
    return isinstance(value, dict) and "request" in value


def _whole_line(line: bytes, more: Callable[[int], bytes]) -> bytes:
    if len(line) < MAX_LINE or line.endswith(b"\n"):
        return line
    while (rest := more(MAX_LINE)) and not rest.endswith(b"\n"):
        pass
    raise EntryError(f"longer than {MAX_LINE >> 20} MB", f"超过 {MAX_LINE >> 20} MB")


def _line_exchange(line: bytes, place: str) -> Recorded | Interaction | None:
    if not line.strip():
        return None
    entry = read_object(line)
    request = member(entry, "request")
    method, headers = text(request, "method"), _line_headers(request)
    url = text(request, "url") if "url" in request else text(request, "path")
    at = text(entry, "at") if "at" in entry else ""
    own = "auth" in request
    body, answer = _line_body(request), _line_answer(entry, method, own=own)
    if own:
        sent = Request(method, url, headers, body or b"", auth(request, "auth"))
        exchange = Exchange(sent, answer, place)
        return Interaction("", "", 0, "traffic", 1, exchange, at=at)
    whole = undone(check_request(method, headers, body, exact=_is_exact(request)), headers)
    return Recorded(method, url, headers, whole, answer, place, at)


def _line_answer(entry: Members, method: str, *, own: bool) -> Response | TransportFailure:
    if "response" not in entry:
        if "failure" not in entry:
            raise EntryError(
                "expected a response or a failure beside the request, found neither",
                "请求旁应有 response 或 failure，实际均无",
            )
        failure = member(entry, "failure")
        elapsed = number(failure, "elapsed_s") if "elapsed_s" in failure else 0.0
        return TransportFailure(failure_kind(failure, "kind"), text(failure, "detail"), elapsed)
    response = member(entry, "response")
    status, headers, body = http_status(response, "status"), _line_headers(response), _line_body(response)
    elapsed = number(response, "elapsed_s") if "elapsed_s" in response else 0.0
    if own and body is not None:
        return Response(status, headers, body, elapsed, strings(response, "odd"))  # the kit undid all codings
    whole = undone(check_answer(method, status, headers, body, exact=_is_exact(response)), headers)
    return Response(status, headers, whole, elapsed, strings(response, "odd"))


def _line_headers(entry: Members) -> Headers:
    headers = entry.get("headers", [])
    if not isinstance(headers, dict):
        return pairs(headers, "headers")
    if not all(isinstance(value, str) for value in headers.values()):
        raise EntryError("headers: expected strings", "headers：应为字符串")
    return tuple(headers.items())


def _is_exact(entry: Members) -> bool:
    """Whether a body is kept as it was, and not as the JSON that it was parsed to."""
    body = entry.get("body")
    return isinstance(body, str) or (isinstance(body, dict) and body.keys() == {"base64"})


def _line_body(entry: Members) -> bytes | None:
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
    raise EntryError(
        f"body: expected text, JSON or base64, found {body!r:.40}",
        f"body：应为文本、JSON 或 Base64，实为 {body!r:.40}",
    )


def line_of(exchange: Exchange) -> int:
    """The number of the line that an exchange is from."""
    return int(exchange.id.removeprefix(_LINE))


# Cassettes of VCR-like tools, in JSON and in YAML.


_LISTS = ("interactions", "http_interactions")
_YAML = re.compile(r"^(?:interactions|http_interactions) *:", re.MULTILINE)


def recognises_vcr_json(opened: Opened) -> bool:
    """Whether a file is a VCR cassette in JSON: vcrpy's `interactions`, or `http_interactions` of betamax and Ruby."""
    return any(name in _LISTS for name in opened.names)


def recognises_vcr_yaml(opened: Opened) -> bool:
    """Whether a file is a VCR cassette in YAML."""
    return not opened.start.startswith(("{", "[")) and _YAML.search(opened.start) is not None


def read_vcr_json(opened: Opened, skipped: Tell) -> Iterator[Recorded | Interaction]:
    """The exchanges of a VCR cassette in JSON, one at a time; what holds none is told to `skipped` and left out.

    Raises CassetteError for a file that is none.
    """
    name = next(name for name in opened.names if name in _LISTS)
    expected = Text("expected a VCR cassette (JSON)", "应为 VCR cassette（JSON）")
    return entries_in(opened, expected, (name,), "interaction", _vcr_exchange, skipped)


def read_vcr_yaml(opened: Opened, skipped: Tell) -> Iterator[Recorded | Interaction]:
    """The exchanges of a VCR cassette in YAML; an interaction that holds none is told to `skipped` and left out.

    YAML cannot be read piece by piece: the whole file is in memory. Raises CassetteError where PyYAML is not installed,
    and for a file that is no VCR cassette.
    """
    yaml = _yaml(opened.path)
    with opened.binary() as file:
        try:
            loaded: object = yaml.load(file, Loader=_loader(yaml))
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            words = Text(
                f"expected a VCR cassette (YAML without tags of its own): {error}",
                f"应为 VCR cassette（不含自定义标签的 YAML）：{error}",
            )
            raise TrafficError(opened.path, words) from error
    document = loaded if isinstance(loaded, dict) else {}
    interactions = next((document[name] for name in _LISTS if name in document), None)
    if not isinstance(interactions, list):
        raise TrafficError(
            opened.path,
            Text(
                "expected a VCR cassette with interactions, found none",
                "应为包含 interactions 的 VCR cassette，实际没有",
            ),
        )
    yield from numbered(interactions, "interaction", _vcr_exchange, skipped)


def _yaml(path: Path) -> ModuleType:
    try:
        return import_module("yaml")  # late: an extra, and only this module needs it
    except ImportError:
        install = "`pip install ocr-conformance[yaml]`"
        words = Text(
            f"reading VCR cassettes in YAML needs PyYAML; install it with {install}",
            f"读取 YAML 格式的 VCR cassette 需要 PyYAML；请执行 {install}",
        )
        raise TrafficError(path, words) from None


def _loader(yaml: ModuleType) -> Any:
    """A safe loader that knows `!binary`, too, which is how Ruby tags base64."""
    safe: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loader: Any = type("Loader", (safe,), {})
    loader.add_constructor("!binary", _binary)
    return loader


def _binary(loader: Any, node: Any) -> bytes:
    return base64.b64decode(loader.construct_scalar(node))


def _vcr_exchange(entry: object, place: str) -> Recorded:
    whole = as_object(entry, "interaction")
    request, response = member(whole, "request"), member(whole, "response")
    status = http_status(member(response, "status"), "code")
    url, method = request.get("uri"), request.get("method")
    if not isinstance(url, str) or not isinstance(method, str):
        raise EntryError("request: expected a method and a uri", "request：应有 method 和 uri")
    sent, received = _vcr_headers(request), _vcr_headers(response)
    asked = undone(check_request(method, sent, _vcr_body(request)), sent)
    answered = undone(check_answer(method, status, received, _vcr_body(response)), received)
    answer = Response(status, received, answered)
    return Recorded(method, url, sent, asked, answer, place, str(whole.get("recorded_at") or ""))


def _vcr_headers(entry: Members) -> Headers:
    headers = entry.get("headers") or {}
    return tuple(
        (_vcr_text(name), _vcr_text(value))
        for name, values in as_object(headers, "headers").items()
        for value in (values if isinstance(values, list) else [values])
    )


def _vcr_text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _vcr_body(entry: Members) -> bytes | None:
    """A body is text, bytes or nothing, or an object with `string` or `base64_string`; None where it has no member.

    `null` is how these tools write a body that was empty.
    """
    if "body" not in entry:
        return None
    body = entry["body"]
    if isinstance(body, dict):
        if isinstance(body.get("base64_string"), str):
            return from_base64("".join(body["base64_string"].split()))  # Ruby breaks it into lines
        if "string" not in body:
            return None
        body = body["string"]
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    if isinstance(body, bytes):
        return body
    raise EntryError(
        f"body: expected text or bytes, found {type(body).__name__}",
        f"body：应为文本或字节，实为 {type(body).__name__}",
    )


# The JSON report of newman, the command-line runner of Postman collections.
#
# The body of an answer is a list of bytes, decoded; a request without an answer has a `requestError`.


def recognises_newman(opened: Opened) -> bool:
    """Whether a file is a report of newman: it begins with the collection that was run."""
    names = opened.names
    return names[:1] == ["collection"] or ("run" in names and "executions" in opened.start)


def read_newman(opened: Opened, skipped: Tell) -> Iterator[Recorded | Interaction]:
    """The exchanges of a report; an execution that holds none is told to `skipped` with its number, and left out.

    Raises CassetteError for a file that is no report.
    """
    expected = Text("expected a JSON report of newman", "应为 newman 的 JSON 报告")
    return entries_in(opened, expected, ("run", "executions"), "execution", _newman_exchange, skipped)


def _newman_exchange(found: object, place: str) -> Recorded:
    entry = as_object(found, place)
    request = member(entry, "request")
    method, url, headers = text(request, "method"), _newman_url(request.get("url")), _newman_headers(request)
    body = check_request(method, headers, _newman_request_body(request))
    response = entry.get("response")
    error = entry.get("requestError")
    if not isinstance(response, dict) or not response.get("code"):
        why = error if isinstance(error, dict) else {}
        words = " ".join(str(why[name]) for name in ("code", "message") if why.get(name))
        return Recorded(method, url, headers, body, failed(words, 0.0, "newman"), place)
    status, received = http_status(response, "code"), _newman_headers(response)
    answered = undone(check_answer(method, status, received, _newman_answer_body(response)), received)
    elapsed = response.get("responseTime")
    elapsed_s = elapsed / 1000 if isinstance(elapsed, int | float) and 0 < elapsed < 1e12 else 0.0
    return Recorded(method, url, headers, body, Response(status, received, answered, elapsed_s), place)


def _newman_request_body(request: Members) -> bytes | None:
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


def _newman_answer_body(response: Members) -> bytes | None:
    stream = response.get("stream")
    if isinstance(stream, Mapping):
        values = as_list(stream.get("data"), "stream")
        if not all(isinstance(value, int) and 0 <= value <= 255 for value in values):
            raise EntryError("stream: expected bytes", "stream：应为字节")
        return bytes(value for value in values if isinstance(value, int))
    body = response.get("body")
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else None


def _newman_headers(entry: Members) -> Headers:
    found = (as_object(header, "header") for header in as_list(entry.get("header", []), "header"))
    return tuple((text(header, "key"), str(header.get("value", ""))) for header in found if not header.get("disabled"))


def _newman_url(url: object) -> str:
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
