"""Finds the strings and numbers in JSON text with their places, so that one can be replaced and the rest stays."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

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
