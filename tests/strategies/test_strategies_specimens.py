"""Specimens: reading the manifest, and what is said where it does not fit its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from two_opinions import CONTRACTS

from conformance.files import DataError
from conformance.strategies import read_specimens, specimens, typed_specimens

if TYPE_CHECKING:
    from pathlib import Path

ENTRY = """\
[[specimen]]
id = "card"
file = "card.png"
document = "id_card"
width = 4
height = 3
corners = [[0, 0], [4, 0], [4, 3], [0, 3]]
readable = true
locatable = true
alarms = ["glare"]
copy-of = "other"
wear = "glare"
sha256 = "0000"
[specimen.fields]
name = "Specimen"
items = [{ name = "one" }]
"""


def folder_with(folder: Path, manifest: str) -> Path:
    (folder / "manifest.toml").write_text(manifest, encoding="utf-8")
    (folder / "card.png").write_bytes(b"not what the manifest says")
    return folder


def test_the_kits_own_specimens_are_the_files_that_the_manifest_describes() -> None:
    for specimen in specimens().values():
        assert len(specimen.read()) == specimen.byte_size


def test_an_entry_is_read_whole(tmp_path: Path) -> None:
    specimen = read_specimens(folder_with(tmp_path, ENTRY))["card"]
    assert (specimen.ticket, specimen.document, specimen.alarms) == (None, "id_card", frozenset({"glare"}))
    assert (specimen.copy_of, specimen.wear) == ("other", "glare")
    assert specimen.corners == ((0.0, 0.0), (4.0, 0.0), (4.0, 3.0), (0.0, 3.0))
    assert specimen.fields == (("name", "Specimen"),)


def test_a_manifest_is_read_once(tmp_path: Path) -> None:
    folder = folder_with(tmp_path, ENTRY)
    assert read_specimens(folder) is read_specimens(folder)


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        ("", "{path}: expected [[specimen]] entries, found none"),
        (ENTRY.replace("width = 4\n", ""), "{path}: card: width: expected a whole number, found None"),
        (ENTRY + ENTRY, "{path}: card: this id is given twice"),
        (
            ENTRY.replace("card.png", "lost.png"),
            "{path}: card: {folder}/lost.png: cannot be read: No such file or directory",
        ),
    ],
    ids=["empty", "key", "twice", "file"],
)
def test_a_mistake_in_a_manifest_is_one_message(tmp_path: Path, manifest: str, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_specimens(folder_with(tmp_path, manifest))
    assert str(error.value) == message.format(path=tmp_path / "manifest.toml", folder=tmp_path)


def test_a_changed_file_is_not_used(tmp_path: Path) -> None:
    specimen = read_specimens(folder_with(tmp_path, ENTRY))["card"]
    with pytest.raises(DataError, match=r"card\.png: expected SHA-256 0000 as in manifest\.toml, found 725a71ca"):
        specimen.read()


def test_the_specimens_of_a_contract_are_its_readable_masters_smallest_first() -> None:
    for contract in CONTRACTS:
        chosen = typed_specimens(contract)
        assert all(s.readable and s.wear is None and s.type_in(contract) in contract.types for s in chosen)
        assert [s.byte_size for s in chosen] == sorted(s.byte_size for s in chosen)
        assert set(chosen) < set(typed_specimens(contract, worn=True)) or not contract.answers_tickets
