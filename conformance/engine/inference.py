"""What may be said about shares of documents: intervals, tests and sample sizes, each with its method and its source.

Documents are the unit, not requests: one document that was asked for 27 times is one document. What was asked about a
document several times may agree wholly (an engine that misreads it once misreads it always), and is taken to do so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING

from conformance.files import DataError
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Hashable


CONFIDENCE = 0.95
"""Of an interval for which nobody stated another."""

ERROR = 0.05
"""One-sided: how often a rule with a margin may call something worse no worse."""

_MOST_DOCUMENTS = 10_000_000


@dataclass(frozen=True, slots=True)
class Interval:
    """A share `hits` of `trials` with its interval, which `documents` distinct ones stand behind (see `effective`).

    `low` to `high` is 0 to 1 without trials.
    """

    hits: float
    trials: float
    low: float
    high: float
    documents: float = 0.0

    @property
    def share(self) -> float | None:
        """None without trials."""
        return self.hits / self.trials if self.trials else None


def effective(sizes: Iterable[int]) -> float:
    """How many independent documents a sample is worth that has `sizes` trials of each: (sum)^2 / sum of squares.

    Kish's effective sample size (L. Kish, Survey Sampling, Wiley 1965, section 8.2) where trials of one document agree
    wholly (an intra-class correlation of 1): with as many trials of each it is the number of documents, and it is
    never more than that.
    """
    counted = [size for size in sizes if size]
    total = sum(counted)
    return total * total / sum(size * size for size in counted) if counted else 0.0


def wilson(hits: float, trials: float, confidence: float = CONFIDENCE, documents: float | None = None) -> Interval:
    """The two-sided Wilson score interval of a share (E. B. Wilson, JASA 22, 1927).

    With `documents` it is that of the share in a sample of so many, which is how Korn and Graubard (Survey Methodology
    24, 1998) take an interval for proportions to a sample in clusters.
    """
    if not trials:
        return Interval(0, 0, 0.0, 1.0)
    size = trials if documents is None else documents
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, square = hits / trials, z * z / size
    middle = (share + square / 2) / (1 + square)
    reach = z / (1 + square) * math.sqrt(share * (1 - share) / size + square / (4 * size))
    return Interval(hits, trials, max(0.0, middle - reach), min(1.0, middle + reach), size)


def error_rate(documents: Sequence[tuple[int, int]], confidence: float = CONFIDENCE) -> Interval:
    """Edits by characters, of so many of each in every document, with an interval.

    The variance is that of a ratio of two sums over independent documents (W. G. Cochran, Sampling Techniques, Wiley
    1977, section 6.4). Where no document has an error or there is but one, that variance says nothing: the upper bound
    is then Wilson's for as many documents.
    """
    edits, length = sum(edit for edit, _ in documents), sum(size for _, size in documents)
    if not length:
        return Interval(0, 0, 0.0, 1.0)
    rate, count = edits / length, len(documents)
    squares = sum((edit - rate * size) ** 2 for edit, size in documents)
    worth = effective(size for _, size in documents)
    if count < 2 or not squares:
        bounds = wilson(min(edits, length), length, confidence, worth)
        return Interval(edits, length, bounds.low, max(rate, bounds.high), count)
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    reach = z * math.sqrt(count / (count - 1) * squares) / length
    return Interval(edits, length, max(0.0, rate - reach), rate + reach, count)


def mcnemar(one: int, other: int) -> float:
    """The two-sided p-value of McNemar's exact test: `one` and `other` are the documents that only the one, or only
    the other, got right.

    Of the discordant ones each falls to either side by the toss of a coin (Q. McNemar, Psychometrika 12, 1947; the
    binomial distribution in place of his chi-square is exact). 1 without any.
    """
    count, least = one + other, min(one, other)
    tail: int = sum(math.comb(count, number) for number in range(least + 1))
    return float(min(1, 2 * tail / 2**count))


def tango(gained: float, lost: float, documents: float, margin: float) -> float:
    """The score statistic of a paired difference against `margin`, standard normal where that is the true difference.

    `gained` and `lost` are the documents that only the second, or only the first, got right. T. Tango, Equivalence test
    and confidence interval for the difference in proportions for the paired-sample design, Statistics in Medicine 17
    (1998), 891-908: the discordance is estimated under the hypothesis. Fractions of documents may be given: their
    variance is no greater than that of whole ones, so that the statistic then errs to the safe side.
    """
    difference = gained - lost - documents * margin
    b = -gained - lost + (2 * documents - gained + lost) * margin
    c = -lost * margin * (1 - margin)
    q = (math.sqrt(max(0.0, b * b - 8 * documents * c)) - b) / (4 * documents)
    variance = documents * (2 * q + margin * (1 - margin))
    if variance <= 0:
        return math.copysign(math.inf, difference) if difference else 0.0
    return difference / math.sqrt(variance)


def paired_bounds(gained: float, lost: float, documents: float, error: float = ERROR) -> tuple[float, float]:
    """Lower and upper bound of the difference that the second has over the first, each one-sided with `error`.

    Those differences that `tango` does not reject. -1 to 1 without documents.
    """
    if not documents:
        return -1.0, 1.0
    z = NormalDist().inv_cdf(1 - error)
    estimate = (gained - lost) / documents

    def bound(inside: float, outside: float, sign: float) -> float:
        for _ in range(50):
            middle = (inside + outside) / 2
            if sign * tango(gained, lost, documents, middle) < z:
                inside = middle
            else:
                outside = middle
        return inside

    return bound(estimate, -1.0, 1.0), bound(estimate, 1.0, -1.0)


def power(documents: int, margin: float, discordance: float, difference: float = 0.0, error: float = ERROR) -> float:
    """The chance that a second one, better by `difference` in truth, is found no worse than `margin` below the first.

    `discordance` is the share of documents that only one of them gets right. Exact: what may come out is summed over
    the trinomial distribution of documents (but for tails of 1e-9), each decided as `compare --margin` does.
    """
    z = NormalDist().inv_cdf(1 - error)
    better = (discordance + difference) / 2
    chance = 0.0
    for differing, weight in _binomial(documents, discordance):
        found = (
            (gained, part)
            for gained, part in _binomial(differing, better / discordance if discordance else 0.0)
            if tango(gained, differing - gained, documents, -margin) >= z
        )
        chance += weight * sum(part for _, part in found)
    return chance


def _binomial(count: int, chance: float) -> Iterable[tuple[int, float]]:
    """Values of a binomial variable within six and a half standard deviations, with their probabilities."""
    if chance <= 0 or chance >= 1 or not count:
        return [(round(count * chance), 1.0)]
    reach = 6.5 * math.sqrt(count * chance * (1 - chance)) + 3
    low, high = max(0, math.floor(count * chance - reach)), min(count, math.ceil(count * chance + reach))
    start = math.lgamma(count + 1)
    return [
        (
            number,
            math.exp(
                start
                - math.lgamma(number + 1)
                - math.lgamma(count - number + 1)
                + number * math.log(chance)
                + (count - number) * math.log1p(-chance)
            ),
        )
        for number in range(low, high + 1)
    ]


def documents_needed(
    margin: float, wanted: float, discordance: float, difference: float = 0.0, error: float = ERROR
) -> int | None:
    """How many documents it takes to be found no worse, with at least the chance `wanted`; None above ten million.

    Begins at the number of the normal approximation, (z + z)^2 (discordance - difference^2) / (difference + margin)^2
    (J. Nam, Biometrics 53, 1997, for the paired design), and takes one per cent more until `power` says that it is
    enough.
    """
    if difference + margin <= 0:
        return None
    normal = NormalDist()
    reach = normal.inv_cdf(1 - error) + normal.inv_cdf(wanted)
    spread = max(discordance - difference * difference, 1e-9)
    count = max(1, math.ceil(reach * reach * spread / (difference + margin) ** 2))
    while count <= _MOST_DOCUMENTS:
        if power(count, margin, discordance, difference, error) >= wanted:
            return count
        count += max(1, count // 100)
    return None


@dataclass(frozen=True, slots=True)
class Sample:
    """How many documents a comparison of two runs takes to call the second no worse than the first but for `margin`.

    `documents` decide with the chance `power` where `discordance` of them are got right by one run alone and the second
    is better by `difference`; None where no number does. See `documents_needed`.
    """

    margin: float
    power: float
    discordance: float
    difference: float
    documents: int | None

    @classmethod
    def of(cls, margin: float, power: float, discordance: float, difference: float = 0.0) -> Sample:
        """Raises DataError where the second cannot be better by `difference` with so few that differ."""
        if abs(difference) > discordance:
            raise DataError(
                Text(
                    f"--difference: expected no more than --discordance ({discordance:g}): the share of documents that "
                    f"only one of both gets right; found {difference:g}",
                    f"--difference：不应大于 --discordance（{discordance:g}），即仅一方正确的票证所占比例；"
                    f"实际为 {difference:g}",
                )
            )
        needed = documents_needed(margin, power, discordance, difference)
        return cls(margin, power, discordance, difference, needed)


# Tests of habits, which a run may look at after each answer, and go on until it knows: e-values (see `habits`).
#
# ALPHA is the error rate of a whole run, over all its contracts: each test gets ALPHA / TESTS (by the union bound), and
# all contracts of the kit together make no more than TESTS of them.


ALPHA = 1e-4
"""Probability that a run calls anything a habit although every document is missed alike with and without."""

TESTS = 400
"""Tests that a run makes at most: for each contract its relations in both directions, for misses, misreadings and pairs
of unknown pictures; conditions; wrong types."""

CERTAIN = TESTS / ALPHA
"""The e-value from which a habit is taken to be one."""


HABIT = 0.95
"""Rate of a habit that is never left off."""

_WRONG_TYPES = 0.1
"""Share of documents that an engine may take for another type without that being a habit."""


def bernoulli(event: bool, rate: float) -> float:
    """Logarithm of the likelihood of an event, or of its absence, at a rate."""
    return math.log(rate if event else 1 - rate)


@dataclass(slots=True)
class WrongTypes:
    """Distinct documents, and how many of them were taken for another type when they were first told a type.

    A document that is taken for another type, again and again, is an implementation's habit: distinct documents (each
    counts once, however often it was asked) are held against a rate of wrong types of one in ten.
    """

    documents: dict[Hashable, bool] = field(default_factory=dict)

    @property
    def evidence(self) -> float:
        """The e-value against a rate of wrong types of one in ten."""
        return math.exp(sum(bernoulli(w, HABIT) - bernoulli(w, _WRONG_TYPES) for w in self.documents.values()))

    @property
    def certain(self) -> bool:
        """Whether wrong types are a habit."""
        return self.evidence >= CERTAIN

    def in_words(self) -> Text:
        """`15 of 16 distinct documents taken for another type; chance of that, at one in ten, at most 1e-09`."""
        wrong, chance = sum(self.documents.values()), f"{1 / max(self.evidence, 1.0):.0e}"
        return Text(
            f"{wrong} of {len(self.documents)} distinct documents taken for another type; "
            f"chance of that, at one in ten, at most {chance}",
            f"{len(self.documents)} 份不同文档中有 {wrong} 份被认作其他类型；按十分之一计，偶然概率至多 {chance}",
        )


@dataclass(slots=True)
class Pairs:
    """Pairs of answers about one picture that nobody knows, of which one lacks what the other one has.

    If both requests are answered alike, either one lacks something with the same chance: each such pair is a fair coin
    (the sign test), whatever the engine's rate, and the e-value multiplies by the likelihood ratio of 0.95 to 0.5.
    """

    first: int = 0
    second: int = 0

    @property
    def certain(self) -> bool:
        """Whether it is always the same one that lacks something, beyond chance."""
        return max(self._log(self.first, self.second), self._log(self.second, self.first)) >= math.log(CERTAIN)

    @staticmethod
    def _log(more: int, less: int) -> float:
        return more * math.log(HABIT / 0.5) + less * math.log((1 - HABIT) / 0.5)

    def in_words(self) -> Text:
        """`24 of 24 pairs that differ lack something in the same one`."""
        most, both = max(self.first, self.second), self.first + self.second
        return Text(
            f"{most} of {both} pairs that differ lack something in the same one of the two; chance of that at most "
            f"{1 / CERTAIN:.0e}",
            f"在有差异的 {both} 对中，{most} 对均为同一侧缺失；偶然概率至多 {1 / CERTAIN:.0e}",
        )
