"""A small run with one requirement for each thing that a report can say, and reports to compare."""

from __future__ import annotations

import base64
import copy
import dataclasses
import functools
import json
from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import cast

from PIL import Image

from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import Depth, Level, Requirement
from conformance.engine.account import ExchangeNote, Finding, PurposeResult
from conformance.engine.ledger import Ledger
from conformance.engine.purposes import Purpose
from conformance.engine.settings import Excuses
from conformance.exchange import Exchange, Label, Request, Response, TrueDocument, Truth
from conformance.judging.results import Observation, State
from conformance.report.document import About, report_document
from conformance.report.shapes import Report, digest
from conformance.report.transcript import Caller
from conformance.strategies.draw import Draw
from conformance.text import Text

ID = "auto-classification-v1.0"
ABOUT = About("http://127.0.0.1:8080", Caller("http://127.0.0.1:8080"), "0.1.0", 7, "2026-01-02T03:04:05+00:00", 12.345)


def requirement(
    name: str, level: Level, source: str, *, needs: str | None = None, depth: Depth = "smoke"
) -> Requirement:
    """An invented requirement with an invented statement."""
    statement = Text(f"The statement of {name}.", f"{name} 的内容。")
    return Requirement(f"{ID}/{name}", name, level, "stated", source, statement, "none", needs=needs, depth=depth)


REQUIREMENTS = (
    requirement("answer.json", "must", "response format"),
    requirement("ticket.corners", "must", "table 3, location"),
    requirement("token.valid", "must", "authentication"),
    requirement("ticket.once", "must", "section function"),
    requirement("confidence.range", "should", "table 3, confidence; sample, success"),
    requirement("content.listed", "open", "pages of the ticket types, response table"),
    requirement("url.accepted", "must", "table 1, url", needs="url"),
    requirement("size.max", "should", "table 1, image", depth="thorough"),
)


@functools.cache
def contract() -> Contract:
    """The real contract with the requirements above only."""
    return dataclasses.replace(load_contract(ID), requirements={r.name: r for r in REQUIREMENTS})


@functools.cache
def picture() -> bytes:
    """A PNG of 200 x 120 pixels with a dark rectangle on it."""
    image = Image.new("RGB", (200, 120), "white")
    image.paste((40, 60, 90), (20, 20, 180, 100))
    out = BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


@functools.cache
def request(auth: str = "valid") -> Request:
    """A call with the picture; with other credentials it is a fault and the valid call is its control."""
    body = json.dumps({"image": base64.b64encode(picture()).decode()}).encode()
    corners = ((20.0, 20.0), (180.0, 20.0), (180.0, 100.0), (20.0, 100.0))
    made = Request(
        "POST",
        "/v1.0/ocr/auto-classification",
        (("Content-Type", "application/json"),),
        body,
        truth=Truth(200, 120, (TrueDocument("train_ticket", corners),)),
    )
    if auth == "valid":
        return made
    label = Label("token.garbage", f"{ID}/token.valid", ("ModelArts.4101",), made)
    return dataclasses.replace(made, auth=auth, label=label)  # type: ignore[arg-type]


