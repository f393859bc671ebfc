"""Finds secrets that a target echoes, however it spells them, and puts placeholders in their place.

A secret is known by value. It is found as it is, percent-encoded, JSON- or HTML-escaped (also twice over, also in
part), in base64 of either alphabet at any alignment, in hexadecimal and in UTF-16; letter case never matters. The
placeholder names the kind, so that an echo can still be judged.

Short values would match by accident. A token of at least 4 characters and any other value of at least 6 is found
anywhere; a shorter one only where it stands as a word of its own, letter for letter. Base64 is searched for from 6
characters on.
"""

from __future__ import annotations

import base64
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.exchange import redacted

if TYPE_CHECKING:
    from ahocorasick_rs import BytesAhoCorasick

_ESCAPE = re.compile(rb"%[0-9A-Fa-f]{2}|\\u00[0-9A-Fa-f]{2}|\\[/\"\\]|&#x[0-9A-Fa-f]{2};|&#[0-9]{2,3};|&amp;")
_MARKS = (b"%", b"\\u00", b"\\/", b'\\"', b"\\\\", b"&#", b"&amp;")
_MARK_BYTES = (b"%", b"\\", b"&")
_LAYERS = 3
_LONGEST_ESCAPE = 6
_HEAD = 16
_WINDOW = 256 * 1024
_MANY = 300
"""First bytes of spellings above which all are looked for at once: that takes as long as about a hundred alone."""

_LONG, _FEW = 1 << 15, 4
_NOWHERE = [b"\xff\xfe\xff" + bytes([65 + number]) * 13 for number in range(24)]
"""Bytes that stand in no text."""

_ANYWHERE = 6
_TOKEN_ANYWHERE = 4
_WORD = rb"[0-9A-Za-z_.-]"
_BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")


def _meanings() -> Mapping[bytes, bytes]:
    """The byte that each escape stands for, by the escape in lower case."""
    table = {b"\\/": b"/", b'\\"': b'"', b"\\\\": b"\\", b"&amp;": b"&"}
    for code in range(256):
        for form in ("%%%02x", "\\u00%02x", "&#x%02x;", "&#%02d;", "&#%03d;"):
            table[(form % code).encode()] = bytes([code])
    return MappingProxyType(table)


_MEANINGS = _meanings()


@dataclass(frozen=True, slots=True)
class Secret:
    """One value that must not leave, and the kind that its placeholder names."""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class _Needle:
    """One spelling of a secret; `before` and `after` say that base64 characters beside it hold bits of it too."""

    kind: str
    spelling: bytes
    before: bool = False
    after: bool = False

    def places(self, folded: bytes) -> Iterator[int]:
        """Where the spelling begins."""
        start = folded.find(self.spelling)
        while start >= 0:
            yield start
            start = folded.find(self.spelling, start + len(self.spelling))


@dataclass(frozen=True, slots=True, order=True)
class _Span:
    """Where a secret stands; sorts by start, then the longest first."""

    start: int
    negative_end: int
    kind: str


class _View:
    """A text with escapes undone, that knows where each of its bytes stood in the text before."""

    def __init__(self, data: bytes, base: int) -> None:
        """`base` is where `data` stands in the whole."""
        self.data = data
        self._parent: _View | None = None
        self._starts = [0]
        self._shifts = [base]

    def unescaped(self) -> _View | None:
        """This text with one layer of escapes undone; None where there is none."""
        # To look for one byte is several times as fast as for two, and most texts have none of them.
        if not any(byte in self.data for byte in _MARK_BYTES) or not any(mark in self.data for mark in _MARKS):
            return None
        parts: list[bytes] = []
        view = _View(b"", 0)
        length = at = 0
        for found in _ESCAPE.finditer(self.data):
            start = found.start()
            parts += (self.data[at:start], _MEANINGS.get(found[0].lower(), b"?"))
            length += start - at + 1
            at = found.end()
            view._starts.append(length)
            view._shifts.append(at - length)
        view.data = b"".join((*parts, self.data[at:]))
        view._parent = self
        return view if at else None

    def origin(self, position: int) -> int:
        """Where the byte at `position` began in the whole."""
        before = position + self._shifts[bisect_right(self._starts, position) - 1]
        return self._parent.origin(before) if self._parent else before


