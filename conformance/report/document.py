"""The report as one value: what `report.json` holds (schemas/report.schema.json), from which all other forms are made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.report.curl import curl_line, inline_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.tables import Text
    from conformance.engine.ledger import Account, ExchangeNote, Finding, Ledger, PurposeResult

EVIDENCE = "evidence"


@dataclass(frozen=True, slots=True)
class About:
    """What the ledger does not know about a run. `origin` is what a curl line calls; times are ISO 8601 in UTC."""

    target: str
    origin: str
    kit_version: str
    seed: int
    started_at: str
    duration_s: float


def report_document(ledger: Ledger, about: About) -> dict[str, object]:
    """The content of `report.json`."""
    positions = {contract.id: dict(contract.positions) for contract in ledger.contracts}
    stop = ledger.stop_text
    return {
        "kit": "ocr-conformance",
        "kit_version": about.kit_version,
        "target": about.target,
        "verdict": ledger.verdict if not ledger.errors else "inconclusive",
        "score": dict(ledger.score()),
        "contracts": [contract.id for contract in ledger.contracts],
        "depth": ledger.depth,
        "strict": ledger.strict,
        "seed": about.seed,
        "positions": positions,
        "started_at": about.started_at,
        "duration_s": round(about.duration_s, 3),
        "requests_sent": len(ledger.notes),
        "accepted": ledger.accepted,
        "billable": ledger.billable,
        "stop_reason": ledger.stop_reason,
        "stop_text": _both(stop) if stop is not None else None,
        "errors": [{"purpose": result.purpose.id, "error": result.error} for result in ledger.errors],
        "requirements": [_requirement(account, about.origin) for account in ledger.accounts.values()],
        "purposes": [_purpose(result) for result in ledger.results],
        "exchanges": [_exchange(note) for note in ledger.notes],
    }


def evidence_name(finding: Finding) -> str:
    """Path of the file in the report folder that holds the body of a finding's request."""
    return f"{EVIDENCE}/{finding.exchange.request.body_sha256()[:16]}.body"


def write_evidence(ledger: Ledger, folder: Path) -> None:
    """Write the request bodies that curl lines refer to. Raises OSError."""
    for account in ledger.accounts.values():
        for finding in account.findings:
            request = finding.exchange.request
            if request.body and inline_body(request) is None:
                path = folder / evidence_name(finding)
                path.parent.mkdir(exist_ok=True)
                replace_file(path, request.body)


def replace_file(path: Path, content: bytes) -> None:
    """Write beside and rename, so that a reader never sees half a file. Raises OSError."""
    beside = path.with_name(f"{path.name}.new")
    beside.write_bytes(content)
    beside.replace(path)


def to_json(document: Mapping[str, object]) -> bytes:
    """The document as indented UTF-8; what a target sent in lone surrogates is written as an escape."""
    text = json.dumps(document, ensure_ascii=False, indent=1)
    try:
        return text.encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(document, indent=1).encode("ascii") + b"\n"


def _requirement(account: Account, origin: str) -> dict[str, object]:
    requirement = account.requirement
    entry: dict[str, object] = {
        "id": requirement.id,
        "contract": requirement.id.partition("/")[0],
        "level": requirement.level,
        "basis": requirement.basis,
        "source": requirement.source,
        "statement": _both(requirement.statement),
        "verdict": account.verdict,
        "witnesses": account.witnesses,
        "witness": account.witness,
        "broken": account.broken,
        "findings": [_finding(finding, origin) for finding in account.findings],
    }
    if account.verdict == "inconclusive":
        entry["reason"] = _both(account.undecided) if account.undecided is not None else None
    return entry


def _finding(finding: Finding, origin: str) -> dict[str, object]:
    observation, exchange = finding.observation, finding.exchange
    label = exchange.request.label
    return {
        "expected": observation.expected.en,
        "observed": observation.observed.en,
        "zh": {"expected": observation.expected.zh, "observed": observation.observed.zh},
        "pointer": observation.pointer,
        "purpose": finding.purpose,
        "exchange": exchange.id,
        "fault": label.fault if label is not None else None,
        "unstable": finding.unstable,
        "curl": curl_line(exchange.request, origin, evidence_name(finding)),
    }


def _purpose(result: PurposeResult) -> dict[str, object]:
    outcome = "error" if result.error else "failed" if result.failures else "unproven" if result.unproven else "passed"
    return {
        "id": result.purpose.id,
        "title": _both(result.purpose.title),
        "outcome": outcome,
        "requests": result.requests,
        "duration_s": round(result.duration_s, 3),
        "aims": [f"{result.purpose.contract_id}/{aim}" for aim in result.purpose.aims],
        "broken": sorted({finding.observation.requirement for finding in result.findings}),
        "unproven": [requirement.id for requirement, _ in result.unproven],
    }


def _exchange(note: ExchangeNote) -> dict[str, object]:
    return {
        "id": note.id,
        "purpose": note.purpose,
        "role": note.role,
        "attempt": note.attempt,
        "method": note.method,
        "path": note.path,
        "auth": note.auth,
        "fault": note.fault,
        "request_bytes": note.request_bytes,
        "outcome": note.outcome,
        "response_bytes": note.response_bytes,
        "elapsed_ms": round(note.elapsed_s * 1000, 1),
        "billed": note.billed,
    }


def _both(text: Text) -> dict[str, str]:
    return cast("dict[str, str]", {"en": text.en, "zh": text.zh})
