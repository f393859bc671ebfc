"""Drawing outside of a test, and strategies in a user's own test."""

from __future__ import annotations

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st
from two_opinions import CONTRACTS

from conformance.exchange import Request
from conformance.images import sniff
from conformance.strategies import (
    Draw,
    build,
    example,
    examples,
    images,
    invalid_requests,
    specimens,
    typed_specimens,
    valid_draws,
    valid_requests,
)

TICKETS, IDENTITY = CONTRACTS


def test_an_example_is_the_minimal_value_whatever_the_seed() -> None:
    assert [example(st.integers(3, 99), seed) for seed in (0, 1, 2)] == [3, 3, 3]


def test_examples_depend_on_the_seed_alone() -> None:
    numbers = st.integers(0, 10**9)
    assert examples(numbers, 20, 1) == examples(numbers, 20, 1)
    assert examples(numbers, 20, 1) != examples(numbers, 20, 2)
    assert len(examples(numbers, 20, 1)) == 20


def test_a_strategy_with_fewer_values_gives_fewer_examples() -> None:
    assert examples(st.just("only"), 5, 0) == ["only"]


def test_the_minimal_valid_request_is_the_smallest_specimen_on_a_plain_page() -> None:
    request = example(valid_requests(TICKETS), seed=3)
    assert request == build(TICKETS, Draw(page=(typed_specimens(TICKETS)[0].id,)))
    assert len(request.body) < 120_000


def test_images_are_complete_pictures_of_a_listed_format() -> None:
    for data in examples(images(IDENTITY), 30, seed=1):
        seen = sniff(data)
        assert seen is not None
        assert (seen.format in IDENTITY.limits.formats, seen.complete) == (True, True)


@settings(derandomize=True, database=None)
@given(invalid_requests(TICKETS))
def test_a_users_own_test_needs_no_settings(request: Request) -> None:
    assert request.label is not None
    assert request.label.control.body != request.body or request.label.control != request


def test_building_a_request_loads_no_hypothesis() -> None:
    code = (
        "import sys\n"
        "from conformance.contract.contract import load_contract\n"
        "from conformance.strategies import Draw, break_request, build\n"
        "contract = load_contract('auto-classification-v1.0')\n"
        "break_request(contract, 'picture.format/gif', Draw(page=('train-ticket',)))\n"
        "print('hypothesis' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_a_type_list_names_at_least_one_type_of_the_page() -> None:
    drawn = [draw for draw in examples(valid_draws(TICKETS), 200, seed=0) if draw.page and draw.type_list]
    assert len(drawn) > 20
    for draw in drawn:
        assert {specimens()[name].ticket for name in draw.page} & set(draw.type_list or ()), draw.to_data()
