"""Faults of parameters that a contract has by its tables alone: of another type, or missing where they are required."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.contract.members import ABSENT, WRONG_TYPE, is_required, member_rows, member_type
from conformance.strategies.fault import Variant, with_members

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.contract.contract import Contract
    from conformance.exchange import Request
    from conformance.strategies.build import Valid
    from conformance.strategies.fault import Breaks
    from conformance.strategies.spelling import Json

_WRONG: Mapping[str, tuple[tuple[str, Json], ...]] = {
    "string": (("number", 1), ("list", ["text"]), ("object", {"value": "text"}), ("true", True)),
    "boolean": (("text-true", "true"), ("one", 1), ("list", [True]), ("object", {"value": True})),
    "array": (("text", "text"), ("number", 1), ("object", {"value": "text"})),
    "integer": (("text", "1"), ("fraction", 1.5), ("list", [1]), ("object", {"value": 1})),
    "number": (("text", "1"), ("list", [1.5]), ("object", {"value": 1.5})),
    "object": (("text", "text"), ("list", [{}])),
}
"""Values of another type, by the documented one, the plainest mistake first."""


def variants(contract: Contract) -> tuple[Variant, ...]:
    """The faults of the parameters of one contract; none where the kit knows all of them by name."""
    found: list[Variant] = []
    for row in member_rows(contract.page):
        found += [
            Variant(f"{row.name}.{WRONG_TYPE}", name, _with(row.name, value))
            for name, value in _WRONG[member_type(row)]
        ]
        if is_required(row):
            found.append(Variant(f"{row.name}.{ABSENT}", "left-out", _without(row.name)))
    return tuple(found)


def _with(name: str, value: Json) -> Breaks:
    return lambda valid, _form: with_members(valid, {**valid.members, name: value}, picture=True)


def _without(name: str) -> Breaks:
    def breaks(valid: Valid, _form: int) -> Request:
        rest = {member: value for member, value in valid.members.items() if member != name}
        return with_members(valid, rest, picture=True)

    return breaks
