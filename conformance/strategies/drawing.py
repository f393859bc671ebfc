"""Draws values from a strategy outside of a test: minimal, and the same for the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

T = TypeVar("T")


def example(strategy: SearchStrategy[T], seed: int) -> T:
    """One value: the minimal one of the strategy, which does not depend on the seed."""
    return examples(strategy, 1, seed)[0]


def examples(strategy: SearchStrategy[T], count: int, seed: int) -> list[T]:
    """At most `count` values, the minimal one first; fewer where the strategy has no more.

    Reproduced by the seed as long as Hypothesis and the kit stay the same (Hypothesis also draws constants that it
    finds in the code of a checkout): a recording keeps what was drawn, not the seed alone. From the second value on
    Hypothesis keeps a cache in its storage directory: `.hypothesis`, or what HYPOTHESIS_STORAGE_DIRECTORY names.
    """
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded

    found: list[T] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        phases=(Phase.explicit, Phase.generate),
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found
