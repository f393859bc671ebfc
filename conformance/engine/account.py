"""What a run has learnt about one requirement: its witnesses and findings, and what they mean."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import Requirement
from conformance.exchange import Exchange
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.judging.observation import Observation

Verdict: TypeAlias = Literal["pass", "fail", "inconclusive", "not-applicable"]

Place: TypeAlias = "tuple[int, int]"
"""Where an exchange stands in the order of everything judged: its part of the traffic, and its number in that."""

ANYWHERE: Place = (0, 0)
"""The place of exchanges that are entered one after the other: the first one entered is the first."""

MAX_FINDINGS = 5
"""Findings kept of one requirement, smallest request first; the rest is counted."""


_EVERY_TIME = 6
"""Requests of which each misses what another one without the open feature shows: that many are no chance."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken observation with its evidence. `unstable` where it did not repeat when the purpose was run again.

    The exchange has no id where no one exchange shows the breach: a limit on the whole run.
    """

    observation: Observation
    purpose: str
    exchange: Exchange
    unstable: bool = False
    place: Place = ANYWHERE


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
    answer of this target can show it. `spared` counts the breaches that narrow waivers excuse;
    `unprovable` says why it cannot be proven on this target.

    Parts of the traffic may be judged apart: `add` is associative and commutative where no two parts share a place.
    So `firsts` has the places of what is kept because it came first.
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
    spared: int = 0
    unprovable: Text | None = None
    firsts: dict[str, Place] = field(default_factory=dict)

    @property
    def lifted(self) -> bool:
        """Whether a position of the target takes it out: what is seen of it says nothing."""
        needs = self.requirement.needs
        return needs is not None and "=" in needs and not self.declared

    def add(self, other: Account) -> None:
        """Enter what was learnt of the same requirement elsewhere: by another process, in another part."""
        self.witnesses += other.witnesses
        self.broken += other.broken
        self.spared += other.spared
        self.slips += other.slips
        first: str | Text | None
        for name in ("witness", "undecided", "first_finding"):
            if (first := getattr(other, name)) is not None:
                self.first(name, first, other.firsts.get(name, ANYWHERE))
        self._keep(other.findings)
        self.suspected = _by_size([*self.suspected, *other.suspected])[:MAX_FINDINGS]

    def first(self, name: str, value: str | Text, place: Place) -> None:
        """Keep the `witness`, the reason `undecided` or the `first_finding` that came first."""
        if getattr(self, name) is None or place < self.firsts.get(name, ANYWHERE):
            setattr(self, name, value)
            self.firsts[name] = place

    def suspect(self, finding: Finding) -> None:
        """Note a miss that breaks the requirement only where it turns out to be a habit."""
        self.slips += 1
        self.suspected = _by_size([*self.suspected, finding])[:MAX_FINDINGS]
        self.first("undecided", _missed(finding.observation.observed), finding.place)

    def promote(self, proof: Text) -> list[Finding]:
        """What was only suspected are findings, now that it is known to be a habit; returns those that were kept."""
        found = [replace(kept, observation=_proven(kept.observation, proof)) for kept in self.suspected]
        self.broken += self.slips
        self.slips, self.suspected = 0, []
        self.keep(*found)
        return found

    @property
    def of_open(self) -> bool:
        """Whether it is of something that the documents leave open: read, or refused for what it is."""
        return self.requirement.check == "open"

    @property
    def every_time(self) -> Text | None:
        """That what the documents leave open was missed whenever it was asked for, while it is read without that:
        so often that misses at random, one in ten, come to it once in a million times. None where it was not.
        """
        if not self.of_open or self.witnesses or self.slips < _EVERY_TIME:
            return None
        return Text(f"so {self.slips} of {self.slips} times", f"{self.slips} 次均如此")

    def keep(self, *findings: Finding) -> None:
        """Keep findings as evidence, a few: the smallest requests first, the finding that was made first among them."""
        for finding in findings:
            self.first("first_finding", finding.exchange.id, finding.place)
        self._keep(findings)

    def _keep(self, findings: Iterable[Finding]) -> None:
        known = _by_size([*self.findings, *findings])
        self.findings, beyond = known[:MAX_FINDINGS], known[MAX_FINDINGS:]
        if all(finding.exchange.id != self.first_finding for finding in self.findings):
            first = [finding for finding in beyond if finding.exchange.id == self.first_finding]
            self.findings = [*self.findings[: MAX_FINDINGS - len(first[:1])], *first[:1]]

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


def _by_size(findings: Iterable[Finding]) -> list[Finding]:
    """The findings of the smallest requests first, those of equal size in the order of the traffic."""
    return sorted(findings, key=lambda one: (len(one.exchange.request.body), one.place))


def _missed(observed: Text) -> Text:
    return Text(f"missed ({observed.en}), which is no breach by itself", f"未识别出（{observed.zh}），本身不构成违反")


def _proven(observation: Observation, proof: Text) -> Observation:
    observed = observation.observed
    return replace(observation, observed=Text(f"{observed.en}; {proof.en}", f"{observed.zh}；{proof.zh}"))
