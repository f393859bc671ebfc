"""What a run has learnt: witnesses and findings of each requirement, and the verdicts that follow from them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import Requirement, failing_levels
from conformance.engine.figures import Figures
from conformance.engine.habits import Habits
from conformance.engine.sight import Sight
from conformance.engine.units import Unit, units_of
from conformance.exchange import Exchange, Request, TransportFailure
from conformance.judging.calibration import Subject, surenesses
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.purposes import Purpose
    from conformance.judging.observation import Observation
    from conformance.judging.view import View

Verdict: TypeAlias = Literal["pass", "fail", "inconclusive", "not-applicable"]
Outcome: TypeAlias = Literal["passed", "failed", "unproven", "error"]
RunVerdict: TypeAlias = Literal["conformant", "nonconformant", "inconclusive"]


_MAX_FINDINGS = 5
"""Findings kept of one requirement, smallest request first; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken observation with its evidence. `unstable` where it did not repeat when the purpose was run again.

    The exchange has no id where no one exchange shows the breach: a limit on the whole run.
    """

    observation: Observation
    purpose: str
    exchange: Exchange
    unstable: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What a limit came to, and the exchange that shows it best; None where no one exchange does."""

    observation: Observation
    exchange: Exchange | None


@dataclass(slots=True)
class Account:
    """Everything observed about one requirement: how many witnesses, which findings, why it stayed open.

    `declared` says that the target has what the requirement needs, where it needs something; `first_finding` is the
    exchange of the finding that was made first. `slips` counts answers that missed something the requirement speaks of,
    without that being a habit of the target so far (`habits`); `suspected` keeps a few of them. `excused` says why no
    answer of this target can show it.
    """

    requirement: Requirement
    declared: bool = False
    witnesses: int = 0
    witness: str | None = None
    broken: int = 0
    findings: list[Finding] = field(default_factory=list)
    first_finding: str | None = None
    undecided: Text | None = None
    slips: int = 0
    suspected: list[Finding] = field(default_factory=list)
    excused: Text | None = None

    @property
    def lifted(self) -> bool:
        """Whether a position of the target takes it out: what is seen of it says nothing."""
        needs = self.requirement.needs
        return needs is not None and "=" in needs and not self.declared

    def add(self, other: Account) -> None:
        """Enter what another process learnt of the same requirement."""
        self.witnesses += other.witnesses
        self.witness = self.witness or other.witness
        self.broken += other.broken
        self.undecided = self.undecided or other.undecided
        self.first_finding = self.first_finding or other.first_finding
        self.keep(*other.findings)
        self.slips += other.slips
        self.suspected = _few([*self.suspected, *other.suspected], None)

    def suspect(self, finding: Finding) -> None:
        """Note a miss that breaks the requirement only where it turns out to be a habit."""
        self.slips += 1
        self.suspected = _few([*self.suspected, finding], None)
        self.undecided = self.undecided or _missed(finding.observation.observed)

    def promote(self, proof: Text) -> list[Finding]:
        """What was only suspected are findings, now that it is known to be a habit; returns those that were kept."""
        found = [replace(kept, observation=_proven(kept.observation, proof)) for kept in self.suspected]
        self.broken += self.slips
        self.slips, self.suspected = 0, []
        self.keep(*found)
        return found

    def keep(self, *findings: Finding) -> None:
        """Keep findings as evidence, a few: the smallest requests first, the finding that was made first among them."""
        self.findings += findings
        self.first_finding = self.first_finding or (self.findings[0].exchange.id if self.findings else None)
        self.findings = _few(self.findings, self.first_finding)

    @property
    def verdict(self) -> Verdict:
        """`fail` with a finding, `pass` with a witness and no finding, else `inconclusive`.

        `not-applicable` without either, where the target lacks what the requirement needs, or reads nothing that it
        speaks of.
        """
        if self.broken:
            return "fail"
        if self.witnesses:
            return "pass"
        applicable = (self.requirement.needs is None or self.declared) and self.excused is None
        unseen = self.requirement.where_seen and self.undecided is None
        return "inconclusive" if applicable and not unseen else "not-applicable"


def _few(findings: list[Finding], first: str | None) -> list[Finding]:
    """The findings of the smallest requests, that of the exchange `first` among them."""
    kept = sorted(findings, key=lambda finding: len(finding.exchange.request.body))
    while len(kept) > _MAX_FINDINGS:
        del kept[-2 if kept[-1].exchange.id == first else -1]
    return kept


def _missed(observed: Text) -> Text:
    return Text(f"missed ({observed.en}), which is no breach by itself", f"未识别出（{observed.zh}），本身不构成违反")


def _proven(observation: Observation, proof: Text) -> Observation:
    observed = observation.observed
    return replace(observation, observed=Text(f"{observed.en}; {proof.en}", f"{observed.zh}；{proof.zh}"))


