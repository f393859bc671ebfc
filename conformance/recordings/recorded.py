"""One exchange as a recorder kept it: whether its bodies are whole, how they are decoded, why it got no answer."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from conformance.exchange import FailureKind, Response, TransportFailure
from conformance.recordings import CassetteError
from conformance.recordings.jsonstream import length_of
from conformance.text import Text

if TYPE_CHECKING:
    from types import ModuleType

_MASK = re.compile(
    r"(?i)[xX*•.…#-]{3,}"
    r"|[^*]{0,8}\*{3,}[^*]{0,8}"
    r"|\W*(?:(?:redacted|filtered|masked|hidden|removed|censored|scrubbed|sanitized|sanitised|dummy|placeholder)\W*)+"
    r"|<[A-Z_ -]{1,40}>|\{\{[\w .-]{1,40}\}\}|\$\{[\w.-]{1,40}\}"
)
_SHORTENED = re.compile(r"(?i)(?:\.{3,}|…|\W*\b(?:truncated|shortened|elided|snip(?:ped)?)\b\W*(?:\d+\W*\w*\W*)?)\s*\Z")
_SHORTENED_VALUE = re.compile(rb'(?<=[A-Za-z0-9+/=_%-]{12})(?:\.{3,}|\xe2\x80\xa6|\\u2026)[^"]{0,60}"')
"""Base64 that ends in dots, as the documents print pictures."""

_DOTS = (b"...", b"\xe2\x80\xa6", b"\\u2026")

_SHORT, _TAIL = 1 << 16, 1 << 12
"""Bytes of a body above which only so many at its end are looked at: nobody keeps that much of what he shortens."""

_JUDGED_HEADERS = ("content-type", "content-encoding")
"""Headers that decide how a body is read: where they are masked, nothing can be said about it."""

_BODYLESS = (204, 304)
_WITH_BODY = ("POST", "PUT", "PATCH")

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was left out of traffic: `place` is a line or an entry of its file, `reason` one sentence."""

    place: str
    reason: Text


MOST_NAMED = 20
"""Lines and entries left out that are named; all are counted."""


Tell: TypeAlias = Callable[[Skipped], None]
"""Takes what is left out."""


class NotRecordedError(ValueError):
    """What a recorder did not keep of an exchange, so that nothing can be said about it."""

    def __init__(self, words: Text) -> None:
        """`words` name what is missing."""
        super().__init__(words.en)
        self.words = words


class TrafficError(CassetteError):
    """A file that cannot be taken for recorded traffic; `words` say which file, what it is and what to do."""

    def __init__(self, path: Path, words: Text) -> None:
        """`words` follow the name of the file."""
        super().__init__(Text(f"{path}: {words.en}", f"{path}：{words.zh}"))


@dataclass(frozen=True, slots=True)
class Recorded:
    """An exchange of any client with nothing replaced yet: `url` is whole or begins with the path.

    `place` says where in its file it stands, `at` when it was sent (in whatever form the recorder wrote).
    """

    method: str
    url: str
    headers: Headers
    body: bytes
    answer: Response | TransportFailure
    place: str
    at: str = ""


def is_mask(value: str) -> bool:
    """Whether a value stands for one that a recorder took out, such as `***`, `<TOKEN>` or `[REDACTED]`."""
    return len(value) <= 80 and _MASK.fullmatch(value.strip()) is not None


def not_kept(what: str) -> NotRecordedError:
    """`what` is `request` or `answer`: its body was not recorded."""
    return _lacking(what, "was not recorded; make the recording with content", "未被记录；请在录制时保存内容")


def _content_length(headers: Sequence[tuple[str, str]]) -> int | None:
    """What Content-Length says, where it is a number."""
    values = [value.strip() for name, value in headers if name.lower() == "content-length"]
    return int(values[0]) if values and re.fullmatch(r"[0-9]{1,15}", values[0]) else None


def check_request(method: str, headers: Headers, body: bytes | None, *, exact: bool = True) -> bytes:
    """The body of a request that was recorded whole; None stands for one that nothing is said of.

    `exact` is false for a body that was parsed and is written anew, which may be shorter than it was. Raises
    NotRecordedError.
    """
    _check_masks("request", headers)
    length = _content_length(headers)
    if body is None:
        if length or (length is None and method.upper() in _WITH_BODY):
            raise not_kept("request")
        return b""
    found = length_of(body)
    if length is not None and found < length and exact and (not body or not _codings(headers)):
        raise not_kept("request") if not body else _cut("request", found, length)
    if _is_shortened(body):
        raise _shortened("request")
    end = body if len(body) < _SHORT else body[-_TAIL:]
    if any(dots in end for dots in _DOTS) and _SHORTENED_VALUE.search(end):
        raise NotRecordedError(Text("the picture was shortened by the recorder", "图片数据被录制工具截短"))
    return body


