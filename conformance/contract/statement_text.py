"""A TOML text that a user wrote, beside the lines of its keys: a mistake in it is one message with its line."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.contract.datafiles import nearest, parse_toml, read_text
from conformance.contract.statement_lines import KeyPath, key_lines, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

Mistake: TypeAlias = tuple[int, str]
"""The line of a mistake, and what was expected and found there."""


@dataclass(frozen=True, slots=True)
class StatedText:
    """The parsed text and the lines of its keys. Positions are flattened to dotted ids, dates are text."""

    data: Mapping[str, object]
    lines: Mapping[KeyPath, int]

    def line(self, *path: str | int) -> int:
        """The line of a key, or of the nearest thing around it."""
        return line_of(path, self.lines)


def parse_stated(path: Path) -> StatedText:
    """Read a TOML file. Raises DataError where it is none."""
    content = read_text(path)
    data = cast("dict[str, object]", _plain(parse_toml(content, path)))
    positions = data.get("positions")
    if isinstance(positions, dict):
        data["positions"] = dict(_flat(cast("dict[str, object]", positions)))
    lines = key_lines(content)
    dotted = {path: line for path, line in lines.items() if path[:1] == ("positions",) and len(path) > 2}
    lines |= {("positions", ".".join(map(str, path[1:]))): line for path, line in dotted.items()}
    return StatedText(data, lines)


def entries_of(data: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """The tables of an array of tables; none where it is absent."""
    return cast("Sequence[Mapping[str, object]]", data.get(name, ()))


def said(path: Path, mistake: Mistake) -> str:
    """A mistake in a sentence."""
    line, message = mistake
    return f"{path}, line {line}: {message}"


def meant(name: str, known: Sequence[str]) -> str:
    """What may have been meant: the names near it, or all of them."""
    near = nearest(name, known)
    return f"near it are {', '.join(near)}" if near else f"expected one of {', '.join(known)}"


def _plain(value: object) -> object:
    """The value with dates as text, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _flat(positions: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in positions.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, object]", value), f"{before}{name}.")
        else:
            yield f"{before}{name}", value