@dataclass(frozen=True, slots=True)
class ExchangeNote:
    """What the report keeps of every exchange: no bodies.

    `retried` marks an answer for which the target asked to be called again: the exchange of the same id that follows is
    the one that counts. `unknown` are tickets that may have been billed without an answer.
    """

    id: str
    purpose: str
    role: str
    attempt: int
    method: str
    path: str
    auth: str
    request_bytes: int
    fault: str | None
    outcome: Text
    response_bytes: int
    elapsed_s: float
    billed: int
    retried: bool = False
    unknown: int = 0

    @classmethod
    def of(
        cls,
        view: View,
        purpose: str,
        role: str,
        *,
        fault: str | None = None,
        attempt: int = 1,
        billed: int = 0,
        retried: bool = False,
        unknown: int = 0,
    ) -> ExchangeNote:
        """The note of an exchange that was read; `fault` is what its maker noted where nothing else is said."""
        exchange, response = view.exchange, view.response
        request = exchange.request
        return cls(
            id=exchange.id,
            purpose=purpose,
            role=role,
            attempt=attempt,
            method=request.method,
            path=request.path,
            auth=request.auth,
            request_bytes=len(request.body),
            fault=fault or (request.label.fault if request.label is not None else None),
            outcome=view.answer_in_words,
            response_bytes=len(response.body) if response is not None else 0,
            elapsed_s=exchange.answer.elapsed_s,
            billed=billed,
            retried=retried,
            unknown=unknown,
        )


@dataclass(frozen=True, slots=True)
class PurposeResult:
    """The outcome of one purpose: observations of its last attempt, and what they mean for it.

    `failures` are broken requirements of level must (or should, when strict); `unproven` are aimed-at requirements of
    level must without a witness; `warnings` broken ones of level should. `error` is the kit's own fault.
    """

    purpose: Purpose
    findings: tuple[Finding, ...]
    failures: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    unproven: tuple[tuple[Requirement, Text], ...]
    duration_s: float
    requests: int
    error: str | None = None

    @property
    def outcome(self) -> Outcome:
        """The worst of what became of it; `passed` where nothing broke and everything aimed at was proven."""
        if self.error:
            return "error"
        if self.failures:
            return "failed"
        return "unproven" if self.unproven else "passed"

    @property
    def passed(self) -> bool:
        """True where nothing broke and everything aimed at was proven."""
        return self.outcome == "passed"


Confidences: TypeAlias = "Counter[tuple[str, Subject, int, bool]]"
"""How often a confidence was seen: of which contract, of what, in thousandths, and whether that was correct."""

_NO_EXCHANGE = Exchange(Request("", ""), TransportFailure("unreachable", "nothing was sent"))
"""Stands beside an observation that no one exchange shows; it has no id."""


