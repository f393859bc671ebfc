"""The options of a run, stated once for the command line and for pytest."""

from __future__ import annotations

from dataclasses import fields

from conformance.contract.requirements import DEPTHS
from conformance.engine.options import RUN_OPTIONS
from conformance.engine.settings import Settings


def test_every_option_of_a_run_is_a_setting() -> None:
    assert {option.key for option in RUN_OPTIONS} <= {field.name for field in fields(Settings)}


def test_the_depths_to_choose_from_are_those_of_requirements() -> None:
    (depth,) = (option for option in RUN_OPTIONS if option.name == "depth")
    assert depth.choices == DEPTHS
