"""JSON that came from a file: members with their types, and strings and numbers with their places in the text."""

from __future__ import annotations

import base64
import binascii
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar, cast

Members: TypeAlias = Mapping[str, object]
T = TypeVar("T")


def read_object(line: bytes | str) -> Members:
    """The JSON object that a line is. Raises ValueError for anything else."""
    try:
        value = json.loads(line)
    except RecursionError:
        raise ValueError("expected a JSON object, found nesting without end") from None
    return as_object(value)


def read_list(body: str) -> Sequence[object]:
    """The JSON array that a text is. Raises ValueError for anything else."""
    try:
        return as_list(json.loads(body), "text")
    except RecursionError:
        raise ValueError("expected a JSON array, found nesting without end") from None


def as_object(value: object, name: str = "line") -> Members:
    """`value` as a JSON object. Raises ValueError."""
    if not isinstance(value, dict):
        raise ValueError(f"{name}: expected an object, found {_kind(value)}")
    return cast("Members", value)


def as_list(value: object, name: str) -> Sequence[object]:
    """`value` as a JSON array. Raises ValueError."""
    if not isinstance(value, list):
        raise ValueError(f"{name}: expected a list, found {_kind(value)}")
    return value


def text(entry: Members, name: str) -> str:
    """A member that is a string. Raises ValueError."""
    value = entry.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{name}: expected a string, found {_kind(value)}")
    return value


def integer(entry: Members, name: str) -> int:
    """A member that is an integer. Raises ValueError."""
    value = entry.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{name}: expected an integer, found {_kind(value)}")
    return value


def number(entry: Members, name: str) -> float:
    """A member that is a finite number. Raises ValueError."""
    value = entry.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError(f"{name}: expected a number, found {_kind(value)}")
    try:
        found = float(value)
    except OverflowError:  # JSON has integers beyond any float
        found = math.inf
    if not math.isfinite(found):
        raise ValueError(f"{name}: expected a finite number, found {value!r:.40}")
    return found


def http_status(entry: Members, name: str) -> int:
    """A member that is a status of HTTP. Raises ValueError."""
    status = integer(entry, name)
    if not 100 <= status <= 999:
        raise ValueError(f"{name}: expected 100 to 999, found {status}")
    return status


def member(entry: Members, name: str) -> Members:
    """A member that is an object. Raises ValueError."""
    return as_object(entry.get(name), name)


def strings(entry: Members, name: str) -> tuple[str, ...]:
    """A member that is a list of strings; absent means empty. Raises ValueError."""
    values = as_list(entry.get(name, []), name)
    if not all(isinstance(value, str) for value in values):
        raise ValueError(f"{name}: expected a list of strings")
    return tuple(str(value) for value in values)


def pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    """A list of pairs of strings, as headers are kept. Raises ValueError."""
    found = []
    for entry in as_list(value, name):
        pair = as_list(entry, name)
        if len(pair) != 2 or not all(isinstance(part, str) for part in pair):
            raise ValueError(f"{name}: expected pairs of strings, found {pair!r:.60}")
        found.append((str(pair[0]), str(pair[1])))
    return tuple(found)


def one_of(entry: Members, name: str, allowed: Sequence[T]) -> T:
    """A member that is one of some values. Raises ValueError."""
    value = entry.get(name)
    for known in allowed:
        if known == value:
            return known
    raise ValueError(f"{name}: expected one of {', '.join(map(str, allowed))}, found {value!r:.60}")


def from_base64(body: str) -> bytes:
    """The bytes of a body that is kept as base64. Raises ValueError."""
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise ValueError(f"a body is not base64: {error}") from None


def to_line(value: Mapping[str, object]) -> bytes:
    """A JSON object as one line of UTF-8, line feed included; lone surrogates are written as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__


# Finds the strings and numbers in JSON text with their places, so that one can be replaced and the rest stays.


_TOKEN = re.compile(
    r'[\s:]*(?:(?P<mark>[{}\[\],])|(?P<text>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<other>[^\s{}\[\],:"]+))', re.DOTALL
)

_LONG = 256
_PICTURE = re.compile(r"[A-Za-z0-9+/_-]+={0,2}")
_PICTURE_MEMBERS = (("image",), ("data",))

Path: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A string or a number, or the name of a member (`is_name`): its path, its value, where its literal stands."""

    path: Path
    value: str | int | float
    start: int
    end: int
    is_name: bool = False

    @property
    def pointer(self) -> str:
        """JSON Pointer of the value, or of the member that a name belongs to."""
        return json_pointer(self.path)


@dataclass(slots=True)
class _Level:
    """An object or a list that has begun: which member or entry of it comes next."""

    is_object: bool
    step: str | int = 0
    named: bool = False


def json_pointer(path: Path) -> str:
    """The steps of a path as a JSON Pointer (RFC 6901)."""
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in path)


def leaves(text: str) -> Iterator[Leaf]:
    """Every string, number and member name of JSON text. The text has to be JSON: `is_json` tells."""
    levels: list[_Level] = []
    for token in _TOKEN.finditer(text):
        mark = token["mark"]
        if mark in ("{", "["):
            levels.append(_Level(mark == "{"))
        elif mark in ("}", "]"):
            levels.pop()
        elif mark == ",":
            level = levels[-1]
            level.named = False
            if not level.is_object and isinstance(level.step, int):
                level.step += 1
        else:
            found = _leaf(token, levels)
            if found is not None:
                yield found


def is_picture(leaf: Leaf) -> bool:
    """Whether a value is base64 in the place of a picture, or so long that it shows one: nothing is read in it."""
    value = str(leaf.value)
    held = leaf.path[-1:] in _PICTURE_MEMBERS or len(value) >= _LONG
    return held and _PICTURE.fullmatch(value) is not None


def is_json(data: bytes) -> str | None:
    """The text of a body that is JSON in UTF-8, else None."""
    try:
        text = data.decode("utf-8")
        json.loads(text)
    except (ValueError, RecursionError):
        return None
    return text


def replaced(text: str, change: Callable[[Leaf], str | int | float]) -> str:
    """JSON text with each string and number that `change` gives another value for; every other character is kept."""
    parts: list[str] = []
    at = 0
    for leaf in leaves(text):
        value = change(leaf)
        if value != leaf.value:
            literal = json.dumps(value, ensure_ascii=text[leaf.start : leaf.end].isascii())
            parts += (text[at : leaf.start], literal)
            at = leaf.end
    return "".join((*parts, text[at:]))


def _leaf(token: re.Match[str], levels: list[_Level]) -> Leaf | None:
    level = levels[-1] if levels else None
    literal = token["text"] or token["other"]
    start = token.start("text") if token["text"] is not None else token.start("other")
    path = tuple(str(level.step) for level in levels)
    if level is not None and level.is_object and not level.named:
        level.step, level.named = str(json.loads(literal, strict=False)), True
        return Leaf((*path[:-1], str(level.step)), str(level.step), start, start + len(literal), is_name=True)
    value = json.loads(literal, strict=False)
    if isinstance(value, bool) or value is None:
        return None
    return Leaf(path, value, start, start + len(literal))
