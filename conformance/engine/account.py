"""What a run keeps of each requirement, exchange and purpose: accounts with their findings, notes and results.

What was read on pictures of the user's own is taken out of findings before they are kept (`withheld`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import Requirement
from conformance.exchange import Exchange
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from conformance.contract.contract import Contract
    from conformance.contract.owned import SchemaPlace
    from conformance.engine.purposes import Purpose
    from conformance.judging.results import Observation
    from conformance.judging.view import View


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
    place: Place = ANYWHERE

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
        place: Place = ANYWHERE,
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
            place=place,
        )


Outcome: TypeAlias = Literal["passed", "failed", "unproven", "error"]


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

    def lean(self, most: int | None = None) -> PurposeResult:
        """The same without what was sent and answered, and with so many findings: pictures may be very many."""
        kept = [*self.findings[:most], *self.failures[:most], *self.warnings[:most]]
        bare = {id(finding): replace(finding, exchange=finding.exchange.bare()) for finding in kept}
        findings, failures, warnings = (
            tuple(bare[id(finding)] for finding in found[:most])
            for found in (self.findings, self.failures, self.warnings)
        )
        return replace(self, findings=findings, failures=failures, warnings=warnings)

    def slim(self) -> PurposeResult:
        """The same with one finding of each requirement and fault."""
        found: dict[tuple[str, str | None], Finding] = {}
        for finding in self.findings:
            label = finding.exchange.request.label
            found.setdefault((finding.observation.requirement, label.fault if label is not None else None), finding)
        kept = tuple(found.values())
        failures, warnings = (
            tuple(finding for finding in kept if finding in told) for told in (self.failures, self.warnings)
        )
        return replace(self, findings=kept, failures=failures, warnings=warnings)

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


# What stays out of findings: what was read on pictures of the user's own. Kinds and places stay, values do not.


_HARMLESS = re.compile(r"/result(/[0-9]+)?/(location|type|status)(/.*)?|/error_(code|msg)")
"""Places of an answer that say nothing about anybody."""

_QUOTED = re.compile(r"'[^']*('|$)|\"[^\"]*(\"|$)")
_IN_WORDS = ("status ", "状态码 ")
"""Begin an answer told in the kit's own words."""

_NUMBER = re.compile(r"[0-9]{3,}")
_MEMBERS = frozenset({"result", "status", "type", "location", "content", "confidence", "error_code", "error_msg"})
_HIDDEN = "…"

_NAMES: dict[Path, frozenset[str]] = {}
"""Documented names by contract: its tables are the same whatever a statement says."""


def withheld(observations: Sequence[Observation], contract: Contract) -> list[Observation]:
    """The observations with what may be a person's value taken out of their words; documented names stay."""
    return [
        found
        if found.state != "broken" or _HARMLESS.fullmatch(found.pointer)
        else _without_values(found, _documented(contract))
        for found in observations
    ]


def _documented(contract: Contract) -> frozenset[str]:
    """Every name and listed type of a contract's tables, which say nothing about anybody."""
    key = contract.folder
    if key not in _NAMES:
        rows = [row for table in contract.page.tables for row in table.rows]
        names = _MEMBERS | set(contract.types) | {name for row in rows for name in (row.name, *row.fields)}
        if contract.answers_tickets:
            names |= {name for fields in contract.ticket_fields.values() for name in _members(fields.root)}
        _NAMES[key] = names
    return _NAMES[key]


def _members(place: SchemaPlace) -> Iterator[str]:
    """The names of the members below a place of a content."""
    for name, member in place.members.items():
        yield name
        yield from _members(member)
    if place.entries is not None:
        yield from _members(place.entries)


def _without_values(found: Observation, known: frozenset[str]) -> Observation:
    def hide(text: str) -> str:
        if text.startswith(_IN_WORDS):
            return text
        quoted = _QUOTED.sub(lambda match: match[0] if match[0][1:-1] in known else _HIDDEN, text)
        return _NUMBER.sub(_HIDDEN, quoted)

    observed = Text(hide(found.observed.en), hide(found.observed.zh))
    steps = [step if step.isdecimal() or step in known | {""} else _HIDDEN for step in found.pointer.split("/")]
    return replace(found, observed=observed, pointer="/".join(steps))
