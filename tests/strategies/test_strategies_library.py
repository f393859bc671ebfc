"""What strategies draw for tests of others: only what must be accepted, in what was asked for, and every fault soon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from two_opinions import CONTRACTS

from conformance import expect, strategies
from conformance.files import DataError
from conformance.strategies import Draw

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from conformance.contract.contract import Contract
    from conformance.exchange import Request

T = TypeVar("T")
TICKETS, IDENTITY = CONTRACTS
EACH = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)


def drawn(strategy: SearchStrategy[T], count: int) -> list[T]:
    """What a test with so many examples is given."""
    found: list[T] = []

    @seed(1)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


def draw_of(request: Request) -> Draw:
    recipe: Any = request.recipe
    assert isinstance(recipe.draw, Draw)
    return recipe.draw


@EACH
def test_what_must_be_accepted_is_expected_to_be(contract: Contract) -> None:
    requests = drawn(strategies.acceptable_requests(contract), 120)
    assert {expect(request, contract).decision for request in requests} == {"accept"}


def test_arguments_narrow_what_is_drawn() -> None:
    asked = strategies.acceptable_requests(
        TICKETS, documents=["bankcard", "passport"], formats=["tiff"], sides=(900, 1200), several=False
    )
    draws = [draw_of(request) for request in drawn(asked, 40)]
    assert {("bankcard",), ("passport",)} <= {draw.page for draw in draws} <= {("bankcard",), ("passport",), ()}
    assert {draw.format for draw in draws} == {"TIFF"}
    truths = [request.truth for request in drawn(asked, 40)]
    assert all(900 <= side <= 1200 for truth in truths if truth for side in (truth.width, truth.height))


def test_several_documents_are_drawn_where_they_are_asked_for() -> None:
    draws = [draw_of(request) for request in drawn(strategies.acceptable_requests(TICKETS, several=True), 15)]
    assert {len(draw.page) for draw in draws} == {2, 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"documents": ["bankcrad"]},
            "documents: expected specimens or types of auto-id-doc-classification-v2, found 'b",
        ),
        ({"formats": ["GIF"]}, "formats: expected some of JPEG, PNG, BMP, TIFF, found 'GIF'"),
        ({"sides": (1, 50)}, "sides: expected pixels from 15 to 8192, found 1 to 50"),
        ({"several": True}, "several: auto-id-doc-classification-v2 answers one document; expected False or nothing"),
    ],
)
def test_what_a_contract_does_not_have_is_one_message(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError) as error:
        strategies.acceptable_requests(IDENTITY, **arguments)
    assert str(error.value).startswith(message)


@EACH
def test_nearly_every_example_shows_another_fault(contract: Contract) -> None:
    faults = set(strategies.fault_ids(contract, url=False))
    found = [request.label.fault for request in drawn(strategies.invalid_requests(contract), 200)]
    assert len(set(found[:100])) >= 85
    assert set(found) == faults


def wide(request: Request) -> bool:
    return request.truth is not None and request.truth.width > 3000


def one_type(request: Request) -> bool:
    return len(json.loads(request.body).get("type_list") or ()) == 1


@pytest.mark.parametrize(
    ("bug", "minimal"),
    [
        (wide, Draw(page=("bankcard",), width=3001)),
        (one_type, Draw(page=("bankcard",), type_list=("bankcard",))),
    ],
)
def test_a_bug_is_found_and_shrunk_to_what_it_needs(bug: Callable[[Request], bool], minimal: Draw) -> None:
    shown: list[Draw] = []

    @seed(1)
    @settings(max_examples=100, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.acceptable_requests(TICKETS))
    def target(request: Request) -> None:
        if bug(request):
            shown.append(draw_of(request))
            raise AssertionError

    with pytest.raises(AssertionError):
        target()
    assert shown[-1] == minimal
