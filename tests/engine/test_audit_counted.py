"""An audit that counts what looks alike comes to the same as one that judges every exchange."""

from __future__ import annotations

import base64
import json
import random
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.contract import load_contract
from conformance.engine.audit import Audit, audit
from conformance.exchange import Exchange, Request, Response
from conformance.judging import judge
from conformance.judging.looks import Looks
from conformance.judging.results import Observation
from conformance.judging.view import View
from conformance.recordings import Interaction
from conformance.recordings.journal import CassetteWriter

TICKETS = "auto-classification-v1.0"
PATH = "/v1.0/ocr/auto-classification"
JSON = ("Content-Type", "application/json")


def picture(number: int, length: int) -> str:
    """Base64 text of a PNG that is no other number's."""
    size = (600 + number).to_bytes(4, "big") + (500).to_bytes(4, "big")
    comment = f"comment {number}".encode().ljust(length)
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0\0\0\0\0"
    return base64.b64encode(
        head + len(comment).to_bytes(4, "big") + b"tEXt" + comment + b"\0\0\0\0\0\0\0\0IEND\xae\x42\x60\x82"
    ).decode()


def ticket(drawn: random.Random) -> dict[str, Any]:
    """A recognised ticket, mostly a healthy one."""
    left, top = drawn.randrange(300), drawn.randrange(400)
    fields = {"code": "000000000000", "number": "00000000", "amount": "￥50.00", "location": "样本市"}
    content: dict[str, Any] = {**fields, "confidence": dict.fromkeys(fields, round(drawn.random(), 3))}
    made: dict[str, Any] = {
        "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
        "type": "quota_invoice",
        "location": [[left, top], [left + 200, top], [left + 200, top + 80], [left, top + 80]],
        "content": content,
    }
    change = drawn.randrange(12)
    if change == 0:
        content["seen_by"] = "x"
    elif change == 1:
        made["location"][0][0] = 9_000
    elif change == 2:
        del content["amount"]
    elif change == 3:
        content["confidence"]["code"] = 2
    elif change == 4:
        made["location"] = made["location"][::-1]
    return made


def exchanges(count: int) -> list[Exchange]:
    """Traffic with breaches, refusals, requests sent again, and pictures sent twice."""
    drawn = random.Random(count)
    found = []
    for number in range(count):
        shown = number // 2 if drawn.random() < 0.1 else number
        body: dict[str, Any] = {"image": picture(shown, drawn.randrange(250, 900))}
        if drawn.random() < 0.3:
            body["type_list"] = ["quota_invoice"]
        answer: dict[str, Any] = {"result": [ticket(drawn) for _ in range(drawn.randrange(1, 4))]}
        status, turn = 200, drawn.randrange(20)
        if turn == 0:
            status, answer = 400, {"error_code": "AIS.0104", "error_msg": "x"}
        elif turn == 1:
            status, answer = 429, {"error_code": "APIG.0308", "error_msg": "x"}
        elif turn == 2:
            body, status, answer = {}, 400, {"error_code": "AIS.0101", "error_msg": "x"}
        headers = (JSON, ("X-Request-Id", str(number))) if drawn.random() < 0.9 else (JSON,)
        request = Request("POST", PATH, (JSON,), json.dumps(body).encode())
        response = Response(status, headers, json.dumps(answer).encode(), number / 100)
        found.append(Exchange(request, response, f"{number:05d}"))
        if status == 429 and drawn.random() < 0.5:
            later = json.dumps({"result": [ticket(drawn)]}).encode()
            found.append(Exchange(request, Response(200, headers, later), f"{number:05d}b"))
    return found


def recorded(folder: Path, traffic: list[Exchange]) -> Path:
    """A cassette."""
    writer = CassetteWriter(folder, {"kit_version": "0", "contracts": [TICKETS]})
    for position, one in enumerate(traffic):
        writer.add(Interaction(TICKETS, "made/up", position, "control", 1, one))
    writer.seal({"stop_reason": None})
    return folder


def written(path: Path, traffic: list[Exchange]) -> Path:
    """NDJSON of the same."""
    lines = []
    for one in traffic:
        assert isinstance(one.answer, Response)
        headers = {"Content-Type": "application/json", "X-Auth-Token": "a-token-of-somebody"}
        sent = {
            "method": "POST",
            "url": f"https://ocr.invalid{PATH}",
            "headers": headers,
            "body": one.request.body.decode(),
        }
        got = {"status": one.answer.status, "headers": dict(one.answer.headers), "body": one.answer.body.decode()}
        lines.append(json.dumps({"request": sent, "response": got}))
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def learnt(result: Audit) -> dict[str, Any]:
    """Everything that a report is made of."""
    ledger = result.ledger
    accounts = {
        name: (
            account.verdict, account.witnesses, account.witness, account.broken, account.undecided,
            [(one.exchange.id, one.observation) for one in account.findings],
        )
        for name, account in ledger.accounts.items()
    }  # fmt: skip
    notes = [(note.id, note.outcome, note.billed, note.request_bytes, note.fault) for note in ledger.notes]
    return {
        "accounts": accounts, "notes": notes, "sent": ledger.sent, "billable": ledger.billable,
        "again": result.sent_again, "accepted": ledger.accepted,
    }  # fmt: skip


@pytest.mark.parametrize("make", [recorded, written], ids=["cassette", "ndjson"])
def test_counting_comes_to_the_same_as_judging_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make: Any) -> None:
    place = make(tmp_path / "traffic", exchanges(300))
    monkeypatch.setattr("conformance.engine.audit.MAX_NOTES", 40)
    counted = learnt(audit([place], [load_contract(TICKETS)]))
    monkeypatch.setattr(Looks, "see", lambda _self, _lean: None)
    judged = learnt(audit([place], [load_contract(TICKETS)]))
    assert counted == judged


def test_most_exchanges_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def noted(view: View) -> list[Observation]:
        judged.append(view.exchange.id)
        return judge(view)

    monkeypatch.setattr("conformance.engine.pieces.judge", noted)
    audit([recorded(tmp_path / "traffic", exchanges(300))], [load_contract(TICKETS)])
    assert len(judged) < 200


def test_what_a_cassette_promises_is_looked_at_at_a_glance_too(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "traffic", exchanges(30))
    blobs = sorted((folder / "blobs").iterdir())
    blobs[0].unlink()
    found = audit([folder], [load_contract(TICKETS)])
    assert found.left_out_count >= 1
    assert "is missing" in str(found.left_out[0])
