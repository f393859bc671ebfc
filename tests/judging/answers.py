"""Exchanges for judging: conformant ones with invented values, and ways to break them by hand."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.exchange import Auth, Exchange, Quad, Request, Response, TrueDocument, Truth
from conformance.images import blank
from conformance.images.sniff import sniff

Answer = dict[str, Any]
Change = Callable[[Answer], object]

HEADERS = (("Content-Type", "application/json"), ("X-Request-Id", "0f1e2d3c"))
TICKETS, DOCUMENT = "auto-classification-v1.0", "auto-id-doc-classification-v2"
FAILED_TEXT = "The image is not supported or the image quality is poor."


def png(width: int, height: int) -> bytes:
    """Headers and end marker of an RGB PNG: all that a judge reads of a picture."""
    head = (
        b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big")
    )
    return head + b"\x08\x02\x00\x00\x00" + b"\0\0\0\0" + b"\0\0\0\0IEND\xae\x42\x60\x82"


assert sniff(png(2000, 1500)) is not None

QUADS = {
    "quota_invoice": ((100.0, 100.0), (700.0, 100.0), (700.0, 400.0), (100.0, 400.0)),
    "train_ticket": ((800.0, 100.0), (1600.0, 100.0), (1600.0, 600.0), (800.0, 600.0)),
    "taxi_invoice": ((100.0, 700.0), (600.0, 700.0), (600.0, 1400.0), (100.0, 1400.0)),
    "passport": ((50.0, 60.0), (950.0, 80.0), (940.0, 700.0), (40.0, 680.0)),
}


_TRAIN_TICKET = {
    "ticket_id": "S000000",
    "check_port": "B3",
    "train_number": "G0000",
    "departure_station": "样本东",
    "destination_station": "虚构南",
    "departure_station_en": "Yangbendong",
    "destination_station_en": "Xugounan",
    "departure_time": "2026年03月08日09:15",
    "seat_number": "05车11C号",
    "ticket_price": "128.5元",
    "sale_method": "网",
    "seat_category": "二等座",
    "ticket_changing": "No",
    "id_number": "0000000000****0000",
    "name": "样本",
    "log_id": "00000000000000S000000",
    "sale_location": "样本东",
}


def _corners(kind: str) -> list[list[int]]:
    return [[int(x), int(y)] for x, y in QUADS[kind]]


def tickets_answer() -> Answer:
    """Two recognised tickets and a failed one, as the sample of the page shows them."""
    recognised = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    return {
        "result": [
            {
                "status": dict(recognised),
                "type": "quota_invoice",
                "location": _corners("quota_invoice"),
                "content": {
                    "code": "000000000000",
                    "number": "00000000",
                    "amount": "￥50.00",
                    "location": "样本市",
                    "confidence": {"code": 0.91, "number": 0.92, "amount": 0.93, "location": 0.94},
                },
            },
            {
                "status": dict(recognised),
                "type": "train_ticket",
                "location": _corners("train_ticket"),
                "content": {**_TRAIN_TICKET, "confidence": dict.fromkeys(_TRAIN_TICKET, 0.9)},
            },
            {
                "status": {"error_code": "AIS.0104", "error_msg": FAILED_TEXT},
                "type": "taxi_invoice",
                "location": _corners("taxi_invoice"),
                "content": {},
            },
        ]
    }


def document_answer() -> Answer:
    """A passport with all alarms, as the sample of the page shows it."""
    names = (
        "blur", "glare", "blocking_within_border", "insufficient_lighting", "copy", "border_integrity", "reproduce",
    )  # fmt: skip
    return {
        "result": {
            "type": "passport",
            "location": _corners("passport"),
            "confidence": 0.97,
            "alarm_result": {f"detect_{name}_result": name == "blur" for name in names},
            "alarm_confidence": {f"{name}_score": 98 if name == "blur" else 0 for name in names},
        }
    }


def truth(contract_id: str) -> Truth:
    """What is on the picture of the conformant answer."""
    if contract_id == DOCUMENT:
        return Truth(2000, 1500, (TrueDocument("passport", QUADS["passport"]),), frozenset({"blur"}))
    kinds = ("quota_invoice", "train_ticket", "taxi_invoice")
    return Truth(2000, 1500, tuple(TrueDocument(kind, QUADS[kind], kind != "taxi_invoice") for kind in kinds))


def request(contract_id: str, auth: Auth = "valid", **members: object) -> Request:
    """A valid request of a picture of 2000 x 1500, with further body members."""
    name = "image" if contract_id == TICKETS else "data"
    body: dict[str, object] = {name: base64.b64encode(png(2000, 1500)).decode()}
    if contract_id == DOCUMENT:
        body["alarm"] = True
    body |= members
    body = {key: value for key, value in body.items() if value is not ...}
    path = (
        "/v1.0/ocr/auto-classification" if contract_id == TICKETS else "/v2/{project_id}/ocr/auto-id-doc-classification"
    )
    data = json.dumps(body, separators=(",", ":")).encode()
    return Request("POST", path, (("Content-Type", "application/json"),), data, auth, truth(contract_id))


def exchange(
    contract_id: str,
    change: Change | None = None,
    *,
    status: int = 200,
    headers: tuple[tuple[str, str], ...] = HEADERS,
    sent: Request | None = None,
    answer: Answer | None = None,
) -> Exchange:
    """The conformant exchange, its answer changed by `change`."""
    value = (
        copy.deepcopy(answer)
        if answer is not None
        else (tickets_answer() if contract_id == TICKETS else document_answer())
    )
    if change is not None:
        change(value)
    body = json.dumps(value, ensure_ascii=False).encode()
    return Exchange(sent or request(contract_id), Response(status, headers, body, 0.01), "00001")


def failure(
    contract_id: str, code: object = "AIS.0101", text: object = None, status: int = 400, **more: object
) -> Exchange:
    """A refusal of the valid request."""
    texts = {"AIS.0101": "The input parameter is invalid.", "AIS.0104": FAILED_TEXT}
    answer = {"error_code": code, "error_msg": text if text is not None else texts.get(str(code), "?"), **more}
    answer = {key: value for key, value in answer.items() if value is not ...}
    return exchange(contract_id, status=status, answer=answer)


def on(*documents: TrueDocument, contract_id: str = TICKETS) -> Request:
    """A request whose picture has these documents."""
    return replace(request(contract_id), truth=Truth(2000, 1500, documents))


LYING: Quad = ((700.0, 100.0), (700.0, 900.0), (100.0, 900.0), (100.0, 100.0))
"""A document turned clockwise by 90 degrees: its own top-left corner is the top-right one of the picture."""


def lone(location: object, true: Quad) -> Exchange:
    """One quota invoice, answered at `location`."""

    def change(answer: Answer) -> None:
        answer["result"] = [{**answer["result"][0], "location": location}]

    return exchange(TICKETS, change, sent=on(TrueDocument("quota_invoice", true)))


def turned(location: object) -> Exchange:
    """A passport at a place of a picture of 600 x 400 with the EXIF orientation 6."""
    picture = base64.b64encode(blank("JPEG", 600, 400, "rgb", "plain", orientation=6)).decode()
    stored: Quad = ((400.0, 0.0), (600.0, 0.0), (600.0, 100.0), (400.0, 100.0))
    sent = replace(
        request(DOCUMENT),
        body=json.dumps({"data": picture}).encode(),
        truth=Truth(600, 400, (TrueDocument("passport", stored),)),
    )

    def change(answer: Answer) -> None:
        for name in ("alarm_result", "alarm_confidence"):
            del answer["result"][name]
        answer["result"].update(location=location)

    return exchange(DOCUMENT, change, sent=sent)


CARD: Quad = ((1000.0, 800.0), (1800.0, 800.0), (1800.0, 1300.0), (1000.0, 1300.0))
TWO = on(TrueDocument("passport", QUADS["passport"]), TrueDocument("hongkong_id_card", CARD), contract_id=DOCUMENT)
