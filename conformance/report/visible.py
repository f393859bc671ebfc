"""Makes text that a target sent harmless to look at: nothing in it can move a cursor, turn text round, or hide."""

from __future__ import annotations

import re

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Control characters other than tab and line feed, invisible and direction-changing format characters, surrogates."""

_LONG_RUN = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]{4,}")
"""More combining marks on one letter than any language writes: they would paint over the lines around it."""


def visible(text: str) -> str:
    """`text` with every character that acts instead of showing written as an escape such as `\\u001b`; lines stay."""
    return _LONG_RUN.sub(_escape_all, _HIDDEN.sub(_escape_all, text))


def one_line(text: str, limit: int | None = None) -> str:
    """`visible` text with line feeds and tabs as spaces, cut after `limit` characters."""
    line = visible(text).replace("\n", " ").replace("\t", " ")
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1]}…"


def _escape_all(found: re.Match[str]) -> str:
    return "".join(
        f"\\u{ord(character):04x}" if ord(character) < 0x10000 else f"\\U{ord(character):08x}"
        for character in found.group()
    )
