"""The format of a cassette: what goes in comes out, pictures are cut out and kept once, every line fits the schema."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from recordings import ABOUT, BODIES, PICTURE, answer, ask, exchanges, full, interaction, record

from conformance.exchange import TransportFailure
from conformance.recordings import CassetteError, Retried, Sending, Spot
from conformance.recordings.blobs import canonical_sum
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.reader import CassetteReader

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "schemas" / "cassette.schema.json").read_text())


def validator(definition: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": SCHEMA["$defs"]})


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_every_body_comes_back_byte_for_byte(tmp_path: Path, body: bytes) -> None:
    record(tmp_path / "c", [full(body)])
    (back,) = CassetteReader(tmp_path / "c")
    exchange = back.exchange
    assert (exchange.request.body, exchange.response and exchange.response.body) == (body, body)


def test_everything_that_a_line_holds_comes_back(tmp_path: Path) -> None:
    record(tmp_path / "c", [full()])
    (back,) = CassetteReader(tmp_path / "c")
    label = back.exchange.request.label
    assert back == full()
    assert back.exchange.truth == full().exchange.truth
    assert label is not None
    assert (label.fault, label.requirement, label.codes) == ("body.empty", "x/y", ("AIS.0101",))
    assert back.exchange.response is not None
    assert back.exchange.response.odd == ("Unasked bytes followed the answer.",)


def test_a_transport_failure_comes_back(tmp_path: Path) -> None:
    failure = TransportFailure("timeout", "no answer within 30 s", 30.0)
    record(tmp_path / "c", [interaction(ask(), failure)])
    (back,) = CassetteReader(tmp_path / "c")
    assert back.exchange.answer == failure


def test_a_picture_is_kept_once_and_not_in_the_index(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask(BODIES["picture"]), answer())] * 3))
    assert [path.name for path in (folder / "blobs").iterdir()] == [hashlib.sha256(PICTURE).hexdigest()]
    assert base64.b64encode(PICTURE) not in (folder / "index.ndjson").read_bytes()


def test_a_body_that_is_kept_whole_leaves_no_picture_beside_it(tmp_path: Path) -> None:
    body = b'{"image":"' + base64.b64encode(PICTURE) + b"~" * 5000 + b'"}'
    writer = CassetteWriter(tmp_path / "c", ABOUT)
    writer.add(interaction(ask(body), answer()))
    writer.close()
    assert [path.name for path in (tmp_path / "c" / "blobs").iterdir()] == [f"{hashlib.sha256(body).hexdigest()}.z"]


def test_a_blob_that_shrinks_to_a_quarter_is_kept_small(tmp_path: Path) -> None:
    body = b"\xff" + bytes(100_000)
    folder = record(tmp_path / "c", [interaction(ask(body), answer())])
    (blob,) = (folder / "blobs").iterdir()
    assert blob.name == f"{hashlib.sha256(body).hexdigest()}.z"
    assert blob.stat().st_size < 1000


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_each_line_of_an_index_fits_the_schema(tmp_path: Path, body: bytes) -> None:
    failure = interaction(ask(), TransportFailure("closed", "gone", 0.5), 9)
    folder = record(tmp_path / "c", [full(body), failure])
    for line in (folder / "index.ndjson").read_bytes().splitlines():
        assert [error.message for error in validator("interaction").iter_errors(json.loads(line))] == []


def test_the_manifest_fits_the_schema_before_and_after_the_seal(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "c", {**ABOUT, "planned": ["p"]})
    manifests = [json.loads((tmp_path / "c" / "cassette.json").read_text())]
    writer.retried(Retried(Spot("p", 1, 0), 503, "2026-03-01T07:59:59.000Z"))
    writer.sending(Sending(Spot("p", 1, 0), 2, "2026-03-01T08:00:00.000Z"))
    writer.seal({"stop_reason": "limit", "duration_s": 0.5})
    manifests.append(json.loads((tmp_path / "c" / "cassette.json").read_text()))
    assert [manifest["state"] for manifest in manifests] == ["recording", "partial"]
    assert [error.message for one in manifests for error in validator("manifest").iter_errors(one)] == []


def test_each_line_of_a_journal_fits_the_schema(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "c", ABOUT)
    writer.sending(Sending(Spot("c/p", 2, 3), 2, "2026-03-01T08:00:00.000Z"))
    writer.retried(Retried(Spot("c/p", 2, 3), 429, "2026-03-01T08:00:01.000Z"))
    writer.add(full())
    writer.finish("c/p", 4)
    writer.close()
    lines = (tmp_path / "c" / "journal.ndjson").read_bytes().splitlines()
    assert len(lines) == 4
    assert [e.message for line in lines for e in validator("journal_line").iter_errors(json.loads(line))] == []


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (b'{"a":1,"b":"x"}', b' { "b": "\\u0078", "a": 1 } ', True),
        (b'{"a":1}', b'{"a":1.0}', False),
        (b'{"a":1}', b'{"a":true}', False),
        (b'{"a":1.0}', b'{"a":1.00}', True),
        (b"[1,2]", b"[2,1]", False),
    ],
)
def test_equal_json_has_an_equal_sum(one: bytes, other: bytes, same: bool) -> None:
    assert (canonical_sum(one) == canonical_sum(other)) is same


@pytest.mark.parametrize("body", [b"", b"text", b'{"a":1,"a":2}', b"\xff{}", b'{"a":', b"[" * 100_000, b"123"])
def test_what_is_no_plain_json_value_has_no_sum(body: bytes) -> None:
    assert canonical_sum(body) is None


def test_a_changed_body_is_named_with_its_line(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", exchanges([(ask({"a": n}), answer()) for n in range(3)]))
    index = folder / "index.ndjson"
    index.write_bytes(index.read_bytes().replace(b'\\"a\\": 1', b'\\"a\\": 7'))
    with pytest.raises(CassetteError) as caught:
        list(CassetteReader(folder))
    assert str(caught.value) == (
        f"{index}, line 2: not an interaction of format 1: a body does not have its recorded sum "
        f"{ask({'a': 1}).body_sha256()[:12]}; it was changed"
    )


@pytest.mark.parametrize(
    ("member", "value", "message"),
    [
        ("position", "3", "position: expected a whole number, found a string"),
        ("request", [], "request: expected an object, found a list"),
        ("id", None, "id: expected a string, found nothing"),
        ("relation", ["one"], "relation: expected a requirement and a comparator, found a list"),
        ("control", True, "control: expected a whole number, found a boolean"),
    ],
)
def test_a_damaged_member_is_named(tmp_path: Path, member: str, value: object, message: str) -> None:
    folder = record(tmp_path / "c", [full()])
    index = folder / "index.ndjson"
    index.write_text(json.dumps({**json.loads(index.read_text()), member: value}) + "\n")
    with pytest.raises(CassetteError) as caught:
        list(CassetteReader(folder))
    assert str(caught.value) == f"{index}, line 1: not an interaction of format 1: {message}"


def test_a_damaged_member_is_named_in_chinese(tmp_path: Path) -> None:
    index = record(tmp_path / "c", [full()]) / "index.ndjson"
    index.write_text(json.dumps({**json.loads(index.read_text()), "position": "3"}) + "\n")
    with pytest.raises(CassetteError) as caught:
        list(CassetteReader(tmp_path / "c"))
    assert caught.value.words.zh == f"{index}，第 1 行：不是格式 1 的交互记录：position：应为整数，实为字符串"


@pytest.mark.parametrize("coordinate", ["1e999", "NaN", f"{10**400}", "true"])
def test_corners_that_lie_nowhere_are_named(tmp_path: Path, coordinate: str) -> None:
    index = record(tmp_path / "c", [full()]) / "index.ndjson"
    index.write_text(index.read_text().replace("[9.5,9.0]", f"[{coordinate},9.0]"))
    with pytest.raises(CassetteError, match=r"line 1: .*: corners: expected four points of two numbers"):
        list(CassetteReader(tmp_path / "c"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "{folder}: expected a cassette, found no cassette.json in it; record one with --record DIR"),
        ('{"format": 2}', "{folder}/cassette.json: expected format 1, found 2; record the run again with this kit"),
        (
            "[]",
            (
                "{folder}/cassette.json: expected the description of a cassette: top level: expected an object, "
                "found a list"
            ),
        ),
    ],
)
def test_a_folder_that_is_no_cassette_says_what_it_is(tmp_path: Path, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / "cassette.json").write_text(content)
    with pytest.raises(CassetteError) as caught:
        CassetteReader(tmp_path)
    assert str(caught.value) == message.format(folder=tmp_path)


def test_a_name_of_a_blob_leads_nowhere_else(tmp_path: Path) -> None:
    folder = record(tmp_path / "c", [interaction(ask(BODIES["not UTF-8"]), answer())])
    (tmp_path / "secret").write_text("x")
    index = folder / "index.ndjson"
    digest = hashlib.sha256(BODIES["not UTF-8"]).hexdigest()
    index.write_text(index.read_text().replace(f'"blob":"{digest}"', '"blob":"../../secret"'))
    with pytest.raises(CassetteError, match="is no SHA-256 sum"):
        list(CassetteReader(folder))


LONG_PICTURE = base64.b64encode(bytes(range(256)) * 20).decode("ascii")


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"image": LONG_PICTURE, "type_list": ["a"]}),
        json.dumps({LONG_PICTURE: 1}),
        json.dumps([LONG_PICTURE]),
        json.dumps({"image": f'a"{LONG_PICTURE}'}),
        json.dumps({"image": LONG_PICTURE, "data": LONG_PICTURE}),
        f' {{ "image" : "{LONG_PICTURE}" }} ',
        f'{{"a":"\\u0073tands-for-a-picture","image":"{LONG_PICTURE}"}}',
    ],
)
def test_the_sum_of_a_value_is_that_of_its_canonical_json_whatever_picture_is_in_it(body: str) -> None:
    canonical = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":"))
    assert canonical_sum(body.encode()) == hashlib.sha256(canonical.encode("ascii")).hexdigest()


def test_a_picture_beside_a_key_that_stands_twice_has_no_sum() -> None:
    assert canonical_sum(f'{{"image":"{LONG_PICTURE}","image":"x"}}'.encode()) is None
