"""Judges recorded traffic without knowing how it came about: a cassette, a HAR file, NDJSON exchanges.

`expect` reads each request as it stands. What it can be held against is found in the traffic itself (`kinship`), in a
first pass over the files; the second one judges. Whatever needs a control that is not there stays undecided, and the
requirement inconclusive. Of a request that was sent again because the target asked for that, the last answer is judged,
as in a run. One exchange is in memory at a time, and what is remembered is bounded.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.contract import load_contract
from conformance.contract.requirements import MEASURED
from conformance.engine.billing import billed_by
from conformance.engine.excuses import excused, narrow_waivers, unprovable_by, waived_by
from conformance.engine.ledger import ExchangeNote, Ledger
from conformance.engine.masking import withheld
from conformance.engine.measuring import measure_all
from conformance.engine.presence import DOWN
from conformance.engine.relatives import Controls, Relatives
from conformance.exchange import PROJECT_SLOT, Exchange, Request
from conformance.files import DataError, contract_ids
from conformance.judging.examine import judge, require_checks
from conformance.judging.relations import lacking, relate_views
from conformance.judging.view import View
from conformance.recordings.formats import MOST_NAMED, Traffic, read_traffic
from conformance.recordings.recorded import Skipped
from conformance.statement.statement import UNDECLARED
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.judging.observation import Observation
    from conformance.recordings import Interaction
    from conformance.statement.statement import Statement, Waiver

MAX_NOTES = 1_000
"""Exchanges whose notes are kept for the report; all are counted."""

MAX_WAITING = 100_000
"""Requests refused for load that are remembered until they are sent again, the latest ones."""

_GATEWAY_STATUSES = DOWN | {404}
"""Statuses with which a gateway says that the service behind it is not there."""

_GATEWAY_CODE = re.compile(r"APIG\.[0-9]+|")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A line or entry of a file that is no exchange, and why."""

    file: str
    place: str
    reason: Text

    def __str__(self) -> str:
        """`traffic.ndjson, line 3: expected ...`."""
        return self.in_language("en")

    def in_language(self, language: str) -> str:
        """The sentence in `zh`, or in English for any other language."""
        return f"{self.file}, {self.place}: {self.reason.in_language(language)}"


@dataclass(slots=True)
class Audit:
    """What an audit learnt: the ledger, how many exchanges were of another operation, what was left out.

    `left_out` names the first MOST_NAMED of them, `left_out_count` counts all. `sent_again` are those that were refused
    for load, or by a gateway whose service was down, and asked once more. `fitting` counts the exchanges of other
    operations that a contract which was not chosen describes, by its id.
    """

    ledger: Ledger
    other: int = 0
    sent_again: int = 0
    fitting: Counter[str] = field(default_factory=Counter)
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_count: int = 0

    def leave_out(self, file: Path, skipped: Skipped) -> None:
        """Note what could not be read."""
        self.left_out_count += 1
        if len(self.left_out) < MOST_NAMED:
            self.left_out.append(LeftOut(str(file), skipped.place, skipped.reason))


def audit(
    files: Sequence[Path],
    contracts: Sequence[Contract],
    *,
    depth: Depth = "standard",
    strict: bool = False,
    statement: Statement = UNDECLARED,
    judged: Callable[[int], None] | None = None,
) -> Audit:
    """Judge the traffic in some files against some contracts; `judged` is told how many exchanges are done so far.

    `statement` says which breaches do not fail the audit. Raises CassetteError for a file that is no
    recording, DataError where two contracts describe one path, or one names an unknown check.
    """
    for each in contracts:
        require_checks(each)
    operations = Operations(contracts)
    sources = [(file, _source(file)) for file in files]
    controls, again = Controls(), _SentAgain()
    for number, (file, exchange, contract) in enumerate(_exchanges(sources, operations, lambda _file, _skipped: None)):
        if contract is not None:
            view = View(exchange, contract)
            again.see(number, file, view)
            if view.accepted and exchange.request.auth == "valid":
                controls.remember(view)
    ledger = Ledger(
        contracts,
        depth,
        strict=strict,
        waived=waived_by(statement),
        unprovable=unprovable_by(statement),
        most_notes=MAX_NOTES,
        late=True,
    )
    result, narrow = Audit(ledger), narrow_waivers(statement)
    relatives = Relatives()
    for number, (file, exchange, contract) in enumerate(_exchanges(sources, operations, result.leave_out)):
        if contract is None:
            result.other += 1
            result.fitting.update(operations.fitting(exchange.request))
        elif number in again.superseded:
            result.sent_again += 1
        else:
            ledger.place = (0, number)
            _judge(ledger, str(file), View(exchange, contract), controls, relatives, narrow)
        if judged is not None:
            judged(result.ledger.sent)
    ledger.settle()
    for contract in contracts:
        for measured in measure_all(result.ledger, contract):
            result.ledger.measured(measured, f"{contract.id}/{MEASURED}")
    return result


