"""Recorded answers taken apart member by member: the judge says what a second opinion from the pages alone says.

`LISTED` holds every disagreement that stays, with its reason and how often it occurs among the mutants that are judged
here; a count that changes, in whichever direction, is looked at. `python -m tests.benchmarks opinions` judges them all.
"""

from __future__ import annotations

from collections import Counter

import pytest
from answer_mutants import Mutant, changed_twice, mutants
from healthy_cases import open_cases, recorded_cases
from opinions_compared import Judge, compare, disagreements, resolves

EACH = 17
"""One of so many mutants is judged here: all kinds of changes of all recorded answers, in some seconds."""

LISTED: dict[str, tuple[int, str]] = {}
"""Disagreements that stay: how many, and why."""


@pytest.fixture(scope="module")
def chosen() -> list[Mutant]:
    cases = [*recorded_cases(), *open_cases()]
    return [mutant for number, mutant in enumerate(mutants(cases)) if number % EACH == 0]


def test_there_are_mutants_of_every_kind_and_of_both_operations(chosen: list[Mutant]) -> None:
    kinds = Counter(mutant.kind for mutant in chosen)
    assert set(kinds) == {
        "dropped", "renamed", "retyped", "number", "string", "list", "place", "content", "alarm", "code", "type", "top",
        "beside", "status", "status and body", "bytes", "header", "swapped", "delivered", "open",
    }  # fmt: skip
    assert len(chosen) > 2600
    assert len({mutant.case.contract for mutant in chosen}) == 2


def test_the_recorded_answers_themselves_break_nothing_for_either() -> None:
    judge = Judge()
    cases = [*recorded_cases(), *open_cases()]
    assert [list(disagreements(case, judge(case))) for case in cases] == [[] for _ in cases]
    assert [o.requirement for case in cases for o in judge(case) if o.state == "broken"] == []


def test_both_opinions_say_the_same_of_every_mutant_but_for_what_is_listed(chosen: list[Mutant]) -> None:
    found = compare(chosen)
    assert found.judged == len(chosen)
    assert dict(found.counts) == {kind: count for kind, (count, _) in LISTED.items()}, found.examples


def test_both_opinions_say_the_same_of_answers_that_are_changed_twice(chosen: list[Mutant]) -> None:
    found = compare(changed_twice(chosen, 600, seed=5))
    assert found.judged > 400
    assert found.examples == {}


def test_the_comparison_sees_a_judge_that_misses_and_one_that_overreaches(chosen: list[Mutant]) -> None:
    """It says so where nothing that was found is told, and where all that was held is called broken."""
    judge = Judge()
    mutant = next(one for one in chosen if any(o.state == "broken" for o in judge(one.case)))
    observations = judge(mutant.case)
    silent = [o for o in observations if o.state != "broken"]
    assert {kind.partition(":")[0] for kind, _ in disagreements(mutant.case, silent)} <= {"silent", "held", "unnamed"}
    assert list(disagreements(mutant.case, silent)) != []
    healthy = next(case for case in recorded_cases() if case.exchange.request.label is None)
    zealous = [o for o in judge(healthy) if o.state == "held"]
    broken = [type(o)(o.requirement, "broken", o.expected, o.observed, "/nowhere") for o in zealous]
    assert {kind.partition(":")[0] for kind, _ in disagreements(healthy, broken)} == {"overreach", "pointer"}


@pytest.mark.parametrize(
    ("pointer", "there"), [("", True), ("/a/0/b~1c", True), ("/a/1", False), ("/a/0/x", False), ("/a/-", False)]
)
def test_a_pointer_resolves_or_does_not(pointer: str, there: bool) -> None:
    assert resolves(pointer, {"a": [{"b/c": 1}]}) == there
