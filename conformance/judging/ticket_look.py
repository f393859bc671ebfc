"""What a ticket looks like apart from its values, and which of its values matter (see `looks`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, Union, cast

from msgspec import Meta, Struct, defstruct
from msgspec.json import Decoder

from conformance.contract.subschema import RECOGNISED
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

    type: str
    dates: tuple[str, ...]
    words: tuple[tuple[str, frozenset[str]], ...]
    nested: tuple[tuple[str, SchemaPlace | None], ...]
    scores: bool
    learnt: dict[tuple[object, ...], tuple[int, int, int] | None] = field(default_factory=dict)
    told: int = 0


@dataclass(slots=True, eq=False)
class Typed:
    """A look of which a decoder knows all: tickets of a type of their own, in which every value is of its kind.

    What is left to look at are days, and the words that matter.
    """

    type: type[Struct]
    look: Look
    dates: tuple[Callable[[object], str], ...]
    words: tuple[tuple[Callable[[object], str], frozenset[str]], ...]

    def matter(self, ticket: Any) -> tuple[object, ...]:
        """The values of such a ticket that the checks look at. Raises OddError for one that may break something."""
        if not ticket.content.said.strip():
            raise OddError
        for date in self.dates:
            if not is_day(date(ticket)):
                raise OddError
        matter: tuple[object, ...] = ()
        for word, words in self.words:
            value = word(ticket)
            matter += (value if value in words else None,)
        return matter


_Text: TypeAlias = Annotated[str, Meta(min_length=1)]
_Score: TypeAlias = Annotated[float, Meta(ge=0, le=1)]


def typed_of(look: Look, ticket: Recognised) -> Typed | None:
    """The type of tickets that look like this one: where all they say is in texts, none of them empty, with a
    confidence for each, and nothing else.
    """
    texts = {name: value for name, value in ticket.content.items() if name != "confidence"}
    scores = ticket.content.get("confidence")
    if look.nested or not texts or not all(type(value) is str and value for value in texts.values()):
        return None
    if scores is not None and not (scores and all(type(score) in (int, float) for score in scores.values())):
        return None
    # Names of members may be any; those of attributes are counted, the first text is what a ticket says at least.
    names = {name: f"text_{number}" if number else "said" for number, name in enumerate(texts)}
    fields: list[tuple[str, Any]] = [(name, _Text) for name in names.values()]
    if scores is not None:
        fields.append(("confidence", _object({f"score_{number}": name for number, name in enumerate(scores)}, _Score)))
    try:
        content = defstruct(
            "Content", fields, rename={own: name for name, own in names.items()}, forbid_unknown_fields=True
        )
        status = defstruct(
            "Status",
            [("error_code", Literal[RECOGNISED]), ("error_msg", Literal[ticket.status.error_msg])],
            forbid_unknown_fields=True,
        )
        made = defstruct(
            "Ticket",
            [("status", status), ("location", Corners), ("content", content)],
            tag_field="type",
            tag=ticket.type,
            forbid_unknown_fields=True,
        )
        decoder_of([made])
    except (TypeError, ValueError):
        return None  # a name that the library has no member for
    at = {name: cast("Callable[[object], str]", attrgetter(f"content.{own}")) for name, own in names.items()}
    return Typed(
        made, look, tuple(at[name] for name in look.dates), tuple((at[name], words) for name, words in look.words)
    )


def _object(names: Mapping[str, str], kind: object) -> type[Struct]:
    return defstruct("Object", [(own, kind) for own in names], rename=names, forbid_unknown_fields=True)


def decoder_of(types: Iterable[type[Struct]]) -> Callable[[bytes], Any]:
    """Decodes an answer with tickets of these types, and nothing else in it."""
    result: Any = Union[tuple(types)]  # noqa: UP007 - they are known when this runs
    answer = defstruct("Answer", [("result", list[result])], forbid_unknown_fields=True)
    return Decoder(answer).decode


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


def look_of(type_: str, fields: ContentFields, content: Mapping[str, Any]) -> Look | None:
    """Which values of a content with these members matter, in a ticket of this type."""
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
    return Look(type_, tuple(dates), tuple(words), tuple(nested), scores)


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
