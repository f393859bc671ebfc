"""The account of the 150 open points: each is decided by requirements or positions, or excluded for a reason."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.catalogues import known_points, read_points, read_positions
from conformance.contract.contract import load_contract
from conformance.contract.requirements import check_references
from conformance.files import PRIMARY, DataError, contract_ids

CONTRACTS = [load_contract(name) for name in contract_ids()]
REQUIREMENTS = [requirement for contract in CONTRACTS for requirement in contract.requirements.values()]
POINTS = read_points()
POSITIONS = read_positions().values()


def test_all_150_points_are_in_the_account() -> None:
    assert list(POINTS) == list(range(1, 151))


def deciders(number: int) -> tuple[list[str], list[str]]:
    """The requirements and the positions that name the point."""
    requirements = [requirement.id for requirement in REQUIREMENTS if number in requirement.points]
    return requirements, [position.id for position in POSITIONS if number in position.points]


def test_each_point_is_decided_or_excluded_and_never_both() -> None:
    wrong = {
        number: "excluded, but decided" if point.why else "open"
        for number, point in POINTS.items()
        if any(deciders(number)) == bool(point.why)
    }
    assert wrong == {}


def test_a_position_names_points_that_there_are() -> None:
    assert {number for position in POSITIONS for number in position.points} <= POINTS.keys()


def test_requirements_and_positions_decide_a_point() -> None:
    requirements, positions = deciders(41)
    assert POINTS[41].title.en == "a data-URI prefix"
    assert [name for name in requirements if name.startswith(PRIMARY)] == [
        "auto-classification-v1.0/image.no-prefix",
        "auto-classification-v1.0/image.no-prefix.code",
        "auto-classification-v1.0/picture.data-uri",
        "auto-id-doc-classification-v2/data.no-prefix",
        "auto-id-doc-classification-v2/data.no-prefix.code",
    ]
    assert positions == ["picture.data-uri"]


def test_an_exclusion_has_a_reason_in_both_languages() -> None:
    grants = POINTS[48].why
    assert grants is not None
    assert grants.en.startswith("grants belong to accounts of one vendor's storage")
    assert all(point.why.en and point.why.zh for point in POINTS.values() if point.why is not None)


def test_a_requirement_with_a_number_that_is_no_point_is_named() -> None:
    wrong = replace(CONTRACTS[0].requirements["answer.http"], points=(151,))
    with pytest.raises(DataError) as error:
        check_references([wrong], (), known_points(), ())
    assert str(error.value) == (
        "auto-classification-v1.0/answer.http: points: there is no open point 151; they run from 1 to 150"
    )


def test_a_point_without_a_title_is_named(tmp_path: Path) -> None:
    path = tmp_path / "points.toml"
    path.write_text('[point]\n7 = { en = "an empty type_list" }\n')
    with pytest.raises(DataError) as error:
        read_points(path)
    assert str(error.value) == f"{path}: point 7: expected the strings en and zh, found ['en']"
