"""Says of most exchanges at a glance what the judge says of all that look like them.

Nearly all recorded answers look like others before them, and to judge them one check after the other tells nothing new.
So what an exchange looks like is told apart from what stands in it. Its *look* is all that a check depends on except
for values: the words around the picture and what kind of picture it is, status and labels of the answer, and for each
ticket its type, codes, the names of its fields in their order, of which JSON type each is and whether it is empty. What
the judge says of the first exchange of a look is what it says of all of them, as long as the values are good ones: a
place within the picture, corners in their order, confidences between 0 and 1, days that exist, no place twice. `Looks`
checks these and nothing else, and answers None wherever it is not sure: then the judge judges.

So no requirement is decided here. What may be missing here is a value that a check looks at; a test holds both against
each other on answers broken in every way that the mutants know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

from msgspec import MsgspecError, Struct, to_builtins
from msgspec.json import Decoder, encode

from conformance.contract.family import added_checks
from conformance.contract.subschema import RECOGNISED
from conformance.exchange import Exchange, Lean, Response
from conformance.images.sniff import Sniffed, sniff, sniff_text
from conformance.judging.expect import SPELLED_END, SPELLED_START, Expectation, expect
from conformance.judging.ticket_look import (
    Box,
    Corners,
    Look,
    OddError,
    Recognised,
    Typed,
    box_of,
    decoder_of,
    is_one_place,
    look_of,
    matter_of,
    overlap,
    quotes_of,
    typed_of,
)
from conformance.judging.view import View

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.judging.results import Observation

Judge: TypeAlias = "Callable[[View], list[Observation]]"

_MOST = 1 << 12
"""Looks of each kind that are remembered; with one more all are forgotten."""

_MOST_TICKETS = 100
_FAR = 1 << 26
"""Pixels up to which the geometry of whole numbers is exact in floats, too, as the judge computes."""

_OFTEN, _MOST_TYPED = 8, 200
"""Tickets of one look after which they get a type of their own, and how often that may be done."""

_NUMBERS = {int, float}
_SUSPECT = (b"[[redacted:", b"Traceback (", b".java:", b'", line ', b"\\\\")
"""Where these stand, an answer may repeat credentials or show a trace; behind two backslashes no quote is counted."""

_READ = frozenset({"content-type", "enterprise-project-id"})
"""Headers of a request that are read."""

_Headers: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(slots=True, eq=False)
class Asked:
    """One way of asking: everything of a request but its picture. `kinds` are the pictures that came with it.

    `members` are those of its body, the picture's left out; None for a request that is never judged at a glance.
    `notes` belongs to whoever asks for it.
    """

    members: Mapping[str, object] | None
    kinds: dict[tuple[object, ...], _Kind | None] = field(default_factory=dict)
    notes: Any = None


@dataclass(slots=True, eq=False)
class _Kind:
    """A kind of picture with a way of asking: what the contract allows for it."""

    expectation: Expectation
    measured: bool


class _Answer(Struct, forbid_unknown_fields=True):
    """An answer with tickets and nothing else, none of which lacks a member or has another one."""

    result: list[Recognised]


_Told: TypeAlias = tuple[Any, Look, tuple[object, ...]]
"""A ticket (as `Recognised`, or of a type of its own), its look, and the values of it that matter."""


@dataclass(slots=True)
class _Found:
    """What is told apart of an exchange; `quotes` are those that the answer has around names and texts."""

    asked: Asked
    kind: _Kind
    picture: Sniffed
    labels: tuple[str | None, bool]
    tickets: list[_Told]
    quotes: int


@dataclass(frozen=True, slots=True)
class Seen:
    """What an exchange shows: a bit for each requirement that it proves or breaks, the way of asking, its tickets."""

    proven: int
    broken: int
    asked: Asked
    tickets: int


class Looks:
    """One contract's answers, judged at a glance."""

    def __init__(self, contract: Contract, bits: Mapping[str, int], judge: Judge) -> None:
        """`bits` gives the bit of each requirement (its full id) that is asked about; others are left out."""
        from ahocorasick_rs import BytesAhoCorasick, MatchKind  # late: no command needs it for its help

        self._contract = contract
        self._bits = bits
        # With this kind of match the library looks for all of them at once, with vector instructions.
        self._suspect = BytesAhoCorasick(_SUSPECT, matchkind=MatchKind.LeftmostFirst).find_matches_as_indexes
        self._judge = judge
        self._decode = Decoder().decode
        self._decode_answer = Decoder(_Answer).decode
        self._asked: dict[tuple[object, ...], Asked] = {}
        self._heads: dict[_Headers, _Headers] = {}
        self._labels: dict[_Headers, tuple[str | None, bool] | None] = {}
        self._looks: dict[tuple[object, ...], Look | None] = {}
        self._typed: dict[str, Typed] = {}
        self._typed_of: dict[type, Typed] = {}
        self._typed_count = 0
        self._decode_typed: Callable[[bytes], Any] | None = None
        self._said: dict[tuple[object, ...], list[Observation]] = {}
        self._longest = min(contract.limits.base64_accepted, contract.limits.base64_advised) - 4096
        # What the checks of other distributions look at is not known here.
        own = added_checks().keys().isdisjoint(contract.by_check)
        self.able = contract.answers_tickets and not contract.prefixes and own

    def see(self, lean: Lean) -> Seen | None:
        """What an exchange shows; None where the judge has to say it."""
        found = self._found(lean, typed=True)
        if found is None:
            return None
        proven, broken, quotes = 0, 0, 2
        for ticket, look, matter in found.tickets:
            key = (found.kind, found.labels, matter)
            learnt = look.learnt[key] if key in look.learnt else self._learn(look, key, lean, found, ticket)
            if learnt is None:
                return None
            proven |= learnt[0]
            broken |= learnt[1]
            quotes += learnt[2]
        # A key that stands twice in an object is there once in its value, and so are its quotes.
        if found.quotes != quotes:
            return None
        return Seen(proven & ~broken, broken, found.asked, len(found.tickets))

    def say(self, view: View) -> list[Observation]:
        """What the judge says of an exchange: of one that looks like another one before, what it said of that.

        What was said is kept where everything held and values do not matter to it.
        """
        lean = Lean.of(view.exchange) if self.able and view.control is None else None
        found = self._found(lean) if lean is not None else None
        if found is None:
            return self._judge(view)
        key = (found.kind, found.labels, found.quotes, *((look, matter) for _, look, matter in found.tickets))
        said = self._said.get(key)
        if said is None:
            said = self._judge(view)
            whole = found.quotes == 2 + sum(quotes_of(to_builtins(ticket)) for ticket, _, _ in found.tickets)
            if whole and all(one.state == "held" for one in said):
                if len(self._said) >= _MOST:
                    self._said.clear()
                self._said[key] = said
        return list(said)

    def _found(self, lean: Lean, *, typed: bool = False) -> _Found | None:
        """What is to be told apart of an exchange; None where values may matter that are not looked at here.

        With `typed`, tickets whose members are in another order may be told to be alike.
        """
        if not self.able or lean.status != 200 or lean.length >= self._longest:
            return None
        # How a body is spelled is read at both ends of it: the same is read of all, as long as the picture is between.
        text = len(lean.text)
        if text < SPELLED_END or (len(lean.tail) > SPELLED_END and len(lean.lead) + text < SPELLED_START):
            return None
        asked = self._asked_of(lean)
        if asked.members is None:
            return None
        picture = sniff(lean.picture) if lean.picture is not None else sniff_text(lean.text)
        kind = self._kind_of(lean, asked, picture)
        if kind is None or picture is None:
            return None
        answer = lean.answer
        if self._suspect(answer):
            return None
        labels = self._labels_of(lean.answer_headers)
        if labels is None:
            return None
        found = self._tickets_typed(answer) if typed else None
        found = self._tickets(answer) if found is None else found
        if found is None or not 0 < len(found) <= _MOST_TICKETS:
            return None
        width, height = (min(picture.width, _FAR), min(picture.height, _FAR)) if kind.measured else (_FAR, _FAR)
        boxes: list[tuple[Look, Box, Corners]] = []
        for ticket, look, _ in found:
            location = ticket.location
            box = box_of(location, width, height)
            if box is None:
                return None
            for other, place, there in boxes:
                # Of one type may also be tickets that look otherwise.
                if overlap(place, box) and other.type == look.type and is_one_place(there, location):
                    return None
            boxes.append((look, box, location))
        escaped = answer.count(b'\\"') if b"\\" in answer else 0
        return _Found(asked, kind, picture, labels, found, answer.count(b'"') - escaped)

    def _tickets(self, answer: bytes) -> list[_Told] | None:
        """The tickets of an answer, each with its look and the values that matter; None where one is to be judged."""
        try:
            tickets = self._decode_answer(answer).result
        except (MsgspecError, RecursionError):  # also what JSON allows and no float holds: the judge tells
            return None
        found: list[_Told] = []
        for ticket in tickets[: _MOST_TICKETS + 1]:
            told = self._told_of(ticket)
            if told is None:
                return None
            found.append((ticket, *told))
        return found

    def _tickets_typed(self, answer: bytes) -> list[_Told] | None:
        """The same where all of them are of a known type; None for any other answer."""
        if self._decode_typed is None:
            return None
        typed = self._typed_of
        try:
            tickets = self._decode_typed(answer).result
            return [(ticket, (one := typed[type(ticket)]).look, one.matter(ticket)) for ticket in tickets]
        except (MsgspecError, RecursionError, OddError):
            return None

    def _asked_of(self, lean: Lean) -> Asked:
        head = self._heads.get(lean.headers)
        if head is None:
            head = tuple(pair for pair in lean.headers if pair[0].lower() in _READ)
            if len(self._heads) < _MOST:
                self._heads[lean.headers] = head
        key = (lean.method, lean.path, lean.auth, head, lean.lead, lean.tail)
        asked = self._asked.get(key)
        if asked is None:
            if len(self._asked) >= _MOST:
                self._asked.clear()
            asked = self._asked[key] = Asked(self._members(lean))
        return asked

    def _members(self, lean: Lean) -> Mapping[str, object] | None:
        """The members of a body whose picture is in its place, and may be any; None for all others."""
        token = b"b" * 16
        if token in lean.lead + lean.tail:
            return None
        try:
            members = self._decode(lean.lead + token + lean.tail)
        except (MsgspecError, RecursionError):
            return None
        name = self._contract.page.picture
        if type(members) is not dict or members.get(name) != token.decode():
            return None
        if len(members.keys() & {name, "url", "image", "data"}) > 1:
            return None
        return {key: value for key, value in members.items() if key != name}

    def _kind_of(self, lean: Lean, asked: Asked, picture: Sniffed | None) -> _Kind | None:
        if picture is None:
            return None
        limits, short, long = self._contract.limits, picture.width, picture.height
        if short > long:
            short, long = long, short
        least, most = max(limits.side_min, limits.side_far_below), min(limits.side_max, limits.side_far_above)
        usual = least < short and long < most
        key = (
            picture.format, picture.complete, picture.frames, picture.orientation, picture.bits, picture.mode,
            picture.in_passes,
            usual or (
                short == 0, short <= limits.side_far_below, short < limits.side_min, short == limits.side_min,
                long == limits.side_max, long > limits.side_max, long >= limits.side_far_above,
            ),
        )  # fmt: skip
        if key not in asked.kinds:
            if len(asked.kinds) >= _MOST:
                asked.kinds.clear()
            found = expect(lean.request, self._contract)
            plain = found.decision == "accept" and not found.faults and not found.opens
            measured = picture.width > 0 and picture.orientation == 1
            asked.kinds[key] = _Kind(found, measured) if plain else None
        return asked.kinds[key]

    def _labels_of(self, headers: _Headers) -> tuple[str | None, bool] | None:
        """What the checks read of the headers of an answer: its media type, and whether it has an id."""
        labels = self._labels.get(headers)
        if labels is None:
            if any("[[redacted:" in name or "[[redacted:" in value for name, value in headers):
                return None
            response = Response(200, headers, b"")
            labels = response.header("Content-Type"), bool(response.header("X-Request-Id"))
            if len(self._labels) < _MOST:
                self._labels[headers] = labels
        return labels

    def _told_of(self, ticket: Recognised) -> tuple[Look, tuple[object, ...]] | None:
        """The look of a recognised ticket, and the values that matter; None for one that is to be judged."""
        name, status, content = ticket.type, ticket.status, ticket.content
        if status.error_code != RECOGNISED:
            return None
        values = content.values()
        confidence = content.get("confidence")
        full = all(values) or tuple(map(bool, values))
        kinds = tuple(map(type, values))
        names: object = None
        scores: object = None
        if type(confidence) is dict:
            names, types = tuple(confidence), set(map(type, confidence.values()))
            scores = types <= _NUMBERS or tuple(map(type, confidence.values()))
        key = (name, status.error_msg, tuple(content), kinds, full, names, scores)
        try:
            look = self._looks[key]
        except KeyError:
            look = self._look(key, name, content)
        if look is None:
            return None
        try:
            matter = matter_of(look, content)
        except OddError:
            return None
        look.told += 1
        if look.told == _OFTEN and self._typed_count < _MOST_TYPED:
            self._give_type(look, ticket)
        return look, matter

    def _give_type(self, look: Look, ticket: Recognised) -> None:
        """Decode tickets that look like this one as a type of their own from now on: the latest look of each type."""
        typed = typed_of(look, ticket)
        if typed is not None:
            self._typed_count += 1
            self._typed[ticket.type] = typed
            self._typed_of = {one.type: one for one in self._typed.values()}
            self._decode_typed = decoder_of(self._typed_of)

    def _look(self, key: tuple[object, ...], name: str, content: dict[str, Any]) -> Look | None:
        if len(self._looks) >= _MOST:
            self._looks.clear()
        fields = self._contract.ticket_fields.get(name)
        self._looks[key] = look = look_of(name, fields, content) if fields is not None else None
        return look

    def _learn(
        self, look: Look, key: tuple[object, ...], lean: Lean, found: _Found, ticket: Struct
    ) -> tuple[int, int, int] | None:
        """Ask the judge about an answer with this ticket alone."""
        if len(look.learnt) >= _MOST:
            look.learnt.clear()
        body = encode({"result": [ticket]})
        alone = Exchange(lean.request, Response(200, lean.answer_headers, body))
        # Of a kind are pictures of many sizes, and a place is held against the one that it is on.
        expected = replace(found.kind.expectation, picture=found.picture)
        said = self._judge(View(alone, self._contract, expected=expected))
        sure = not any(one.state == "undecided" or one.slip for one in said)
        proven = broken = 0
        for one in said:
            bit = self._bits.get(one.requirement, 0)
            proven, broken = (proven | bit, broken) if one.state == "held" else (proven, broken | bit)
        look.learnt[key] = learnt = (proven, broken, quotes_of(to_builtins(ticket))) if sure else None
        return learnt
