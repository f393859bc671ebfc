"""What `cassette check` objects to, one line each, and that it never shows what it found. All numbers are made up."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import ABOUT, QUAD, TICKETS_PATH, answer, ask, exchanges, interaction, record, ticket

from conformance.exchange import Response, StatedDocument, TrueDocument, Truth
from conformance.recordings.check import Standard, check_cassette
from conformance.recordings.journal import CassetteWriter
from conformance.redactor import Secret

PURPOSE = "auto-classification-v1.0/made-up"
ID_NUMBER = "110101190001010006"
CARD_NUMBER = "6200 0000 0000 0005"
ID_WORDS = "a mainland identity number with a valid check character"
CARD_WORDS = "a card number with a valid check digit"
ACCESS_KEY = "NOBODY0S0ACCESS0KEY0"
NOW = datetime(2026, 4, 1, tzinfo=UTC)
STANDARD = Standard("0.1.7", NOW)


def hits(folder: Path, standard: Standard = STANDARD) -> list[str]:
    return [str(hit) for hit in check_cassette(folder, standard)]


def one(reply: Response, folder: Path) -> Path:
    return record(folder, [interaction(ask(), reply)], planned=[PURPOSE])


def rewritten(folder: Path, change: Mapping[str, object]) -> Path:
    manifest = folder / "cassette.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), **change}))
    return folder


def test_a_clean_cassette_has_no_hits(tmp_path: Path) -> None:
    assert hits(one(answer(ticket({"name": "样本甲", "id_number": "9900001990****0000"})), tmp_path / "c")) == []


NO_AT = "at: expected a string, found nothing"
AT = "index.ndjson:1 /response"
REPLACE, REMOVE = "; replace it with `cassette redact`", "; remove it with `cassette redact`"


@pytest.mark.parametrize(
    ("reply", "found"),
    [
        (answer(ticket({"a": ID_NUMBER})), ["/body/result/0/content/a: id-number: " + ID_WORDS + REPLACE]),
        (answer(ticket({"a": CARD_NUMBER})), ["/body/result/0/content/a: card-number: " + CARD_WORDS + REPLACE]),
        (
            answer(ticket({"a": "13800000000"})),
            ["/body/result/0/content/a: phone-number: a mobile telephone number" + REPLACE],
        ),
        (answer({"error_msg": f"unknown key {ACCESS_KEY}"}, 400), ["/body/error_msg: secret: an access key" + REPLACE]),
        (answer(b"<p>" + ID_NUMBER.encode() + b"</p>"), ["/body: id-number: " + ID_WORDS + REPLACE]),
        (answer(ticket({ID_NUMBER: ""})), [f"/body/result/0/content/...: id-number: {ID_WORDS}{REPLACE}"]),
        (
            answer(headers=(("Set-Cookie", "a=b"),)),
            ["/headers/Set-Cookie: secret: a header that carries credentials, Set-Cookie" + REMOVE],
        ),
        (answer(headers=(("X-Auth-Token", "[[redacted:token]]"),)), []),
    ],
)
def test_what_is_in_an_answer_is_named_with_its_place(tmp_path: Path, reply: Response, found: list[str]) -> None:
    assert hits(one(reply, tmp_path / "c")) == [AT + words for words in found]


def test_an_escaped_number_is_found(tmp_path: Path) -> None:
    escaped = json.dumps(ticket({"id_number": ID_NUMBER})).replace("1101", "\\u0031\\u0031\\u0030\\u0031").encode()
    assert [hit.split(": ")[1] for hit in hits(one(answer(escaped), tmp_path / "c"))] == ["id-number"]


def test_what_is_in_a_request_is_found_in_path_header_and_body(tmp_path: Path) -> None:
    sent = ask({"url": f"http://x.invalid/{ID_NUMBER}.png"}, path=f"{TICKETS_PATH}?phone=13800000000")
    folder = record(tmp_path / "c", [interaction(sent, answer())], planned=[PURPOSE])
    assert [hit.split(": ")[0] for hit in hits(folder)] == [
        "index.ndjson:1 /request/path",
        "index.ndjson:1 /request/body/url",
    ]


def test_what_is_known_or_stated_of_a_picture_is_searched_as_well(tmp_path: Path) -> None:
    fields = (("id_number", ID_NUMBER),)
    truth = Truth(9, 9, (TrueDocument("train_ticket", QUAD, fields=fields),))
    sent = ask(truth=truth, stated=(StatedDocument("train_ticket", fields=fields),))
    folder = record(tmp_path / "c", [interaction(sent, answer())], planned=[PURPOSE])
    assert [hit.split(": ")[0] for hit in hits(folder)] == [
        "index.ndjson:1 /request/truth/id_number",
        "index.ndjson:1 /request/stated/id_number",
    ]


def test_the_value_itself_is_never_shown(tmp_path: Path) -> None:
    words = "\n".join(hits(one(answer(ticket({"a": ID_NUMBER, "b": CARD_NUMBER, "c": ACCESS_KEY})), tmp_path / "c")))
    assert words.count("\n") == 2
    assert all(value not in words for value in (ID_NUMBER, CARD_NUMBER, ACCESS_KEY))


@pytest.mark.parametrize(
    "echo", ["sesame-of-nobody", "c2VzYW1lLW9mLW5vYm9keQ==", "sesame%2Dof%2Dnobody", "SESAME-OF-NOBODY"]
)
def test_a_given_secret_is_found_however_it_is_spelled(tmp_path: Path, echo: str) -> None:
    folder = one(answer({"error_msg": f"no such token: {echo}"}), tmp_path / "c")
    standard = Standard("0.1.0", NOW, (Secret("token", "sesame-of-nobody"),))
    assert hits(folder, standard) == ["index.ndjson:1: secret: the given token; remove it with `cassette redact`"]


def test_a_given_secret_is_found_in_a_picture(tmp_path: Path) -> None:
    picture = b"\xff\xd8" + bytes(range(256)) + b"author: sesame-of-nobody"
    folder = record(tmp_path / "c", [interaction(ask(picture), answer())], planned=[PURPOSE])
    standard = Standard("0.1.0", NOW, (Secret("token", "sesame-of-nobody"),))
    (blob,) = (folder / "blobs").iterdir()
    assert hits(folder, standard)[1:] == [
        f"blobs/{blob.name}: secret: the given token; remove it with `cassette redact`"
    ]


@pytest.mark.parametrize(
    ("change", "hit"),
    [
        (
            {"format": 9},
            "cassette.json: format: cassette.json: expected format 1, found 9; record the run again with this kit",
        ),
        ({"kit_version": "0.2.0"}, "cassette.json: stale: recorded with kit 0.2.0, this is 0.1.7; record it again"),
        (
            {"recorded_at": "2025-01-01T00:00:00Z"},
            "cassette.json: stale: recorded 455 days ago, more than 180; record it again",
        ),
        ({"recorded_at": "lately"}, "cassette.json: format: Invalid isoformat string: 'lately'; record the run again"),
        ({"planned": [PURPOSE, "c/more"]}, "cassette.json: incomplete: c/more is not complete; go on with --record"),
        (
            {"unknown": [{"purpose": PURPOSE, "attempt": 1, "position": 1, "billable": 1}]},
            f"cassette.json: format: cassette.json: cannot be used: {NO_AT}; record the run again",
        ),
        ({"interactions": 7}, "index.ndjson: integrity: expected 7 interactions, found 1"),
        (
            {"index_sha256": "0"},
            "index.ndjson: integrity: it was changed since it was sealed: its sum is not the one in the manifest",
        ),
        (
            {"purposes": [{"id": PURPOSE, "requests": 3}]},
            f"index.ndjson: incomplete: {PURPOSE}: requests 1, 2 of 3 are missing",
        ),
    ],
)
def test_what_is_wrong_with_the_manifest_is_named(tmp_path: Path, change: Mapping[str, object], hit: str) -> None:
    assert hits(rewritten(one(answer(), tmp_path / "c"), change)) == [hit]


def test_however_many_requests_are_missing_a_few_are_named(tmp_path: Path) -> None:
    folder = rewritten(one(answer(), tmp_path / "c"), {"purposes": [{"id": PURPOSE, "requests": 1_000_000}]})
    tracemalloc.start()
    found = hits(folder)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == [f"index.ndjson: incomplete: {PURPOSE}: requests 1, 2, 3, 4, 5 of 1000000 are missing"]
    assert used < 5_000_000


def test_a_missing_and_a_changed_blob_are_named_and_one_too_many(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(b"\xff one"), answer()), (ask(b"\xff two"), answer())]), planned=[])
    one_sum, two_sum = ask(b"\xff one").body_sha256(), ask(b"\xff two").body_sha256()
    (folder / "blobs" / one_sum).unlink()
    (folder / "blobs" / two_sum).write_bytes(b"\xff owt")
    (folder / "blobs" / ("0" * 64)).write_bytes(b"left behind")
    assert hits(folder) == [
        f"index.ndjson:1: integrity: blobs/{one_sum} is missing",
        f"index.ndjson:2: integrity: blobs/{two_sum} was changed: its bytes have another sum",
        f"blobs/{'0' * 64}: integrity: no interaction refers to it; remove it",
        f"blobs/{two_sum}: integrity: was changed: its bytes have another sum",
        f"index.ndjson: incomplete: {PURPOSE}: requests 0, 1 of 2 are missing",
    ]


@pytest.mark.parametrize("name", ["{}", "{}.z"])
def test_a_line_about_a_blob_names_it_once(name: str, tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(b"\xff one"), answer())]), planned=[])
    blob = folder / "blobs" / ask(b"\xff one").body_sha256()
    blob.unlink()
    blob.with_name(name.format(blob.name)).write_bytes(b"something else")
    (hit,) = (hit for hit in check_cassette(folder, STANDARD) if hit.file.startswith("blobs/"))
    assert [line.count(blob.name) for line in (hit.words.en, hit.words.zh)] == [1, 1]


def test_a_damaged_line_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    folder = record(
        tmp_path / "c", exchanges([(ask(), answer()), (ask(), answer(ticket({"a": ID_NUMBER})))]), planned=[]
    )
    index = folder / "index.ndjson"
    lines = index.read_bytes().splitlines(keepends=True)
    index.write_bytes(b"torn\n" + lines[1])
    assert [hit.split(": ")[:2] for hit in hits(folder)] == [
        ["index.ndjson:2 /response/body/result/0/content/a", "id-number"],
        ["index.ndjson", "format"],
        ["index.ndjson", "incomplete"],
        ["index.ndjson", "integrity"],
        ["index.ndjson", "integrity"],
    ]


@pytest.mark.parametrize("damage", ["no index", "a torn line", "a line without a length"])
def test_no_blob_is_called_superfluous_where_lines_cannot_be_read(damage: str, tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(b"\xff one"), answer()), (ask(b"\xff two"), answer())]), planned=[])
    index = folder / "index.ndjson"
    if damage == "no index":
        index.unlink()
    elif damage == "a torn line":
        index.write_bytes(index.read_bytes()[:-100])
    else:
        index.write_text(index.read_text().replace('"blob"', '"blub"'))
    found = hits(folder)
    assert any(hit.startswith("index.ndjson") for hit in found)
    assert [hit for hit in found if "remove it" in hit] == []


@pytest.mark.parametrize(
    ("member", "odd", "hit"),
    [
        ('"elapsed_s":0.25', f'"elapsed_s":{10**400}', "index.ndjson:1: format: elapsed_s: expected a finite number"),
        (TICKETS_PATH, TICKETS_PATH + "\\ud800", "index.ndjson: integrity: it was changed since it was sealed"),
    ],
)
def test_no_line_whatever_raises(tmp_path: Path, member: str, odd: str, hit: str) -> None:
    index = one(answer(), tmp_path / "c") / "index.ndjson"
    index.write_text(index.read_text().replace(member, odd))
    assert hits(tmp_path / "c")[0].startswith(hit)


def test_an_unfinished_recording_is_incomplete(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "c", ABOUT)
    writer.add(interaction(ask(), answer()))
    writer.close()
    assert hits(tmp_path / "c") == [
        "journal.ndjson: incomplete: the recording was interrupted; go on with --record, or remove it"
    ]


def test_a_missing_control_is_named(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [replace(interaction(ask(), answer(), 1), control=0)], planned=[])
    assert hits(folder)[0] == f"index.ndjson: incomplete: {PURPOSE}, request 1: its control, request 0, is missing"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format": 1}', b"\xff", b'{"format": 1, "kit_version": 7}'])
def test_no_manifest_whatever_raises(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cassette.json").write_bytes(content)
    assert hits(tmp_path)[0].split(": ")[1] == "format"
