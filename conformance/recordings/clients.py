"""Recordings of clients and their tests: VCR-like tools, and newman's JSON report."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.entries import EntryError, Members, as_list, as_object, from_base64, http_status, member, text
from conformance.exchange import Response
from conformance.recordings import Interaction
from conformance.recordings.foreign import undone
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream, entries
from conformance.recordings.opened import Opened
from conformance.recordings.recorded import (
    Headers,
    NotRecordedError,
    Recorded,
    Skipped,
    TrafficError,
    check_answer,
    check_request,
    failed,
    reason_of,
)
from conformance.text import Text

if TYPE_CHECKING:
    from types import ModuleType


_LISTS = ("interactions", "http_interactions")
_YAML = re.compile(r"^(?:interactions|http_interactions) *:", re.MULTILINE)


def recognises_json(opened: Opened) -> bool:
    """Whether a file is a VCR cassette in JSON: vcrpy's `interactions`, or `http_interactions` of betamax and Ruby."""
    return any(name in _LISTS for name in opened.names)


def recognises_yaml(opened: Opened) -> bool:
    """Whether a file is a VCR cassette in YAML."""
    return not opened.start.startswith(("{", "[")) and _YAML.search(opened.start) is not None


def read_json(opened: Opened, skipped: Callable[[Skipped], None]) -> Iterator[Recorded | Interaction]:
    """The exchanges of a VCR cassette in JSON, one at a time; what holds none is told to `skipped` and left out.

    Raises CassetteError for a file that is none.
    """
    name = next(name for name in opened.names if name in _LISTS)
    with opened.binary() as stream:
        source = JsonStream(
            stream, Text(f"{opened.path}: expected a VCR cassette (JSON)", f"{opened.path}：应为 VCR cassette（JSON）")
        )
        try:
            yield from _exchanges(entries(source, (name,), {}, "interaction"), skipped)
        except BrokenJsonError as error:
            skipped(Skipped(error.place, error.words))


def read_yaml(opened: Opened, skipped: Callable[[Skipped], None]) -> Iterator[Recorded | Interaction]:
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
    yield from _exchanges(interactions, skipped)


def _exchanges(found: Iterable[object], skipped: Callable[[Skipped], None]) -> Iterator[Recorded]:
    for number, entry in enumerate(found, 1):
        place = f"interaction {number}"
        try:
            yield _exchange(entry, place)
        except ValueError as error:
            skipped(Skipped(place, reason_of(error)))


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


def _exchange(entry: object, place: str) -> Recorded:
    whole = as_object(entry, "interaction")
    request, response = member(whole, "request"), member(whole, "response")
    status = http_status(member(response, "status"), "code")
    url, method = request.get("uri"), request.get("method")
    if not isinstance(url, str) or not isinstance(method, str):
        raise EntryError("request: expected a method and a uri", "request：应有 method 和 uri")
    sent, received = _headers(request), _headers(response)
    asked = undone(check_request(method, sent, _body(request)), sent)
    answered = undone(check_answer(method, status, received, _body(response)), received)
    answer = Response(status, received, answered)
    return Recorded(method, url, sent, asked, answer, place, str(whole.get("recorded_at") or ""))


def _headers(entry: Members) -> Headers:
    headers = entry.get("headers") or {}
    return tuple(
        (_text(name), _text(value))
        for name, values in as_object(headers, "headers").items()
        for value in (values if isinstance(values, list) else [values])
    )


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(entry: Members) -> bytes | None:
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


# Reads the JSON report of newman, the command-line runner of Postman collections: one execution at a time.
#
# The body of an answer is a list of bytes, decoded; a request without an answer has a `requestError`.


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
                    yield _newman_exchange(as_object(entry, place), place)
                except ValueError as error:
                    skipped(Skipped(place, reason_of(error)))
        except BrokenJsonError as error:
            skipped(Skipped(error.place, error.words))


def _newman_exchange(entry: Members, place: str) -> Recorded:
    request = member(entry, "request")
    method, url, headers = text(request, "method"), _url(request.get("url")), _newman_headers(request)
    body = check_request(method, headers, _sent(request))
    response = entry.get("response")
    error = entry.get("requestError")
    if not isinstance(response, dict) or not response.get("code"):
        why = error if isinstance(error, dict) else {}
        words = " ".join(str(why[name]) for name in ("code", "message") if why.get(name))
        return Recorded(method, url, headers, body, failed(words, 0.0, "newman"), place)
    status, received = http_status(response, "code"), _newman_headers(response)
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
            raise EntryError("stream: expected bytes", "stream：应为字节")
        return bytes(value for value in values if isinstance(value, int))
    body = response.get("body")
    return body.encode("utf-8", "surrogatepass") if isinstance(body, str) else None


def _newman_headers(entry: Members) -> Headers:
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
