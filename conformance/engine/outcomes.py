"""What the findings and observations of a purpose mean for it, by what the ledger knows of each requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from conformance.engine.purposes import MOST_PICTURES, OwnPicture
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Level, Requirement
    from conformance.engine.account import Finding
    from conformance.engine.ledger import Ledger, PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.judging.observation import Observation


INTERRUPTED = Text(
    "outcome unknown: an earlier run was interrupted while it was sent, and it may have been billed",
    "结果未知：先前的运行在发送期间被中断，可能已计费",
)

NOTHING = Text("nothing decided it", "没有可据以判定的响应")
HUNG = Text(
    "the rest of this purpose was not sent: so many answers did not come in time",
    "本测试目的的其余请求未发送：已有多个请求未在时限内得到响应",
)


class Seen(NamedTuple):
    """What one exchange showed."""

    findings: list[Finding]
    observed: list[Observation]


class Remembered:
    """Enters the results of purposes into a ledger: under pytest a failed item may run again, and the last one counts.

    Of a set of pictures no bodies are kept, and few findings where very many pictures broke something.
    """

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._broken_pictures = 0

    def enter(self, ledger: Ledger, result: PurposeResult) -> None:
        """Enter a result in the place of an earlier one of the same purpose."""
        purpose = result.purpose
        if purpose.id in self._ids:
            ledger.results = [kept for kept in ledger.results if kept.purpose.id != purpose.id]
        self._ids.add(purpose.id)
        if isinstance(purpose.control, OwnPicture):
            self._broken_pictures += bool(result.findings)
            result = result.lean(None if self._broken_pictures <= MOST_PICTURES else 1)
        ledger.results.append(result)


def failing(ledger: Ledger, findings: Sequence[Finding]) -> list[Finding]:
    """The findings that fail a run."""
    return [f for f in findings if ledger.fails(ledger.accounts[f.observation.requirement].requirement)]


def level_of(ledger: Ledger, finding: Finding) -> Level:
    """The level of what a finding breaks."""
    return ledger.accounts[finding.observation.requirement].requirement.level


def unproven_of(
    ledger: Ledger,
    purpose: Purpose,
    contract: Contract,
    observed: Sequence[Observation],
    missing: Text,
    unprovable: Container[str],
) -> tuple[tuple[Requirement, Text], ...]:
    """What a purpose aims at of level must and did not prove, each with the reason; `missing` where nothing tells it.

    What is not applicable to the target is left out, and so is what cannot be proven on it.
    """
    decided = {observation.requirement for observation in observed if observation.state in ("held", "broken")}
    reasons = {o.requirement: o.observed for o in observed if o.state == "undecided"}
    return tuple(
        (requirement, reasons.get(requirement.id, missing))
        for requirement in (contract.requirements[aim] for aim in purpose.aims)
        if requirement.level == "must"
        and requirement.id not in unprovable
        and requirement.id not in decided
        and ledger.speaks_of(requirement.id)
        and ledger.accounts[requirement.id].verdict != "not-applicable"
    )
