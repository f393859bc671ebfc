"""The report as one value: what `report.json` holds (schemas/report.schema.json); all other forms are made from it."""

from __future__ import annotations

import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import metadata
from typing import TYPE_CHECKING, Literal

from conformance import __version__
from conformance.contract.catalogues import other_readings, read_positions
from conformance.contract.requirements import DEPTHS
from conformance.engine.lookup import faulty_implementations
from conformance.engine.outcomes import why_open
from conformance.engine.plan import PREFIX
from conformance.engine.purposes import MOST_PICTURES
from conformance.files import contract_ids
from conformance.report.evidence import Album, evidence_of
from conformance.report.figures import (
    calibration_by_contract,
    confusion,
    degradations,
    latency_by_contract,
    recognition_entries,
)
from conformance.report.paired import outcomes
from conformance.report.shapes import digest
from conformance.report.transcript import Caller, caller_of, curl_line, evidence_name
from conformance.report.wording import of_the_run

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.contract.catalogues import Position
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement
    from conformance.engine.account import Account, ExchangeNote, Finding, PurposeResult
    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.engine.session import Session
    from conformance.report.shapes import (
        Both,
        Breach,
        Environment,
        ExchangeEntry,
        FindingEntry,
        NotRun,
        NotTested,
        PurposeEntry,
        Reading,
        Report,
        RequirementEntry,
        Score,
        Source,
        WaiverEntry,
    )
    from conformance.statement.terms import Waiver
    from conformance.text import Text

_PACKAGES = ("hypothesis", "httpcore", "httpx", "jsonschema", "pillow")
"""Distributions whose version may change what is sent or judged."""


@dataclass(frozen=True, slots=True)
class About:
    """What the ledger does not know about a run. `caller` is what its curl lines have in common; times are ISO 8601 in
    UTC. `only` holds the purpose or requirement ids that the run was narrowed to.
    """

    target: str
    caller: Caller
    kit_version: str
    seed: int
    started_at: str
    duration_s: float
    only: tuple[str, ...] = ()

    @classmethod
    def of(cls, session: Session, only: tuple[str, ...] = (), report: Path | None = None) -> About:
        """What a session knows of itself, as it ends; `report` is the folder that its report is written to, if any."""
        run, took = session.run, time.monotonic() - session.started
        return cls(run.target.name, caller_of(session, report), __version__, run.seed, session.started_at, took, only)


def report_document(
    ledger: Ledger,
    about: About,
    *,
    proofs: Mapping[str, Sequence[str]] | None = None,
    waivers: Sequence[Waiver] = (),
    planned: Sequence[Purpose] = (),
    evidence: bool = True,
) -> Report:
    """The content of `report.json`; `planned` are the purposes that the run set out to do.

    Without `evidence` exchanges and pictures are left out of the findings, for what is not written. `proofs` names, by
    requirement id, the faulty implementations that show that its check can fail (see `proofs_by_requirement`);
    `waivers` are those of the target statement.
    """
    album, ids, left = Album(), [contract.id for contract in ledger.contracts], _left_out(ledger)
    requirements = _requirements(ledger, about.caller, album if evidence else None, proofs or {})
    document: Report = {
        "kit": "ocr-conformance",
        "kit_version": about.kit_version,
        "target": about.target,
        "verdict": ledger.verdict if not ledger.errors else "inconclusive",
        "score": _score(requirements),
        "contracts": ids,
        "documents": {contract.id: _source(contract) for contract in ledger.contracts},
        "depth": ledger.depth,
        "strict": ledger.strict,
        "only": list(about.only),
        "seed": about.seed,
        "positions": {contract.id: dict(contract.positions) for contract in ledger.contracts},
        "waivers": [_waiver(waiver, about, ledger) for waiver in waivers],
        "unprovable": [{"requirement": name, "reason": _both(why)} for name, why in ledger.excuses.unprovable.items()],
        "started_at": about.started_at,
        "duration_s": round(about.duration_s, 3),
        "requests_sent": ledger.sent,
        "accepted": ledger.accepted,
        "billable": ledger.billable,
        "latency": dict(latency_by_contract(ledger.notes, {c.id: c.page.path for c in ledger.contracts})),
        "calibration": dict(calibration_by_contract(ledger.confidences)),
        "recognition": recognition_entries(ledger.figures, ids),
        "confusion": confusion(ledger.figures),
        "degradations": degradations(ledger.figures),
        "outcomes": outcomes(ledger.figures),
        "recognition_verdict": ledger.recognition,
        "not_read": [{"contract": contract, "type": kind} for contract, kind in ledger.sight.unread_types],
        "stop_reason": ledger.stop_reason,
        "stop_text": _both(ledger.stop_text) if ledger.stop_text else None,
        "errors": [{"purpose": result.purpose.id, "error": str(result.error)} for result in ledger.errors],
        "requirements": requirements,
        "purposes": [purpose_entry(result, about.caller) for result in ledger.results if result.purpose.id not in left],
        "not_run": _not_run(ledger, planned),
        "exchanges": [_exchange(note) for note in ledger.notes if note.purpose not in left],
        "pictures_left_out": len(left),
        "pictures": album.entries,
        "not_tested": _not_tested(ledger),
        "environment": _environment(),
        "sha256": "",
    }
    document["sha256"] = digest(document)
    return document


