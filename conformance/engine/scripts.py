"""The requests of a purpose in the order of sending, drawn from its steps or taken from a recording, and who is told
of each while a run goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, cast

from conformance.engine.purposes import OwnPicture, Relation
from conformance.engine.recognised import BESIDE, SEVERAL
from conformance.engine.sight import Answers, again, is_hopeless, like, substitutes
from conformance.judging.relations import REPEAT
from conformance.strategies.build import Valid, prepare
from conformance.strategies.draw import Draw, Recipe
from conformance.strategies.requests import break_request
from conformance.strategies.specimens import specimens

if TYPE_CHECKING:
    from collections.abc import Hashable

    from conformance.contract.contract import Contract
    from conformance.engine.account import PurposeResult
    from conformance.engine.habits import Wanted
    from conformance.engine.purposes import Purpose, Step
    from conformance.exchange import Exchange, Request
    from conformance.recordings import Interaction

Role: TypeAlias = Literal["control", "fault", "variant"]

_MORE = 6
"""Rounds in which a purpose asks again for what nothing has proven yet, at most."""


@dataclass(frozen=True, slots=True)
class Planned:
    """One request of a purpose. `control` and `position` count from 0 within the purpose; a control has none.

    One that is `shared` need not be sent where the answer to an equal one of an earlier purpose stands for it; `lends`
    says that its own may do so. `draw` is what it was made of, where the plan knows that before the run.
    """

    position: int
    role: Role
    request: Request
    control: int | None = None
    relation: Relation | None = None
    shared: bool = False
    lends: bool = False
    draw: Draw | None = None


Scripts: TypeAlias = "Callable[[Purpose, Contract, int, Answers], Iterator[Planned] | None]"
"""The requests of a purpose for an attempt (counted from 1), or None where a recording has none for it.

