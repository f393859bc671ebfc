"""One exchange as a recorder kept it, also one that got no answer, whatever a recorder calls that."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from conformance.exchange import FailureKind, Response, TransportFailure
from conformance.files import words_of
from conformance.recordings import CassetteError
from conformance.text import Text

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


class Shortened(bytes):
    """A body of which the middle of a picture is left out, since nothing is looked for in it; `whole` is its length."""

    whole = 0


def length_of(body: bytes) -> int:
    """How many bytes a body has, or had."""
    return body.whole if isinstance(body, Shortened) else len(body)


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


def reason_of(error: ValueError) -> Text:
    """Why an exchange could not be read, in both languages as far as anybody wrote it in both."""
    return words_of(error)


def is_mask(value: str) -> bool:
    """Whether a value stands for one that a recorder took out, such as `***`, `<TOKEN>` or `[REDACTED]`."""
    return len(value) <= 80 and _MASK.fullmatch(value.strip()) is not None


def is_shortened(body: bytes) -> bool:
    """Whether a body begins as JSON does and ends as recorders end what they cut: in dots, or in words."""
    tail = body[-160:].decode("utf-8", "replace")
    return body[:100].lstrip()[:1] in (b"{", b"[") and _SHORTENED.search(tail[-40:]) is not None


def not_kept(what: str) -> NotRecordedError:
    """`what` is `request` or `answer`: its body was not recorded."""
    zh = {"request": "请求体", "answer": "响应体"}[what]
    return NotRecordedError(
        Text(
            f"the {what}'s body was not recorded; make the recording with content",
            f"{zh}未被记录；请在录制时保存内容",
        )
    )


def cut(what: str, found: int, expected: int) -> NotRecordedError:
    """The body of the `request` or `answer` has fewer bytes than its Content-Length says."""
    zh = {"request": "请求体", "answer": "响应体"}[what]
    return NotRecordedError(
        Text(
            f"the {what}'s body was not recorded whole: {found} of {expected} bytes",
            f"{zh}记录不完整：{expected} 字节中只有 {found} 字节",
        )
    )


def content_length(headers: Sequence[tuple[str, str]]) -> int | None:
    """What Content-Length says, where it is a number."""
    values = [value.strip() for name, value in headers if name.lower() == "content-length"]
    return int(values[0]) if values and re.fullmatch(r"[0-9]{1,15}", values[0]) else None


def has_coding(headers: Sequence[tuple[str, str]]) -> bool:
    """Whether a content coding is named."""
    codings = (value.strip().lower() for name, value in headers if name.lower() == "content-encoding")
    return any(value not in ("", "identity") for value in codings)


def check_request(method: str, headers: Headers, body: bytes | None, *, exact: bool = True) -> bytes:
    """The body of a request that was recorded whole; None stands for one that nothing is said of.

    `exact` is false for a body that was parsed and is written anew, which may be shorter than it was. Raises
    NotRecordedError.
    """
    _check_masks("request", headers)
    length = content_length(headers)
    if body is None:
        if length or (length is None and method.upper() in _WITH_BODY):
            raise not_kept("request")
        return b""
    found = length_of(body)
    if length is not None and found < length and exact and (not body or not has_coding(headers)):
        raise not_kept("request") if not body else cut("request", found, length)
    if is_shortened(body):
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
    length = content_length(headers)
    if body is None and length != 0:
        raise not_kept("answer")
    body = body or b""
    found = length_of(body)
    if length is not None and found < length and exact and (not body or not has_coding(headers)):
        if not body:
            raise not_kept("answer")
        if not _is_json(body):
            raise cut("answer", found, length)
    if is_shortened(body):
        raise _shortened("answer")
    return body


def _is_json(body: bytes) -> bool:
    try:
        json.loads(body)
    except (ValueError, RecursionError):
        return False
    return True


def _shortened(what: str) -> NotRecordedError:
    zh = {"request": "请求体", "answer": "响应体"}[what]
    return NotRecordedError(Text(f"the {what}'s body was shortened by the recorder", f"{zh}被录制工具截短"))


def _check_masks(what: str, headers: Headers) -> None:
    for name, value in headers:
        if name.lower() in _JUDGED_HEADERS and is_mask(value):
            zh = {"request": "请求", "answer": "响应"}[what]
            raise NotRecordedError(
                Text(f"the {what}'s header {name} was masked by the recorder", f"{zh}头 {name} 被录制工具屏蔽")
            )


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
