"""What an exchange says about one requirement."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from conformance.judging.body import Beyond
from conformance.text import Text

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
