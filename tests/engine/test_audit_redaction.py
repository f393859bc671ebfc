"""Redacting with the kit's knowledge: its requests stay, those of others become blank, and no verdict changes."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from audited_traffic import TICKETS, audited, line, tickets
from audited_traffic import ticket as made_up

from conformance.contract.contract import Contract, load_contract
from conformance.engine.audit import Audit, audit
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.recorder import KitPictures, blank_like, redact
from conformance.engine.scripts import drawn_script
from conformance.exchange import Request
from conformance.files import PRIMARY
from conformance.images.edge_cases import blank
from conformance.images.formats import VARIANTS, Variant
from conformance.images.sniff import sniff
from conformance.judging.expect import expect
from conformance.recordings.check import Standard, check_cassette
from conformance.recordings.import_export import import_traffic
from conformance.recordings.reader import CassetteReader
from conformance.recordings.recorded import check_request
from conformance.recordings.redact import Rules
from conformance.strategies.specimens import specimens

CONTRACTS = {name: load_contract(name) for name in PRIMARY}
ABOUT = {"contracts": list(PRIMARY), "depth": "smoke", "seed": 0, "planned": []}
NAME, NUMBER = "张样本", "110101190001010006"


def drawn(depth: str = "smoke") -> list[tuple[Contract, Request]]:
    """Every request of a run, each body once."""
    _, purposes = select(Settings("reference", depth=depth))  # type: ignore[arg-type]
    found = {
        planned.request.body_sha256(): (CONTRACTS[purpose.contract_id], planned.request)
        for purpose in purposes
        for planned in drawn_script(purpose, CONTRACTS[purpose.contract_id], 0)
    }
    return list(found.values())


def test_the_requests_of_the_run_are_its_own_and_no_others() -> None:
    pictures = KitPictures(ABOUT)
    assert all(pictures.is_own(request) for _, request in drawn())
    _, request = drawn()[0]
    assert not pictures.is_own(replace(request, body=request.body + b" "))


def test_a_request_with_the_file_of_a_specimen_is_the_kits_own() -> None:
    specimen = next(iter(specimens().values()))
    body = json.dumps({"image": base64.b64encode(specimen.read()).decode(), "unusual": 1}).encode()
    assert KitPictures({}).is_own(Request("POST", "/", (), body))


@pytest.mark.parametrize("value", ["男", "长期", "", "train_ticket"])
def test_listed_values_name_nobody(value: str) -> None:
    assert KitPictures({}).is_vocabulary(value)
    assert not KitPictures({}).is_vocabulary(f"{value}{NAME}")


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda v: f"{v.format}-{v.mode}-{v.layout}")
def test_a_blank_picture_has_the_headers_of_the_one_it_stands_for(variant: Variant) -> None:
    picture = blank(variant.format, 70, 40, variant.mode, variant.layout)
    assert sniff(blank_like(picture)) == sniff(picture)


@pytest.mark.parametrize("data", [b"", b"no picture at all", b"\x89PNG\r\n\x1a\n", b"\xff\xd8", b"GIF89a"])
def test_what_is_hardly_a_picture_stays_so(data: bytes) -> None:
    before, after = sniff(data), sniff(blank_like(data))
    assert (before is None, before and before.complete) == (after is None, after and after.complete)


def test_the_judge_reads_a_request_with_a_blank_picture_as_it_read_the_original(tmp_path: Path) -> None:
    """Requests of a run are taken for those of somebody else; one in four, which has each kind of fault in it."""
    requests = [(contract, request) for contract, request in drawn("standard") if not request.pictures][::4]
    for _, request in requests:  # what the kit gets wrong on purpose is taken for nothing that a recorder cut
        assert check_request(request.method, request.headers, request.body) == request.body
    with (tmp_path / "traffic").open("w") as file:
        for _, request in requests:
            body = {"base64": _base64(request.body)}
            sent = {"method": request.method, "path": request.path, "headers": list(request.headers)}
            line_of = {"request": {**sent, "auth": request.auth, "body": body}, "response": {"status": 200, "body": ""}}
            file.write(json.dumps(line_of) + "\n")
    import_traffic(tmp_path / "traffic", tmp_path / "c", "0.1.0", "2026-03-01T08:00:00Z")
    done = redact(tmp_path / "c", tmp_path / "copy", Rules())
    assert done.pictures > 30
    differ = []
    for (contract, before), copied in zip(requests, CassetteReader(tmp_path / "copy"), strict=True):
        after = copied.exchange.request
        one, two = expect(before, contract), expect(after, contract)
        if (one.decision, one.faults, one.opens) != (two.decision, two.faults, two.opens):
            differ.append((before.label and before.label.fault, one, two))
    assert differ == []


def test_a_redacted_import_passes_the_check_and_is_judged_alike(tmp_path: Path) -> None:
    personal = made_up(name=NAME, id_number=NUMBER, date="2020年03月01日", phone="13800000000")
    picture = _base64(blank("JPEG", 300, 200, "rgb"))
    traffic = [
        line(TICKETS, {"image": picture}, tickets(personal)),
        line(TICKETS, {"image": picture}, tickets(personal)),
    ]
    before = audited(tmp_path / "traffic", traffic, [TICKETS])
    import_traffic(tmp_path / "traffic", tmp_path / "c", "0.1.0", "2026-03-01T08:00:00Z")
    redact(tmp_path / "c", tmp_path / "copy", Rules())
    after = audit([tmp_path / "copy"], [CONTRACTS[TICKETS]])
    standard = Standard("0.1.0", datetime(2026, 3, 2, tzinfo=UTC))
    assert {hit.kind for hit in check_cassette(tmp_path / "c", standard)} == {"id-number", "phone-number"}
    assert list(check_cassette(tmp_path / "copy", standard)) == []
    assert _verdicts(after) == _verdicts(before)
    files = b"".join(path.read_bytes() for path in (tmp_path / "copy").rglob("*") if path.is_file())
    assert all(value.encode() not in files for value in (NAME, NUMBER, "13800000000", picture))


def _verdicts(result: Audit) -> dict[str, str]:
    return {name: account.verdict for name, account in result.ledger.accounts.items()}


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
