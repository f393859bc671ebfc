"""A TOML text that a user wrote: lines of its keys, what its JSON Schema says against it, mistakes in sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.files import data_folder, nearest, parse_toml, read_json, read_text
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from jsonschema import ValidationError


# Where the keys of a TOML text stand: the parser gives values without lines, and a mistake is worth its line.


KeyPath: TypeAlias = tuple[str | int, ...]
"""Keys from the top; the entry of an array of tables is its index."""

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]\]?")
_ASSIGNMENT = re.compile(rf"\s*({_KEY})\s*=")
_TEXT = re.compile(r"\"\"\"|'''|\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*")
_LONG = ('"""', "'''")


def key_lines(text: str) -> dict[KeyPath, int]:
    """The line (from 1) of every table header and of every key outside inline tables, for a text that is valid TOML."""
    lines: dict[KeyPath, int] = {}
    counts: dict[KeyPath, int] = {}
    table: KeyPath = ()
    inside, depth = "", 0
    for number, line in enumerate(text.split("\n"), 1):  # other ends of lines are none in TOML
        if not inside and depth <= 0:
            if header := _HEADER.match(line):
                table = _resolved(_parts(header[2]), counts)
                if header[1] == "[[":
                    index = counts.get(table, 0)
                    counts[table] = index + 1
                    table = (*table, index)
                lines.setdefault(table, number)
                continue
            if key := _ASSIGNMENT.match(line):
                lines.setdefault((*table, *_parts(key[1])), number)
                line = line[key.end() :]
        inside, depth = _open_at_end(line, inside, max(depth, 0))
    return lines


def line_of(path: KeyPath, lines: Mapping[KeyPath, int]) -> int:
    """The line of a key, or of the nearest thing around it that has one; 1 where nothing has."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def _parts(key: str) -> KeyPath:
    return tuple(part[1:-1] if part[0] in "\"'" else part for part in re.findall(_PART, key))


def _resolved(path: KeyPath, counts: Mapping[KeyPath, int]) -> KeyPath:
    """A path with the index of the last entry behind each array of tables that it passes through."""
    found: KeyPath = ()
    for place, part in enumerate(path):
        found = (*found, part)
        if place < len(path) - 1 and found in counts:
            found = (*found, counts[found] - 1)
    return found


def _open_at_end(line: str, inside: str, depth: int) -> tuple[str, int]:
    """The quotes of a long string that is open at the end of a line, or "", and how many brackets are open."""
    while inside:
        _, found, line = line.partition(inside)
        if not found:
            return inside, depth
        inside = ""
    plain = ""
    at = 0
    while match := _TEXT.search(line, at):
        plain += line[at : match.start()]
        at = match.end()
        if match[0] in _LONG:
            end = line.find(match[0], at)
            if end < 0:
                inside = match[0]
                at = len(line)
                break
            at = end + len(match[0])
    plain += line[at:]
    return inside, depth + sum(plain.count(c) for c in "[{") - sum(plain.count(c) for c in "]}")


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


def tables_in(data: Mapping[str, object], name: str) -> Mapping[str, Mapping[str, object]]:
    """A table of tables; empty where it is absent."""
    return cast("Mapping[str, Mapping[str, object]]", data.get(name, {}))


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


# What the JSON Schema of target statements says against one, in sentences: what was expected, what was found.


_KINDS = {
    "string": Text("text in quotes", "加引号的文本"),
    "integer": Text("a number", "数"),
    "number": Text("a number", "数"),
    "array": Text("a list", "列表"),
    "object": Text("a table", "表"),
}
_LONGEST = 200
_SECRETS = frozenset({"token", "ak", "sk", "password", "iam-password", "user", "secret", "secrets"})
_NEVER_HERE = Text(
    "; secrets go into the environment or a secrets file, never here", "；密钥应放在环境变量或密钥文件中，不得写在这里"
)


def statement_schema() -> Mapping[str, object]:
    """The JSON Schema of target statements."""
    return cast("Mapping[str, object]", read_json(data_folder("schemas") / "statement.schema.json"))


def shape_mistakes(data: Mapping[str, object], schema: Mapping[str, object]) -> Iterator[tuple[KeyPath, Text]]:
    """The place of each breach of the schema, and a sentence on it; numbers of a statement are finite, too."""
    from jsonschema import Draft202012Validator  # late: without a statement nothing here is needed

    validator = Draft202012Validator(schema)
    yield from _endless_numbers((), data)
    # Two keywords may say one thing: `pattern`, and `not` where `$` would let a line break pass in Python alone.
    yield from dict.fromkeys(mistake for error in validator.iter_errors(data) for mistake in _mistakes(error))


def _mistakes(error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, error)
    elif error.validator == "required":
        yield from _missing_keys(path, error)
    else:
        yield path, wrong_value(shown_place(path), _expected(error), error.instance)


def _endless_numbers(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, Text]]:
    """Numbers that TOML has and JSON Schema cannot refuse: `nan`, `inf`, and integers beyond any float."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _endless_numbers((*path, key), below)
    elif isinstance(value, int | float):
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            yield path, wrong_value(shown_place(path), Text("a finite number", "有限的数"), value)


