"""Lists requirements and explains one: for people as text or Markdown, for machines as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.engine.catalogue import faulty_implementations, find_requirement, purposes_by_requirement

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement

ListFormat: TypeAlias = Literal["text", "json", "markdown"]


def list_requirements(contracts: Sequence[Contract], form: ListFormat, language: str) -> str:
    """Every requirement of the contracts: id, level, basis, source, statement."""
    if form == "json":
        entries = [
            _entry(contract, requirement) for contract in contracts for requirement in contract.requirements.values()
        ]
        return json.dumps(entries, ensure_ascii=False, indent=1)
    blocks = []
    for contract in contracts:
        title = contract.page.title.in_language(language)
        requirements = contract.requirements.values()
        if form == "markdown":
            rows = ["| id | level | basis | source | statement |", "|---|---|---|---|---|"]
            rows += [
                f"| `{r.name}` | {r.level} | {r.basis} | {r.source} | {r.statement.in_language(language)} |"
                for r in requirements
            ]
            blocks.append("\n".join([f"## {title} (`{contract.id}`)", "", *rows]))
        else:
            rows = [
                f"{r.level:<6} {r.id}\n       {r.statement.in_language(language)} [{r.basis}: {r.source}]"
                for r in requirements
            ]
            blocks.append("\n".join([f"{title}: {len(contract.requirements)}", "", *rows]))
    return "\n\n".join(blocks)


def explain_requirement(requirement_id: str, language: str) -> str:
    """Statement, source, level, basis, purposes, checks, and the faulty implementations that prove it can fail.

    Raises DataError for an unknown id.
    """
    contract, requirement = find_requirement(requirement_id)
    purposes = purposes_by_requirement(contract)[requirement.name]
    faults = [
        f for f in faulty_implementations() if f.kind == "fault" and {requirement.name, requirement.id} & set(f.breaks)
    ]
    proof = [f"`serve --fault {fault.id}`: {fault.title}" for fault in faults]
    subject = [str(keyword) for keyword in requirement.keywords] + list(requirement.features) + list(requirement.faults)
    rows = [
        ("statement", [requirement.statement.in_language(language)]),
        ("level", [f"{requirement.level} (a breach {_EFFECTS[requirement.level]})"]),
        ("basis", [f"{requirement.basis} ({_BASES[requirement.basis]})"]),
        ("source", [f"{contract.page.document.in_language(language)}: {requirement.source}"]),
        ("check", [requirement.check, *subject]),
        ("purposes", list(purposes) or ["none aims at it alone; every answer is held against it"]),
        ("proven by", proof or ["no faulty implementation exists for it yet"]),
    ]
    if requirement.points:
        rows.insert(4, ("open points", [", ".join(map(str, requirement.points))]))
    lines = [requirement.id]
    for name, values in rows:
        lines += [f"  {name if not index else '':<12} {value}" for index, value in enumerate(values)]
    return "\n".join(lines)


_EFFECTS = {"must": "fails the run", "should": "is a warning", "open": "is reported only"}
_BASES = {
    "stated": "the document says it",
    "sample": "a sample of the document shows it",
    "position": "the document is silent or contradicts itself; this is the kit's reading",
}


def _entry(contract: Contract, requirement: Requirement) -> dict[str, object]:
    return {
        "id": requirement.id,
        "contract": contract.id,
        "level": requirement.level,
        "basis": requirement.basis,
        "source": requirement.source,
        "statement": {"en": requirement.statement.en, "zh": requirement.statement.zh},
        "check": requirement.check,
        "points": list(requirement.points),
        "depth": requirement.depth,
    }
