"""Purposes are data: a mistake in a case file is one message with its place, and every requirement is aimed at."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance import load_contract
from conformance.engine.purposes import in_depth, load_purposes
from conformance.files import PRIMARY, DataError, contract_ids
from conformance.strategies.draw import Draw

CONTRACT = load_contract("auto-classification-v1.0")
LATEST = "auto-classification-v2-2025"


@pytest.mark.parametrize("contract_id", contract_ids())
def test_every_case_file_of_the_kit_can_be_read(contract_id: str) -> None:
    assert load_purposes(load_contract(contract_id))


@pytest.mark.parametrize("contract_id", PRIMARY)
def test_every_fault_of_a_contract_is_asked_for_at_depth_standard(contract_id: str) -> None:
    contract = load_contract(contract_id)
    asked = {step.fault for purpose in in_depth(load_purposes(contract), "standard") for step in purpose.steps}
    assert {fault.partition("/")[0] for fault in asked if fault} == set(contract.by_fault)


MISTAKES = {
    "x = 1": "unknown x; known are control, pages, purpose",
    '[[purpose]]\nid = "p"\nen = "e"\n': "purpose p: expected the strings en and zh, found ['en', 'id']",
    '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\ndepth = "deep"': (
        "purpose p: depth: expected one of smoke, standard, thorough, found 'deep'"
    ),
    '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\naim = []': (
        "purpose p: unknown aim; known are after, aims, control, depth, en, faults, id, request, thorough, when, zh"
    ),
    '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\naims = ["input.requird"]': (
        "purpose p: auto-classification-v1.0 has no requirement 'input.requird'; near it are input.required, "
    ),
    '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\nfaults = ["input.none"]': (
        "purpose p: no fault 'input.none' for auto-classification-v1.0; near it are "
    ),
    '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\n[[purpose.request]]\nfault = "input.absent"\ndraw = {}': (
        "purpose p: request: expected either fault or draw"
    ),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_in_a_case_file_is_one_message_with_its_place(text: str, tmp_path: Path) -> None:
    folder = tmp_path / CONTRACT.id
    folder.mkdir()
    (folder / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_purposes(CONTRACT, tmp_path)
    assert str(error.value).startswith(f"{folder / 'own.toml'}: {MISTAKES[text]}")


def test_an_id_that_is_given_twice_is_a_mistake(tmp_path: Path) -> None:
    folder = tmp_path / CONTRACT.id
    folder.mkdir()
    entry = '[[purpose]]\nid = "p"\nen = "e"\nzh = "z"\ncontrol = { page = ["train-ticket"] }\n'
    (folder / "own.toml").write_text(entry + entry, encoding="utf-8")
    with pytest.raises(DataError) as error:
        load_purposes(CONTRACT, tmp_path)
    assert str(error.value) == f"{folder}: the purpose 'p' is given twice"


@pytest.mark.parametrize(("contract_id", "pixels"), [(PRIMARY[0], 8000), (PRIMARY[1], 8192), (LATEST, 8192)])
def test_the_limits_of_sides_are_those_of_the_edition(contract_id: str, pixels: int) -> None:
    (sides,) = [purpose for purpose in load_purposes(load_contract(contract_id)) if purpose.name == "sides"]
    assert isinstance(sides.control, Draw)
    assert sides.control.width == pixels
    least = [step.draw.width for step in sides.steps if isinstance(step.draw, Draw) and step.draw.height == 15]
    assert least == [15]


def test_a_position_on_the_limit_of_sides_moves_the_picture_at_it(tmp_path: Path) -> None:
    statement = tmp_path / "target.toml"
    statement.write_text('[positions]\n"side.max" = "8192"\n', encoding="utf-8")
    (sides,) = [p for p in load_purposes(load_contract(PRIMARY[0], statement)) if p.name == "sides"]
    assert isinstance(sides.control, Draw)
    assert sides.control.width == 8192


def test_what_a_later_edition_drops_is_not_asked_of_it() -> None:
    later = load_contract("auto-classification-v2-2021")
    gone = {"side.max", "accepts.side-max", "relation.type-list-order"}
    kept = {name: requirement for name, requirement in later.requirements.items() if name not in gone}
    purposes = load_purposes(replace(later, requirements=kept))
    faults = {(step.fault or "").partition("/")[0] for purpose in purposes for step in purpose.steps}
    relations = {step.relation.requirement for p in purposes for step in p.steps if step.relation is not None}
    assert "picture.side-below" in faults
    assert "picture.side-above" not in faults
    assert "relation.type-list-order" not in relations
    assert not gone & {aim for purpose in purposes for aim in purpose.aims}


THOROUGH = """
[[purpose]]
id = "own"
en = "e"
zh = "z"
control = { page = ["train-ticket"] }
faults = ["body.not-json/nan"]
thorough = ["body.not-json/*", "token.empty"]
request = [{ draw = { format = "BMP" } }, { draw = { format = "TIFF" }, thorough = true }]
"""


def test_what_is_thorough_is_asked_at_that_depth_alone(tmp_path: Path) -> None:
    (tmp_path / PRIMARY[0]).mkdir()
    (tmp_path / PRIMARY[0] / "own.toml").write_text(THOROUGH, encoding="utf-8")
    own = next(p for p in load_purposes(load_contract(PRIMARY[0]), tmp_path) if p.name == "own")
    (standard,) = in_depth([own], "standard")
    (thorough,) = in_depth([own], "thorough")
    assert [step.fault or (step.draw and step.draw.format) for step in standard.steps] == ["body.not-json/nan", "BMP"]
    asked = [step.fault or (step.draw and step.draw.format) for step in thorough.steps]
    assert asked[:1] == ["body.not-json/nan"]
    assert asked[-3:] == ["token.empty/empty-token", "BMP", "TIFF"]
    assert len(asked) == len(set(asked)) == 16
    assert "token.required" not in standard.aims
    assert set(thorough.aims) - set(standard.aims) == set(own.thorough_aims) != set()
