"""What a person sees while a run goes on: one line that renews itself, or in a log only what cannot wait."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.text import Text as Line

from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from conformance.engine.account import PurposeResult
    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.engine.scripts import Planned
    from conformance.exchange import Exchange

HEARTBEAT_S = 60.0
"""Seconds of silence in a log after which the run says that it goes on: some CI services end a job that is silent."""

_MINUTES_FROM_S = 120
_WORDS = {
    "error": Text("KIT ERROR", "套件出错"),
    "failed": Text("FAILED", "未通过"),
    "unproven": Text("not proven", "未证实"),
}
"""Outcomes of a purpose that are worth a line of a log."""


_SOME = 1_000
"""Pictures from which a log is told that they are read."""


class Reading:
    """Told of each picture of the user's own while they are read, before the first request: a line that renews itself
    on a terminal, or one line in a log where they are many.
    """

    def __init__(self, console: Console, folder: Path, language: str) -> None:
        self._console, self._folder, self._language = console, folder, language
        self._read = 0
        self._status = console.status(self._words()) if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def __call__(self) -> None:
        """One more."""
        self._read += 1
        if self._status is not None and self._read % 50 == 0:
            self._status.update(self._words())
        elif self._status is None and self._read == _SOME:
            self._console.print(self._words(), soft_wrap=True)

    def close(self) -> None:
        """Remove the line."""
        if self._status is not None:
            self._status.stop()

    def _words(self) -> Line:
        words = Text(
            f"reading the pictures of {self._folder}: {self._read:,}", f"正在读取 {self._folder} 的图片：{self._read:,}"
        )
        return Line(words.in_language(self._language))


class Progress:
    """A listener that tells what goes on.

    On a terminal it is one line: purposes done, the time left, requests, what they proved, what they cost. Elsewhere it
    is a line for each purpose that fails, and the same line as on a terminal after a minute without one.
    """

    def __init__(
        self,
        console: Console,
        total: int,
        language: str,
        ledger: Ledger,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`total` is the number of purposes, `clock` gives seconds."""
        self._console = console
        self._total = total
        self._language = language
        self._ledger = ledger
        self._clock = clock
        self._done = 0
        self._started = self._spoke = clock()
        self._status = console.status("") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def exchanged(self, purpose: Purpose, _planned: Planned, _attempt: int, _exchange: Exchange) -> None:
        """Renew the line; in a log only after a long silence."""
        if self._status is not None:
            line = Line(f"{self._line()} · {purpose.id}", no_wrap=True, overflow="ellipsis")
            line.truncate(self._console.width - 3, overflow="ellipsis")
            self._status.update(line)
        elif self._clock() - self._spoke >= HEARTBEAT_S:
            self._say(self._line())

    def finished(self, result: PurposeResult) -> None:
        """Count the purpose; in a log, tell of one that failed or proved less than it should."""
        self._done += 1
        if self._status is None and result.outcome in _WORDS:
            self._say(f"{_WORDS[result.outcome].in_language(self._language)}  {result.purpose.id}")

    def close(self) -> None:
        """Remove the line."""
        if self._status is not None:
            self._status.stop()

    def _say(self, text: str) -> None:
        self._spoke = self._clock()
        self._console.print(Line(text), soft_wrap=True)

    def _line(self) -> str:
        score, sent, billed = self._ledger.score(), self._ledger.sent, self._ledger.billable
        proven, failed, undecided = score["proven"], score["failed"], score["inconclusive"]
        parts = (  # what a narrow terminal cuts off is the end
            Text(f"{self._done}/{self._total}", f"{self._done}/{self._total}"),
            self._time_left(),
            Text(f"{sent} requests", f"请求 {sent}"),
            Text(
                f"{proven} proven, {failed} failed, {undecided} open",
                f"已证实 {proven}，未通过 {failed}，待定 {undecided}",
            ),
            Text(f"{billed} billed", f"计费 {billed} 次"),
        )
        return " · ".join(part.in_language(self._language) for part in parts)

    def _time_left(self) -> Text:
        if not self._done:
            return Text("? s left", "剩余时间未知")
        left = (self._clock() - self._started) / self._done * (self._total - self._done)
        if left >= _MINUTES_FROM_S:
            return Text(f"{left / 60:.0f} min left", f"约剩 {left / 60:.0f} 分")
        return Text(f"{left:.0f} s left", f"约剩 {left:.0f} 秒")