def check_answer(method: str, status: int, headers: Headers, body: bytes | None, *, exact: bool = True) -> bytes:
    """The body of an answer that was recorded whole; None stands for one that nothing is said of.

    Some clients undo a content coding and drop its header, so that Content-Length is that of the wire: what is JSON to
    its end is whole. Raises NotRecordedError.
    """
    _check_masks("answer", headers)
    if method.upper() == "HEAD" or status in _BODYLESS:
        return body or b""
    length = _content_length(headers)
    if body is None and length != 0:
        raise not_kept("answer")
    body = body or b""
    found = length_of(body)
    if length is not None and found < length and exact and (not body or not _codings(headers)):
        if not body:
            raise not_kept("answer")
        if not _is_json(body):
            raise _cut("answer", found, length)
    if _is_shortened(body):
        raise _shortened("answer")
    return body


def _is_shortened(body: bytes) -> bool:
    """Whether a body begins as JSON does and ends as recorders end what they cut: in dots, or in words."""
    tail = body[-160:].decode("utf-8", "replace")
    return _is_json_text(body[:100]) and _SHORTENED.search(tail[-40:]) is not None


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _cut(what: str, found: int, expected: int) -> NotRecordedError:
    """The body has fewer bytes than its Content-Length says."""
    return _lacking(
        what, f"was not recorded whole: {found} of {expected} bytes", f"记录不完整：{expected} 字节中只有 {found} 字节"
    )


def _shortened(what: str) -> NotRecordedError:
    return _lacking(what, "was shortened by the recorder", "被录制工具截短")


def _lacking(what: str, en: str, zh: str) -> NotRecordedError:
    body = {"request": "请求体", "answer": "响应体"}[what]
    return NotRecordedError(Text(f"the {what}'s body {en}", f"{body}{zh}"))


def _check_masks(what: str, headers: Headers) -> None:
    for name, value in headers:
        if name.lower() in _JUDGED_HEADERS and is_mask(value):
            zh = {"request": "请求", "answer": "响应"}[what]
            raise NotRecordedError(
                Text(f"the {what}'s header {name} was masked by the recorder", f"{zh}头 {name} 被录制工具屏蔽")
            )


# Undoes Content-Encoding of recorded bodies: some recorders keep the bytes of the wire, others what they mean.
#
# Both keep the header. So only the bytes tell: what is of the coding as a whole is decoded, what is not was decoded
# before. `br` and `zstd` need the libraries of the extra `ocr-conformance[codings]`.


LONGEST_BODY = 64 << 20
"""Bytes of one body once its content coding is undone."""

_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_MOST_CODINGS = 4