The answers are those of the attempt, kept up to date while the script is gone through.
"""


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

    def knows(self, purpose: Purpose, planned: Planned, attempt: int) -> bool:
        """Whether `recall` may give something for a request: a look that costs next to nothing."""

    def sending(self, purpose: Purpose, planned: Planned, attempt: int) -> None:
        """A request is about to be sent."""

    def retried(self, purpose: Purpose, planned: Planned, attempt: int, status: int) -> None:
        """What the target answered, with `status`, decides nothing: the request is to be sent again."""

    def shared(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """The exchange of an earlier purpose stands for this request, which is not sent."""


class Maker:
    """Makes requests from draws; the last control stays prepared, since its faults mostly follow it."""

    def __init__(self) -> None:
        """Has made nothing."""
        self._last: tuple[str, Draw, Valid] | None = None

    def valid(self, contract: Contract, draw: Draw) -> Request:
        """The request of a draw."""
        return self._prepared(contract, draw).request

    def broken(self, contract: Contract, fault: str, draw: Draw, seed: int) -> Request:
        """The request of a draw with a fault."""
        prepared = self._prepared(contract, draw)
        return break_request(contract, fault, draw, seed, prepared=prepared)

    def _prepared(self, contract: Contract, draw: Draw) -> Valid:
        if self._last is None or self._last[:2] != (contract.id, draw):
            self._last = None  # its picture goes before the next one is drawn
            self._last = (contract.id, draw, prepare(contract, draw))
        return self._last[2]


def drawn_script(
    purpose: Purpose, contract: Contract, seed: int, answers: Answers | None = None, maker: Maker | None = None
) -> Iterator[Planned]:
    """Draw the requests of a purpose: its control, then each step; a fault with a control of its own sends that first.
    That of a picture of the user's own is one request.

    One at a time, so that no more than one large body is in memory. What `answers` says of the last one decides what
    comes next: another picture where the target missed this one, and the same question again where a miss may be a
    habit. Without `answers` it is what a target is asked that misses nothing.
    """
    if isinstance(purpose.control, OwnPicture):
        yield Planned(0, "control", purpose.control.request(contract))
    if isinstance(purpose.control, Draw):
        yield from _Script(purpose, purpose.control, contract, seed, answers or Answers(), maker or Maker()).planned()


class _Script:
    """One attempt at a purpose that is drawn."""

    def __init__(
        self, purpose: Purpose, control: Draw, contract: Contract, seed: int, answers: Answers, maker: Maker
    ) -> None:
        self._purpose, self._contract, self._seed = purpose, contract, seed
        self._answers, self._maker = answers, maker
        self._first = self._control = control
        self._at = 0
        self._next = 0
        self._own_controls: dict[tuple[str, str], int] = {}
        self._missed: list[Draw] = []
        self._missed_at: dict[int, frozenset[Hashable]] = {}
        pages = {step.draw.page for step in purpose.steps if step.draw is not None}
        self._fixed = bool(pages - {control.page, ()})

    def planned(self) -> Iterator[Planned]:
        yield from self._controls()
        for step in self._purpose.steps:
            if step.draw is None:
                yield from self._faulty(step.fault or "")
            else:
                yield from self._variant(step, step.draw)
        yield from self._more()

    def _controls(self) -> Iterator[Planned]:
        """The control, and others in its place where the target misses it and something hangs on it: from the first
        one on where it shows only what the target never reads.
        """
        sight = self._answers.sight
        hangs = any(step.fault is not None or step.relation is not None for step in self._purpose.steps)
        instead = not self._fixed and is_hopeless(self._contract, self._first, sight)
        if not instead:
            yield from self._asked("control", self._first)
            yield from self._compared(self._first)
            if not self._answers.unread or not (hangs or self._answers.open):
                return
        others = substitutes(self._contract, self._first, sight, fixed=self._fixed, instead=instead, control=hangs)
        for draw in others:
            at = self._next
            yield from self._asked("control", draw, beyond=not instead or at > 0)
            if not self._answers.unread:
                self._control, self._at = draw, at
                return

    def _variant(self, step: Step, stated: Draw) -> Iterator[Planned]:
        draw = like(stated, self._first, self._control, self._contract)
        yield from self._asked("variant", draw, self._at, step.relation)
        if step.relation is not None:
            yield from self._rounds(step.relation, draw)
            yield from self._once_more(draw, self._at, step.relation)
        else:
            yield from self._compared(draw)
        if not self._answers.open or not (self._answers.unread or step.relation):
            return
        fixed = self._fixed or draw.page != self._control.page
        for other in substitutes(self._contract, draw, self._answers.sight, fixed=fixed):
            at = self._at
            if step.relation is not None:
                at = self._next
                yield from self._asked("control", like(self._control, draw, other, self._contract), beyond=True)
                if self._answers.unread:
                    continue
            yield from self._asked("variant", other, at, step.relation, beyond=True)
            if step.relation is not None:
                yield from self._once_more(other, at, step.relation)
            if not self._answers.open:
                return

    def _once_more(self, draw: Draw, at: int, relation: Relation) -> Iterator[Planned]:
        """The second request of a relation again, of which the first one was read: another specimen costs two."""
        if self._answers.open and self._answers.unread and self._answers.sight.may_go_on():
            yield from self._asked("variant", draw, at, relation, beyond=True)

    def _faulty(self, fault: str) -> Iterator[Planned]:
        request = self._maker.broken(self._contract, fault, self._control, self._seed)
        own = _control_of(request)
        if own is None or own == self._maker.valid(self._contract, self._control):
            yield self._plan("fault", request, self._at)
            return
        key = own.path, own.body_sha256()
        if key not in self._own_controls:
            self._own_controls[key] = self._next
            drawn = own.recipe.draw if isinstance(own.recipe, Recipe) else None
            yield self._plan("control", own, draw=drawn, lends=False)
            if self._answers.unread:
                del request, own  # two large bodies would be in memory otherwise
                yield from self._elsewhere(fault)
                return
        yield self._plan("fault", request, self._own_controls[key])

    def _elsewhere(self, fault: str) -> Iterator[Planned]:
        """A fault that brings its own control, which the target missed: on other specimens until it reads one."""
        for draw in substitutes(self._contract, self._control, self._answers.sight, fixed=False):
            request = self._maker.broken(self._contract, fault, draw, self._seed)
            own = _control_of(request)
            at = self._next
            if own is None:
                return
            self._answers.sight.extra += 1
            yield self._plan("control", own)
            if not self._answers.unread:
                yield self._plan("fault", request, at)
                return
        at = self._next
        request = self._maker.broken(self._contract, fault, self._control, self._seed)
        yield self._plan("fault", request, at - 1)

    def _rounds(self, relation: Relation, draw: Draw) -> Iterator[Planned]:
        """Both requests of a relation again on other pictures, while one of them misses what the other one finds."""
        if relation.requirement not in self._answers.doubts:
            return
        first, second = self._missed_at.get(self._at, frozenset()), self._answers.missed
        first, second = first - second, second - first
        sight = self._answers.sight
        while first | second and not self._answers.settled(relation.requirement):
            if not sight.another_round(self._contract, relation.requirement):
                return
            at, turn = self._next, sight.turn()
            yield from self._asked("control", again(self._control, turn), beyond=True)
            first &= self._answers.missed
            yield from self._asked("variant", again(draw, turn), at, relation, beyond=True)
            second &= self._answers.missed

    def _compared(self, draw: Draw) -> Iterator[Planned]:
        """Documents that were missed under some condition again without it, where that decides if it is a habit; and
        again under it, too, where it looks like one.
        """
        answers, sight = self._answers, self._answers.sight
        missed, conditions = answers.missed, answers.conditions
        for name in sorted(answers.doubts):
            while not answers.settled(name):
                promising = answers.promising(name)
                then = answers.pursued(name, missed, conditions) or answers.wanting(name) or promising
                if then is False:
                    break
                moved = again(draw, sight.turn())
                other = moved if then is True else _without(then, moved, self._contract)
                if other is None or not sight.another_round(self._contract, name, promising=promising):
                    break
                yield from self._asked("variant", other, self._at, beyond=True)

    def _more(self) -> Iterator[Planned]:
        """Once more what the target missed something of, while an aim of the purpose is not proven otherwise."""
        missed = list(dict.fromkeys(self._missed))
        for _ in range(_MORE):
            for draw in list(missed):
                if not self._answers.lacks(self._purpose.aims):
                    return
                if not self._answers.sight.may_go_on():
                    return
                yield from self._asked("variant", again(draw, self._answers.sight.turn()), self._at, beyond=True)
                if not self._answers.missed:
                    missed.remove(draw)

    def _asked(
        self,
        role: Role,
        draw: Draw,
        at: int | None = None,
        relation: Relation | None = None,
        *,
        beyond: bool = False,
    ) -> Iterator[Planned]:
        """A valid request; its draw is remembered where the target missed something on it. One that is `beyond` the
        plan counts as such where it is sent: an answer to an equal one may stand for it.
        """
        shared = relation is None or relation.requirement != REPEAT
        before = self._answers.sight.sent
        yield self._plan(role, self._maker.valid(self._contract, draw), at, relation, draw if shared else None)
        self._answers.sight.extra += beyond and self._answers.sight.sent > before
        self._missed_at[self._next - 1] = self._answers.missed
        if self._answers.missed:
            self._missed.append(draw)

    def _plan(
        self,
        role: Role,
        request: Request,
        at: int | None = None,
        relation: Relation | None = None,
        draw: Draw | None = None,
        *,
        lends: bool = True,
    ) -> Planned:
        self._next += 1
        shared = draw is not None
        return Planned(self._next - 1, role, request, at, relation, shared=shared, lends=shared and lends, draw=draw)


def _without(wanted: Wanted, draw: Draw, contract: Contract) -> Draw | None:
    """A request for the document that is not under the condition, of this page where it is on it; None for no such."""
    _, document, layout = wanted
    known = [specimen for specimen in specimens().values() if specimen.type_in(contract) in contract.types]
    readable = [s for s in known if s.readable_in(contract)]
    mine = [s.id for s in readable if isinstance(document, tuple) and (s.type_in(contract), s.fields) == document[:2]]
    worn = sorted((s.id for s in known if s not in readable), key=lambda name: name not in draw.page)
    if not mine or (BESIDE in layout and not worn):
        return None
    page = [name for name in draw.page if name not in worn]
    if SEVERAL not in layout:
        page = mine[:1]
    elif mine[0] not in page or len(page) < 2:
        page = [mine[0], next(s.id for s in readable if s.id != mine[0])]
    return replace(draw, page=(*page, *(worn[:1] if BESIDE in layout else ())), type_list=None)


def _control_of(request: Request) -> Request | None:
    return request.label.control if request.label is not None else None


def recorded_script(interactions: Iterator[Interaction]) -> Iterator[Planned]:
    """The requests of a purpose as they were recorded, so that a replay draws nothing."""
    for interaction in interactions:
        relation = Relation(*interaction.relation) if interaction.relation is not None else None
        role = cast("Role", interaction.role)
        request, shared = interaction.exchange.request, interaction.shared
        lends = role != "fault" and request.stated is None
        yield Planned(interaction.position, role, request, interaction.control, relation, shared=shared, lends=lends)