def proofs_by_requirement(contracts: Sequence[Contract]) -> Mapping[str, Sequence[str]]:
    """Ids of the faulty implementations (`serve --fault ID`) that break each requirement, by its full id.

    Starts the reference implementation for a moment to ask it. Raises DataError where it does not answer.
    """
    implementations = faulty_implementations()
    return {
        requirement.id: [one.id for one in implementations if requirement.name in one.breaks]
        for contract in contracts
        for requirement in contract.requirements.values()
    }


def _left_out(ledger: Ledger) -> set[str]:
    """Purposes of the user's own pictures that are not listed: beyond the first MOST_PICTURES that failed, and of the
    others.
    """
    own = [result for result in ledger.results if result.purpose.name.startswith(PREFIX)]
    broken, whole = ([r.purpose.id for r in own if r.passed is not wrong] for wrong in (True, False))
    return {*broken[MOST_PICTURES:], *whole[MOST_PICTURES:]}


def _requirements(
    ledger: Ledger, caller: Caller, album: Album | None, proofs: Mapping[str, Sequence[str]]
) -> list[RequirementEntry]:
    """An entry for each account; the first finding of each has its evidence, with its picture in the album, if any."""
    breaches, catalogue = _breaches(ledger), read_positions()
    contracts = {contract.id: contract for contract in ledger.contracts}
    members = {contract.id: contract.page.picture for contract in ledger.contracts}
    entries = []
    for requirement_id, account in ledger.accounts.items():
        entry = _requirement(account, caller)
        entry["readings"] = _readings(account, contracts[entry["contract"]], catalogue)
        why = why_open(ledger, account)
        entry["reason"] = _both(why) if why is not None else None
        entry["breaches"] = breaches.get(requirement_id, [])
        entry["proofs"] = list(proofs.get(requirement_id, ()))
        if album is not None and account.findings and account.findings[0].exchange.id:
            entry["findings"][0]["evidence"] = evidence_of(account.findings[0], members[entry["contract"]], album)
        entries.append(entry)
    return entries


def _requirement(account: Account, caller: Caller) -> RequirementEntry:
    requirement = account.requirement
    return {
        "id": requirement.id,
        "contract": requirement.id.partition("/")[0],
        "level": requirement.level,
        "basis": requirement.basis,
        "source": requirement.source,
        "statement": _both(requirement.statement),
        "points": list(requirement.points),
        "verdict": account.verdict,
        "witnesses": account.witnesses,
        "witness": account.witness,
        "broken": account.broken,
        "breaches": [],
        "findings": [_finding(finding, caller) for finding in account.findings],
        "reason": None,
        "proofs": [],
        "needs": requirement.needs,
        "readings": [],
    }


def _readings(account: Account, contract: Contract, catalogue: Mapping[str, Position]) -> list[Reading]:
    """What a target statement could declare instead of a broken requirement."""
    if account.verdict != "fail":
        return []
    name = account.requirement.name
    found = other_readings(catalogue, contract.page, contract.positions, name)
    readings: list[Reading] = [
        {"position": p, "value": value.name, "meaning": _both(value.meaning)} for p, value in found
    ]
    return [*readings, _OWN_PREFIXES] if name in _FORMS_OF_CODES else readings


_FORMS_OF_CODES = frozenset({"failure.code-form", "ticket.status.code"})
"""Requirements (their names) of the form of an error code, of which a statement says prefixes and no position."""

_OWN_PREFIXES: Reading = {
    "position": "codes.prefix",
    "value": 'AIS = "OCR"',
    "meaning": {
        "en": "codes have prefixes of the target's own, as here OCR in the place of AIS",
        "zh": "错误码采用被测系统自己的前缀，例如以 OCR 代替 AIS",
    },
}


def _breaches(ledger: Ledger) -> dict[str, list[Breach]]:
    """Every place where each requirement broke, also beyond the findings that are kept whole."""
    left = _left_out(ledger)
    findings = [f for result in ledger.results if result.purpose.id not in left for f in result.findings]
    findings += [finding for account in ledger.accounts.values() for finding in account.findings]
    places = {(f.observation.requirement, f.purpose, _fault(f) or "") for f in findings}
    found: dict[str, list[Breach]] = {}
    for requirement, purpose, fault in sorted(places):
        found.setdefault(requirement, []).append({"purpose": purpose, "fault": fault or None})
    return found


