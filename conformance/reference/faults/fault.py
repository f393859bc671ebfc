"""What a fault is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.reference.behaviour import Behaviour

Kind: TypeAlias = Literal["fault", "variant"]


@dataclass(frozen=True, slots=True)
class Fault:
    """One named change of the reference.

    `breaks` are the ids of the requirements that it breaks, without the contract's part; a variant breaks none, and its
    `points` are the numbers of the open points of which it takes another reading than the reference. `wire` says that
    it shows on a socket only. `declares` are the positions (`position=value`) of a target statement without which a
    variant is not conformant.
    """

    id: str
    title: str
    breaks: tuple[str, ...]
    change: Behaviour
    kind: Kind = "fault"
    points: tuple[int, ...] = ()
    wire: bool = False
    declares: tuple[str, ...] = ()


def variant(variant_id: str, title: str, change: Behaviour, *points: int, wire: bool = False) -> Fault:
    """An unusual implementation that the documents allow: no check may find a broken `must` in it."""
    return Fault(variant_id, title, (), change, kind="variant", points=points, wire=wire)
