"""A redacted copy: what has to go is gone from every file, all else stays. All values are made up."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

from recordings import ABOUT, answer, ask, exchanges, interaction, record, ticket

from conformance.exchange import Request, TransportFailure, TrueDocument, Truth
from conformance.recordings import Interaction, Retried, Sending, Spot
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.patterns import Pseudonyms
from conformance.recordings.reader import CassetteReader
from conformance.recordings.redact import Redaction, Rules, redact_cassette
from conformance.redactor import Secret

TOKEN = "sesame-of-nobody"
PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 2).decode()
NAME, NUMBER = "张样本", "110101190001010006"
QUAD = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


class Knowledge:
    """What the kit knows, for the tests: a request is its own where its body says so."""

    def is_own(self, request: Request) -> bool:
        return b"specimen" in request.body

    def is_vocabulary(self, value: str) -> bool:
        return value in ("男", "")

    def blank(self, text: str) -> str:
        return "A" * len(text)


def redacted(folder: Path, interactions: list[Interaction], **rules: object) -> tuple[list[Interaction], Redaction]:
    """The interactions of a copy, and what was done."""
    record(folder / "c", interactions)
    done = redact_cassette(folder / "c", folder / "copy", Rules(**rules), Knowledge(), Pseudonyms(b"tests"))  # type: ignore[arg-type]
    return list(CassetteReader(folder / "copy")), done


def everything(folder: Path) -> bytes:
    """Every byte of every file of a copy."""
    return b"".join(path.read_bytes() for path in sorted((folder / "copy").rglob("*")) if path.is_file())


def content(one: Interaction) -> dict[str, object]:
    assert one.exchange.response is not None
    found: dict[str, object] = json.loads(one.exchange.response.body)["result"][0]["content"]
    return found


def test_a_credential_becomes_a_placeholder_wherever_it_stands(tmp_path: Path) -> None:
    reply = answer({"error_msg": f"unknown token {TOKEN}"}, 400, (("X-Debug", TOKEN), ("X-Hex", TOKEN.encode().hex())))
    failure = TransportFailure("tls", f"no TLS for {TOKEN}", 0.5)
    sent = ask({"url": f"http://{TOKEN}.invalid/"}, path=f"/v1.0/a?token={TOKEN}")
    (one, other), _ = redacted(
        tmp_path, exchanges([(sent, reply), (ask(), failure)]), secrets=(Secret("token", TOKEN),), keep_images=True
    )
    assert TOKEN.encode() not in everything(tmp_path)
    assert one.exchange.response is not None
    assert one.exchange.response.header("X-Debug") == "[[redacted:token]]"
    assert json.loads(one.exchange.response.body)["error_msg"] == "unknown token [[redacted:token]]"
    assert other.exchange.answer == replace(failure, detail="no TLS for [[redacted:token]]")


def test_a_credential_beside_half_of_a_surrogate_pair_becomes_a_placeholder(tmp_path: Path) -> None:
    sent = ask({"specimen": 1}, path=f"/v1.0/\ud800?token={TOKEN}")
    (one,), _ = redacted(tmp_path, [interaction(sent, answer())], secrets=(Secret("token", TOKEN),))
    assert one.exchange.request.path == "/v1.0/\ud800?token=[[redacted:token]]"


def test_what_was_read_on_a_document_of_somebody_gets_pseudonyms_of_its_form(tmp_path: Path) -> None:
    fields = {"name": NAME, "id_number": NUMBER, "sex": "男", "list": [{"price": 12.5}], "confidence": {"name": 0.93}}
    (one,), _ = redacted(tmp_path, [interaction(ask({"image": PICTURE}), answer(ticket(fields)))])
    found = content(one)
    assert NAME.encode() not in everything(tmp_path)
    assert NUMBER.encode() not in everything(tmp_path)
    assert [len(str(found["name"])), len(str(found["id_number"]))] == [3, 18]
    assert (found["sex"], found["confidence"]) == ("男", {"name": 0.93})
    assert found["list"] != fields["list"]
    result = json.loads(one.exchange.response.body)["result"][0]  # type: ignore[union-attr]
    assert (result["type"], result["status"]["error_code"], result["location"][1]) == (
        "train_ticket",
        "AIS.0000",
        [9, 0],
    )


def test_equal_values_get_equal_pseudonyms_and_the_truth_gets_the_same(tmp_path: Path) -> None:
    truth = Truth(20, 10, (TrueDocument("train_ticket", QUAD, fields=(("name", NAME),)),))
    sent = replace(ask({"image": PICTURE}), truth=truth)
    copies, _ = redacted(tmp_path, exchanges([(sent, answer(ticket({"name": NAME})))] * 2))
    names = {content(one)["name"] for one in copies} | {one.exchange.truth.documents[0].fields[0][1] for one in copies}  # type: ignore[union-attr]
    assert len(names) == 1
    assert names != {NAME}


def test_what_was_read_on_the_kits_specimens_stays(tmp_path: Path) -> None:
    made = interaction(ask({"image": PICTURE, "specimen": 1}), answer(ticket({"name": NAME})))
    copies, done = redacted(tmp_path, [made])
    assert copies == [made]
    assert done == Redaction(interactions=1, changed=0, pictures=0)


def test_a_named_header_and_a_named_member_get_pseudonyms(tmp_path: Path) -> None:
    made = interaction(
        ask({"image": PICTURE, "specimen": 1, "who": {"deep": "Somebody"}}),
        answer(ticket({"Name": NAME, "other": "kept"}), headers=(("X-User", "u-1234"), ("X-Kept", "u-1234"))),
    )
    (one,), _ = redacted(tmp_path, [made], names=("name", "x-user", "who"))
    assert content(one)["Name"] != NAME
    assert content(one)["other"] == "kept"
    assert one.exchange.response is not None
    assert (one.exchange.response.header("X-User") != "u-1234", one.exchange.response.header("X-Kept")) == (
        True,
        "u-1234",
    )
    assert json.loads(one.exchange.request.body)["who"]["deep"] not in ("", "Somebody")


def test_a_given_value_gets_one_pseudonym_in_text_json_and_escapes(tmp_path: Path) -> None:
    escaped = json.dumps(ticket({"note": f"of {NAME}."})).encode()
    assert NAME.encode() not in escaped
    made = exchanges([
        (ask({"specimen": 1}), answer(escaped)),
        (ask(b"specimen no json: " + NAME.encode()), answer(NAME.encode())),
    ])  # fmt: skip
    (one, two), _ = redacted(tmp_path, made, values=(NAME,))
    note = str(content(one)["note"])
    assert note.startswith("of ")
    assert two.exchange.response is not None
    assert two.exchange.response.body.decode() == note[3:-1] == two.exchange.request.body.decode()[-3:] != NAME


def test_pictures_of_others_become_blank_and_stay_where_that_is_asked_for(tmp_path: Path) -> None:
    raw = b"\xff\xd8" + bytes(range(256))
    made = exchanges([
        (ask({"image": PICTURE, "type_list": ["passport"]}), answer()),
        (ask({"image": f"data:image/png;base64,{PICTURE}"}), answer()),
        (ask(raw), answer()),
        (ask(f"image={PICTURE}&x".encode()), answer()),
        (ask({"image": PICTURE, "specimen": 1}), answer()),
    ])  # fmt: skip
    copies, done = redacted(tmp_path / "a", made)
    bodies = [one.exchange.request.body for one in copies]
    blank = "A" * len(PICTURE)
    assert json.loads(bodies[0]) == {"image": blank, "type_list": ["passport"]}
    assert json.loads(bodies[1]) == {"image": f"data:image/png;base64,{blank}"}
    assert bodies[2] == b"\xff" * len(raw)
    assert PICTURE.encode() not in bodies[3]
    assert json.loads(bodies[4])["image"] == PICTURE
    assert (done.pictures, done.changed) == (4, 4)
    kept, _ = redacted(tmp_path / "b", made, keep_images=True)
    assert [one.exchange.request.body for one in kept] == [one.exchange.request.body for one in made]


def test_headers_that_carry_credentials_are_dropped(tmp_path: Path) -> None:
    headers = (("Set-Cookie", "session=of-nobody"), ("X-Subject-Token", "t"), ("X-Request-Id", "1"))
    (one,), _ = redacted(tmp_path, [interaction(ask({"specimen": 1}), answer(headers=headers))])
    assert one.exchange.response is not None
    assert one.exchange.response.headers == (("X-Request-Id", "1"),)


def test_the_address_of_a_picture_keeps_its_host_alone(tmp_path: Path) -> None:
    sent = ask({"url": "https://zhang:s3same@bucket.invalid/zhang-san.png?AccessKeyId=NOBODY&Signature=abc"})
    (one,), _ = redacted(tmp_path, [interaction(sent, answer())])
    url = json.loads(one.exchange.request.body)["url"]
    assert url.startswith("https://bucket.invalid/")
    assert b"zhang-san" not in everything(tmp_path)
    assert b"NOBODY" not in everything(tmp_path)
    assert b"s3same" not in everything(tmp_path)


def test_an_address_that_cannot_be_taken_apart_is_hidden_whole(tmp_path: Path) -> None:
    (one,), _ = redacted(tmp_path, [interaction(ask({"url": "http://[zhang-san"}), answer())])
    url = json.loads(one.exchange.request.body)["url"]
    assert ("zhang" in url, url[4:8], len(url)) == (False, "://[", 17)


def test_a_copy_says_so_and_keeps_what_the_recording_said(tmp_path: Path) -> None:
    redacted(tmp_path, [interaction(ask({"specimen": 1}), answer())])
    before, after = (json.loads((tmp_path / name / "cassette.json").read_text()) for name in ("c", "copy"))
    assert {name: value for name, value in after.items() if before.get(name) != value} == {"redacted": True}


def test_nothing_else_of_a_body_changes(tmp_path: Path) -> None:
    body = b' {"result" : [ {"status":{"error_code":"AIS.0000"}, "content":{"name":"abc" , "n":1.5}} ]}\r\n'
    (one,), _ = redacted(tmp_path, [interaction(ask({"image": PICTURE}), answer(body))])
    assert one.exchange.response is not None
    found = one.exchange.response.body
    assert len(found) == len(body)
    assert found.split(b'"name":"')[0] == body.split(b'"name":"')[0]
    assert found.split(b'" , "n":')[1][-7:] == body.split(b'" , "n":')[1][-7:]


def test_what_was_asked_for_again_and_what_is_unknown_stays_in_the_copy(tmp_path: Path) -> None:
    writer = CassetteWriter(tmp_path / "c", {**ABOUT, "planned": ["p"]})
    retried = Retried(Spot("p", 1, 0), 429, "2026-03-01T08:00:00.000Z")
    lost = Sending(Spot("p", 1, 1), 2, "2026-03-01T08:00:01.000Z")
    writer.retried(retried)
    writer.sending(lost)
    writer.seal({"stop_reason": "limit"})
    redact_cassette(tmp_path / "c", tmp_path / "copy", Rules(), Knowledge())
    reader = CassetteReader(tmp_path / "copy")
    assert (reader.retried, reader.unknown) == ((retried,), (lost,))
