"""The table of exchanges broken by hand: every row names the one requirement that it breaks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from answers import DOCUMENT, QUADS, TICKETS, exchange, failure, on, request, tickets_answer
from broken_answers import DOCUMENT_CASES, TICKET_CASES
from broken_contents import CASES, LATER_CASES
from broken_exchanges import ASKED_CASES, ENVELOPE_CASES, FAILURE_CASES
from invented_contents import CONTRACTS as EDITIONS
from invented_contents import contract_of, invented, ticket_exchange

from conformance.contract.binding import Offer
from conformance.contract.contract import Contract, load_contract, with_positions
from conformance.exchange import Exchange, TrueDocument
from conformance.judging import examine
from conformance.statement.statement import Statement

LATEST = "auto-classification-v2-2025"
CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT, LATEST)}


@dataclass(frozen=True)
class Broken:
    """An exchange, the requirement that it breaks, and the others that fire as well."""

    contract: Contract
    exchange: Exchange
    one: str
    others: frozenset[str] = frozenset()
    control: Exchange | None = None

    def fired(self, contract: Contract | None = None) -> set[str]:
        """The names of the requirements that break, by its own contract or a changed one."""
        found = examine(self.exchange, contract or self.contract, control=self.control)
        return {o.requirement.partition("/")[2] for o in found if o.state == "broken"}


def _contents() -> dict[str, Broken]:
    rows = {f"content: {name}": ("v1.0", *case) for name, case in CASES.items()}
    rows |= {f"content: {name}": case for name, case in LATER_CASES.items()}
    found = {}
    for name, (edition, kind, change, requirement, _) in rows.items():
        content = invented(kind, edition)
        change(content)
        found[name] = Broken(EDITIONS[edition], ticket_exchange(kind, content), requirement)
    return found


def _strict() -> Broken:
    strict = contract_of("v1.0", **{"content.unlisted": "strict"})
    judged = ticket_exchange("quota_invoice", invented("quota_invoice") | {"shop": "样本"})
    return Broken(strict, judged, "content.unlisted.strict", frozenset({"content.unlisted"}))


def _rewritten() -> Broken:
    """A refusal with an error status of a target whose gateway makes 200 of each."""
    declaring = with_positions(CONTRACTS[TICKETS], {"failure.status": "200"})
    return Broken(
        declaring, failure(TICKETS), "failure.status-200", frozenset({"accepts.picture", "accepts.format.png"})
    )


def _not_offered() -> Broken:
    """A ticket of a type that the target states it does not know."""
    offer = Offer(types=("train_ticket",))
    judged = exchange(TICKETS, answer=tickets_answer(), sent=request(TICKETS))
    return Broken(
        CONTRACTS[TICKETS].bound_to(Statement(Path(), offers={TICKETS: offer})), judged, "ticket.type.offered"
    )


def _seals() -> dict[str, Broken]:
    contract = CONTRACTS[LATEST]

    def judged(*, marked: bool, detect_seal: object = ...) -> Exchange:
        answer = {"result": [ticket for ticket in tickets_answer()["result"] if ticket["type"] == "quota_invoice"]}
        if marked:
            answer["result"][0]["seal_mark"] = True
        sent = replace(request(TICKETS, detect_seal=detect_seal), path=contract.page.path, truth=None)
        return exchange(TICKETS, answer=answer, sent=sent)

    return {
        "latest: a seal mark that nobody asked for": Broken(
            contract, judged(marked=True), "ticket.seal-mark.only-when-asked"
        ),
        "latest: no seal mark": Broken(contract, judged(marked=False, detect_seal=True), "ticket.seal-mark.when-asked"),
    }


def _sides() -> dict[str, Broken]:
    """Both sides of a card on one picture, and an answer that lists one of them."""
    contract = CONTRACTS[LATEST]
    kinds = ("id_card_portrait_side", "id_card_emblem_side")
    sent = on(*(TrueDocument(kind, QUADS["quota_invoice"]) for kind in kinds))
    content = invented(kinds[0], "v2-2025")
    answer = tickets_answer()
    answer["result"] = [{**answer["result"][0], "type": kinds[0], "content": content}]
    judged = exchange(TICKETS, answer=answer, sent=replace(sent, path=contract.page.path))
    return {"latest: one of two sides": Broken(contract, judged, "ticket.sides")}


def _row(contract_id: str, judged: Exchange, expected: tuple[str, ...], control: Exchange | None = None) -> Broken:
    return Broken(CONTRACTS[contract_id], judged, expected[0], frozenset(expected[1:]), control)


TABLE: dict[str, Broken] = {
    **{f"tickets: {name}": _row(TICKETS, exchange(TICKETS, c), e) for name, (c, e) in TICKET_CASES.items()},
    **{f"document: {name}": _row(DOCUMENT, exchange(DOCUMENT, c), e) for name, (c, e) in DOCUMENT_CASES.items()},
    **{f"envelope: {name}": _row(TICKETS, judged, e) for name, (judged, e) in ENVELOPE_CASES.items()},
    **{f"failure: {name}": _row(TICKETS, judged, e) for name, (judged, e) in FAILURE_CASES.items()},
    **{f"asked: {name}": _row(c, judged, e, control) for name, (c, judged, control, e) in ASKED_CASES.items()},
    **_contents(),
    "a refusal with a status of its own": _rewritten(),
    "a type that is not offered": _not_offered(),
    **_seals(),
    **_sides(),
    "content: a field that nobody knows, where the statement says strict": _strict(),
}
