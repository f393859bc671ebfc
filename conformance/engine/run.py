"""Runs purposes against a target: sends, judges, repeats what failed, and enters everything into the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from conformance.engine.account import ExchangeNote, Finding, PurposeResult, withheld
from conformance.engine.ahead import Ahead
from conformance.engine.availability import GoneError, Hangs, Patience, Presence
from conformance.engine.budget import Budget, Ended, LimitReachedError, billed_by, may_be_billed, price_of
from conformance.engine.ledger import Ledger
from conformance.engine.outcomes import (
    INTERRUPTED,
    Answered,
    Remembered,
    Seen,
    answers_to,
    failing,
    forgive,
    measure,
    result_of,
    tell,
)
from conformance.engine.preflight import nothing_accepted
from conformance.engine.purposes import Purpose
from conformance.engine.scripts import Interrupted, Scripts, drawn_script
from conformance.engine.settings import NO_EXCUSES, Excuses
from conformance.engine.sight import Answers
from conformance.exchange import Exchange, Response, TransportFailure
from conformance.judging import judge
from conformance.judging.expect import expect
from conformance.judging.relations import relate_views
from conformance.judging.view import View
from conformance.recordings import DamagedCassetteError
from conformance.targets import Hurried, Parallel
from conformance.targets.authentication import LoginError
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.ahead import Answer
    from conformance.engine.options import Workers
    from conformance.engine.scripts import Journal, Listener, Planned
    from conformance.exchange import Request
    from conformance.judging.expect import Expectation
    from conformance.judging.results import Observation
    from conformance.statement.statement import Metering
    from conformance.targets import Target


@dataclass(slots=True)
class Run:
    """Everything that running a purpose needs.

    `only` narrows the requirements that the verdict speaks of, by id; with `beside` it speaks of whatever else was
    observed, too. A failing purpose is run again up to `attempts` times in all (1 or 2), so that a finding that does
    not repeat can be told from one that does. `capabilities` are what the target has of what requirements may need,
    such as `url`; `excuses` are those of its statement, `metering` says what it bills. `expected` may remember what
    `expect` said where the same requests go to many targets. `id_prefix` begins the ids of exchanges, so that those of
    several processes differ. `journal` is the recording of the run; it sets itself. `signed` says that requests are
    signed with keys. With `workers` requests are sent before their turn; see `ahead`.
    """

    contracts: Sequence[Contract]
    target: Target
    depth: Depth = "standard"
    seed: int = 0
    strict: bool = False
    budget: Budget = field(default_factory=Budget)
    patience: Patience = field(default_factory=Patience)
    scripts: Scripts | None = None
    listeners: Sequence[Listener] = ()
    only: Container[str] | None = None
    beside: bool = False
    attempts: int = 2
    journal: Journal | None = None
    capabilities: frozenset[str] = frozenset()
    excuses: Excuses = NO_EXCUSES
    metering: Metering = "tickets"
    expected: Callable[[Request, Contract], Expectation] = expect
    id_prefix: str = ""
    signed: bool = False
    workers: Workers = 1
    ledger: Ledger = field(init=False)
    _hangs: Hangs = field(default_factory=Hangs, init=False)
    _presence: Presence = field(init=False)
    _exchanges: int = field(default=0, init=False)
    _hurried: Hurried | None = field(default=None, init=False)
    _ahead: Ahead | None = field(default=None, init=False)
    _remembered: Remembered = field(default_factory=Remembered, init=False)
    _answered: Answered = field(default_factory=Answered, init=False)

    def __post_init__(self) -> None:
        """Opens the ledger."""
        self._hurried = self.target if isinstance(self.target, Hurried) else None
        self._presence = Presence(self.target.name, self._probe, self.budget.hold)
        self.ledger = Ledger(
            self.contracts,
            self.depth,
            strict=self.strict,
            only=self.only,
            beside=self.beside,
            capabilities=self.capabilities,
            excuses=self.excuses,
        )

    def execute(self, purposes: Sequence[Purpose]) -> Ledger:
        """Run purposes in order until they are done, a limit or an interrupt stops the run, or the target is gone.

        Raises DamagedCassetteError where a recording, to replay or to go on with, cannot be read.
        """
        if self.workers != 1 and self.scripts is None and isinstance(self.target, Parallel):
            beside, budget = self.target.beside, self.budget
            ahead = Ahead(beside, self.workers, self.contracts, budget, self.seed, self.journal, self.metering)
            ahead.begin(purposes)
            self._ahead = ahead
        try:
            self._go_through(purposes)
        finally:
            if self._ahead is not None:
                self._ahead.close()
        for contract in self.contracts:
            measure(self.ledger, contract)
        forgive(self.ledger)
        self.ledger.narrow()
        return self.ledger

    def _go_through(self, purposes: Sequence[Purpose]) -> None:
        ending, left = self.budget.ending, False
        for purpose in purposes:
            ending.near |= self.ledger.stop_reason == "limit"
            if self.ledger.stop_reason is not None and not ending.near:
                break
            try:
                if not ending.near or (self._ahead is not None and self._ahead.began(purpose)):
                    self.run_purpose(purpose)
                else:
                    left = True
            except Ended:
                left = True  # its next request would have been sent now
            except KeyboardInterrupt as interrupt:
                self.ledger.interrupt(str(interrupt))
                if self._ahead is not None:
                    self._ahead.patience_s = 0.0
                break
        if left and ending.asked is not None:
            self.ledger.interrupt(ending.asked)

    def run_purpose(self, purpose: Purpose) -> PurposeResult:
        """Run one purpose, again where something broke; enters and returns its result.

        Raises DamagedCassetteError where a recording, to replay or to go on with, cannot be read.
        """
        contract = next(contract for contract in self.contracts if contract.id == purpose.contract_id)
        started, sent = time.monotonic(), self.budget.requests
        error: str | None = None
        findings: list[Finding] = []
        observed: list[Observation] = []
        self._hangs.begin()
        try:
            for each in self._attempt(purpose, contract, 1):
                findings += each.findings
                observed += each.observed
            # Where answers hung, they did so more than once already, and would be waited for again.
            once_more = self.attempts > 1 and not self._hangs.known and not self.budget.ending.near
            if once_more and failing(self.ledger, findings) and self.ledger.stop_reason is None:
                self._hangs.again()
                self._repeat(purpose, contract, findings)
        except LimitReachedError as limit:
            self.ledger.stop("limit", limit.words)
        except GoneError as gone:
            self.ledger.stop(gone.reason, gone.words)
        except LoginError as lost:
            self.ledger.stop("credentials-refused", Text(f"no token any more: {lost}", f"无法再取得 Token（“{lost}”）"))
        except DamagedCassetteError:
            raise  # nothing that comes after it could be believed
        except Exception as fault:  # noqa: BLE001 - whatever the kit does wrong is its own error, never a verdict
            error = f"{type(fault).__name__}: {fault}"
        result = replace(
            result_of(self.ledger, purpose, contract, findings, observed, hung=self._hangs.enough),
            duration_s=time.monotonic() - started,
            requests=self.budget.requests - sent,
            error=error,
        )
        self._remembered.enter(self.ledger, result)
        if self._ahead is not None:
            self._ahead.finished(purpose)
        for listener in self._told():
            listener.finished(result)
        return result

    def _told(self) -> Iterator[Listener]:
        if self.journal is not None:
            yield self.journal
        yield from self.listeners

    def _repeat(self, purpose: Purpose, contract: Contract, findings: list[Finding]) -> None:
        answers = answers_to(self.ledger, contract)
        script = self._script(purpose, contract, 2, answers)
        if script is None:
            return
        seen = self._attempt(purpose, contract, 2, answers, script)
        again = [finding for each in seen for finding in each.findings]
        repeated = {finding.observation.requirement for finding in again}
        once = [finding for finding in findings if finding.observation.requirement not in repeated]
        self.ledger.mark_unstable(once)

    def _script(self, purpose: Purpose, contract: Contract, attempt: int, answers: Answers) -> Iterator[Planned] | None:
        if self.scripts is not None:
            return self.scripts(purpose, contract, attempt, answers)
        return drawn_script(purpose, contract, self.seed, answers)

    def _attempt(
        self,
        purpose: Purpose,
        contract: Contract,
        attempt: int,
        answers: Answers | None = None,
        script: Iterator[Planned] | None = None,
    ) -> Iterator[Seen]:
        """Send the requests of a purpose one by one, and tell what each showed: what came before an error is kept."""
        answers = answers or answers_to(self.ledger, contract)
        script = script or self._script(purpose, contract, attempt, answers)
        controls: dict[int, View] = {}
        for planned in script or ():
            control = controls.get(planned.control) if planned.control is not None else None
            known = self._answered.of(planned, attempt)
            view = known.view(planned, contract, control) if known is not None else None
            if view is None:
                view = self._send(purpose, contract, planned, attempt, control)
            elif self.journal is not None:
                self.journal.shared(purpose, planned, attempt, view.exchange)
            if view is None:
                continue
            if planned.role == "control":
                controls[planned.position] = view
            stated = planned.relation
            units = self.ledger.see(view, stated.requirement if stated else None, control) if known is None else ()
            observations = judge(view) if known is None else []
            if view.exchange.request.stated is not None:
                observations = withheld(observations, contract)
            if stated is not None and control is not None:
                observations.append(relate_views(control, view, stated.comparator, stated.requirement))
            spared = self.excuses.spared(observations, view, purpose.id)
            findings = self.ledger.observe(observations, purpose.id, view.exchange, spared)
            tell(answers, self.ledger, view, units, observations)
            seen = Seen(findings, [*observations, *(known.observations if known is not None else ())])
            self._answered.keep(planned, view, seen, failed=bool(answers.missed or failing(self.ledger, findings)))
            yield seen
            if (self.ledger.stop_reason is not None and not self.budget.ending.near) or self._hangs.enough:
                break
            del view, planned  # their request may be megabytes, and so may the next one, which is drawn now

    def _send(
        self, purpose: Purpose, contract: Contract, planned: Planned, attempt: int, control: View | None
    ) -> View | None:
        """Send one request, or take what a journal knows of it; None where its outcome was lost with an earlier run."""
        request = planned.request
        sent = self._ahead.take(purpose, request, attempt) if self._ahead is not None else None
        known = self.journal.recall(purpose, planned, attempt) if self.journal is not None and sent is None else None
        self._exchanges += 1
        if isinstance(known, Interrupted):
            self.budget.recall(price_of(request))
            lost = View(Exchange(request, TransportFailure("closed", ""), self._id()), contract)
            self._note(purpose, planned, attempt, price_of(request), lost, interrupted=True)
            return None
        if known is None:
            view = self._ask(purpose, contract, planned, attempt, control, sent)
            billed = billed_by(view, self.metering)
            self.budget.settle(billed)
        else:
            view = View(known, contract, control, self.expected(request, contract))
            billed = billed_by(view, self.metering)
            self.budget.recall(billed)
        for listener in self._told():
            listener.exchanged(purpose, planned, attempt, view.exchange)
        self._hangs.saw(view)
        self._watch(view)
        if attempt == 1:  # a purpose that is run again would count twice
            self.ledger.weigh(view)
            self.ledger.figures.see(view)
        self._note(purpose, planned, attempt, billed, view)
        return view

    def _ask(
        self,
        purpose: Purpose,
        contract: Contract,
        planned: Planned,
        attempt: int,
        control: View | None,
        sent: Answer | None,
    ) -> View:
        """Send one request, unless `sent` is its answer already; again after each pause that the target asks for,
        and once where its connection had been kept and ended, or the service had been away: the last answer alone is
        judged. Raises GoneError.
        """
        request, once_more = planned.request, True
        while True:
            if sent is None:
                self.budget.reserve(request)
            if self.journal is not None:
                self.journal.sending(purpose, planned, attempt)
            if sent is None:
                view = self._exchange(request, contract, control, self._hangs.deadline_s(request))
            else:
                view = self._view(request, contract, control, sent)
                sent = None
            wait_s = None if self._presence.never_seen(view) else self.patience.wait_s(view)
            try:
                if wait_s is None and once_more and self._to_be_repeated(view):
                    wait_s, once_more = 0.0, False
            except (GoneError, LimitReachedError):
                self._set_aside(purpose, planned, attempt, view)
                raise
            if wait_s is None:
                return view
            self._set_aside(purpose, planned, attempt, view)
            self.budget.hold(wait_s)

    def _to_be_repeated(self, view: View) -> bool:
        """Whether an answer says nothing about the request. Raises GoneError where it says that the service is gone."""
        answer = view.exchange.answer
        if isinstance(answer, TransportFailure) and answer.kept:
            return True
        return self.scripts is None and self._presence.look(view) == "back"

    def _exchange(
        self, request: Request, contract: Contract, control: View | None = None, deadline_s: float | None = None
    ) -> View:
        if self._hurried is not None:
            self._hurried.hurry(deadline_s)
        return self._view(request, contract, control, self.target.send(request))

    def _view(self, request: Request, contract: Contract, control: View | None, answer: Answer) -> View:
        exchange = Exchange(request, answer, id=self._id())
        return View(exchange, contract, control, self.expected(request, contract))

    def _probe(self, request: Request, contract: Contract) -> View:
        """Ask whether the service is still there; such a request is counted, and judged by nobody."""
        self.budget.reserve(request)
        self._exchanges += 1
        view = self._exchange(request, contract, None, self._hangs.short_s if self._hangs.slowest_s else None)
        billed = billed_by(view, self.metering)
        self.budget.settle(billed)
        self.ledger.note(ExchangeNote.of(view, contract.id, "probe", billed=billed))
        return view

    def _set_aside(self, purpose: Purpose, planned: Planned, attempt: int, view: View) -> None:
        """Note an answer that does not count, and tell the recording, with status 0 where nothing was sent; what was
        sent and has no answer stays of unknown outcome there.
        """
        self._note(purpose, planned, attempt, 0, view, retried=True)
        answer = view.exchange.answer
        if self.journal is None or may_be_billed(view):
            return
        status = answer.status if isinstance(answer, Response) else 0
        self.journal.retried(purpose, planned, attempt, status)

    def _id(self) -> str:
        return f"{self.id_prefix}{self._exchanges:05d}"

    def _note(
        self,
        purpose: Purpose,
        planned: Planned,
        attempt: int,
        billed: int,
        view: View,
        *,
        retried: bool = False,
        interrupted: bool = False,
    ) -> None:
        """Note an exchange for the report; of one that was `interrupted` nobody knows what became of it."""
        note = ExchangeNote.of(
            view,
            purpose.id,
            planned.role,
            attempt=attempt,
            billed=billed,
            retried=retried,
            unknown=price_of(planned.request) if may_be_billed(view) else 0,
        )
        self.ledger.note(replace(note, outcome=INTERRUPTED) if interrupted else note)

    def _watch(self, view: View) -> None:
        """Count what was accepted, and notice credentials that the target does not know: going on is pointless."""
        if view.accepted:
            self.ledger.accepted += 1
        elif self.ledger.accepted == 0 and view.credentials_refused:
            self.ledger.stop("credentials-refused", nothing_accepted(view, signed=self.signed))