def undone(body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    """The body with its content coding undone, where its bytes are of that coding; else the body as it is.

    Raises NotRecordedError for bytes that begin as the coding does and do not end, that decode to more than
    LONGEST_BODY, or that need a library which is not installed.
    """
    codings = _codings(headers)
    if not body or not codings or len(codings) > _MOST_CODINGS:
        return body
    for coding in reversed(codings):
        decode = _DECODERS.get(coding)
        decoded = decode(body) if decode is not None else None
        if decoded is None:
            return body
        body = decoded
    return body


def _codings(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    values = (value for name, value in headers if name.lower() == "content-encoding")
    names = (name.strip().lower() for value in values for name in value.split(","))
    return tuple(name for name in names if name not in ("", "identity"))


def _gunzip(body: bytes) -> bytes | None:
    if not body.startswith(_GZIP):
        return None
    found = b""
    while body:
        state = zlib.decompressobj(31)
        try:
            found += state.decompress(body, LONGEST_BODY + 1 - len(found))
        except zlib.error:
            raise _breaks_off("gzip") from None
        if len(found) > LONGEST_BODY:
            raise _long()
        if not state.eof:
            raise _breaks_off("gzip")
        body = state.unused_data
        if body and not body.startswith(_GZIP):
            break  # what clients do with the zeros or the noise after the last member: nothing
    return found


def _inflate(body: bytes) -> bytes | None:
    """`deflate` is the zlib format; some servers send it without the wrapper. Either is believed only as a whole."""
    for window_bits in (15, -15):
        state = zlib.decompressobj(window_bits)
        try:
            found = state.decompress(body, LONGEST_BODY + 1)
        except zlib.error:
            continue
        if len(found) > LONGEST_BODY:
            raise _long()
        if state.eof and not state.unused_data:
            return found
    return None


def _brotli(body: bytes) -> bytes | None:
    if _is_json_text(body):
        return None  # brotli has no mark of its own, and nothing that it makes of an answer begins as JSON does
    library = _library("brotli", "br")
    state = library.Decompressor()
    try:
        found: bytes = state.process(body, output_buffer_limit=LONGEST_BODY + 1)
    except library.error:
        return None
    if len(found) > LONGEST_BODY:
        raise _long()
    return found if state.is_finished() else None


def _zstd(body: bytes) -> bytes | None:
    if not body.startswith(_ZSTD):
        return None
    library = _library("zstandard", "zstd")
    try:
        with library.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            found: bytes = reader.read(LONGEST_BODY + 1)
        if len(found) > LONGEST_BODY:
            raise _long()
        # The reader above is bounded and does not tell where a frame breaks off.
        while body:
            frame = library.ZstdDecompressor().decompressobj()
            frame.decompress(body)
            if not frame.eof:
                raise _breaks_off("zstd")
            body = frame.unused_data
    except library.ZstdError:
        raise _breaks_off("zstd") from None
    return found


_DECODERS: Mapping[str, Callable[[bytes], bytes | None]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _brotli,
    "zstd": _zstd,
}


def _library(name: str, coding: str) -> ModuleType:
    try:
        return import_module(name)  # late: an extra, and hardly any recording needs it
    except ImportError:
        install = "`pip install ocr-conformance[codings]`"
        raise NotRecordedError(
            Text(
                f"the body is in the content coding {coding}; to read it, {install}",
                f"报文体采用内容编码 {coding}；如需读取，请执行 {install}",
            )
        ) from None


def _is_json_text(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def _breaks_off(coding: str) -> NotRecordedError:
    return NotRecordedError(
        Text(f"the body was not recorded whole: its {coding} breaks off", f"报文体记录不完整：{coding} 数据中断")
    )


def _long() -> NotRecordedError:
    size = LONGEST_BODY >> 20
    return NotRecordedError(Text(f"the body decodes to more than {size} MB", f"报文体解码后超过 {size} MB"))


# Requests that got no answer, whatever a recorder calls that: one kind of failure for one cause.
#
# Status 0 (Chromium, Firefox, mitmproxy, pcap2har), -1 (Playwright), '' (axios-har-tracker), null or nothing at
# all; the cause in `_error`, `_failureText` or `requestError`, in the words of Chromium, Firefox, WebKit, Node,
# Python, mitmproxy.


NO_STATUS: tuple[object, ...] = (0, -1, "", "0", None)
"""What stands in the place of a status where there was no answer."""

_CAUSES: Mapping[FailureKind, str] = {
    "unresolved": "NAME_NOT_RESOLVED|UNKNOWN_HOST|ENOTFOUND|EAI_AGAIN|getaddrinfo|name resolution|not known"
    "|resolve host",
    "refused": "CONNECTION_REFUSED|ECONNREFUSED|refused|Connect call failed",
    "tls": r"ERR_SSL|ERR_CERT|SEC_ERROR|SSL_ERROR|SELF_SIGNED|\bCERT_|certificate|\bTLS\b|\bSSL\b",
    "timeout": "TIMED_OUT|NET_TIMEOUT|ETIMEDOUT|ESOCKETTIMEDOUT|ECONNABORTED|timed? ?out",
    "malformed": "INVALID_HTTP|CHUNKED_ENCODING|HPE_|Parse Error|bad response|invalid (?:http|response)"
    "|protocol error|RESPONSE_HEADERS_TRUNCATED",
    "closed": "EMPTY_RESPONSE|CONNECTION_RESET|CONNECTION_CLOSED|CONTENT_LENGTH_MISMATCH|NET_RESET|NET_INTERRUPT"
    "|PARTIAL_TRANSFER|ECONNRESET|EPIPE|hang up|closed|reset by|connection was lost|disconnected|without response"
    "|premature",
    "unreachable": "ADDRESS_UNREACHABLE|EHOSTUNREACH|ENETUNREACH|unreachable|no route",
}
"""Causes for which the target answers, in the order in which they are looked for; all others are the client's doing."""

_CLIENTS_OWN = re.compile(
    "(?i)ERR_ABORTED|BINDING_ABORTED|BLOCKED|CANCEL|INTERNET_DISCONNECTED|NETWORK_CHANGED|client (?:closed|disconnect)"
)
_ON_THE_WIRE = "pcap2har"
"""Sees packets: where it saw a request and no answer, the connection came about and ended."""


def failed(words: str, elapsed_s: float, creator: str = "") -> TransportFailure:
    """The failure that a recorder's words stand for; `creator` is the recorder, as far as it names itself.

    Without any words nobody knows whether the connection was closed or refused, or the client gave up. Raises
    NotRecordedError for that, and where the client gave up.
    """
    if not _CLIENTS_OWN.search(words):
        for kind, pattern in _CAUSES.items():
            if re.search(pattern, words, re.IGNORECASE):
                return TransportFailure(kind, words, elapsed_s)
        if not words and _ON_THE_WIRE in creator:
            return TransportFailure("closed", "no answer was recorded", elapsed_s)
    why = words or "the recording does not say why"
    raise NotRecordedError(Text(f"no answer was recorded ({why})", f"未记录到响应（{words or '录制中没有说明原因'}）"))
