"""A limit on calls per minute, as the gateway in front of the operations has one.

Source: APIG.0308 in the page of error codes; its text names the limit and the unit of one minute.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from conformance.reference.errors import TOO_MANY_REQUESTS, RefusedError, refused

if TYPE_CHECKING:
    from datetime import datetime

_WINDOW = timedelta(minutes=1)


class Throttle:
    """Lets so many calls through in any minute."""

    def __init__(self, calls_per_minute: int) -> None:
        """Raises ValueError for a limit below 1."""
        if calls_per_minute < 1:
            raise ValueError(
                f"a limit of {calls_per_minute} calls per minute lets nothing through; it must be at least 1"
            )
        self._limit = calls_per_minute
        self._times: deque[datetime] = deque()
        self._lock = threading.Lock()

    def admit(self, now: datetime) -> None:
        """Count a call; raises RefusedError with APIG.0308 where it is one too many."""
        with self._lock:
            while self._times and now - self._times[0] >= _WINDOW:
                self._times.popleft()
            if len(self._times) < self._limit:
                self._times.append(now)
                return
        error = refused(TOO_MANY_REQUESTS, "throttled")
        message = error.refusal.message.format(limit=self._limit)
        raise RefusedError(replace(error.refusal, message=message))
