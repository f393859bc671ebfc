"""Finds the places of a content that a requirement speaks of, and says what the first breach is.

The content schemas name for each keyword of each place the requirement that it belongs to; `search` visits those of one
requirement and leaves out every branch in which it cannot break.
"""

from __future__ import annotations

from collections.abc import Callable
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

Rule: TypeAlias = "Callable[[SchemaPlace, Json], Outcome]"
"""Judges one value by its place in the schema."""

Judge: TypeAlias = "Callable[[ContentFields, dict[str, Json], str], Outcome]"
"""Judges one content for the requirement of that name."""


def each_content(judge: Judge, held: Text) -> Check:
    """A check that fails at the first breach in any content, and holds where there was something to judge."""

    def check(view: View, requirement: Requirement) -> Observation | None:
        seen = False
        for pointer, fields, content in view.contents:
            outcome = judge(fields, content, requirement.name)
            if isinstance(outcome, Breach):
                return view.broken(requirement, outcome.observed, f"{pointer}{outcome.at}", outcome.expected)
            seen = seen or outcome
        return view.held(requirement, held) if seen else None

    return check


def each_place(keyword: str, rule: Rule, held: Text) -> Check:
    """A check of the values at every place where `keyword` belongs to the requirement that is judged."""
    return each_content(lambda fields, content, name: search(fields.root, content, name, keyword, rule), held)


def search(field: SchemaPlace, value: Json, requirement: str, keyword: str, rule: Rule) -> Outcome:
    """Judge `value` and everything below it by `rule`, where `keyword` belongs to `requirement`."""
    seen = False
    if field.owners.get(keyword) == requirement:
        outcome = rule(field, value)
        if isinstance(outcome, Breach):
            return outcome
        seen = outcome
    if isinstance(value, dict):
        for name, member in field.routes.get(requirement, ()):
            if name in value:
                outcome = search(member, value[name], requirement, keyword, rule)
                if isinstance(outcome, Breach):
                    return replace(outcome, at=f"{step(name)}{outcome.at}")
                seen = seen or outcome
    elif isinstance(value, list) and field.entries is not None and requirement in field.entries.judged:
        for index, entry in enumerate(value):
            outcome = search(field.entries, entry, requirement, keyword, rule)
            if isinstance(outcome, Breach):
                return replace(outcome, at=f"/{index}{outcome.at}")
            seen = seen or outcome
    return seen


def blank(value: Json) -> bool:
    """True for what says nothing: what is empty, a text of white space only, a list or object of nothing else."""
    if isinstance(value, dict | list):
        return all(map(blank, value.values() if isinstance(value, dict) else value))
    return value is None or (isinstance(value, str) and not value.strip())


def empty(value: Json) -> bool:
    """True for what is as good as absent: null, an empty string, list or object (open point 112)."""
    return value is None or value in ("", [], {})
