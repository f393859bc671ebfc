"""The journal of a recording: it survives being cut off anywhere, and a recording goes on from there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recordings import ABOUT, answer, ask, exchanges, interaction, record

from conformance.exchange import Response
from conformance.recordings import CassetteError, Retried, Sending, Spot
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader

PURPOSE = "auto-classification-v1.0/made-up"
PLANNED = {**ABOUT, "planned": [PURPOSE]}


def spot(position: int) -> Spot:
    return Spot(PURPOSE, 1, position)


def begun(folder: Path, count: int) -> CassetteWriter:
    """A recording of some answered requests."""
    writer = CassetteWriter(folder, PLANNED)
    for one in exchanges([(ask({"n": n}), answer({"n": n})) for n in range(count)]):
        writer.sending(Sending(one.spot, 1))
        writer.add(one)
    return writer


def test_a_journal_cut_off_at_any_byte_is_readable_and_keeps_every_whole_line(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    begun(folder, 2).close()
    journal = folder / "journal.ndjson"
    whole = journal.read_bytes()
    for length in range(len(whole)):
        journal.write_bytes(whole[:length])
        lines = [json.loads(line) for line in whole[:length].split(b"\n")[:-1]]
        expected = [line["id"] for line in lines if "id" in line]
        assert [one.exchange.id for one in CassetteReader(folder)] == expected
        writer = CassetteWriter(folder, PLANNED)
        assert (writer.resumed, len(writer.unknown)) == (len(expected), len(lines) - 2 * len(expected))
        writer.close()


def test_a_recording_killed_before_its_journal_was_there_holds_nothing_yet_and_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "c"
    begun(folder, 0).close()
    (folder / "journal.ndjson").unlink()
    reader = CassetteReader(folder)
    assert (reader.state, list(reader)) == ("recording", [])
    begun(folder, 2).close()
    assert len(list(CassetteReader(folder))) == 2


def test_a_sealed_recording_without_its_index_is_damaged(tmp_path: Path) -> None:
    record(tmp_path / "c", exchanges([(ask({"n": 0}), answer({"n": 0}))]))
    (tmp_path / "c" / "index.ndjson").unlink()
    with pytest.raises(CassetteError, match=r"index\.ndjson: cannot be read: No such file or directory"):
        list(CassetteReader(tmp_path / "c"))


def test_a_recording_goes_on_where_it_was_cut_off(tmp_path: Path) -> None:
    begun(tmp_path / "c", 2).close()
    with (tmp_path / "c" / "journal.ndjson").open("ab") as journal:
        journal.write(b'{"id":"00003","contract":"auto-cl')
    writer = CassetteWriter(tmp_path / "c", {**PLANNED, "recorded_at": "2026-03-02T08:00:00.000Z"})
    writer.add(interaction(ask({"n": 2}), answer({"n": 2}), 2))
    writer.finish(PURPOSE, 3)
    writer.seal({"stop_reason": None})
    reader = CassetteReader(tmp_path / "c")
    assert reader.about["recorded_at"] == "2026-03-01T08:00:00.000Z"
    assert [one.position for one in reader] == [0, 1, 2]
    assert (reader.state, dict(reader.finished)) == ("complete", {PURPOSE: 3})
    assert sorted(path.name for path in (tmp_path / "c").iterdir()) == ["cassette.json", "index.ndjson"]


def test_what_was_recorded_is_handed_back(tmp_path: Path) -> None:
    begun(tmp_path / "c", 2).close()
    writer = CassetteWriter(tmp_path / "c", PLANNED)
    there, missing = writer.recorded(spot(1)), writer.recorded(spot(2))
    writer.close()
    assert there is not None
    assert there.exchange.answer == answer({"n": 1})
    assert missing is None


def test_a_request_without_answer_stays_unknown_through_the_seal(tmp_path: Path) -> None:
    writer = begun(tmp_path / "c", 1)
    lost = Sending(spot(1), 3, "2026-03-01T08:00:00.000Z")
    writer.sending(lost)
    writer.seal({"stop_reason": None})
    assert CassetteReader(tmp_path / "c").unknown == (lost,)
    again = CassetteWriter(tmp_path / "c", PLANNED)
    assert (again.unknown, again.is_unknown(spot(1)), again.is_unknown(spot(0))) == ((lost,), True, False)
    again.add(interaction(ask({"n": 1}), answer(), 1))
    again.finish(PURPOSE, 2)
    again.seal({"stop_reason": None})
    assert (CassetteReader(tmp_path / "c").state, CassetteReader(tmp_path / "c").unknown) == ("complete", ())


def test_a_request_that_the_target_wants_again_later_is_not_unknown_and_is_remembered(tmp_path: Path) -> None:
    asked_again = Retried(spot(1), 429, "2026-03-01T08:00:00.000Z")
    writer = begun(tmp_path / "c", 1)
    writer.sending(Sending(spot(1), 1))
    writer.retried(asked_again)
    writer.close()
    reader = CassetteReader(tmp_path / "c")
    assert (reader.unknown, [one.position for one in reader]) == ((), [0])
    again = CassetteWriter(tmp_path / "c", PLANNED)
    assert (again.is_unknown(spot(1)), again.recorded(spot(1))) == (False, None)
    again.seal({"stop_reason": None})
    third = CassetteWriter(tmp_path / "c", PLANNED)
    third.sending(Sending(spot(1), 1))
    third.add(interaction(ask({"n": 1}), answer(), 1))
    third.finish(PURPOSE, 2)
    third.seal({"stop_reason": None})
    reader = CassetteReader(tmp_path / "c")
    assert (reader.state, [one.position for one in reader]) == ("complete", [0, 1])
    place = {"purpose": PURPOSE, "attempt": 1, "position": 1}
    assert reader.about["retried"] == [{**place, "status": 429, "at": asked_again.at}]


def test_a_second_answer_at_one_place_counts_and_keeps_the_order_of_the_run(tmp_path: Path) -> None:
    writer = begun(tmp_path / "c", 3)
    writer.add(interaction(ask({"n": 0}), answer({"again": True}), 0))
    writer.finish(PURPOSE, 3)
    writer.seal({"stop_reason": None})
    found = [(one.position, one.exchange.response) for one in CassetteReader(tmp_path / "c")]
    assert found[0] == (0, answer({"again": True}))
    assert [position for position, _ in found] == [0, 1, 2]


def test_blobs_that_no_line_refers_to_are_gone_after_the_seal(tmp_path: Path) -> None:
    writer = begun(tmp_path / "c", 0)
    writer.add(interaction(ask(b"\xff old"), answer(), 0))
    writer.add(interaction(ask(b"\xff new"), answer(), 0))
    (tmp_path / "c" / "blobs" / f"{'0' * 64}.new").write_bytes(b"torn")
    writer.seal({"stop_reason": None})
    assert len(list((tmp_path / "c" / "blobs").iterdir())) == 1
    assert [one.exchange.request.body for one in CassetteReader(tmp_path / "c")] == [b"\xff new"]


def test_a_complete_recording_is_not_written_to(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(), answer())]))
    with pytest.raises(CassetteError) as caught:
        CassetteWriter(folder, ABOUT)
    assert str(caught.value) == (
        f"{folder} already holds a complete recording; expected an empty or new folder, or a recording that was "
        "interrupted. Choose another folder for --record, or remove this one"
    )


def test_the_beginning_of_another_run_is_not_gone_on_with(tmp_path: Path) -> None:
    begun(tmp_path / "c", 1).close()
    with pytest.raises(CassetteError) as caught:
        CassetteWriter(tmp_path / "c", {**PLANNED, "seed": 1})
    assert str(caught.value) == (
        f"{tmp_path / 'c'} holds the beginning of another run: it has seed 0, this run 1. Go on with the same options, "
        "or choose another folder for --record"
    )


def test_a_run_without_good_credentials_is_not_gone_on_with(tmp_path: Path) -> None:
    begun(tmp_path / "c", 1).seal({"stop_reason": "credentials-refused"})
    with pytest.raises(CassetteError, match="holds a run whose credentials were refused"):
        CassetteWriter(tmp_path / "c", PLANNED)


def test_two_recordings_in_one_folder_at_a_time_are_refused(tmp_path: Path) -> None:
    first = begun(tmp_path / "c", 1)
    with pytest.raises(CassetteError) as caught:
        CassetteWriter(tmp_path / "c", PLANNED)
    first.close()
    assert str(caught.value) == (
        f"{tmp_path / 'c'} is being recorded by another process; choose another folder for --record"
    )


def test_a_damaged_line_amid_a_journal_is_named(tmp_path: Path) -> None:
    begun(tmp_path / "c", 2).close()
    journal = tmp_path / "c" / "journal.ndjson"
    journal.write_bytes(journal.read_bytes().replace(b'{"sending', b'["sending', 1))
    with pytest.raises(CassetteError, match=r"journal\.ndjson: line 1: "):
        CassetteWriter(tmp_path / "c", PLANNED)


def test_a_sealed_part_whose_manifest_is_damaged_is_named(tmp_path: Path) -> None:
    begun(tmp_path / "c", 1).seal({"stop_reason": None})
    manifest = tmp_path / "c" / "cassette.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "purposes": [{}]}))
    with pytest.raises(CassetteError, match=r"cassette\.json: cannot be used: id: expected a string, found nothing"):
        CassetteWriter(tmp_path / "c", PLANNED)


def test_a_line_without_a_body_is_named_when_the_recording_is_sealed(tmp_path: Path) -> None:
    begun(tmp_path / "c", 1).close()
    journal = tmp_path / "c" / "journal.ndjson"
    journal.write_bytes(journal.read_bytes().replace(b'"body":{', b'"bodies":{'))
    writer = CassetteWriter(tmp_path / "c", PLANNED)
    with pytest.raises(CassetteError, match=r"not an interaction: body: expected an object, found nothing"):
        writer.seal({})
    writer.close()


def test_a_folder_that_cannot_be_written_is_one_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CassetteError, match="cannot record there: Not a directory"):
        CassetteWriter(tmp_path / "file" / "c", ABOUT)


def test_a_crash_between_index_and_manifest_loses_nothing(tmp_path: Path) -> None:
    """The index was renamed into place, the manifest was not: the journal still counts."""
    begun(tmp_path / "c", 3).close()
    (tmp_path / "c" / "index.ndjson").write_bytes(b"")
    assert [one.position for one in CassetteReader(tmp_path / "c")] == [0, 1, 2]
    writer = CassetteWriter(tmp_path / "c", PLANNED)
    writer.finish(PURPOSE, 3)
    writer.seal({"stop_reason": None})
    assert [one.position for one in CassetteReader(tmp_path / "c")] == [0, 1, 2]


def test_answers_of_a_recording_are_responses(tmp_path: Path) -> None:
    begun(tmp_path / "c", 1).close()
    assert [type(one.exchange.answer) for one in CassetteReader(tmp_path / "c")] == [Response]
