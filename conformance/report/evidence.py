"""What a report shows of the exchange behind a finding, cut to the place that matters."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from conformance.exchange import Response

if TYPE_CHECKING:
    from conformance.engine.account import Finding
    from conformance.exchange import Exchange
    from conformance.report.shapes import Evidence, RequestSummary, ResponseSummary
    from conformance.report.thumbnails import Album


# Cuts the place that a JSON Pointer names out of an answer, with a few lines around it, numbers as they were sent.


_BIGGEST = 262_144
"""Bytes of a body up to which it is parsed; of a larger one only its beginning is shown."""

_BEFORE, _MARKED, _AFTER = (12, 700), (24, 1_200), (8, 400)
"""Lines and characters shown before the place, of the place itself, and after it."""

_UNMARKED = (16, 900)
"""Lines and characters shown where there is no place in particular."""

_ONE_LINE = 72
"""A list or object that fits into so many characters is written on one line."""

_HIDDEN = "…"
"""Stands for what may be about a real person."""

_SHOWN = 120
"""Characters of a string or number that are shown."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Consecutive text of a body; `marked` is the place in question, empty where there is none. `cut`: not all."""

    before: str
    marked: str
    after: str
    cut: bool


@dataclass(frozen=True, slots=True)
class _Number:
    """A number or constant in the digits that were sent."""

    literal: str


@dataclass(frozen=True, slots=True)
class _Object:
    """An object with its members in order, repeated names included."""

    members: tuple[tuple[str, _Node], ...]


_Node: TypeAlias = "str | bool | _Number | _Object | list[_Node] | None"


def excerpt(body: bytes, pointer: str, *, masked: bool = False) -> Excerpt:
    """The part of `body` around `pointer` (a JSON Pointer; empty for no place in particular).

    Where the pointer names a member that is missing, what it is missing from is marked. `masked` shows names and
    structure only, and nothing of a body that is no JSON.
    """
    try:
        if len(body) > _BIGGEST:
            return _beginning(body, masked=masked)
        node = _parse(body)
        text, start, end = _Writer(_existing(node, pointer), masked=masked).write(node)
    except (ValueError, RecursionError):
        return _beginning(body, masked=masked)
    if not pointer:
        shown = _head(text, *_UNMARKED)
        return Excerpt("", "", shown, cut=len(shown) < len(text))
    before, marked = _tail(text[:start], *_BEFORE), _head(text[start:end], *_MARKED)
    after = _head(text[end:], *_AFTER) if len(marked) == end - start else ""
    return Excerpt(before, marked, after, cut=len(before) + len(marked) + len(after) < len(text))


def shortened(body: bytes, limit: int, string: int, *, masked: bool = False) -> str:
    """A body as readable text of about `limit` characters: JSON with strings cut after `string`, else as it is.

    `masked` as for `excerpt`.
    """
    try:
        text = _Writer(None, string, masked=masked).write(_parse(body))[0]
    except (ValueError, RecursionError):
        text = _HIDDEN if masked else body[: limit + 1].decode("utf-8", errors="backslashreplace")
    return text if len(text) <= limit else f"{text[:limit]}…"


def _parse(body: bytes) -> _Node:
    node: _Node = json.loads(
        body.decode("utf-8"),
        parse_float=_Number,
        parse_int=_Number,
        parse_constant=_Number,
        object_pairs_hook=lambda pairs: _Object(tuple(pairs)),
    )
    return node


def _beginning(body: bytes, *, masked: bool) -> Excerpt:
    if masked:
        return Excerpt("", "", _HIDDEN, cut=bool(body))
    text = body[: 2 * _UNMARKED[1]].decode("utf-8", errors="backslashreplace")
    shown = _head(text, *_UNMARKED)
    return Excerpt("", "", shown, cut=len(shown) < len(text) or len(body) > 2 * _UNMARKED[1])


def _head(text: str, lines: int, characters: int) -> str:
    """The first lines, at most so many characters."""
    return "".join(text[:characters].splitlines(keepends=True)[:lines])


def _tail(text: str, lines: int, characters: int) -> str:
    """The last lines, at most so many characters; a line that is cut is left out."""
    kept = text[-characters:].splitlines(keepends=True)
    return "".join((kept if len(text) <= characters else kept[1:])[-lines:])


def _existing(node: _Node, pointer: str) -> tuple[str, ...]:
    """The steps of the pointer as far as the answer goes."""
    steps: list[str] = []
    for step in (part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]):
        if isinstance(node, _Object):
            found = next(((name, value) for name, value in node.members if name == step), None)
            if found is None:
                break
            node = found[1]
        elif isinstance(node, list) and step.isdecimal() and int(step) < len(node):
            node = node[int(step)]
        else:
            break
        steps.append(step)
    return tuple(steps)


