"""Says how a request that was not recorded differs from one that was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.recordings.blobs import cut, skeleton
from conformance.recordings.json_leaves import Path, json_pointer
from conformance.recordings.members import Members, integer, member, text

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


def difference(wanted: Wanted, recorded: Members) -> str:
    """The difference in words: `method 'GET' instead of 'POST'; in its body /alarm is true instead of false`."""
    words = [
        f"{name} {text(recorded, name)!r} instead of {ours!r}"
        for name, ours in (("method", wanted.method), ("path", wanted.path), ("auth", wanted.auth))
        if recorded.get(name) != ours
    ]
    body = member(recorded, "body")
    if body.get("sha256") != wanted.digest:
        words.append(_body_difference(wanted, body))
    return "; ".join(words) or "nothing, but it was not found: the index does not fit its lines"


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"


def _body_difference(wanted: Wanted, body: Members) -> str:
    theirs, ours = _value(skeleton(body)), _value(wanted.body)
    if theirs is not _ABSENT and ours is not _ABSENT:
        for path, mine, other in _differences(ours, theirs, ()):
            return f"in its body {json_pointer(path) or '/'} is {_shown(other)} instead of {_shown(mine)}"
        return "its body is another spelling of the same JSON"
    return (
        f"its body has {integer(body, 'length')} bytes ({text(body, 'sha256')[:12]}) instead of {wanted.length} "
        f"({wanted.digest[:12]})"
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


def _shown(value: object) -> str:
    return "nothing" if value is _ABSENT else _short(json.dumps(value, ensure_ascii=False))
