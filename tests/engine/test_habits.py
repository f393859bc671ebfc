"""The statistic that tells a habit from misses: it finds what is one, and almost never anything else."""

from __future__ import annotations

import random

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.habits import CONDITIONS, KINDS, Habits, Trial
from conformance.engine.inference import ALPHA, CERTAIN, TESTS, WrongTypes
from conformance.engine.purposes import load_purposes
from conformance.engine.recognised import Unit
from conformance.files import contract_ids

NOBODY = frozenset[str]()


def trial(under: list[bool], beside: list[bool]) -> Trial:
    """Observations of one document, in turns, each on a page of its own."""
    made = Trial()
    for number, event in enumerate(beside):
        made.add(("d", NOBODY), number, event, under=False)
        if number < len(under):
            made.add(("d", NOBODY), number, under[number], under=True)
    return made


def test_the_error_rate_of_a_run_is_shared_by_its_tests() -> None:
    tests = 0
    for contract in map(load_contract, contract_ids()):
        steps = [step for purpose in load_purposes(contract) for step in purpose.steps]
        relations = {step.relation.requirement for step in steps if step.relation is not None}
        conditions = {
            condition for name, each in CONDITIONS.items() if name in contract.requirements for condition in each
        }
        tests += 2 * len(relations) * (len(KINDS) + 1) + len(conditions) + 1
    assert tests <= TESTS
    assert pytest.approx(1) == ALPHA / TESTS * CERTAIN
    assert ALPHA == 1e-4


def test_what_is_always_missed_under_a_condition_and_never_without_it_is_a_habit_after_13_requests_of_each() -> None:
    assert [trial([True] * n, [False] * n).certain for n in (12, 13)] == [False, True]


def test_what_is_missed_in_two_of_three_is_a_habit_too_where_it_is_never_missed_otherwise() -> None:
    assert trial([True, True, False] * 12, [False] * 36).certain


def test_what_is_missed_somewhat_more_often_under_a_condition_is_none() -> None:
    assert trial([True, False, False, False] * 25, [True] * 5 + [False] * 95).evidence < 1


def test_what_is_missed_with_and_without_the_condition_is_none() -> None:
    assert trial([True] * 200, [True] * 200).evidence < 1
    assert trial([False] * 200, [False] * 200).evidence < 1


def test_more_observations_without_the_condition_make_fewer_with_it_enough() -> None:
    made = Trial()
    for turn in range(7):
        made.add(("d", NOBODY), (turn, 7), True, under=True)
        for number in range(7):
            made.add(("d", NOBODY), (turn, number), False, under=False)
    assert made.certain


def test_the_same_page_counts_once() -> None:
    made = Trial()
    for _ in range(50):
        made.add(("d", NOBODY), "page", False, under=False)
        made.add(("d", NOBODY), "page", True, under=True)
    assert made.counts == {True: [1, 1], False: [0, 1]}


@pytest.mark.parametrize("rate", [0.02, 0.1, 0.4, 0.8])
def test_chance_is_no_habit_however_long_it_is_watched(rate: float) -> None:
    source = random.Random(17)
    highest = 0.0
    for _ in range(200):
        made = Trial()
        for number in range(60):
            made.add((number % 3, NOBODY), (number, 0), source.random() < rate, under=False)
            made.add((number % 3, NOBODY), (number, 1), source.random() < rate, under=True)
            highest = max(highest, made.evidence)
    assert highest < CERTAIN / 100  # Ville's inequality: in 200 trials 200 would be no surprise


@pytest.mark.parametrize("rate", [0.1, 0.2, 0.3, 0.4])
def test_to_ask_again_only_where_something_was_missed_makes_no_habit_of_chance(rate: float) -> None:
    source = random.Random(17)
    last = []
    for _ in range(200):
        made, number = Trial(), 0
        for document in range(40):
            misses = 0
            while misses < 4 and source.random() < rate:
                misses += 1
                made.add((document, NOBODY), (number := number + 1), True, under=True)
            if misses < 4:
                made.add((document, NOBODY), (number := number + 1), False, under=True)
            for _ in range(misses if misses > 1 else 0):
                made.add((document, NOBODY), (number := number + 1), source.random() < rate, under=False)
        last.append(made.evidence)
    assert sum(last) / len(last) < 1
    assert max(last) < CERTAIN / 1000


def test_the_words_have_the_counts_and_the_chance() -> None:
    words = trial([True] * 13, [False] * 13).in_words().en
    assert words == (
        "wrong 13 of 13 times under this condition, 0 of 13 times without it; chance of that at most 2e-07"
    )


def test_documents_are_held_against_themselves_only() -> None:
    habits = Habits()
    for number in range(100):
        habits.see("c", [Unit("never read", frozenset({"several"}), number, missed=True)])
        habits.see("c", [Unit("always read", NOBODY, number, missed=False)])
    assert habits.proof("c", "ticket.found") is None


def test_a_layout_is_compared_with_the_same_layout() -> None:
    habits = Habits()
    for number in range(40):
        habits.see("c", [Unit("d", frozenset({"several", "relation.spelling"}), number, missed=True)])
        habits.see("c", [Unit("d", NOBODY, number, missed=False)])
    assert habits.proof("c", "relation.spelling") is None
    assert habits.proof("c", "ticket.found") is not None


def test_wrong_types_count_each_document_once() -> None:
    habits = Habits()
    for number in range(100):
        habits.see("c", [Unit("one document", NOBODY, number, missed=True, mistyped=True)])
    assert habits.proof("c", "ticket.true") is None
    for number in range(7):
        habits.see("c", [Unit(f"document {number}", NOBODY, number, missed=True, mistyped=True)])
    assert habits.proof("c", "ticket.true") is not None


def test_one_type_in_ten_taken_for_another_is_no_habit() -> None:
    source = random.Random(17)
    runs = [WrongTypes({n: source.random() < 0.1 for n in range(25)}) for _ in range(2000)]
    assert not any(run.certain for run in runs)
