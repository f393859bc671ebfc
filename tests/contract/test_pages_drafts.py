"""Drafts from a page: tables.toml that reads back, and schemas that mean what the rows say."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.contract.tables import Page, read_page_data
from conformance.derive import draft_schemas, draft_toml, read_page

PAGES = Path(__file__).parent / "pages"
NAMES = ["library-card.md", "cloakroom-ticket.md", "parking-badge.txt", "meal-voucher.txt"]


def source(name: str) -> str:
    return (PAGES / name).read_text(encoding="utf-8")


def read_back(text: str, folder: Path) -> Page:
    path = folder / "tables.toml"
    path.write_text(draft_toml(read_page(text)), encoding="utf-8")
    return read_page_data(path)


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_reads_back_with_every_row(name: str, tmp_path: Path) -> None:
    page, back = read_page(source(name)), read_back(source(name), tmp_path)
    assert (back.method, back.path) == (page.method, page.path)
    assert [(t.number, t.kind, t.object, [r.name for r in t.rows]) for t in back.tables] == [
        (t.number, t.kind, t.object, [e.row.name for e in t.rows]) for t in page.tables
    ]


def test_the_head_of_a_draft_is_a_proposal(tmp_path: Path) -> None:
    page = read_back(source("cloakroom-ticket.md"), tmp_path)
    assert (page.id, page.edition, page.picture, page.result) == ("cloakroom-ticket-v2", "v2", "image", "tickets")
    page = read_back(source("parking-badge.txt"), tmp_path)
    assert (page.id, page.edition, page.picture, page.result) == ("parking-badge-v3", "v3", "data", "document")
    assert page.published == "2031-02-03"


def test_the_labels_of_the_other_language_are_left_to_be_written(tmp_path: Path) -> None:
    chinese = read_back(source("parking-badge.txt"), tmp_path).table(3).row("alarm").label
    assert (chinese.en, chinese.zh) == ("", "告警开关")
    english = read_back(source("meal-voucher.txt"), tmp_path).table(3).row("currency").label
    assert (english.en, english.zh) == ("Currency of the amounts", "")


def test_a_draft_says_where_each_field_of_an_answer_is(tmp_path: Path) -> None:
    page = read_back(source("meal-voucher.txt"), tmp_path)
    assert {row.name: row.at for _, row in page.rows_of("response", "object")} == {
        "result": "/result",
        "vouchers": "/result/vouchers",
        "stamp": "/result/stamp",
        "confidence": "/result/confidence",
        "amount": "/result/vouchers/*/amount",
        "issuer": "/result/vouchers/*/issuer",
        "name": "/result/vouchers/*/issuer/name",
        "error_code": "/error_code",
    }


def test_one_row_of_a_draft_in_full() -> None:
    draft = draft_toml(read_page(source("parking-badge.txt")))
    assert (
        """
