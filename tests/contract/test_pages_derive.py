"""`derive`: the lines it prints and its exit status."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.contract.tables import Page, read_page_data
from conformance.derive import DeriveReport, derive, draft_toml, read_page
from conformance.files import DataError

PAGES = Path(__file__).parent / "pages"


@pytest.fixture
def contract(tmp_path: Path) -> Page:
    path = tmp_path / "tables.toml"
    path.write_text(draft_toml(read_page((PAGES / "parking-badge.txt").read_text(encoding="utf-8"))), encoding="utf-8")
    return read_page_data(path)


def copy(folder: Path, old: str, new: str) -> Path:
    path = folder / "copy.txt"
    path.write_text((PAGES / "parking-badge.txt").read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    return path


def in_english(report: DeriveReport) -> tuple[str, ...]:
    return tuple(line.en for line in report.lines)


def test_a_page_that_agrees_ends_with_0(contract: Page) -> None:
    report = derive(PAGES / "parking-badge.txt", contract)
    assert report.exit_status == 0
    assert in_english(report) == (
        "停车证识别: POST /v3/{project_id}/ocr/parking-badge, page of 2031-02-03",
        "read as flat: 9 tables (1 path, 1 header, 1 body, 2 response, 3 object, 1 status), 18 rows; not read: 0",
        "no difference from parking-badge-v3",
    )


def test_a_difference_ends_with_1(contract: Page, tmp_path: Path) -> None:
    report = derive(copy(tmp_path, "4,000px", "5,000px"), contract)
    assert report.exit_status == 1
    assert in_english(report)[2:] == (
        "table 3, row data (line 55): limits: the page says side-max 5000; the contract says side-max 4000",
        "1 difference from parking-badge-v3",
    )


def test_a_part_that_was_not_read_ends_with_1(contract: Page, tmp_path: Path) -> None:
    report = derive(copy(tmp_path, "住户\n", "住户,照片不超过3MB\n"), contract)
    assert report.exit_status == 1
    assert in_english(report)[2:] == (
        (
            "not read: line 126: '照片不超过3MB': "
            "the size 3MB is neither a limit of the base64 text nor an advised size of the file"
        ),
        "no difference from parking-badge-v3 in what was read; not read: 1",
    )


def test_without_a_contract_the_lines_are_drafts() -> None:
    report = derive(PAGES / "parking-badge.txt")
    assert (report.exit_status, report.differences) == (0, ())
    text = "\n".join(line.en for line in report.lines)
    assert draft_toml(report.page).strip() in text
    assert text.index("# request.schema.json (draft)") < text.index("# success.schema.json (draft)")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "expected a line with the operation, such as 'POST /v2/{project_id}/ocr/name', found none"),
        (b"POST /a\xff", "expected UTF-8 text, found byte 0xff at 7"),
        (b"x" * 2_000_001, "expected a page of at most 500,000 characters, found more than 2,000,000 bytes"),
    ],
)
def test_what_cannot_be_read_is_one_message_with_the_file(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        derive(path)
    assert str(caught.value) == f"{path}: {message}"


def test_a_missing_file_is_one_message(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        derive(tmp_path / "none.txt")
    assert str(caught.value) == f"{tmp_path / 'none.txt'}: cannot be read: No such file or directory"
