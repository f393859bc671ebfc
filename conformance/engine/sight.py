"""What a run has learnt of which documents its target reads, and what is asked in the place of those that it misses.

That a document which nobody can read is left out of an answer is no breach by itself: a real engine may not see it. It
is a habit where none was ever listed, of six distinct documents or more, and the rate at which the same engine misses
those that can be read explains it with probability ALPHA at most: of six of them up to a rate of 0.21. Each document
and each type counts once, however often it was shown. The chance is that at the rate that was seen, or at one in ten.

A control that the target misses proves nothing, and everything that hangs on it would stay open. So a script asks again
with another specimen, one that this target was seen to read, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.engine.inference import ALPHA
from conformance.engine.recognised import unreadable_of
from conformance.strategies.specimens import Specimen, specimens, typed_specimens
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.habits import Wanted
    from conformance.engine.recognised import Unit
    from conformance.judging.view import View
    from conformance.strategies.draw import Draw

MAX_ROUNDS = 24
"""How often a run asks again to tell whether misses of one requirement are a habit, at most."""

MAX_PROMISING_ROUNDS = 100
"""The same, while it looks like one."""

_FEW_ROUNDS = 12
"""The same, while it does not, once nothing is left for requests beyond the plan."""

NEVER_READ = 4
"""Requests that show a type and find none of it, from which on it counts as one that the target does not read."""

_FREE, _SHARE, _POOR_SHARE = 12, 0.25, 0.1
"""Requests beyond the plan that a run may send for what was missed: some, and a share of those of the plan so far, less
for a poor engine: more of the same would prove little, and cost much."""

_KEPT_BACK = 10
"""The same once more, for controls alone: everything else that a purpose asks hangs on its control."""

_FAIR, _POOR, _ENOUGH = 0.27, 0.38, 80
"""Rates of documents missed, of so many shown at least, at which the share begins to fall, and has fallen."""

KEPT = "failed-ticket.kept"
"""The requirement (its name) that a ticket which nobody can read is listed as failed."""

_DISTINCT = 6
"""Distinct documents that have to be left out, at least: before, too little is known of how many others are missed."""

_LEAST_MISSED = 0.1
"""The rate at which an engine is taken to miss what can be read, at least."""

_OF_FAILED = frozenset(
    {"failed-ticket.listed", "failed-ticket.content-object", "failed-ticket.content-empty", "ticket.status.code-listed"}
)
"""Requirements that only a failed ticket in an answer can show (by name)."""


@dataclass(slots=True)
class Sight:
    """How often each type was shown and recognised in a run, by contract; how many requests went beyond the plan.

    `offered` has the types of a contract for which a target statement says which ones the target knows. `documents` has
    the same counts of each document, by its print: a worn copy may be read where its master never is.
    """

    offered: Mapping[str, Collection[str]] = field(default_factory=dict)
    shown: dict[tuple[str, str], int] = field(default_factory=dict)
    recognised: dict[tuple[str, str], int] = field(default_factory=dict)
    documents: dict[tuple[str, Hashable], tuple[int, int]] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)
    left_out: dict[tuple[str, Hashable], int] = field(default_factory=dict)
    listed: set[str] = field(default_factory=set)
    rounds: dict[str, int] = field(default_factory=dict)
    turns: int = 0
    sent: int = 0
    extra: int = 0

    def see(self, view: View, units: Sequence[Unit]) -> None:
        """Note the documents of an exchange, and whether it lists a failed ticket."""
        self.sent += 1
        name = view.contract.id
        for unit, document in zip(units, view.readable_documents if units else (), strict=True):
            key = (name, document.type)
            self.shown[key] = self.shown.get(key, 0) + 1
            self.recognised[key] = self.recognised.get(key, 0) + (not unit.missed)
            self._count((name, unit.document), 1, int(not unit.missed))
        self.failed[name] = self.failed.get(name, 0) + any(ticket.failed for ticket in view.tickets)
        truth = view.exchange.truth
        worn = truth is not None and view.kind == "success" and not all(d.readable for d in truth.documents)
        self.unreadable[name] = self.unreadable.get(name, 0) + worn
        unreadable, listed = unreadable_of(view)
        self.listed |= {name} if listed else set()
        for each in unreadable:
            self.left_out[name, each] = self.left_out.get((name, each), 0) + (not listed)

    def _count(self, document: tuple[str, Hashable], shown: int, recognised: int) -> None:
        before = self.documents.get(document, (0, 0))
        self.documents[document] = before[0] + shown, before[1] + recognised

    def add(self, other: Sight) -> None:
        """Enter what another process of the same run saw."""
        for ours, theirs in ((self.shown, other.shown), (self.recognised, other.recognised)):
            for key, count in theirs.items():
                ours[key] = ours.get(key, 0) + count
        for counts, others in ((self.failed, other.failed), (self.unreadable, other.unreadable)):
            for name, count in others.items():
                counts[name] = counts.get(name, 0) + count
        for document, times_of in other.documents.items():
            self._count(document, *times_of)
        for seen, times in other.left_out.items():
            self.left_out[seen] = self.left_out.get(seen, 0) + times
        self.listed |= other.listed
        self.sent += other.sent
        self.extra += other.extra

    def excuse(self, contract: Contract, requirement: str) -> Text | None:
        """Why no answer of this target can show a requirement (its name); None where one might."""
        worn, failed = self.unreadable.get(contract.id, 0), self.failed.get(contract.id, 0)
        if requirement in _OF_FAILED and worn >= NEVER_READ and not failed:
            return Text("no answer listed a failed ticket", "没有响应列出失败票证")
        if not requirement.startswith("content."):
            return None
        kinds = [kind for kind, fields in contract.ticket_fields.items() if requirement in fields.owned]
        if not kinds or not all(self.never_read(contract.id, kind) for kind in kinds):
            return None
        names = ", ".join(sorted(kinds))
        if not any(self._knows(contract.id, kind) for kind in kinds):
            return Text(f"not offered: {names}", f"未提供：{names}")
        return Text(f"not read: {names}", f"未能识别：{names}")

    def proof(self, contract_id: str, requirement: str) -> Text | None:
        """Why leaving out what nobody can read is a habit, for the requirement (its name) of that; None for others."""
        times = [count for (of, _), count in self.left_out.items() if of == contract_id]
        if requirement != KEPT or contract_id in self.listed or len(times) < _DISTINCT:
            return None
        rate = self._missed(contract_id)
        chance = max(rate, _LEAST_MISSED) ** len(times)
        if chance > ALPHA:
            return None
        return Text(
            f"so {sum(times)} of {sum(times)} times, with {len(times)} distinct documents; {100 * rate:.0f} % of those "
            f"that can be read are missed; chance of that at most {chance:.0e}",
            f"{sum(times)} 次均如此，共 {len(times)} 份不同文档；可辨认的文档漏识 {100 * rate:.0f}%；"
            f"偶然概率至多 {chance:.0e}",
        )

    def _missed(self, contract_id: str) -> float:
        """The share of documents that can be read and are missed, as a mean over their types."""
        kinds = [key for key in self.shown if key[0] == contract_id]
        return 1 - sum(self.recognised[key] / self.shown[key] for key in kinds) / len(kinds) if kinds else 0.0

    def rate(self, contract: Contract, kind: str, document: Hashable) -> float:
        """How often a document of a type is about recognised; two thirds of one that was not shown yet."""
        if not self._knows(contract.id, kind):
            return 0.0
        shown, recognised = self.documents.get((contract.id, document), (0, 0))
        return (recognised + 2) / (shown + 3)

    def never_read(self, contract_id: str, kind: str) -> bool:
        """Whether a type was shown often enough, and never recognised, or is none that the target knows."""
        if not self._knows(contract_id, kind):
            return True
        key = (contract_id, kind)
        return self.shown.get(key, 0) >= NEVER_READ and not self.recognised.get(key, 0)

    def is_blind_to(self, contract_id: str, kind: str, document: Hashable) -> bool:
        """Whether a document, or its type, was shown often enough, and never recognised."""
        shown, recognised = self.documents.get((contract_id, document), (0, 0))
        return self.never_read(contract_id, kind) or (shown >= NEVER_READ and not recognised)

    def _knows(self, contract_id: str, kind: str) -> bool:
        return kind in self.offered.get(contract_id, (kind,))

    @property
    def unread_types(self) -> list[tuple[str, str]]:
        """Contract and type of everything that was shown and never recognised."""
        return sorted(key for key in self.shown if self._knows(*key) and self.never_read(*key))

    def turn(self) -> int:
        """A number that was not given before, for `again`."""
        self.turns += 1
        return self.turns

    def another_round(self, contract: Contract, requirement: str, *, promising: bool | None = None) -> bool:
        """Take one more round to tell whether misses of a requirement (its name) are a habit, where one is left.

        There are more of them where what was seen is `promising`: of a target that has no habit that is rare; and fewer
        where it is not, once nothing is left to spend. None says that each round is promising, or the last one.
        """
        key = f"{contract.id}/{requirement}"
        self.rounds[key] = self.rounds.get(key, 0) + 1
        if promising:
            return self.rounds[key] <= MAX_PROMISING_ROUNDS
        return self.rounds[key] <= (MAX_ROUNDS if promising is None or self.may_go_on() else _FEW_ROUNDS)

    def may_go_on(self, *, control: bool = False) -> bool:
        """Whether the run may send one more request beyond the plan; a `control` on which others hang, or another."""
        shown = sum(self.shown.values())
        rate = (shown - sum(self.recognised.values())) / max(shown, _ENOUGH)
        poor = min(1.0, max(0.0, (rate - _FAIR) / (_POOR - _FAIR)))
        share = _SHARE + poor * (_POOR_SHARE - _SHARE)
        return self.extra < _FREE + _KEPT_BACK * control + share * (self.sent - self.extra)


# What is asked in the place of a picture on which nothing was found.


MAX_TRIES = 9
"""Other pictures that are tried where a target misses one, at most."""

_ROW = 40
"""Places in a row to which a page is moved where it is asked again, so that it is another picture."""


@dataclass(slots=True)
class Answers:
    """What became of the requests of a purpose so far; a plan, which sends nothing, takes everything for read.

    `unread` says that the last one found nothing of what is on its picture, `missed` which documents it missed or read
    wrong, and under which `conditions`, `open` that it left a `must` undecided that nothing has proven yet. `doubts`
    are requirements (names) whose misses it added to. `lacks` tells whether one of some aims is still not proven,
    `settled` whether a requirement is broken, `wanting` under which condition and of which document it may turn out to
    be, `promising` whether more of the same is likely to show that, `pursued` what to ask of what was just missed.
    """

    sight: Sight = field(default_factory=Sight)
    unread: bool = False
    missed: frozenset[Hashable] = frozenset()
    conditions: frozenset[str] = frozenset()
    open: bool = False
    doubts: frozenset[str] = frozenset()
    lacks: Callable[[tuple[str, ...]], bool] = lambda _aims: False
    settled: Callable[[str], bool] = lambda _name: False
    wanting: Callable[[str], Wanted | None] = lambda _name: None
    promising: Callable[[str], bool] = lambda _name: False
    pursued: Callable[[str, frozenset[Hashable], frozenset[str]], Wanted | bool] = lambda *_of: False


def again(draw: Draw, turn: int) -> Draw:
    """The same page on another picture, some pixels to the right and further down: another one for each `turn`."""
    left, top = draw.shift
    return replace(draw, shift=(left + 1 + turn % _ROW, top + turn // _ROW))


def substitutes(
    contract: Contract, draw: Draw, sight: Sight, *, fixed: bool, instead: bool = False, control: bool = False
) -> Iterator[Draw]:
    """Other pictures in the place of one on which nothing was found: of the specimens that the target reads best.

    Each readable specimen of the page is replaced by another one; `fixed` keeps them and only moves the page. At most
    MAX_TRIES, and as many as the run may still send, more of them for a `control` on which others hang; `instead` says
    that the page itself is not sent, so that the first one is none beyond the plan. A picture is moved only where it
    was tried already: so an answer to it may stand for that of another purpose.
    """
    used: set[str] = set(draw.page)
    tried = {draw}
    known = specimens()
    for turn in range(MAX_TRIES):
        if fixed and is_hopeless(contract, draw, sight):
            return
        changes: dict[str, Specimen] = {}
        for name in () if fixed else draw.page:
            if not known[name].readable_in(contract) or known[name].type_in(contract) is None:
                continue
            other = _best(contract, sight, used | {specimen.id for specimen in changes.values()})
            if other is None:
                used.clear()
                other = _best(contract, sight, {specimen.id for specimen in changes.values()})
            if other is not None:
                changes[name] = other
        if (turn or not instead) and not sight.may_go_on(control=control):
            return
        used |= {specimen.id for specimen in changes.values()}
        changed = on_page(draw, draw.page, changes, contract)
        yield again(changed, sight.turn()) if changed in tried else changed
        tried.add(changed)


def is_hopeless(contract: Contract, draw: Draw, sight: Sight) -> bool:
    """Whether a page shows readable specimens, and the target is blind to each: to the document, or to its type."""
    known = [specimens()[name] for name in draw.page]
    alarms = frozenset[str]().union(*(specimen.alarms for specimen in known))
    shown = [(s.type_in(contract), (s.type_in(contract), s.fields, alarms)) for s in known if s.readable_in(contract)]
    return bool(shown) and all(
        kind is not None and sight.is_blind_to(contract.id, kind, document) for kind, document in shown
    )


def on_page(draw: Draw, page: tuple[str, ...], changes: Mapping[str, Specimen], contract: Contract) -> Draw:
    """A draw of a page with other specimens on it, also in its type_list; one of another page stays as it is."""
    if draw.page != page or not changes:
        return draw
    known = specimens()
    kinds = {known[name].type_in(contract): other.type_in(contract) for name, other in changes.items()}
    listed = draw.type_list
    if listed is not None and set(listed) != set(contract.types):
        listed = tuple(kinds.get(kind) or kind for kind in listed)
    return replace(draw, page=tuple(changes[n].id if n in changes else n for n in page), type_list=listed)


def like(draw: Draw, old: Draw, new: Draw, contract: Contract) -> Draw:
    """A draw changed as another one was: the same specimens in the place of the same ones, moved as far."""
    known = specimens()
    changes = {a: known[b] for a, b in zip(old.page, new.page, strict=True) if a != b}
    changed = on_page(draw, old.page, changes, contract)
    if not draw.page:
        return changed
    left, top = (a + b - c for a, b, c in zip(changed.shift, new.shift, old.shift, strict=True))
    return replace(changed, shift=(left, top))


def _best(contract: Contract, sight: Sight, used: set[str]) -> Specimen | None:
    """The specimen that the target reads best, of those that were not used yet; small files first."""
    masters = [s for s in typed_specimens(contract) if s.id not in used and s.type_in(contract) in contract.types]
    return max(masters, key=lambda s: _rate(contract, sight, s), default=None)


def _rate(contract: Contract, sight: Sight, specimen: Specimen) -> float:
    kind = str(specimen.type_in(contract))
    return sight.rate(contract, kind, (kind, specimen.fields, specimen.alarms))
