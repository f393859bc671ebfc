"""What becomes of the requests of one purpose, and what is asked in the place of those that a target missed.

A control that the target misses proves nothing, and everything that hangs on it would stay open. So a script asks again
with another specimen, one that this target was seen to read, a bounded number of times.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.engine.sight import Sight
from conformance.strategies.specimens import Specimen, specimens, typed_specimens

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.engine.habits import Wanted
    from conformance.engine.ledger import Ledger
    from conformance.engine.recognised import Unit
    from conformance.judging.observation import Observation
    from conformance.judging.view import View
    from conformance.strategies.draw import Draw


MAX_TRIES = 9
"""Other pictures that are tried where a target misses one, at most."""

_ROW = 40
"""Places in a row to which a page is moved where it is asked again, so that it is another picture."""


def unread(view: View) -> bool:
    """Whether a valid request shows readable documents, and its answer found none of them."""
    if not view.readable_documents or view.exchange.request.label is not None or view.accepted:
        return False
    return view.expectation.decision != "reject" and (view.kind == "success" or view.nothing_found)


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


def answers_to(ledger: Ledger, contract: Contract) -> Answers:
    """What becomes of the requests of a purpose of a contract, before the first one."""
    return Answers(
        ledger.sight,
        lacks=lambda aims: any(ledger.lacks(f"{contract.id}/{aim}") for aim in aims),
        settled=lambda name: ledger.broken(f"{contract.id}/{name}"),
        wanting=lambda name: ledger.habits.wanting(contract.id, name),
        promising=lambda name: (
            ledger.habits.promising(contract.id, name) or ledger.every_time_so_far(f"{contract.id}/{name}")
        ),
        pursued=lambda name, *of: ledger.habits.pursued(contract.id, name, *of),
    )


def tell(
    answers: Answers, ledger: Ledger, view: View, units: Sequence[Unit], observations: Sequence[Observation]
) -> None:
    """Say what became of a request, once it is judged and entered."""
    slips = [o.requirement for o in observations if o.slip and not ledger.broken(o.requirement)]
    answers.unread = unread(view)
    answers.missed = frozenset(unit.document for unit in units if unit.missed or unit.misread)
    answers.conditions = frozenset[str]().union(*(unit.conditions for unit in units))
    answers.doubts = frozenset(name.partition("/")[2] for name in slips if name in ledger.accounts)
    answers.open = any(ledger.lacks(o.requirement) for o in observations if o.state == "undecided" or o.slip)


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
