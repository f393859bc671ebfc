"""A service that classifies one picture: as the documents say, or with a mistake (three corners for four)."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

PATH = "/v1.0/ocr/auto-classification"
HEADERS = {"X-Request-Id": "0123456789abcdef0123456789abcdef"}

_SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\x00", b"MM\x00*")
_CORNERS = [[16, 16], [1026, 16], [1026, 656], [16, 656]]
_FIELDS = {
    "bank_name": "样本银行",
    "card_number": "9999000004175555",
    "issue_date": "03/21",
    "expiry_date": "03/31",
    "type": "储蓄卡",
}


@dataclass(frozen=True)
class Service:
    """What every framework here serves."""

    mistaken: bool = False

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer, which is JSON."""
        try:
            picture = base64.b64decode(json.loads(body)["image"], validate=True)
        except (binascii.Error, KeyError, TypeError, ValueError):
            return 400, _refusal("AIS.0101", "The input parameter is invalid.")
        if not picture.startswith(_SIGNATURES):
            return 400, _refusal("AIS.0102", "The image format is not supported.")
        ticket = {
            "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
            "type": "bankcard",
            "location": _CORNERS[: 3 if self.mistaken else 4],
            "content": {**_FIELDS, "confidence": dict.fromkeys(_FIELDS, 0.9)},
        }
        return 200, json.dumps({"result": [ticket]}).encode()


def _refusal(code: str, message: str) -> bytes:
    return json.dumps({"error_code": code, "error_msg": message}).encode()
