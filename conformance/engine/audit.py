"""Judges recorded traffic without knowing how it came about: a cassette, a HAR file, NDJSON exchanges.

`expect` reads each request as it stands. What it can be held against is found in the traffic itself (`relatives`), in a
first pass over the files, which also counts what most exchanges show (`looks`); the second one judges the others.
Whatever needs a control that is not there stays undecided, and the requirement inconclusive. Of a request that was sent
again because the target asked for that, the last answer is judged, as in a run. One exchange is in memory at a time,
and what is remembered is bounded.
"""

from __future__ import annotations

import hashlib
import re
from array import array
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.contract.contract import load_contract
from conformance.contract.requirements import MEASURED
from conformance.engine.billing import billed_by
from conformance.engine.counted import Counted
from conformance.engine.excuses import excused, narrow_waivers, unprovable_by, waived_by
from conformance.engine.ledger import ExchangeNote, Ledger
from conformance.engine.masking import withheld
from conformance.engine.measuring import measure_all
from conformance.engine.presence import DOWN
from conformance.engine.relatives import Controls, Relatives, facets_of
from conformance.exchange import PROJECT_SLOT, Exchange, Lean, Request
from conformance.files import DataError, contract_ids
from conformance.judging.examine import judge, require_checks
from conformance.judging.relations import lacking, relate_views
from conformance.judging.view import View
from conformance.recordings.formats import MOST_NAMED, traffic_of
from conformance.recordings.recorded import Skipped
from conformance.statement.statement import UNDECLARED
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.relatives import Pair
    from conformance.judging.observation import Observation
    from conformance.recordings.formats import CassetteTraffic, Traffic
    from conformance.statement.statement import Statement, Waiver

MAX_NOTES = 1_000
"""Exchanges whose notes are kept for the report; all are counted."""

MAX_WAITING = 100_000
"""Requests refused for load that are remembered until they are sent again, the latest ones."""

_MOST_PATHS = 10_000
"""Paths of which it is remembered whose they are."""

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
    ledger = Ledger(
        contracts,
        depth,
        strict=strict,
        waived=waived_by(statement),
        unprovable=unprovable_by(statement),
        most_notes=MAX_NOTES,
        late=True,
    )
    result = Audit(ledger)
    passes = _Passes(result, Operations(contracts), narrow_waivers(statement), judged or (lambda _done: None))
    sources = [(file, traffic_of(file)) for file in files]
    for file, source in sources:
        passes.first(file, source, alone=len(sources) == 1)
    passes.second(sources)
    ledger.settle()
    for contract in contracts:
        for measured in measure_all(result.ledger, contract):
            result.ledger.measured(measured, f"{contract.id}/{MEASURED}")
    return result


class _Passes:
    """The first pass over recordings counts what exchanges show that look like others before them, finds controls and
    relatives for all, and puts off what has to be judged; the second one judges that.
    """

    def __init__(
        self, result: Audit, operations: Operations, narrow: Sequence[Waiver], told: Callable[[int], None]
    ) -> None:
        self._result, self._operations, self._narrow, self._told = result, operations, narrow, told
        self._ledger = result.ledger
        self._controls, self._relatives, self._again = Controls(), Relatives(), _SentAgain()
        self._counts = Counted(result.ledger, frozenset(waiver.requirement for waiver in narrow))
        self._number = 0
        self._put_off: list[tuple[array[int], array[int]]] = []

    def first(self, file: Path, source: CassetteTraffic | Traffic, *, alone: bool) -> None:
        """Go through a recording; `alone` where there is no other one, so that its names need no file."""
        numbers, places = array("Q"), array("Q")
        self._put_off.append((numbers, places))
        for place, found in source.glances(lambda skipped: self._result.leave_out(file, skipped)):
            contract = self._operations.contract_of(found.path if isinstance(found, Lean) else found.request.path)
            if contract is None:
                self._result.other += 1
                path = found.path if isinstance(found, Lean) else found.request.path
                self._result.fitting.update(self._operations.fitting(path))
                self._told(self._ledger.sent)
            elif isinstance(found, Lean) and self._counted(file, found, contract, alone=alone):
                self._told(self._ledger.sent)
            else:
                numbers.append(self._number)
                places.append(place)
                exchange = found.exchange if isinstance(found, Lean) else found
                self._look_at(file, _named(exchange, file, alone=alone), contract)
            self._number += 1

    def second(self, sources: Sequence[tuple[Path, CassetteTraffic | Traffic]]) -> None:
        """Judge what was put off."""
        for (file, source), (numbers, places) in zip(sources, self._put_off, strict=True):
            for number, exchange in zip(numbers, source.again(places), strict=True):
                contract = self._operations.contract_of(exchange.request.path)
                assert contract is not None, "it was put off because of one"
                if number in self._again.superseded:
                    self._result.sent_again += 1
                else:
                    named = _named(exchange, file, alone=len(sources) == 1)
                    self._ledger.place = (0, number)
                    self._judge(str(file), View(named, contract))
                self._told(self._ledger.sent)
        self._counts.enter()

    def _counted(self, file: Path, lean: Lean, contract: Contract, *, alone: bool) -> bool:
        """Whether an exchange shows nothing but what can be counted: then it is, and done with."""
        counts = self._counts
        seen = counts.known(lean, contract)
        if seen is None:
            return False
        facets = counts.facets(lean, seen.asked, contract)
        self._again.see_answered(file, contract, lean)
        name = lean.id if alone else f"{file}, {lean.id}"

        def exchange() -> Exchange:
            return replace(lean.exchange, id=name)

        if lean.auth == "valid":
            self._controls.remember(facets, contract, exchange)
            relative = counts.relative(lean, seen.asked, facets, name)
            for pair in self._relatives.pairs_of(relative, contract, exchange):
                self._relate(file, pair, contract)
        counts.count((0, self._number), lean, seen, contract, str(file), name)
        return True

    def _look_at(self, file: Path, exchange: Exchange, contract: Contract) -> None:
        """What others need of an exchange that is judged later."""
        view = View(exchange, contract)
        self._again.see(self._number, file, view)
        if not view.accepted:
            return
        if exchange.request.auth == "valid":
            self._controls.remember(facets_of(exchange.request, contract), contract, lambda: exchange)
        for pair in self._relatives.pairs(view):
            self._relate(file, pair, contract)

    def _relate(self, file: Path, pair: Pair, contract: Contract) -> None:
        ledger = self._ledger
        if pair.requirement not in contract.requirements:
            return
        one, two = View(pair.first, contract), View(pair.second, contract)
        observation = relate_views(one, two, pair.comparator, pair.requirement)
        if observation.slip:
            ledger.habits.compare(contract.id, pair.requirement, *lacking(one, two, pair.comparator))
        later = pair.later
        found = withheld([observation], contract) if later.truth is None else [observation]
        view = View(later, contract)
        ledger.place = (0, self._number)
        ledger.observe(found, str(file), later, excused(found, self._narrow, view, str(file)))

    def _judge(self, file: str, view: View) -> None:
        ledger, exchange, contract = self._ledger, view.exchange, view.contract
        control = self._controls.control_of(view)
        found = judge(view.beside(View(control, contract)) if control is not None else view)
        if view.accepted:
            ledger.accepted += 1
            ledger.weigh(view)
        ledger.figures.see(view, ledger.place)
        ledger.see(view)
        if self._controls.accepts(contract) and _is_gateways(view):
            found = [_undecided_acceptance(observation) for observation in found]
        if exchange.truth is None:
            found = withheld(found, contract)  # traffic that is no specimen's may be about real people
        ledger.observe(found, file, exchange, excused(found, self._narrow, view, file))
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


