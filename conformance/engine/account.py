"""What a run has learnt about one requirement, and what became of each document on the pictures of a request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.contract.requirements import Requirement
from conformance.exchange import Exchange
from conformance.judging.geometry import iou, read_quad
from conformance.judging.tickets import lists_failed, unreadable_beside
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from conformance.exchange import TrueDocument, Truth
    from conformance.judging.observation import Observation
    from conformance.judging.results import Entry
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


# What became of each document on the picture of a request, and under which conditions it was asked for.


SEVERAL, BESIDE, TYPE_LIST = "several", "beside-unreadable", "type-list"
"""Conditions of a request: several readable documents, an unreadable one among them, a type_list."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One document on the picture of one request: which it is, under which conditions it was asked for, what became
    of it. `page` tells pictures apart by what is on them and where: however they are stored, it is one page.
    """

    document: Hashable
    conditions: frozenset[str]
    page: Hashable
    missed: bool
    mistyped: bool = False
    misread: bool = False


def units_of(view: View, relation: str | None = None) -> list[Unit]:
    """Each readable specimen that a valid request asks for, and what its answer made of it; none where nobody knows.

    `relation` is the requirement (its name) that relates the request to its control.
    """
    truth = view.exchange.truth
    understood = view.kind == "success" or view.nothing_found
    if truth is None or not understood or view.expectation.decision != "accept":
        return []
    if view.exchange.request.label is not None or (not view.contract.answers_tickets and len(truth.documents) > 1):
        return []
    found = _found(view, view.readable_documents)
    conditions = {relation} if relation is not None else set()
    conditions |= {SEVERAL} if sum(document.readable for document in truth.documents) > 1 else set()
    conditions |= {BESIDE} if not all(document.readable for document in truth.documents) else set()
    conditions |= {TYPE_LIST} if view.expectation.type_list is not None else set()
    page = _page(truth)
    return [
        Unit(
            document=print_of(document, truth),
            conditions=frozenset(conditions),
            page=page,
            missed=entry is None,
            mistyped=entry is None and mistyped,
            misread=entry is not None and _misread(view, document, entry),
        )
        for document, entry, mistyped in found
    ]


def unreadable_of(view: View) -> tuple[list[Hashable], bool]:
    """The documents on a picture that nobody can read, and whether its answer lists a failed ticket; no documents where
    there are none beside others that are recognised, or where nobody can tell.
    """
    truth, documents = view.exchange.truth, unreadable_beside(view)
    listed = lists_failed(view) if documents else None
    if truth is None or listed is None:
        return [], False
    return [print_of(document, truth) for document in documents], listed


def print_of(document: TrueDocument, truth: Truth) -> Hashable:
    """What tells a document from another on any page: its type, what is printed on it, how it is worn."""
    return document.type, document.fields, truth.alarms or frozenset()


def _page(truth: Truth) -> Hashable:
    return truth.width, truth.height, tuple((d.type, d.corners, d.readable) for d in truth.documents)


def _found(view: View, documents: Sequence[TrueDocument]) -> list[tuple[TrueDocument, Entry | None, bool]]:
    """Each document with the recognised entry of its type that lies nearest, and whether it was taken for another."""
    if view.contract.page.result == "fields":  # such an answer names no type and no place: it is of what was sent
        return [(document, next(iter(view.recognised), None), False) for document in documents]
    drawn = Counter(document.type for document in documents)
    left, paired = list(view.recognised), []
    for document in documents:
        alike = [entry for entry in left if entry.type == document.type]
        entry = max(alike, key=lambda other: _overlap(document, other), default=None)
        if entry is not None:
            left = [other for other in left if other is not entry]
        paired.append((document, entry))
    others = [entry for entry in left if entry.type in view.contract.types and not drawn[entry.type]]
    alone = len(documents) == 1
    return [
        (document, entry, any(alone or _overlap(document, other) >= _HALF for other in others))
        for document, entry in paired
    ]


_HALF = 0.5
"""Overlap (IoU) from which an entry of another type is taken to be of a document."""


def _overlap(document: TrueDocument, entry: Entry) -> float:
    quad = read_quad(entry.location)
    return iou(document.corners, quad) if quad is not None else 0.0


def _misread(view: View, document: TrueDocument, entry: Entry) -> bool:
    read = entry.fields if view.contract.answers_tickets else {}
    return any(read.get(name, value) != value for name, value in document.fields)
