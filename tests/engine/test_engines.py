"""An honest implementation whose engine misses, fails or misreads documents breaks no `must`, and is proven.

The wide version, 40 seeds of each rate, is `python -m tests.benchmarks engines`.
"""

from __future__ import annotations

import pytest
from engine_bench import EngineBench, Outcome

from conformance import load_contract
from conformance.engine.sight import NEVER_READ, Sight, is_hopeless, substitutes
from conformance.strategies.draw import Draw
from conformance.strategies.specimens import specimens

TICKETS = "auto-classification-v1.0"
DOCUMENTS = "auto-id-doc-classification-v2"


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


@pytest.mark.parametrize(
    ("seed", "contract_id", "plainest", "unread_types"),
    [
        (1010, TICKETS, "train_ticket", [(TICKETS, "train_ticket")]),
        (1021, DOCUMENTS, "passport", []),  # it reads worn copies of the passport
    ],
)
def test_where_the_plainest_document_is_never_read_others_stand_in_for_it_at_little_cost(
    bench: EngineBench, exact: Outcome, seed: int, contract_id: str, plainest: str, unread_types: list[tuple[str, str]]
) -> None:
    outcome = bench.run({"misses_same": 0.2, "seed": seed})
    assert (outcome.broken, outcome.unproven, outcome.errors) == ((), (), ())
    assert outcome.run.ledger.sight.unread_types == unread_types
    document = plainest, specimen_fields(plainest), frozenset[str]()
    shown, recognised = outcome.run.ledger.sight.documents[contract_id, document]
    assert (shown >= NEVER_READ, recognised) == (True, 0)
    assert outcome.run.ledger.accounts[f"{contract_id}/picture.depth"].verdict == "pass"
    assert outcome.requests <= exact.requests + 20


def specimen_fields(kind: str) -> tuple[tuple[str, str], ...]:
    return specimens()[kind.replace("_", "-")].fields


def test_a_page_is_hopeless_where_its_document_is_never_read_though_a_worn_copy_is() -> None:
    contract, draw = load_contract(DOCUMENTS), Draw(page=("passport",))
    master = ("passport", specimen_fields("passport"), frozenset[str]())
    sight = Sight(shown={(DOCUMENTS, "passport"): NEVER_READ + 1}, recognised={(DOCUMENTS, "passport"): 1})
    sight.documents[DOCUMENTS, master] = (NEVER_READ - 1, 0)
    assert not is_hopeless(contract, draw, sight)
    sight.documents[DOCUMENTS, master] = (NEVER_READ, 0)
    assert is_hopeless(contract, draw, sight)
    assert not is_hopeless(contract, Draw(page=("passport.glare-strong",)), sight)
    assert [other.page for other in substitutes(contract, draw, sight, fixed=True)] == []


@pytest.mark.parametrize(("recognised", "most"), [(90, 37), (60, 22)])
def test_a_poor_engine_is_asked_less_beyond_the_plan_and_something_is_kept_back_for_controls(
    recognised: int, most: int
) -> None:
    key = (DOCUMENTS, "passport")
    sights = [
        Sight(shown={key: 100}, recognised={key: recognised}, sent=100 + extra, extra=extra) for extra in range(60)
    ]
    assert sum(sight.may_go_on() for sight in sights) == most
    assert sum(sight.may_go_on(control=True) for sight in sights) == most + 10


def test_another_specimen_is_shown_where_the_first_one_was_so_that_purposes_share_its_answer() -> None:
    contract, sight, draw = load_contract(DOCUMENTS), Sight(), Draw(page=("passport",))
    others = list(substitutes(contract, draw, sight, fixed=False, instead=True))
    assert {other.shift for other in others[:8]} == {(0, 0)}
    assert len({other.page for other in others[:8]}) == 8
    spent = Sight(extra=NEVER_READ * len(specimens()))
    assert list(substitutes(contract, draw, spent, fixed=False, instead=True)) == others[:1]
    moved = list(substitutes(contract, draw, sight, fixed=True))
    assert (0, 0) not in {other.shift for other in moved}


def test_a_related_request_that_is_missed_is_asked_once_more_beside_the_control_that_was_read(
    bench: EngineBench,
) -> None:
    ledger = bench.run({"misses": 0.2, "seed": 2}, only="spelling").run.ledger
    asked = [note.role for note in ledger.notes if note.purpose == f"{DOCUMENTS}/spelling"]
    assert asked == ["control"] + ["variant"] * 7  # two of five were missed the first time
    names = "relation.spelling", "relation.enterprise-project", "accepts.enterprise-project.malformed"
    assert {ledger.accounts[f"{DOCUMENTS}/{name}"].verdict for name in names} == {"pass"}


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
