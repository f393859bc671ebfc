"""A TOML text that a user wrote, beside the lines of its keys: a mistake in it is one message with its line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.files import nearest, parse_toml, read_text
from conformance.statement.lines import KeyPath, key_lines, line_of
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

Mistake: TypeAlias = tuple[int, Text]
"""The line of a mistake, and what was expected and found there."""


@dataclass(frozen=True, slots=True)
class StatedText:
    """The parsed text and the lines of its keys. Positions are flattened to dotted ids, dates are text.

    `twice` are the positions that are given in both spellings, quoted and dotted.
    """

    data: Mapping[str, object]
    lines: Mapping[KeyPath, int]
    twice: tuple[Mistake, ...] = ()

    def line(self, *path: str | int) -> int:
        """The line of a key, or of the nearest thing around it."""
        return line_of(path, self.lines)

    def entries(self, name: str) -> Iterator[tuple[int, Mapping[str, object]]]:
        """The entries of an array of tables with their indices, those left out by `without` excepted."""
        for index, entry in enumerate(cast("Sequence[Mapping[str, object] | None]", self.data.get(name, ()))):
            if entry is not None:
                yield index, entry

    def without(self, paths: Iterable[KeyPath]) -> StatedText:
        """The text without what stands at these places: entries of arrays as a whole, else single keys."""
        data = dict(self.data)
        for path in paths:
            _cut(data, path)
        return replace(self, data=data)


def parse_stated(path: Path) -> StatedText:
    """Read a TOML file. Raises DataError where it is none."""
    return parse_part(stated_content(path), path)


def stated_content(path: Path) -> str:
    """The text of a TOML file. Raises DataError where it cannot be read."""
    return read_text(path).removeprefix("\ufeff")  # editors of some systems write a byte order mark


def parse_part(content: str, path: Path) -> StatedText:
    """The text of a file, or a part of it. Raises DataError where it is no TOML."""
    data = cast("dict[str, object]", _plain(parse_toml(content, path)))
    lines = key_lines(content)
    twice = [*_flatten_positions(data, (), lines)]
    offers = data.get("contract")
    for name, offer in offers.items() if isinstance(offers, dict) else ():
        if isinstance(offer, dict):
            twice += _flatten_positions(offer, ("contract", name), lines)
    return StatedText(data, lines, tuple(twice))


def entries_of(data: Mapping[str, object], name: str) -> Sequence[Mapping[str, object]]:
    """The tables of an array of tables; none where it is absent."""
    return cast("Sequence[Mapping[str, object]]", data.get(name, ()))


def said(path: Path, mistake: Mistake) -> Text:
    """A mistake in a sentence."""
    line, message = mistake
    return Text(f"{path}, line {line}: {message.en}", f"{path} 第 {line} 行：{message.zh}")


def in_order(mistakes: Iterable[Mistake]) -> list[Mistake]:
    """Mistakes by their lines."""
    return sorted(mistakes, key=lambda mistake: (mistake[0], mistake[1].en))


def meant(wrong: Text, name: str, known: Sequence[str]) -> Text:
    """What is wrong with a name, and what may have been meant: the names near it, or all of them."""
    near = nearest(name, known)
    hint = Text("near it are", "相近的有") if near else Text("expected one of", "应为以下之一：")
    names = near or known
    return Text(f"{wrong.en}; {hint.en} {', '.join(names)}", f"{wrong.zh}；{hint.zh} {'、'.join(names)}")


def _cut(data: dict[str, object], path: KeyPath) -> None:
    """Take the thing at a path out of tables that are copied on the way; of an array its entry leaves a gap."""
    if not path:
        return
    key, rest = str(path[0]), path[1:]
    value = data.get(key)
    if isinstance(value, dict) and rest:
        data[key] = inner = dict(value)
        _cut(inner, rest)
    elif isinstance(value, list) and rest and all(entry is None or isinstance(entry, dict) for entry in value):
        data[key] = [None if index == rest[0] else entry for index, entry in enumerate(value)]
    else:
        data.pop(key, None)


def _plain(value: object) -> object:
    """The value with dates as text, as JSON has it."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _flatten_positions(data: dict[str, object], path: KeyPath, lines: dict[KeyPath, int]) -> Iterator[Mistake]:
    """Give the `positions` of a table, and the lines of them, dotted ids; names those that are given twice."""
    positions, at = data.get("positions"), (*path, "positions")
    if isinstance(positions, dict):
        data["positions"] = flat = dict[str, object]()
        for name, value in _flat(cast("dict[str, object]", positions)):
            if name in flat:
                line = max(line for key, line in lines.items() if ".".join(map(str, key[len(at) :])) == name)
                twice = Text("given twice, with quotes and without", "加引号与不加引号各给出一次，重复")
                yield line, Text(f"positions: {name}: {twice.en}", f"positions: {name}：{twice.zh}")
            flat[name] = value
    dotted = {key: line for key, line in lines.items() if key[: len(at)] == at and len(key) > len(at) + 1}
    lines |= {(*at, ".".join(map(str, key[len(at) :]))): line for key, line in dotted.items()}


def _flat(positions: Mapping[str, object], before: str = "") -> Iterator[tuple[str, object]]:
    for name, value in positions.items():
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, object]", value), f"{before}{name}.")
        else:
            yield f"{before}{name}", value
