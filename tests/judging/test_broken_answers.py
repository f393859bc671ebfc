"""The table of exchanges broken by hand: exactly the requirements that a row names fire."""

from __future__ import annotations

import pytest
from answers import DOCUMENT, TICKETS, exchange
from broken_exchanges import PAIRS
from broken_table import CONTRACTS, TABLE, Broken

from conformance.judging import examine, relate


def test_the_table_has_at_least_150_rows() -> None:
    assert len(TABLE) >= 150


@pytest.mark.parametrize("name", TABLE)
def test_a_broken_exchange_breaks_the_one_requirement(name: str) -> None:
    row = TABLE[name]
    assert row.fired() == {row.one} | row.others


@pytest.mark.parametrize("name", PAIRS)
def test_a_pair_of_answers_keeps_or_breaks_its_relation(name: str) -> None:
    pair = PAIRS[name]
    found = relate(pair.first, pair.second, pair.comparator, pair.requirement, CONTRACTS[pair.contract])
    assert found.state == ("broken" if pair.breaks else "held")


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_the_conformant_answer_breaks_nothing(contract_id: str) -> None:
    assert Broken(CONTRACTS[contract_id], exchange(contract_id), "").fired() == set()


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("doubled coordinates", "coordinates are of a picture resized by 2.00: "),
        ("halved coordinates", "coordinates are of a picture resized by 0.50: "),
        ("resized to a side of 1024", "coordinates are of a picture resized by 0.51: "),
        ("swapped coordinates", "x and y are swapped: "),
        ("fractions of the picture", "coordinates are fractions of the picture: "),
        ("thousandths of the picture", "coordinates are thousandths of the picture: "),
    ],
)
def test_a_wrong_coordinate_system_is_named(row: str, named: str) -> None:
    found = examine(TABLE[f"tickets: {row}"].exchange, CONTRACTS[TICKETS])
    (scale,) = (o for o in found if o.requirement.endswith("/ticket.location.scale"))
    assert scale.observed.en.startswith(named)
