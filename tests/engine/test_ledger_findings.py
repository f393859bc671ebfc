"""Which findings of a requirement a ledger keeps as evidence."""

from __future__ import annotations

from conformance.contract.contract import load_contract
from conformance.engine.ledger import Ledger
from conformance.exchange import Exchange, Request, Response
from conformance.judging.observation import Observation
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
