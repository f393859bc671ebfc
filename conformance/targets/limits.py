"""The bounds of one exchange, and what it has used of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal, TypeAlias

from conformance.targets.errors import TargetError, TransportError
from conformance.targets.framing import AnswerFraming

Stage: TypeAlias = Literal["connecting", "handshake", "sending", "waiting", "receiving"]
"""How far an exchange has come: it says what a deadline that passes means."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of time and memory one exchange may take.

    `deadline_s`: seconds for name resolution, connection, request and answer together. `wire_bytes`: what is read from
    the connection, heads included. `decoded_bytes`: the body after Content-Encoding is undone. `header_count` and
    `header_bytes`: header lines and bytes of one head. `interim_answers`: 1xx answers before the answer itself.
    """

    deadline_s: float = 30.0
    wire_bytes: int = 16 * 1024 * 1024
    decoded_bytes: int = 16 * 1024 * 1024
    header_count: int = 256
    header_bytes: int = 64 * 1024
    interim_answers: int = 32

    def __post_init__(self) -> None:
        """Raise TargetError where a limit is not above zero."""
        for name in ("deadline_s", "wire_bytes", "decoded_bytes", "header_count", "header_bytes"):
            if not getattr(self, name) > 0:
                raise TargetError(f"{name} above zero", str(getattr(self, name)), "give a positive limit")


class Meter:
    """Counts what one exchange uses and raises TransportError where a limit is passed."""

    def __init__(self, limits: Limits, method: str) -> None:
        """Begins at once; `method` is that of the request."""
        self.stage: Stage = "connecting"
        self.odd: list[str] = []
        self.suspicious = False
        self._reused = True
        self.framing = AnswerFraming(method, limits.header_count, limits.header_bytes, limits.interim_answers)
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
                return TransportError("timeout", f"The answer was not finished {after}.")

    def ended(self) -> TransportError:
        """The error for a connection that ended too early, by a close or a reset: often it is chance which."""
        if self.stage != "receiving" and self._reused:
            # The other side may have closed it just before the request: from here on, none is kept.
            self.suspicious = True
            return TransportError("closed", "The connection, kept from the exchange before, ended before an answer.")
        if self.stage != "receiving":
            return TransportError("closed", "The connection ended before an answer began.")
        return TransportError("closed", f"The connection ended {self.framing.missing()}.")

    def connected(self) -> None:
        """A connection, or a tunnel to the target, stands: what was read so far is no part of the answer."""
        self._reused = False
        limits = self._limits
        self.framing = AnswerFraming(self._method, limits.header_count, limits.header_bytes, limits.interim_answers)

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
