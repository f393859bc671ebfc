"""Drawing outside of a test, and strategies in a user's own test."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
import sys
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from two_opinions import CONTRACTS

from conformance.engine.purposes import explore
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

if TYPE_CHECKING:
    from pathlib import Path

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
    assert sorted(examples(st.integers(1, 3), 20, 0)) == [1, 2, 3]


def test_constants_of_code_that_this_process_has_loaded_change_nothing(tmp_path: Path) -> None:
    numbers = st.integers(0, 10**9)
    before = examples(numbers, 100, 1)
    source = tmp_path / "application.py"
    source.write_text(f"THEIRS = {[7_000_000 + 7919 * n for n in range(500)]}\n", encoding="utf-8")
    spec = importlib.util.spec_from_file_location("application", source)
    assert spec is not None
    assert spec.loader is not None
    application = importlib.util.module_from_spec(spec)
    sys.modules["application"] = application
    try:
        spec.loader.exec_module(application)
        assert examples(numbers, 100, 1) == before
    finally:
        del sys.modules["application"]


def test_another_process_elsewhere_explores_the_same_and_leaves_nothing_behind(tmp_path: Path) -> None:
    code = (
        "import hashlib\n"
        "from conformance.contract.contract import load_contract\n"
        "from conformance.engine.purposes import explore\n"
        f"drawn = repr(explore(load_contract({TICKETS.id!r}), 7, url=True))\n"
        "print(hashlib.sha256(drawn.encode()).hexdigest())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    here = repr(explore(TICKETS, 7, url=True))
    assert done.stdout == hashlib.sha256(here.encode()).hexdigest() + "\n"
    assert list(tmp_path.iterdir()) == []


def test_the_minimal_valid_request_is_the_smallest_specimen_on_a_plain_page() -> None:
    request = example(valid_requests(TICKETS), seed=3)
    assert request == build(TICKETS, Draw(page=(typed_specimens(TICKETS)[0].id,)))
    assert len(request.body) < 120_000


def test_images_are_complete_pictures_of_a_listed_format() -> None:
    for data in examples(images(IDENTITY), 30, seed=1):
        seen = sniff(data)
        assert seen is not None
        assert (seen.format in IDENTITY.limits.formats, seen.complete) == (True, True)


# A crowded machine takes a second for ten pictures, which Hypothesis then calls slow.
@settings(derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(invalid_requests(TICKETS))
def test_a_users_own_test_needs_no_other_settings(request: Request) -> None:
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
