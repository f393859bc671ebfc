"""The samples of a page: JSON of a request, of a success and of a failure, also where it is not quite JSON.

Pages print samples by hand: a full-width comma, a comma that is missing or one too many, a blank in a number. What can
be put right is; what cannot is named, with its line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.derive.model import Unread, shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
SampleKind: TypeAlias = Literal["request", "success", "failure"]

_MOST_LINES = 3000
"""Lines of one sample that are looked at: one that never ends is read once, not from each of its braces."""

_REPAIRS = (
    (re.compile(r'("|\d|\]|\}|true|false|null)\s*，(?=\s*\n)'), r"\1,"),
    (re.compile(r"(?<=[\d.]) (?=\d)"), ""),
    (re.compile(r'("|\d|\]|\}|true|false|null)(\s*\n\s*)(?=["{\[])'), r"\1,\2"),
    (re.compile(r",(\s*[\]}])"), r"\1"),
)
"""What is put right, one after the other, in a sample that is not JSON as it stands."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample: what it is, its value, and the line where it begins, counted from 1."""

    kind: SampleKind
    value: dict[str, Json]
    line: int
    repaired: bool = False


def read_samples(text: str) -> tuple[list[Sample], list[Unread]]:
    """Every sample of a page in its order, and those that could not be read."""
    lines = text.replace("\r\n", "\n").split("\n")
    found: list[Sample] = []
    unread: list[Unread] = []
    for first, block in _blocks(lines):
        value, repaired = _value(block)
        if value is None:
            if '"' in block:
                unread.append(Unread(first + 1, shortened(block), "a sample that is no JSON, nor could be made one"))
        elif value:
            found.append(Sample(_kind(value), value, first + 1, repaired))
    return found, unread


def _blocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines from one that begins with a brace to the one that closes it, with the number of the first."""
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("{"):
            number += 1
            continue
        depth, last = 0, number
        for last in range(number, min(len(lines), number + _MOST_LINES)):
            line = re.sub(r'"(?:[^"\\\n]|\\.)*"', "", lines[last])
            depth += line.count("{") - line.count("}")
            if depth <= 0:
                break
        yield number, "\n".join(lines[number : last + 1])
        number = last + 1


def _value(block: str) -> tuple[dict[str, Json] | None, bool]:
    """The object that a block holds, and whether it had to be put right; None where it holds none."""
    for repaired in (False, True):
        text = block
        for pattern, better in _REPAIRS if repaired else ():
            text = pattern.sub(better, text)
        try:
            value, _ = json.JSONDecoder().raw_decode(text.lstrip())
        except (ValueError, RecursionError):
            continue
        return (cast("dict[str, Json]", value), repaired) if isinstance(value, dict) else (None, repaired)
    return None, True


def _kind(value: dict[str, Json]) -> SampleKind:
    if "result" in value:
        return "success"
    return "failure" if "error_code" in value else "request"
