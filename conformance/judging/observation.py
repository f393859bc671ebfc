"""What an exchange says about one requirement, and why there was no response where there was none."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.judging.body import Beyond
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.exchange import FailureKind, TransportFailure


State: TypeAlias = Literal["held", "broken", "undecided"]

AS_DOCUMENTED = Text("as documented", "与文档一致")


@dataclass(frozen=True, slots=True)
class Observation:
    """`held` and could have been broken (a witness), `broken` (a finding), or `undecided` with the reason in
    `observed`.

    `requirement` is the full id; `pointer` is a JSON Pointer into the body of the answer, empty for the whole of it.
    `slip` says of a broken one that it is only about what was recognised, so that it breaks the requirement where it is
    a habit of the target, and not where its engine misses as much anyhow; `partly` that what was recognised held.
    """

    requirement: str
    state: State
    expected: Text
    observed: Text
    pointer: str = ""
    slip: bool = False
    partly: bool = False


def slipped(observation: Observation, *, partly: bool) -> Observation:
    """A broken observation that is only about what was recognised."""
    return replace(observation, slip=True, partly=partly)


def shown(value: object, limit: int = 120) -> str:
    """A value of an answer as a reader may see it: as JSON spells it, printable, on one line, cut after `limit`
    characters; bytes of it as Python does.
    """
    return plain(ascii(value) if isinstance(value, bytes) else _spelled(value, limit), limit)


def _spelled(value: object, room: int) -> str:
    """A value in JSON, of which only the first `room` characters and a few more matter."""
    if isinstance(value, str):
        return json.dumps(value[: room + 1], ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, Beyond):
        return value.text[: room + 1]
    if not isinstance(value, dict | list | tuple):
        return str(value)
    parts: list[str] = []
    for name, below in value.items() if isinstance(value, dict) else enumerate(value):
        key = f"{_spelled(str(name), room)}: " if isinstance(value, dict) else ""
        parts.append(f"{key}{_spelled(below, room)}")
        room -= len(parts[-1]) + 2
        if room < 0:
            break
    return f"{{{', '.join(parts)}}}" if isinstance(value, dict) else f"[{', '.join(parts)}]"


def as_shown(value: object) -> Text:
    """`shown` in both languages."""
    return Text(shown(value), shown(value))


def no_member(name: str) -> Text:
    """What is observed where a member is missing; it is said of the object that should have it."""
    return Text(f"no member {shown(name)}", f"没有字段 {shown(name)}")


def member_is(name: str, value: object) -> Text:
    """What is observed of the value of a member."""
    return Text(f"{name} is {shown(value)}", f"{name} 为 {shown(value)}")


def plain(text: str, limit: int = 120) -> str:
    """A text of an answer without quotes around it: printable, on one line, cut after `limit` characters."""
    line = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: limit + 1])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


# Why there was no response, in English and Chinese; recordings hold the sentences of the transport in English.


KINDS: Mapping[FailureKind, str] = MappingProxyType(
    {
        "unresolved": "主机名无法解析",
        "refused": "连接被拒绝",
        "unreachable": "无法连接",
        "tls": "TLS 未能建立",
        "timeout": "超时",
        "closed": "连接中断",
        "malformed": "响应不是 HTTP",
        "too-large": "响应过大",
    }
)
"""What each kind of failure is in Chinese."""

_WITHIN = r"within (?P<s>[\d.e+-]+) s\."
_SENTENCES = (
    (r"The host name was not resolved within the deadline\.", "主机名未能在时限内解析"),
    (r"The host name of the proxy does not resolve\.", "代理的主机名无法解析"),
    (r"The host name of the (\w+) does not resolve\.", "被测系统的主机名无法解析"),
    (r"The proxy refused the connection\.", "代理拒绝连接"),
    (r"The (\w+) refused the connection\.", "被测系统拒绝连接"),
    (r"The proxy answered (?P<status>.+) instead of opening a tunnel\.", "代理未建立隧道，而是响应 {status}"),
    (r"The proxy could not be reached: (?P<why>.+)\.", "无法连接代理（{why}）"),
    (r"The (\w+) could not be reached: (?P<why>.+)\.", "无法连接被测系统（{why}）"),
    (rf"No connection came about {_WITHIN}", "{s} 秒内未能建立连接"),
    (rf"The TLS handshake was not finished {_WITHIN}", "{s} 秒内未完成 TLS 握手"),
    (r"The TLS handshake failed: (?P<why>.+)\.", "TLS 握手失败（{why}）"),
    (r"The connection ended during the TLS handshake\.", "TLS 握手时连接中断"),
    (r"The certificate was not accepted: (?P<why>.+)\.", "证书未被接受（{why}）"),
    (r"The target asks for a client certificate, and the kit has none\.", "被测系统要求客户端证书，而套件没有"),
    (r"The target does not accept the client certificate of the kit\.", "被测系统不接受套件的客户端证书"),
    (rf"The request was not taken {_WITHIN}", "{s} 秒内未接收完请求"),
    (rf"No answer {_WITHIN}", "{s} 秒内没有响应"),
    (rf"No answer began {_WITHIN}", "{s} 秒内没有开始响应"),
    (rf"The answer was not finished {_WITHIN}", "{s} 秒内响应未结束"),
    (r"The connection, kept from the exchange before, ended before an answer\.", "沿用的连接在响应前中断"),
    (r"The connection ended before an answer began\.", "连接在响应开始前中断"),
    (r"The connection ended before the answer did\.", "连接在响应结束前中断"),
    (r"The connection ended within the head of the answer\.", "连接在响应头中途中断"),
    (
        r"The connection ended after (?P<got>\d+) of (?P<all>\d+) bytes of the body\.",
        "连接在响应体 {all} 字节中的第 {got} 字节后中断",
    ),
    (r"The connection ended before the last chunk of the body\.", "连接在响应体最后一个分块之前中断"),
    (r"The connection ended within the body\.", "连接在响应体中途中断"),
    (r"The head is longer than (?P<n>\d+) bytes\.", "响应头超过 {n} 字节"),
    (r"The head has more than (?P<n>\d+) header lines\.", "响应头超过 {n} 行"),
    (r"The body decodes to more than (?P<n>\d+) bytes\.", "响应体解码后超过 {n} 字节"),
    (
        r"The Content-Encoding says (?P<coding>\S+), and the body is none\.",
        "Content-Encoding 头声明为 {coding}，而响应体不是该编码",
    ),
    (r"The answer is longer than (?P<n>\d+) bytes\.", "响应超过 {n} 字节"),
    (r"A chunk header or the trailers are longer than 100 KiB\.", "分块头或尾部字段超过 100 KiB"),
    (
        r"What came back is TLS, not HTTP: the origin may need https\.",
        "返回的是 TLS 而不是 HTTP：被测系统地址可能应为 https",
    ),
    (
        r"What came back is HTTP/2, not HTTP/1\.1: the port may take nothing else\.",
        "返回的是 HTTP/2 而不是 HTTP/1.1：该端口可能只接受 HTTP/2",
    ),
    (r"What came back does not begin like an HTTP answer\.", "返回内容的开头不是 HTTP 响应"),
    (r"What came back is not HTTP/1\.1\.", "返回的不是 HTTP/1.1"),
    (r"The status is below 100\.", "状态码小于 100"),
    (
        r"The answer was 101 Switching Protocols, which nobody had asked for\.",
        "响应为并未请求的 101 Switching Protocols",
    ),
    (r"Interim answers \(1xx\) went on without an answer after them\.", "只有临时响应（1xx），没有最终响应"),
    (r"The status line is not HTTP\.", "状态行不是 HTTP"),
    (r"A header line is not HTTP\.", "有头字段行不是 HTTP"),
    (r"The first header line continues none\.", "首个头字段行是没有前文的续行"),
    (r"A chunk header is not HTTP\.", "分块头不是 HTTP"),
    (r"A chunk does not end where its size says\.", "分块没有在其声明的长度处结束"),
    (r"The Content-Length headers contradict each other\.", "Content-Length 头互相矛盾"),
    (r"The Content-Length is not a number\.", "Content-Length 不是数字"),
    (r"There is more than one Transfer-Encoding header\.", "有多个 Transfer-Encoding 头"),
    (r"The Transfer-Encoding is not `chunked`\.", "Transfer-Encoding 不是 `chunked`"),
)
"""Sentences of the transport as patterns, and what they are in Chinese; `why` is a system's own word and stays."""


def failure_words(failure: TransportFailure) -> Text:
    """The detail of a failure without its full stop. A sentence of others is quoted after what its kind is."""
    detail = failure.detail.removesuffix(".")
    for pattern, chinese in _SENTENCES:
        if found := re.fullmatch(pattern, failure.detail, re.DOTALL):
            return Text(detail, chinese.format_map(found.groupdict()))
    kind = KINDS[failure.kind]
    return Text(detail, f"{kind}（{detail}）" if detail else kind)
