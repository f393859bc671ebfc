"""A real OCR engine as the reader of pictures: RapidOCR reads lines of text, forms tell what they are.

The engine knows nothing of the 2-D codes. It gives lines of text with their place and a score. Which document they are
of follows from the labels that a form prints (`layouts.json`): the labels that are found fix where the form lies on the
picture; the lines at the places of its fields are their values. A form whose labels are found but hardly any of its
fields is a document that could be placed and not read. It misses and misreads as such engines do: it is the example of
a real target, and no measure of RapidOCR.

Needs the extra `ocr` (rapidocr with its models, onnxruntime).
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import TYPE_CHECKING, Any

from conformance.reference.alarms import contains
from conformance.reference.recognizer import Found

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from conformance.reference.alarms import Point, Quad
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.pictures import Picture

_WIDTH = 2000
"""Pixels to which wider pictures are reduced before they are read."""

_ALIKE = 0.72
"""Share of equal characters from which a line is a label."""

_LEAST_LABELS, _LEAST_SHARE = 3, 0.3
"""Labels, and the share of a form's labels, that have to be where the form has them."""

_SLACK = 0.8
"""How far from its place a line may be, in heights of its print."""

_READ_SHARE = 0.25
"""Share of its fields from which a document counts as read."""


@dataclass(frozen=True, slots=True)
class _Line:
    """A line as the engine read it: text, score, the middle of its left and of its right end, its height in pixels."""

    text: str
    score: float
    left: Point
    right: Point
    height: float

    @property
    def middle(self) -> Point:
        return (self.left[0] + self.right[0]) / 2, (self.left[1] + self.right[1]) / 2


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a form prints something: from left to right, the middle of the line, the size of the print."""

    left: float
    right: float
    y: float
    size: float
    before: str = ""
    after: str = ""

    @property
    def middle(self) -> Point:
        return (self.left + self.right) / 2, self.y


@dataclass(frozen=True, slots=True)
class _Form:
    ticket: str | None
    document: str | None
    width: int
    height: int
    labels: tuple[tuple[str, _Place], ...]
    fields: Mapping[str, _Place]


@dataclass(frozen=True, slots=True)
class _Lie:
    """How a form lies on the picture: turned, scaled and moved, as complex numbers: `turn * z + shift`."""

    turn: complex
    shift: complex

    def of(self, point: Point) -> Point:
        there = self.turn * complex(*point) + self.shift
        return there.real, there.imag

    def corners(self, width: int, height: int) -> Quad:
        return self.of((0, 0)), self.of((width, 0)), self.of((width, height)), self.of((0, height))


class RapidReader:
    """Reads pictures with RapidOCR; see `recognizer.Recognizer`."""

    def __init__(self) -> None:
        """Loads the models. Raises ValueError where the extra is not installed."""
        try:
            from rapidocr import RapidOCR
        except ImportError as error:
            raise ValueError("--engine rapidocr needs the extra: pip install 'ocr-conformance[ocr]'") from error
        self._engine: Any = RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False})
        self._turn = threading.Lock()

    def recognise(self, picture: Picture) -> tuple[Found, ...]:
        """Every document whose form was known by its labels."""
        lines = self._lines(picture)
        found: list[Found] = []
        while best := _best_form(lines):
            form, lie = best
            corners = lie.corners(form.width, form.height)
            inside = [line for line in lines if contains(corners, line.middle)]
            found.append(_document(form, lie, inside, corners))
            lines = [line for line in lines if line not in inside]
        return tuple(found)

    def _lines(self, picture: Picture) -> list[_Line]:
        import numpy as np

        shown = picture.colour(min(picture.width, _WIDTH))
        scale = picture.width / shown.width
        with self._turn:  # the engine keeps state while it reads
            read = self._engine(np.asarray(shown)[:, :, ::-1])
        if read.boxes is None:
            return []
        return [
            _line(str(text), float(score), [(float(x) * scale, float(y) * scale) for x, y in box])
            for box, text, score in zip(read.boxes, read.txts, read.scores, strict=True)
        ]


def _line(text: str, score: float, box: Sequence[Point]) -> _Line:
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = box
    return _Line(
        text,
        score,
        ((ax + dx) / 2, (ay + dy) / 2),
        ((bx + cx) / 2, (by + cy) / 2),
        abs(complex(dx - ax, dy - ay)),
    )


@cache
def _forms() -> tuple[_Form, ...]:
    """The forms of all documents."""
    text = files("conformance.reference").joinpath("layouts.json").read_text(encoding="utf-8")
    return tuple(
        _Form(
            entry["ticket"],
            entry["document"],
            entry["width"],
            entry["height"],
            tuple((str(words), _Place(*place)) for words, *place in entry["labels"]),
            {name: _Place(*place) for name, place in entry["fields"].items()},
        )
        for entry in json.loads(text).values()
    )


def _plain(text: str) -> str:
    """A text without what engines lose: spaces, case, width of punctuation."""
    return "".join(character for character in text.casefold() if character.isalnum())


def _alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE and matcher.ratio() >= _ALIKE


def _best_form(lines: Sequence[_Line]) -> tuple[_Form, _Lie] | None:
    """The form most of whose labels are where it has them, and how it lies; None where no form is known."""
    best: tuple[float, _Form, _Lie] | None = None
    read = [(_plain(line.text), line) for line in lines]
    for form in _forms():
        pairs = [
            (place, line)
            for words, place in form.labels
            for text, line in read
            if len(text) > 1 and _alike(_plain(words), text)
        ]
        lie, count = _lying(pairs)
        if lie is None or count < max(_LEAST_LABELS, _LEAST_SHARE * len(form.labels)):
            continue
        share = count / len(form.labels) + count / 100
        if best is None or share > best[0]:
            best = (share, form, lie)
    return best[1:] if best else None


def _lying(pairs: Sequence[tuple[_Place, _Line]]) -> tuple[_Lie | None, int]:
    """How a form lies that brings most labels to their lines, and how many it brings there."""
    best: tuple[_Lie | None, int] = (None, 0)
    for (one, seen), (other, also) in combinations(pairs[:24], 2):
        apart = complex(*other.middle) - complex(*one.middle)
        if abs(apart) < 60 or seen is also:
            continue
        turn = (complex(*also.middle) - complex(*seen.middle)) / apart
        if not 0.15 < abs(turn) < 4:
            continue
        lie = _Lie(turn, complex(*seen.middle) - turn * complex(*one.middle))
        hits = [(place, line) for place, line in pairs if _off(lie, place, line) < _SLACK]
        count = len({id(line) for _, line in hits})
        if count > best[1]:
            best = (_fitted(hits) or lie, count)
    return best


def _off(lie: _Lie, place: _Place, line: _Line) -> float:
    """How far a line is from where a form has it, in heights of its print."""
    there = complex(*lie.of(place.middle))
    return abs(there - complex(*line.middle)) / (place.size * abs(lie.turn))


def _fitted(hits: Sequence[tuple[_Place, _Line]]) -> _Lie | None:
    """The lie with the least squares over all labels."""
    here = [complex(*place.middle) for place, _ in hits]
    there = [complex(*line.middle) for _, line in hits]
    mean, other = sum(here) / len(here), sum(there) / len(there)
    spread = sum(abs(z - mean) ** 2 for z in here)
    if not spread:
        return None
    turn = sum((w - other) * (z - mean).conjugate() for z, w in zip(here, there, strict=True)) / spread
    return _Lie(turn, other - turn * mean)


def _document(form: _Form, lie: _Lie, lines: Sequence[_Line], corners: Quad) -> Found:
    content: JsonObject = {}
    scores: dict[str, float] = {}
    for name, place in form.fields.items():
        if read := _field(form, lie, place, lines):
            content[name], scores[name] = read
    seen = len(content) / max(1, len(form.fields))
    readable = bool(content) and seen >= _READ_SHARE
    mean = sum(line.score for line in lines) / max(1, len(lines))
    return Found(
        ticket=form.ticket,
        document=form.document,
        corners=corners,
        content=content if readable else None,
        confidence=round(mean * min(1.0, 0.5 + seen / 2), 4),
        scores=scores,
    )


def _field(form: _Form, lie: _Lie, place: _Place, lines: Iterable[_Line]) -> tuple[Json, float] | None:
    """The text at the place of a field, and its score."""
    back = 1 / lie.turn
    for line in lines:
        left, right = ((complex(*end) - lie.shift) * back for end in (line.left, line.right))
        middle = (left.imag + right.imag) / 2
        if abs(middle - place.y) > _SLACK * place.size or right.real < place.left or left.real > place.right:
            continue
        if min(right.real, place.right) - max(left.real, place.left) < 0.4 * (place.right - place.left):
            continue
        if any(other is not place and _shares(other, left, right) for other in form.fields.values()):
            text = _stretch(line.text, left.real, right.real, place)
        else:
            text = _without_labels(line.text, form, left.real, right.real, middle)
        text = text.removeprefix(place.before).removesuffix(place.after).strip(" :：")
        if text:
            return text, round(line.score, 4)
    return None


def _shares(place: _Place, left: complex, right: complex) -> bool:
    """Whether most of a place lies on a line, too."""
    y = (left.imag + right.imag) / 2
    common = min(right.real, place.right) - max(left.real, place.left)
    return abs(y - place.y) < _SLACK * place.size and common > 0.6 * (place.right - place.left)


def _stretch(text: str, left: float, right: float, place: _Place) -> str:
    """The words of a line that stand where a form has a field."""
    total = sum(map(_breadth, text)) or 1.0
    kept, at = [], left
    for word in re.findall(r"\S+|\s+", text):
        width = (right - left) * sum(map(_breadth, word)) / total
        if place.left - place.size / 2 < at + width / 2 < place.right + place.size / 2:
            kept.append(word)
        at += width
    return "".join(kept)


def _breadth(character: str) -> float:
    """How wide a character is printed, beside an ideograph."""
    return 1.0 if ord(character) > 0x2E7F else 0.55


def _without_labels(text: str, form: _Form, left: float, right: float, y: float) -> str:
    """A line without the labels that the form prints in it."""
    for words, label in form.labels:
        middle = (label.left + label.right) / 2
        if left - label.size < middle < right and abs(label.y - y) < label.size and words.strip() in text:
            text = text.replace(words.strip(), "", 1)
        elif left - label.size < middle < right and abs(label.y - y) < label.size:
            for length in (len(words), len(words) - 1, len(words) + 1):
                if 1 < length < len(text) and _alike(_plain(words), _plain(text[:length])):
                    text = text[length:]
                    break
    return text
