"""The kill table: every faulty implementation with the checks that caught it, every variant that stayed green."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.contract.additions import is_added
from conformance.contract.contract import load_contract
from conformance.files import default_contracts

if TYPE_CHECKING:
    from conformance.engine.kill_table import Proof

_COLUMNS = "{:<9} {:>8}  "
_NAME_WIDTH = 38
_INDENT = len(_COLUMNS.format("", ""))

HEADINGS = _COLUMNS.format("result", "requests") + "implementation, and the requirement whose check fired"


def unproven_requirements(proofs: Sequence[Proof]) -> list[str]:
    """Ids of the requirements of the primary contracts that no faulty implementation was caught with."""
    killed = {name for proof in proofs for name in proof.killed}
    return [name for name in _requirements() if name not in killed]


def proof_row(proof: Proof, width: int) -> str:
    """The row of one implementation, for a terminal of `width` columns: a second line where one is too short.

    `requests` are those until the first finding, or all that were sent.
    """
    start = _COLUMNS.format(_result(proof), proof.requests) + proof.implementation.id
    remark = _remark(proof)
    if not remark:
        return start
    line = f"{start:<{_INDENT + _NAME_WIDTH}}  {remark}"
    if len(line) <= width:
        return line
    indent = " " * _INDENT
    wrapped = textwrap.wrap(
        remark, max(width, 40), initial_indent=indent, subsequent_indent=indent, break_on_hyphens=False
    )
    return "\n".join([start, *wrapped])


def kill_summary(proofs: Sequence[Proof], *, complete: bool) -> list[str]:
    """The figures below the table; `complete` where every implementation was run, so that gaps mean something."""
    faults = [proof for proof in proofs if proof.implementation.kind == "fault"]
    variants = [proof for proof in proofs if proof.implementation.kind == "variant"]
    lines = [
        f"{sum(proof.good for proof in faults)} of {len(faults)} faults killed by the checks of their own requirements",
        f"{sum(proof.good for proof in variants)} of {len(variants)} variants green",
    ]
    deep = [proof.implementation.id for proof in proofs if proof.depth == "thorough"]
    if deep:
        lines.append(f"at depth thorough, as no shallower verdict speaks of it: {', '.join(deep)}")
    if complete:
        gaps, total = unproven_requirements(proofs), len(_requirements())
        lines.append(f"{total - len(gaps)} of {total} requirements broken by a fault")
        lines += [f"  by none: {name}" for name in gaps]
    return lines


def engine_row(proof: Proof, seed: int) -> str:
    """The row of a fault that survived around an engine that misses documents."""
    why = proof.error or f"{', '.join(proof.survived_musts)} did not fire"
    return f"SURVIVED  seed {seed}  {proof.implementation.id:<{_NAME_WIDTH}}  {why}"


def engine_summary(found: Mapping[str, Sequence[bool]], misses: float) -> list[str]:
    """The figures below those rows: runs that killed their fault, and faults that were killed in all of theirs."""
    killed, runs = sum(map(sum, found.values())), sum(map(len, found.values()))
    always = sum(all(outcomes) for outcomes in found.values())
    share = f"{100 * killed / runs:.1f} %" if runs else "-"
    return [
        f"engine that misses {misses:g} of all documents: {killed} of {runs} runs killed their must fault ({share})",
        f"{always} of {len(found)} must faults killed in every run",
    ]


def engine_document(found: Mapping[str, Sequence[bool]], misses: float) -> Mapping[str, object]:
    """The same for machines: for each fault how many of its runs killed it."""
    return {
        "engine_misses": misses,
        "runs": sum(map(len, found.values())),
        "killed": sum(map(sum, found.values())),
        "faults": {name: {"runs": len(outcomes), "killed": sum(outcomes)} for name, outcomes in found.items()},
    }


def kill_document(proofs: Sequence[Proof]) -> Mapping[str, object]:
    """The table for machines."""
    return {
        "faults": [_entry(proof) for proof in proofs if proof.implementation.kind == "fault"],
        "variants": [_entry(proof) for proof in proofs if proof.implementation.kind == "variant"],
        "requirements_without_fault": unproven_requirements(proofs),
    }


def _requirements() -> list[str]:
    """Of the kit and of contracts that were added; a distribution that adds checks has to prove them itself."""
    contracts = map(load_contract, default_contracts())
    return [r.id for contract in contracts for r in contract.requirements.values() if not is_added(r.name)]


def _result(proof: Proof) -> str:
    """`killed` by all of its own checks, `OTHER` where only those of other requirements fired, `SURVIVED`."""
    if proof.error is not None:
        return "ERROR"
    if proof.implementation.kind == "variant":
        return "green" if proof.good else "NOT GREEN"
    if proof.good:
        return "killed"
    return "OTHER" if proof.others and not proof.killed else "SURVIVED"


def _remark(proof: Proof) -> str:
    if proof.error is not None:
        return proof.error
    if proof.implementation.kind == "variant":
        return f"breaks {', '.join(proof.others)}" if proof.others else ""
    if proof.good:
        return ", ".join(dict.fromkeys(name.partition("/")[2] for name in proof.killed))
    instead = f"; fired instead: {', '.join(proof.others)}" if proof.others else ""
    return f"{', '.join(proof.missed)} did not fire{instead}"


def _entry(proof: Proof) -> Mapping[str, object]:
    return {
        "id": proof.implementation.id,
        "title": proof.implementation.title,
        "result": _result(proof).lower(),
        "good": proof.good,
        "breaks": list(proof.implementation.breaks),
        "killed": list(proof.killed),
        "missed": list(proof.missed),
        "others": list(proof.others),
        "requests": proof.requests,
        "depth": proof.depth,
        "error": proof.error,
    }
