"""The error catalogue: every code that the documents list or show, and what refuses each fault."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from conformance.contract.catalogues import read_errors
from conformance.files import DataError, data_folder, read_toml

PATH = data_folder("schemas") / "errors.toml"
CATALOGUE = read_errors(PATH)
EDITIONS = ("v1.0", "v2-2021")


def test_every_listed_code_and_every_code_of_a_sample_is_there() -> None:
    listed = [code for code in CATALOGUE.codes.values() if code.editions]
    shown = [code.code for code in CATALOGUE.codes.values() if not code.editions]
    assert Counter(code.module for code in listed) == {"OCR": 6, "ModelArts": 31, "APIG": 4}
    assert shown == ["AIS.0000", "AIS.0005", "AIS.0118", "AS.0001"]


def test_the_codes_that_only_one_edition_lists() -> None:
    only = {edition: [c.code for c in CATALOGUE.codes.values() if c.editions == (edition,)] for edition in EDITIONS}
    assert only == {
        "v1.0": ["AIS.0106", "ModelArts.4507"],
        "v2-2021": ["ModelArts.0203", "APIG.0101", "APIG.0201", "APIG.0301", "APIG.0308"],
    }


def test_a_text_with_a_variable_part_is_stated_but_nothing_is_held_against_it() -> None:
    assert [c.code for c in CATALOGUE.codes.values() if c.message is None] == ["APIG.0301", "APIG.0308"]
    entries = read_toml(PATH)["code"]
    assert isinstance(entries, dict)
    assert [code for code, entry in entries.items() if not entry["message"]] == []


def test_every_fault_has_a_code_that_may_refuse_it() -> None:
    assert [fault.id for fault in CATALOGUE.faults.values() if not fault.codes] == []


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"x.y" = { codes = ["AIS.9999"], en = "e", zh = "z" }', "faults allow codes that are not in the catalogue"),
        ('"x.y" = { codes = ["@jsno"], en = "e", zh = "z" }', "fault x.y: no group '@jsno'; groups are"),
    ],
)
def test_a_fault_with_an_unknown_code_or_group_is_one_message(tmp_path: Path, entry: str, message: str) -> None:
    path = tmp_path / "errors.toml"
    path.write_text(f"{PATH.read_text(encoding='utf-8')}\n{entry}\n", encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_errors(path)
    assert str(error.value).startswith(f"{path}: {message}")
