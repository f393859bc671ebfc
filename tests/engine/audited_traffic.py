"""Made-up traffic for the tests of audits, as NDJSON exchanges: what a proxy in front of a service could have noted."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from pathlib import Path

from conformance.contract.contract import load_contract
from conformance.engine.audit import Audit, audit
from conformance.files import PRIMARY

PROJECT = "fedcba98765432100123456789abcdef"
TICKETS, DOCUMENT = PRIMARY
URLS = {
    TICKETS: "https://ocr.invalid/v1.0/ocr/auto-classification",
    DOCUMENT: f"https://ocr.invalid/v2/{PROJECT}/ocr/auto-id-doc-classification",
}
HEADERS = {"Content-Type": "application/json", "X-Auth-Token": "sesame-of-nobody"}
LOCATION = [[10, 10], [200, 10], [200, 100], [10, 100]]


def png(width: int = 300, height: int = 200, tail: bytes = b"") -> str:
    """Headers and end marker of an RGB PNG in base64: all that a judge reads of a picture."""
    size = width.to_bytes(4, "big") + height.to_bytes(4, "big")
    head = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + size + b"\x08\x02\0\0\0\0\0\0\0"
    comment = len(tail).to_bytes(4, "big") + b"tEXt" + tail + b"\0\0\0\0" if tail else b""
    return base64.b64encode(head + comment + b"\0\0\0\0IEND\xae\x42\x60\x82").decode()


def ticket(kind: str = "quota_invoice", **content: object) -> dict[str, object]:
    """One recognised ticket."""
    names = {"code": "000000000000", "number": "00000000", "amount": "￥50.00", "location": "样本市", **content}
    return {
        "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
        "type": kind,
        "location": LOCATION,
        "content": {**names, "confidence": dict.fromkeys(names, 0.9)},
    }


def tickets(*found: dict[str, object]) -> dict[str, object]:
    """A result of the ticket operation."""
    return {"result": list(found)}


def document(**more: object) -> dict[str, object]:
    """A result of the identity document operation."""
    return {"result": {"type": "passport", "location": LOCATION, "confidence": 0.9, **more}}


def refusal(code: str = "AIS.0101", text: str = "The input parameter is invalid.") -> dict[str, object]:
    """A documented error."""
    return {"error_code": code, "error_msg": text}


def line(contract: str, body: object, answer: object, status: int = 200, **request: object) -> str:
    """One exchange; `body` and `answer` are text, or what their JSON says."""
    sent = {"method": "POST", "url": URLS[contract], "headers": HEADERS, "body": _text(body), **request}
    headers = {"Content-Type": "application/json", "X-Request-Id": "of-nobody"}
    reply = {"status": status, "headers": headers, "body": _text(answer), "elapsed_s": 0.1}
    return json.dumps({"request": sent, "response": reply})


def audited(path: Path, lines: Iterable[str], contracts: Iterable[str] = PRIMARY) -> Audit:
    """What an audit says of some lines."""
    path.write_text("".join(f"{one}\n" for one in lines))
    return audit([path], [load_contract(name) for name in contracts])


def verdict(result: Audit, requirement: str, contract: str = TICKETS) -> str:
    """The verdict of one requirement."""
    return result.ledger.accounts[f"{contract}/{requirement}"].verdict


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
