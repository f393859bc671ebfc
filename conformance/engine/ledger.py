"""What a run has learnt: witnesses and findings of each requirement, and the verdicts that follow from them."""

from __future__ import annotations

from bisect import insort
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import Requirement, failing_levels
from conformance.engine.account import ANYWHERE, Account, ExchangeNote, Finding, Place, PurposeResult
from conformance.engine.figures import Figures, decide_limits
from conformance.engine.habits import Habits
from conformance.engine.recognised import Unit, units_of
from conformance.engine.settings import NO_EXCUSES, Excuses
from conformance.engine.sight import Sight
from conformance.exchange import Exchange, Request, TransportFailure
from conformance.judging.tickets import Subject, surenesses
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping, Sequence

    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Depth
    from conformance.engine.purposes import Purpose
    from conformance.judging.results import Observation
    from conformance.judging.view import View

RunVerdict: TypeAlias = Literal["conformant", "nonconformant", "inconclusive"]
RecognitionVerdict: TypeAlias = Literal["met", "not-met", "inconclusive", "not-judged"]
"""Of the limits on recognition that the statement declares; without one it is reported, and not judged."""


Confidences: TypeAlias = "Counter[tuple[str, Subject, int, bool]]"
"""How often a confidence was seen: of which contract, of what, in thousandths, and whether that was correct."""

_NO_EXCHANGE = Exchange(Request("", ""), TransportFailure("unreachable", "nothing was sent"))
"""Stands beside an observation that no one exchange shows; it has no id."""


def _of_recognition(account: Account) -> bool:
    measure = account.requirement.measure
    return measure is not None and measure.of_recognition


@dataclass(frozen=True, slots=True)
class Learnt:
    """A ledger without what it was opened with: what one process hands to the one that decides, a worker of xdist, or
    one that judged a part of traffic.
    """

    accounts: Mapping[str, Account]
    notes: Sequence[ExchangeNote]
    sent: int
    billable: int
    results: Sequence[PurposeResult]
    figures: Figures
    confidences: Confidences
    habits: Habits
    sight: Sight
    accepted: int
    stop: tuple[str, Text] | None


