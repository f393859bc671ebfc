"""How long to wait: before a request is sent again, where the target said that it is overloaded, and for an answer.

Retry-After is honoured (HTTP 429 and 503; RFC 9110, section 10.2.3); so are APIG.0308 and ModelArts.4401, which state
no time. A 503 without Retry-After is an answer: the documents say not to repeat it. Only the last answer is judged.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from conformance.exchange import TransportFailure

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.exchange import Request
    from conformance.judging.view import View

PATIENT_S = 90.0
"""Enough for the gateway's window, which the text of APIG.0308 gives as one minute."""

_SECONDS = re.compile(r"[0-9]{1,9}")


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Patience:
    """Waits for one request `total_s` seconds in all, at first `first_s`, then twice as long each time; 0 is none.

    Where a request used all of it up, further ones wait for nothing until the target answers one again: a run against a
    target that is always overloaded ends. `now` is the time in UTC, for a Retry-After that is a date.
    """

    total_s: float = 0.0
    first_s: float = 1.0
    now: Callable[[], datetime] = _utc_now
    _waited_s: float = field(default=0.0, init=False)
    _next_s: float = field(default=0.0, init=False)
    _used_up: bool = field(default=False, init=False)

    def wait_s(self, view: View) -> float | None:
        """Seconds until the request is to be sent again, None where its answer stands."""
        if not view.throttled or view.response is None:
            self._start_over(used_up=False)
            return None
        asked = seconds_of(view.response.header("Retry-After"), self.now)
        self._next_s = max(self.first_s, 2 * self._next_s)
        wait = max(self._next_s, asked or 0.0)
        if self._used_up or self._waited_s + wait > self.total_s:
            self._start_over(used_up=True)
            return None
        self._waited_s += wait
        return wait

    def _start_over(self, *, used_up: bool) -> None:
        self._used_up = used_up
        self._waited_s = self._next_s = 0.0


_KNOWN_AFTER = 2
"""Hung answers in one purpose after which it is known that the target hangs there."""

_LONG_ENOUGH_S = 36.0
"""Seconds waited in one purpose where the target is known to hang, after which the rest of it is not asked."""

_SLOWER, _AT_LEAST_S = 10.0, 3.0


@dataclass(slots=True)
class Hangs:
    """How long the answer to a request is waited for, where the target has hung before.

    An answer hangs that does not come within the deadline. After two in a purpose the rest of it, and what has the same
    kind of fault in other purposes, waits ten times as long as the slowest answer of this target took, 3 s at least.
    """

    slowest_s: float = field(default=0.0, init=False)
    _waited_s: float = field(default=0.0, init=False)
    _here: int = field(default=0, init=False)
    _kinds: set[str] = field(default_factory=set, init=False)
    _hung_kinds: set[str] = field(default_factory=set, init=False)

    def begin(self) -> None:
        """Another purpose begins."""
        self._here, self._waited_s = 0, 0.0
        self._kinds.clear()

    def again(self) -> None:
        """The purpose is run again: what hung in it is not waited for as long a second time."""
        self._hung_kinds |= self._kinds

    @property
    def known(self) -> bool:
        """Whether so many answers hung in this purpose that nothing is learnt by running it again."""
        return self._here >= _KNOWN_AFTER

    @property
    def enough(self) -> bool:
        """Whether answers were waited for so long in this purpose that the rest is not asked."""
        return self._waited_s >= _LONG_ENOUGH_S

    @property
    def short_s(self) -> float:
        """Seconds that are waited for an answer where the target is known to hang."""
        return round(max(_AT_LEAST_S, _SLOWER * self.slowest_s), 1)

    def deadline_s(self, request: Request) -> float | None:
        """Seconds for this request; None for those of any request."""
        return self.short_s if self.known or _kind_of(request) in self._hung_kinds else None

    def saw(self, view: View) -> None:
        """Learn from an answer, or from its absence."""
        answer = view.exchange.answer
        if not isinstance(answer, TransportFailure):
            self.slowest_s = max(self.slowest_s, answer.elapsed_s)
        elif answer.kind == "timeout":
            if self.deadline_s(view.exchange.request) is not None:
                self._waited_s += self.short_s
            self._here += 1
            self._kinds |= {_kind_of(view.exchange.request)} - {""}
            if self.known:
                self._hung_kinds |= self._kinds


def _kind_of(request: Request) -> str:
    """What the faults of one kind have in common: `body` of `body.not-json`; empty for a valid request."""
    return request.label.fault.partition(".")[0] if request.label is not None else ""


def seconds_of(retry_after: str | None, now: Callable[[], datetime]) -> float | None:
    """Seconds that a Retry-After asks for, which is a number or a date; None where it is neither."""
    if retry_after is None:
        return None
    text = retry_after.strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text) if _SECONDS.fullmatch(text) else math.inf
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return max(0.0, ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now()).total_seconds())
