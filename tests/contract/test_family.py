"""What the family says once: sets of entries with parameters, bound to the page of each contract that takes them."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contract import load_contract
from conformance.contract.family import applied, bound, parameters, placed
from conformance.contract.requirements import read_requirements
from conformance.contract.tables import page_of
from conformance.files import PRIMARY, DataError, contract_ids, data_folder, read_toml

TICKETS, DOCUMENT = (page_of(name) for name in PRIMARY)
SETS = sorted((data_folder("schemas") / "family" / "requirements").glob("*.toml"))
BOTH = 'en = "e"\nzh = "z"\n'
STATED = 'level = "must"\nbasis = "stated"\n' + BOTH

COUNTED = {
    "auto-classification-v1.0": {"must": 77, "should": 99, "open": 6},
    "auto-id-doc-classification-v2": {"must": 88, "should": 84, "open": 3},
    "auto-classification-v2-2021": {"must": 83, "should": 98, "open": 6},
    "auto-classification-v2-2025": {"must": 86, "should": 103, "open": 5},
}
"""Requirements of each contract by level. A deliberate change of a level or of their number is made here, too."""


@pytest.mark.parametrize("contract_id", contract_ids())
def test_a_contract_has_as_many_requirements_of_each_level_as_counted(contract_id: str) -> None:
    found = Counter(requirement.level for requirement in load_contract(contract_id).requirements.values())
    assert dict(found) == COUNTED[contract_id]


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_each_entry_of_a_set_applies_to_a_contract(path: Path) -> None:
    taken = {(path, name) for name in read_toml(path) if name != "*"}
    every: dict[str, object] = read_toml(path).get("*", {})  # type: ignore[assignment]
    for contract_id in contract_ids():
        page = page_of(contract_id)
        for _, name in sorted(taken):
            entry = {**every, **read_toml(path)[name]}  # type: ignore[dict-item]
            for _, made in bound(name, entry, parameters(page)):
                if applied(made, page) is not None:
                    taken.discard((path, name))
    assert taken == set()


def test_a_row_gives_the_source_in_the_numbers_of_each_page() -> None:
    entry = {"row": "error_code"}
    assert [placed(entry, page) for page in (TICKETS, DOCUMENT)] == [
        {"source": "table 3, error_code"},
        {"source": "table 8, error_code"},
    ]


def test_a_source_may_name_the_table_of_its_row() -> None:
    assert placed({"row": "result", "source": "table {table}; sample"}, DOCUMENT) == {"source": "table 4; sample"}


def test_an_entry_whose_row_is_missing_says_otherwise_or_does_not_apply() -> None:
    entry = {"level": "must", "row": "X-Auth-Token"}
    assert applied(entry, TICKETS) is None
    stated = {**entry, "otherwise": {"level": "should", "source": "authentication"}}
    assert applied(stated, TICKETS) == {"level": "should", "source": "authentication"}
    assert applied(stated, DOCUMENT) == entry


def test_a_row_that_does_not_state_what_an_entry_speaks_of_is_like_none() -> None:
    entry = {"row": "url", "states": "side-max", "level": "must", "otherwise": {"level": "open"}}
    assert applied(entry, TICKETS) == {"row": "url", "level": "open"}
    assert applied(entry, DOCUMENT) == {"row": "url", "level": "must"}
    assert applied({"row": "data", "states": "formats:GIF"}, DOCUMENT) is None


def test_a_file_states_for_each_of_its_entries_what_they_do_not(tmp_path: Path) -> None:
    every = '["*"]\nlevel = "should"\nbasis = "position"\nsource = "s"\n'
    (tmp_path / "a.toml").write_text(every + f'["x"]\n{BOTH}["y"]\n{BOTH}level = "open"\n', encoding="utf-8")
    found = read_requirements(tmp_path, replace(TICKETS, family=()))
    assert [(name, r.level, r.source) for name, r in found.items()] == [("x", "should", "s"), ("y", "open", "s")]


def test_an_entry_of_another_kind_of_result_does_not_apply() -> None:
    assert applied({"result": "tickets", "level": "must"}, TICKETS) == {"level": "must"}
    assert applied({"result": "tickets", "level": "must"}, DOCUMENT) is None


def test_an_entry_stands_once_for_each_line_with_hyphens_in_its_name() -> None:
    entry = {"each": [{"x": "a_b"}, {"x": "c", "y": {"en": "d", "zh": "丁"}}], "en": "{x}", "zh": "{picture}"}
    assert list(bound("n.{x}", entry, parameters(TICKETS))) == [
        ("n.a-b", {"en": "a_b", "zh": "image"}),
        ("n.c", {"en": "c", "zh": "image"}),
    ]


def test_a_parameter_is_filled_in_the_language_of_its_sentence() -> None:
    entry = {"en": "the same {results}", "zh": "相同的{results}"}
    assert dict(bound("n", entry, parameters(TICKETS))) == {"n": {"en": "the same tickets", "zh": "相同的票证"}}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('["x"]\nrow = "nothing"\n' + STATED, "row: no numbered table has a row 'nothing'"),
        (
            '["x"]\nsource = "s"\n' + STATED.replace('"e"', '"{size}"'),
            (
                "there is no parameter {size}; there are picture, result, results, side-above, side-below, "
                "side-far-above, side-far-below, side-max, side-min"
            ),
        ),
    ],
    ids=["row", "parameter"],
)
def test_a_mistake_in_an_entry_is_named(entry: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(entry, encoding="utf-8")
    with pytest.raises(DataError) as found:
        read_requirements(tmp_path, replace(TICKETS, family=()))
    assert str(found.value) == f"{tmp_path / 'a.toml'}: x: {said}"
