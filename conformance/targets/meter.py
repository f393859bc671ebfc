"""What one exchange has used of its bounds, how far it has come, and what it means where a bound is passed."""

from __future__ import annotations

import time
from typing import Literal, TypeAlias

from conformance.targets.errors import TransportError
from conformance.targets.framing import AnswerFraming
from conformance.targets.limits import Limits

Stage: TypeAlias = Literal["connecting", "handshake", "sending", "waiting", "receiving"]
"""How far an exchange has come: it says what a deadline that passes means."""


class Meter:
    """Counts what one exchange uses and raises TransportError where a limit is passed."""

    def __init__(self, limits: Limits, method: str) -> None:
        """Begins at once; `method` is that of the request."""
        self.stage: Stage = "connecting"
        self.odd: list[str] = []
        self.suspicious = False
        self._reused = True
        self.framing = AnswerFraming(method, limits)
        self._limits = limits
        self._method = method
        self._started = time.monotonic()
        self._first_sent = self._last_received = self._started
        self._wire_bytes = 0

    def left(self) -> float:
        """Seconds left of the deadline; raises TransportError where none are."""
        left = self._started + self._limits.deadline_s - time.monotonic()
        if left <= 0:
            raise self.deadline_passed()
        return left

    def deadline_passed(self) -> TransportError:
        """The error that fits the stage: before a request is sent, the deadline means that there is no connection."""
        after = f"within {self._limits.deadline_s:g} s"
        match self.stage:
            case "connecting":
                return TransportError("unreachable", f"No connection came about {after}.")
            case "handshake":
                return TransportError("tls", f"The TLS handshake was not finished {after}.")
            case "sending":
                return TransportError("timeout", f"The request was not taken {after}.")
            case "waiting":
                return TransportError("timeout", f"No answer began {after}.")
            case "receiving":
                return TransportError("timeout", f"The answer was not finished {after}.", begun=True)

    def ended(self) -> TransportError:
        """The error for a connection that ended too early, by a close or a reset: often it is chance which."""
        if self.stage != "receiving" and self._reused:
            return self.ended_idle()
        if self.stage != "receiving":
            return TransportError("closed", "The connection ended before an answer began.")
        return TransportError("closed", f"The connection ended {self.framing.missing()}.", begun=True)

    def ended_idle(self) -> TransportError:
        """The error for a connection that was kept, and ended just when the request went: from here on none is kept."""
        self.suspicious = True
        return TransportError(
            "closed", "The connection, kept from the exchange before, ended before an answer.", kept=True
        )

    def connected(self) -> None:
        """A connection, or a tunnel to the target, stands: what was read so far is no part of the answer."""
        self._reused = False
        self.framing = AnswerFraming(self._method, self._limits)

    def sending(self) -> None:
        """Bytes of the request are about to be written."""
        if self.stage in ("connecting", "handshake"):
            self.stage = "sending"
            self._first_sent = time.monotonic()

    def received(self, data: bytes) -> None:
        """Count what was read; empty `data` is the end of the connection."""
        self._last_received = time.monotonic()
        if not data:
            return
        self.stage = "receiving"
        self._wire_bytes += len(data)
        if self._wire_bytes > self._limits.wire_bytes:
            raise self._too_many_bytes()
        self.framing.feed(data)
        if self.framing.announced > self._limits.wire_bytes:
            raise self._too_many_bytes()

    @property
    def reused(self) -> bool:
        """Whether the exchange goes over a connection that was kept from the one before."""
        return self._reused

    def unasked(self) -> None:
        """Bytes came that belong to no answer: more may come too late to be seen."""
        self.suspicious = True
        if self.stage == "receiving":
            self.odd.append("Unasked bytes followed the answer.")
        else:
            self.odd.append("Unasked bytes lay on the connection kept from the exchange before.")

    def elapsed(self) -> float:
        """Seconds from the first byte sent to the last byte received."""
        return max(0.0, self._last_received - self._first_sent)

    def _too_many_bytes(self) -> TransportError:
        return TransportError("too-large", f"The answer is longer than {self._limits.wire_bytes} bytes.")
