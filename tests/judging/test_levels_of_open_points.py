"""Where a point is open, a breach costs no more than its proposal says: a warning, or a note in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from answers import DOCUMENT, TICKETS, Answer, exchange, request, tickets_answer

from conformance.contract.catalogues import position_values, read_positions, requirement_changes
from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import read_requirements
from conformance.exchange import Exchange, Truth
from conformance.judging import examine

LATEST = "auto-classification-v2-2025"
CONTRACTS = {name: load_contract(name) for name in (TICKETS, DOCUMENT, "auto-classification-v2-2021", LATEST)}


def broken(judged: Exchange, contract: Contract) -> dict[str, str]:
    """The broken requirements by name, and their levels."""
    names = [o.requirement.partition("/")[2] for o in examine(judged, contract) if o.state == "broken"]
    return {name: contract.requirements[name].level for name in names}


def blank(contract_id: str, answer: Answer) -> Exchange:
    """A picture with nothing on it, answered so."""
    sent = replace(request(contract_id), truth=Truth(2000, 1500, ()))
    return exchange(contract_id, sent=sent, answer=answer)


@pytest.mark.parametrize("answer", [{}, {"result": None}])
def test_no_result_where_nothing_can_be_read_is_a_warning(answer: Answer) -> None:
    assert broken(blank(TICKETS, answer), CONTRACTS[TICKETS]) == {"ticket.nothing": "should"}
    assert broken(exchange(TICKETS, answer=answer), CONTRACTS[TICKETS])["success.result" + "-list" * bool(answer)] == (
        "must"
    )


@pytest.mark.parametrize("answer", [{}, {"result": None}, {"result": {}}])
def test_an_empty_document_where_there_is_none_is_a_warning(answer: Answer) -> None:
    assert broken(blank(DOCUMENT, answer), CONTRACTS[DOCUMENT]) == {"document.unreadable": "should"}
    assert "must" in broken(exchange(DOCUMENT, answer=answer), CONTRACTS[DOCUMENT]).values()


def test_an_object_where_tickets_are_a_list_breaks_a_must_on_any_picture() -> None:
    assert broken(blank(TICKETS, {"result": {}}), CONTRACTS[TICKETS])["success.result-list"] == "must"


def test_a_ticket_that_is_listed_twice_because_its_type_was_is_left_to_a_relation() -> None:
    def doubled(answer: Answer) -> None:
        answer["result"].append(answer["result"][0])

    kinds = ["quota_invoice", "train_ticket", "taxi_invoice"]
    once, twice = (request(TICKETS, type_list=names) for names in (kinds, [*kinds, "quota_invoice"]))
    assert broken(exchange(TICKETS, doubled, sent=once), CONTRACTS[TICKETS]) == {"ticket.once": "must"}
    assert broken(exchange(TICKETS, doubled, sent=twice), CONTRACTS[TICKETS]) == {}
    assert CONTRACTS[TICKETS].requirements["relation.type-list-repeated"].level == "should"


def test_sides_that_later_editions_document_are_reported_only() -> None:
    levels = {name: contract.requirements["side.max"].level for name, contract in CONTRACTS.items()}
    assert levels == {TICKETS: "open", DOCUMENT: "should", "auto-classification-v2-2021": "open", LATEST: "should"}


def test_a_ticket_type_that_the_sdk_does_not_list_is_a_warning_there() -> None:
    def other(answer: Answer) -> None:
        answer["result"][0]["type"] = "parking_ticket"

    assert broken(exchange(TICKETS, other), CONTRACTS[TICKETS])["ticket.type.documented"] == "must"
    assert broken(latest(other), CONTRACTS[LATEST])["ticket.type.documented"] == "should"


def latest(change: object = None, **members: object) -> Exchange:
    """The conformant answer in the edition of 2025."""
    sent = replace(request(TICKETS, "valid", **members), path=CONTRACTS[LATEST].page.path)
    return exchange(TICKETS, change, sent=sent)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "marks", "expected"),
    [
        (..., 0, set()),
        (False, 0, set()),
        (True, 2, set()),
        (..., 1, {"ticket.seal-mark.only-when-asked"}),
        (False, 2, {"ticket.seal-mark.only-when-asked"}),
        (True, 1, {"ticket.seal-mark.when-asked"}),
        (True, 0, {"ticket.seal-mark.when-asked"}),
    ],
)
def test_a_seal_mark_goes_with_detect_seal(asked: object, marks: int, expected: set[str]) -> None:
    def marked(answer: Answer) -> None:
        for ticket in answer["result"][:marks]:
            ticket["seal_mark"] = False

    found = broken(latest(marked, detect_seal=asked), CONTRACTS[LATEST])
    assert {name for name in found if name.startswith("ticket.seal-mark")} == expected
    assert {found[name] for name in expected} <= {"should"}


def test_sides_in_one_ticket_are_a_warning_unless_the_target_says_that_it_merges_them() -> None:
    ticket = tickets_answer()["result"][0]
    content = {"name": "样本", "issue": "样本市公安局"}
    answer: Answer = {"result": [{**ticket, "type": "id_card_portrait_side", "content": content}]}
    both = replace(exchange(TICKETS, answer=answer), request=latest().request)
    assert broken(both, CONTRACTS[LATEST])["content.sides"] == "should"
    merging = CONTRACTS[LATEST]
    catalogue = read_positions()
    changes = requirement_changes(catalogue, position_values(catalogue, merging.page, {"ticket.sides": "merged"}))
    changed = read_requirements(merging.folder / "requirements", merging.page, changes)
    assert broken(both, replace(merging, requirements=changed))["content.sides"] == "open"