def response(value: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(status, (("Content-Type", "application/json"),), json.dumps(value).encode(), 0.02)


ANSWER: Mapping[str, object] = {
    "result": [
        {
            "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
            "type": "train_ticket",
            "location": [[20, 20], [20, 100], [180, 100], [180, 20]],
            "content": {"confidence": {"number": 94.5}},
        }
    ]
}


def observation(name: str, state: State, observed: str, pointer: str = "") -> Observation:
    """What an exchange shows of an invented requirement."""
    words = Text(observed, f"{observed}（中文）")
    return Observation(f"{ID}/{name}", state, Text(f"what {name} expects", f"{name} 的预期"), words, pointer)


def purpose(name: str, *aims: str) -> Purpose:
    """An invented purpose."""
    return Purpose(ID, name, Text(f"Title of {name}.", f"{name} 的标题。"), "smoke", Draw.from_data({}), (), aims)


def note(exchange: Exchange, of: str, role: str, elapsed_s: float = 0.02) -> ExchangeNote:
    """The note that a run keeps of an exchange."""
    label = exchange.request.label
    answered = exchange.response
    return ExchangeNote(
        id=exchange.id,
        purpose=f"{ID}/{of}",
        role=role,
        attempt=1,
        method="POST",
        path=exchange.request.path,
        auth=exchange.request.auth,
        request_bytes=len(exchange.request.body),
        fault=label.fault if label is not None else None,
        outcome=Text(f"status {answered.status}", f"状态码 {answered.status}")
        if answered is not None
        else Text("no response", "无响应"),
        response_bytes=len(answered.body) if answered is not None else 0,
        elapsed_s=elapsed_s,
        billed=1 if role != "fault" else 0,
    )


def sample_ledger(*, strict: bool = False, answer: object = ANSWER, observed: str = "counter-clockwise") -> Ledger:
    """A run of two purposes: one must fails, one is unproven, a should and an open requirement are broken."""
    ledger = Ledger([contract()], "standard", strict=strict)
    valid = Exchange(request(), response(answer), "00001")
    refused = Exchange(request("garbage"), response({"error_code": "ModelArts.4101"}, 401), "00002")
    first = purpose("first-contact", "answer.json", "token.valid")
    places = purpose("places", "ticket.corners", "ticket.once")
    held = [observation("answer.json", "held", "JSON"), observation("token.valid", "held", "refused")]
    ledger.observe(held[:1], first.id, valid)
    ledger.observe(held[1:], first.id, refused)
    broken = ledger.observe(
        [
            observation("ticket.corners", "broken", observed, "/result/0/location"),
            observation("confidence.range", "broken", "94.5", "/result/0/content/confidence/number"),
            observation("content.listed", "broken", "absent: number", "/result/0/content"),
            observation("ticket.once", "undecided", "no picture with several tickets was accepted"),
        ],
        places.id,
        valid,
    )
    ledger.note(note(valid, "first-contact", "control"))
    ledger.note(note(refused, "first-contact", "fault", 0.001))
    ledger.accepted = 1
    once = contract().requirements["ticket.once"]
    why = Text("no picture with several tickets was accepted", "没有接受含多张票证的图片")
    failing = broken[:2] if strict else broken[:1]
    warnings = () if strict else tuple(broken[1:2])
    ledger.results += [
        PurposeResult(first, (), (), (), (), 0.1, 2),
        PurposeResult(places, tuple(broken), tuple(failing), warnings, ((once, why),), 0.2, 1),
    ]
    return ledger


def sample_report(*, strict: bool = False, answer: object = ANSWER, observed: str = "counter-clockwise") -> Report:
    """The report of the run above."""
    ledger = sample_ledger(strict=strict, answer=answer, observed=observed)
    return report_document(ledger, ABOUT, proofs={f"{ID}/ticket.corners": ["counter-clockwise"]})


def waived_report(*, expires: str = "2026-03-31", expired: bool = False) -> Report:
    """The report of the run above where the statement excuses its one failure and nothing is left open."""
    ledger = sample_ledger()
    ledger.accounts[f"{ID}/ticket.once"].witnesses = 1
    entry = {
        "requirement": f"{ID}/ticket.corners",
        "reason": "the vendor mends it in March",
        "owner": "Li Lei",
        "expires": expires,
        "expired": expired,
    }
    ledger.excuses = Excuses(frozenset() if expired else frozenset({f"{ID}/ticket.corners"}))
    return changed(report_document(ledger, ABOUT), {"waivers": [entry]})


def finding_of(ledger: Ledger, name: str) -> Finding:
    """The first finding of a requirement."""
    return ledger.accounts[f"{ID}/{name}"].findings[0]


def changed(report: Report, changes: Mapping[str, object]) -> Report:
    """A copy of a report with other members, sealed again."""
    value = cast("Report", copy.deepcopy(dict(report)) | copy.deepcopy(dict(changes)))
    value["sha256"] = digest(value)
    return value


def verdicts(states: Mapping[str, str], tried: Sequence[tuple[str, str | None]] = ()) -> Report:
    """A report with requirements in given states, for comparisons.

    A state is `pass`, `open`, or `fail in P/F, P/-`: the purposes and faults that showed it, perhaps after `unstable`.
    All places of all states and of `tried` were tried.
    """
    base = sample_report()
    entries, places = [], set(tried)
    for name, state in states.items():
        template = copy.deepcopy(next(entry for entry in base["requirements"] if entry["id"] == f"{ID}/ticket.corners"))
        level, _, short = name.rpartition(" ")
        template |= {"id": f"{ID}/{short}", "level": cast("Level", level or "must"), "broken": 0, "breaches": []}
        kind, _, shown = state.partition(" in ")
        if "fail" in kind:
            at = [(p, None if f == "-" else f) for p, _, f in (s.strip().rpartition("/") for s in shown.split(","))]
            places |= set(at)
            template["breaches"] = [{"purpose": f"{ID}/{p}", "fault": f} for p, f in at]
            template["broken"] = len(at)
            template["findings"][0]["unstable"] = kind.startswith("unstable")
            template["verdict"] = "fail"
        else:
            template |= {"findings": [], "verdict": "pass" if kind == "pass" else "inconclusive"}
            template["reason"] = {"en": "nothing decided it", "zh": "没有可据以判定的响应"} if kind == "open" else None
        entries.append(template)
    exchanges = [base["exchanges"][0] | {"purpose": f"{ID}/{p}", "fault": f} for p, f in sorted(places, key=str)]
    purposes = [base["purposes"][0] | {"id": f"{ID}/{p}"} for p in sorted({p for p, _ in places})]
    return changed(base, {"requirements": entries, "exchanges": exchanges, "purposes": purposes, "latency": {}})
