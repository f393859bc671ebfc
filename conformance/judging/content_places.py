"""Walks over the contents of tickets, once each, and says of each requirement what the first breach is.

The content schemas name for each keyword of each place the requirement that it belongs to. A table of rules says what
each keyword asks; what a requirement asks beyond single keywords is a check of the whole content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from conformance.contract.owned import ContentFields, SchemaPlace
from conformance.judging.body import step
from conformance.judging.observation import Observation
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.body import Json
    from conformance.judging.envelope import Check
    from conformance.judging.view import View


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


Judge: TypeAlias = "Callable[[Content, str], Outcome]"
"""Judges one content for the requirement of that name."""


def each_content(judge: Judge, held: Text) -> Check:
    """A check that fails at the first breach in any content, and holds where there was something to judge."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        seen = False
        for content in view.contents:
            outcome = judge(content, requirement.name)
            if isinstance(outcome, Breach):
                pointer = f"{content.pointer}{outcome.at}"
                return view.broken(requirement, outcome.observed, pointer, outcome.expected)
            seen = seen or outcome
        return view.held(requirement, held) if seen else None

    return check


def blank(value: Json) -> bool:
    """True for what says nothing: what is empty, a text of white space only, a list or object of nothing else."""
    if isinstance(value, dict | list):
        return all(map(blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip())


def empty(value: Json) -> bool:
    """True for what is as good as absent: null, an empty string, list or object (open point 112)."""
    return value is None or value in ("", [], {})
