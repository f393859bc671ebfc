"""Reading the flattened layout, in Chinese and in English, with and without the cells "required"."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.tables import Row
from conformance.derive import ReadPage, read_page
from conformance.text import Text

PAGES = Path(__file__).parent / "pages"
HEAD = "牌\n\nURI\n\nPOST /v1/a\n\n"


@pytest.fixture(scope="module")
def parking_badge() -> ReadPage:
    return read_page((PAGES / "parking-badge.txt").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def meal_voucher() -> ReadPage:
    return read_page((PAGES / "meal-voucher.txt").read_text(encoding="utf-8"))


def rows(page: ReadPage, number: int) -> dict[str, Row]:
    return {entry.row.name: entry.row for table in page.tables if table.number == number for entry in table.rows}


def test_the_head_of_the_page_is_read(parking_badge: ReadPage, meal_voucher: ReadPage) -> None:
    assert (parking_badge.layout, parking_badge.language) == ("flat", "zh")
    assert (parking_badge.title, parking_badge.published) == ("停车证识别", "2031-02-03")
    assert (parking_badge.method, parking_badge.path) == ("POST", "/v3/{project_id}/ocr/parking-badge")
    assert (meal_voucher.title, meal_voucher.language) == ("Meal Voucher", "en")
    assert (meal_voucher.path, meal_voucher.published) == ("/v2/{project_id}/ocr/meal-voucher", "2031-04-05")


@pytest.mark.parametrize("name", ["parking-badge.txt", "meal-voucher.txt"])
def test_every_line_of_the_tables_is_accounted_for(name: str) -> None:
    assert read_page((PAGES / name).read_text(encoding="utf-8")).unread == ()


def test_every_table_has_its_number_kind_object_and_status(parking_badge: ReadPage) -> None:
    assert [(t.number, t.kind, t.object, t.status, [e.row.name for e in t.rows]) for t in parking_badge.tables] == [
        (1, "path", None, None, ["project_id"]),
        (2, "header", None, None, ["X-Auth-Token"]),
        (3, "body", None, None, ["data", "url", "alarm", "page"]),
        (4, "response", None, 200, ["result"]),
        (5, "object", "ParkingBadgeResult", None, ["type", "spots", "outline", "alarm_result"]),
        (6, "object", "ParkingSpot", None, ["number", "tags"]),
        (7, "object", "ParkingBadgeAlarm", None, ["blur", "glare"]),
        (8, "response", None, 400, ["error_code"]),
        (9, "status", None, None, ["200", "400"]),
    ]
    assert [table.number for table in parking_badge.tables if not table.numbered] == [9]


def test_a_lost_cell_required_is_unstated_unless_the_description_names_a_choice(parking_badge: ReadPage) -> None:
    body = rows(parking_badge, 3)
    assert [(name, row.required) for name, row in body.items()] == [
        ("data", "one of data, url"),
        ("url", "one of data, url"),
        ("alarm", "unstated"),
        ("page", "no"),
    ]
    assert rows(parking_badge, 4)["result"].required is None


def test_the_limits_of_a_description_are_read(parking_badge: ReadPage) -> None:
    body = rows(parking_badge, 3)
    assert body["data"] == Row(
        name="data",
        label=Text("照片的Base64编码", "照片的Base64编码"),
        type="String",
        required="one of data, url",
        base64_max="5MB",
        file_advised="3MB",
        side_min=20,
        side_max=4000,
        formats=("JPG", "PNG"),
    )
    assert (body["alarm"].default, body["alarm"].values) == ("false", ("true", "false"))
    assert (body["page"].minimum, body["page"].maximum) == (1, 20)


def test_types_values_and_members_of_objects_are_read(parking_badge: ReadPage) -> None:
    result = rows(parking_badge, 5)
    assert result["type"].values == ("resident", "visitor")
    assert result["spots"].type == "Array of ParkingSpot objects"
    assert result["outline"].type == "Array<Array<Integer>>"
    assert (result["alarm_result"].presence, result["alarm_result"].fields) == ("alarm", ("blur", "glare"))
    assert rows(parking_badge, 6)["tags"].type == "Array of strings"


def test_an_english_page_is_read_with_its_cells_yes_and_no(meal_voucher: ReadPage) -> None:
    assert [(name, row.required) for name, row in rows(meal_voucher, 1).items()] == [
        ("endpoint", "yes"),
        ("project_id", "yes"),
    ]
    image = rows(meal_voucher, 3)["image"]
    assert (image.required, image.base64_max, image.side_min, image.side_max) == ("one of image, url", "6MB", 16, 4096)
    assert image.formats == ("JPG", "PNG", "BMP")
    currency = rows(meal_voucher, 3)["currency"]
    assert (currency.values, currency.default) == (("EUR", "CNY", "USD"), "EUR")


def test_an_english_page_says_when_a_field_is_present(meal_voucher: ReadPage) -> None:
    entries = {entry.row.name: entry for table in meal_voucher.tables for entry in table.rows if entry.stated}
    assert [(name, entry.row.presence, entry.condition) for name, entry in entries.items()] == [
        ("result", "success", None),
        ("stamp", "optional", "detect_stamp"),
        ("error_code", "failure", None),
    ]


def test_a_row_can_have_the_name_of_a_column() -> None:
    page = read_page(
        HEAD
        + "表1 请求参数\n\n参数\n\n参数类型\n\n描述\n\ntype\n\nString\n\n类。\n\nvalue\n\nString\n\n值。\n\n请求示例\n"
    )
    assert list(rows(page, 1)) == ["type", "value"]
    assert page.unread == ()


def test_cells_need_no_blank_lines_between_them() -> None:
    page = read_page(
        HEAD
        + "表1 请求参数\n参数\n是否必选\n参数类型\n描述\nimage\n是\nString\n照片。\nn\n否\nInteger\n数。\n请求示例\n"
    )
    assert [(row.name, row.type, row.required) for row in rows(page, 1).values()] == [
        ("image", "String", "yes"),
        ("n", "Integer", "no"),
    ]


def test_the_number_of_a_table_alone_inside_a_description_does_not_end_the_table() -> None:
    page = read_page(
        HEAD + "表1 响应参数\n\n参数\n\n参数类型\n\n描述\n\na\n\nObject\n\n见\n\n表6\n\nb\n\nString\n\n乙。\n"
    )
    assert list(rows(page, 1)) == ["a", "b"]
    assert page.tables[0].rows[0].mentions == (6,)


def test_a_table_of_labels_and_values_is_read_in_pairs() -> None:
    page = read_page(HEAD + "表2 种类\n\n证件种类\n\n参数值\n\n借书证\n\nlibrary\n\n饭票\n\nmeal\n\n响应示例\n")
    assert [(row.name, row.label.zh) for row in rows(page, 2).values()] == [("library", "借书证"), ("meal", "饭票")]
    assert page.tables[0].kind == "values"


def test_a_table_of_values_and_descriptions_is_read() -> None:
    page = read_page(HEAD + "Table 1 Kinds\n\nValue\n\nDescription\n\nlibrary\n\nbooks\n\nmeal\n\nfood\n")
    assert [(row.name, row.label.en) for row in rows(page, 1).values()] == [("library", "books"), ("meal", "food")]


def test_labels_inside_a_cell_belong_to_the_paragraph_below_them() -> None:
    page = read_page(
        HEAD
        + "表1 请求参数\n\n参数\n\n参数类型\n\n描述\n\n"
        + "pages\n\nInteger\n\n参数解释:\n\n页数。\n\n约束限制:\n\n不涉及。\n\n"
        + "取值范围:\n\n1~20\n\n默认取值:\n\n5\n\nsize\n\nInteger\n\n大小。\n"
    )
    row = rows(page, 1)["pages"]
    assert (row.label.zh, row.minimum, row.maximum, row.default) == ("页数", 1, 20, "5")
    assert list(rows(page, 1)) == ["pages", "size"]
    assert page.unread == ()


def test_a_query_table_is_named_with_its_rows_since_no_contract_holds_one() -> None:
    table = "参数\n\n参数类型\n\n描述\n\n"
    page = read_page(
        HEAD + f"表1 Query参数\n\n{table}page\n\nInteger\n\n页。\n\n表2 响应参数\n\n{table}n\n\nInteger\n\n数。\n"
    )
    assert [entry.text for entry in page.unread] == [
        "line 7: 'Query参数': a table of query parameters: a contract has no kind for it; its rows: page"
    ]
    assert [table.kind for table in page.tables] == ["response"]
