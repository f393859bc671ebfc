"""What an exchange says about one requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.text import Text

State: TypeAlias = Literal["held", "broken", "undecided"]

AS_DOCUMENTED = Text("as documented", "与文档一致")


@dataclass(frozen=True, slots=True)
class Observation:
    """`held` and could have been broken (a witness), `broken` (a finding), or `undecided` with the reason in
    `observed`.

    `requirement` is the full id; `pointer` is a JSON Pointer into the body of the answer, empty for the whole of it.
    """

    requirement: str
    state: State
    expected: Text
    observed: Text
    pointer: str = ""


def shown(value: object, limit: int = 120) -> str:
    """A value of an answer as a reader may see it: printable, on one line, cut after `limit` characters."""
    return plain(ascii(value) if isinstance(value, bytes) else repr(value), limit)


def as_shown(value: object) -> Text:
    """`shown` in both languages."""
    return Text(shown(value), shown(value))


def no_member(name: str) -> Text:
    """What is observed where a member is missing."""
    return Text(f"no member {name!r}", f"没有成员 {name!r}")


def member_is(name: str, value: object) -> Text:
    """What is observed of the value of a member."""
    return Text(f"{name} is {shown(value)}", f"{name} 为 {shown(value)}")


def plain(text: str, limit: int = 120) -> str:
    """A text of an answer without quotes around it: printable, on one line, cut after `limit` characters."""
    line = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: limit + 1])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def step(name: str) -> str:
    """One step of a JSON Pointer to the member of that name."""
    return f"/{name.replace('~', '~0').replace('/', '~1')}"
