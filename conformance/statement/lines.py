"""Where the keys of a TOML text stand: the parser gives values without lines, and a mistake is worth its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

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
