"""How choices are made under Hypothesis, where its public strategies do not say it; loading it loads Hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis.internal.conjecture.providers import HypothesisProvider
from hypothesis.strategies import SearchStrategy

if TYPE_CHECKING:
    from hypothesis.internal.conjecture.data import ConjectureData

_HARDLY_EVER = 2.0**-40


class FromTheSeedAlone(HypothesisProvider):
    """Draws as Hypothesis does, without constants.

    Hypothesis's own source mixes in constants from local modules: whatever this process has loaded of a checkout, or of
    a user's application. With it a wheel draws otherwise than a checkout, and a worker otherwise than the process that
    controls it.
    """

    def _maybe_draw_constant(self, *_what: object, **_how: object) -> None:
        return None


class AtLast(SearchStrategy[bool]):
    """False while anything new can follow it, True from then on.

    Hypothesis draws nothing twice, and what it has drawn is all that it needs to know for that: the strategy itself
    keeps nothing. Left to chance, True never comes; it is drawn where False leads to nothing new, and once at the
    beginning, when Hypothesis wants the first choice to differ from that of its first example.
    """

    def do_draw(self, data: ConjectureData) -> bool:
        """One choice, which shrinks to False."""
        return data.draw_boolean(_HARDLY_EVER)
