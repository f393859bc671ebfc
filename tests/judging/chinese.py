"""Finds English sentences in what should be Chinese."""

from __future__ import annotations

import re

_QUOTED = re.compile(r"`[^`]*`|“[^”]*”|'[^']*'|\"[^\"]*\"|\{[^{}]*\}")
_ENGLISH = re.compile(r"(?<![\w./-])[a-z]{2,}(?: [a-z]+)+")
"""Words in small letters with blanks between them: names of members, codes and products are none."""


def english_in(chinese: str) -> str | None:
    """A run of English words in a Chinese text that stands outside of quotation marks, or None."""
    found = _ENGLISH.search(_QUOTED.sub("", chinese))
    return found[0] if found else None