def _fault(finding: Finding) -> str | None:
    label = finding.exchange.request.label
    return label.fault if label is not None else None


def _finding(finding: Finding, caller: Caller) -> FindingEntry:
    observation, exchange = finding.observation, finding.exchange
    again = exchange.id and not of_the_run(finding.purpose)  # what is counted over a run no one request repeats
    return {
        "expected": observation.expected.en,
        "observed": observation.observed.en,
        "zh": {"expected": observation.expected.zh, "observed": observation.observed.zh},
        "pointer": observation.pointer,
        "purpose": finding.purpose,
        "exchange": exchange.id,
        "fault": _fault(finding),
        "unstable": finding.unstable,
        "curl": curl_line(exchange.request, caller, evidence_name(finding)) if again else "",
        "evidence": None,
    }


def purpose_entry(result: PurposeResult, caller: Caller) -> PurposeEntry:
    """What became of a purpose, with the first finding of each requirement that it broke."""
    first: dict[str, Finding] = {}
    for finding in result.findings:
        first.setdefault(finding.observation.requirement, finding)
    return {
        "id": result.purpose.id,
        "title": _both(result.purpose.title),
        "outcome": result.outcome,
        "requests": result.requests,
        "duration_s": round(result.duration_s, 3),
        "aims": [f"{result.purpose.contract_id}/{aim}" for aim in result.purpose.aims],
        "broken": sorted(first),
        "unproven": [requirement.id for requirement, _ in result.unproven],
        "findings": [{"requirement": name, **_finding(finding, caller)} for name, finding in first.items()],
        "reasons": {requirement.id: _both(reason) for requirement, reason in result.unproven},
    }


def _not_run(ledger: Ledger, planned: Sequence[Purpose]) -> list[NotRun]:
    """Purposes of the plan that were not begun, and those that were stopped before their first request."""
    done = {result.purpose.id for result in ledger.results}
    idle = [r.purpose for r in ledger.results if not r.requests and r.purpose.control is not None and r.error is None]
    late = [*idle, *(purpose for purpose in planned if purpose.id not in done)]
    return [{"id": p.id, "aims": [f"{p.contract_id}/{aim}" for aim in p.aims]} for p in late]


def _exchange(note: ExchangeNote) -> ExchangeEntry:
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
        "outcome": _both(note.outcome),
        "response_bytes": note.response_bytes,
        "elapsed_ms": round(note.elapsed_s * 1000, 1),
        "billed": note.billed,
        "retried": note.retried,
    }


def _source(contract: Contract) -> Source:
    page = contract.page
    return {
        "title": _both(page.title),
        "document": _both(page.document),
        "document_id": page.document_id,
        "published": page.published,
        "edition": page.edition,
        "operation": f"{page.method} {page.path}",
    }


def _waiver(waiver: Waiver, about: About, ledger: Ledger) -> WaiverEntry:
    account = ledger.accounts.get(waiver.requirement)
    entry: WaiverEntry = {
        "requirement": waiver.requirement,
        "reason": waiver.reason,
        "owner": waiver.owner,
        "expires": waiver.expires.isoformat(),
        "expired": waiver.expired(datetime.fromisoformat(about.started_at).date()),
    }
    if waiver.narrow:
        entry["narrow"] = {"type": waiver.type, "format": waiver.format, "purpose": waiver.purpose}
        entry["covers"] = account is not None and account.broken <= account.spared
    return entry


def _not_tested(ledger: Ledger) -> NotTested:
    chosen = {contract.id for contract in ledger.contracts}
    return {
        "contracts": [contract_id for contract_id in contract_ids() if contract_id not in chosen],
        "requirements": [
            {"id": requirement.id, "depth": requirement.depth, "why": _why_out(requirement, ledger)}
            for contract in ledger.contracts
            for requirement in contract.requirements.values()
            if requirement.id not in ledger.accounts
        ],
    }


def _why_out(requirement: Requirement, ledger: Ledger) -> Literal["depth", "narrowed"]:
    return "depth" if DEPTHS.index(requirement.depth) > DEPTHS.index(ledger.depth) else "narrowed"


def _environment() -> Environment:
    return {
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in _PACKAGES},
    }


def _score(requirements: Sequence[RequirementEntry]) -> Score:
    return {
        "requirements": len(requirements),
        "proven": _count(requirements, "pass"),
        "failed": _count(requirements, "fail"),
        "inconclusive": _count(requirements, "inconclusive"),
        "not_applicable": _count(requirements, "not-applicable"),
    }


def _count(requirements: Sequence[RequirementEntry], verdict: str) -> int:
    return sum(entry["verdict"] == verdict for entry in requirements)


def _both(text: Text) -> Both:
    return {"en": text.en, "zh": text.zh}
