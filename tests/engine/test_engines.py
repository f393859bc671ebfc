"""An honest implementation whose engine misses, fails or misreads documents breaks no `must`, and is proven.

The wide version, 40 seeds of each rate, is `python -m tests.benchmarks engines`.
"""

from __future__ import annotations

import pytest
from engine_bench import EngineBench, Outcome

TICKETS = "auto-classification-v1.0"


@pytest.fixture(scope="module")
def bench() -> EngineBench:
    return EngineBench()


@pytest.fixture(scope="module")
def exact(bench: EngineBench) -> Outcome:
    return bench.run({})


def test_the_exact_engine_is_asked_nothing_again(exact: Outcome) -> None:
    assert (exact.broken, exact.unproven, exact.errors) == ((), (), ())
    assert exact.run.ledger.sight.extra == 0
    assert exact.run.ledger.verdict == "conformant"


@pytest.mark.parametrize(
    ("share", "rate", "seed"),
    [
        ("misses", 0.2, 2),
        ("misses_same", 0.2, 1),
        ("fails", 0.15, 1),
        ("misreads", 0.1, 2),
    ],
)
def test_an_engine_that_is_not_exact_is_conformant(
    bench: EngineBench, exact: Outcome, share: str, rate: float, seed: int
) -> None:
    outcome = bench.run({share: rate, "seed": seed})
    assert (outcome.broken, outcome.unproven, outcome.errors) == ((), (), ())
    assert outcome.requests <= 1.3 * exact.requests


def test_an_engine_that_misses_four_in_ten_breaks_no_must(bench: EngineBench, exact: Outcome) -> None:
    outcome = bench.run({"misses": 0.4, "seed": 1})
    assert (outcome.broken, outcome.errors) == ((), ())
    assert outcome.requests <= 1.3 * exact.requests


def test_what_one_purpose_could_not_prove_and_another_one_did_fails_neither(bench: EngineBench) -> None:
    ledger = bench.run({"misses_same": 0.2, "seed": 1}).run.ledger
    assert ledger.accounts[f"{TICKETS}/accepts.format.png"].verdict == "pass"
    assert [result.purpose.id for result in ledger.results if not result.passed] == []


def test_what_it_never_reads_is_said_once_and_what_needs_it_is_not_applicable(bench: EngineBench) -> None:
    run = bench.run({"misses_same": 0.4, "seed": 3}).run
    assert run.ledger.sight.unread_types == [
        (TICKETS, "driver_license_front"),
        (TICKETS, "id_card_emblem_side"),
        (TICKETS, "id_card_portrait_side"),
        (TICKETS, "quota_invoice"),
        (TICKETS, "taxi_invoice"),
        (TICKETS, "toll_invoice"),
        (TICKETS, "vehicle_license_front"),
    ]
    needs_them = run.ledger.accounts[f"{TICKETS}/content.location-text"]
    assert (needs_them.verdict, needs_them.excused and needs_them.excused.en) == (
        "not-applicable",
        "not read: quota_invoice, taxi_invoice",
    )


@pytest.mark.parametrize(
    ("fault", "seed", "requirement", "words"),
    [
        ("ticket-dropped", 4, "ticket.found", "without it; chance of that at most"),
        ("ticket-dropped", 6, "ticket.found", "without it; chance of that at most"),
        ("wrong-type", 3, "ticket.found", "distinct documents taken for another type"),
    ],
)
def test_a_habit_is_found_also_where_the_engine_misses_one_in_ten(
    bench: EngineBench, fault: str, seed: int, requirement: str, words: str
) -> None:
    outcome = bench.run({"misses": 0.1, "seed": seed}, fault)
    assert f"{TICKETS}/{requirement}" in outcome.broken
    finding = outcome.run.ledger.accounts[f"{TICKETS}/{requirement}"].findings[0]
    assert words in finding.observation.observed.en


def test_answers_that_do_not_repeat_are_a_habit_where_it_is_always_the_same_one_that_misses(bench: EngineBench) -> None:
    run = bench.run({"misses": 0.1, "seed": 3}, "unstable", only="repeat-and-re-encode").run
    account = run.ledger.accounts[f"{TICKETS}/relation.repeat"]
    assert account.verdict == "fail"
    assert "without it; chance of that at most" in account.findings[0].observation.observed.en


@pytest.mark.parametrize("engine", [{}, {"misses": 0.1, "seed": 3}, {"misses_same": 0.1, "seed": 4}])
def test_that_what_cannot_be_read_is_never_listed_is_found_around_any_good_engine(
    bench: EngineBench, engine: dict[str, float]
) -> None:
    kept = bench.run(engine, "failed-left-out").run.ledger.accounts[f"{TICKETS}/failed-ticket.kept"]
    assert kept.verdict == "fail"
    assert "with 6 distinct documents" in kept.findings[0].observation.observed.en


@pytest.mark.parametrize("share", ["misses", "misses_same"])
def test_an_engine_that_misses_many_is_not_said_to_leave_out_what_cannot_be_read(
    bench: EngineBench, share: str
) -> None:
    kept = bench.run({share: 0.4, "seed": 1}, "failed-left-out").run.ledger.accounts[f"{TICKETS}/failed-ticket.kept"]
    assert (kept.verdict, kept.broken, kept.slips > 0) == ("inconclusive", 0, True)


@pytest.mark.parametrize("variant", ["partial-content", "failed-bare", "unread-left-out"])
def test_a_service_that_returns_only_what_it_read_is_conformant(bench: EngineBench, variant: str) -> None:
    outcome = bench.run({}, variant)
    assert (outcome.broken, outcome.unproven, outcome.errors) == ((), (), ())
    assert outcome.run.ledger.verdict == "conformant"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_what_is_merely_missed_is_no_warning_about_what_the_documents_leave_open(bench: EngineBench, seed: int) -> None:
    accounts = bench.run({"misses": 0.1, "seed": seed}).run.ledger.accounts.values()
    assert [a.requirement.id for a in accounts if a.requirement.check == "open" and a.broken] == []
    assert [a.requirement.id for a in accounts if a.requirement.name == "relation.repeat" and a.broken] == []