class _Writer:
    """Writes a node as indented JSON and notes where the place in question begins and ends."""

    def __init__(self, place: tuple[str, ...] | None, string: int = _SHOWN, *, masked: bool) -> None:
        self._place = place
        self._string = string
        self._masked = masked
        self._parts: list[str] = []
        self._length = 0
        self._start = self._end = 0

    def write(self, node: _Node) -> tuple[str, int, int]:
        """The text, and where the place begins and ends in it."""
        self._emit_all(node, (), "")
        if self._place == ():
            self._end = self._length
        return "".join(self._parts), self._start, self._end

    def _emit(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _emit_all(self, node: _Node, path: tuple[str, ...], indent: str) -> None:
        holds_place = self._place is not None and len(path) < len(self._place) and self._place[: len(path)] == path
        line = None if holds_place else self._on_one_line(node, _ONE_LINE)
        if line is not None:
            self._emit(line)
            return
        opening, closing = ("{", "}") if isinstance(node, _Object) else ("[", "]")
        self._emit(opening)
        separator = "\n"
        for name, label, value in self._children(node):
            self._emit(f"{separator}{indent}  ")
            here = (*path, name)
            if here == self._place and not self._end:
                self._start = self._length
            self._emit(label)
            self._emit_all(value, here, f"{indent}  ")
            if here == self._place and not self._end:
                self._end = self._length
            separator = ",\n"
        self._emit(f"\n{indent}{closing}")

    def _children(self, node: _Node) -> Iterator[tuple[str, str, _Node]]:
        """Step of the pointer, what is written before the value, and the value."""
        if isinstance(node, _Object):
            for name, value in node.members:
                yield name, f"{self._shown(name)}: ", value
        elif isinstance(node, list):
            for index, value in enumerate(node):
                yield str(index), "", value

    def _on_one_line(self, node: _Node, room: int) -> str | None:
        """The node on one line, or None where it is a list or object that needs more than `room` characters."""
        if not isinstance(node, list | _Object):
            return self._scalar(node)
        parts: list[str] = []
        used = 2
        for _, label, value in self._children(node):
            inner = self._on_one_line(value, room - used - len(label))
            if inner is None:
                return None
            parts.append(label + inner)
            used += len(label) + len(inner) + 2
            if used > room:
                return None
        return "{" + ", ".join(parts) + "}" if isinstance(node, _Object) else "[" + ", ".join(parts) + "]"

    def _scalar(self, node: str | bool | _Number | None) -> str:
        if self._masked and isinstance(node, str | _Number):
            return _HIDDEN
        return self._shown(node)

    def _shown(self, node: str | bool | _Number | None) -> str:
        if isinstance(node, str):
            hidden = len(node) - self._string
            if hidden > 0:
                return f'{json.dumps(node[: self._string], ensure_ascii=False)[:-1]}… +{hidden:,}"'
            return json.dumps(node, ensure_ascii=False)
        if isinstance(node, _Number):
            return node.literal if len(node.literal) <= self._string else f"{node.literal[: self._string]}…"
        return {True: "true", False: "false", None: "null"}[node]


_BODY = 600
"""Characters shown of the body of a request, of a path, and of the detail of a failure."""

_STRING = 60
"""Characters shown of each string in the body of a request."""

_HEADER = 160
"""Characters shown of the name and of the value of a header."""

_MOST_HEADERS = 12
_HEADERS = frozenset(
    {
        "content-type",
        "content-length",
        "content-encoding",
        "transfer-encoding",
        "www-authenticate",
        "retry-after",
        "location",
        "allow",
        "server",
        "x-request-id",
    }
)
"""Headers of an answer that are shown: what a requirement may speak of. Cookies and the like stay out."""


def evidence_of(finding: Finding, picture_member: str, album: Album) -> Evidence:
    """The exchange of a finding, bounded in size; `picture_member` is the body parameter that carries the picture.

    Traffic that the kit did not make may be about real people: strings and numbers of its bodies are left out.
    """
    exchange = finding.exchange
    answer, masked = exchange.answer, not exchange.request.made_by_kit
    pointer = finding.observation.pointer
    return {
        "request": _request(exchange, masked=masked),
        "response": _response(answer, pointer, masked=masked) if isinstance(answer, Response) else None,
        "failure": None if isinstance(answer, Response) else {"kind": answer.kind, "detail": answer.detail[:_BODY]},
        "picture": album.evidence(exchange, picture_member),
    }


def _request(exchange: Exchange, *, masked: bool) -> RequestSummary:
    request = exchange.request
    return {
        "method": request.method,
        "path": request.path[:_BODY],
        "auth": request.auth,
        "headers": _bounded(request.headers),
        "body": shortened(request.body, _BODY, _STRING, masked=masked),
        "body_bytes": len(request.body),
        "body_sha256": request.body_sha256(),
    }


def _response(response: Response, pointer: str, *, masked: bool) -> ResponseSummary:
    place = excerpt(response.body, pointer, masked=masked)
    return {
        "status": response.status,
        "headers": _bounded(tuple(pair for pair in response.headers if pair[0].lower() in _HEADERS)),
        "body_bytes": len(response.body),
        "before": place.before,
        "marked": place.marked,
        "after": place.after,
        "cut": place.cut,
    }


def _bounded(headers: tuple[tuple[str, str], ...]) -> list[list[str]]:
    return [[name[:_HEADER], value[:_HEADER]] for name, value in headers[:_MOST_HEADERS]]
