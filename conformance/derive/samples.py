"""The samples of a page: JSON of a request, of a success and of a failure, also where it is not quite JSON.

Pages print samples by hand: a full-width comma or colon, a comma that is missing or one too many, a blank in a number,
dots for what goes on, a brace that is never closed. What can be put right is; what cannot is named, with its line.
"""

from __future__ import annotations

import html
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

_STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_PAIRS = {"{": "}", "[": "]"}
_TAG = re.compile(r"</?(?:pre|code|span|p|div|br|strong|b)(?:\s[^<>]{0,500})?/?>", re.IGNORECASE)
_FENCE = re.compile(r"\s*(?:```|~~~)")
_REPAIRS = (
    (re.compile(r"(?m)^\s*(?:\.{3,}|…+)\s*,?\s*$"), ""),
    (re.compile(r'(?m)(?<=[,\[{\]}"\d])[ \t]*//[^"\n]*$'), ""),
    (re.compile(r'(?<=")\s*：\s*(?=["\d\[{tfn-])'), ":"),
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
    lines = [html.unescape(_TAG.sub("", line)) for line in text.replace("\r\n", "\n").split("\n")]
    found: list[Sample] = []
    unread: list[Unread] = []
    for first, block in _blocks(lines):
        value, repaired = _value(block)
        if value is None:
            if '"' in block:
                unread.append(
                    Unread(
                        first + 1,
                        shortened(block),
                        "a sample that is no JSON, nor could be made one",
                        "示例不是 JSON，也无法改成 JSON",
                    )
                )
        elif value:
            found.append(Sample(_kind(value), value, first + 1, repaired))
    return found, unread


def _blocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines from one that begins with a brace to the one that closes it, with the number of the first.

    One that is never closed ends with the fence around it.
    """
    number = 0
    while number < len(lines):
        if not lines[number].lstrip().startswith("{"):
            number += 1
            continue
        depth, last = 0, number
        for last in range(number, min(len(lines), number + _MOST_LINES)):
            if _FENCE.match(lines[last]):
                break
            line = _STRING.sub("", lines[last])
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
            value, _ = json.JSONDecoder().raw_decode((_closed(text) if repaired else text).lstrip())
        except (ValueError, RecursionError):
            continue
        return (cast("dict[str, Json]", value), repaired) if isinstance(value, dict) else (None, repaired)
    return None, True


def _closed(text: str) -> str:
    """A sample with the brackets that it leaves open closed at its end."""
    lines = (line for line in text.split("\n") if not _FENCE.match(line))
    kept = "\n".join(lines)
    missing: list[str] = []
    for bracket in re.findall(r"[{}\[\]]", _STRING.sub("", kept)):
        if bracket in _PAIRS:
            missing.append(_PAIRS[bracket])
        elif missing and missing[-1] == bracket:
            missing.pop()
        else:
            return kept
    return kept + "".join(reversed(missing))


def _kind(value: dict[str, Json]) -> SampleKind:
    if "result" in value:
        return "success"
    return "failure" if "error_code" in value else "request"
