"""What an exchange says about one requirement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.contract.tables import Text

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
    text = ascii(value) if isinstance(value, bytes) else repr(value)
    text = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
