"""JSON that came from a file: members by their forms, and strings and numbers with their places in the text."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from conformance.entries import FINITE, LIST, OBJECT, TEXT, TEXTS, WHOLE, EntryError, Form, fitting, list_of, reads
from conformance.text import Text

Members: TypeAlias = Mapping[str, object]

_PAIR: Form[tuple[str, str]] = Form(
    Text("a pair of strings", "一对字符串"), lambda value: TEXTS.fits(value) and len(value) == 2
)
PAIRS = list_of(_PAIR, Text("pairs of strings", "成对的字符串"))
STATUS: Form[int] = Form(
    Text("a status of HTTP, 100 to 999", "HTTP 状态码，100～999"),
    lambda value: WHOLE.fits(value) and 100 <= value <= 999,
)

text, integer, member, http_status = reads(TEXT), reads(WHOLE), reads(OBJECT), reads(STATUS)
"""What a member holds: a string, a whole number, an object, a status of HTTP. Each raises EntryError, a ValueError."""

_finite, _texts = reads(FINITE), reads(TEXTS)


def read_object(line: bytes | str, name: str = "line") -> Members:
    """The JSON object that a line is. Raises ValueError for anything else."""
    return as_object(_parsed(line), name)


def read_list(body: str) -> list[Any]:
    """The JSON array that a text is. Raises ValueError for anything else."""
    return as_list(_parsed(body), "text")


def _parsed(source: bytes | str) -> object:
    try:
        value: object = json.loads(source)
    except RecursionError:
        raise EntryError("expected JSON, found nesting without end", "应为 JSON，实为无尽的嵌套") from None
    return value


def as_object(value: object, name: str = "line") -> Members:
    """`value` as a JSON object. Raises EntryError."""
    return fitting(value, name, OBJECT)


def as_list(value: object, name: str) -> list[Any]:
    """`value` as a JSON array. Raises EntryError."""
    return fitting(value, name, LIST)


def number(entry: Members, name: str) -> float:
    """A member that is a finite number. Raises EntryError."""
    return float(_finite(entry, name))


def strings(entry: Members, name: str) -> tuple[str, ...]:
    """A member that is a list of strings; absent means empty. Raises EntryError."""
    return tuple(_texts(entry, name)) if name in entry else ()


def pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    """A list of pairs of strings, as headers are kept. Raises EntryError."""
    found: tuple[tuple[str, str], ...] = tuples(fitting(value, name, PAIRS))
    return found


def tuples(value: Any) -> Any:
    """What JSON has as lists, as tuples."""
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def from_base64(body: str) -> bytes:
    """The bytes of a body that is kept as base64. Raises EntryError."""
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise EntryError(f"a body is not base64: {error}", f"报文体不是 Base64：“{error}”") from None


def to_line(value: Mapping[str, object]) -> bytes:
    """A JSON object as one line of UTF-8, line feed included; lone surrogates are written as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"


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