class _SentAgain:
    """Which exchanges got no answer of the service and were followed by the same request, which a run sends again, too.

    They were refused for load, or a gateway answered for a service that was down. `superseded` are their numbers in the
    order of all files.
    """

    def __init__(self) -> None:
        self.superseded: set[int] = set()
        self._waiting: OrderedDict[bytes, int] = OrderedDict()

    def see(self, number: int, file: Path, view: View) -> None:
        """Look at an exchange."""
        request = view.exchange.request
        away = view.throttled or (_is_gateways(view) and view.response is not None and view.response.status in DOWN)
        if not self._waiting and not away:
            return
        line = f"{file}\n{view.contract.id}\n{request.method} {request.path}\n{request.auth}\n"
        key = hashlib.sha256(line.encode("utf-8", "surrogatepass") + request.body).digest()
        before = self._waiting.pop(key, None)
        if before is not None:
            self.superseded.add(before)
        if away:
            self._waiting[key] = number
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)


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

    def fitting(self, request: Request) -> list[str]:
        """The ids of the contracts of the kit, chosen or not, whose path the request has."""
        wanted = _segments(request.path.partition("?")[0])
        return [name for name, path in _known_paths() if _fits(path, wanted)]


@cache
def _known_paths() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _segments(load_contract(name).page.path)) for name in contract_ids())


def is_documented(request: Request) -> bool:
    """Whether a request is of an operation that some contract of the kit describes."""
    return bool(Operations(()).fitting(request))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
    )


def _source(file: Path) -> Callable[[Callable[[Skipped], None]], Iterator[Interaction]]:
    """Reads a recording, as often as it is called; a file's credentials are looked for once."""
    if file.is_dir():
        return lambda skipped: read_traffic(file, skipped)
    return Traffic(file).exchanges


def _exchanges(
    sources: Sequence[tuple[Path, Callable[[Callable[[Skipped], None]], Iterator[Interaction]]]],
    operations: Operations,
    leave_out: Callable[[Path, Skipped], None],
) -> Iterator[tuple[Path, Exchange, Contract | None]]:
    for file, read in sources:

        def skipped(what: Skipped, file: Path = file) -> None:
            leave_out(file, what)

        for interaction in read(skipped):
            exchange = interaction.exchange
            # What a maker of requests noted about its faults is not looked at.
            request = replace(exchange.request, label=None)
            # A place is that of one file; an id is that of one exchange among all.
            name = exchange.id if len(sources) == 1 else f"{file}, {exchange.id}"
            yield file, replace(exchange, request=request, id=name), operations.contract_of(request)


def _judge(
    ledger: Ledger, file: str, view: View, controls: Controls, relatives: Relatives, narrow: Sequence[Waiver]
) -> None:
    exchange, contract = view.exchange, view.contract
    control = controls.control_of(view)
    found = judge(view.beside(View(control, contract)) if control is not None else view)
    if view.accepted:
        ledger.accepted += 1
        found += _relations(view, relatives, ledger)
        ledger.weigh(view)
    ledger.figures.see(view, ledger.place)
    ledger.see(view)
    if controls.accepts(contract) and _is_gateways(view):
        found = [_undecided_acceptance(observation) for observation in found]
    if exchange.truth is None:
        found = withheld(found, contract)  # traffic that is no specimen's may be about real people
    ledger.observe(found, file, exchange, excused(found, narrow, view, file))
    faults = view.expectation.faults
    ledger.note(
        ExchangeNote.of(
            view,
            file,
            "fault" if faults else "variant",
            fault=", ".join(sorted(faults)) or None,
            billed=billed_by(view),
            place=ledger.place,
        )
    )


def _is_gateways(view: View) -> bool:
    """Whether something in front of the service answered that there is none, at that moment or at that address."""
    if view.response is None or view.response.status not in _GATEWAY_STATUSES:
        return False
    return view.kind == "unreadable" or _GATEWAY_CODE.fullmatch(view.code or "") is not None


def _undecided_acceptance(found: Observation) -> Observation:
    """Beside requests that the service accepted, one that did not reach it says nothing about what it accepts."""
    if found.state != "broken" or not found.requirement.partition("/")[2].startswith("accepts."):
        return found
    why = Text("answered by a gateway, beside requests that the service accepted", "由网关响应，而服务接受了其他请求")
    return replace(found, state="undecided", observed=why, pointer="")


def _relations(view: View, relatives: Relatives, ledger: Ledger) -> list[Observation]:
    contract, found = view.contract, []
    for pair in relatives.pairs(view):
        if pair.requirement not in contract.requirements:
            continue
        one, two = View(pair.first, contract), View(pair.second, contract)
        observation = relate_views(one, two, pair.comparator, pair.requirement)
        if observation.slip:
            ledger.habits.compare(contract.id, pair.requirement, *lacking(one, two, pair.comparator))
        found.append(observation)
    return found
