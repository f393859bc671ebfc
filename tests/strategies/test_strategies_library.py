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
from conformance.strategies.draw import Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

    from conformance.contract.contract import Contract
    from conformance.exchange import FaultyRequest, Request

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


def test_a_document_and_a_format_may_be_named_alone() -> None:
    request = strategies.example(strategies.acceptable_requests(TICKETS, documents="passport", formats="JPEG"), seed=1)
    assert draw_of(request) == Draw(page=("passport",), format="JPEG")


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
@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_fault_is_shown_in_150_examples(contract: Contract, number: int) -> None:
    found: list[str] = []

    @seed(number)
    @settings(max_examples=150, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.invalid_requests(contract))
    def collect(request: FaultyRequest) -> None:
        found.append(request.label.fault)

    collect()
    assert set(found) == set(strategies.fault_ids(contract, url=False))
    assert len(set(found[:100])) >= 90


def test_faults_vary_once_all_of_them_were_shown() -> None:
    recipes: list[Any] = [request.recipe for request in drawn(strategies.invalid_requests(IDENTITY), 200)]
    shown = len(strategies.fault_ids(IDENTITY, url=False)) + 8 + 2
    assert sum(recipe.form > 0 for recipe in recipes[:shown]) <= 2
    spelled = {(r.draw.format, r.draw.json, r.draw.headers, r.draw.content_type) for r in recipes[:shown] if not r.form}
    assert spelled >= {
        ("PNG", "spaced", "plain", "application/json"),
        ("PNG", "escaped", "plain", "application/json"),
        ("PNG", "reordered", "plain", "application/json"),
        ("PNG", "plain", "lower", "application/json"),
        ("PNG", "plain", "upper", "application/json"),
        ("PNG", "plain", "plain", "application/json;charset=UTF-8"),
        ("JPEG", "plain", "plain", "application/json"),
        ("TIFF", "plain", "plain", "application/json"),
    }
    assert sum(recipe.form > 0 for recipe in recipes[shown:]) > 20


def test_a_bug_in_one_fault_is_shrunk_to_its_plain_form() -> None:
    shown: list[Any] = []

    @seed(1)
    @settings(max_examples=200, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(strategies.invalid_requests(TICKETS))
    def target(request: FaultyRequest) -> None:
        if request.label.fault.startswith("picture.empty"):
            shown.append(request.recipe)
            raise AssertionError

    with pytest.raises(AssertionError):
        target()
    assert shown[-1] == Recipe(TICKETS.id, Draw(page=("bankcard",)), "picture.empty/empty-string")


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
