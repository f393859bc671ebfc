"""A source of choices for Hypothesis that knows nothing but the seed; loading it loads Hypothesis.

Hypothesis's own source mixes in constants from local modules: whatever this process has loaded of a checkout, or of a
user's application. With it a wheel draws otherwise than a checkout, and a worker otherwise than the process that
controls it.
"""

from __future__ import annotations

from hypothesis.internal.conjecture.providers import HypothesisProvider


class FromTheSeedAlone(HypothesisProvider):
    """Draws as Hypothesis does, without constants."""

    def _maybe_draw_constant(self, *_what: object, **_how: object) -> None:
        return None
