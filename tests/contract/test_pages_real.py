"""The two documentation pages themselves against the contracts, where they are present.

The folder that holds them is named by the environment variable OCR_CONFORMANCE_PAGES. The pages are not part of the
project; which file is which is told by the operation that it documents.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path

import pytest

from conformance.contract.tables import Page, Row, page_from, read_page_data
from conformance.derive import compare_page, derive, read_page
from conformance.derive.folder import draft_contract
from conformance.files import DataError, data_folder

FOLDER = os.environ.get("OCR_CONFORMANCE_PAGES")
pytestmark = pytest.mark.skipif(
    FOLDER is None, reason="OCR_CONFORMANCE_PAGES does not name the folder with the two documentation pages"
)
TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"


def contract(contract_id: str) -> Page:
    return read_page_data(data_folder("schemas") / contract_id / "tables.toml")


def page_file(contract_id: str) -> Path:
    """The file whose operation is the contract's. Fails where the folder has none."""
    wanted = contract(contract_id).path
    for path in sorted(Path(FOLDER or "").iterdir()):
        try:
            if read_page(path.read_text(encoding="utf-8")).path == wanted:
                return path
        except (DataError, UnicodeDecodeError, OSError):
            continue
    pytest.fail(f"expected a page of {wanted} in {FOLDER}, found none")


@pytest.mark.parametrize(
    ("contract_id", "counted"),
    [
        (TICKETS, "read as markdown: 3 tables (1 body, 1 values, 1 response), 27 rows; not read: 0"),
        (
            DOCUMENT,
            "read as flat: 9 tables (1 path, 1 header, 1 body, 2 response, 3 object, 1 status), 30 rows; not read: 0",
        ),
    ],
)
def test_the_page_agrees_with_the_contract_and_every_row_is_accounted_for(contract_id: str, counted: str) -> None:
    report = derive(page_file(contract_id), contract(contract_id))
    assert [line.en for line in report.lines[1:]] == [counted, f"no difference from {contract_id}"]
    assert report.exit_status == 0
    printed = [table for table in contract(contract_id).tables if table.number != 0]
    assert [(table.number, len(table.rows)) for table in report.page.tables] == [
        (table.number, len(table.rows)) for table in printed
    ]


@pytest.mark.parametrize(
    ("contract_id", "old", "new", "row", "what", "documented", "expected"),
    [
        (TICKETS, "最长边不超过8000", "最长边不超过9000", "image", "limits", "side-max 9000", "side-max 8000"),
        (TICKETS, "大小不超过10MB", "大小不超过12MB", "image", "limits", "base64-max 12MB", "base64-max 10MB"),
        (TICKETS, "</a>List</p>", "</a>String</p>", "type_list", "type", "String", "List"),
        (DOCUMENT, "最长边不超过8192px", "最长边不超过8000px", "data", "limits", "side-max 8000", "side-max 8192"),
        (DOCUMENT, "图片大小不超过7MB", "图片大小不超过6MB", "data", "limits", "file-advised 6MB", "file-advised 7MB"),
        (DOCUMENT, "\nFloat\n", "\nDouble\n", "confidence", "type", "Double", "Float"),
        (DOCUMENT, "默认false", "默认true", "alarm", "default", "true", "false"),
        (DOCUMENT, "为[0, 99]", "为[0, 100]", "alarm_confidence", "limits", "maximum 100", "maximum 99"),
    ],
)  # fmt: skip
def test_one_change_of_the_page_is_exactly_one_difference(
    contract_id: str, old: str, new: str, row: str, what: str, documented: str, expected: str
) -> None:
    text = page_file(contract_id).read_text(encoding="utf-8")
    assert old in text
    found = compare_page(read_page(text.replace(old, new, 1)), contract(contract_id))
    assert [(entry.row, entry.what, entry.documented, entry.expected) for entry in found] == [
        (row, what, documented, expected)
    ]


def test_one_changed_value_of_an_enumeration_is_exactly_one_difference() -> None:
    text = page_file(DOCUMENT).read_text(encoding="utf-8").replace("macao_id_card:", "malta_id_card:", 1)
    (found,) = compare_page(read_page(text), contract(DOCUMENT))
    assert (found.table, found.row, found.what) == (5, "type", "values")
    assert set(found.documented.split(", ")) ^ set(found.expected.split(", ")) == {"malta_id_card", "macao_id_card"}


def test_one_changed_ticket_type_is_exactly_one_difference() -> None:
    text = page_file(TICKETS).read_text(encoding="utf-8").replace("</a>passport<", "</a>pass<", 1)
    (found,) = compare_page(read_page(text), contract(TICKETS))
    assert (found.table, found.row, found.what) == (2, "passport", "values")
    assert (found.documented, found.expected) == ("pass", "passport")


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_the_loss_of_any_one_row_is_seen(contract_id: str) -> None:
    lines = page_file(contract_id).read_text(encoding="utf-8").split("\n")
    page = read_page("\n".join(lines))
    for table in page.tables:
        for entry in table.rows:
            damaged = read_page("\n".join(lines[: entry.line - 1] + lines[entry.line :]))
            assert compare_page(damaged, contract(contract_id)) or damaged.unread, f"{entry.row.name} was lost unseen"


DECIDED = {
    TICKETS: {
        ("type_list", "basis"),
        ("content", "failed"),
        ("type", "basis"),
        ("type", "values_of"),
        ("location", "reading"),
        ("confidence", "basis"),
        ("confidence", "presence"),
        ("location[]", "reading"),
        ("location[][]", "reading"),
        ("status.error_code", "row"),
        ("status.error_msg", "row"),
    },
    DOCUMENT: {
        ("project_id", "basis"),
        ("project_id", "reading"),
        ("X-Auth-Token", "basis"),
        ("X-Auth-Token", "reading"),
        ("Enterprise-Project-Id", "basis"),
        ("Enterprise-Project-Id", "reading"),
        ("alarm", "reading"),
        ("location", "basis"),
        ("location", "reading"),
        ("confidence", "basis"),
        ("confidence", "reading"),
        ("location[]", "reading"),
    },
}
"""What a person decided about a row: where the committed contract says otherwise than one derived afresh."""


@pytest.mark.parametrize("contract_id", [TICKETS, DOCUMENT])
def test_derived_afresh_a_contract_differs_only_in_what_a_person_decided(contract_id: str) -> None:
    text = page_file(contract_id).read_text(encoding="utf-8")
    derived = page_from(tomllib.loads(draft_contract(read_page(text), text).files["tables.toml"]))
    committed = contract(contract_id)
    rows = {(table.number, row.name): row for table in derived.tables for row in table.rows}
    found: set[tuple[str, str]] = set()
    for table in committed.tables:
        for row in table.rows:
            fresh = rows.pop((table.number, row.name), None)
            stated = [one.name for one in fields(Row) if one.name != "label"]
            differ = ["row"] if fresh is None else [key for key in stated if getattr(row, key) != getattr(fresh, key)]
            assert not differ or row.reading or row.failed or row.basis != "stated", f"{row.name} is not marked"
            found |= {(row.name, key) for key in differ}
    assert found == DECIDED[contract_id]
    assert rows == {}
    operation = ("method", "path", "picture", "id" if contract_id == TICKETS else "path")
    assert [getattr(derived, key) for key in operation] == [getattr(committed, key) for key in operation]
