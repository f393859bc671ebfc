"""Says how a request that was not recorded differs from one that was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.recordings.blobs import cut, skeleton
from conformance.recordings.json_leaves import Path, json_pointer
from conformance.recordings.members import Members, integer, member, text
from conformance.text import Text, plain

if TYPE_CHECKING:
    from conformance.exchange import Request

_SHOWN = 60
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that was looked for in vain; `body` is its text with pictures cut out, as an index has it."""

    method: str
    path: str
    auth: str
    length: int
    digest: str
    body: str

    @classmethod
    def of(cls, request: Request) -> Wanted:
        """From the request itself."""
        return cls(
            request.method,
            request.path,
            request.auth,
            len(request.body),
            request.body_sha256(),
            cut(request.body),
        )


def likeness(wanted: Wanted, recorded: Members) -> tuple[int, ...]:
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


def difference(wanted: Wanted, recorded: Members) -> Text:
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


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"


def _body_difference(wanted: Wanted, body: Members) -> Text:
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


def _differences(ours: object, theirs: object, path: Path) -> Iterator[tuple[Path, object, object]]:
    """Where two JSON values differ, outermost first."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from _differences(ours.get(key, _ABSENT), theirs.get(key, _ABSENT), (*path, key))
    elif type(ours) is not type(theirs) or ours != theirs:
        yield path, ours, theirs


def _shown(value: object) -> Text:
    return Text("nothing", "无") if value is _ABSENT else plain(_short(json.dumps(value, ensure_ascii=False)))
