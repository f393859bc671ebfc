"""Reads members of JSON objects that came from a file: the right type, or a sentence that says what was found."""

from __future__ import annotations

import base64
import binascii
import json
import math
from collections.abc import Mapping, Sequence
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
