"""Draws values from a strategy outside of a test: minimal, and the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
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
    finds in the code of a checkout): a recording keeps what was drawn, not the seed alone. The storage directory of
    Hypothesis is a temporary one meanwhile, so that nothing is left in the folder the kit was called from.
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

    with _storage_aside():
        collect()
    return found


@contextmanager
def _storage_aside() -> Iterator[None]:
    from hypothesis import configuration

    with TemporaryDirectory(prefix="ocr-conformance-") as folder:
        configuration.set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            configuration.set_hypothesis_home_dir(None)  # back to its default or the environment's
