"""Runs the kit at depth standard in front of the reference with an engine that is not exact, in this process."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.engine.kill_table import Bench
from conformance.engine.purposes import URL
from conformance.engine.run import Run
from conformance.targets.reference import ReferenceFleet

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Outcome:
    """Requests sent, `must` requirements (full ids) that broke or stayed open, errors of the kit, and the run."""

    requests: int
    broken: tuple[str, ...]
    unproven: tuple[str, ...]
    errors: tuple[str, ...]
    run: Run


class EngineBench:
    """Keeps what is the same for all engines: requests, and what was read on their pictures."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.fleet = ReferenceFleet()

    def run(self, engine: Mapping[str, float], *faults: str, only: str | None = None) -> Outcome:
        """One run; `engine` are shares and the seed, `faults` ids of faults of the implementation around it, `only` is
        the name of the purposes that are asked.
        """
        with closing(self.fleet.open(faults, engine)) as target:
            run = Run(
                self.bench.contracts,
                target,
                capabilities=frozenset({URL}),
                scripts=self.bench.script,
                expected=self.bench.expected,
            )
            purposes = [p for c in self.bench.contracts for p in self.bench.purposes(c, "standard")]
            run.execute([purpose for purpose in purposes if only in (None, purpose.name)])
        musts = [account for account in run.ledger.accounts.values() if account.requirement.level == "must"]
        return Outcome(
            requests=run.budget.requests,
            broken=tuple(account.requirement.id for account in musts if account.verdict == "fail"),
            unproven=tuple(account.requirement.id for account in musts if account.verdict == "inconclusive"),
            errors=tuple(str(result.error) for result in run.ledger.errors),
            run=run,
        )
