"""Reading the Markdown layout: HTML tables of both ages, and pipe tables."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.tables import Row
from conformance.derive import ReadPage, read_page
from conformance.text import Text

PAGES = Path(__file__).parent / "pages"


@pytest.fixture(scope="module")
def library_card() -> ReadPage:
    return read_page((PAGES / "library-card.md").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cloakroom_ticket() -> ReadPage:
    return read_page((PAGES / "cloakroom-ticket.md").read_text(encoding="utf-8"))


def label(words: str) -> Text:
    return Text(words, words)


def shape(page: ReadPage) -> list[tuple[int, str, str | None, int | None, int]]:
    """Number, kind, object, status and count of rows of each table."""
    return [(table.number, table.kind, table.object, table.status, len(table.rows)) for table in page.tables]


def test_the_operation_and_the_title_are_read(library_card: ReadPage) -> None:
    assert (library_card.layout, library_card.language) == ("markdown", "zh")
    assert (library_card.method, library_card.path) == ("POST", "/v1.0/ocr/library-card")
    assert (library_card.title, library_card.document_id) == ("借书证识别", "sample_01_0001")


def test_every_table_has_its_number_and_kind(library_card: ReadPage) -> None:
    assert shape(library_card) == [
        (1, "body", None, None, 4),
        (2, "values", None, None, 2),
        (3, "response", None, None, 6),
    ]
    assert library_card.unread == ()


def test_nested_html_becomes_the_fields_of_a_row(library_card: ReadPage) -> None:
    image, url, card_types, upright = [entry.row for entry in library_card.tables[0].rows]
    assert image == Row(
        name="image",
        label=label("借书证照片"),
        type="String",
        required="one of image, url",
        base64_max="4MB",
        side_min=20,
        side_max=3000,
        formats=("JPG", "PNG"),
    )
    assert url == Row(name="url", label=label("照片的地址"), type="String", required="one of image, url")
    assert card_types == Row(
        name="card_types", label=label("只识别给出的类别"), type="List", required="no", values_of=2
    )
    assert upright == Row(
        name="upright",
        label=label("照片是否已经摆正"),
        type="Boolean",
        required="yes",
        values=("true", "false"),
        default="false",
    )


def test_a_table_of_values_is_read_by_its_column_of_values(library_card: ReadPage) -> None:
    assert [entry.row for entry in library_card.tables[1].rows] == [
        Row(name="reader_card", label=label("读者证")),
        Row(name="guest_card", label=label("访客证")),
    ]


def test_presence_members_and_ranges_of_an_answer_are_read(library_card: ReadPage) -> None:
    rows = {entry.row.name: entry for entry in library_card.tables[2].rows}
    assert [(name, entry.row.presence, entry.stated) for name, entry in rows.items()] == [
        ("error_code", "failure", True),
        ("result", "success", True),
        ("type", "always", False),
        ("angle", "always", False),
        ("scores", "always", False),
        ("copy", "optional", True),
    ]
    assert rows["copy"].condition == "check_copy"
    assert rows["angle"].row.values == ("0", "180", "-1")
    scores = rows["scores"].row
    assert (scores.fields, scores.minimum, scores.maximum) == (("sharpness", "glare"), 0, 99)


def test_rows_carry_the_line_of_their_first_cell(library_card: ReadPage) -> None:
    source = (PAGES / "library-card.md").read_text(encoding="utf-8").split("\n")
    for entry in library_card.tables[0].rows:
        assert f">{entry.row.name}</p>" in source[entry.line - 1]


def test_pipe_tables_with_captions_are_read(cloakroom_ticket: ReadPage) -> None:
    assert cloakroom_ticket.path == "/v2/{project_id}/ocr/cloakroom-ticket"
    assert shape(cloakroom_ticket) == [
        (1, "path", None, None, 1),
        (2, "body", None, None, 3),
        (3, "response", None, 200, 1),
        (4, "object", "CloakroomTicketItem", None, 1),
        (5, "status", None, None, 1),
    ]
    assert cloakroom_ticket.unread == ()


def test_the_cells_of_a_pipe_table_become_fields(cloakroom_ticket: ReadPage) -> None:
    image, url, floor = [entry.row for entry in cloakroom_ticket.tables[1].rows]
    assert (image.required, image.base64_max, image.side_max) == ("one of image, url", "8M", 2048)
    assert url.required == "one of image, url"
    assert (floor.name, floor.required, floor.values) == ("floor", "no", ("-1", "1"))
    assert cloakroom_ticket.tables[2].rows[0].row.type == "Array of CloakroomTicketItem objects"
    hook = cloakroom_ticket.tables[3].rows[0].row
    assert (hook.minimum, hook.maximum) == (1, 500)


def test_a_spanned_cell_belongs_to_every_row_that_it_reaches() -> None:
    page = read_page(
        "# a\n\nPOST /v1/a\n\n**表 1**  请求参数\n\n<table><tr><th>参数</th><th>参数类型</th><th>说明</th></tr>\n"
        "<tr><td>x</td><td rowspan=2>Integer</td><td>1</td></tr><tr><td>y</td><td>2</td></tr></table>"
    )
    assert [(entry.row.name, entry.row.type) for entry in page.tables[0].rows] == [("x", "Integer"), ("y", "Integer")]


def test_a_placeholder_in_angle_brackets_stays_text() -> None:
    page = read_page(
        "# a\n\nPOST /v1/a\n\n**表 1**  请求参数\n\n<table><tr><th>参数</th><th>参数类型</th><th>说明</th></tr>\n"
        "<tr><td>Authorization</td><td>String</td><td>Bearer <token>。</td></tr></table>"
    )
    assert page.tables[0].rows[0].row.label.zh == "Bearer <token>"


def test_a_column_of_another_heading_is_read_as_part_of_the_description() -> None:
    page = read_page(
        "# a\n\nPOST /v1/a\n\n表1 请求参数\n\n"
        "|参数|参数类型|默认值|取值范围|描述|\n|--|--|--|--|--|\n|n|Integer|3|0~9|数。|\n"
    )
    row = page.tables[0].rows[0].row
    assert (row.default, row.minimum, row.maximum) == ("3", 0, 9)


def test_tables_without_captions_take_their_kind_from_the_heading_above() -> None:
    page = read_page(
        "# a\n\n## URI\n\nPOST /v1/a\n\n"
        "Parameter | Mandatory | Description |\n---|---|---|\nproject_id | Yes | Project. |\n\n"
        "## Request Parameters\n\nParameter | Mandatory | Type | Description |\n---|---|---|---|\n"
        "X-Auth-Token | Yes | String | Token. |\n\n"
        "Parameter | Mandatory | Type | Description |\n---|---|---|---|\nimage | Yes | String | Picture. |\n"
    )
    assert [(table.number, table.numbered, table.kind) for table in page.tables] == [
        (1, False, "path"),
        (2, False, "header"),
        (3, False, "body"),
    ]
