"""The kill table: every faulty implementation with the checks that caught it, every variant that stayed green."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.contract.contract import PRIMARY, load_contract

if TYPE_CHECKING:
    from conformance.engine.proof import Proof


def unproven_requirements(proofs: Sequence[Proof]) -> list[str]:
    """Ids of the requirements of the primary contracts that no faulty implementation was caught with."""
    killed = {name for proof in proofs for name in proof.killed}
    return [
        r.id for contract in map(load_contract, PRIMARY) for r in contract.requirements.values() if r.id not in killed
    ]


def proof_line(proof: Proof) -> str:
    """One line of the table."""
    implementation = proof.implementation
    if proof.error is not None:
        return f"ERROR     {implementation.id}: {proof.error}"
    if implementation.kind == "variant":
        broken = f": breaks {', '.join(proof.others)}" if proof.others else ""
        return f"{'green' if proof.good else 'NOT GREEN':<9} {implementation.id}{broken}"
    if proof.good:
        caught = ", ".join(dict.fromkeys(name.partition("/")[2] for name in proof.killed))
        return f"killed    {implementation.id} by {caught} after {proof.requests} requests"
    instead = f"; fired instead: {', '.join(proof.others)}" if proof.others else ""
    return f"SURVIVED  {implementation.id}: {', '.join(proof.missed)} did not fire{instead}"


def kill_summary(proofs: Sequence[Proof], *, complete: bool) -> list[str]:
    """The figures below the table; `complete` where every implementation was run, so that gaps mean something."""
    faults = [proof for proof in proofs if proof.implementation.kind == "fault"]
    variants = [proof for proof in proofs if proof.implementation.kind == "variant"]
    killed, green = sum(proof.good for proof in faults), sum(proof.good for proof in variants)
    lines = [f"{killed} of {len(faults)} faults killed by their own checks, {green} of {len(variants)} variants green"]
    gaps = unproven_requirements(proofs) if complete else []
    if gaps:
        lines.append(f"{len(gaps)} requirements without a fault that breaks them:")
        lines += [f"  {name}" for name in gaps]
    return lines


def kill_document(proofs: Sequence[Proof]) -> Mapping[str, object]:
    """The table for machines."""
    return {
        "faults": [_entry(proof) for proof in proofs if proof.implementation.kind == "fault"],
        "variants": [_entry(proof) for proof in proofs if proof.implementation.kind == "variant"],
        "requirements_without_fault": unproven_requirements(proofs),
    }


def _entry(proof: Proof) -> Mapping[str, object]:
    return {
        "id": proof.implementation.id,
        "title": proof.implementation.title,
        "good": proof.good,
        "breaks": list(proof.implementation.breaks),
        "killed": list(proof.killed),
        "missed": list(proof.missed),
        "others": list(proof.others),
        "requests": proof.requests,
        "error": proof.error,
    }
