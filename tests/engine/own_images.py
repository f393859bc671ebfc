"""A folder of invented pictures with a manifest, and a miniature implementation that reads what is stated on them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from liars import HEADERS, Liar

from conformance import load_contract
from conformance.contract.contract import Contract
from conformance.engine.ledger import Ledger
from conformance.engine.plan import picture_purposes
from conformance.engine.run import Run
from conformance.exchange import Request, Response
from conformance.images import blank
from conformance.statement.sample_images import read_manifest

TICKETS = "auto-classification-v1.0"
SQUARE = [[10, 10], [110, 10], [110, 60], [10, 60]]
NAME = "样本甲乙丙"

Reader = Callable[[Request], Sequence[dict[str, object]]]
"""The tickets that an implementation returns for a request."""


def folder_of(folder: Path, *entries: str) -> Path:
    """A folder with a picture for each entry of the manifest; each entry is what follows `file`."""
    folder.mkdir(exist_ok=True)
    lines = []
    for number, entry in enumerate(entries, 1):
        (folder / f"{number}.png").write_bytes(blank("PNG", 200, 100 + number))
        lines.append(f'[[image]]\nfile = "{number}.png"\n{entry}\n')
    (folder / "manifest.toml").write_text("\n".join(lines), encoding="utf-8")
    return folder


def ticket(kind: str, location: object = SQUARE, **content: object) -> dict[str, object]:
    """A recognised ticket."""
    status = {"error_code": "AIS.0000", "error_msg": "Succeeded."}
    return {"status": status, "type": kind, "location": location, "content": content or {"code": "0"}}


def honest(request: Request) -> list[dict[str, object]]:
    """Reads everything that is stated, which no other implementation could."""
    assert request.stated is not None
    return [ticket(document.type, SQUARE, **dict(document.fields)) for document in request.stated]


def reading(reader: Reader) -> Liar:
    """A target that answers each request with what `reader` returns for it, within 50 ms."""

    def answers(request: Request, _number: int) -> Response:
        body = json.dumps({"result": list(reader(request))}, ensure_ascii=False).encode()
        return Response(200, HEADERS, body, 0.05)

    return Liar(answers)


def limited(folder: Path, statement: str) -> Contract:
    """The contract of tickets under a statement with these limits."""
    path = folder / "statement.toml"
    path.write_text(f'contracts = ["{TICKETS}"]\n{statement}', encoding="utf-8")
    return load_contract(TICKETS, path)


def run_on(folder: Path, reader: Reader, contract: Contract | None = None, **settings: object) -> Ledger:
    """The ledger of a run over the pictures of a folder."""
    contract = contract or load_contract(TICKETS)
    run = Run([contract], reading(reader), attempts=1, **settings)  # type: ignore[arg-type]
    return run.execute(picture_purposes(read_manifest(folder), [contract]))
