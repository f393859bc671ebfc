"""Recorded runs of the reference: judged again alike, gone on with, and told where something is missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recorded_runs import Counting, connected, recorded, replayed, served, session, verdicts
from recordings import answer, ask, interaction, record

from conformance.contract.contract import load_contract
from conformance.engine.options import Settings
from conformance.engine.session import open_session
from conformance.exchange import Request, Response, TransportFailure
from conformance.recordings import CassetteError, DamagedCassetteError, Sending, Spot, sending_line
from conformance.recordings.check import Standard, check_cassette
from conformance.recordings.import_export import export_har, import_traffic
from conformance.recordings.reader import CassetteReader
from conformance.targets import Target

PURPOSE = "auto-classification-v1.0/first-contact"
BOTH = (PURPOSE, "auto-id-doc-classification-v2/first-contact", "auto-id-doc-classification-v2/project")


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    with served() as origin:
        yield origin


@pytest.fixture(scope="module")
def cassette(origin: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded") / "c"
    recorded(folder, connected(origin), BOTH)
    return folder


def interrupted(folder: Path, origin: str, *, unknown: bool) -> Path:
    """A recording that ended within its first purpose; one request may have been sent without its answer."""
    recorded(folder, connected(origin), BOTH, max_requests=3)
    if unknown:
        manifest = json.loads((folder / "cassette.json").read_text())
        note = sending_line(Sending(Spot(BOTH[1], 1, 0), 1))["sending"]
        (folder / "cassette.json").write_text(json.dumps({**manifest, "unknown": [note]}))
    return folder


def test_a_recording_is_judged_again_to_the_same_verdicts(origin: str, cassette: Path, tmp_path: Path) -> None:
    live = recorded(tmp_path / "c", connected(origin), BOTH)
    again = replayed(cassette)
    assert verdicts(again) == verdicts(live)
    assert (again.verdict, again.billable, len(again.notes)) == (live.verdict, live.billable, len(live.notes))
    assert [note.id for note in again.notes] == [note.id for note in live.notes]


def test_a_recording_of_the_specimens_holds_nothing_that_check_objects_to(cassette: Path) -> None:
    assert list(check_cassette(cassette, Standard("0.1.0", datetime.now(UTC)))) == []


def test_it_is_judged_under_the_positions_that_the_run_took(cassette: Path, tmp_path: Path) -> None:
    manifest = json.loads((cassette / "cassette.json").read_text())
    contract = load_contract("auto-classification-v1.0")
    assert contract.positions["input.both"] == "reject"
    manifest["positions"]["auto-classification-v1.0"]["input.both"] = "either"
    for name in ("index.ndjson", "blobs"):
        (tmp_path / name).symlink_to(cassette / name)
    (tmp_path / "cassette.json").write_text(json.dumps(manifest))
    session = open_session(Settings(f"cassette:{tmp_path}"))
    session.close()
    assert session.run.contracts[0].positions["input.both"] == "either"
    assert session.run.contracts[0].requirements["input.one-only"].level == "open"


def test_a_position_that_this_kit_does_not_know_is_named(cassette: Path, tmp_path: Path) -> None:
    manifest = json.loads((cassette / "cassette.json").read_text())
    manifest["positions"]["auto-classification-v1.0"]["input.both"] = "maybe"
    (tmp_path / "index.ndjson").symlink_to(cassette / "index.ndjson")
    (tmp_path / "cassette.json").write_text(json.dumps(manifest))
    with pytest.raises(
        CassetteError, match=r"the recording takes the position input\.both = 'maybe'; expected one of "
    ):
        open_session(Settings(f"cassette:{tmp_path}"))


def test_a_control_whose_line_is_missing_leaves_its_requests_inconclusive(cassette: Path, tmp_path: Path) -> None:
    """The recorded script decides what is asked: what is missing in it is neither asked nor an error of the kit."""
    manifest = json.loads((cassette / "cassette.json").read_text())
    (tmp_path / "cassette.json").write_text(json.dumps(manifest))
    lines = (cassette / "index.ndjson").read_bytes().splitlines(keepends=True)
    (tmp_path / "index.ndjson").write_bytes(b"".join(lines[1:]))
    (tmp_path / "blobs").symlink_to(cassette / "blobs")
    ledger = replayed(tmp_path)
    assert (ledger.verdict, ledger.errors) == ("inconclusive", [])


def test_a_run_that_a_limit_ended_is_gone_on_with_and_sends_only_what_is_missing(origin: str, tmp_path: Path) -> None:
    folder = interrupted(tmp_path / "c", origin, unknown=False)
    assert (CassetteReader(folder).state, replayed(folder).stop_reason) == ("partial", "limit")
    log = tmp_path / "log"
    ledger = recorded(folder, Counting(connected(origin), log), BOTH)
    sent = len(log.read_text().splitlines())
    assert sent == len(ledger.notes) - 3
    assert CassetteReader(folder).state == "complete"
    assert verdicts(replayed(folder)) == verdicts(ledger)
    assert [note.id for note in ledger.notes] == [f"{n:05d}" for n in range(1, len(ledger.notes) + 1)]


def test_a_limit_counts_what_was_recorded_before(origin: str, tmp_path: Path) -> None:
    folder = interrupted(tmp_path / "c", origin, unknown=False)
    ledger = recorded(folder, connected(origin), BOTH, max_requests=5)
    assert (len(ledger.notes), ledger.stop_reason) == (5, "limit")


def test_a_request_of_unknown_outcome_is_named_counted_and_not_sent_again(origin: str, tmp_path: Path) -> None:
    folder = interrupted(tmp_path / "c", origin, unknown=True)
    log = tmp_path / "log"
    ledger = recorded(folder, Counting(connected(origin), log), BOTH)
    lost = [note for note in ledger.notes if note.outcome.en.startswith("outcome unknown")]
    assert [(note.purpose, note.billed) for note in lost] == [(BOTH[1], 1)]
    assert len(log.read_text().splitlines()) == len(ledger.notes) - 4
    reader = CassetteReader(folder)
    assert reader.state == "partial"
    assert [str(note.spot) for note in reader.unknown] == [f"{BOTH[1]}, request 0"]
    assert replayed(folder).stop_reason == "interrupted"


def test_it_is_sent_again_where_that_is_asked_for(origin: str, tmp_path: Path) -> None:
    folder = interrupted(tmp_path / "c", origin, unknown=True)
    log = tmp_path / "log"
    ledger = recorded(folder, Counting(connected(origin), log), BOTH, resend=True)
    assert len(log.read_text().splitlines()) == len(ledger.notes) - 3
    assert (CassetteReader(folder).state, CassetteReader(folder).unknown) == ("complete", ())
    assert replayed(folder).verdict == ledger.verdict == "conformant"


def test_a_recording_whose_pictures_are_gone_is_not_gone_on_with(origin: str, tmp_path: Path) -> None:
    folder, log = interrupted(tmp_path / "c", origin, unknown=False), tmp_path / "log"
    there = len(list(CassetteReader(folder)))
    shutil.rmtree(folder / "blobs")
    for _ in range(2):
        with pytest.raises(DamagedCassetteError, match=rf"journal\.ndjson: {PURPOSE}, request 0: blobs/\w+ is missing"):
            recorded(folder, Counting(connected(origin), log), BOTH)
        assert (CassetteReader(folder).state, len(list(CassetteReader(folder).lines()))) == ("partial", there)
    assert not log.exists()


def test_what_was_never_sent_is_sent_when_the_recording_goes_on(origin: str, tmp_path: Path) -> None:
    assert recorded(tmp_path / "c", connected("http://127.0.0.1:9"), BOTH).stop_reason == "unreachable"
    assert [len(list(CassetteReader(tmp_path / "c"))), CassetteReader(tmp_path / "c").unknown] == [0, ()]
    ledger = recorded(tmp_path / "c", connected(origin), BOTH)
    assert ledger.verdict == "conformant"
    assert CassetteReader(tmp_path / "c").state == "complete"


def test_a_recording_whose_token_expired_is_gone_on_with_by_a_new_one(origin: str, tmp_path: Path) -> None:
    class Expiring(Counting):
        def send(self, request: Request) -> Response | TransportFailure:
            answer = super().send(request)
            expired = request.auth == "valid" and len((tmp_path / "log").read_text().splitlines()) > 4
            body = b'{"error_code": "ModelArts.4103", "error_msg": "The token is invalid or has expired."}'
            return Response(401, (("Content-Type", "application/json"),), body) if expired else answer

    first = recorded(tmp_path / "c", Expiring(connected(origin), tmp_path / "log"), BOTH)
    assert (first.stop_reason, first.verdict) == ("credentials-expired", "inconclusive")
    assert [name for name, account in first.accounts.items() if account.broken] == []
    reader = CassetteReader(tmp_path / "c")
    assert (reader.state, reader.unknown, len(list(reader))) == ("partial", (), 4)
    ledger = recorded(tmp_path / "c", connected(origin), BOTH)
    assert (ledger.verdict, CassetteReader(tmp_path / "c").state) == ("conformant", "complete")


def test_imported_traffic_is_not_replayed(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(), answer())], imported="har")
    with pytest.raises(CassetteError) as caught:
        open_session(Settings(f"cassette:{folder}"))
    assert str(caught.value) == (
        f"cassette:{folder}: expected the recording of a run, found imported traffic; judge it with "
        f"`ocr-conformance audit {folder}`"
    )


SHARING = ("auto-classification-v1.0/credentials", "auto-classification-v1.0/operation")
"""Purposes with the same control."""


def test_what_purposes_share_is_sent_once_and_each_can_be_replayed_alone(origin: str, tmp_path: Path) -> None:
    live = recorded(tmp_path / "c", connected(origin), SHARING)
    controls = [(note.purpose, note.billed) for note in live.notes if note.role == "control"]
    assert controls == [(SHARING[0], 1)]
    assert all(result.passed for result in live.results)
    kept = [(i.purpose, i.exchange.id, i.shared) for i in CassetteReader(tmp_path / "c") if i.role == "control"]
    assert kept == [(SHARING[0], live.notes[0].id, False), (SHARING[1], live.notes[0].id, True)]
    again, alone = replayed(tmp_path / "c"), replayed(tmp_path / "c", only=SHARING[1:])
    assert [note.id for note in again.notes] == [note.id for note in live.notes]
    assert verdicts(again) == verdicts(live)
    assert [note.role for note in alone.notes] == ["control", *["fault"] * (len(alone.notes) - 1)]
    assert list(check_cassette(tmp_path / "c", Standard("0.1.0", datetime.now(UTC)))) == []


def test_an_exported_run_is_imported_to_a_cassette_that_nothing_is_missing_in(origin: str, tmp_path: Path) -> None:
    recorded(tmp_path / "c", connected(origin), SHARING)
    assert any(one.shared and one.role == "control" for one in CassetteReader(tmp_path / "c"))
    entries = export_har(tmp_path / "c", tmp_path / "a.har", "0.1.0")
    done = import_traffic(tmp_path / "a.har", tmp_path / "back", "0.1.0", datetime.now(UTC).isoformat())
    assert (done.taken, done.left_out) == (entries, [])
    assert list(check_cassette(tmp_path / "back", Standard("0.1.0", datetime.now(UTC)))) == []


def test_a_recording_with_a_shared_control_goes_on_where_it_broke_off(origin: str, tmp_path: Path) -> None:
    whole = recorded(tmp_path / "whole", connected(origin), SHARING)
    recorded(tmp_path / "c", connected(origin), SHARING, max_requests=len(whole.notes) - 2)
    on = recorded(tmp_path / "c", connected(origin), SHARING)
    assert [(n.purpose, n.role, n.fault) for n in on.notes] == [(n.purpose, n.role, n.fault) for n in whole.notes]
    assert len(list(CassetteReader(tmp_path / "c"))) == len(whole.notes) + 1


class Refusing:
    """Refuses the first requests with good credentials."""

    def __init__(self, target: Target, count: int) -> None:
        self._target, self._left, self.name = target, count, target.name

    def send(self, request: Request) -> Response | TransportFailure:
        self._left -= request.auth == "valid"
        return (
            self._target.send(request)
            if self._left < 0 or request.auth != "valid"
            else answer(b'{"error_code": "AIS.0101"}', 400)
        )

    def close(self) -> None:
        self._target.close()


def test_a_control_that_was_refused_is_asked_for_again(origin: str) -> None:
    target = Refusing(connected(origin), 2)
    ledger = session(target, SHARING).run.execute(session(target, SHARING).purposes)
    target.close()
    controls = [(note.purpose, note.attempt) for note in ledger.notes if note.role == "control"]
    assert controls == [(SHARING[0], 1), (SHARING[0], 2), (SHARING[1], 1)]
