"""NDJSON exchanges, one JSON object a line; and files that people take for recorded traffic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass

from conformance.entries import (
    EntryError,
    Members,
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
from conformance.recordings import Interaction, auth, failure_kind
from conformance.recordings.foreign import undone
from conformance.recordings.opened import Opened
from conformance.recordings.recorded import (
    Headers,
    Recorded,
    Skipped,
    check_answer,
    check_request,
    reason_of,
)
from conformance.text import Text

# Files that people take for recorded traffic and that hold none that can be judged: what they are, what to do.


_INSTEAD = Text(
    "expected a cassette folder, a HAR file, NDJSON exchanges, a VCR cassette or a report of newman",
    "应为 cassette 目录、HAR 文件、NDJSON 交互、VCR cassette 或 newman 报告",
)


@dataclass(frozen=True, slots=True)
class Unread:
    """A kind of file that is not read: what it is, and what to do instead."""

    recognises: Callable[[Opened], bool]
    what: Text
    instead: Text


def _has(*names: str) -> Callable[[Opened], bool]:
    """Whether the object that a file begins with has all of some members at its front."""
    return lambda opened: set(names) <= set(opened.names)


def _begins(pattern: str) -> Callable[[Opened], bool]:
    expression = re.compile(pattern, re.DOTALL)
    return lambda opened: expression.match(opened.start[:20_000]) is not None


_PROXY = Text(
    "record the calls with a proxy that writes HAR (mitmproxy: --set hardump=FILE) instead",
    "请改用能输出 HAR 的代理录制（mitmproxy：--set hardump=文件）",
)

_WIREMOCK = re.compile(
    r'"(?:bodyPatterns|urlPattern|urlPathPattern|urlPath|insertionIndex|persistent|proxyBaseUrl)"\s*:'
)
_PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a", b"\x4d\x3c\xb2\xa1")


def is_wiremock(opened: Opened) -> bool:
    """Whether a file is stub mappings of WireMock, one of which looks much like an exchange."""
    return "mappings" in opened.names or _WIREMOCK.search(opened.start[:20_000]) is not None


KINDS = (
    Unread(
        _begins(r"""\[\s*\{(?=.{0,5000}"scope"\s*:).{0,20000}"(?:method|path)"\s*:"""),
        Text(
            "a recording of nock, which keeps what it parsed and not what was sent",
            "nock 录制文件，其中保存的是解析结果而非原始报文",
        ),
        _PROXY,
    ),
    Unread(
        is_wiremock,
        Text(
            "stub mappings of WireMock, which hold conditions and no requests",
            "WireMock 的 stub 映射，其中只有匹配条件而没有请求",
        ),
        _PROXY,
    ),
    Unread(
        _begins(r"""\[?\s*\{(?=.{0,20000}"(?:iterationIndex|suitename|testResults|assertionResults)"\s*:)"""),
        Text("a report of Bruno, which masks tokens and parses answers", "Bruno 报告，其中 Token 被屏蔽、响应已被解析"),
        _PROXY,
    ),
    Unread(
        _begins(r"HTTP/[0-9](?:\.[0-9])? [0-9]{3}"),
        Text("one answer as `curl -i` prints it, without its request", "`curl -i` 打印的单个响应，不含请求"),
        Text(
            "record the call with a proxy, or write request and answer as a line of NDJSON",
            "请用代理录制调用，或将请求与响应写成一行 NDJSON",
        ),
    ),
    Unread(
        _has("kit_version", "verdict"),
        Text("a report of this kit, which is a result and no recording", "本工具的报告，属于结果而非录制"),
        Text(
            "give the recording that it is about (run --record, or the file that was audited)",
            "请给出其对应的录制（run --record 的目录，或被审计的文件）",
        ),
    ),
    Unread(
        _has("info", "item"),
        Text("a Postman collection, which holds requests and no answers", "Postman 集合，其中只有请求而没有响应"),
        Text(
            "run it with `newman run FILE -r json`, and give the report",
            "请用 `newman run 文件 -r json` 运行，并给出其报告",
        ),
    ),
    Unread(
        lambda opened: "openapi" in opened.names or "swagger" in opened.names or "paths" in opened.names,
        Text("a description of an interface (OpenAPI), without any exchange", "接口描述（OpenAPI），不含任何交互"),
        Text(
            "give recorded traffic, or run the kit against the service with `ocr-conformance run URL`",
            "请给出录制的流量，或用 `ocr-conformance run URL` 直接测试服务",
        ),
    ),
    Unread(
        lambda opened: opened.front[:4] in _PCAP,
        Text("packets of a network (pcap), which may be encrypted", "网络抓包文件（pcap），内容可能已加密"),
        Text("turn it into HAR with `pcap2har`", "请用 `pcap2har` 转换为 HAR"),
    ),
    Unread(
        lambda opened: re.match(rb"[0-9]{1,9}:[0-9]{1,9}:", opened.front) is not None,
        Text("flows of mitmproxy in its own form", "mitmproxy 自有格式的 flow 文件"),
        Text(
            "turn them into HAR with `mitmdump -nr FILE --set hardump=FILE.har`",
            "请用 `mitmdump -nr 文件 --set hardump=文件.har` 转换为 HAR",
        ),
    ),
    Unread(
        lambda opened: opened.front.startswith(b"PK\x03\x04"),
        Text("a ZIP archive without exactly one HAR file in it", "ZIP 压缩包，其中不是恰好一个 HAR 文件"),
        Text("unpack it, and give the recordings in it", "请解压后给出其中的录制文件"),
    ),
    Unread(
        lambda opened: opened.start.startswith(("{", "[")),
        Text("JSON of another kind", "其他内容的 JSON"),
        _INSTEAD,
    ),
)


def unread_words(opened: Opened) -> Text:
    """What a file is that no reader knows, and what to do."""
    if not opened.start:
        return Text(
            "expected recorded traffic, found an empty file; record again, and give what was written",
            "应为录制的流量，实际为空文件；请重新录制后给出所写文件",
        )
    for kind in KINDS:
        if kind.recognises(opened):
            return Text(f"found {kind.what.en}; {kind.instead.en}", f"这是{kind.what.zh}；{kind.instead.zh}")
    return Text(f"{_INSTEAD.en}, found none of them", f"{_INSTEAD.zh}，实际均不是")


EMPTY = Text(
    "there is no exchange in it; record again, and let the calls come to their end before saving",
    "其中没有任何交互；请重新录制，待调用全部结束后再保存",
)


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
    raise EntryError(f"longer than {MAX_LINE >> 20} MB", f"超过 {MAX_LINE >> 20} MB")


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
        sent = Request(method, url, headers, body or b"", auth(request, "auth"))
        exchange = Exchange(sent, answer, place)
        return Interaction("", "", 0, "traffic", 1, exchange, at=at)
    whole = undone(check_request(method, headers, body, exact=_is_exact(request)), headers)
    return Recorded(method, url, headers, whole, answer, place, at)


def _answer(entry: Members, method: str, *, own: bool) -> Response | TransportFailure:
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
        raise EntryError("headers: expected strings", "headers：应为字符串")
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
    raise EntryError(
        f"body: expected text, JSON or base64, found {body!r:.40}",
        f"body：应为文本、JSON 或 Base64，实为 {body!r:.40}",
    )


def line_of(exchange: Exchange) -> int:
    """The number of the line that an exchange is from."""
    return int(exchange.id.removeprefix(_LINE))
