"""The pictures beside a report: written with how they are served, read back as they were, served for a command."""

from __future__ import annotations

import dataclasses
import json
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from reporting import finding_of, sample_ledger

from conformance.cli import main
from conformance.exchange import ServedPicture
from conformance.files import DataError
from conformance.report.evidence import read_pictures, write_evidence

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = (
    ServedPicture("moved-1.png", status=302, location="票证样例-1.png"),
    ServedPicture("票证样例-1.png", b"\x89PNG", "image/png", delay_s=6.0),
)


@pytest.fixture
def evidence(tmp_path: Path) -> Path:
    """The evidence folder of a report with one finding on a url."""
    ledger = sample_ledger()
    finding = finding_of(ledger, "ticket.corners")
    request = dataclasses.replace(finding.exchange.request, body=b'{"url":"{pictures}/moved-1.png"}', pictures=PICTURES)
    exchange = dataclasses.replace(finding.exchange, request=request)
    account = next(a for name, a in ledger.accounts.items() if name.endswith("/ticket.corners"))
    account.findings[0] = dataclasses.replace(finding, exchange=exchange)
    write_evidence(ledger, tmp_path)
    return tmp_path / "evidence"


def test_pictures_are_read_as_they_were_written(evidence: Path) -> None:
    assert tuple(read_pictures(evidence)) == PICTURES


def test_the_evidence_of_a_report_before_it_goes_and_other_files_stay(evidence: Path) -> None:
    (evidence / "notes.txt").write_text("of the user", encoding="utf-8")
    assert len(list(evidence.iterdir())) > 3
    ledger = sample_ledger()
    for account in ledger.accounts.values():
        account.findings.clear()
    write_evidence(ledger, evidence.parent)
    assert [path.name for path in evidence.iterdir()] == ["notes.txt"]


def test_a_command_finds_the_pictures_at_the_address_that_it_is_given(evidence: Path, tmp_path: Path) -> None:
    body = tmp_path / "body"
    body.write_text('{"url":"{pictures}/moved-1.png"}', encoding="utf-8")
    code = (
        "import json, pathlib, sys, urllib.request\n"
        "url = json.loads(pathlib.Path(sys.argv[1][1:]).read_text())['url']\n"
        "assert url == sys.argv[2], (url, sys.argv)\n"
        "assert url.endswith('/moved-1.png')\n"
        "sys.exit(7 if url.startswith('http://127.0.0.1:') else 1)\n"
    )
    done = CliRunner().invoke(
        main, ["pictures", str(evidence), sys.executable, "-c", code, f"@{body}", "{pictures}/moved-1.png"]
    )
    assert done.exit_code == 7, done.output


@pytest.mark.parametrize(
    ("index", "message"),
    [
        (
            None,
            (
                "{path}/pictures.json: expected the evidence folder of a report with findings on url, found none; "
                "name the folder that `run --report` wrote"
            ),
        ),
        ("[{}]", "{path}/pictures.json: name: expected a string, found None; write the report again"),
        ("{", "{path}/pictures.json: not valid JSON: Expecting property name"),
        ("[" * 100_000, "{path}/pictures.json: not valid JSON: nested too deeply"),
        (
            '[{"name": "a", "file": null, "location": null, "media_type": "x", "status": Infinity, "delay_s": 0}]',
            "{path}/pictures.json: status: expected a whole number, found inf; write the report again",
        ),
    ],
    ids=["absent", "key", "json", "depth", "number"],
)
def test_a_folder_without_pictures_is_one_message(tmp_path: Path, index: str | None, message: str) -> None:
    if index is not None:
        (tmp_path / "pictures.json").write_text(index, encoding="utf-8")
    with pytest.raises(DataError) as error:
        read_pictures(tmp_path)
    assert str(error.value).startswith(message.format(path=tmp_path))


def test_no_file_outside_of_the_folder_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret")
    inside = tmp_path / "evidence"
    inside.mkdir()
    entry = {"name": "a", "file": "../secret", "media_type": "x", "status": 200, "location": None, "delay_s": 0}
    (inside / "pictures.json").write_text(json.dumps([entry]), encoding="utf-8")
    with pytest.raises(DataError, match="No such file"):
        read_pictures(inside)


def test_a_command_that_does_not_exist_is_one_message(evidence: Path) -> None:
    done = CliRunner().invoke(main, ["pictures", str(evidence), "no-such-command-here"])
    assert (done.exit_code, done.output) == (
        2,
        (
            "ocr-conformance: no-such-command-here: No such file or directory; expected a command to run, such as the "
            "curl line of a finding\n"
        ),
    )
