"""Judges one piece of recorded traffic, in two passes; what it is held against may be in other pieces.

The first pass counts what exchanges show that look like others before them, notes by short sums what others may be held
against, and puts off what has to be judged. Between the passes `audit` brings the notes of all pieces together. The
second pass judges the rest with all controls, and relates exchanges to those of earlier pieces.

Each pass is a function of what all pieces share and of one piece, so that a mapper does it anywhere.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.engine.account import ExchangeNote, withheld
from conformance.engine.availability import DOWN
from conformance.engine.budget import billed_by
from conformance.engine.counted import Controls, Counted, request_key, seldom_collected
from conformance.engine.ledger import Learnt, Ledger
from conformance.engine.lookup import Operations
from conformance.engine.relatives import Relatives, facets_of, related, relative_of
from conformance.engine.settings import Excuses
from conformance.exchange import Exchange, Lean, taken_apart
from conformance.files import add_contracts, added_folder
from conformance.judging import judge
from conformance.judging.relations import lacking, relate_views
from conformance.judging.view import View
from conformance.recordings.blobs import sums_of
from conformance.recordings.formats import Looked, look, traffic_of
from conformance.recordings.recorded import MOST_NAMED
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.account import Place
    from conformance.engine.relatives import Kin, Pair
    from conformance.judging.results import Observation
    from conformance.recordings.credentials import Credentials
    from conformance.recordings.opened import Part
    from conformance.recordings.recorded import Skipped

MAX_WAITING = 100_000
"""Requests refused for load that are remembered until they are sent again, the latest ones."""

_GATEWAY_STATUSES = DOWN | {404}
"""Statuses with which a gateway says that the service behind it is not there."""

_GATEWAY_CODE = re.compile(r"APIG\.[0-9]+|")


@dataclass(frozen=True, slots=True)
class Piece:
    """A recording, or a part of one: `number` is its place among all."""

    number: int
    file: Path
    part: Part | None = None


@dataclass(frozen=True, slots=True)
class Shared:
    """What all pieces of an audit share. `alone` where there is one file, so that exchanges are named without it."""

    contracts: tuple[Contract, ...]
    depth: Depth
    strict: bool
    excuses: Excuses
    most_notes: int
    alone: bool
    folder: Path | None = None
    credentials: Mapping[str, Credentials] = field(default_factory=dict)
    controls: Controls = field(default_factory=Controls)

    def ledger(self) -> Ledger:
        """One that nothing was entered into."""
        return Ledger(
            self.contracts,
            self.depth,
            strict=self.strict,
            excuses=self.excuses,
            most_notes=self.most_notes,
            late=True,
        )


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
class First:
    """What the first pass over a piece found.

    `numbers` and `sources` are what was put off: the number of each exchange, and where it is in its recording. `keys`
    tell the requests that were sent, `waiting` those of them that wait to be sent again, with their numbers. `heads`,
    `tails` and `count` are as of `Relatives`.
    """

    learnt: Learnt
    controls: Controls
    heads: Sequence[Kin]
    tails: Sequence[Kin]
    count: int
    keys: array[int]
    waiting: Sequence[tuple[int, int]]
    numbers: array[int]
    sources: array[int]
    other: int
    sent_again: int
    fitting: Counter[str]
    left_out: list[LeftOut]
    left_out_count: int


@dataclass(slots=True)
class Rest:
    """What is left of a piece: exchanges to judge, as `First` has them, and those that are related to earlier pieces.

    `crossing` gives for the number of an exchange where it is, and where those are that it is related to.
    """

    piece: Piece
    numbers: Sequence[int]
    sources: Sequence[int]
    crossing: Mapping[int, tuple[int, Sequence[tuple[Piece, int]]]]


def look_into(_shared: Shared, piece: Piece) -> Looked:
    """Look for credentials in a piece."""
    return look(piece.file, piece.part)


def first_pass(shared: Shared, piece: Piece) -> First:
    """Go through a piece for the first time. Raises CassetteError."""
    with seldom_collected():
        return _Pass(shared, piece).first()


def second_pass(shared: Shared, rest: Rest) -> Learnt:
    """Judge what is left of a piece. Raises CassetteError."""
    return _Pass(shared, rest.piece).second(rest)


class _Pass:
    def __init__(self, shared: Shared, piece: Piece) -> None:
        if shared.folder is not None and added_folder() is None:
            add_contracts(shared.folder)  # another process does not know them
        self._shared, self._piece, self._file = shared, piece, str(piece.file)
        self._operations = Operations(shared.contracts)
        self._ledger = shared.ledger()
        self._left_out: list[LeftOut] = []
        self._left_out_count = self._other = 0
        self._fitting: Counter[str] = Counter()
        self._source = traffic_of(piece.file, piece.part, shared.credentials.get(self._file))
        self._controls, self._relatives, self._again = Controls(), Relatives(), _SentAgain()
        self._counts = Counted(self._ledger, frozenset(waiver.requirement for waiver in shared.excuses.narrow))

    def first(self) -> First:
        numbers, sources = array("Q"), array("Q")
        for number, (source, found) in enumerate(self._source.glances(self._leave_out)):
            path = found.path if isinstance(found, Lean) else found.request.path
            contract = self._operations.contract_of(path)
            if contract is None:
                self._other += 1
                self._fitting.update(self._operations.fitting(path))
            elif not (isinstance(found, Lean) and self._counted(number, source, found, contract)):
                numbers.append(number)
                sources.append(source)
                exchange = found.exchange if isinstance(found, Lean) else found
                self._look_at(number, source, self._named(exchange), contract)
        self._counts.enter()
        left = [at for at, number in enumerate(numbers) if number not in self._again.superseded]
        return First(
            learnt=self._ledger.learnt(),
            controls=self._controls,
            heads=self._relatives.heads,
            tails=self._relatives.tails,
            count=self._relatives.count,
            keys=self._again.keys,
            waiting=[*self._again.waiting.items()],
            numbers=array("Q", (numbers[at] for at in left)),
            sources=array("Q", (sources[at] for at in left)),
            other=self._other,
            sent_again=len(numbers) - len(left),
            fitting=self._fitting,
            left_out=self._left_out,
            left_out_count=self._left_out_count,
        )

    def second(self, rest: Rest) -> Learnt:
        judged = dict(zip(rest.numbers, rest.sources, strict=True))
        crossing = {number: source for number, (source, _) in rest.crossing.items()}
        wanted = sorted((judged | crossing).items())
        earlier = self._earlier(rest)
        for (number, _), exchange in zip(wanted, self._source.again(source for _, source in wanted), strict=True):
            contract = self._operations.contract_of(exchange.request.path)
            assert contract is not None, "it was put off because of one"
            view = View(self._named(exchange), contract)
            if number in rest.crossing:
                self._cross(number, view, [earlier[piece.number, at] for piece, at in rest.crossing[number][1]])
            if number in judged:
                self._ledger.place = self._place(number)
                self._judge(view)
        return self._ledger.learnt()

    def _earlier(self, rest: Rest) -> Mapping[tuple[int, int], View]:
        """The exchanges of earlier pieces that are related to some of this one, read there."""
        wanted: dict[Piece, set[int]] = {}
        for _, earlier in rest.crossing.values():
            for piece, source in earlier:
                wanted.setdefault(piece, set()).add(source)
        found = {}
        for piece, sources in wanted.items():
            there = traffic_of(piece.file, piece.part, self._shared.credentials.get(str(piece.file)))
            for source, exchange in zip(sorted(sources), there.again(sorted(sources)), strict=True):
                contract = self._operations.contract_of(exchange.request.path)
                assert contract is not None, "it is related to others"
                found[piece.number, source] = View(_named(exchange, piece.file, alone=self._shared.alone), contract)
        return found

    def _place(self, number: int) -> Place:
        """Where an exchange stands; the odd numbers before are for what relates it to earlier pieces."""
        return self._piece.number, 2 * number

    def _named(self, exchange: Exchange) -> Exchange:
        return _named(exchange, self._piece.file, alone=self._shared.alone)

    def _leave_out(self, skipped: Skipped) -> None:
        self._left_out_count += 1
        if len(self._left_out) < MOST_NAMED:
            self._left_out.append(LeftOut(self._file, skipped.place, skipped.reason))

    def _counted(self, number: int, source: int, lean: Lean, contract: Contract) -> bool:
        """Whether an exchange shows nothing but what can be counted: then it is, and done with."""
        counts = self._counts
        seen = counts.known(lean, contract)
        if seen is None:
            return False
        facets, place = counts.facets(lean, seen.asked, contract), self._place(number)
        self._again.see(number, request_key(contract.id, lean.method, lean.path, lean.auth, lean.body_sum), away=False)
        name = lean.id if self._shared.alone else f"{self._file}, {lean.id}"

        def exchange() -> Exchange:
            return replace(lean.exchange, id=name)

        if lean.auth == "valid":
            self._controls.remember(facets, contract, exchange)
            relative = counts.relative(lean, seen.asked, facets, name)
            if relative.has_relatives:
                for pair in self._relatives.pairs(relative, place, source, contract, exchange):
                    self._relate(place, pair, contract)
        counts.count(place, lean, seen, contract, self._file, name)
        return True

    def _look_at(self, number: int, source: int, exchange: Exchange, contract: Contract) -> None:
        """What others need of an exchange that is judged later."""
        view, request, place = View(exchange, contract), exchange.request, self._place(number)
        away = view.throttled or (_is_gateways(view) and view.response is not None and view.response.status in DOWN)
        body, _ = sums_of(*taken_apart(request.body))
        self._again.see(number, request_key(contract.id, request.method, request.path, request.auth, body), away=away)
        if not view.accepted or request.auth != "valid":
            return
        self._controls.remember(facets_of(view), contract, lambda: exchange)
        relative = relative_of(view)
        if relative is not None:
            for pair in self._relatives.pairs(relative, place, source, contract, lambda: exchange):
                self._relate(place, pair, contract)

    def _cross(self, number: int, view: View, earlier: Sequence[View]) -> None:
        """Relate an exchange to those of earlier pieces."""
        later, (piece, at) = relative_of(view), self._place(number)
        assert later is not None, "it is related to others"
        for one in earlier:
            before = relative_of(one)
            assert before is not None, "it is related to others"
            for pair in related(before, later, view.contract, lambda: view.exchange):
                self._relate((piece, at - 1), pair, view.contract)

    def _relate(self, place: Place, pair: Pair, contract: Contract) -> None:
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
        ledger.place = place
        ledger.observe(found, self._file, later, self._shared.excuses.spared(found, view, self._file))

    def _judge(self, view: View) -> None:
        ledger, exchange, contract = self._ledger, view.exchange, view.contract
        control = self._shared.controls.control_of(view)
        found = judge(view.beside(View(control, contract)) if control is not None else view)
        if view.accepted:
            ledger.accepted += 1
            ledger.weigh(view)
        ledger.figures.see(view, ledger.place)
        ledger.see(view)
        if self._shared.controls.accepts(contract) and _is_gateways(view):
            found = [_undecided_acceptance(observation) for observation in found]
        if exchange.truth is None:
            found = withheld(found, contract)  # traffic that is no specimen's may be about real people
        ledger.observe(found, self._file, exchange, self._shared.excuses.spared(found, view, self._file))
        faults = view.expectation.faults
        ledger.note(
            ExchangeNote.of(
                view,
                self._file,
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

    They were refused for load, or a gateway answered for a service that was down. `superseded` are their numbers,
    `waiting` those of which no such request was seen yet, by their keys.
    """

    def __init__(self) -> None:
        self.superseded: set[int] = set()
        self.waiting: OrderedDict[int, int] = OrderedDict()
        self.keys = array("Q")

    def see(self, number: int, key: int, *, away: bool) -> None:
        """Look at an exchange."""
        self.keys.append(key)
        before = self.waiting.pop(key, None) if self.waiting else None
        if before is not None:
            self.superseded.add(before)
        if away:
            self.waiting[key] = number
            if len(self.waiting) > MAX_WAITING:
                self.waiting.popitem(last=False)


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
