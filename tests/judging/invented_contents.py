"""Contents with invented values, made from the documented rows of a ticket type, and exchanges that carry them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from answers import HEADERS, TICKETS, request

from conformance.contract.contents import ContentRow, TicketContent, read_ticket_contents
from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import Level, Requirement
from conformance.exchange import Exchange, Response
from conformance.judging import examine
from conformance.text import Text

Content = dict[str, Any]
Change = Callable[[Content], object]

DOCUMENTED = read_ticket_contents()
EDITIONS = tuple(DOCUMENTED)
TYPES = tuple(DOCUMENTED["v1.0"])


def _later(name: str, level: Level, check: str) -> Requirement:
    text = Text(name, name)
    return Requirement(f"{TICKETS}/{name}", name, level, "position", "later edition", text, check)


LATER = (
    _later("content.booleans", "must", "content.type"),
    _later("content.integers", "must", "content.type"),
    _later("content.values", "should", "content.value"),
    _later("content.switch-only", "should", "content.switch-only"),
    _later("content.confidence.range-stated", "must", "content.confidence-range"),
)
"""What the later editions require besides; 1.0 has no field that could break one of these."""


def contract_of(edition: str, **positions: str) -> Contract:
    """The contract of v1.0 with the contents of an edition."""
    contract = load_contract(TICKETS)
    requirements = dict(contract.requirements)
    if edition != "v1.0":
        requirements |= {requirement.name: requirement for requirement in LATER}
    page = replace(contract.page, edition=edition)
    return replace(contract, page=page, requirements=requirements, positions=positions)


CONTRACTS = {edition: contract_of(edition) for edition in EDITIONS}


def invented(kind: str, edition: str = "v1.0") -> Content:
    """A content with every field that the page lists without a condition, those of a Chinese passport among them."""
    documented = DOCUMENTED[edition][kind]
    content = {row.name: value(row, documented) for row in documented.rows_below("") if _usual(row)}
    if "confidence" in content:
        content["confidence"] = mirrored(content)
    return content


def mirrored(content: Content) -> Content:
    """A confidence for each string of a content, in lists as in the content."""
    return {name: _score(entry) for name, entry in content.items() if isinstance(entry, str | list)}


def value(row: ContentRow, documented: TicketContent) -> Any:
    """An invented value of the documented type."""
    kind, _, entries = row.type.partition(" of ")
    if entries == "object":
        entry = {
            below.name: value(below, documented) for below in documented.rows_below(f"{row.at}/*") if _usual(below)
        }
        return [dict(entry), dict(entry)]
    if kind == "array":
        return ["样本", "虚构"] if entries == "string" else [[1, 2], [3, 4]]
    if kind == "object":
        return {below.name: value(below, documented) for below in documented.rows_below(row.at) if _usual(below)}
    if kind in ("boolean", "integer"):
        return kind == "boolean" or 7
    if row.at == "country_code":
        return "CHN"
    return "2026-03-08" if row.dated else next(iter((*row.values, *row.examples)), "样本")


def _usual(row: ContentRow) -> bool:
    return row.expected or (row.presence == "listed" and row.when is not None and row.when.member is not None)


def _score(entry: Any) -> Any:
    if isinstance(entry, list):
        return [_score(below) for below in entry]
    return {name: _score(below) for name, below in entry.items()} if isinstance(entry, dict) else 0.93


def put(**members: object) -> Change:
    """Sets members of the content."""
    return lambda content: content.update(members)


def without(*names: str) -> Change:
    """Takes members out of the content."""

    def change(content: Content) -> None:
        for name in names:
            del content[name]

    return change


def line(name: str, index: int, **members: object) -> Change:
    """Sets members of an entry of a list."""
    return lambda content: content[name][index].update(members)


def score(**members: object) -> Change:
    """Sets members of the confidence."""
    return lambda content: content["confidence"].update(members)


def renamed(old: str, new: str) -> Change:
    """Gives a confidence another name."""
    return lambda content: content["confidence"].update({new: content["confidence"].pop(old)})


def ticket_exchange(kind: str, content: Content, **members: object) -> Exchange:
    """One recognised ticket of that type with that content; nothing is known about its picture."""
    ticket = {
        "status": {"error_code": "AIS.0000", "error_msg": "Succeeded."},
        "type": kind,
        "location": [[100, 100], [700, 100], [700, 400], [100, 400]],
        "content": content,
        **members,
    }
    body = json.dumps({"result": [ticket]}, ensure_ascii=False).encode()
    return Exchange(replace(request(TICKETS), truth=None), Response(200, HEADERS, body, 0.01), "00001")


def findings(kind: str, content: Content, contract: Contract, **members: object) -> dict[str, str]:
    """What breaks, whatever its level: the name of each requirement, and the place below content."""
    return {
        o.requirement.partition("/")[2]: o.pointer.removeprefix("/result/0/content")
        for o in examine(ticket_exchange(kind, content, **members), contract)
        if o.state == "broken"
    }
