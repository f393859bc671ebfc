"""JSON text of any length, read piece by piece: one value is in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, MutableMapping, Sequence
from typing import IO

from conformance.recordings.interaction import CassetteError
from conformance.text import Text

LONGEST = 64 << 20
"""Characters of one value, as for the lines of NDJSON."""

_CHUNK = 1 << 18


class BrokenJsonError(Exception):
    """The text ends or breaks off where nothing tells what comes next; `place` says in what, `reason` how."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place}: {reason}")
        self.place, self.reason = place, reason

    @property
    def words(self) -> Text:
        """What this means for the rest of the text."""
        return Text(f"{self.reason}; nothing after it could be read", f"{self.reason}；其后内容无法读取")


class JsonStream:
    """Values and marks of JSON text, decoded from the front and forgotten."""

    def __init__(self, stream: IO[str], expected: Text) -> None:
        """`expected` begins the message about another text: which file it is, and what should be in it."""
        self._stream = stream
        self._expected = expected
        self._text, self._at = "", 0
        self._expects = 0
        self._decoder = json.JSONDecoder()

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            rest = self._text[self._at : self._at + 200].lstrip()
            if rest:
                self._at = self._text.index(rest[0], self._at)
                return rest[0]
            self._at = min(self._at + 200, len(self._text))
            if self._at == len(self._text) and not self._more():
                return ""

    def expect(self, character: str) -> None:
        """Take one character. Raises CassetteError where another one stands there."""
        found = self.peek()
        if found != character:
            raise CassetteError(
                f"{self._expected.en}, found {found!r} instead of {character!r}",
                f"{self._expected.zh}，实有 {found!r} 而非 {character!r}",
            )
        self._at += 1

    def take(self, character: str) -> bool:
        """Take a character where it is next."""
        if self.peek() != character:
            return False
        self._at += 1
        return True

    def value(self, place: str) -> object:
        """The next JSON value. Raises BrokenJsonError where it is damaged, or longer than LONGEST."""
        self.peek()
        # Mostly the next value is about as long as the one before: to read so much first spares vain attempts.
        if len(self._text) - self._at < self._expects:
            self._more(self._expects - len(self._text) + self._at)
        while True:
            try:
                value, end = self._decoder.raw_decode(self._text, self._at)
            except (ValueError, RecursionError) as error:
                if len(self._text) - self._at > LONGEST:
                    raise BrokenJsonError(place, f"not JSON, or longer than {LONGEST >> 20} MB") from None
                # Twice as much each time, so that a long value is not decoded over and over.
                if not self._more(max(_CHUNK, len(self._text) - self._at)):
                    raise BrokenJsonError(place, f"not JSON: {error}") from None
                continue
            # A number may go on in the next piece; nothing else can.
            if end == len(self._text) and isinstance(value, int | float) and self._more():
                continue
            self._expects = min(max(_CHUNK, (end - self._at) * 17 // 16), LONGEST) if end - self._at > _CHUNK else 0
            self._at = end
            return value

    def _more(self, characters: int = _CHUNK) -> bool:
        piece = self._stream.read(characters)
        self._text, self._at = self._text[self._at :] + piece, 0
        return bool(piece)


def entries(
    source: JsonStream, path: Sequence[str], head: MutableMapping[str, object], entry: str = "entry"
) -> Iterator[object]:
    """The entries of the list at `path` below the root, one at a time; other members of the text are read over.

    Those that stand before the list and beside it go to `head`. Raises CassetteError for another text, BrokenJsonError
    where it breaks off.
    """
    name, below = path[0], path[1:]
    for found in _members(source):
        if found != name:
            head[found] = source.value(found)
        elif below:
            head.clear()
            yield from entries(source, below, head, entry)
        else:
            source.expect("[")
            number = 0
            while not source.take("]"):
                number += 1
                yield source.value(f"{entry} {number}")
                source.take(",")


def _members(source: JsonStream) -> Iterator[str]:
    source.expect("{")
    while not source.take("}"):
        name = source.value("the head of the file")
        source.expect(":")
        yield str(name)
        source.take(",")