def _named(exchange: Exchange, file: Path, *, alone: bool) -> Exchange:
    """An exchange without what a maker of requests noted about its faults, with an id that is its own among all."""
    name = exchange.id if alone else f"{file}, {exchange.id}"
    return replace(exchange, request=replace(exchange.request, label=None), id=name)


class _SentAgain:
    """Which exchanges got no answer of the service and were followed by the same request, which a run sends again, too.

    They were refused for load, or a gateway answered for a service that was down. `superseded` are their numbers in the
    order of all files.
    """

    def __init__(self) -> None:
        self.superseded: set[int] = set()
        self._waiting: OrderedDict[tuple[object, ...], int] = OrderedDict()

    def see(self, number: int, file: Path, view: View) -> None:
        """Look at an exchange."""
        request = view.exchange.request
        away = view.throttled or (_is_gateways(view) and view.response is not None and view.response.status in DOWN)
        if not self._waiting and not away:
            return
        digest = hashlib.sha256(request.body).digest()
        key = (file, view.contract.id, request.method, request.path, request.auth, digest)
        self._answered(key)
        if away:
            self._waiting[key] = number
            if len(self._waiting) > MAX_WAITING:
                self._waiting.popitem(last=False)

    def see_answered(self, file: Path, contract: Contract, lean: Lean) -> None:
        """Look at an exchange that the service answered."""
        if self._waiting:
            self._answered((file, contract.id, lean.method, lean.path, lean.auth, lean.body_sum))

    def _answered(self, key: tuple[object, ...]) -> None:
        before = self._waiting.pop(key, None)
        if before is not None:
            self.superseded.add(before)


class Operations:
    """Tells by method and path which contract a request is of."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        """Raises DataError where two contracts describe one path."""
        self._contracts: dict[tuple[str, ...], Contract] = {}
        self._found: dict[str, Contract | None] = {}
        for contract in contracts:
            other = self._contracts.setdefault(_segments(contract.page.path), contract)
            if other is not contract:
                raise DataError(
                    f"{other.id} and {contract.id} both describe {contract.page.path}, and traffic does not say which "
                    "edition it is of; give one of them with --contract"
                )

    def contract_of(self, path: str) -> Contract | None:
        """The contract whose path a request has, whatever stands in the place of the project id; None for none."""
        if path not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[path] = self._search(path)
        return self._found[path]

    def _search(self, path: str) -> Contract | None:
        wanted = _segments(path.partition("?")[0])
        return next((contract for path, contract in self._contracts.items() if _fits(path, wanted)), None)

    def fitting(self, path: str) -> list[str]:
        """The ids of the contracts of the kit, chosen or not, whose path a request has."""
        wanted = _segments(path.partition("?")[0])
        return [name for name, path in _known_paths() if _fits(path, wanted)]


@cache
def _known_paths() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _segments(load_contract(name).page.path)) for name in contract_ids())


def is_documented(request: Request) -> bool:
    """Whether a request is of an operation that some contract of the kit describes."""
    return bool(Operations(()).fitting(request.path))


def _segments(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
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
