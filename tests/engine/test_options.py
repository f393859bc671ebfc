"""The options of a run, stated once for the command line and for pytest."""

from __future__ import annotations

import pytest

from conformance.contract.requirements import DEPTHS
from conformance.engine.options import Results, Settings, options_of


def test_the_depths_to_choose_from_are_those_of_requirements() -> None:
    (depth,) = options_of(Settings, "depth")
    assert depth.choices == DEPTHS


@pytest.mark.parametrize("owner", [Settings, Results])
def test_every_option_is_told_in_both_languages_and_has_a_name_of_its_own(owner: type) -> None:
    options = options_of(owner)
    assert all(option.help.en.endswith(".") and option.help.zh.endswith("。") for option in options)
    assert len({option.variable for option in options}) == len(options) > 5


def test_an_option_that_is_not_given_leaves_its_field_empty() -> None:
    empty = [getattr(Settings(), option.key) for option in options_of(Settings)]
    assert set(empty) == {None, (), False}