class Redactor:
    """Replaces every spelling of some secrets in bytes, headers and sentences."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        """Empty values are left out; of two kinds with one value the first counts."""
        self._secrets = tuple(dict.fromkeys(secret for secret in secrets if secret.value))
        needles: dict[bytes, _Needle] = {}
        words: list[tuple[str, re.Pattern[bytes]]] = []
        for secret in self._secrets:
            if len(secret.value) >= (_TOKEN_ANYWHERE if secret.kind == "token" else _ANYWHERE):
                for needle in _spellings(secret):
                    needles.setdefault(needle.spelling, needle)
            else:
                words.append((secret.kind, _word(secret.value)))
        # To look for the first bytes only is much faster in a short text, and finds next to nothing but secrets; a
        # secret and its spoiled copy begin alike.
        heads: dict[bytes, list[_Needle]] = {}
        for spelling, needle in needles.items():
            heads.setdefault(spelling[:_HEAD], []).append(needle)
        self._needles = tuple(heads.items())
        self._finder: BytesAhoCorasick | None = None
        if len(heads) > _MANY:
            from ahocorasick_rs import BytesAhoCorasick  # late: a run has few secrets, recorded traffic may have many

            self._finder = BytesAhoCorasick(list(heads))
        self._plain_needles = tuple(pair for pair in self._needles if b"\0" not in pair[0])
        self._words = tuple(words)
        longest = max((len(secret.value) for secret in self._secrets), default=0)
        self._overlap = longest * _LONGEST_ESCAPE

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """What is replaced."""
        return self._secrets

    def plus(self, secrets: Iterable[Secret]) -> Redactor:
        """A redactor of these secrets as well."""
        added = tuple(secret for secret in secrets if secret not in self._secrets)
        return Redactor((*self._secrets, *added)) if added else self

    def redact(self, data: bytes) -> bytes:
        """`data` with a placeholder for each secret in it; the same object where there is none."""
        spans = self._spans(data)
        if not spans:
            return data
        parts: list[bytes] = []
        at = 0
        for span in spans:
            if span.start >= at:
                parts += (data[at : span.start], redacted(span.kind).encode())
            at = max(at, -span.negative_end)
        return b"".join((*parts, data[at:]))

    def redact_headers(self, headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values with placeholders."""
        pairs = tuple(headers)
        if not self._spans(b"\n".join(part for pair in pairs for part in pair)):
            return pairs
        return tuple((self.redact(name), self.redact(value)) for name, value in pairs)

    def redact_text(self, text: str) -> str:
        """A text with placeholders; lone surrogates, which recorded JSON may hold, stay."""
        return self.redact(text.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")

    def _spans(self, data: bytes) -> list[_Span]:
        """Where secrets stand, in windows, so that a huge body is not held several times over."""
        spans: list[_Span] = []
        step = max(_WINDOW, self._overlap)
        for base in range(0, len(data), step):
            view: _View | None = _View(data[base : base + step + self._overlap], base)
            for _ in range(_LAYERS):
                if view is None:
                    break
                spans += self._spans_in(view)
                view = view.unescaped()
        return sorted(spans)

    def _spans_in(self, view: _View) -> Iterator[_Span]:
        folded = view.data.lower()
        for needle in self._needles_in(folded):
            for start in needle.places(folded):
                first, last = _widened(view.data, start, start + len(needle.spelling), needle)
                yield _Span(view.origin(first), -view.origin(last), needle.kind)
        for kind, word in self._words:
            for found in word.finditer(view.data):
                yield _Span(view.origin(found.start()), -view.origin(found.end()), kind)

    @cached_property
    def _sieve(self) -> BytesAhoCorasick:
        """Tells whether any first bytes are in a text: with vector instructions, which this library has for some
        patterns, and from so many on.
        """
        from ahocorasick_rs import BytesAhoCorasick, MatchKind

        heads = [head for head, _ in self._needles]
        return BytesAhoCorasick(heads + _NOWHERE[len(heads) :], matchkind=MatchKind.LeftmostFirst)

    def _needles_in(self, folded: bytes) -> list[_Needle]:
        """Those of which the first bytes are in a text: looked for one by one, or all at once where they are many."""
        if self._finder is not None:
            heads = {index for index, _, _ in self._finder.find_matches_as_indexes(folded, overlapping=True)}
            return [needle for index in sorted(heads) for needle in self._needles[index][1]]
        needles = self._needles if b"\0" in folded else self._plain_needles
        if len(folded) >= _LONG and len(needles) >= _FEW and not self._sieve.find_matches_as_indexes(folded):
            return []
        return [needle for head, alike in needles if head in folded for needle in alike]


def _word(value: str) -> re.Pattern[bytes]:
    return re.compile(rb"(?<!%b)%b(?!%b)" % (_WORD, re.escape(value.encode()), _WORD))


def _spellings(secret: Secret) -> Iterator[_Needle]:
    raw = secret.value.encode()
    for spelling in (raw, raw.hex().encode(), b"\0".join(bytes([byte]) for byte in raw)):
        yield _Needle(secret.kind, spelling.lower())
    # A secret that looks escaped itself loses that where the escapes around it are undone.
    view = _View(raw, 0).unescaped()
    while view is not None:
        yield _Needle(secret.kind, view.data.lower())
        view = view.unescaped()
    if len(raw) < _ANYWHERE:
        return
    for offset, dropped in enumerate((0, 2, 3)):
        # Characters of base64 that mix bits of the secret with bits of its neighbours cannot be searched for.
        text = base64.b64encode(bytes(offset) + raw).rstrip(b"=")
        mixed = (offset + len(raw)) % 3 > 0
        core = text[dropped : len(text) - mixed].lower()
        for spelling in (core, core.translate(bytes.maketrans(b"+/", b"-_"))):
            yield _Needle(secret.kind, spelling, before=offset > 0, after=mixed)


def _widened(data: bytes, start: int, end: int, needle: _Needle) -> tuple[int, int]:
    """The span with the base64 characters at its edges that hold bits of the secret, and the padding."""
    if needle.before and start > 0 and data[start - 1] in _BASE64:
        start -= 1
    if needle.after and end < len(data) and data[end] in _BASE64:
        end += 1
        while data[end : end + 1] == b"=":
            end += 1
    return start, end