[[table.row]]
name = "data"
type = "String"
required = "one of data, url"
base64-max = "5MB"
file-advised = "3MB"
side-min = 20
side-max = 4000
formats = ["JPG", "PNG"]
en = ""
zh = "照片的Base64编码"
"""
        in draft
    )


def test_a_draft_names_what_was_not_read() -> None:
    text = source("parking-badge.txt").replace("\npage\n\n否\n\nInteger\n", "\npage\n\n否\n")
    assert "# Not read: line 84: 'page': can be the name of a row, but no type follows" in draft_toml(read_page(text))


def test_any_character_of_a_page_survives_the_draft(tmp_path: Path) -> None:
    text = (
        source("parking-badge.txt")
        .replace("页码,", 'quote " backslash \\ 𝄞,')
        .replace("停车证识别\n\n功能", "\x7f引\u2028\n\n功能")
    )
    assert read_back(text, tmp_path).table(3).row("page").label.zh == 'quote " backslash \\ 𝄞'


@pytest.mark.parametrize("name", NAMES)
def test_draft_schemas_are_valid_schemas(name: str) -> None:
    schemas = draft_schemas(read_page(source(name)))
    Draft202012Validator.check_schema(schemas.request)
    Draft202012Validator.check_schema(schemas.success)


def test_the_draft_schema_of_a_request() -> None:
    assert draft_schemas(read_page(source("parking-badge.txt"))).request == {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "停车证识别: request",
        "type": "object",
        "properties": {
            "data": {
                "type": "string",
                "$comment": "base64 text at most 5MB; file advised at most 3MB; smallest side in pixels 20; "
                "longest side in pixels 4000; formats JPG, PNG",
            },
            "url": {"type": "string"},
            "alarm": {"type": "boolean", "default": False},
            "page": {"type": "integer", "minimum": 1, "maximum": 20},
        },
        "oneOf": [{"required": ["data"]}, {"required": ["url"]}],
    }


def test_a_list_takes_its_entries_from_the_table_of_values() -> None:
    properties = draft_schemas(read_page(source("library-card.md"))).request["properties"]
    assert isinstance(properties, dict)
    assert properties["card_types"] == {
        "type": "array",
        "items": {"type": "string", "enum": ["reader_card", "guest_card"]},
    }


def test_the_draft_schema_of_nested_objects() -> None:
    success = draft_schemas(read_page(source("parking-badge.txt"))).success
    assert success["properties"] == {"result": {"$ref": "#/$defs/ParkingBadgeResult"}}
    assert success["required"] == ["result"]
    assert success["$defs"] == {
        "ParkingBadgeResult": {
            "type": "object",
            "properties": {
                "type": {"type": "string", "enum": ["resident", "visitor"]},
                "spots": {"type": "array", "items": {"$ref": "#/$defs/ParkingSpot"}},
                "outline": {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}},
                "alarm_result": {"$ref": "#/$defs/ParkingBadgeAlarm"},
            },
            "required": ["type", "spots", "outline"],
        },
        "ParkingBadgeAlarm": {
            "type": "object",
            "properties": {"blur": {"type": "boolean"}, "glare": {"type": "boolean"}},
            "required": ["blur", "glare"],
        },
        "ParkingSpot": {
            "type": "object",
            "properties": {"number": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}},
            "required": ["number", "tags"],
        },
    }


def test_a_flat_result_is_drafted_inside_result_and_says_so() -> None:
    success = draft_schemas(read_page(source("library-card.md"))).success
    assert success["properties"] == {
        "result": {
            "type": "object",
            "properties": {
                "type": {"type": "string"},
                "angle": {"type": "integer", "enum": [0, 180, -1]},
                "scores": {
                    "type": "object",
                    "properties": {
                        "sharpness": {"minimum": 0, "maximum": 99},
                        "glare": {"minimum": 0, "maximum": 99},
                    },
                },
                "copy": {"type": "boolean"},
            },
            "required": ["type", "angle", "scores"],
            "$comment": "the page lists these members beside result; that they are inside it is drafted",
        }
    }


def test_an_object_inside_itself_is_drafted_once() -> None:
    page = read_page(
        "树\n\nPOST /v1/tree\n\n表1 响应参数\n\n参数\n\n参数类型\n\n描述\n\nresult\n\nTreeNode object\n\n根。\n\n"
        "表2 TreeNode\n\n参数\n\n参数类型\n\n描述\n\nchildren\n\nArray of TreeNode objects\n\n枝。\n"
    )
    assert draft_schemas(page).success["$defs"] == {
        "TreeNode": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/TreeNode"}}},
            "required": ["children"],
        }
    }
    assert 'at = "/result/children"' in draft_toml(page)


def test_a_range_is_drafted_where_the_numbers_are() -> None:
    page = """# Voucher

POST /v2/{project_id}/ocr/voucher

**Table 1** Request body parameters

| Parameter | Mandatory | Type | Description |
|---|---|---|---|
| image | No | String | Set either this parameter or url. |
| url | No | String | Set either this parameter or image. |

**Table 2** Response body parameters

| Parameter | Type | Description |
|---|---|---|
| scores | Object | The value ranges from 0 to 99. |
| places | Array of Array of Integer | The value ranges from 0 to 9. |
| count | Integer | The value ranges from 1 to 5. |
"""
    drafts = draft_schemas(read_page(page))
    assert drafts.request["oneOf"] == [{"required": ["image"]}, {"required": ["url"]}]
    assert drafts.success["properties"] == {
        "scores": {"type": "object", "additionalProperties": {"minimum": 0, "maximum": 99}},
        "places": {
            "type": "array",
            "items": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 9}},
        },
        "count": {"type": "integer", "minimum": 1, "maximum": 5},
    }
