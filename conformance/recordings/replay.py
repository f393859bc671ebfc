"""A cassette as a target: the answers come from the recording, and of a request that it has not the nearest is told."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.entries import Members, integer, member, text
from conformance.exchange import TransportFailure
from conformance.recordings import CassetteError, Interaction
from conformance.recordings.blobs import cut, skeleton
from conformance.recordings.index import Lookup, MatchedBy
from conformance.recordings.patterns import Steps, json_pointer
from conformance.recordings.reader import CassetteReader
from conformance.text import Text, plain

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Request, Response


class MissingInteractionError(CassetteError):
    """A request was not recorded; the message names the nearest one that was, and the difference."""


class CassetteTarget:
    """Replays a recording of any length; nothing leaves the process, and bodies are read when they are asked for.

    A request that the recording was asked for (`recorded`) gets the answer recorded with it. Any other gets the answers
    recorded for equal requests in their order, the last one from then on. Raises MissingInteractionError for a request
    that was not recorded.
    """

    def __init__(self, folder: Path) -> None:
        """Reads the index once. Raises CassetteError where it cannot be used."""
        self._folder = folder
        self.reader = CassetteReader(folder)
        self._lookup = Lookup(self.reader)
        self._expected: int | None = None
        self._next: Interaction | None = None
        self._matched: Counter[MatchedBy] = Counter()

    @property
    def name(self) -> str:
        """`cassette:DIR`."""
        return f"cassette:{self._folder}"

    @property
    def matched(self) -> Mapping[MatchedBy, int]:
        """How many requests were recognised by the bytes of their body, and how many by their JSON value alone."""
        return dict(self._matched)

    def recorded(self, purpose: str, attempt: int) -> Iterator[Interaction] | None:
        """The interactions of one attempt at a purpose in their order, or None where it was not recorded."""
        script = self._lookup.script(purpose, attempt)
        return self._play(script) if script is not None else None

    def purposes(self) -> list[str]:
        """Ids of the recorded purposes in the order of recording."""
        return self._lookup.purposes()

    def send(self, request: Request) -> Response | TransportFailure:
        """Replay the answer recorded for the same method, path, query, credentials slot and body.

        Raises MissingInteractionError.
        """
        if self._next is not None and request is self._next.exchange.request:
            self._matched["bytes"] += 1  # it was read from there just now
            return self._next.exchange.answer
        match = self._lookup.find(request, self._expected)
        if match is None:
            raise MissingInteractionError(_not_recorded(self.name, request, _nearest(self.reader, request)))
        self._matched[match.by] += 1
        return match.answer

    def close(self) -> None:
        """Close the recording."""
        self._lookup.close()

    def _play(self, script: Iterator[tuple[int, Interaction]]) -> Iterator[Interaction]:
        for offset, interaction in script:
            self._expected, self._next = offset, interaction
            yield interaction
        self._expected = self._next = None


def _not_recorded(name: str, wanted: Request, near: Text) -> Text:
    path, auth, length = wanted.path, wanted.auth, len(wanted.body)
    return Text(
        f"{name}: {wanted.method} {path} with auth {auth} and a body of {length} bytes was not recorded; {near.en}. "
        "Record the run again",
        f"{name}：未录制 {wanted.method} {path}（auth 为 {auth}，请求体 {length} 字节）；{near.zh}。请重新录制",
    )


# Says how a request that was not recorded differs from the nearest one that was.


_SHOWN = 60
_ABSENT = object()


def _nearest(reader: CassetteReader, request: Request) -> Text:
    """In words: the recorded request that is most like `request`, and how it differs. Reads the whole cassette."""
    wanted = _Wanted.of(request)
    best: tuple[tuple[int, ...], Members] | None = None
    for line in reader.lines():
        try:
            score = _likeness(wanted, member(line.entry, "request"))
        except ValueError as error:
            raise reader.damaged(line, error) from error
        if best is None or score > best[0]:
            best = score, line.entry
    if best is None:
        return Text("the cassette is empty", "cassette 为空")
    name, differs = text(best[1], "id"), _difference(wanted, member(best[1], "request"))
    return Text(
        f"the nearest recorded request, {name}, differs: {differs.en}",
        f"最接近的录制请求 {name} 不同：{differs.zh}",
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A request that was looked for in vain; `body` is its text with pictures cut out, as an index has it."""

    method: str
    path: str
    auth: str
    length: int
    digest: str
    body: str

    @classmethod
    def of(cls, request: Request) -> _Wanted:
        """From the request itself."""
        return cls(
            request.method,
            request.path,
            request.auth,
            len(request.body),
            request.body_sha256(),
            cut(request.body),
        )


