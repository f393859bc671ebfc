"""A page against a contract: exactly what changed, row by row."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.tables import Page, Table, read_page_data
from conformance.derive import Difference, compare_page, draft_toml, read_page
from conformance.text import Text

PAGES = Path(__file__).parent / "pages"
NAMES = ["library-card.md", "cloakroom-ticket.md", "parking-badge.txt", "meal-voucher.txt"]


def source(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def contract(name: str, folder: Path) -> Page:
    """A contract that holds what the page says: its own draft, read back."""
    path = folder / "tables.toml"
    path.write_text(draft_toml(read_page(source(name))), encoding="utf-8")
    return read_page_data(path)


def changes(name: str, folder: Path, old: str, new: str) -> list[str]:
    """The differences of the page with its first `old` replaced, against the page as it is."""
    text = source(name)
    assert old in text
    return [entry.words.en for entry in compare_page(read_page(text.replace(old, new, 1)), contract(name, folder))]


@pytest.mark.parametrize("name", NAMES)
def test_a_page_does_not_differ_from_its_own_contract(name: str, tmp_path: Path) -> None:
    assert compare_page(read_page(source(name)), contract(name, tmp_path)) == []


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        (
            "library-card.md",
            "不超过4MB",
            "不超过5MB",
            "table 1, row image (line 30): limits: the page says base64-max 5MB; the contract says base64-max 4MB",
        ),
        (
            "library-card.md",
            "不超过3000像素",
            "不超过3100像素",
            "table 1, row image (line 30): limits: the page says side-max 3100; the contract says side-max 3000",
        ),
        (
            "library-card.md",
            "JPG/PNG格式",
            "JPG/PNG/BMP格式",
            (
                "table 1, row image (line 30): limits: the page says formats BMP, JPG, PNG; "
                "the contract says formats JPG, PNG"
            ),
        ),
        (
            "library-card.md",
            "<p>否</p>",
            "<p>是</p>",
            "table 1, row card_types (line 51): required: the page says yes; the contract says no",
        ),
        (
            "library-card.md",
            "<p>guest_card</p>",
            "<p>staff_card</p>",
            "table 2, row guest_card (line 80): values: the page says staff_card; the contract says guest_card",
        ),
        (
            "library-card.md",
            "表2</a>",
            "下文</a>",
            "table 1, row card_types (line 51): values: the page says nothing; the contract says the values of table 2",
        ),
        (
            "library-card.md",
            "默认为“false”",
            "默认为“true”",
            "table 1, row upright (line 61): default: the page says true; the contract says false",
        ),
        (
            "parking-badge.txt",
            "\npage\n\n否\n\nInteger\n",
            "\npage\n\n否\n\nString\n",
            "table 3, row page (line 84): type: the page says String; the contract says Integer",
        ),
        (
            "parking-badge.txt",
            "visitor:访客",
            "guest:访客",
            "table 5, row type (line 120): values: the page says resident, guest; the contract says resident, visitor",
        ),
        (
            "parking-badge.txt",
            "blur、glare",
            "blur、glare、shadow",
            (
                "table 5, row alarm_result (line 141): fields: the page says blur, glare, shadow; "
                "the contract says blur, glare"
            ),
        ),
        (
            "parking-badge.txt",
            "取值范围1~20",
            "取值范围1~30",
            "table 3, row page (line 84): limits: the page says maximum 30; the contract says maximum 20",
        ),
        (
            "parking-badge.txt",
            "仅在输入参数alarm为true时",
            "在任何情况下",
            "table 5, row alarm_result (line 141): presence: the page says nothing; the contract says alarm",
        ),
        (
            "parking-badge.txt",
            "POST /v3/{project_id}",
            "PUT /v3/{project_id}",
            "operation: method: the page says PUT; the contract says POST",
        ),
        (
            "meal-voucher.txt",
            "POST https://{endpoint}/v2/",
            "POST https://{endpoint}/v3/",
            (
                "operation: path: the page says /v3/{project_id}/ocr/meal-voucher; "
                "the contract says /v2/{project_id}/ocr/meal-voucher"
            ),
        ),
        (
            "meal-voucher.txt",
            "issuer\n\nObject",
            "issuer\n\nString",
            "table 6, row issuer (line 153): type: the page says String; the contract says Object",
        ),
        (
            "cloakroom-ticket.md",
            "Integer | 挂钩号",
            "String | 挂钩号",
            "table 4, row hook (line 39): type: the page says String; the contract says Integer",
        ),
    ],
)
def test_one_change_is_one_difference(name: str, old: str, new: str, expected: str, tmp_path: Path) -> None:
    found = changes(name, tmp_path, old, new)
    assert found[0] == expected
    assert len(found) == (2 if "added" in expected else 1)


def test_a_value_that_is_replaced_in_a_table_is_one_difference(tmp_path: Path) -> None:
    assert changes("library-card.md", tmp_path, "<p>guest_card</p>", "<p>staff_card</p>") == [
        "table 2, row guest_card (line 80): values: the page says staff_card; the contract says guest_card",
    ]


def test_a_row_that_is_removed(tmp_path: Path) -> None:
    assert changes("parking-badge.txt", tmp_path, "outline\n\nArray<Array<Integer>>\n\n停车证的位置。\n", "") == [
        (
            "table 5, row outline (line 112): removed: the contract has outline Array<Array<Integer>>; "
            "the page has no such row or table"
        )
    ]


def test_an_object_that_is_replaced(tmp_path: Path) -> None:
    heading = "参数\n\n参数类型\n\n描述\n\n"
    old = f"表7 ParkingBadgeAlarm\n\n{heading}blur\n\nBoolean\n\n是否模糊。\n\nglare\n\nBoolean\n\n是否反光。\n"
    new = f"表7 ParkingGate\n\n{heading}id\n\nString\n\n门。\n"
    found = changes("parking-badge.txt", tmp_path, old, new)
    assert found == [
        "table 7 (line 169): object: the page says ParkingGate; the contract says ParkingBadgeAlarm",
        "table 7, row id (line 177): added: the page has id String; the contract has no such row or table",
        "table 7, row blur (line 169): removed: the contract has blur Boolean; the page has no such row or table",
        "table 7, row glare (line 169): removed: the contract has glare Boolean; the page has no such row or table",
    ]


def test_a_table_that_is_added_and_one_that_is_removed(tmp_path: Path) -> None:
    page = contract("parking-badge.txt", tmp_path)
    fewer = replace(page, tables=tuple(table for table in page.tables if table.kind != "header"))
    more = replace(page, tables=(*page.tables, Table(10, "values", Text("Gates", "门"), page.tables[0].rows)))
    assert [entry.words.en for entry in compare_page(read_page(source("parking-badge.txt")), fewer)] == [
        (
            "table 2 (line 29): added: the page has a header table '请求Header参数' with rows X-Auth-Token; "
            "the contract has no such row or table"
        )
    ]
    assert [entry.words.en for entry in compare_page(read_page(source("parking-badge.txt")), more)] == [
        (
            "table 10: removed: the contract has a values table 'Gates' with rows project_id; "
            "the page has no such row or table"
        )
    ]


def test_tables_with_new_numbers_are_still_the_same_tables(tmp_path: Path) -> None:
    text = source("library-card.md").replace("表 3**", "表 4**").replace("表 2**", "表 3**").replace(">表2<", ">表3<")
    assert compare_page(read_page(text), contract("library-card.md", tmp_path)) == [
        Difference(2, None, "number", "table 3", "table 2", 78),
        Difference(3, None, "number", "table 4", "table 3", 89),
    ]


def test_what_the_kit_itself_says_is_not_compared(tmp_path: Path) -> None:
    page = contract("parking-badge.txt", tmp_path)
    body = page.table(3)
    own = replace(
        body.rows[3],
        label=Text("own", "自拟"),
        at="/page",
        reading={"type": "integer"},
        failed={"type": "null"},
        presence="unclear",
        basis="position",
    )
    tables = tuple(replace(table, rows=(*table.rows[:3], own)) if table is body else table for table in page.tables)
    shown = Table(0, "response", Text("Samples", "示例"), (replace(own, name="result[]"),))
    changed = replace(page, tables=(*tables, shown))
    assert compare_page(read_page(source("parking-badge.txt")), changed) == []


def test_a_link_from_an_answer_to_a_table_of_values_is_the_kits_reading(tmp_path: Path) -> None:
    page = contract("library-card.md", tmp_path)
    answer = page.table(3)
    rows = tuple(replace(row, values_of=2) if row.name == "type" else row for row in answer.rows)
    linked = replace(page, tables=(*page.tables[:2], replace(answer, rows=rows)))
    assert compare_page(read_page(source("library-card.md")), linked) == []
