"""Follows the bytes of an exchange: where head and body of an answer end, and what is left of its bounds."""

from __future__ import annotations

import re
import time
from typing import Literal, TypeAlias

from conformance.targets import Limits, TransportError

_BLANK_LINE = re.compile(rb"\n\r?\n")
_STATUS = re.compile(rb"HTTP/[0-9]\.[0-9] ([0-9]{3})(?![0-9])")
_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,20})[ \t]*(?:;.*)?", re.DOTALL)
_START = b"HTTP/"
_TLS_RECORDS = (b"\x15\x03", b"\x16\x03")
_HTTP2_SETTINGS = re.compile(rb"\x00[\x00-\xff]{2}\x04", re.DOTALL)
"""How the first frame of an HTTP/2 server begins: three bytes of length, the type SETTINGS (RFC 9113, section 3.4)."""

_FRAME_TYPE_AT = 4

TLS_CAME = "What came back is TLS, not HTTP: the origin may need https."
HTTP2_CAME = "What came back is HTTP/2, not HTTP/1.1: the port may take nothing else."


class AnswerFraming:
    """State of one answer while its bytes arrive: interim answers, head, body, and what comes after.

    `status` is the final status once its head is there, 0 where that head cannot be read; `begun` says that a head
    which is not interim is there. `announced` is the number of body bytes that the answer promises next. `complete`
    says that the end of the message was seen, `leftover` counts bytes after it.
    """

    def __init__(self, method: str, limits: Limits) -> None:
        """`method` is that of the request; of `limits` those on heads are kept here."""
        self.status = 0
        self.begun = False
        self.complete = False
        self.peculiar = False
        self.announced = 0
        self.leftover = 0
        self._bodiless = method == "HEAD"
        self._limits = limits
        self._interim_left = limits.interim_answers
        self._head = bytearray()
        self._searched = 0
        self._body: Literal["length", "chunks", "open"] = "open"
        self._skip = 0
        self._line = b""
        self._trailers = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the connection; raises TransportError for a head over a limit, or none of HTTP."""
        if self.begun:
            self._feed_body(data)
            return
        self._head += data
        while not self.begun:
            self._check_start()
            found = _BLANK_LINE.search(self._head, self._searched)
            if (found.end() if found else len(self._head)) > self._limits.header_bytes:
                raise TransportError("too-large", f"The head is longer than {self._limits.header_bytes} bytes.")
            if found is None:
                self._searched = max(0, len(self._head) - 2)
                return
            head, self._searched = bytes(self._head[: found.start()]), 0
            del self._head[: found.end()]
            self._take_head(head)
        rest = bytes(self._head)
        self._head.clear()
        self._feed_body(rest)

    def missing(self) -> str:
        """Where an answer stands that goes on no further, to end a sentence."""
        if not self.begun:
            return "within the head of the answer"
        if self._body == "length":
            return f"after {self.announced - self._skip} of {self.announced} bytes of the body"
        return "before the last chunk of the body" if self._body == "chunks" else "within the body"

    def _check_start(self) -> None:
        start = bytes(self._head[: len(_START)])
        if start == _START[: len(start)]:
            return
        if start[:2] in _TLS_RECORDS:
            raise TransportError("malformed", TLS_CAME)
        if start[:1] == b"\x00" and len(start) < _FRAME_TYPE_AT:
            return
        if _HTTP2_SETTINGS.match(start):
            raise TransportError("malformed", HTTP2_CAME)
        raise TransportError("malformed", "What came back does not begin like an HTTP answer.")

    def _take_head(self, head: bytes) -> None:
        lines = head.split(b"\n")
        if len(lines) - 1 > self._limits.header_count:
            raise TransportError("too-large", f"The head has more than {self._limits.header_count} header lines.")
        matched = _STATUS.match(lines[0])
        status = int(matched[1]) if matched else 0
        if matched and status < 100:
            raise TransportError("malformed", "The status is below 100.")
        if status == 101:
            raise TransportError("malformed", "The answer was 101 Switching Protocols, which nobody had asked for.")
        if 100 <= status < 200:
            self._interim_left -= 1
            if self._interim_left < 0:
                raise TransportError("malformed", "Interim answers (1xx) went on without an answer after them.")
            return
        self.begun, self.status = True, status
        self._frame(lines[1:])

    def _frame(self, lines: list[bytes]) -> None:
        """Read from the header lines how the body ends."""
        lengths: set[bytes] = set()
        chunked = False
        for line in lines:
            name, _, value = line.partition(b":")
            name = name.lower()
            if line[:1] in (b" ", b"\t"):
                self.peculiar = True  # a folded line may continue either of the two headers below
            elif name == b"content-length":
                lengths.update(part.strip() for part in value.split(b","))
            elif name == b"transfer-encoding":
                chunked = True
        self.peculiar |= self.status == 0 or (chunked and bool(lengths))
        if self._bodiless or self.status in (204, 304):
            self._expect(0)
        elif chunked:
            self._body = "chunks"
        elif lengths:
            (length, *others) = lengths
            self.peculiar |= bool(others) or not length.isdigit()
            self._expect(int(length) if length.isdigit() and len(length) <= 20 else 0)

    def _expect(self, length: int) -> None:
        self._body, self._skip, self.announced = "length", length, length
        self.complete = length == 0

    def _feed_body(self, data: bytes) -> None:
        if self.complete:
            self.leftover += len(data)
        elif self._body == "length":
            taken = min(self._skip, len(data))
            self._skip -= taken
            self.complete = self._skip == 0
            self.leftover += len(data) - taken
        elif self._body == "chunks":
            self._feed_chunks(data)

    def _feed_chunks(self, data: bytes) -> None:
        at = 0
        while at < len(data) and not self.peculiar:
            if self._skip:
                taken = min(self._skip, len(data) - at)
                self._skip -= taken
                at += taken
                continue
            end = data.find(b"\n", at)
            if end < 0:
                self._line += data[at:]
                return
            line, self._line = self._line + data[at:end], b""
            at = end + 1
            self._take_line(line)
            if self.complete:
                self.leftover += len(data) - at
                return

    def _take_line(self, line: bytes) -> None:
        if self._trailers:
            self.complete = line in (b"", b"\r")
            return
        matched = _CHUNK_SIZE.fullmatch(line.removesuffix(b"\r"))
        if matched is None or not line.endswith(b"\r"):
            self.peculiar = True
            return
        size = int(matched[1], 16)
        self.announced = size
        self._skip = size + 2 if size else 0
        self._trailers = size == 0


# What one exchange has used of its bounds, how far it has come, and what it means where a bound is passed.


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
