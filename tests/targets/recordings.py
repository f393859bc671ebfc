"""Invented exchanges and cassettes for the tests of recordings. No person, number or credential in them exists."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from conformance.exchange import (
    Exchange,
    Label,
    Request,
    Response,
    ServedPicture,
    TransportFailure,
    TrueDocument,
    Truth,
)
from conformance.recordings import Interaction
from conformance.recordings.journal import CassetteWriter

TICKETS_PATH = "/v1.0/ocr/auto-classification"
TICKETS = "auto-classification-v1.0"
ABOUT: Mapping[str, object] = {
    "kit_version": "0.1.0",
    "contracts": [TICKETS],
    "depth": "smoke",
    "seed": 0,
    "positions": {},
    "planned": [],
    "recorded_at": "2026-03-01T08:00:00.000Z",
}
JSON = (("Content-Type", "application/json"),)
PICTURE = bytes(range(256)) * 2
QUAD = ((0.0, 0.0), (9.5, 0.0), (9.5, 9.0), (0.0, 9.0))

BODIES = {
    "empty": b"",
    "text": '{"type_list": ["发票"]}'.encode(),
    "picture": b'{"image":"' + base64.b64encode(PICTURE) + b'"}',
    "two pictures": b'{"a":"' + base64.b64encode(PICTURE) + b'","b":"' + base64.b64encode(PICTURE * 2) + b'"}',
    "url-safe picture": b'{"image":"' + base64.urlsafe_b64encode(PICTURE) + b'"}',
    "unpadded picture": b'{"image":"' + base64.b64encode(PICTURE).rstrip(b"=") + b'"}',
    "not UTF-8": b"\xff\xfe{}",
    "binary around a picture": b"\xff" + base64.b64encode(PICTURE) + b"\xff",
    "long text": b"[" + b"1," * 5000 + b"1]",
    "surrogate escape": b'{"a":"\\ud800"}',
}


def full(body: bytes = b"{}") -> Interaction:
    """An interaction with everything that a line can hold."""
    document = TrueDocument("train_ticket", QUAD, readable=False, fields=(("name", "样本甲"),))
    picture = ServedPicture("a.png", PICTURE, "image/png", 302, "b.png", 1.5)
    request = Request(
        "POST", "/a?b={project_id}", (("A", "é"), ("A", "2")), body, "expired",
        Truth(20, 10, (document,), frozenset({"glare", "blur"})), pictures=(picture,),
    )  # fmt: skip
    label = Label("body.empty", "x/y", ("AIS.0101",), request)
    reply = Response(400, (("Set", "1"), ("set", "2")), body, 0.125, ("Unasked bytes followed the answer.",))
    exchange = Exchange(replace(request, label=label), reply, "00007")
    return Interaction("c", "c/p", 3, "fault", 2, exchange, 0, ("r", "same"), "2026-03-01T08:00:00.000Z")


def ask(body: object = None, *, path: str = TICKETS_PATH, **more: object) -> Request:
    """A request; `body` is bytes, or what its JSON says."""
    data = body if isinstance(body, bytes) else json.dumps(body or {"url": "http://x.invalid/a"}).encode()
    return Request("POST", path, JSON, data, **more)  # type: ignore[arg-type]


def answer(body: object = None, status: int = 200, headers: tuple[tuple[str, str], ...] = JSON) -> Response:
    """A response; `body` is bytes, or what its JSON says."""
    data = body if isinstance(body, bytes) else json.dumps(body or {"result": []}, ensure_ascii=False).encode()
    return Response(status, headers, data, 0.25)


def ticket(content: Mapping[str, object], kind: str = "train_ticket") -> dict[str, object]:
    """A result with one recognised ticket."""
    status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    location = [[0, 0], [9, 0], [9, 9], [0, 9]]
    return {"result": [{"status": status, "type": kind, "location": location, "content": dict(content)}]}


def interaction(
    request: Request, reply: Response | TransportFailure, position: int = 0, purpose: str = f"{TICKETS}/made-up"
) -> Interaction:
    """An interaction of a purpose."""
    exchange = Exchange(request, reply, f"{position + 1:05d}")
    return Interaction(TICKETS, purpose, position, "control", 1, exchange, at="2026-03-01T08:00:01.000Z")


def record(folder: Path, interactions: Iterable[Interaction], **about: object) -> Path:
    """A sealed cassette of some interactions, each purpose complete."""
    writer = CassetteWriter(folder, {**ABOUT, **about})
    counts: dict[str, int] = {}
    for one in interactions:
        writer.add(one)
        counts[one.purpose] = max(counts.get(one.purpose, 0), one.position + 1)
    for purpose, count in counts.items():
        writer.finish(purpose, count)
    writer.seal({"stop_reason": None, "duration_s": 1.0})
    return folder


def exchanges(pairs: Iterable[tuple[Request, Response | TransportFailure]]) -> list[Interaction]:
    """Interactions of one purpose, counted through."""
    return [interaction(request, reply, position) for position, (request, reply) in enumerate(pairs)]