class Ledger:
    """Accounts of all requirements in scope, notes of all exchanges, results of all purposes.

    `place` is that of the exchange which is entered. Ledgers of parts of one traffic are brought together by
    `enter`, which is associative and commutative where no two parts share a place. Then whether misses are a
    habit is told once everything is known: such a ledger is `late`, and somebody calls `settle` in the end.
    """

    def __init__(
        self,
        contracts: Iterable[Contract],
        depth: Depth,
        *,
        strict: bool = False,
        only: Container[str] | None = None,
        beside: bool = False,
        capabilities: frozenset[str] = frozenset(),
        excuses: Excuses = NO_EXCUSES,
        most_notes: int | None = None,
        late: bool = False,
    ) -> None:
        """Opens one account for every requirement that a verdict at this depth speaks of; `only` narrows it to ids.

        With `beside` whatever else the exchanges show counts as well, as in a run of everything: see `narrow`.

        `capabilities` are what the target has beyond the positions it takes, of what requirements may need. A broken
        requirement that is waived is listed as it is, but does not fail the run; those that cannot be proven on this
        target are listed as not proven, and leave the verdict to the others. Of `most_notes` exchanges the notes are
        kept, the first ones; all are counted.
        """
        from conformance.engine.purposes import in_scope

        self.contracts = tuple(contracts)
        self.depth: Depth = depth
        self.strict = strict
        self.excuses = excuses
        self.accounts = {
            requirement.id: Account(
                requirement,
                declared=requirement.needs in capabilities | contract.capabilities,
                unprovable=excuses.unprovable.get(requirement.id),
            )
            for contract in self.contracts
            for requirement in in_scope(contract, depth)
            if only is None or beside or requirement.id in only
        }
        self._only = only
        self.most_notes = most_notes
        self.late = late
        self.place: Place = ANYWHERE
        self.notes: list[ExchangeNote] = []
        self.sent = 0
        """How many exchanges there were."""
        self.billable = 0
        """Tickets that the answers bill, summed over all exchanges."""
        self.figures = Figures(evidence=any(a.requirement.measure is not None for a in self.accounts.values()))
        self.habits = Habits()
        offered = {each.id: each.offer.types for each in self.contracts if each.offer.types is not None}
        self.sight = Sight(offered)
        self.results: list[PurposeResult] = []
        self.confidences: Confidences = Counter()
        self.accepted = 0
        self.stop_reason: str | None = None
        self.stop_text: Text | None = None

    def observe(
        self,
        observations: Iterable[Observation],
        purpose: str,
        exchange: Exchange,
        spared: Container[str] = (),
    ) -> list[Finding]:
        """Enter what an exchange showed; returns the findings among it. Requirements out of scope are not entered.

        `spared` are requirements whose breach here is one that a narrow waiver excuses.
        """
        findings = []
        for observation in observations:
            account = self.accounts.get(observation.requirement)
            if account is None or account.lifted:
                continue
            if observation.state == "held":
                account.witnesses += 1
                if account.witness is None and exchange.id:
                    account.first("witness", exchange.id, self.place)
            elif observation.state == "undecided":
                if account.undecided is None:
                    account.first("undecided", observation.observed, self.place)
            elif observation.slip:
                account.witnesses += observation.partly
                if observation.partly and account.witness is None and exchange.id:
                    account.first("witness", exchange.id, self.place)
                account.suspect(Finding(observation, purpose, exchange, place=self.place))
            else:
                finding = Finding(observation, purpose, exchange, place=self.place)
                account.broken += 1
                account.spared += observation.requirement in spared
                findings.append(finding)
                account.keep(finding)
        return findings if self.late else findings + self.settle()

    def note(self, note: ExchangeNote) -> None:
        """Count an exchange, and keep its note while there is room."""
        self.sent += 1
        self.billable += note.billed
        if self.wants_note(note.place):
            if not self.notes or note.place >= self.notes[-1].place:
                self.notes.append(note)
            else:
                insort(self.notes, note, key=lambda one: one.place)
            del self.notes[self.most_notes or len(self.notes) :]

    def wants_note(self, place: Place) -> bool:
        """Whether the note of an exchange at a place would be kept."""
        return self.most_notes is None or len(self.notes) < self.most_notes or place < self.notes[-1].place

    def settle(self) -> list[Finding]:
        """Turn misses into findings where they are a habit of the target by now; returns those."""
        found = []
        for account in self.accounts.values():
            if account.slips:
                contract_id, _, name = account.requirement.id.partition("/")
                proof = self.habits.proof(contract_id, name) or self.sight.proof(contract_id, name)
                proof = proof or account.every_time
                found += account.promote(proof) if proof is not None else []
        return found

    def see(self, view: View, relation: str | None = None, control: View | None = None) -> list[Unit]:
        """Note which documents an answer shows, before it is judged; `relation` relates its request to the control."""
        units = units_of(view, relation)
        self.habits.see(view.contract.id, units, self.place)
        if relation is not None and control is not None:
            self.habits.relate(view.contract.id, relation, units_of(control), units)
        self.sight.see(view, units)
        return units

    def excuse(self, contract: Contract) -> None:
        """Name what no answer could show, because the target reads nothing that it speaks of."""
        for account in self.accounts.values():
            unseen = account.requirement.where_seen and account.verdict == "not-applicable"
            if account.requirement.id.startswith(f"{contract.id}/") and (unseen or account.verdict == "inconclusive"):
                account.excused = self.sight.excuse(contract, account.requirement.name)

    def learnt(self) -> Learnt:
        """What it has to hand on; few findings, since bodies of requests may have megabytes."""
        return Learnt(
            accounts=self.accounts,
            notes=self.notes,
            sent=self.sent,
            billable=self.billable,
            results=[result.slim() for result in self.results],
            figures=self.figures,
            confidences=Counter(self.confidences),
            habits=self.habits,
            sight=self.sight,
            accepted=self.accepted,
            stop=(self.stop_reason, self.stop_text) if self.stop_reason and self.stop_text else None,
        )

    def enter(self, learnt: Learnt) -> None:
        """Enter what was learnt by another worker of this run, or in another part of the traffic.

        Where no two parts share a place, the order in which they are entered makes no difference, nor does it whether
        some were brought together before.
        """
        for name, account in learnt.accounts.items():
            self.accounts[name].add(account)
        self.notes = sorted([*self.notes, *learnt.notes], key=lambda note: note.place)[: self.most_notes]
        self.sent += learnt.sent
        self.billable += learnt.billable
        self.results += learnt.results
        self.figures.add(learnt.figures)
        self.confidences.update(learnt.confidences)
        self.sight.add(learnt.sight)
        self.habits.add(learnt.habits)
        self.accepted += learnt.accepted
        if not self.late:
            self.settle()
        if learnt.stop is not None:
            self.stop(*learnt.stop)

    def arrange(self, purposes: Sequence[Purpose]) -> None:
        """Put results and notes into the order of the plan, in which workers do not come."""
        places = {purpose.id: place for place, purpose in enumerate(purposes)}
        last = len(places)
        self.results.sort(key=lambda result: places.get(result.purpose.id, last))
        self.notes.sort(key=lambda note: places.get(note.purpose, last))

    def broken(self, requirement_id: str) -> bool:
        """Whether a requirement has a finding."""
        account = self.accounts.get(requirement_id)
        return account is not None and account.broken > 0

    def every_time_so_far(self, requirement_id: str) -> bool:
        """Whether something left open was asked for, and missed whenever it was, too seldom to call that a breach."""
        account = self.accounts.get(requirement_id)
        return account is not None and account.of_open and account.slips > 0 and not account.witnesses

    def lacks(self, requirement_id: str) -> bool:
        """Whether a `must` that the verdict speaks of is neither proven nor broken, and could be."""
        account = self.accounts.get(requirement_id)
        lacking = account is not None and account.requirement.level == "must" and account.verdict == "inconclusive"
        return lacking and requirement_id not in self.excuses.unprovable

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

    def measure(self, contract: Contract, purpose: str) -> tuple[list[Observation], list[Finding]]:
        """Decide the limits that the statement sets on the whole run, for one contract, and enter what each came to."""
        limits = [a.requirement for a in self.accounts.values() if a.requirement.id.startswith(f"{contract.id}/")]
        measured = decide_limits(limits, self.notes, self.figures, contract)
        findings = [
            finding
            for one in measured
            for finding in self.observe([one.observation], purpose, one.exchange or _NO_EXCHANGE)
        ]
        return [one.observation for one in measured], findings

    def mark_unstable(self, findings: Iterable[Finding]) -> None:
        """Label findings that did not repeat."""
        for finding in findings:
            account = self.accounts[finding.observation.requirement]
            account.findings = [replace(f, unstable=True) if f is finding else f for f in account.findings]

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
        """That of conformity: `nonconformant` with a broken must; `inconclusive` where a must is unproven, or none was
        proven, or the run was stopped. How much was recognised is another question (`recognition`), unless the run was
        narrowed to that.
        """
        everything = list(self.accounts.values())
        accounts = [account for account in everything if not _of_recognition(account)] or everything
        if any(account.verdict == "fail" and self.fails(account.requirement) for account in accounts):
            return "nonconformant"
        provable = [
            a for a in accounts if a.requirement.level == "must" and a.requirement.id not in self.excuses.unprovable
        ]
        musts = [account.verdict for account in provable]
        if "inconclusive" in musts or "pass" not in musts or self.stop_reason is not None or self.accepted == 0:
            return "inconclusive"
        return "conformant"

    @property
    def recognition(self) -> RecognitionVerdict:
        """Whether the limits on recognition are met: `inconclusive` where too few pictures were seen to tell."""
        limits = [account for account in self.accounts.values() if _of_recognition(account)]
        if any(limit.verdict == "fail" and self.fails(limit.requirement) for limit in limits):
            return "not-met"
        if any(limit.verdict == "inconclusive" and limit.requirement.level == "must" for limit in limits):
            return "inconclusive"
        return "met" if limits else "not-judged"

    def fails(self, requirement: Requirement) -> bool:
        """Whether a breach of this requirement fails the run: by its level, unless it is waived, wholly or wherever
        it was seen.
        """
        account = self.accounts.get(requirement.id)
        spared = account is not None and 0 < account.broken <= account.spared
        waived = spared or requirement.id in self.excuses.waived
        return requirement.level in failing_levels(strict=self.strict) and not waived

    @property
    def errors(self) -> list[PurposeResult]:
        """Purposes in which the kit itself failed."""
        return [result for result in self.results if result.error is not None]

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
