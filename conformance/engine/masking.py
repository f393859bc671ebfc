"""Keeps what was read on pictures of the user's own out of findings: kinds and places stay, values do not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.contract.contract import Contract
    from conformance.contract.owned import SchemaPlace
    from conformance.judging.observation import Observation

_HARMLESS = re.compile(r"/result(/[0-9]+)?/(location|type|status)(/.*)?|/error_(code|msg)")
"""Places of an answer that say nothing about anybody."""

_QUOTED = re.compile(r"'[^']*('|$)|\"[^\"]*(\"|$)")
_IN_WORDS = ("status ", "状态码 ")
"""Begin an answer told in the kit's own words."""

_NUMBER = re.compile(r"[0-9]{3,}")
_MEMBERS = frozenset({"result", "status", "type", "location", "content", "confidence", "error_code", "error_msg"})
_HIDDEN = "…"

_NAMES: dict[Path, frozenset[str]] = {}
"""Documented names by contract: its tables are the same whatever a statement says."""


def withheld(observations: Sequence[Observation], contract: Contract) -> list[Observation]:
    """The observations with what may be a person's value taken out of their words; documented names stay."""
    return [
        found
        if found.state != "broken" or _HARMLESS.fullmatch(found.pointer)
        else _without_values(found, _documented(contract))
        for found in observations
    ]


def _documented(contract: Contract) -> frozenset[str]:
    """Every name and listed type of a contract's tables, which say nothing about anybody."""
    key = contract.folder
    if key not in _NAMES:
        rows = [row for table in contract.page.tables for row in table.rows]
        names = _MEMBERS | set(contract.types) | {name for row in rows for name in (row.name, *row.fields)}
        if contract.answers_tickets:
            names |= {name for fields in contract.ticket_fields.values() for name in _members(fields.root)}
        _NAMES[key] = names
    return _NAMES[key]


def _members(place: SchemaPlace) -> Iterator[str]:
    """The names of the members below a place of a content."""
    for name, member in place.members.items():
        yield name
        yield from _members(member)
    if place.entries is not None:
        yield from _members(place.entries)


def _without_values(found: Observation, known: frozenset[str]) -> Observation:
    def hide(text: str) -> str:
        if text.startswith(_IN_WORDS):
            return text
        quoted = _QUOTED.sub(lambda match: match[0] if match[0][1:-1] in known else _HIDDEN, text)
        return _NUMBER.sub(_HIDDEN, quoted)

    observed = Text(hide(found.observed.en), hide(found.observed.zh))
    steps = [step if step.isdecimal() or step in known | {""} else _HIDDEN for step in found.pointer.split("/")]
    return replace(found, observed=observed, pointer="/".join(steps))
