"""Which findings of a requirement a ledger keeps as evidence, and that ledgers of parts come to that of the whole."""

from __future__ import annotations

import dataclasses
import pickle
from collections.abc import Sequence
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.contract.contract import load_contract
from conformance.engine.account import ExchangeNote
from conformance.engine.ledger import Ledger
from conformance.engine.recognised import Unit
from conformance.exchange import Exchange, Request, Response
from conformance.judging.results import Observation, State
from conformance.judging.view import View
from conformance.text import Text


def kept(sizes: list[int]) -> list[tuple[str, int]]:
    """Exchange and body size of what is kept of findings with bodies of these sizes, made in this order."""
    contract = load_contract("auto-classification-v1.0")
    ledger = Ledger([contract], "standard")
    name = next(iter(ledger.accounts))
    for number, size in enumerate(sizes, start=1):
        exchange = Exchange(Request("POST", "/", body=bytes(size)), Response(200, (), b""), str(number))
        ledger.observe([Observation(name, "broken", Text("", ""), Text("", ""), "")], "purpose", exchange)
    found = ledger.accounts[name].findings
    return [(finding.exchange.id, len(finding.exchange.request.body)) for finding in found]


def test_the_smallest_requests_are_kept_and_the_finding_made_first() -> None:
    assert kept([90, 10, 20, 30, 80, 40, 50]) == [("2", 10), ("3", 20), ("4", 30), ("6", 40), ("1", 90)]


def test_where_the_first_is_small_the_largest_goes() -> None:
    assert kept([10, 60, 50, 40, 30, 20]) == [("1", 10), ("6", 20), ("5", 30), ("4", 40), ("3", 50)]


def told(ledger: Ledger) -> object:
    """Everything of a ledger that a report is made of."""
    return (
        [dataclasses.replace(account, firsts={}) for account in ledger.accounts.values()],
        ledger.notes,
        (ledger.sent, ledger.billable, ledger.accepted),
        (ledger.figures.tallies, ledger.figures.shown),
        sorted(ledger.confidences.items()),
        (ledger.habits.units, ledger.habits.types, ledger.habits.pairs),
        [sorted(counts.items()) for counts in (ledger.sight.shown, ledger.sight.recognised)],
    )


@dataclasses.dataclass(frozen=True)
class Seen:
    """What one exchange showed: a state of one of three requirements, the size of its request, a document."""

    requirement: int
    state: State
    slip: bool
    size: int
    document: int
    missed: bool


SEEN = st.builds(
    Seen,
    requirement=st.integers(0, 2),
    state=st.sampled_from(["held", "broken", "undecided"]),
    slip=st.booleans(),
    size=st.integers(0, 9),
    document=st.integers(0, 3),
    missed=st.booleans(),
)
CONTRACT = load_contract("auto-classification-v1.0")
NAMES = [f"{CONTRACT.id}/{name}" for name in ("ticket.found", "ticket.true", "answer.json")]


def opened() -> Ledger:
    return Ledger([CONTRACT], "standard", most_notes=7, late=True)


def judged(part: int, traffic: Sequence[tuple[int, Seen]]) -> Ledger:
    """The ledger of some exchanges, each with its number among all."""
    ledger = opened()
    for number, seen in traffic:
        ledger.place = (part, number)
        exchange = Exchange(Request("POST", "/", body=bytes(seen.size)), Response(200, (), b""), f"line {number}")
        words = Text(str(number), str(number))
        name = NAMES[seen.requirement]
        unit = Unit(seen.document, frozenset(), seen.size, seen.missed, mistyped=seen.missed and seen.slip)
        ledger.habits.see(CONTRACT.id, [unit], ledger.place)
        ledger.habits.compare(CONTRACT.id, "relation.type-list-all", seen.missed, seen.slip)
        ledger.observe([Observation(name, seen.state, Text("", ""), words, "", slip=seen.slip)], "file", exchange)
        ledger.note(ExchangeNote.of(View(exchange, CONTRACT), "file", "variant", billed=seen.size, place=ledger.place))
        ledger.confidences[CONTRACT.id, "field", seen.size, seen.missed] += 1
        ledger.sight.shown[CONTRACT.id, "passport"] = ledger.sight.shown.get((CONTRACT.id, "passport"), 0) + 1
        ledger.figures.show("missed", CONTRACT.id, (seen.size, ledger.place), exchange)
        ledger.accepted += seen.missed
    return ledger


@settings(deadline=None, max_examples=60)
@given(st.lists(SEEN, max_size=40), st.data())
def test_parts_of_traffic_come_to_the_same_however_it_is_cut_and_whatever_is_entered_first(
    traffic: list[Seen], data: st.DataObject
) -> None:
    numbered = list(enumerate(traffic))
    whole = judged(0, numbered)
    whole.settle()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(traffic)), max_size=5)))
    parts = [
        pickle.loads(pickle.dumps(judged(0, numbered[start:end]).learnt()))
        for start, end in pairwise([0, *cuts, len(traffic)])
    ]
    while len(parts) > 1:  # any two are brought together, until one is left
        one = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        two = parts.pop(data.draw(st.integers(0, len(parts) - 1)))
        both = opened()
        both.enter(one)
        both.enter(two)
        parts.append(both.learnt())
    together = opened()
    together.enter(parts[0])
    together.settle()
    assert told(together) == told(whole)
