"""Writes a run to a cassette while it goes on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from conformance.targets.cassette import CassetteWriter, Interaction

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from conformance.engine.ledger import PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.engine.run import Run
    from conformance.engine.scripts import Planned
    from conformance.exchange import Exchange


class Recorder:
    """A listener that records every exchange with its place in the run, and seals the cassette when the run is over.

    Raises CassetteError where the folder holds a recording already or cannot be written.
    """

    def __init__(self, folder: Path, run: Run, kit_version: str) -> None:
        """Opens the journal in `folder`."""
        self._writer = CassetteWriter(folder)
        self._run = run
        self._kit_version = kit_version
        self._started = time.monotonic()

    def exchanged(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """Append the exchange to the journal."""
        relation = planned.relation
        self._writer.add(
            Interaction(
                contract=purpose.contract_id,
                purpose=purpose.id,
                position=planned.position,
                role=planned.role,
                attempt=attempt,
                exchange=exchange,
                control=planned.control,
                relation=(relation.requirement, relation.comparator) if relation is not None else None,
            )
        )

    def finished(self, result: PurposeResult) -> None:
        """Nothing to do: the journal has everything."""

    def __enter__(self) -> Self:
        """The recorder itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Seals what was recorded, whatever ended the run."""
        run = self._run
        self._writer.seal(
            {
                "kit_version": self._kit_version,
                "contracts": [contract.id for contract in run.contracts],
                "depth": run.depth,
                "seed": run.seed,
                "positions": {contract.id: dict(contract.positions) for contract in run.contracts},
                "stop_reason": run.ledger.stop_reason,
                "duration_s": round(time.monotonic() - self._started, 1),
            }
        )
