"""JSON text of any length, read piece by piece: one value is in memory at a time."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Iterator, MutableMapping, Sequence
from typing import IO, cast

from msgspec import MsgspecError
from msgspec.json import Decoder

from conformance.recordings import CassetteError
from conformance.recordings.blobs import BASE64_DIGITS
from conformance.text import Text

LONGEST = 64 << 20
"""Bytes of one value, as for the lines of NDJSON."""

_CHUNK = 1 << 18

_BLANKS = re.compile(rb"\s*+")
_SCALAR = re.compile(rb'[^\s,:"{}\[\]]*+')
_SHORT = rb'[^{}\[\]"]++|"[^"\\]{0,512}+"'
_PLAIN = re.compile(rb"(?:%b|\{(?:%b)*+\})*+" % (_SHORT, _SHORT))
"""What opens and closes nothing: numbers, short texts, and objects of these."""

_RUN = b"a-long-run-of-this-text-"
_LONG = 1 << 16
"""Bytes of a text without any escape from which on they are not decoded with the rest."""

_AT_HAND = 1 << 18
"""Bytes that a processor keeps near itself, so that they are gone through several times for little more than once."""

_OF_ESCAPE = 4
"""Characters at the front of a text that may belong to the escape before them."""

_FRONT, _TAIL = 2 * 8192 + 16, 1 << 12
"""Bytes of a picture's base64 that are kept where the rest is left out: more than any value that is looked for has."""

_LOOKED_AT = 256

_ESCAPES = re.compile(rb'(?:[^"\\]{0,512}+\\.)*+', re.DOTALL)


_ODD = object()
_RUN_NAME = _RUN.decode()


class Shortened(bytes):
    """A body of which the middle of a picture is left out, since nothing is looked for in it; `whole` is its length."""

    whole = 0


