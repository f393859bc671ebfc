"""Judges recorded traffic without knowing how it came about: a cassette, a HAR file, NDJSON exchanges.

`expect` reads each request as it stands. What it can be held against is found in the traffic itself (`kinship`), in a
first pass over the files; the second one judges. Whatever needs a control that is not there stays undecided, and the
requirement inconclusive. One exchange is in memory at a time, and what is remembered is bounded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engine.billing import billed_by
from conformance.engine.ledger import ExchangeNote, Ledger
from conformance.engine.masking import withheld
from conformance.engine.relatives import Controls, Relatives
from conformance.exchange import PROJECT_SLOT, Exchange, Request
from conformance.files import DataError
from conformance.judging.examine import judge, require_checks
from conformance.judging.relations import relate
from conformance.judging.view import View
from conformance.recordings.foreign import Skipped
from conformance.recordings.formats import read_traffic

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.judging.observation import Observation

MAX_NOTES = 1_000
"""Exchanges whose notes are kept for the report; all are counted."""

MAX_SKIPPED = 100
"""Lines and entries left out that are named; all are counted."""


class AuditLedger(Ledger):
    """A ledger whose notes stay bounded: the first MAX_NOTES exchanges are kept, all are counted."""

    def __init__(self, contracts: Sequence[Contract], depth: Depth, *, strict: bool) -> None:
        """As Ledger."""
        super().__init__(contracts, depth, strict=strict)
        self._sent = self._billed = 0

    def note(self, note: ExchangeNote) -> None:
        """Count an exchange, and keep its note while there is room."""
        self._sent += 1
        self._billed += note.billed
        if len(self.notes) < MAX_NOTES:
            self.notes.append(note)

    @property
    def sent(self) -> int:
        """How many exchanges were judged."""
        return self._sent

    @property
    def billable(self) -> int:
        """Tickets that the answers bill, summed over all exchanges."""
        return self._billed


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line or entry of a file that is no exchange, and why."""

    file: str
    place: str
    reason: str

    def __str__(self) -> str:
        """`traffic.ndjson, line 3: expected ...`."""
        return f"{self.file}, {self.place}: {self.reason}"


@dataclass(slots=True)
class Audit:
    """What an audit learnt: the ledger, how many exchanges were of another operation, what was left out.

    `left_out` names the first MAX_SKIPPED of them, `left_out_count` counts all.
    """

    ledger: AuditLedger
    other: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_count: int = 0

    def leave_out(self, file: Path, skipped: Skipped) -> None:
        """Note what could not be read."""
        self.left_out_count += 1
        if len(self.left_out) < MAX_SKIPPED:
            self.left_out.append(LeftOut(str(file), skipped.place, skipped.reason))


def audit(
    files: Sequence[Path],
    contracts: Sequence[Contract],
    *,
    depth: Depth = "standard",
    strict: bool = False,
    judged: Callable[[int], None] | None = None,
) -> Audit:
    """Judge the traffic in some files against some contracts; `judged` is told how many exchanges are done so far.

    Raises CassetteError for a file that is no recording, DataError where two contracts describe one
    path, or one names an unknown check.
    """
    for each in contracts:
        require_checks(each)
    operations = Operations(contracts)
    controls = Controls()
    for _, exchange, contract in _exchanges(files, operations, lambda _file, _skipped: None):
        view = View(exchange, contract) if contract is not None else None
        if view is not None and view.accepted and exchange.request.auth == "valid":
            controls.remember(view)
    result = Audit(AuditLedger(contracts, depth, strict=strict))
    relatives = Relatives()
    for file, exchange, contract in _exchanges(files, operations, result.leave_out):
        if contract is None:
            result.other += 1
            continue
        _judge(result.ledger, str(file), View(exchange, contract), controls, relatives)
        if judged is not None:
            judged(result.ledger.sent)
    return result


class Operations:
    """Tells by method and path which contract a request is of."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        """Raises DataError where two contracts describe one path."""
        self._contracts: dict[tuple[str, ...], Contract] = {}
        for contract in contracts:
            other = self._contracts.setdefault(_segments(contract.page.path), contract)
            if other is not contract:
                raise DataError(
                    f"{other.id} and {contract.id} both describe {contract.page.path}, and traffic does not say which "
                    "edition it is of; give one of them with --contract"
                )

    def contract_of(self, request: Request) -> Contract | None:
        """The contract whose path the request has, whatever stands in the place of the project id; None for none."""
        wanted = _segments(request.path.partition("?")[0])
        return next((contract for path, contract in self._contracts.items() if _fits(path, wanted)), None)


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
    )


def _exchanges(
    files: Sequence[Path], operations: Operations, leave_out: Callable[[Path, Skipped], None]
) -> Iterator[tuple[Path, Exchange, Contract | None]]:
    for file in files:

        def skipped(what: Skipped, file: Path = file) -> None:
            leave_out(file, what)

        for interaction in read_traffic(file, skipped):
            exchange = interaction.exchange
            # What a maker of requests noted about its faults is not looked at.
            request = replace(exchange.request, label=None)
            # A place is that of one file; an id is that of one exchange among all.
            name = exchange.id if len(files) == 1 else f"{file}, {exchange.id}"
            yield file, replace(exchange, request=request, id=name), operations.contract_of(request)


def _judge(ledger: AuditLedger, file: str, view: View, controls: Controls, relatives: Relatives) -> None:
    exchange, contract = view.exchange, view.contract
    control = controls.control_of(view)
    found = judge(view.beside(View(control, contract)) if control is not None else view)
    if view.accepted:
        ledger.accepted += 1
        found += _relations(view, relatives)
        ledger.weigh(view)
    ledger.figures.see(view)
    if exchange.truth is None:
        found = withheld(found, contract)  # traffic that is no specimen's may be about real people
    ledger.observe(found, file, exchange)
    faults = view.expectation.faults
    ledger.note(
        ExchangeNote.of(
            view,
            file,
            "fault" if faults else "variant",
            fault=", ".join(sorted(faults)) or None,
            billed=billed_by(view),
        )
    )


def _relations(view: View, relatives: Relatives) -> list[Observation]:
    contract = view.contract
    return [
        relate(pair.first, pair.second, pair.comparator, pair.requirement, contract)
        for pair in relatives.pairs(view)
        if pair.requirement in contract.requirements
    ]
