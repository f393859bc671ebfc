"""Purposes of the family as contracts take them: filtered, added to, put in their place, drawn with their specimens."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.purposes import Purpose, load_purposes
from conformance.files import PRIMARY, DataError, contract_ids, data_folder, read_toml
from conformance.strategies.draw import Draw

CONTRACT = load_contract(PRIMARY[0])
SHARED = """
[[purpose]]
id = "first"
en = "one {result}"
zh = "一张{result}"
control = { page = "other" }
faults = ["input.absent", "alarm.wrong-type/*"]
aims = ["accepts.picture", "alarm.result"]
request = [
    { draw = { format = "BMP" }, aim = "accepts.format.bmp" },
    { draw = { alarm = true }, aim = "accepts.alarm.true" },
]

[[purpose]]
id = "alarms"
en = "e"
zh = "z"
control = { page = "plain" }
faults = ["alarm.wrong-type/*"]

[[purpose]]
id = "last"
en = "e"
zh = "z"
control = { page = "plain" }
aims = ["accepts.picture"]
"""
PAGES = '[pages]\nplain = ["train-ticket"]\n'
BOTH = 'en = "e"\nzh = "z"\n'


def purposes(folder: Path, own: str, shared: str = SHARED) -> dict[str, Purpose]:
    """The purposes of the ticket contract from a folder with these files of the family and of its own."""
    for name, text in (("family", shared), (CONTRACT.id, own)):
        (folder / name).mkdir()
        (folder / name / "a.toml").write_text(text, encoding="utf-8")
    return {purpose.name: purpose for purpose in load_purposes(CONTRACT, folder)}


def test_a_purpose_of_the_family_keeps_what_the_contract_has(tmp_path: Path) -> None:
    first = purposes(tmp_path, PAGES)["first"]
    assert [step.fault for step in first.steps if step.fault] == ["input.absent/empty-object"]
    assert [step.draw.format for step in first.steps if step.draw] == ["BMP"]
    assert first.aims == ("accepts.picture", "input.required", "input.required.code", "accepts.format.bmp")
    assert first.title.zh == "一张票证"


def test_a_purpose_of_the_family_without_anything_left_is_not_asked(tmp_path: Path) -> None:
    assert list(purposes(tmp_path, PAGES)) == ["first", "last"]


def test_a_page_without_specimens_of_its_own_is_the_plain_one(tmp_path: Path) -> None:
    drawn = [purpose.control for purpose in purposes(tmp_path, PAGES + 'other = ["bankcard"]\n').values()]
    assert [draw.page for draw in drawn if isinstance(draw, Draw)] == [("bankcard",), ("train-ticket",)]


def test_an_own_entry_of_a_known_id_adds_and_replaces(tmp_path: Path) -> None:
    own = '[[purpose]]\nid = "last"\nen = "own"\naims = ["answer.http"]\nrequest = [{ draw = { margin = 9 } }]\n'
    last = purposes(tmp_path, PAGES + own)["last"]
    assert (last.title.en, last.title.zh) == ("own", "z")
    assert last.aims == ("accepts.picture", "answer.http")
    assert [step.draw.margin for step in last.steps if step.draw] == [9]


def test_an_own_purpose_goes_behind_the_one_it_names(tmp_path: Path) -> None:
    own = f'[[purpose]]\nid = "mine"\nafter = "first"\n{BOTH}aims = ["answer.http"]\n'
    assert list(purposes(tmp_path, PAGES + own)) == ["first", "mine", "last"]


def test_an_entry_stands_once_for_each_of_its_lines(tmp_path: Path) -> None:
    lines = 'each = [{ n = "one" }, { n = "two" }]\n'
    own = f'[[purpose]]\nid = "at-{{n}}"\n{lines}en = "{{n}}"\nzh = "z"\naims = ["answer.http"]\n'
    found = purposes(tmp_path, PAGES + own)
    assert [found[name].title.en for name in ("at-one", "at-two")] == ["one", "two"]


MISTAKES = {
    PAGES + '[[purpose]]\nid = "last"\naims = ["answer.htp"]\n': (
        "family/a.toml: purpose last: auto-classification-v1.0 has no requirement 'answer.htp'; near it are answer.http"
    ),
    PAGES + '[[purpose]]\nid = "p"\nafter = "frst"\n': (
        f"{CONTRACT.id}/a.toml: purpose p: after: no purpose 'frst' in this file; near it are first"
    ),
    '[pages]\nother = ["bankcard"]\n': (
        "family/a.toml: purpose last: page: there is no 'plain' in [pages] of the contract's own cases; there are other"
    ),
    "[pages]\nplain = 1\n": (
        f"{CONTRACT.id}/a.toml: pages: expected names, each with a list of specimens, found {{'plain': 1}}"
    ),
    PAGES + '[[purpose]]\nid = "last"\nfaults = "input.absent"\n': (
        f"{CONTRACT.id}/a.toml: purpose last: faults: expected a list of strings, found 'input.absent'"
    ),
    PAGES + '[[purpose]]\nid = "last"\nrequest = [{ drew = { margin = 9 } }]\n': (
        f"{CONTRACT.id}/a.toml: purpose last: unknown drew; known are aim, draw, fault, relation, thorough"
    ),
    PAGES + '[[purpose]]\nid = "last"\nrequest = [{ draw = {}, relation = { requirement = "a" } }]\n': (
        f"{CONTRACT.id}/a.toml: purpose last: comparator: expected one of "
    ),
    PAGES + f'[[purpose]]\nid = "{{x}}"\n{BOTH}': (
        f"{CONTRACT.id}/a.toml: purpose {{x}}: there is no parameter {{x}}; there are picture, result, results, "
        "side-above, side-below, side-far-above, side-far-below, side-max, side-min"
    ),
}


@pytest.mark.parametrize("own", MISTAKES)
def test_a_mistake_in_an_own_case_is_named(own: str, tmp_path: Path) -> None:
    with pytest.raises(DataError) as found:
        purposes(tmp_path, own)
    assert str(found.value).removeprefix(f"{tmp_path}/").startswith(MISTAKES[own])


@pytest.mark.parametrize("path", sorted((data_folder("cases") / "family").glob("*.toml")), ids=lambda path: path.stem)
def test_each_aim_and_fault_of_the_family_is_of_a_contract(path: Path) -> None:
    contracts = [load_contract(name) for name in contract_ids()]
    names: set[str] = set().union(*(contract.requirements for contract in contracts))
    faults: set[str] = set().union(*(contract.by_fault for contract in contracts))
    for entry in read_toml(path)["purpose"]:  # type: ignore[attr-defined]
        steps = entry.get("request", [])
        asked = {*entry.get("aims", []), *(step["aim"] for step in steps if "aim" in step)}
        asked |= {step["relation"]["requirement"] for step in steps if "relation" in step}
        assert asked <= names
        assert {fault.partition("/")[0] for fault in entry.get("faults", [])} <= faults


def test_a_contract_without_sets_is_asked_nothing_of_the_family(tmp_path: Path) -> None:
    (tmp_path / "family").mkdir()
    (tmp_path / "family" / "a.toml").write_text(SHARED, encoding="utf-8")
    assert load_purposes(replace(CONTRACT, page=replace(CONTRACT.page, family=())), tmp_path) == []
