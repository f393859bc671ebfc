"""What a run may cost: requests, billable tickets, requests a second."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request


class LimitReachedError(Exception):
    """A limit that the user set ends the run; the message names it."""


@dataclass(slots=True)
class Budget:
    """Counts what was spent against what may be spent; None means no limit.

    `rate` is in requests a second. `reserve` holds the price of a request back before it is sent, `settle` replaces it
    by what the answer showed, so that the limit is overshot by one answer at most.
    """

    max_requests: int | None = None
    max_billable: int | None = None
    rate: float | None = None
    requests: int = 0
    billable: int = 0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _reserved: int = field(default=0, init=False)
    _next_at: float = field(default=0.0, init=False)

    def reserve(self, request: Request) -> None:
        """Hold back what `request` may cost, and wait for its turn. Raises LimitReachedError at a limit."""
        price = price_of(request)
        if self.max_requests is not None and self.requests + 1 > self.max_requests:
            raise LimitReachedError(f"--max-requests {self.max_requests} reached")
        if self.max_billable is not None and price and self.billable + price > self.max_billable:
            raise LimitReachedError(
                f"--max-billable {self.max_billable} reached: {self.billable} spent, the next request may cost {price}"
            )
        if self.rate is not None:
            now = self.clock()
            if now < self._next_at:
                self.sleep(self._next_at - now)
            self._next_at = max(now, self._next_at) + 1 / self.rate
        self.requests += 1
        self._reserved = price

    def settle(self, billed: int) -> None:
        """Replace the reserve of the request just answered by what its answer billed."""
        self._reserved = 0
        self.billable += billed


def price_of(request: Request) -> int:
    """Tickets that a request may bill at most: what is drawn on its picture, at least 1; 0 without a picture."""
    if request.truth is None:
        return 0
    return max(1, len(request.truth.documents))
