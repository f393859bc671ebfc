"""What cannot be read is named with its line and the reason; no row is dropped silently."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.derive import read_page
from conformance.files import DataError

PAGES = Path(__file__).parent / "pages"
FLAT = "牌\n\nPOST /v1/a\n\n表1 请求参数\n\n参数\n\n参数类型\n\n描述\n\nimage\n\nString\n\n照片。\n\n"
MARKDOWN = "# 牌\n\nPOST /v1/a\n\n表1 请求参数\n\n| 参数 | 参数类型 | 描述 |\n|--|--|--|\n| image | String | 照片。 |\n"


def unread(text: str) -> list[str]:
    return [entry.text for entry in read_page(text).unread]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("alarm\n\n开关。\n", "line 19: 'alarm': can be the name of a row, but no type follows"),
        ("Boolean\n\n开关。\n", "line 19: 'Boolean': a type without a name before it"),
        ("表2 响应参数\n\n参见下文\n", "line 19: '表2 响应参数': a caption that no column headings follow"),
        ("响应参数\n\nresult\n\nObject\n", "line 21: 'result': a name with its type, outside of any table"),
    ],
)
def test_a_damaged_flat_page(added: str, expected: str) -> None:
    assert unread(FLAT + added) == [expected]


@pytest.mark.parametrize(
    ("added", "expected"),
    [
        ("| url | String |\n", "line 10: 'url | String': a row of 2 cells under 3 columns"),
        ("| the url | String | x |\n", "line 10: 'the url | String | x': 'the url' in the column of names is no name"),
        ("| url | Text | x |\n", "line 10: 'url': 'Text' is no type that is known"),
        ("| url | | x |\n", "line 10: 'url': the row has no type"),
        ("\n表2 响应参数\n\n# 结尾\n", "line 11: '表2响应参数': a caption that no table follows"),
        (
            "\n表2 杂项\n\n| 甲 | 乙 |\n|--|--|\n| a | b |\n",
            "line 13: '甲 | 乙': a table none of whose columns is known to hold names or values",
        ),
        (
            "\n表2 杂项\n\n| 参数 | 描述 |\n|--|--|\n| a | b |\n",
            "line 13: '杂项': neither the columns nor the caption tell what the table lists; its rows: a",
        ),
        (
            "\n表2 Query参数\n\n| 参数 | 参数类型 | 描述 |\n|--|--|--|\n| page | Integer | 页。 |\n",
            "line 13: 'Query参数': a table of query parameters: a contract has no kind for it; its rows: page",
        ),
        (
            "\n表2 请求Header参数\n\n| 参数 | 描述 |\n|--|--|\n",
            "line 13: '请求Header参数': no row of this table could be read",
        ),
        ("\n| url | String | x |\n", "line 11: '| url | String | x |': a row of a table, outside of any table"),
        ("\n<tr><td>url</td></tr>\n", "line 11: 'url': a row of a table, outside of any table"),
        ("\n|--|--|\n", "line 11: '|--|--|': the dashes of a pipe table without a heading row above them"),
        (
            "\n<table><tr><th>参数</th><th>描述</th></tr>\n",
            "line 11: '<table>': never closed; read to the end of the page",
        ),
    ],
)
def test_a_damaged_markdown_page(added: str, expected: str) -> None:
    assert expected in unread(MARKDOWN.replace("表1 请求参数", "表1请求参数") + added.replace("表2 ", "表2"))


def test_text_outside_of_cells_is_named() -> None:
    source = (
        MARKDOWN
        + "\n表2请求Body参数\n\n<table><tr><th>参数</th><th>描述</th></tr>\n"
        + "遗失的行\n<tr><td>a</td><td>甲。</td></tr></table>"
    )
    assert unread(source) == ["line 14: '遗失的行': text inside a table, outside of its cells"]


def test_two_tables_on_one_line_are_both_read() -> None:
    table = "<table><tr><th>参数值</th><th>描述</th></tr><tr><td>{}</td><td>甲。</td></tr></table>"
    page = read_page(MARKDOWN + "\n" + table.format("a") + table.format("b"))
    assert [[entry.row.name for entry in table.rows] for table in page.tables] == [["image"], ["a"], ["b"]]


def test_a_table_in_the_other_layout_is_named() -> None:
    source = MARKDOWN + "\n表2 响应参数\n\n参数\n\n参数类型\n\n描述\n\nresult\n\nObject\n\n结果。\n"
    assert unread(source) == [
        "line 11: '表2 响应参数': a caption that no table follows",
        "line 11: '响应参数': a table in another layout than the rest of the page (markdown)",
    ]


def test_a_size_without_a_field_is_named_with_its_line() -> None:
    assert unread(FLAT.replace("照片。", "照片，不超过9MB。")) == [
        "line 17: '不超过9MB': the size 9MB is neither a limit of the base64 text nor an advised size of the file"
    ]


def _lines_of_rows(name: str) -> list[tuple[str, int, int]]:
    """For each row of a flat page: its name, and the lines (from 1) of the name and of the type."""
    page = read_page((PAGES / name).read_text(encoding="utf-8"))
    source = (PAGES / name).read_text(encoding="utf-8").split("\n")
    found = []
    for table in page.tables:
        for entry in table.rows:
            if entry.row.type is not None:
                type_line = next(n for n in range(entry.line, len(source)) if source[n].strip() == entry.row.type) + 1
                found.append((entry.row.name, entry.line, type_line))
    return found


@pytest.mark.parametrize("page", ["parking-badge.txt", "meal-voucher.txt"])
def test_a_flat_page_that_loses_any_name_or_type_says_so(page: str) -> None:
    source = (PAGES / page).read_text(encoding="utf-8").split("\n")
    before = read_page("\n".join(source))
    for name, name_line, type_line in _lines_of_rows(page):
        for lost in (name_line, type_line):
            after = read_page("\n".join(source[: lost - 1] + source[lost:]))
            assert after.unread, f"{name}: line {lost} was lost unseen"
            assert [table.number for table in after.tables] == [table.number for table in before.tables]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected a line with the operation, such as 'POST /v2/{project_id}/ocr/name', found none"),
        (
            "# 牌\n\nPOST /v1/a\n",
            "expected the tables of an operation's documentation page, found none that can be read",
        ),
        (
            "# 牌\n\nPOST /v1/a\n\n表1请求参数\n",
            (
                "expected the tables of an operation's documentation page, found none that can be read; "
                "line 5: '表1请求参数': a caption that no table follows"
            ),
        ),
        ("POST /a\ud800", "expected Unicode text, found half a character (a surrogate) at 7"),
        ("x" * 500_001, "expected a page of at most 500,000 characters, found 500,001"),
    ],
)
def test_what_is_no_page_is_one_message(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        read_page(text)
    assert str(caught.value).startswith(message)
