"""The requests of a purpose in the order of sending, drawn from its steps or taken from a recording, and who is told
of each while a run goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from conformance.engine.purposes import OwnPicture, Relation
from conformance.strategies.build import build, prepare
from conformance.strategies.draw import Draw
from conformance.strategies.invalid import break_request

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.ledger import PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Exchange, Request
    from conformance.recordings import Interaction

Role: TypeAlias = Literal["control", "fault", "variant"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One request of a purpose. `control` and `position` count from 0 within the purpose; a control has none."""

    position: int
    role: Role
    request: Request
    control: int | None = None
    relation: Relation | None = None


class Listener(Protocol):
    """Told about the run while it goes on: the progress line, the recorder."""

    def exchanged(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """One request was answered, or its transport failed."""

    def finished(self, result: PurposeResult) -> None:
        """One purpose is over."""


class Interrupted:
    """Stands for the answer to a request that an interrupted run sent without learning what became of it."""


class Journal(Listener, Protocol):
    """A recording of the run: a listener that knows what was sent before, and is told before anything is sent."""

    def recall(self, purpose: Purpose, planned: Planned, attempt: int) -> Exchange | Interrupted | None:
        """The recorded exchange of a request; Interrupted where its outcome is unknown; None where it is to be sent."""

    def sending(self, purpose: Purpose, planned: Planned, attempt: int) -> None:
        """A request is about to be sent."""

    def retried(self, purpose: Purpose, planned: Planned, attempt: int, status: int) -> None:
        """What the target answered, with `status`, decides nothing: the request is to be sent again."""


def drawn_script(purpose: Purpose, contract: Contract, seed: int) -> Iterator[Planned]:
    """Draw the requests of a purpose: its control, then each step; a fault with a control of its own sends that first.
    That of a picture of the user's own is one request.

    One at a time, so that no more than one large body is in memory.
    """
    if isinstance(purpose.control, OwnPicture):
        yield Planned(0, "control", purpose.control.request(contract))
    if not isinstance(purpose.control, Draw):
        return
    prepared = prepare(contract, purpose.control)
    control = prepared.request
    yield Planned(0, "control", control)
    position = 0
    own_controls: dict[tuple[str, str], int] = {}
    for step in purpose.steps:
        position += 1
        if step.draw is not None:
            yield Planned(position, "variant", build(contract, step.draw), control=0, relation=step.relation)
            continue
        request = break_request(contract, step.fault or "", purpose.control, seed, prepared=prepared)
        label = request.label
        at = 0
        if label is not None and label.control != control:
            key = (label.control.path, label.control.body_sha256())
            if key not in own_controls:
                own_controls[key] = position
                yield Planned(position, "control", label.control)
                position += 1
            at = own_controls[key]
        yield Planned(position, "fault", request, control=at)
        del request, label  # both hold the body while the next one is drawn


def recorded_script(interactions: Iterator[Interaction]) -> Iterator[Planned]:
    """The requests of a purpose as they were recorded, so that a replay draws nothing."""
    for interaction in interactions:
        relation = Relation(*interaction.relation) if interaction.relation is not None else None
        role = cast("Role", interaction.role)
        yield Planned(interaction.position, role, interaction.exchange.request, interaction.control, relation)
