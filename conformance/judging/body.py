"""Reads a JSON body strictly: UTF-8, one value, no NaN; and shows values of it. Any bytes give a result."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias, TypeGuard, cast

from pybase64 import b64decode

from conformance.exchange import longest_text
from conformance.text import Text

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

MAX_DEPTH = 200
"""Deeper nesting is not read, which is the kit's own limit: no documented answer nests deeper than ten."""

MAX_DIGITS = 4000
"""Digits from which an integer is not computed with, only shown as it is written."""


_LONG = 1 << 14
"""Bytes of base64 from which on they are not parsed with the rest."""

_STANDS_FOR = b"stands-for-the-picture"


class Beyond(float):
    """A JSON number that no float can hold: 1e400 compares as infinite, 1e-400 as the least float above 0.

    It is shown as it is written. RFC 8259 sets no limit to a number, and one of the former size is integral.
    """

    text: str

    def __new__(cls, text: str) -> Beyond:
        """`text` is the number as it is written."""
        value = float(text)
        made = super().__new__(cls, value or math.copysign(5e-324, value))
        made.text = text
        return made

    def is_integer(self) -> bool:
        """Whether it is too large, with no digits left for a fraction."""
        return math.isinf(self)


@dataclass(frozen=True, slots=True)
class Body:
    """A parsed body, or the problem that kept it from being parsed (`problem` is None when `value` is meant).

    `beyond_us` says that the problem is a limit of the kit, so that nothing is known about the body. Of a body that
    names keys twice, `repeated_keys` are all of them, and `repeated_at` is the JSON Pointer of the first such object.
    `decoded` is a long member in standard base64, and what it stands for: it is megabytes, and was decoded anyway.
    """

    value: Json = None
    problem: Text | None = None
    repeated_keys: tuple[str, ...] = ()
    repeated_at: str = ""
    beyond_us: bool = False
    decoded: tuple[str, bytes] | None = field(default=None, compare=False, repr=False)

    @property
    def readable(self) -> bool:
        """True where the body is strict JSON."""
        return self.problem is None


class _NotStrictError(ValueError):
    pass


class _Doubled(dict[str, Json]):
    """An object that names a key twice."""


