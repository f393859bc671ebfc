"""Runs purposes against a target: sends, judges, repeats what failed, and enters everything into the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from conformance.contract.requirements import MEASURED
from conformance.engine.backoff import Patience
from conformance.engine.billing import billed_by, may_be_billed
from conformance.engine.budget import Budget, LimitReachedError, price_of
from conformance.engine.ledger import ExchangeNote, Finding, Ledger, PurposeResult
from conformance.engine.masking import withheld
from conformance.engine.measuring import measure_all
from conformance.engine.purposes import Purpose
from conformance.engine.scripts import Planned, drawn_script
from conformance.exchange import NOT_CONNECTED, Exchange, TransportFailure
from conformance.judging.examine import judge
from conformance.judging.expect import expect
from conformance.judging.failures import failure_words
from conformance.judging.relations import relate_views
from conformance.judging.view import View
from conformance.targets.iam import LoginError
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.exchange import Request
    from conformance.judging.expect import Expectation
    from conformance.judging.observation import Observation
    from conformance.statement.statement import Metering
    from conformance.targets.target import Target

Scripts: TypeAlias = "Callable[[Purpose, Contract, int], Iterator[Planned] | None]"
"""The requests of a purpose for an attempt (counted from 1), or None where a recording has none for it."""

_LOST_AFTER = 3
"""Connections refused in a row after which a target that answered before is taken to be gone."""

_INTERRUPTED = Text(
    "outcome unknown: an earlier run was interrupted while it was sent, and it may have been billed",
    "结果未知：先前的运行在发送期间被中断，可能已计费",
)


class UnreachableError(Exception):
    """No connection to the target came about at all; the message says why."""


class Listener(Protocol):
    """Told about the run while it goes on: the progress line, the recorder."""

    def exchanged(self, purpose: Purpose, planned: Planned, attempt: int, exchange: Exchange) -> None:
        """One request was answered, or its transport failed."""

    def finished(self, result: PurposeResult) -> None:
        """One purpose is over."""


class Interrupted:
    """Stands for the answer to a request that an interrupted run sent without learning what became of it."""


class Journal(Protocol):
    """A recording that the run continues: it knows what was sent before, and is told before anything is sent."""

    def recall(self, purpose: Purpose, planned: Planned, attempt: int) -> Exchange | Interrupted | None:
        """The recorded exchange of a request; Interrupted where its outcome is unknown; None where it is to be sent."""

    def sending(self, purpose: Purpose, planned: Planned, attempt: int) -> None:
        """A request is about to be sent."""

    def retried(self, purpose: Purpose, planned: Planned, attempt: int, status: int) -> None:
        """The target answered with `status` that it wants to be asked again later."""


@dataclass(slots=True)
class Run:
    """Everything that running a purpose needs.

    `only` narrows the requirements that the verdict speaks of, by id. A failing purpose is run again up to `attempts`
    times in all (1 or 2), so that a finding that does not repeat can be told from one that does. `capabilities` are
    what the target has of what requirements may need, such as `url`; `metering` says what it bills. `expected` may
    remember what `expect` said where the same requests go to many targets. `id_prefix` begins the ids of exchanges, so
    that those of several processes differ.
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
    attempts: int = 2
    journal: Journal | None = None
    capabilities: frozenset[str] = frozenset()
    waived: frozenset[str] = frozenset()
    metering: Metering = "tickets"
    expected: Callable[[Request, Contract], Expectation] = expect
    id_prefix: str = ""
    ledger: Ledger = field(init=False)
    _refused: int = field(default=0, init=False)
    _exchanges: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Opens the ledger."""
        self.ledger = Ledger(
            self.contracts,
            self.depth,
            strict=self.strict,
            only=self.only,
            capabilities=self.capabilities,
            waived=self.waived,
        )

    def execute(self, purposes: Sequence[Purpose]) -> Ledger:
        """Run purposes in order until they are done or a limit stops the run. Raises UnreachableError."""
        for purpose in purposes:
            if self.ledger.stop_reason is not None:
                break
            try:
                self.run_purpose(purpose)
            except KeyboardInterrupt:
                self.ledger.stop("interrupted", Text("interrupted by the user", "被用户中断"))
        for contract in self.contracts:
            self.measure(contract)
        return self.ledger

    def measure(self, contract: Contract) -> PurposeResult | None:
        """Decide the limits that the target statement sets on the whole run; None where it sets none."""
        measured = measure_all(self.ledger, contract)
        if not measured:
            return None
        aims = tuple(o.observation.requirement.partition("/")[2] for o in measured)
        title = Text("What the target statement limits, over the whole run.", "目标声明对整个运行设定的限值。")
        purpose = Purpose(contract.id, MEASURED, title, "smoke", None, (), aims)
        findings = [finding for found in measured for finding in self.ledger.measured(found, purpose.id)]
        observed = [found.observation for found in measured]
        result = self._result(purpose, contract, findings, observed, 0.0, 0, None)
        self.ledger.results.append(result)
        return result

    def run_purpose(self, purpose: Purpose) -> PurposeResult:
        """Run one purpose, again where something broke; enters and returns its result. Raises UnreachableError."""
        contract = next(contract for contract in self.contracts if contract.id == purpose.contract_id)
        started, sent = time.monotonic(), self.budget.requests
        error: str | None = None
        findings: list[Finding] = []
        observed: list[Observation] = []
        try:
            findings, observed = self._attempt(purpose, contract, 1)
            if self._failing(findings) and self.ledger.stop_reason is None and self.attempts > 1:
                self._repeat(purpose, contract, findings)
        except LimitReachedError as limit:
            self.ledger.stop("limit", limit.words)
        except LoginError as lost:
            self.ledger.stop("credentials-refused", Text(f"no token any more: {lost}", f"无法再取得 Token（“{lost}”）"))
        except (UnreachableError, KeyboardInterrupt):
            raise
        except Exception as fault:  # noqa: BLE001 - whatever the kit does wrong is its own error, never a verdict
            error = f"{type(fault).__name__}: {fault}"
        duration = time.monotonic() - started
        result = self._result(purpose, contract, findings, observed, duration, self.budget.requests - sent, error)
        self.ledger.results.append(result)
        for listener in self.listeners:
            listener.finished(result)
        return result

    def _repeat(self, purpose: Purpose, contract: Contract, findings: list[Finding]) -> None:
        script = self._script(purpose, contract, 2)
        if script is None:
            return
        again, _ = self._attempt(purpose, contract, 2, script)
        repeated = {finding.observation.requirement for finding in again}
        once = [finding for finding in findings if finding.observation.requirement not in repeated]
        self.ledger.mark_unstable(once)

    def _script(self, purpose: Purpose, contract: Contract, attempt: int) -> Iterator[Planned] | None:
        if self.scripts is not None:
            return self.scripts(purpose, contract, attempt)
        return drawn_script(purpose, contract, self.seed)

    def _attempt(
        self, purpose: Purpose, contract: Contract, attempt: int, script: Iterator[Planned] | None = None
    ) -> tuple[list[Finding], list[Observation]]:
        script = script or self._script(purpose, contract, attempt)
        controls: dict[int, View] = {}
        findings: list[Finding] = []
        observed: list[Observation] = []
        for planned in script or ():
            control = controls.get(planned.control) if planned.control is not None else None
            view = self._send(purpose, contract, planned, attempt, control)
            if view is None:
                continue
            if planned.role == "control":
                controls[planned.position] = view
            observations = judge(view)
            if view.exchange.request.stated is not None:
                observations = withheld(observations, contract)
            if planned.relation is not None and control is not None:
                stated = planned.relation
                observations.append(relate_views(control, view, stated.comparator, stated.requirement))
            observed += observations
            findings += self.ledger.observe(observations, purpose.id, view.exchange)
            if self.ledger.stop_reason is not None:
                break
            del view, planned  # their request may be megabytes, and so may the next one, which is drawn now
        return findings, observed

    def _send(
        self, purpose: Purpose, contract: Contract, planned: Planned, attempt: int, control: View | None
    ) -> View | None:
        """Send one request, or take what a journal knows of it; None where its outcome was lost with an earlier run."""
        request = planned.request
        known = self.journal.recall(purpose, planned, attempt) if self.journal is not None else None
        self._exchanges += 1
        if isinstance(known, Interrupted):
            self.budget.recall(price_of(request))
            self._note(purpose, planned, attempt, price_of(request))
            return None
        if known is None:
            view = self._ask(purpose, contract, planned, attempt, control)
            billed = billed_by(view, self.metering)
            self.budget.settle(billed)
        else:
            view = View(known, contract, control, self.expected(request, contract))
            billed = billed_by(view, self.metering)
            self.budget.recall(billed)
        for listener in self.listeners:
            listener.exchanged(purpose, planned, attempt, view.exchange)
        self._watch(view, purpose)
        if attempt == 1:  # a purpose that is run again would count twice
            self.ledger.weigh(view)
            self.ledger.figures.see(view)
        self._note(purpose, planned, attempt, billed, view)
        return view

    def _ask(self, purpose: Purpose, contract: Contract, planned: Planned, attempt: int, control: View | None) -> View:
        """Send one request, again after each pause that the target asks for: the last answer alone is judged."""
        request = planned.request
        while True:
            self.budget.reserve(request)
            if self.journal is not None:
                self.journal.sending(purpose, planned, attempt)
            exchange = Exchange(request, self.target.send(request), id=self._id())
            view = View(exchange, contract, control, self.expected(request, contract))
            wait_s = self.patience.wait_s(view)
            if wait_s is None:
                return view
            self._note(purpose, planned, attempt, 0, view, retried=True)
            if self.journal is not None and view.response is not None:
                self.journal.retried(purpose, planned, attempt, view.response.status)
            self.budget.hold(wait_s)

    def _id(self) -> str:
        return f"{self.id_prefix}{self._exchanges:05d}"

    def _note(
        self,
        purpose: Purpose,
        planned: Planned,
        attempt: int,
        billed: int,
        view: View | None = None,
        *,
        retried: bool = False,
    ) -> None:
        """Note an exchange for the report; without a view, one whose outcome is unknown and that may be billed."""
        request = planned.request
        response = view.response if view is not None else None
        self.ledger.notes.append(
            ExchangeNote(
                id=view.exchange.id if view is not None else self._id(),
                purpose=purpose.id,
                role=planned.role,
                attempt=attempt,
                method=request.method,
                path=request.path,
                auth=request.auth,
                request_bytes=len(request.body),
                fault=request.label.fault if request.label is not None else None,
                outcome=view.answer_in_words if view is not None else _INTERRUPTED,
                response_bytes=len(response.body) if response is not None else 0,
                elapsed_s=view.exchange.answer.elapsed_s if view is not None else 0.0,
                billed=billed,
                retried=retried,
                unknown=price_of(request) if view is None or may_be_billed(view) else 0,
            )
        )

    def _watch(self, view: View, purpose: Purpose) -> None:
        """Notice what makes going on pointless: no connection, or credentials that the target does not know."""
        answer = view.exchange.answer
        if isinstance(answer, TransportFailure) and answer.kind in NOT_CONNECTED:
            self._refused += 1
            if not self.ledger.notes:
                raise UnreachableError(answer.detail)
            if self._refused >= _LOST_AFTER:
                text = Text(
                    f"the target went away in {purpose.id}: {answer.detail}",
                    f"目标在 {purpose.id} 期间中断：{failure_words(answer).zh}",
                )
                self.ledger.stop("target-lost", text)
            return
        self._refused = 0
        if view.accepted:
            self.ledger.accepted += 1
        elif self.ledger.accepted == 0 and view.credentials_refused:
            words = view.answer_in_words
            self.ledger.stop(
                "credentials-refused",
                Text(
                    f"nothing was accepted: the target refused the credentials ({words.en}). "
                    "Give a valid token with --token or OCR_CONFORMANCE_TOKEN, and the project id that it is for with "
                    "OCR_CONFORMANCE_PROJECT_ID",
                    f"没有请求被接受：目标拒绝了凭证（{words.zh}）。请用 --token 或 OCR_CONFORMANCE_TOKEN "
                    "提供有效 Token，并用 OCR_CONFORMANCE_PROJECT_ID 提供其项目 ID",
                ),
            )

    def _failing(self, findings: Sequence[Finding]) -> list[Finding]:
        accounts = self.ledger.accounts
        return [f for f in findings if self.ledger.fails(accounts[f.observation.requirement].requirement)]

    def _result(
        self,
        purpose: Purpose,
        contract: Contract,
        findings: Sequence[Finding],
        observed: Sequence[Observation],
        duration_s: float,
        requests: int,
        error: str | None,
    ) -> PurposeResult:
        failures = self._failing(findings)
        warnings = [f for f in findings if f not in failures and self._level(f) == "should"]
        held = {observation.requirement for observation in observed if observation.state == "held"}
        broken = {observation.requirement for observation in observed if observation.state == "broken"}
        reasons = {o.requirement: o.observed for o in observed if o.state == "undecided"}
        not_reached = self.ledger.stop_text or Text("nothing decided it", "没有可判定的响应")
        unproven = [
            (requirement, reasons.get(requirement.id, not_reached))
            for requirement in (contract.requirements[aim] for aim in purpose.aims)
            if requirement.level == "must"
            and requirement.id in self.ledger.accounts
            and requirement.id not in held
            and requirement.id not in broken
        ]
        return PurposeResult(
            purpose=purpose,
            findings=tuple(findings),
            failures=tuple(failures),
            warnings=tuple(warnings),
            unproven=tuple(unproven),
            duration_s=duration_s,
            requests=requests,
            error=error,
        )

    def _level(self, finding: Finding) -> str:
        return self.ledger.accounts[finding.observation.requirement].requirement.level