def length_of(body: bytes) -> int:
    """How many bytes a body has, or had."""
    return body.whole if isinstance(body, Shortened) else len(body)


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
    """Values and marks of JSON text, decoded from the front and forgotten.

    Where a value ends is found first, from quote to quote, so that a text of megabytes is decoded once and as a whole.
    """

    def __init__(self, stream: IO[bytes], expected: Text, bulky: str = "", *, brief: bool = False) -> None:
        """`expected` begins the message about another text: which file it is, and what should be in it.

        A member that is called `bulky` is given as its bytes where it is very long, since a body is what it is. With
        `brief` the middle of a picture in it is left out (`Shortened`), unless it is to be decoded.
        """
        self._stream = stream
        self._expected = expected
        self._bulky, self._brief = bulky, brief
        self._data, self._at, self._end = bytearray(_CHUNK), 0, 0
        self._expects = 0
        self._runs: list[tuple[int, int]] = []
        self._decode = Decoder().decode
        if self._more() and self._data.startswith(codecs.BOM_UTF8):
            self._at = len(codecs.BOM_UTF8)

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            found = _BLANKS.match(self._data, self._at, self._end)
            self._at = found.end() if found else self._at
            if self._at < self._end:
                return self._data[self._at : min(self._at + 4, self._end)].decode("utf-8", "replace")[:1]
            if not self._more():
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
        # Mostly the next value is about as long as the one before: to read so much first spares copies.
        if self._end - self._at < self._expects:
            self._more(self._expects - self._end + self._at)
        self._runs.clear()
        length = self._length()
        if length is None and self._end - self._at > LONGEST:
            raise BrokenJsonError(place, f"not JSON, or longer than {LONGEST >> 20} MB")
        end = self._end if length is None else self._at + length
        try:
            value = self._without_runs(end) if self._runs else None
            if value is None:
                value = self._decode(memoryview(self._data)[self._at : end])
        except (MsgspecError, RecursionError):  # also NaN, lone surrogates, and what is no UTF-8
            value = self._read(place, end)
        length = end - self._at
        self._expects = min(max(_CHUNK, length * 17 // 16), LONGEST) if length > _CHUNK else 0
        self._at = end
        return value

    def _without_runs(self, end: int) -> object:
        """The value up to there, its long runs put in once the rest is decoded; None where that does not work."""
        view, at, parts = memoryview(self._data), self._at, list[memoryview | bytes]()
        runs = []
        for start, stop in self._runs:
            if not self._is_plain(self._at + start, self._at + stop):
                return None
            parts += (view[at : self._at + start], _RUN)
            at = self._at + stop
            runs.append(view[self._at + start : at])
        small = b"".join((*parts, view[at:end]))
        if small.count(_RUN) != len(runs):
            return None
        left = iter(runs)
        try:
            value = self._restored(self._decode(small), left)
        except MsgspecError:
            return None
        # Where a name stands twice in an object, only one of its values is left.
        return None if value is _ODD or next(left, None) is not None else value

    def _is_plain(self, start: int, stop: int) -> bool:
        """Whether a run is ASCII, and no line ends in it, nor has it another blank than spaces."""
        data = self._data
        pieces = [(at, min(at + _AT_HAND, stop)) for at in range(start, stop, _AT_HAND)]
        if any(data.find(blank, at, end) >= 0 for at, end in pieces for blank in (b"\n", b"\r", b"\t")):
            return False
        return data.isascii() or all(data[at:end].isascii() for at, end in pieces)  # to look at all spares copies

    def _restored(self, value: object, runs: Iterator[memoryview], name: str = "", *, brief: bool = False) -> object:
        """A value with its runs put in, in the order of the text; `_ODD` where one is in the name of a member."""
        if isinstance(value, dict):
            brief = self._brief and "base64" not in value.values()
            found = {key: self._restored(below, runs, key, brief=brief) for key, below in value.items()}
            return _ODD if any(below is _ODD or _RUN_NAME in key for key, below in found.items()) else found
        if isinstance(value, list):
            listed = [self._restored(below, runs) for below in value]
            return _ODD if any(below is _ODD for below in listed) else listed
        if not isinstance(value, str) or _RUN_NAME not in value:
            return value
        first, *others = value.encode().split(_RUN)
        taken = [next(runs) for _ in others]
        if name == self._bulky:
            return _body_of(first, taken, others, brief=brief)
        return b"".join((first, *(part for pair in zip(taken, others, strict=True) for part in pair))).decode()

    def _read(self, place: str, end: int) -> object:
        """The value up to there, read as tolerantly as Python does."""
        text = self._data[self._at : end].decode("utf-8", "replace")
        try:
            value, found = json.JSONDecoder().raw_decode(text)
        except (ValueError, RecursionError) as error:
            # Where it breaks is not said: that would count from the beginning of the entry.
            why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
            raise BrokenJsonError(place, f"not JSON: {why}") from None
        if found != len(text):
            raise BrokenJsonError(place, "not JSON: extra data")
        return value

    def _length(self) -> int | None:
        """How long the next value is, in bytes; None where it does not end, or not within LONGEST."""
        opened, at = 0, 0
        while True:
            at = at if not opened else self._end_of(_PLAIN, at)
            mark = self._byte(at)
            if mark in (b"{", b"["):
                opened, at = opened + 1, at + 1
            elif mark in (b"}", b"]"):
                opened, at = opened - 1, at + 1
            elif mark == b'"':
                found = self._after_text(at + 1)
                if found is None:
                    return None
                at = found
            elif opened and not self._more_of_value():
                return None
            elif not opened:
                # A number may go on in the next piece.
                while (at := self._end_of(_SCALAR, 0)) == self._end - self._at and self._more_of_value():
                    pass
            if opened <= 0:
                return at

    def _after_text(self, at: int) -> int | None:
        """Where the text ends that goes on from there, behind its quote; None where it does not end."""
        while True:
            at = self._at + self._end_of(_ESCAPES, at)
            quote, escape = self._marks(at)
            stop = escape if escape >= 0 else quote
            if self._bulky and stop - at > _LONG:
                self._runs.append((at - self._at + _OF_ESCAPE, stop - self._at))
            if quote >= 0 and escape < 0:
                return quote + 1 - self._at
            if escape >= 0 and escape + 1 < self._end:
                at = escape - self._at
                continue
            # What was gone through is gone through again, but no escape is: it would have been found.
            at -= self._at
            if not self._more_of_value():
                return None

    def _marks(self, at: int) -> tuple[int, int]:
        """Where the next quote and the next escape before it are, whichever is first; -1 for what is not there."""
        quote = escape = -1
        while quote < 0 and escape < 0 and at < self._end:
            stop = min(at + _AT_HAND, self._end)
            quote = self._data.find(b'"', at, stop)
            escape = self._data.find(b"\\", at, quote if quote >= 0 else stop)
            at = stop
        return quote, escape

    def _end_of(self, pattern: re.Pattern[bytes], at: int) -> int:
        found = pattern.match(self._data, self._at + at, self._end)
        return found.end() - self._at if found else at

    def _byte(self, at: int) -> bytes:
        return bytes(self._data[self._at + at : min(self._at + at + 1, self._end)])

    def _more_of_value(self) -> bool:
        # Twice as much each time, so that a long value is not copied over and over.
        rest = self._end - self._at
        return rest <= LONGEST and self._more(max(_CHUNK, rest))

    def _more(self, length: int = _CHUNK) -> bool:
        """Read on behind what is not taken yet, in the same memory as long as there is room."""
        rest = self._end - self._at
        data = self._data if rest + length <= len(self._data) else bytearray(rest + length)
        view = memoryview(data)
        view[:rest] = memoryview(self._data)[self._at : self._end]
        count = cast("io.BufferedIOBase", self._stream).readinto(view[rest : rest + length])
        self._data, self._at, self._end = data, 0, rest + count
        return count > 0


def _body_of(first: bytes, runs: Sequence[memoryview], others: Sequence[bytes], *, brief: bool) -> bytes:
    """A body put together of its runs and what stands around them; with `brief` without the middle of its pictures."""
    parts: list[bytes | memoryview] = [first]
    before, left_out = first, 0
    for run, after in zip(runs, others, strict=True):
        ends = before[-_OF_ESCAPE:] + bytes(run[:_LOOKED_AT]) + bytes(run[-_LOOKED_AT:])
        if brief and len(run) > _FRONT + _TAIL and not ends.translate(None, BASE64_DIGITS):
            left_out += len(run) - _FRONT - _TAIL
            parts += (run[:_FRONT], run[-_TAIL:], after)
        else:
            parts += (run, after)
        before = after
    whole = b"".join(parts)
    if not left_out:
        return whole
    short = Shortened(whole)
    short.whole = len(whole) + left_out
    return short


def entries(
    source: JsonStream, path: Sequence[str], head: MutableMapping[str, object], entry: str = "entry"
) -> Iterator[object]:
    """The entries of the list at `path` below the root, one at a time; other members of the text are read over.

    Those that stand before the list and beside it go to `head`. Raises CassetteError for another text, BrokenJsonError
    where it breaks off.
    """
    source.expect("{")
    yield from _members(source, path, head, entry)


def up_to_entries(source: JsonStream, path: Sequence[str], head: MutableMapping[str, object]) -> None:
    """Read over what stands before the first entry of the list at `path`; raises as `entries` does."""
    for name in path:
        head.clear()
        source.expect("{")
        while (found := str(source.value("the head of the file"))) != name:
            source.expect(":")
            head[found] = source.value(found)
            source.take(",")
        source.expect(":")
    source.expect("[")


def entries_from(
    source: JsonStream,
    path: Sequence[str],
    head: MutableMapping[str, object],
    before: int,
    *,
    to_the_end: bool,
    entry: str = "entry",
) -> Iterator[object]:
    """The entries of the list at `path`, from the middle of a text: from between two of them, `before` stand earlier.

    Either up to the end of the text, with what stands behind the list as in `entries`; or the text ends between two
    entries as well. Raises BrokenJsonError where it does not, and as `entries` does.
    """
    if to_the_end:
        yield from _listed(source, entry, before)
        for depth in range(len(path) - 1, -1, -1):
            source.take(",")
            yield from _members(source, path[depth:], head, entry)
        return
    number = before
    while source.peek():
        number += 1
        yield source.value(f"{entry} {number}")
        source.take(",")


def _listed(source: JsonStream, entry: str, number: int = 0) -> Iterator[object]:
    while not source.take("]"):
        number += 1
        yield source.value(f"{entry} {number}")
        source.take(",")


def _members(
    source: JsonStream, path: Sequence[str], head: MutableMapping[str, object], entry: str
) -> Iterator[object]:
    """The entries below an object whose members are next."""
    name, below = path[0], path[1:]
    while not source.take("}"):
        found = source.value("the head of the file")
        source.expect(":")
        if str(found) != name:
            head[str(found)] = source.value(str(found))
        elif below:
            head.clear()
            yield from entries(source, below, head, entry)
        else:
            source.expect("[")
            yield from _listed(source, entry)
        source.take(",")
