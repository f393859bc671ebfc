"""Audits of what was recorded elsewhere in this kit: a run of the reference, and a HAR that a browser saved."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.audit import Audit, audit
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.recorder import Recorder
from conformance.engine.run import Run
from conformance.files import PRIMARY
from conformance.recordings.import_export import export_har
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader
from conformance.targets.reference import ReferenceTarget

BROWSER = Path(__file__).resolve().parents[1] / "targets" / "browser" / "chromium.har"
PURPOSES = (
    "auto-classification-v1.0/first-contact", "auto-classification-v1.0/several-tickets",
    "auto-classification-v1.0/type-list", "auto-classification-v1.0/credentials", "auto-classification-v1.0/body",
    "auto-id-doc-classification-v2/first-contact", "auto-id-doc-classification-v2/alarms",
)  # fmt: skip


def recorded(folder: Path, *faults: str) -> Path:
    """A recorded run of the reference, with some faults."""
    contracts, purposes = select(Settings("reference"))
    chosen = [purpose for purpose in purposes if purpose.id in PURPOSES]
    target = ReferenceTarget(faults=faults)
    run = Run(contracts, target, attempts=1)
    try:
        with Recorder(folder, run, "0.1.0", chosen):
            run.execute(chosen)
    finally:
        target.close()
    return folder


def judged(*files: Path) -> Audit:
    return audit(files, [load_contract(name) for name in PRIMARY])


def named(result: Audit, verdict: str) -> set[str]:
    return {name for name, account in result.ledger.accounts.items() if account.verdict == verdict}


@pytest.fixture(scope="module")
def cassette(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("audit") / "c")


def test_a_conformant_run_has_no_failures_and_proves_much_by_itself(cassette: Path) -> None:
    result = judged(cassette)
    assert (named(result, "fail"), result.other, result.left_out_count) == (set(), 0, 0)
    proven = {name.partition("/")[2] for name in named(result, "pass")}
    assert {
        "accepts.type-list", "ticket.location.four-corners", "relation.type-list-some", "relation.type-list-all",
        "relation.alarm-adds-only", "token.required", "token.code", "body.json", "body.json.code", "body.utf8",
    } <= proven  # fmt: skip


def test_a_faulty_implementation_fails_for_the_same_requirement(tmp_path: Path) -> None:
    result = judged(recorded(tmp_path / "c", "three-corners"))
    assert named(result, "fail") == {
        "auto-classification-v1.0/ticket.location.four-corners",
        "auto-id-doc-classification-v2/document.location.four-corners",
    }


def test_what_makers_noted_about_their_requests_does_not_matter(cassette: Path, tmp_path: Path) -> None:
    """The same traffic without labels, controls and purposes is judged alike."""
    writer = CassetteWriter(tmp_path / "c", {"kit_version": "0.1.0", "recorded_at": "2026-03-01T08:00:00Z"})
    for number, one in enumerate(CassetteReader(cassette)):
        request = replace(one.exchange.request, label=None)
        exchange = replace(one.exchange, request=request)
        writer.add(replace(one, purpose="", contract="", position=number, role="traffic", control=None, relation=None,
                           exchange=exchange))  # fmt: skip
    writer.seal({"stop_reason": None})
    assert verdicts(judged(tmp_path / "c")) == verdicts(judged(cassette))


def test_a_har_of_a_run_is_judged_as_the_run_itself(cassette: Path, tmp_path: Path) -> None:
    export_har(cassette, tmp_path / "a.har", "0.1.0")
    assert verdicts(judged(tmp_path / "a.har")) == verdicts(judged(cassette))


def test_several_files_are_judged_together(cassette: Path, tmp_path: Path) -> None:
    export_har(cassette, tmp_path / "a.har", "0.1.0")
    result = judged(cassette, tmp_path / "a.har")
    assert result.ledger.sent == 2 * judged(cassette).ledger.sent
    assert "auto-classification-v1.0/relation.repeat" in named(result, "pass")


def test_a_har_that_a_browser_saved_is_judged() -> None:
    result = judged(BROWSER)
    assert (result.ledger.sent, result.other, result.left_out_count) == (9, 1, 0)
    assert named(result, "fail") == set()
    proven = {name.partition("/")[2] for name in named(result, "pass")}
    assert {
        "token.required", "token.not-empty", "type-list.list", "body.json", "alarm.boolean",
        "relation.type-list-some", "relation.alarm-adds-only",
    } <= proven  # fmt: skip
    assert [note.auth for note in result.ledger.notes[:3]] == ["valid", "absent", "empty"]


def verdicts(result: Audit) -> dict[str, str]:
    return {name: account.verdict for name, account in result.ledger.accounts.items()}
