"""What a ticket looks like apart from its values, and which of its values matter (see `looks`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import Struct

from conformance.judging.content import is_day
from conformance.judging.geometry import iou, read_quad
from conformance.judging.tickets import SAME_PLACE

if TYPE_CHECKING:
    from conformance.contract.owned import ContentFields, SchemaPlace

_DEEP = 12

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right, bottom."""


Corners: TypeAlias = tuple[tuple[int, int], tuple[int, int], tuple[int, int], tuple[int, int]]
"""A place in whole pixels."""


class Status(Struct, forbid_unknown_fields=True):
    """The status of a ticket with its two members."""

    error_code: str
    error_msg: str


class Recognised(Struct, forbid_unknown_fields=True):
    """A ticket with its four members, at a place in whole pixels; whatever is otherwise is no value of this type."""

    status: Status
    type: str
    location: Corners
    content: dict[str, Any]


class OddError(Exception):
    """A value that the judge has to look at."""


@dataclass(slots=True, eq=False)
class Look:
    """A ticket of one look: which of its fields have values that matter, and what was learnt of it.

    `learnt` gives, by the request, the labels of the answer and these values, the requirements that are proven, those
    that are broken, and how many quotes its JSON has.
    """

    dates: tuple[str, ...]
    words: tuple[tuple[str, frozenset[str]], ...]
    nested: tuple[tuple[str, SchemaPlace | None], ...]
    scores: bool
    learnt: dict[tuple[object, ...], tuple[int, int, int] | None] = field(default_factory=dict)


def matter_of(look: Look, content: dict[str, Any]) -> tuple[object, ...]:
    """The values of a content that the checks look at. Raises OddError for one that may break something."""
    for name in look.dates:
        value = content[name]
        if value and not is_day(value):
            raise OddError
    if look.scores:
        _check_scores(content["confidence"])
    matter: tuple[object, ...] = ()
    for name, words in look.words:
        value = content[name]
        matter += (value if value in words else None,)
    for name, below in look.nested:
        matter += (_shape(content[name], below, 0),)
    for name, value in content.items():
        if type(value) is str and name != "confidence" and value.strip():
            return matter
    raise OddError  # nothing is said, or all of it in lists


def look_of(fields: ContentFields, content: Mapping[str, Any]) -> Look | None:
    """Which values of a content with these members matter."""
    root = fields.root
    dates, words, nested = [], [], []
    scores = "confidence" in content
    if scores and type(content["confidence"]) is not dict:
        return None
    for name, value in content.items():
        place = root.members.get(name)
        if name == "confidence":
            if any(type(score) in (dict, list) for score in value.values()):
                nested.append((name, place))
            continue
        if type(value) in (dict, list):
            nested.append((name, place))
        elif type(value) is str and place is not None:
            if "x-format" in place.owners:
                dates.append(name)
            known = place.values | place.barred
            if root.given is not None and root.given[0] == name:
                known |= {root.given[1]}
            if known:
                words.append((name, known))
    return Look(tuple(dates), tuple(words), tuple(nested), scores)


def _shape(value: Any, place: SchemaPlace | None, depth: int) -> object:
    """What a value below a content looks like, with the values that matter. Raises OddError."""
    if depth > _DEEP:
        raise OddError
    kind = type(value)
    if kind is dict:
        below = place.members if place is not None else {}
        given = place.given if place is not None else None
        met = given is not None and value.get(given[0]) == given[1]
        return (met, *((name, _shape(member, below.get(name), depth + 1)) for name, member in value.items()))
    if kind is list:
        entries = place.entries if place is not None else None
        return (list, *(_shape(entry, entries, depth + 1) for entry in value))
    if kind is not str:
        return kind
    if place is not None:
        if "x-format" in place.owners and value and not is_day(value):
            raise OddError
        if value in place.values or value in place.barred:
            return value
    return bool(value)


def _check_scores(value: Any, depth: int = 0) -> None:
    """Raises OddError unless all numbers below are between 0 and 1, and whatever is none is a list or an object."""
    scores = value.values() if type(value) is dict else value
    for score in scores:
        kind = type(score)
        if kind is float or kind is int:
            if not 0 <= score <= 1:
                raise OddError
        elif depth > _DEEP or kind not in (dict, list):
            raise OddError
        else:
            _check_scores(score, depth + 1)


def box_of(corners: Corners, width: int, height: int) -> Box | None:
    """The upright box around a place: corners within the picture, in their order around a convex outline. None for any
    other place.
    """
    (a, b), (c, d), (e, f), (g, h) = corners
    left, top, right, bottom = min(a, c, e, g), min(b, d, f, h), max(a, c, e, g), max(b, d, f, h)
    if left < 0 or top < 0 or right > width or bottom > height:
        return None
    # Four turns to the same side make an outline that is convex and does not cross itself.
    if (
        (c - a) * (f - b) <= (d - b) * (e - a)
        or (e - c) * (h - d) <= (f - d) * (g - c)
        or (g - e) * (b - f) <= (h - f) * (a - e)
        or (a - g) * (d - h) <= (b - h) * (c - g)
    ):
        return None
    return left, top, right, bottom


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes have a point in common."""
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]


def is_one_place(one: Corners, other: Corners) -> bool:
    """Whether two places are so much alike that one ticket may stand there twice."""
    first, second = (read_quad([list(corner) for corner in corners]) for corners in (one, other))
    return first is None or second is None or iou(first, second) > SAME_PLACE


def quotes_of(value: Any) -> int:
    """How many quotes the JSON of a value has around names and texts."""
    if type(value) is str:
        return 2
    if type(value) is dict:
        return sum(2 + quotes_of(member) for member in value.values())
    return sum(map(quotes_of, value)) if type(value) is list else 0