class Ledger:
    """Accounts of all requirements in scope, notes of all exchanges, results of all purposes."""

    def __init__(
        self,
        contracts: Iterable[Contract],
        depth: Depth,
        *,
        strict: bool = False,
        only: Container[str] | None = None,
        beside: bool = False,
        capabilities: frozenset[str] = frozenset(),
        waived: frozenset[str] = frozenset(),
    ) -> None:
        """Opens one account for every requirement that a verdict at this depth speaks of; `only` narrows it to ids.

        With `beside` whatever else the exchanges show counts as well, as in a run of everything: see `narrow`.

        `capabilities` are what the target has beyond the positions it takes, of what requirements may need. A broken
        requirement in `waived` is listed as it is, but does not fail the run.
        """
        from conformance.engine.purposes import in_scope

        self.contracts = tuple(contracts)
        self.depth: Depth = depth
        self.strict = strict
        self.waived = waived
        self.accounts = {
            requirement.id: Account(requirement, declared=requirement.needs in capabilities | contract.capabilities)
            for contract in self.contracts
            for requirement in in_scope(contract, depth)
            if only is None or beside or requirement.id in only
        }
        self._only = only
        self.notes: list[ExchangeNote] = []
        self.figures = Figures(evidence=any(a.requirement.measure is not None for a in self.accounts.values()))
        self.habits = Habits()
        self.sight = Sight()
        self.results: list[PurposeResult] = []
        self.confidences: Confidences = Counter()
        self.accepted = 0
        self.stop_reason: str | None = None
        self.stop_text: Text | None = None

    def observe(self, observations: Iterable[Observation], purpose: str, exchange: Exchange) -> list[Finding]:
        """Enter what an exchange showed; returns the findings among it. Requirements out of scope are not entered."""
        findings = []
        for observation in observations:
            account = self.accounts.get(observation.requirement)
            if account is None or account.lifted:
                continue
            if observation.state == "held":
                account.witnesses += 1
                account.witness = account.witness or exchange.id or None
            elif observation.state == "undecided":
                account.undecided = account.undecided or observation.observed
            elif observation.slip:
                account.witnesses += observation.partly
                account.witness = account.witness or (exchange.id if observation.partly else None) or None
                account.suspect(Finding(observation, purpose, exchange))
            else:
                finding = Finding(observation, purpose, exchange)
                account.broken += 1
                findings.append(finding)
                account.keep(finding)
        return findings + self.settle()

    def settle(self) -> list[Finding]:
        """Turn misses into findings where they are a habit of the target by now; returns those."""
        found = []
        for account in self.accounts.values():
            if account.slips:
                contract_id, _, name = account.requirement.id.partition("/")
                proof = self.habits.proof(contract_id, name)
                found += account.promote(proof) if proof is not None else []
        return found

    def see(self, view: View, relation: str | None = None, control: View | None = None) -> list[Unit]:
        """Note which documents an answer shows, before it is judged; `relation` relates its request to the control."""
        units = units_of(view, relation)
        self.habits.see(view.contract.id, units)
        if relation is not None and control is not None:
            self.habits.relate(view.contract.id, relation, units_of(control), units)
        self.sight.see(view, units)
        return units

    def excuse(self, contract: Contract) -> None:
        """Name what no answer could show, because the target reads nothing that it speaks of."""
        for account in self.accounts.values():
            if account.requirement.id.startswith(f"{contract.id}/") and account.verdict == "inconclusive":
                account.excused = self.sight.excuse(contract, account.requirement.name)

    def broken(self, requirement_id: str) -> bool:
        """Whether a requirement has a finding."""
        account = self.accounts.get(requirement_id)
        return account is not None and account.broken > 0

    def lacks(self, requirement_id: str) -> bool:
        """Whether a `must` that the verdict speaks of is neither proven nor broken, and could be."""
        account = self.accounts.get(requirement_id)
        return account is not None and account.requirement.level == "must" and account.verdict == "inconclusive"

    def speaks_of(self, requirement_id: str) -> bool:
        """Whether the verdict is to speak of a requirement: whatever was observed, and all that was asked for."""
        account = self.accounts.get(requirement_id)
        if account is None:
            return False
        return self._only is None or requirement_id in self._only or account.witnesses + account.broken > 0

    def narrow(self) -> None:
        """Close the accounts of what was neither asked for nor observed, once everything was sent."""
        self.accounts = {name: account for name, account in self.accounts.items() if self.speaks_of(name)}

    def weigh(self, view: View) -> None:
        """Count the confidences of an answer against the truth about its picture, where that is known."""
        for one in surenesses(view):
            self.confidences[view.contract.id, one.subject, round(one.confidence * 1000), one.correct] += 1

    def measured(self, measured: Measured, purpose: str) -> list[Finding]:
        """Enter what a limit of the statement came to, with the exchange that shows it, if one does."""
        return self.observe([measured.observation], purpose, measured.exchange or _NO_EXCHANGE)

    def mark_unstable(self, findings: Iterable[Finding]) -> None:
        """Label findings that did not repeat."""
        for finding in findings:
            account = self.accounts[finding.observation.requirement]
            account.findings = [
                Finding(f.observation, f.purpose, f.exchange, unstable=True) if f is finding else f
                for f in account.findings
            ]

    def stop(self, reason: str, text: Text) -> None:
        """Note why the run ended before its plan did; the first reason counts."""
        if self.stop_reason is None:
            self.stop_reason, self.stop_text = reason, text

    def interrupt(self, signal: str = "") -> None:
        """Note that somebody ended the run: the user, or whoever sent the signal of this name."""
        words = Text(f"interrupted by {signal}", f"被 {signal} 中断")
        self.stop("interrupted", words if signal else Text("interrupted by the user", "被用户中断"))

    @property
    def verdict(self) -> RunVerdict:
        """`nonconformant` with a broken must; `inconclusive` where a must is unproven, or none was proven, or the run
        was stopped.
        """
        accounts = self.accounts.values()
        if any(account.verdict == "fail" and self.fails(account.requirement) for account in accounts):
            return "nonconformant"
        musts = [account.verdict for account in accounts if account.requirement.level == "must"]
        if "inconclusive" in musts or "pass" not in musts or self.stop_reason is not None or self.accepted == 0:
            return "inconclusive"
        return "conformant"

    def fails(self, requirement: Requirement) -> bool:
        """Whether a breach of this requirement fails the run: by its level, unless it is waived."""
        return requirement.level in failing_levels(strict=self.strict) and requirement.id not in self.waived

    @property
    def errors(self) -> list[PurposeResult]:
        """Purposes in which the kit itself failed."""
        return [result for result in self.results if result.error is not None]

    @property
    def sent(self) -> int:
        """How many exchanges there were."""
        return len(self.notes)

    @property
    def billable(self) -> int:
        """Tickets that the answers bill, summed over all exchanges."""
        return sum(note.billed for note in self.notes)

    def score(self) -> Mapping[str, int]:
        """Counts of requirements in scope by verdict."""
        verdicts = [account.verdict for account in self.accounts.values()]
        return {
            "requirements": len(verdicts),
            "proven": verdicts.count("pass"),
            "failed": verdicts.count("fail"),
            "inconclusive": verdicts.count("inconclusive"),
            "not_applicable": verdicts.count("not-applicable"),
        }