def _likeness(wanted: _Wanted, recorded: Members) -> tuple[int, ...]:
    """How like a recorded request is, for comparison: path and method first, then credentials, then the body."""
    same = (
        int(recorded.get("path") == wanted.path),
        int(recorded.get("method") == wanted.method),
        int(recorded.get("auth") == wanted.auth),
    )
    body = member(recorded, "body")
    if body.get("sha256") == wanted.digest:
        return (sum(same), 0, 0, *same)
    differ = sum(1 for _ in _differences(_value(wanted.body), _value(skeleton(body)), ())) or 1
    return (sum(same), -differ, -abs(integer(body, "length") - wanted.length), *same)


def _difference(wanted: _Wanted, recorded: Members) -> Text:
    """The difference in words: `method 'GET' instead of 'POST'; in its body /alarm is true instead of false`."""
    words = [
        Text(
            f"{name} {text(recorded, name)!r} instead of {ours!r}", f"{name} 为 {text(recorded, name)!r} 而非 {ours!r}"
        )
        for name, ours in (("method", wanted.method), ("path", wanted.path), ("auth", wanted.auth))
        if recorded.get(name) != ours
    ]
    body = member(recorded, "body")
    if body.get("sha256") != wanted.digest:
        words.append(_body_difference(wanted, body))
    if not words:
        return Text(
            "nothing, but it was not found: the index does not fit its lines", "并无不同，但未找到：索引与各行不符"
        )
    return Text("; ".join(one.en for one in words), "；".join(one.zh for one in words))


def _body_difference(wanted: _Wanted, body: Members) -> Text:
    theirs, ours = _value(skeleton(body)), _value(wanted.body)
    if theirs is not _ABSENT and ours is not _ABSENT:
        for path, mine, other in _differences(ours, theirs, ()):
            place, was, now = json_pointer(path) or "/", _shown(other), _shown(mine)
            return Text(
                f"in its body {place} is {was.en} instead of {now.en}",
                f"其请求体中 {place} 为 {was.zh} 而非 {now.zh}",
            )
        return Text("its body is another spelling of the same JSON", "其请求体是同一 JSON 的另一种写法")
    length, digest = integer(body, "length"), text(body, "sha256")[:12]
    return Text(
        f"its body has {length} bytes ({digest}) instead of {wanted.length} ({wanted.digest[:12]})",
        f"其请求体为 {length} 字节（{digest}），而非 {wanted.length} 字节（{wanted.digest[:12]}）",
    )


def _value(body: str) -> object:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return _ABSENT
    return value


def _differences(ours: object, theirs: object, path: Steps) -> Iterator[tuple[Steps, object, object]]:
    """Where two JSON values differ, outermost first."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from _differences(ours.get(key, _ABSENT), theirs.get(key, _ABSENT), (*path, key))
    elif type(ours) is not type(theirs) or ours != theirs:
        yield path, ours, theirs


def _shown(value: object) -> Text:
    if value is _ABSENT:
        return Text("nothing", "无")
    shown = json.dumps(value, ensure_ascii=False)
    return plain(shown if len(shown) <= _SHOWN else f"{shown[: _SHOWN - 1]}…")
