"""A sentence in the two languages of the kit."""

from __future__ import annotations

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
