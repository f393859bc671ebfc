"""Draws values from a strategy outside of a test; Hypothesis is loaded when it is first used."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, TypeVar

__all__ = ["st"]


# Hypothesis's strategies under the name `st`, loaded when they are first used: most commands need none.


if TYPE_CHECKING:
    from hypothesis import strategies as st
else:

    class _Strategies:
        def __getattr__(self, name: str) -> object:
            from hypothesis import strategies

            return getattr(strategies, name)

    st = _Strategies()


T = TypeVar("T")

_TURNS = 4
"""How often drawing goes on where values came twice, before the strategy counts as exhausted."""

_BACKEND = "ocr-conformance"


def example(strategy: st.SearchStrategy[T], seed: int) -> T:
    """One value: the minimal one of the strategy, which does not depend on the seed."""
    return examples(strategy, 1, seed)[0]


def examples(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    """At most `count` unlike values, the minimal one first; fewer where the strategy has hardly any more.

    The seed reproduces them as long as Hypothesis and the kit stay the same: a recording keeps what was drawn, not the
    seed alone. Nothing is left in the folder that the kit was called from.
    """
    found: list[T] = []
    seeds = Random(seed)
    for _ in range(_TURNS):
        if len(found) == count:
            break
        # Every turn begins with the minimal value, which later turns only find again.
        wanted = count - len(found) + bool(found)
        found = _unlike(found + _drawn(strategy, wanted, seeds.getrandbits(64)))
    return found


def _unlike(values: list[T]) -> list[T]:
    """Each value once, in the order in which they came."""
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # values that have no hash
        return [value for at, value in enumerate(values) if value not in values[:at]]


def _drawn(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    """`count` values, some of which may be alike."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS

    AVAILABLE_PROVIDERS[_BACKEND] = "conformance.strategies.choices.FromTheSeedAlone"
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
        backend=_BACKEND,
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found
