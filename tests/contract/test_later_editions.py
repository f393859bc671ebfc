"""A later edition states only what differs from the edition before."""

from __future__ import annotations

from pathlib import Path

import pytest
from later_edition import head

from conformance.contract.contract import load_contract
from conformance.contract.tables import Page, read_page_data
from conformance.files import DataError

BASE = load_contract("auto-id-doc-classification-v2").page
PRINTED = [table for table in BASE.tables if table.number]
HEAD = head("base")
TABLE = '\n[[table]]\nnumber = {number}\n{origin}kind = "header"\nen = "Headers"\nzh = "请求头"\n'


def edition(folder: Path, more: str) -> Page:
    """The page of an edition that extends BASE."""
    base = Path(load_contract(BASE.id).folder / "tables.toml").read_text(encoding="utf-8")
    for name, text in (("base", base), ("later", HEAD + more)):
        (folder / name).mkdir()
        (folder / name / "tables.toml").write_text(text, encoding="utf-8")
    return read_page_data(folder / "later" / "tables.toml")


def printed(page: Page) -> list[int]:
    """Numbers of its tables; 0 is what only samples show."""
    return [table.number for table in page.tables if table.number]


def test_tables_that_are_not_mentioned_stay(tmp_path: Path) -> None:
    page = edition(tmp_path, "")
    assert [(t.number, t.origin, t.rows) for t in page.tables if t.number] == [
        (table.number, table.number, table.rows) for table in PRINTED
    ]


def test_a_table_may_continue_one_under_another_number(tmp_path: Path) -> None:
    page = edition(tmp_path, TABLE.format(number=99, origin="from = 2\n"))
    assert printed(page) == [*(table.number for table in PRINTED if table.number != 2), 99]
    assert page.table(99).rows == BASE.table(2).rows


def test_a_dropped_table_is_gone(tmp_path: Path) -> None:
    assert printed(edition(tmp_path, "drop-tables = [2]\n")) == [t.number for t in PRINTED if t.number != 2]


def test_two_tables_of_one_number_are_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(DataError) as mistake:
        edition(tmp_path, TABLE.format(number=2, origin=""))
    assert str(mistake.value) == (
        f"{tmp_path / 'later' / 'tables.toml'}: table 2: the edition before has another table of this number; "
        "expected one that continues it (from = 2), or drop-tables = [2]"
    )
