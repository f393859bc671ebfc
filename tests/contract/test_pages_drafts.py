"""Drafts from a page: tables.toml that reads back, and schemas that mean what the rows say."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.tables import Page, read_page_data
from conformance.derive import derive, draft_toml, read_page, write_contract
from conformance.derive.folder import draft_schemas

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
def test_the_schemas_that_are_printed_are_those_that_would_be_written(name: str, tmp_path: Path) -> None:
    text = source(name)
    printed = draft_schemas(read_page(text), text)
    (tmp_path / "page.txt").write_text(text, encoding="utf-8")
    write_contract(tmp_path / "page.txt", tmp_path)
    (folder,) = (path.parent for path in tmp_path.glob("*/tables.toml"))
    assert printed == {name: (folder / name).read_text(encoding="utf-8") for name in printed}


def test_a_page_that_is_no_whole_operation_has_no_draft_schemas(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text(
        "树\n\nPOST /v1/tree\n\n表1 响应参数\n\n参数\n\n参数类型\n\n描述\n\nresult\n\nString\n\n根。\n",
        encoding="utf-8",
    )
    assert derive(tmp_path / "page.txt").lines[-1].en == (
        "# no schemas: expected the page of an operation, with a table of its body and a result; found none"
    )


def test_an_object_inside_itself_is_drafted_once() -> None:
    page = read_page(
        "树\n\nPOST /v1/tree\n\n表1 响应参数\n\n参数\n\n参数类型\n\n描述\n\nresult\n\nTreeNode object\n\n根。\n\n"
        "表2 TreeNode\n\n参数\n\n参数类型\n\n描述\n\nchildren\n\nArray of TreeNode objects\n\n枝。\n"
    )
    assert 'at = "/result/children"' in draft_toml(page)
