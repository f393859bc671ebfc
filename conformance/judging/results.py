"""What the result of an answer is, for each kind that a contract may have: its entries, and what follows from them.

The content of a ticket is walked over once: its schema names for each keyword of each place the requirement that it
belongs to, a table of rules says what the keyword asks. What is asked beyond single keywords is a check of the whole.

It is another walk than that over the answer (`examine.py`), though both go down the places of a schema. There a keyword
is satisfied or not, null is a value of a wrong type, and what is asked depends on the kind of ticket around and on
conditions. Here null says nothing of any keyword but its own (open point 112), so that a rule has three outcomes;
nothing depends on a condition, required members are asked of the whole, and the walk ends above confidence. One walk
for both would hand all of that through, to share the lines that step down.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.subschema import RECOGNISED
from conformance.judging.body import Json, step
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.schema_places import ContentFields, SchemaPlace


@dataclass(frozen=True, slots=True)
class Entry:
    """A ticket, a document, or the fields of one: an object of a result.

    `pointer` says where it stands; `code` is the error_code of the status of a ticket. With the success code a ticket
    is `recognised`, with any other one `failed`; without a code it is neither. `content` is what was read of it.
    """

    pointer: str
    members: dict[str, Json]
    recognised: bool = True
    content: Json = None
    code: Json = None

    @property
    def failed(self) -> bool:
        """Whether it says of itself that it was not recognised."""
        return isinstance(self.code, str) and not self.recognised

    @property
    def type(self) -> str:
        """Its type, whatever stands there."""
        return str(self.members.get("type"))

    @property
    def location(self) -> Json:
        """Where it lies on the picture, as the answer says it."""
        return self.members.get("location")

    @property
    def fields(self) -> dict[str, Json]:
        """The members of its content; none where that is no object."""
        return self.content if isinstance(self.content, dict) else {}


@dataclass(frozen=True)
class OneDocument:
    """The one object that an identity document call returns. `value` is the member `result`, None without one."""

    value: Json

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every object of the result, in the answer's order."""
        return tuple(Entry(pointer, members) for pointer, members in objects_of(self.value) if pointer == "/result")

    @property
    def placed(self) -> tuple[Entry, ...]:
        """Those that have a type and a location."""
        return self.entries

    @cached_property
    def recognised(self) -> tuple[Entry, ...]:
        """Those that report something recognised."""
        return tuple(entry for entry in self.entries if entry.recognised)

    @property
    def accepted(self) -> bool:
        """Whether anything was recognised."""
        return any(isinstance(entry.members.get("type"), str) for entry in self.entries)

    @property
    def bills(self) -> int:
        """What is billed for it: one a success (an assumption)."""
        return int(self.accepted)

    @property
    def empty(self) -> bool:
        """Whether it is what stands there where nothing was found."""
        return self.value is None or self.value == {}

    @property
    def in_words(self) -> Text:
        """What there is, in a few words."""
        return Text("a result", "有结果")


class TicketList(OneDocument):
    """The tickets of a picture: a list, empty where there is none."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """Every ticket that is an object, in the answer's order."""
        found = objects_of(self.value) if isinstance(self.value, list) else ()
        return tuple(_ticket(pointer, members) for pointer, members in found)

    @property
    def accepted(self) -> bool:
        """Whether any ticket was recognised."""
        return bool(self.recognised)

    @property
    def bills(self) -> int:
        """What is billed for it: each recognised ticket."""
        return len(self.recognised)

    @property
    def empty(self) -> bool:
        """Whether it is missing: without tickets it is an empty list."""
        return self.value is None

    @property
    def in_words(self) -> Text:
        """How many were recognised."""
        return Text(f"{len(self.recognised)} recognised", f"识别成功 {len(self.recognised)} 张")


class Fields(OneDocument):
    """The fields of the one document that was sent, of which no type and no place is said."""

    @cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The object of the fields."""
        found = super().entries
        return tuple(Entry(one.pointer, one.members, bool(one.members), one.members) for one in found)

    @property
    def placed(self) -> tuple[Entry, ...]:
        """Nothing."""
        return ()

    @property
    def accepted(self) -> bool:
        """Whether any field was read."""
        return bool(self.value)


Result: TypeAlias = OneDocument
"""A result of any kind."""

RESULTS: Mapping[str, Callable[[Json], Result]] = {"tickets": TicketList, "document": OneDocument, "fields": Fields}
"""What reads the result of an answer, by the kind that the tables of a contract state."""


def objects_of(result: Json) -> tuple[tuple[str, dict[str, Json]], ...]:
    """The objects of a result with their places, whatever kind it should be of."""
    if isinstance(result, dict):
        return (("/result", result),)
    entries = enumerate(result) if isinstance(result, list) else ()
    return tuple((f"/result/{index}", entry) for index, entry in entries if isinstance(entry, dict))


def _ticket(pointer: str, members: dict[str, Json]) -> Entry:
    status = members.get("status")
    code = status.get("error_code") if isinstance(status, dict) else None
    return Entry(pointer, members, code == RECOGNISED, members.get("content"), code)


@dataclass(frozen=True, slots=True)
class Breach:
    """What is wrong at one place; `at` is a JSON Pointer from where the search began.

    What was expected is the statement of the requirement unless `expected` says it more exactly.
    """

    at: str
    observed: Text
    expected: Text | None = None


Outcome: TypeAlias = Breach | bool
"""The first breach; without one, whether there was anything that could have broken."""

Rule: TypeAlias = "Callable[[SchemaPlace, Json, ContentFields], Outcome]"
"""Judges one value by its place in the schema of a content."""

Found: TypeAlias = "dict[tuple[object, str], Outcome]"
"""What a walk found, by requirement and keyword."""


@dataclass(eq=False, slots=True)
class Content:
    """The content of a recognised ticket of a documented type: where it stands, its schema, its members."""

    pointer: str
    fields: ContentFields
    members: dict[str, Json]
    _found: Found | None = None

    def found(self, rules: Mapping[str, Rule]) -> Found:
        """What the rules say of the values at all places but those below confidence: walked over once."""
        if self._found is None:
            self._found = {}
            self._visit(self.fields.root, self.members, None, rules, self._found)
        return self._found

    def _visit(self, place: SchemaPlace, value: Json, path: _Path, rules: Mapping[str, Rule], found: Found) -> None:
        for key in place.owned:
            rule = rules.get(key[1])
            known = found.get(key, False)
            if rule is None or known.__class__ is Breach:
                continue
            outcome = rule(place, value, self.fields)
            if outcome.__class__ is Breach:
                found[key] = replace(outcome, at=_pointer(path) + outcome.at)
            elif not known:
                found[key] = outcome
        if place is self.fields.confidence:
            return
        if isinstance(value, dict):
            for name, member in place.members.items():
                if name in value:
                    self._visit(member, value[name], (path, name), rules, found)
        elif isinstance(value, list) and place.entries is not None:
            for index, entry in enumerate(value):
                self._visit(place.entries, entry, (path, index), rules, found)


_Path: TypeAlias = "tuple[_Path, str | int] | None"


def _pointer(path: _Path) -> str:
    return "" if path is None else f"{_pointer(path[0])}{step(str(path[1]))}"