def _unknown_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    known = cast("Mapping[str, object]", cast("Mapping[str, object]", error.schema)["properties"])
    for key in cast("Mapping[str, object]", error.instance):
        if key not in known:
            place = Text.of(shown_place(path)) if path else Text("the statement", "声明")
            hint = _NEVER_HERE if key in _SECRETS else Text("", "")
            yield (
                (*path, key),
                Text(
                    f"{place.en} has no key {key!r}; known are {', '.join(known)}{hint.en}",
                    f"{place.zh} 中没有键 {key!r}；已知的键有 {'、'.join(known)}{hint.zh}",
                ),
            )


def _missing_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    needed = cast("list[str]", error.validator_value)
    missing = [key for key in needed if key not in cast("Mapping[str, object]", error.instance)]
    # jsonschema reports each missing key on its own, in a message that begins with it: one sentence is enough for all.
    if error.message.startswith(f"{missing[0]!r} "):
        yield (
            path,
            Text(
                f"{shown_place(path)}: expected {', '.join(needed)}; found no {', '.join(missing)}",
                f"{shown_place(path)}：应有 {'、'.join(needed)}；缺少 {'、'.join(missing)}",
            ),
        )


def _expected(error: ValidationError) -> Text:
    schema = cast("Mapping[str, object]", error.schema)
    match error.validator:
        case "enum":
            return one_of(cast("list[str]", error.validator_value))
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            named = [_KINDS[str(kind)] for kind in kinds]
            return Text(" or ".join(kind.en for kind in named), "或".join(kind.zh for kind in named))
        case "minLength":
            return Text("text that is not empty", "非空文本")
        case "minItems" if error.validator_value == 1:
            return Text("at least one entry", "至少一项")
        case "uniqueItems":
            return Text("each entry once", "每项仅出现一次")
        case "anyOf":
            return Text.of(str(schema["description"])) if "description" in schema else _KINDS["string"]
        case _:
            return Text.of(str(schema["description"]))


def one_of(names: Iterable[object]) -> Text:
    """`one of "a", "b"`."""
    quoted = [f'"{name}"' for name in names]
    return Text(f"one of {', '.join(quoted)}", f"{'、'.join(quoted)} 之一")


def wrong_value(where: str, expected: Text, value: object) -> Text:
    """What was expected at a place of a statement, and the value that was found; a secret is not repeated."""
    found = shown_value(value)
    return Text(f"{where}: expected {expected.en}; found {found.en}", f"{where}：应为{expected.zh}；实为 {found.zh}")


def shown_value(value: object) -> Text:
    """A value of a statement as it is written there, cut where it is long; an address with a user in it may hold a
    password, too.
    """
    if isinstance(value, str) and "@" in value:
        return Text("one with a user in it", "含用户名的地址")
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return Text(shown, shown)


def shown_place(path: KeyPath) -> str:
    """`target.proxy`, `waiver 2: expires`, `contract."auto-classification-v1.0".types`."""
    text = ""
    for before, part in zip(("", *path), path, strict=False):
        if isinstance(part, int):
            text += f" {part + 1}"
            continue
        key = part if re.fullmatch(r"[A-Za-z_-]+", part) else f'"{part}"'
        text += f": {key}" if isinstance(before, int) else f".{key}" if text else key
    return text
