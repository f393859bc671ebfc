"""What another tool is given: `python tests/benchmarks/peer_openapi.py CONTRACT`, or the list of `faults`.

The OpenAPI description is what `ocr-conformance openapi` prints, with requests that must be accepted as its examples.
"""

from __future__ import annotations

import json
import sys
from typing import Any, cast

from conformance import load_contract, strategies
from conformance.contract.openapi import openapi
from conformance.engine.lookup import faulty_implementations
from conformance.files import PRIMARY


def described(contract_id: str) -> dict[str, object]:
    """The description of a contract with good examples."""
    contract = load_contract(contract_id)
    document = openapi(contract)
    page = (strategies.typed_specimens(contract)[0].id,)
    draws = [strategies.Draw(page=page), strategies.Draw(page=page, format="JPEG")]
    examples = {
        f"valid-{number}": {"value": json.loads(strategies.build(contract, draw).body)}
        for number, draw in enumerate(draws)
    }
    paths = cast("dict[str, dict[str, Any]]", document["paths"])
    paths[contract.page.path]["post"]["requestBody"]["content"]["application/json"]["examples"] = examples
    return document


def faults() -> list[tuple[str, str]]:
    """Every faulty implementation by id, with the first primary contract that has a requirement which it breaks."""
    contracts = [load_contract(name) for name in PRIMARY]
    found = []
    for implementation in sorted(faulty_implementations(), key=lambda implementation: implementation.id):
        broken = [c.id for c in contracts if set(implementation.breaks) & c.requirements.keys()]
        if implementation.kind == "fault" and broken:
            found.append((implementation.id, broken[0]))
    return found


if __name__ == "__main__":
    print(json.dumps(faults() if sys.argv[1] == "faults" else described(sys.argv[1])))
