"""What came of an exchange, as values: the result of its answer, what is observed of it, and why there was no answer.

Each kind of result that a contract may have is a class: its entries, and what follows from them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.subschema import RECOGNISED
from conformance.judging.body import Json, step
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.owned import ContentFields, SchemaPlace
    from conformance.exchange import FailureKind, TransportFailure


# The result of an answer.


@dataclass(frozen=True, slots=True)
class Entry:
    """A ticket, a document, or the fields of one: an object of a result.

    `pointer` says where it stands; `code` is the error_code of the status of a ticket. With the success code a ticket
    is `recognised`, with any other one `failed`; without a code it is neither. `content` is what was read of it.
    """

    pointer: str
    members: dict[str, Json]
    recognised: bool = True
    content: Json = None
    code: Json = None

    @property
    def failed(self) -> bool:
        """Whether it says of itself that it was not recognised."""
        return isinstance(self.code, str) and not self.recognised

    @property
    def type(self) -> str:
        """Its type, whatever stands there."""
        return str(self.members.get("type"))

    @property
    def location(self) -> Json:
        """Where it lies on the picture, as the answer says it."""
        return self.members.get("location")

    @property
    def fields(self) -> dict[str, Json]:
        """The members of its content; none where that is no object."""
        return self.content if isinstance(self.content, dict) else {}


@dataclass(frozen=True)
class OneDocument:
    """The one object that an identity document call returns. `value` is the member `result`, None without one."""

    value: Json

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every object of the result, in the answer's order."""
        return tuple(Entry(pointer, members) for pointer, members in objects_of(self.value) if pointer == "/result")

    @property
    def placed(self) -> tuple[Entry, ...]:
        """Those that have a type and a location."""
        return self.entries

    @cached_property
    def recognised(self) -> tuple[Entry, ...]:
        """Those that report something recognised."""
        return tuple(entry for entry in self.entries if entry.recognised)

    @property
    def accepted(self) -> bool:
        """Whether anything was recognised."""
        return any(isinstance(entry.members.get("type"), str) for entry in self.entries)

    @property
    def bills(self) -> int:
        """What is billed for it: one a success (an assumption)."""
        return int(self.accepted)

    @property
    def empty(self) -> bool:
        """Whether it is what stands there where nothing was found."""
        return self.value is None or self.value == {}

    @property
    def in_words(self) -> Text:
        """What there is, in a few words."""
        return Text("a result", "有结果")


class TicketList(OneDocument):
    """The tickets of a picture: a list, empty where there is none."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every ticket that is an object, in the answer's order."""
        found = objects_of(self.value) if isinstance(self.value, list) else ()
        return tuple(_ticket(pointer, members) for pointer, members in found)

    @property
    def accepted(self) -> bool:
        """Whether any ticket was recognised."""
        return bool(self.recognised)

    @property
    def bills(self) -> int:
        """What is billed for it: each recognised ticket."""
        return len(self.recognised)

    @property
    def empty(self) -> bool:
        """Whether it is missing: without tickets it is an empty list."""
        return self.value is None

    @property
    def in_words(self) -> Text:
        """How many were recognised."""
        return Text(f"{len(self.recognised)} recognised", f"识别成功 {len(self.recognised)} 张")


class Fields(OneDocument):
    """The fields of the one document that was sent, of which no type and no place is said."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The object of the fields."""
        found = super().entries
        return tuple(Entry(one.pointer, one.members, bool(one.members), one.members) for one in found)

    @property
    def placed(self) -> tuple[Entry, ...]:
        """Nothing."""
        return ()

    @property
    def accepted(self) -> bool:
        """Whether any field was read."""
        return bool(self.value)


Result: TypeAlias = OneDocument
"""A result of any kind."""

RESULTS: Mapping[str, Callable[[Json], Result]] = {"tickets": TicketList, "document": OneDocument, "fields": Fields}
"""What reads the result of an answer, by the kind that the tables of a contract state."""


def objects_of(result: Json) -> tuple[tuple[str, dict[str, Json]], ...]:
    """The objects of a result with their places, whatever kind it should be of."""
    if isinstance(result, dict):
        return (("/result", result),)
    entries = enumerate(result) if isinstance(result, list) else ()
    return tuple((f"/result/{index}", entry) for index, entry in entries if isinstance(entry, dict))


def _ticket(pointer: str, members: dict[str, Json]) -> Entry:
    status = members.get("status")
    code = status.get("error_code") if isinstance(status, dict) else None
    return Entry(pointer, members, code == RECOGNISED, members.get("content"), code)


# The content of a ticket is walked over once: its schema names for each keyword of each place the requirement that it
# belongs to, a table of rules says what the keyword asks. What is asked beyond single keywords is a check of the whole.
#
# It is another walk than that over the answer (`judge_shape`), though both go down the places of a schema. There a
# keyword is satisfied or not, null is a value of a wrong type, and what is asked depends on the kind of ticket around
# and on conditions. Here null says nothing of any keyword but its own (open point 112), so that a rule has three
# outcomes; nothing depends on a condition, required members are asked of the whole, and the walk ends above
# confidence. One walk for both would hand all of that through, to share the lines that step down.


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong at one place; `at` is a JSON Pointer from where the search began.

    What was expected is the statement of the requirement unless `expected` says it more exactly.
    """

    at: str
    observed: Text
    expected: Text | None = None


Outcome: TypeAlias = Breach | bool
"""The first breach; without one, whether there was anything that could have broken."""

Rule: TypeAlias = "Callable[[SchemaPlace, Json, ContentFields], Outcome]"
"""Judges one value by its place in the schema of a content."""

Found: TypeAlias = "dict[tuple[object, str], Outcome]"
"""What a walk found, by requirement and keyword."""


@dataclass(eq=False, slots=True)
class Content:
    """The content of a recognised ticket of a documented type: where it stands, its schema, its members."""

    pointer: str
    fields: ContentFields
    members: dict[str, Json]
    _found: Found | None = None

    def found(self, rules: Mapping[str, Rule]) -> Found:
        """What the rules say of the values at all places but those below confidence: walked over once."""
        if self._found is None:
            self._found = {}
            self._visit(self.fields.root, self.members, None, rules, self._found)
        return self._found

    def _visit(self, place: SchemaPlace, value: Json, path: _Path, rules: Mapping[str, Rule], found: Found) -> None:
        for key in place.owned:
            rule = rules.get(key[1])
            known = found.get(key, False)
            if rule is None or known.__class__ is Breach:
                continue
            outcome = rule(place, value, self.fields)
            if outcome.__class__ is Breach:
                found[key] = replace(outcome, at=_pointer(path) + outcome.at)
            elif not known:
                found[key] = outcome
        if place is self.fields.confidence:
            return
        if isinstance(value, dict):
            for name, member in place.members.items():
                if name in value:
                    self._visit(member, value[name], (path, name), rules, found)
        elif isinstance(value, list) and place.entries is not None:
            for index, entry in enumerate(value):
                self._visit(place.entries, entry, (path, index), rules, found)


_Path: TypeAlias = "tuple[_Path, str | int] | None"


def _pointer(path: _Path) -> str:
    return "" if path is None else f"{_pointer(path[0])}{step(str(path[1]))}"


# Observations.


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
