"""Spells the members of a request as JSON, in every way that the standard allows and clients really use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.strategies.draw import JsonSpelling

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


_MARK = "\0unescaped\0"


def spell(members: Mapping[str, Json], spelling: JsonSpelling = "plain", unescaped: str = "") -> bytes:
    """The object with these members as JSON text in UTF-8 (RFC 8259).

    `plain` is compact. `spaced` has blanks, tabs and line ends wherever they may stand. `escaped` writes names as
    \\u escapes and each solidus and underscore of a value as an escape. `reordered` has the members from last to first.
    `unescaped` is base64 text, megabytes long maybe, that needs no escapes but for line ends where it is one of the
    values.
    """
    is_there = any(value is unescaped for value in members.values())
    if unescaped and "\n" not in unescaped and is_there:
        marked = {name: _MARK if value is unescaped else value for name, value in members.items()}
        written = unescaped.replace("/", "\\/").replace("_", "\\u005f") if spelling == "escaped" else unescaped
        return written.encode("ascii").join(spell(marked, spelling).split(json.dumps(_MARK)[1:-1].encode()))
    if spelling == "spaced":
        text = json.dumps(members, ensure_ascii=False, indent="\t ", separators=(" ,", " : "))
        return f"\r\n {text}\r\n".encode()
    if spelling == "escaped":
        return ("{" + ",".join(f"{_name(name)}:{_value(value)}" for name, value in members.items()) + "}").encode()
    if spelling == "reordered":
        members = dict(reversed(list(members.items())))
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _name(name: str) -> str:
    # Upper and lower case in turn: both are legal hexadecimal digits.
    digits = (f"{ord(c):04x}" if at % 2 else f"{ord(c):04X}" for at, c in enumerate(name))
    return '"' + "".join(f"\\u{code}" for code in digits) + '"'


def _value(value: Json) -> str:
    # Both characters stand in strings only, never in the syntax around them.
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").replace("_", "\\u005f")
