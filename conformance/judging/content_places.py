"""Checks of the contents of tickets one by one, and what of a content says nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from conformance.judging.observation import Observation
from conformance.judging.results import Breach, Content, Outcome
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Requirement
    from conformance.judging.body import Json
    from conformance.judging.envelope import Check
    from conformance.judging.view import View

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
