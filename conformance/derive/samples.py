"""The samples of a page, JSON of a request, a success or a failure, and the kinds of result that they show.

Pages print samples by hand: a full-width comma or colon, a comma that is missing or one too many, a blank in a
number, dots for what goes on, a brace that is never closed. What can be put right is; what cannot is named, with
its line.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from conformance.derive.cells import Unread, narrow, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from conformance.derive.reading import ReadPage, ReadTable

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


# The places that samples show, and the JSON types of what stands there.


_MOST_PLACES = 2000
"""Places of an answer that are looked at."""


def json_types(values: Iterable[Json]) -> tuple[str, ...]:
    """The JSON types of values, each once; an integer beside another number is one."""
    kinds = list(dict.fromkeys(_json_type(value) for value in values))
    return tuple(kind for kind in kinds if not (kind == "integer" and "number" in kinds))


def _json_type(value: Json) -> str:
    names = {bool: "boolean", int: "integer", float: "number", str: "string", dict: "object", list: "array"}
    return names.get(type(value), "null")


def shown_places(answers: Iterable[dict[str, Json]]) -> dict[str, list[Json]]:
    """Every place that a sample shows, with the values there, in the order in which they are met."""
    found: dict[str, list[Json]] = {}
    known: list[Json] = list(answers)
    waiting: deque[tuple[str, Json]] = deque(("", answer) for answer in known)
    while waiting and len(found) < _MOST_PLACES:
        at, value = waiting.popleft()
        if at:
            found.setdefault(at, []).append(value)
        if isinstance(value, dict):
            waiting += [(f"{at}/{name}", member) for name, member in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{at}/*", entry) for entry in value]
    return {"": known, **found}


# Kinds of one result: a page that has a table for each of them, told apart by the values of one member.
#
# `发票验真` is such a page: a result is a VAT invoice, a motor vehicle invoice or one of a used vehicle, each with a
# table of its own, and `type` says which.


RESULT = "/result"
"""Where kinds stand in an answer."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of a result: `table` is the number of its table, `values` are those of the member `by` that mean it.

    `shown` are the results of the page's samples that are of this kind.
    """

    name: str
    table: int
    by: str
    values: tuple[str, ...]
    shown: tuple[Mapping[str, Json], ...] = field(default=())


def kind_tables(page: ReadPage) -> list[ReadTable]:
    """The tables that each describe one kind of result: several of one object, or that begin with `result`."""
    tables = page.tables_of("object")
    named = Counter(_object(table) for table in tables)
    several = [table for table in tables if named[_object(table)] > 1]
    begun = [table for table in tables if table.rows and table.rows[0].row.name == "result"]
    return several if len(several) > 1 else begun


def kinds_of(page: ReadPage, samples: Sequence[Sample]) -> tuple[Kind, ...]:
    """The kinds of result that a page has a table for; none where no member tells them apart."""
    tables = kind_tables(page)
    listed = [{entry.row.name: entry.row.values for entry in table.rows if entry.row.values} for table in tables]
    if len(tables) < 2:
        return ()
    by = next((name for name in listed[0] if _tells_apart([values.get(name, ()) for values in listed])), None)
    if by is None:
        return ()
    results = [sample.value["result"] for sample in samples if sample.kind == "success"]
    return tuple(
        Kind(
            name=_kind_name(values[by], table),
            table=table.number,
            by=by,
            values=values[by],
            shown=tuple(result for result in results if isinstance(result, dict) and result.get(by) in values[by]),
        )
        for table, values in zip(tables, listed, strict=True)
    )


def _object(table: ReadTable) -> str:
    """The name of the object that a table describes, without what follows it: `X object of cars` is `X`."""
    return narrow(table.object or f"table {table.number}").split()[0]


def _tells_apart(values: Sequence[tuple[str, ...]]) -> bool:
    """Whether each table lists values, and no two the same."""
    return all(values) and len({value for own in values for value in own}) == sum(map(len, values))


def _kind_name(values: tuple[str, ...], table: ReadTable) -> str:
    """What a kind is called in the names of requirements."""
    return values[0].replace("_", "-").lower() if len(values) == 1 else f"table-{table.number}"
