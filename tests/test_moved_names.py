"""The codemod of moved names: an import of a name finds it where it is today, and what is there today stays."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from moved_names import NAMES, moved

PACKAGE = Path(__file__).resolve().parent.parent / "conformance"


def defined(module: str) -> set[str]:
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    file = path if path.is_file() else path.with_suffix("") / "__init__.py"
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = {node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)}
    targets = [target for node in tree.body if isinstance(node, ast.Assign) for target in node.targets]
    targets += [node.target for node in tree.body if isinstance(node, ast.AnnAssign)]
    return found | {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


@pytest.mark.parametrize("module", sorted({new for homes in NAMES.values() for new in homes}))
def test_a_name_that_moved_is_where_it_moved_to(module: str) -> None:
    written = [
        name for homes in NAMES.values() for new, names in homes.items() if new == module for name in names.split()
    ]
    assert {name.rpartition("=")[2] for name in written} - defined(module) == set()


def test_an_import_from_a_module_that_was_parted_asks_for_each_name_where_it_is() -> None:
    before = """
from conformance.recordings.members import (
    Members,
    is_json as looks_like_json,
)

def late():
    from conformance.contract.positions import taken
    return taken, "conformance.recordings.members.Members"
"""
    assert (
        moved(before)
        == """
from conformance.entries import Members
from conformance.recordings.patterns import is_json as looks_like_json

def late():
    from conformance.contract.catalogues import position_values as taken
    return taken, "conformance.entries.Members"
"""
    )


def test_an_import_of_a_module_that_was_renamed_follows_through_every_move() -> None:
    assert moved("from conformance.contract.pages.landmarks import FORBIDDEN") == (
        "from conformance.derive.cells import FORBIDDEN"
    )


def test_what_the_kit_says_of_itself_today_stays() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py")}
    assert [str(path) for path, text in texts.items() if moved(text) != text] == []
