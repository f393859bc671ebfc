"""Reads a JSON body strictly: UTF-8, one value, no NaN. Any bytes give a result, never an exception."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard, cast

from conformance.text import Text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 200
"""Deeper nesting is refused: no documented answer nests deeper than ten."""


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body, or the problem that kept it from being parsed (`problem` is None when `value` is meant)."""

    value: Json = None
    problem: Text | None = None
    repeated_keys: tuple[str, ...] = ()

    @property
    def readable(self) -> bool:
        """True where the body is strict JSON."""
        return self.problem is None


class _NotStrictError(ValueError):
    pass


def read_body(data: bytes) -> Body:
    """Parse `data` as strict JSON in UTF-8 without a byte order mark."""
    repeated: list[str] = []

    def pairs(members: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(members)
        if len(found) != len(members):
            seen: set[str] = set()
            repeated.extend(key for key, _ in members if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    if not data:
        return Body(problem=Text("the body is empty", "响应体为空"))
    if _nests_too_deep(data):
        return Body(problem=Text(f"nested deeper than {MAX_DEPTH} levels", f"嵌套超过 {MAX_DEPTH} 层"))
    try:
        value = cast("Json", json.loads(data.decode("utf-8"), object_pairs_hook=pairs, parse_constant=_refuse))
    except UnicodeDecodeError as error:
        byte, at = f"{data[error.start]:#04x}", error.start
        return Body(problem=Text(f"not UTF-8: byte {byte} at offset {at}", f"不是 UTF-8：偏移 {at} 处为字节 {byte}"))
    except json.JSONDecodeError as error:
        problem = Text(f"not JSON: {error.msg} at offset {error.pos}", f"不是 JSON：偏移 {error.pos} 处有语法错误")
        return Body(problem=problem)
    except _NotStrictError as error:
        return Body(problem=Text(f"not JSON: the constant {error}", f"不是 JSON：含有常量 {error}"))
    except (ValueError, RecursionError) as error:
        name = type(error).__name__
        return Body(problem=Text(f"not readable: {name}", f"无法读取（{name}）"))
    return Body(value, repeated_keys=tuple(repeated))


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether a value is a JSON number; Python counts true and false among the integers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def json_type(value: Json) -> str:
    """The JSON type of a value, in the words of JSON Schema."""
    if value is None:
        return "null"
    return {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _refuse(constant: str) -> Json:
    raise _NotStrictError(constant)


def _has_many_brackets(data: bytes) -> bool:
    # Finding the next one goes through a picture of megabytes ten times as fast as counting them.
    found = 0
    for bracket in (b"[", b"{"):
        at = data.find(bracket)
        while at >= 0:
            found += 1
            if found > MAX_DEPTH:
                return True
            at = data.find(bracket, at + 1)
    return False


def _nests_too_deep(data: bytes) -> bool:
    # The number of brackets is an upper bound; only where it is passed is the true depth worth a scan.
    if not _has_many_brackets(data):
        return False
    depth, in_string, escaped = 0, False, False
    for byte in data:
        if in_string:
            escaped, in_string = (not escaped and byte == 0x5C), (escaped or byte != 0x22)
        elif byte == 0x22:
            in_string = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return True
        elif byte in b"]}":
            depth -= 1
    return False
