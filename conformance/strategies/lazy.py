"""Hypothesis's strategies under the name `st`, loaded when they are first used: most commands need none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypothesis import strategies as st
else:

    class _Strategies:
        def __getattr__(self, name: str) -> object:
            from hypothesis import strategies

            return getattr(strategies, name)

    st = _Strategies()

__all__ = ["st"]
