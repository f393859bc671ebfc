"""A sentence in the two languages of the kit, and the sentences that mistakes are told in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """A sentence in English and Chinese."""

    en: str
    zh: str

    @classmethod
    def of(cls, both: str) -> Text:
        """Both halves of a description in a data file, `English / 中文`."""
        english, _, chinese = both.partition(" / ")
        return cls(english, chinese or english)

    def in_language(self, language: str) -> str:
        """The sentence in `zh`, or in English for any other language."""
        return self.zh if language == "zh" else self.en


def language_here() -> str:
    """`zh` where this process is to speak Chinese, else `en`. LANGUAGE and LC_ALL come before LANG, as in gettext."""
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    stated = next((os.environ[name] for name in names if os.environ.get(name)), "")
    if not stated:
        import locale  # late: most environments say it

        stated = locale.getlocale()[0] or ""
    return "zh" if stated.lower().startswith("zh") else "en"


def plain(value: object) -> Text:
    """A name or a value, which is the same in both languages."""
    return Text(str(value), str(value))


def counted(number: int, noun: str) -> str:
    """A number of things in English: `1 request`, `2 requests`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def said_of(place: object, words: Text) -> Text:
    """What there is to say of a place, which may differ by language, too: `place: words`."""
    at = place if isinstance(place, Text) else plain(place)
    return Text(f"{at.en}: {words.en}", f"{at.zh}：{words.zh}")


def expected(wanted: Text, found: object) -> Text:
    """`expected wanted, found 'found'`; a `found` that is a Text is told in its words."""
    was = found if isinstance(found, Text) else plain(repr(found))
    return Text(f"expected {wanted.en}, found {was.en}", f"应为{spaced(wanted.zh)}，实为{spaced(was.zh)}")


def advised(words: Text, advice: Text) -> Text:
    """`words; advice`."""
    return Text(f"{words.en}; {advice.en}", f"{words.zh}；{advice.zh}")


def one_of(names: Iterable[str]) -> Text:
    """`one of a, b`."""
    known = list(names)
    return Text(f"one of {', '.join(known)}", f"{'、'.join(known)} 之一")


def spaced(chinese: str) -> str:
    """What follows Chinese: a blank stands before Latin letters and digits."""
    return f" {chinese}" if chinese[:1].isascii() else chinese