def read_body(data: bytes) -> Body:
    """Parse `data` as strict JSON in UTF-8 without a byte order mark."""
    repeated: list[str] = []

    def pairs(members: list[tuple[str, Json]]) -> dict[str, Json]:
        found = dict(members)
        if len(found) != len(members):
            found = _Doubled(found)
            seen: set[str] = set()
            repeated.extend(key for key, _ in members if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        return found

    if not data:
        return Body(problem=Text("the body is empty", "响应体为空"))
    short = _without_picture(data) if len(data) > _LONG else None
    if short is not None:
        return short
    if _nests_too_deep(data):
        words = f"nested deeper than the {MAX_DEPTH} levels that are read", f"嵌套超过所读的 {MAX_DEPTH} 层"
        return Body(problem=Text(*words), beyond_us=True)
    try:
        value = _parsed(data, pairs)
    except UnicodeDecodeError as error:
        byte, at = f"{data[error.start]:#04x}", error.start
        return Body(problem=Text(f"not UTF-8: byte {byte} at offset {at}", f"不是 UTF-8：偏移 {at} 处为字节 {byte}"))
    except json.JSONDecodeError as error:
        problem = Text(f"not JSON: {error.msg} at offset {error.pos}", f"不是 JSON：偏移 {error.pos} 处有语法错误")
        return Body(problem=problem)
    except _NotStrictError as error:
        return Body(problem=Text(f"not JSON: the constant {error}", f"不是 JSON：含有常量 {error}"))
    return Body(value, repeated_keys=tuple(repeated), repeated_at=_doubled_at(value) or "" if repeated else "")


def _parsed(data: bytes, pairs: Callable[[list[tuple[str, Json]]], dict[str, Json]]) -> Json:
    text = data.decode("utf-8")
    return cast(
        "Json",
        json.loads(
            text,
            object_pairs_hook=pairs,
            parse_constant=_refuse,
            parse_float=_float,
            # Python refuses integers of more digits than 4,300, which JSON does not; few bodies are that long.
            parse_int=_integer if len(text) > MAX_DIGITS else None,
        ),
    )


def _without_picture(data: bytes) -> Body | None:
    """A body whose longest text is base64 and a member of it, parsed without that text; None for any other body."""
    start, end = longest_text(data)
    if end - start < _LONG:
        return None
    rest = data[:start] + _STANDS_FOR + data[end:]
    if rest.count(_STANDS_FOR) > 1 or _nests_too_deep(rest):
        return None
    picture = memoryview(data)[start:end]
    try:
        file = b64decode(picture, validate=True)
        value = _parsed(rest, _unique)
    except (ValueError, RecursionError):  # what is wrong is told of the whole body
        return None
    members = value if isinstance(value, dict) else {}
    name = next((name for name, one in members.items() if one == _STANDS_FOR.decode()), None)
    if name is None:
        return None
    text = members[name] = str(picture, "ascii")
    return Body(members, decoded=(text, file))


def _unique(members: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(members)
    if len(found) != len(members):
        raise _NotStrictError("a key stands twice")
    return found


def is_number(value: Json) -> TypeGuard[int | float]:
    """Whether a value is a JSON number; Python counts true and false among the integers."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_type(value: Json, kind: str) -> bool:
    """Whether a value is of a JSON type; a number without a fraction is an integer, too."""
    if kind in ("integer", "number"):
        return is_number(value) and (kind == "number" or value == int(value))
    return json_type(value) == kind


def json_type(value: Json) -> str:
    """The JSON type of a value, in the words of JSON Schema."""
    if value is None:
        return "null"
    return next(name for kind, name in _TYPES if isinstance(value, kind))


_TYPES = ((bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"), (dict, "object"))


def _refuse(constant: str) -> Json:
    raise _NotStrictError(constant)


def _float(text: str) -> float:
    value = float(text)
    if value and not math.isinf(value):
        return value
    vanished = not value and any(digit in "123456789" for digit in text.lower().partition("e")[0])
    return Beyond(text) if value or vanished else value


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= MAX_DIGITS else Beyond(text)


def _doubled_at(value: Json) -> str | None:
    """The JSON Pointer of the first object that names a key twice, None where there is none."""
    if isinstance(value, _Doubled):
        return ""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, below in entries:
        at = _doubled_at(below) if isinstance(below, dict | list) else None
        if at is not None:
            return f"{step(str(name))}{at}"
    return None


def step(name: str) -> str:
    """One step of a JSON Pointer to the member of that name."""
    return f"/{name.replace('~', '~0').replace('/', '~1')}"


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


# Values of an answer as a reader may see them.


def shown(value: object, limit: int = 120) -> str:
    """A value of an answer as a reader may see it: as JSON spells it, printable, on one line, cut after `limit`
    characters; bytes of it as Python does.
    """
    return plain(ascii(value) if isinstance(value, bytes) else _spelled(value, limit), limit)


def _spelled(value: object, room: int) -> str:
    """A value in JSON, of which only the first `room` characters and a few more matter."""
    if isinstance(value, str):
        return json.dumps(value[: room + 1], ensure_ascii=False)
    if isinstance(value, bool) or value is None:
        return json.dumps(value)
    if isinstance(value, Beyond):
        return value.text[: room + 1]
    if not isinstance(value, dict | list | tuple):
        return str(value)
    parts: list[str] = []
    for name, below in value.items() if isinstance(value, dict) else enumerate(value):
        key = f"{_spelled(str(name), room)}: " if isinstance(value, dict) else ""
        parts.append(f"{key}{_spelled(below, room)}")
        room -= len(parts[-1]) + 2
        if room < 0:
            break
    return f"{{{', '.join(parts)}}}" if isinstance(value, dict) else f"[{', '.join(parts)}]"


def as_shown(value: object) -> Text:
    """`shown` in both languages."""
    return Text(shown(value), shown(value))


def no_member(name: str) -> Text:
    """What is observed where a member is missing; it is said of the object that should have it."""
    return Text(f"no member {shown(name)}", f"没有字段 {shown(name)}")


def member_is(name: str, value: object) -> Text:
    """What is observed of the value of a member."""
    return Text(f"{name} is {shown(value)}", f"{name} 为 {shown(value)}")


def plain(text: str, limit: int = 120) -> str:
    """A text of an answer without quotes around it: printable, on one line, cut after `limit` characters."""
    line = "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in text[: limit + 1])
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
