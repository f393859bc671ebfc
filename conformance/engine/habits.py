"""A miss is no breach, a habit is: whether what a target did not find is explained by the misses of its own engine.

The documents promise no accuracy. A document that is not recognised says something about conformity only where it
comes with what was asked - a second ticket, a `type_list`, another spelling - and not with the document. For each such
*condition* a sequential test compares how often the same documents are missed with it and without it.

*Statistic.* Observations of one document (its print, by type and fields) in one layout form a stratum, which begins
when the document is first asked for under the condition. Its e-value is the likelihood ratio of "missed with
probability a under the condition, b without" to the one probability, the same for both, that explains all of it best:
the sequential likelihood ratio with a running estimate of "Universal inference" (L. Wasserman, A. Ramdas,
S. Balakrishnan, PNAS 117 (29), 2020, 16880-16890; arXiv:1912.11436). a and b are learnt from what came before, a
between 0.6 and 0.95, since a habit is what a target does more often than not. If the condition changes nothing, the
ratio is at most the one to the document's own rate, a martingale that begins at 1, whatever that rate is and whatever
decides what is asked next. The same holds for products of strata, and for means of such values: half is the mean of
the products of all sets of strata, half a mixture of single strata. By Ville's inequality (see A. Ramdas, P. Gruenwald,
V. Vovk, G. Shafer, "Game-theoretic statistics and safe anytime-valid inference", Statist. Sci. 38 (4), 2023;
arXiv:2210.01948) one ever reaches 1/alpha with probability alpha at most: a run may look at it after each answer, and
go on asking for what it likes until it knows. Blocks of one observation each way would be no such test (R. J. Turner,
A. Ly, P. D. Gruenwald, "Generic E-variables for exact sequential k-sample tests that allow for optional stopping",
J. Statist. Plann. Inference 230, 2024, 106116; arXiv:2106.02693): they have to be filled whatever their first half
shows, and a run asks again where something was missed, not where it was found.

*Assumptions.* Given the document and all earlier answers, an observation is missed with the document's own rate. That
may be anything from never to always; it is the same in all observations of a layout, and what is missed beside it on
the page has nothing to do with it. A page counts once with a condition and once without it, however often it was
sent, in whatever file format: an engine that answers by the picture alone is no evidence by repetition.

*Error rate.* ALPHA, 1 in 10,000, is that of a whole run (see `inference`, with the tests of wrong types and of pairs).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.engine.account import ANYWHERE, Place
from conformance.engine.inference import CERTAIN, HABIT, Pairs, WrongTypes, bernoulli
from conformance.engine.recognised import BESIDE, SEVERAL, TYPE_LIST, Unit
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

Kind: TypeAlias = Literal["missed", "misread"]
Wanted: TypeAlias = "tuple[str, Hashable, frozenset[str]]"
"""A condition, and a document in a layout: whether it is missed without the condition is to be known."""

PROMISING = 10.0
"""The e-value from which it is worth asking again, if what waits for its block were never missed otherwise."""

_HOPED, _SUGGESTED = 3.0, 2.0
"""The same for one document that was just missed: after one miss, and once it was found without the condition."""

_OFTEN = 0.6
"""Rate of a habit that shows in three of five observations."""

_LEAST, _MOST = 0.02, 0.9
"""Bounds of the rate that is learnt of a document without the condition."""

_DOUBTFUL, _DULL, _ENOUGH = 0.35, 0.33, 24
"""Rates without the condition beyond which more observations of a document, or of any once so many were seen, are not
worth their cost."""


@dataclass(slots=True)
class _Stratum:
    """One document in one layout, from the first time on that it was asked for under the condition.

    `log` is the logarithm of the likelihood that the alternative gives to what was seen since; `counts` has events and
    observations since, with the condition and without; `beside` has those without it since ever: it is learnt from.
    """

    log: float = 0.0
    counts: dict[bool, tuple[int, int]] = field(default_factory=lambda: {True: (0, 0), False: (0, 0)})
    beside: tuple[int, int] = (0, 0)
    started: bool = False

    @property
    def habit_rate(self) -> float:
        """The rate that earlier observations under the condition have shown, between _OFTEN and HABIT."""
        events, seen = self.counts[True]
        return min(HABIT, max(_OFTEN, (events + 1.9) / (seen + 2)))

    @property
    def beside_rate(self) -> float:
        """The rate that earlier observations without the condition have shown."""
        events, seen = self.beside
        return min(_MOST, max(_LEAST, (events + 0.2) / (seen + 4)))

    def add(self, event: bool, under: bool) -> None:
        """Enter an observation."""
        if self.started:
            self.log += bernoulli(event, self.habit_rate if under else self.beside_rate)
            self.counts[under] = self.counts[under][0] + event, self.counts[under][1] + 1
        if not under:
            self.beside = self.beside[0] + event, self.beside[1] + 1

    @property
    def log_e(self) -> float:
        """Logarithm of the e-value: the likelihood ratio to the rate that explains everything best without a habit."""
        (one, ones), (other, others) = self.counts[True], self.counts[False]
        return self.log - _most_likely(one + other, ones + others)

    @property
    def hope(self) -> float:
        """What `log_e` becomes if the document is asked for without the condition as often as with it, and is found."""
        ones, (other, others) = self.counts[True], self.counts[False]
        more = max(0, ones[1] - others)
        log = self.log
        for turn in range(more):
            log += math.log(1 - min(_MOST, max(_LEAST, (self.beside[0] + 0.2) / (self.beside[1] + turn + 4))))
        return log - _most_likely(ones[0] + other, ones[1] + others + more)

    @property
    def waiting(self) -> bool:
        """Whether it was asked for under the condition more often than without it since."""
        return self.counts[True][1] > self.counts[False][1]


def _most_likely(events: int, seen: int) -> float:
    """Logarithm of the greatest likelihood that any one rate gives to so many events."""
    return sum(count * math.log(count / seen) for count in (events, seen - events) if count)


@dataclass(slots=True)
class Trial:
    """The test of one condition: counts with and without it, of the documents that were asked in both ways."""

    strata: dict[tuple[Hashable, frozenset[str]], _Stratum] = field(default_factory=dict)
    known: set[Hashable] = field(default_factory=set)
    counts: dict[bool, list[int]] = field(default_factory=lambda: {True: [0, 0], False: [0, 0]})
    started: list[_Stratum] = field(default_factory=list)

    def add(self, stratum: tuple[Hashable, frozenset[str]], page: Hashable, event: bool, under: bool) -> None:
        """Enter an observation of a document on a page, made under the condition or not."""
        if (stratum, page, under) in self.known:
            return
        self.known.add((stratum, page, under))
        kept = self.strata.setdefault(stratum, _Stratum())
        self.counts[under][0] += event
        self.counts[under][1] += 1
        if under and not kept.started:
            self.started.append(kept)
            kept.started = True
        kept.add(event, under)

    @property
    def evidence(self) -> float:
        """The e-value: half the mean of the products over all sets of strata, half a mixture of the strata with weights
        1 / (j (j + 1)).
        """
        values = [math.exp(min(600.0, kept.log_e)) for kept in self.started]
        sets = math.exp(min(600.0, sum(math.log((1 + value) / 2) for value in values)))
        mixture = 1 + sum((value - 1) / (j * (j + 1)) for j, value in enumerate(values, 1))
        return 0.5 * sets + 0.5 * mixture

    @property
    def certain(self) -> bool:
        """Whether the condition makes a difference, beyond the chance that a run allows itself."""
        return self.evidence >= CERTAIN

    @property
    def dull(self) -> bool:
        """Whether so much is missed without the condition, too, that looking for a habit is not worth its cost."""
        return self.counts[False][1] >= _ENOUGH and self.counts[False][0] > _DULL * self.counts[False][1]

    @property
    def wanting(self) -> tuple[Hashable, frozenset[str]] | None:
        """The document, and the layout, whose observations without the condition may turn misses into a habit."""
        best, hoped = None, math.log(PROMISING)
        for stratum, kept in () if self.dull else self.strata.items():
            if kept.waiting and kept.beside_rate <= _DOUBTFUL and kept.hope > hoped:
                best, hoped = stratum, kept.hope
        return best

    def in_words(self) -> Text:
        """The counts and the chance: `not recognised 9 of 9 times ...; otherwise 1 of 40; chance at most 1e-06`."""
        (hits, trials), (others, beside) = self.counts[True], self.counts[False]
        chance = f"{1 / max(self.evidence, 1.0):.0e}"
        return Text(
            f"wrong {hits} of {trials} times under this condition, {others} of {beside} times without it; "
            f"chance of that at most {chance}",
            f"此条件下 {trials} 次中 {hits} 次有误，无此条件时 {beside} 次中 {others} 次；偶然概率至多 {chance}",
        )


KINDS: tuple[Kind, ...] = ("missed", "misread")

FIRST = "first of "
"""Begins the condition of the first request of a relation: it may be that one which makes a target miss something."""

LAYOUTS = frozenset({SEVERAL, BESIDE})
"""Conditions that are of the page: a test of another one compares only observations that agree in them."""

CONDITIONS: Mapping[str, tuple[str, ...]] = {
    "ticket.found": (SEVERAL, TYPE_LIST),
    "failed-ticket.alone": (BESIDE,),
    "relation.parts": (SEVERAL,),
    "ticket.true": (),
    "document.type.true": (),
}
"""Under which conditions a miss may be a habit that breaks a requirement, by its name; a relation is one itself."""

OF_TYPES = frozenset({"ticket.found", "ticket.true", "document.type.true"})
"""Requirements that the habit of wrong types breaks."""


class Habits:
    """All tests of a run, by contract: fed with every document that was asked for, asked about requirements."""

    def __init__(self) -> None:
        """Knows nothing."""
        self.types: dict[str, WrongTypes] = {}
        self.pairs: dict[tuple[str, str], Pairs] = {}
        self._trials: dict[tuple[str, Kind, str], Trial] = {}
        self.units: dict[str, list[Unit]] = {}
        self._places: dict[str, list[Place]] = {}
        self._known: set[tuple[str, Hashable, Hashable, frozenset[str]]] = set()

    def add(self, other: Habits) -> None:
        """Enter what was seen by another process, or in another part of the traffic: all of it in its order."""
        for key, theirs in other.pairs.items():
            pairs = self.pairs.setdefault(key, Pairs())
            pairs.first, pairs.second = pairs.first + theirs.first, pairs.second + theirs.second
        seen = [
            (place, contract_id, unit)
            for habits in (self, other)
            for contract_id, units in habits.units.items()
            for place, unit in zip(habits._places[contract_id], units, strict=True)
        ]
        self.units, self._places, self._known, self.types = {}, {}, set(), {}
        self._trials = {key: trial for key, trial in self._trials.items() if key[2].startswith(FIRST)}
        for place, contract_id, unit in sorted(seen, key=itemgetter(0)):
            self.see(contract_id, [unit], place)

    def see(self, contract_id: str, units: Iterable[Unit], place: Place = ANYWHERE) -> None:
        """Enter the documents of one exchange; what was asked before in the same way counts once."""
        types = self.types.setdefault(contract_id, WrongTypes())
        for unit in units:
            key = (contract_id, unit.document, unit.page, unit.conditions)
            if key in self._known:
                continue
            self._known.add(key)
            if unit.mistyped or not unit.missed:
                types.documents.setdefault(unit.document, unit.mistyped)
            self.units.setdefault(contract_id, []).append(unit)
            self._places.setdefault(contract_id, []).append(place)
            for (of, kind, condition), trial in self._trials.items():
                if of == contract_id and not condition.startswith(FIRST):
                    _enter(trial, unit, kind, condition)

    def trial(self, contract_id: str, condition: str, kind: Kind = "missed") -> Trial:
        """The test of a condition, over everything that was seen and will be."""
        key = (contract_id, kind, condition)
        if key not in self._trials:
            self._trials[key] = trial = Trial()
            for unit in () if condition.startswith(FIRST) else self.units.get(contract_id, ()):
                _enter(trial, unit, kind, condition)
        return self._trials[key]

    def proof(self, contract_id: str, requirement: str) -> Text | None:
        """Why misses that a requirement (its name) speaks of are a habit; None where they may be chance."""
        kinds: tuple[Kind, ...] = ("missed", "misread") if requirement not in CONDITIONS else ("missed",)
        for condition in CONDITIONS.get(requirement, (requirement, f"{FIRST}{requirement}")):
            for kind in kinds:
                trial = self.trial(contract_id, condition, kind)
                if trial.certain:
                    return trial.in_words()
        pairs = self.pairs.get((contract_id, requirement))
        if pairs is not None and pairs.certain:
            return pairs.in_words()
        types = self.types.get(contract_id)
        return types.in_words() if types is not None and types.certain and requirement in OF_TYPES else None

    def relate(self, contract_id: str, relation: str, first: Iterable[Unit], second: Iterable[Unit]) -> None:
        """Enter both answers of a pair once more, for the case that it is the first one that misses something."""
        for kind in KINDS:
            trial = self.trial(contract_id, f"{FIRST}{relation}", kind)
            for units, under in ((first, True), (second, False)):
                for unit in units:
                    _enter(trial, unit, kind, "", under=under)

    def compare(self, contract_id: str, relation: str, first: int, second: int) -> None:
        """Enter a pair of which nobody knows what is on the picture: how many things the first and the second lack."""
        pairs = self.pairs.setdefault((contract_id, relation), Pairs())
        pairs.first += first > 0 and not second
        pairs.second += second > 0 and not first

    def promising(self, contract_id: str, requirement: str) -> bool:
        """Whether misses of a requirement (its name) look like a habit so much that more of the same decides it."""
        conditions = CONDITIONS.get(requirement, ())
        return any(self.trial(contract_id, condition).evidence >= PROMISING for condition in conditions)

    def pursued(self, contract_id: str, name: str, missed: frozenset[Hashable], under: frozenset[str]) -> Wanted | bool:
        """What to ask next of documents just missed `under` some conditions: them without one, or (True) once more."""
        for condition in (condition for condition in CONDITIONS.get(name, ()) if condition in under):
            trial = self.trial(contract_id, condition)
            for (document, layout), kept in () if trial.dull else trial.strata.items():
                if document in missed and layout == (under & LAYOUTS) - {condition}:
                    if kept.waiting and kept.beside_rate <= _DOUBTFUL and kept.hope > math.log(_HOPED):
                        return condition, document, layout
                    if not kept.waiting and kept.log_e > math.log(_SUGGESTED):
                        return True
        return False

    def wanting(self, contract_id: str, requirement: str) -> Wanted | None:
        """What decides if misses of a requirement (its name) are a habit; None where nothing is left to ask."""
        for condition in CONDITIONS.get(requirement, ()):
            stratum = self.trial(contract_id, condition).wanting
            if stratum is not None:
                return condition, *stratum
        return None


def _enter(trial: Trial, unit: Unit, kind: Kind, condition: str, *, under: bool | None = None) -> None:
    if kind == "misread" and unit.missed:
        return
    layout = (unit.conditions & LAYOUTS) - {condition}
    event = unit.missed if kind == "missed" else unit.misread
    trial.add((unit.document, layout), unit.page, event, condition in unit.conditions if under is None else under)
