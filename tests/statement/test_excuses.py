"""What a statement excuses: breaches of one format, type or purpose alone, and what cannot be proven on a target."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from statement_matrix import V1, kept

from conformance.contract.contract import load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.run import Run
from conformance.engine.settings import Excuses
from conformance.report.document import About, report_document
from conformance.report.story import Story
from conformance.report.transcript import Caller
from conformance.statement.statement import Statement
from conformance.statement.terms import Unprovable, Waiver

FAR = date(2099, 1, 1)


def ran(statement: Statement, faults: list[str], purposes: list[str]) -> Ledger:
    """A run of some purposes under what a statement excuses."""
    contract = load_contract(V1)
    target = kept().fleet.open(faults)
    chosen = [p for p in kept().purposes(contract, "standard") if p.name in purposes]
    run = Run(
        [contract],
        target,
        attempts=1,
        scripts=kept().script,
        only={f"{V1}/{aim}" for purpose in chosen for aim in purpose.aims},
        excuses=Excuses.of(statement),
    )
    run.execute(chosen)
    target.close()
    return run.ledger


def waiving(requirement: str, **narrow: str) -> Statement:
    return Statement(Path(), waivers=(Waiver(f"{V1}/{requirement}", "r", "o", FAR, **narrow),))


@pytest.mark.parametrize(
    ("narrow", "verdict"),
    [
        ({"format": "TIFF"}, "conformant"),
        ({"format": "BMP"}, "nonconformant"),
        ({"type": "train_ticket"}, "conformant"),
        ({"type": "bankcard"}, "nonconformant"),
        ({"purpose": "formats"}, "conformant"),
        ({"purpose": "input"}, "nonconformant"),
    ],
)
def test_a_narrow_waiver_excuses_what_it_names_and_nothing_else(narrow: dict[str, str], verdict: str) -> None:
    both = [waiving(name, **narrow).waivers[0] for name in ("accepts.format.tiff", "accepts.picture")]
    ledger = ran(Statement(Path(), waivers=tuple(both)), ["refuses-tiff"], ["formats"])
    assert ledger.verdict == verdict


def test_a_waiver_of_one_format_leaves_the_same_requirement_to_fail_elsewhere() -> None:
    narrow = {"format": "TIFF"}
    both = [waiving(name, **narrow).waivers[0] for name in ("accepts.format.bmp", "accepts.picture")]
    ledger = ran(Statement(Path(), waivers=tuple(both)), ["refuses-bmp"], ["formats"])
    assert ledger.verdict == "nonconformant"


CANNOT = Statement(Path(), unprovable=(Unprovable(f"{V1}/size.max", "a gateway ends longer bodies", "team network"),))


def test_what_cannot_be_proven_here_leaves_the_verdict_to_the_rest_and_is_listed() -> None:
    contract = load_contract(V1)
    without = [p for p in kept().purposes(contract, "standard") if p.name != "size"]
    run = Run([contract], kept().fleet.open([]), attempts=1, scripts=kept().script, capabilities=frozenset({"url"}))
    run.excuses = Excuses.of(CANNOT)
    run.__post_init__()
    run.execute(without)
    run.target.close()
    left = {a.requirement.name for a in run.ledger.accounts.values() if a.verdict == "inconclusive"}
    assert left >= {"size.max"}
    document = report_document(run.ledger, About("t", Caller("$TARGET"), "0", 0, "2026-01-01T00:00:00+00:00", 0.0))
    entry = next(e for e in document["requirements"] if e["id"] == f"{V1}/size.max")
    reason = {
        "en": "cannot be proven here: a gateway ends longer bodies (team network)",
        "zh": "在此无法证实：a gateway ends longer bodies（team network）",
    }
    assert (entry["verdict"], entry["reason"]) == ("inconclusive", reason)
    assert document["unprovable"] == [{"requirement": f"{V1}/size.max", "reason": reason}]
    assert Story(document).headline.en.endswith("1 cannot be proven here")


def test_what_cannot_be_proven_fails_where_it_breaks() -> None:
    ledger = ran(CANNOT, ["accepts-long-base64"], ["size"])
    assert (ledger.accounts[f"{V1}/size.max"].verdict, ledger.verdict) == ("fail", "nonconformant")


def test_it_is_no_reason_for_an_inconclusive_run() -> None:
    stopped = ran(Statement(Path()), [], ["credentials"])
    assert stopped.verdict == "conformant"
    contract = load_contract(V1)
    for cannot, verdict in ((CANNOT, "conformant"), (Statement(Path()), "inconclusive")):
        ledger = Ledger(
            [contract], "standard", only={f"{V1}/size.max", f"{V1}/token.required"}, excuses=Excuses.of(cannot)
        )
        ledger.accepted = 1
        ledger.accounts[f"{V1}/token.required"].witnesses = 1
        assert ledger.verdict == verdict
