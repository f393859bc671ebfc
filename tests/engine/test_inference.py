"""Intervals, tests and sample sizes against published figures, and against the same worked out another way."""

from __future__ import annotations

import math

import pytest

from conformance.engine.inference import (
    documents_needed,
    effective,
    error_rate,
    mcnemar,
    paired_bounds,
    power,
    tango,
    wilson,
)


def test_the_interval_is_that_of_wilson() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 and 15 of 148.
    assert [round(share, 4) for share in (wilson(81, 263).low, wilson(81, 263).high)] == [0.2553, 0.3662]
    assert [round(share, 4) for share in (wilson(15, 148).low, wilson(15, 148).high)] == [0.0624, 0.1605]
    assert (wilson(0, 20).low, round(wilson(0, 20).high, 4)) == (0.0, 0.1611)
    assert (wilson(0, 0).low, wilson(0, 0).high, wilson(0, 0).share) == (0.0, 1.0, None)


def test_one_document_asked_27_times_is_one_document() -> None:
    assert effective([27]) == 1.0
    assert effective([3] * 9) == 9.0
    assert effective([1] * 9 + [18]) == pytest.approx(27 * 27 / (9 + 18 * 18))
    assert effective([]) == 0.0
    found = wilson(27, 27, documents=effective([27]))
    assert (found.share, found.low) == (1.0, wilson(1, 1).low)


def test_an_error_rate_is_that_of_all_characters_and_its_interval_that_of_documents() -> None:
    # Rate 3 / 40; residuals of the documents -0.75, 0.5, 0.25 with 10, 20, 10 characters.
    found = error_rate([(0, 10), (2, 20), (1, 10)])
    squares = 0.75**2 + 0.5**2 + 0.25**2
    reach = 1.959964 * math.sqrt(3 / 2 * squares) / 40
    assert (found.share, found.documents) == (0.075, 3)
    assert (found.low, found.high) == pytest.approx((0.075 - reach, 0.075 + reach), abs=1e-6)


def test_an_error_rate_without_errors_is_bounded_by_the_number_of_documents() -> None:
    found = error_rate([(0, 10)] * 20)
    assert (found.share, found.low, round(found.high, 4)) == (0.0, 0.0, 0.1611)
    assert error_rate([]).share is None


def test_mcnemar_is_the_toss_of_a_coin_for_each_discordant_document() -> None:
    assert mcnemar(0, 0) == mcnemar(4, 4) == 1.0
    assert mcnemar(0, 5) == mcnemar(5, 0) == 2 / 32
    assert mcnemar(1, 9) == pytest.approx(2 * (1 + 10) / 1024)


def constrained(gained: float, lost: float, documents: float, margin: float) -> float:
    """Tango's statistic with its estimate found by looking for the greatest likelihood, not by the closed formula."""

    def likelihood(q: float) -> float:
        terms = ((gained, q + margin), (lost, q), (documents - gained - lost, 1 - 2 * q - margin))
        return sum(count * math.log(chance) for count, chance in terms if count)

    low, high = max(1e-12, -margin + 1e-12), (1 - margin) / 2 - 1e-12
    for _ in range(200):  # the likelihood has one top
        left, right = low + (high - low) / 3, high - (high - low) / 3
        low, high = (left, high) if likelihood(left) < likelihood(right) else (low, right)
    q = (low + high) / 2
    return (gained - lost - documents * margin) / math.sqrt(documents * (2 * q + margin * (1 - margin)))


@pytest.mark.parametrize("counts", [(86, 150, 1600), (3, 9, 50), (0, 4, 40), (12, 2, 200)])
@pytest.mark.parametrize("margin", [-0.1, -0.02, 0.03])
def test_the_score_of_a_paired_difference_is_that_of_the_greatest_likelihood(
    counts: tuple[int, int, int], margin: float
) -> None:
    assert tango(*counts, margin) == pytest.approx(constrained(*counts, margin), rel=1e-4)


def test_bounds_of_a_paired_difference_are_where_the_score_rejects() -> None:
    # Approval of a prime minister, asked twice (Agresti, Categorical Data Analysis): published as 0.02 to 0.06.
    low, high = paired_bounds(150, 86, 1600, 0.025)
    assert (round(low, 4), round(high, 4)) == (0.0214, 0.0590)
    low, high = paired_bounds(0, 0, 100)
    assert low == pytest.approx(-high)
    assert -0.03 < low < -0.02  # z^2 / n: nothing differed, and a little may
    assert paired_bounds(0, 0, 0) == (-1.0, 1.0)


def test_a_rule_errs_no_more_often_than_it_says() -> None:
    assert power(400, 0.05, 0.1, difference=-0.05) <= 0.055
    assert power(1000, 0.02, 0.1, difference=-0.02) == pytest.approx(0.05, abs=0.005)


def test_as_many_documents_as_are_needed_have_the_power_that_was_asked_for() -> None:
    needed = documents_needed(0.02, 0.8, 0.1)
    assert needed is not None
    assert 1500 < needed < 1650  # (1.645 + 0.842)^2 * 0.1 / 0.0004 = 1546
    assert power(needed, 0.02, 0.1) >= 0.8 > power(needed * 9 // 10, 0.02, 0.1)
    assert documents_needed(0.02, 0.8, 0.1, difference=-0.02) is None
