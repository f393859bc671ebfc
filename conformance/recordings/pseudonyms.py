"""Other values of the same form in the place of personal ones: keyed, so that nobody can compute them back.

A plain sum of an identity number can be found by trying all numbers; a sum with a key that was thrown away cannot.
Equal values get equal pseudonyms under one key, so that answers that agreed still agree.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata
from collections.abc import Iterator
from hashlib import sha256

from conformance.recordings.patterns import personal_numbers

_DAY = re.compile(r"(?<![0-9])([0-9]{4})([-/.年])([0-9]{1,2})([-/.月])([0-9]{1,2})(日?)(?![0-9]{3})")
_HOUR = re.compile(r"(?<![0-9])([01][0-9]|2[0-3]):([0-5][0-9])(?![0-9])")
_MONTH = re.compile(r"([0-9]{2})/([0-9]{2})")
_IDEOGRAPHS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"
_ATTEMPTS = 1000


class Pseudonyms:
    """Pseudonyms under one key; the key is drawn here, kept in memory only, and gone with this object."""

    def __init__(self, key: bytes | None = None) -> None:
        """`key` is for tests alone."""
        self._key = key or secrets.token_bytes(32)

    def of(self, text: str) -> str:
        """A text of the same length with each character replaced by one of its class; punctuation and blanks stay.

        Days and times stay days and times. The result is none of the numbers that `cassette check` looks for.
        """
        drawn = self._drawn(text, 0)
        for attempt in range(1, _ATTEMPTS):
            personal = list(personal_numbers(drawn))
            if not personal:
                return drawn
            for found in personal:
                other = self._drawn(drawn[found.start : found.end], attempt)
                drawn = drawn[: found.start] + other + drawn[found.end :]
        raise AssertionError("a number is drawn as a personal one time and again")

    def number(self, value: int | float) -> int | float:
        """A number with as many digits before and after the point; 0 and 1 stay, which say nothing about anybody."""
        if value in (0, 1):
            return value
        literal = repr(abs(value))
        if not literal.replace(".", "").isdigit():
            return value  # so large or so small that it is no number of anybody
        digits = self._drawn(literal, 0)
        first = literal[0] if literal[0] == "0" else str(1 + int(digits[0]) % 9)
        drawn = type(value)(first + digits[1:])
        return drawn if value > 0 else -drawn

    def _drawn(self, text: str, attempt: int) -> str:
        stream = self._stream(text, attempt)
        kept: dict[int, str] = {}
        for match in _DAY.finditer(text):
            year, month, day = 1950 + next(stream) % 70, 1 + next(stream) % 12, 1 + next(stream) % 28
            for group, value in ((1, year), (3, month), (5, day)):
                kept |= _digits(match.start(group), value, len(match[group]))
            kept |= {match.start(group): match[group] for group in (2, 4, 6) if match[group]}
        for match in _HOUR.finditer(text):
            kept |= _digits(match.start(1), next(stream) % 24, 2) | _digits(match.start(2), next(stream) % 60, 2)
        if card := _MONTH.fullmatch(text):
            # Month and year of a card, in either order: a month stays one.
            for group in (1, 2):
                if 1 <= int(card[group]) <= 12:
                    kept |= _digits(card.start(group), 1 + next(stream) % 12, 2)
        return "".join(kept.get(at) or _other(character, next(stream)) for at, character in enumerate(text))

    def _stream(self, text: str, attempt: int) -> Iterator[int]:
        block = 0
        while True:
            message = b"%d:%d:" % (attempt, block) + text.encode("utf-8", "surrogatepass")
            digest = hmac.digest(self._key, message, sha256)
            for at in range(0, len(digest), 2):
                yield int.from_bytes(digest[at : at + 2])
            block += 1


def _digits(at: int, value: int, length: int) -> dict[int, str]:
    # A month or a day of one digit stays one: 1 to 9.
    shown = f"{value:0{length}d}" if value < 10**length else str(1 + value % 9)
    return {at + index: digit for index, digit in enumerate(shown)}


def _other(character: str, draw: int) -> str:
    for first, count in (("0", 10), ("a", 26), ("A", 26)):
        if ord(first) <= ord(character) < ord(first) + count:
            return chr(ord(first) + draw % count)
    if "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U0003ffff":
        return _IDEOGRAPHS[draw % len(_IDEOGRAPHS)]
    category = unicodedata.category(character)
    if category[0] not in "LN":
        return character
    # Another script: a neighbour of the same kind; where there is none, a letter or digit that says nothing.
    block = ord(character) & ~0x1F
    near = [chr(code) for code in range(block, block + 32) if unicodedata.category(chr(code)) == category]
    return near[draw % len(near)]
