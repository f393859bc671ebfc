"""Requests whose pictures have to be served: only for targets declared to reach them, and seen to be left out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.purposes import URL, explore, load_purposes
from conformance.exchange import Exchange, Request, TransportFailure
from conformance.files import DataError
from conformance.judging.results import Observation
from conformance.statement.statement import StatedTarget, Statement
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.judging.results import State

TICKETS = load_contract("auto-classification-v1.0")
SERVED = frozenset({URL})
ELSEWHERE = "http://127.0.0.1:1"
URL_PURPOSES = ["url-faults", "url", "url-size"]
REACHING = Statement(Path(), target=StatedTarget(pictures="http://127.0.0.1"))
WORDS = Text("said by a test", "测试用")


def chosen(settings: Settings) -> list[str]:
    _, purposes = select(settings)
    return [purpose.name for purpose in purposes if purpose.needs]


@pytest.mark.parametrize(
    ("settings", "served"),
    [
        (Settings("reference", contracts=(TICKETS.id,)), URL_PURPOSES),
        (Settings(ELSEWHERE, contracts=(TICKETS.id,)), []),
        (Settings(ELSEWHERE, contracts=(TICKETS.id,), declared=REACHING), URL_PURPOSES),
    ],
    ids=["reference", "undeclared", "declared"],
)
def test_pictures_are_served_for_those_who_reach_them(settings: Settings, served: list[str]) -> None:
    assert chosen(settings) == served


def test_purposes_need_what_their_requests_need() -> None:
    needs = {purpose.name: purpose.needs for purpose in load_purposes(TICKETS)}
    assert {name for name, needed in needs.items() if needed} == {*URL_PURPOSES, "url-slow"}
    assert set(needs.values()) == {frozenset(), SERVED}


@pytest.mark.parametrize("only", ["accepts.url", "url-faults"])
def test_asking_for_what_is_not_declared_is_one_message(only: str) -> None:
    with pytest.raises(DataError) as caught:
        select(Settings(ELSEWHERE, only=(only,)))
    assert str(caught.value) == (
        f"--only {only}: expected a target that reaches pictures of the kit, found none declared; "
        "state the address under [target] pictures of the target statement"
    )


def test_an_exploration_serves_pictures_only_where_told() -> None:
    assert not any(purpose.needs for purpose in explore(TICKETS, 1))
    assert any(purpose.needs for purpose in explore(TICKETS, 1, url=True))


def test_what_is_not_declared_is_not_applicable_and_counted() -> None:
    named = {"auto-classification-v1.0/accepts.url", "auto-classification-v1.0/accepts.picture"}
    undeclared, declared = (
        Ledger([TICKETS], "standard", only=named, capabilities=given) for given in (frozenset[str](), SERVED)
    )
    assert undeclared.score() == {
        "requirements": 2, "proven": 0, "failed": 0, "inconclusive": 1, "not_applicable": 1,
    }  # fmt: skip
    assert declared.score() == {
        "requirements": 2, "proven": 0, "failed": 0, "inconclusive": 2, "not_applicable": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("state", "verdict"), [("held", "pass"), ("broken", "fail"), ("undecided", "not-applicable")])
def test_what_was_seen_counts_whatever_is_declared(state: State, verdict: str) -> None:
    ledger = Ledger([TICKETS], "standard")
    requirement = f"{TICKETS.id}/accepts.url"
    exchange = Exchange(Request("POST", "/"), TransportFailure("closed", "said by a test"))
    ledger.observe([Observation(requirement, state, WORDS, WORDS, "")], "a purpose", exchange)
    assert ledger.accounts[requirement].verdict == verdict
