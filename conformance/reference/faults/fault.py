"""What a fault is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.reference.behaviour import Behaviour

Kind: TypeAlias = Literal["fault", "variant"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One named change of the reference.

    `breaks` are the ids of the requirements that it breaks, without the contract's part; a variant breaks none.
    """

    id: str
    title: str
    breaks: tuple[str, ...]
    change: Behaviour
    kind: Kind = "fault"


def variant(variant_id: str, title: str, change: Behaviour) -> Fault:
    """An unusual implementation that the documents allow: no check may find a broken `must` in it."""
    return Fault(variant_id, title, (), change, kind="variant")
