"""Miniature implementations: targets of a few lines that answer, or lie, on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.contract.contract import Contract, load_contract
from conformance.engine.ledger import Ledger
from conformance.engine.purposes import Purpose, load_purposes
from conformance.engine.run import Run
from conformance.exchange import Request, Response, TransportFailure
from conformance.judging import expect

CONTRACT = load_contract("auto-id-doc-classification-v2")
HEADERS = (("Content-Type", "application/json"), ("X-Request-Id", "1"))
Answers = Callable[[Request, int], Response | TransportFailure]


@dataclass
class Liar:
    """A target that answers with a function of the request and the number of requests before it."""

    answers: Answers
    name: str = "liar"
    sent: list[Request] = field(default_factory=list)

    def send(self, request: Request) -> Response | TransportFailure:
        self.sent.append(request)
        return self.answers(request, len(self.sent) - 1)

    def close(self) -> None:
        """Nothing to release."""


def reply(status: int, body: object) -> Response:
    return Response(status, HEADERS, json.dumps(body).encode(), 0.001)


def refusal(code: str = "AIS.0101", text: str = "The input parameter is invalid.", status: int = 400) -> Response:
    return reply(status, {"error_code": code, "error_msg": text})


def honest(request: Request, _number: int) -> Response:
    """What a faultless implementation answers: it knows the truth of each picture."""
    expectation = expect(request, CONTRACT)
    if expectation.decision == "reject":
        code = sorted(expectation.codes)[0]
        known = CONTRACT.errors.codes[code]
        status = 401 if any(fault.startswith("token") for fault in expectation.faults) else 400
        return refusal(code, known.message or "refused", status)
    assert request.truth is not None
    if not request.truth.documents:
        return refusal("AIS.0104", CONTRACT.errors.codes["AIS.0104"].message or "")
    document = request.truth.documents[0]
    corners = [[round(x), round(y)] for x, y in document.corners]
    return reply(200, {"result": {"type": document.type, "location": corners, "confidence": 0.9}})


def purpose(name: str, contract: Contract = CONTRACT) -> Purpose:
    return next(found for found in load_purposes(contract) if found.name == name)


def run(liar: Liar, *names: str) -> Ledger:
    """The ledger after these purposes."""
    return Run([CONTRACT], liar).execute([purpose(name) for name in names])


def verdict(ledger: Ledger, name: str) -> str:
    return ledger.accounts[f"{CONTRACT.id}/{name}"].verdict
