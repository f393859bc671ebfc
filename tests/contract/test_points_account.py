"""The account of the 150 open points: each is decided by requirements or positions, or excluded for a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contract import PRIMARY, contract_ids, load_contract
from conformance.contract.datafiles import DataError
from conformance.contract.points import decisions, read_points
from conformance.contract.positions import read_positions

CONTRACTS = [load_contract(name) for name in contract_ids()]
REQUIREMENTS = [requirement for contract in CONTRACTS for requirement in contract.requirements.values()]
POINTS = read_points()


def test_all_150_points_are_in_the_account() -> None:
    assert list(POINTS) == list(range(1, 151))


def test_each_point_is_decided_or_excluded_and_never_both() -> None:
    decided = decisions(POINTS, REQUIREMENTS, read_positions())
    wrong = {
        number: "excluded, but decided" if found.point.why else "open"
        for number, found in decided.items()
        if bool(found.requirements or found.positions) == bool(found.point.why)
    }
    assert wrong == {}


def test_a_decision_names_requirements_and_positions() -> None:
    primary = [requirement for requirement in REQUIREMENTS if requirement.id.startswith(PRIMARY)]
    found = decisions(POINTS, primary, read_positions())[41]
    assert found.point.title.en == "a data-URI prefix"
    assert found.requirements == (
        "auto-classification-v1.0/image.no-prefix",
        "auto-classification-v1.0/image.no-prefix.code",
        "auto-id-doc-classification-v2/data.no-prefix",
        "auto-id-doc-classification-v2/data.no-prefix.code",
    )
    assert found.positions == ("picture.data-uri",)


def test_an_exclusion_has_a_reason_in_both_languages() -> None:
    grants = POINTS[48].why
    assert grants is not None
    assert grants.en.startswith("grants belong to accounts of one vendor's storage")
    assert all(point.why.en and point.why.zh for point in POINTS.values() if point.why is not None)


def test_a_requirement_with_a_number_that_is_no_point_is_named() -> None:
    wrong = replace(CONTRACTS[0].requirements["answer.http"], points=(151,))
    with pytest.raises(DataError) as error:
        decisions(POINTS, [wrong], {})
    assert str(error.value) == (
        "auto-classification-v1.0/answer.http: points: there is no open point 151; they run from 1 to 150"
    )


def test_a_point_without_a_title_is_named(tmp_path: Path) -> None:
    path = tmp_path / "points.toml"
    path.write_text('[point]\n7 = { en = "an empty type_list" }\n')
    with pytest.raises(DataError) as error:
        read_points(path)
    assert str(error.value) == f"{path}: point 7: expected the strings en and zh, found ['en']"
