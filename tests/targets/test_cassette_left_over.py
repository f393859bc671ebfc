"""What older versions of the kit left of credentials in imported traffic: found by `check`, taken out by `redact`."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from recordings import answer, ask, exchanges, record

from conformance.engine.recorder import redact
from conformance.exchange import Request, Response
from conformance.recordings.check import Standard, check_cassette
from conformance.recordings.redact import Rules
from conformance.redactor import Redactor, Secret

PROJECT = "fedcba98765432100123456789abcdef"
AK = "AKOFNOBODY0000000001"
LEFT = {
    "password of a login": (ask({"auth": {"password": {"user": {"password": "sesame-of-nobody-1"}}}}), answer({})),
    "token of another exchange": (ask(), answer({"token": "sesame-of-nobody-1"})),
    "token in a parameter": (ask(path="/session?access_token=sesame-of-nobody-1"), answer({})),
    "cookie in a message": (ask(), answer({"error_msg": "bad for cookie-sesame-of-nobody-1"})),
    "project id of a login": (ask(), answer({"token": {"project": {"id": PROJECT}}})),
    "project id in a message": (ask(), answer({"error_msg": f"project {PROJECT}: bad"})),
    "keys": (ask(), answer({"access_key": AK, "secret_key": "Sesame0fNobody0fNobody0fNobody0fNobody01"})),
}
VALUES = ("sesame-of-nobody", PROJECT, "AKOFNOBODY", "Sesame0f")


def hits(folder: Path) -> list[str]:
    standard = Standard("0.1.0", datetime(2026, 3, 2, tzinfo=UTC))
    return [hit.kind for hit in check_cassette(folder, standard)]


@pytest.mark.parametrize("left", LEFT)
def test_what_is_left_in_imported_traffic_is_found_and_redacted(left: str, tmp_path: Path) -> None:
    request, reply = LEFT[left]
    folder = record(tmp_path / "c", exchanges([(request, reply), (ask(), answer({}))]), imported="har", contracts=[])
    assert set(hits(folder)) == {"secret"}
    redact(folder, tmp_path / "copy", Rules())
    assert hits(tmp_path / "copy") == []
    written = b"".join(file.read_bytes() for file in (tmp_path / "copy").rglob("*") if file.is_file()).decode()
    assert [value for value in VALUES if value in written] == []


def test_the_same_words_in_a_recording_of_the_kit_are_its_own(tmp_path: Path) -> None:
    assert hits(record(tmp_path / "c", exchanges([LEFT["token of another exchange"]]))) == []


@pytest.mark.parametrize(
    ("number", "kind"),
    [("11010519491231002X", "id-number"), ("4111111111111111", "card-number"), ("13912345678", "phone-number")],
)
def test_what_check_says_to_replace_is_replaced(number: str, kind: str, tmp_path: Path) -> None:
    request = Request("POST", "/v1.0/a", (("X-Note", f"of {number}"),), f'{{"note": "{number}"}}'.encode())
    reply = Response(400, (), f"no {number}".encode())
    folder = record(tmp_path / "c", exchanges([(request, reply)]), imported="har", contracts=[])
    assert hits(folder) == [kind] * 3
    redact(folder, tmp_path / "copy", Rules())
    assert hits(tmp_path / "copy") == []


def test_hundreds_of_credentials_are_found_as_a_few_are() -> None:
    secrets = [Secret("token", f"token-of-nobody-{number:05d}") for number in range(500)]
    text = " ".join(
        (secrets[3].value, base64.b64encode(b"x" + secrets[77].value.encode()).decode(), secrets[499].value.upper())
    ).encode()
    many, few = Redactor(secrets), Redactor([secrets[3], secrets[77], secrets[499]])
    assert many.redact(text) == few.redact(text)
    assert b"nobody" not in many.redact(text).lower()
    assert many.redact(b"nothing in it") == b"nothing in it"
