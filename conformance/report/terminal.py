"""What a person sees in a terminal: a line that renews itself while a run goes on, the story of its report at its end.

Of the run itself only numbers and names are seen.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as Line

from conformance.report.phrases import by_reason, fields_in_words, notes_of, one_line, share_in_words, waiver_terms
from conformance.report.story import Failure
from conformance.report.wording import LEVEL_WORDS, NOT_PROVEN, PICTURES, SPARE_WAIVERS
from conformance.text import Text, counted

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.report.shapes import RequirementEntry, WaiverEntry
    from conformance.report.story import Story


def console_for(stream: TextIO, *, width: int | None = None) -> Console:
    """A console that prints text as it is: no markup, no highlighting; colour on a terminal without NO_COLOR only."""
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


# While a run goes on: one line that renews itself, or in a log only what cannot wait.


HEARTBEAT_S = 60.0
"""Seconds of silence in a log after which the run says that it goes on: some CI services end a job that is silent."""

_MINUTES_FROM_S = 120
_OUTCOMES = {
    "error": Text("KIT ERROR", "套件出错"),
    "failed": Text("FAILED", "未通过"),
    "unproven": Text("not proven", "未证实"),
}
"""Outcomes of a purpose that are worth a line of a log."""


_SOME = 1_000
"""Pictures from which a log is told that they are read."""


class _Named(Protocol):
    """A purpose."""

    @property
    def id(self) -> str: ...


class _Ended(Protocol):
    """What became of a purpose."""

    @property
    def purpose(self) -> _Named: ...
    @property
    def outcome(self) -> str: ...


class _Counting(Protocol):
    """The ledger of a run: requirements by verdict, requests, and tickets that were billed."""

    sent: int
    billable: int

    def score(self) -> Mapping[str, int]: ...


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
        ledger: _Counting,
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

    def exchanged(self, purpose: _Named, _planned: object, _attempt: int, _exchange: object) -> None:
        """Renew the line; in a log only after a long silence."""
        if self._status is not None:
            line = Line(f"{self._line()} · {purpose.id}", no_wrap=True, overflow="ellipsis")
            line.truncate(self._console.width - 3, overflow="ellipsis")
            self._status.update(line)
        elif self._clock() - self._spoke >= HEARTBEAT_S:
            self._say(self._line())

    def finished(self, result: _Ended) -> None:
        """Count the purpose; in a log, tell of one that failed or proved less than it should."""
        self._done += 1
        if self._status is None and result.outcome in _OUTCOMES:
            self._say(f"{_OUTCOMES[result.outcome].in_language(self._language)}  {result.purpose.id}")

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
            Text(counted(sent, "request"), f"请求 {sent}"),
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


# The story of its report, in plain lines.


_STYLES: Mapping[str, str] = MappingProxyType(
    {
        "conformant": "bold green",
        "nonconformant": "bold red",
        "inconclusive": "bold yellow",
        "error": "bold red",
    }
)
_WHOLE = 10
"""Failures printed with everything; of further ones there is a sentence each."""

_LISTED = 20
"""Entries printed under a title; the report has them all."""

_COLON = Text(": ", "：")
_LONGEST = 600
"""Characters printed of what was expected or observed."""


def print_story(console: Console, story: Story, language: str, *, brief: bool = False) -> None:
    """The verdict first, then failures as expected / observed / where / again, warnings, and what was not proven.

    `brief` leaves it at the verdict and what stopped the run. A `curl` line is never wrapped, so that it can be copied.
    """
    printer = _Printer(console, language)
    if not brief:
        console.print()
    printer.head(story, brief=brief)
    if brief:
        return
    for failure in story.failures[:_WHOLE]:
        printer.failure(failure)
    printer.broken(Text("Further failures", "其余未通过的要求"), story.failures[_WHOLE:])
    for group in story.groups:
        if group.consequence != "failure":
            printer.broken(group.words.title, group.failures)
    printer.unproven(story.unproven)
    printer.unneeded(story.spare_waivers)


class _Printer:
    """Prints in one language; everything that a target may have sent is made harmless first."""

    def __init__(self, console: Console, language: str) -> None:
        self._console = console
        self._language = language

    def head(self, story: Story, *, brief: bool) -> None:
        """Verdict and target, score and cost, what stopped the run, errors of the kit."""
        self._say(self._in(story.headline), _STYLES[story.verdict])
        if not brief:
            for line in (story.sentence, story.recognition, *story.scope, story.spared, story.cost):
                if line is not None:
                    self._say(f"  {self._in(line)}")
            self._recognition(story)
        for line in story.limits:
            self._say(self._in(line), "bold")

    def failure(self, failure: Failure) -> None:
        """One broken requirement with its first finding."""
        self._console.print()
        self._say(f"{self._in(Text('FAILED', '未通过'))} {failure.id}", "bold red")
        self._say(f"  {self._in(failure.statement)}")
        self._say(f"  {self._in(failure.kind)}")
        for name, value, _ in failure.rows:
            self._row(self._in(name), self._in(value))
        if failure.first["curl"]:
            self._console.print(Line(f"  {one_line(failure.first['curl'])}"), soft_wrap=True)

    def broken(self, title: Text, failures: Sequence[Failure]) -> None:
        """Broken requirements under a title, each with its first finding in a sentence, what else a statement could
        declare, and its waiver.
        """
        self._title(title, len(failures))
        for failure in failures[:_LISTED]:
            said, observed = self._in(failure.expected).rstrip(".。"), self._in(failure.observed)
            self._entry(failure.requirement, kind=failure.kind)
            if failure.expected != failure.statement:
                self._say(f"    {self._in(failure.statement)}")
            self._say(
                self._in(Text(f"    expected: {said}; observed: {observed}", f"    预期：{said}；实际：{observed}"))
            )
            for name, value, _ in failure.readings:
                self._say(f"    {self._in(name)}{self._in(_COLON)}{self._in(value)}")
            if failure.waiver is not None:
                self._say(f"    {self._in(waiver_terms(failure.waiver))}")
        self._more(len(failures))

    def unproven(self, requirements: Sequence[RequirementEntry]) -> None:
        """Requirements that nothing decided, under the reason that they share."""
        self._title(NOT_PROVEN, len(requirements))
        for reason, of_reason in by_reason(requirements[:_LISTED]).items():
            self._say(f"  {self._in(reason)}")
            for requirement in of_reason:
                self._entry(requirement, "    ")
        self._more(len(requirements))

    def unneeded(self, waivers: Sequence[WaiverEntry]) -> None:
        """Waivers of what is not broken in this run."""
        self._title(SPARE_WAIVERS, len(waivers))
        for waiver in waivers[:_LISTED]:
            self._say(f"  {waiver['requirement']}")
            self._say(f"    {self._in(waiver_terms(waiver))}")
        self._more(len(waivers))

    def _recognition(self, story: Story) -> None:
        """Recall and precision on pictures of the user's own."""
        for contract, entries in story.recognised.items():
            own = PICTURES["own"]
            self._say(f"  {self._in(Text(f'{contract}, {own.en}:', f'{contract}，{own.zh}：'))}")
            for entry in entries:
                recall, precision = share_in_words(entry["recall"]), share_in_words(entry["precision"])
                words = Text(
                    f"{entry['documents']} x {entry['type']}: recall {recall}, precision {precision}",
                    f"{entry['type']} {entry['documents']} 张：召回率 {recall}，精确率 {precision}",
                )
                self._say(f"    {self._in(words)}")
                if (fields := fields_in_words(entry)) is not None:
                    self._say(f"      {self._in(fields)}")
            for note in notes_of(story.report, contract):
                self._say(f"    {self._in(note)}")

    def _entry(self, requirement: RequirementEntry, indent: str = "  ", kind: Text | None = None) -> None:
        """A requirement with its level, or with all that `kind` says of it."""
        name, kind = requirement["id"], kind or LEVEL_WORDS[requirement["level"]]
        self._say(f"{indent}{self._in(Text(f'{name} ({kind.en})', f'{name}（{kind.zh}）'))}")

    def _title(self, title: Text, count: int) -> None:
        if count:
            self._console.print()
            self._say(f"{self._in(title)}{self._in(_COLON)}{count}", "bold yellow")

    def _more(self, count: int) -> None:
        left = count - _LISTED
        if left > 0:
            self._say(self._in(Text(f"  and {left} more, see the report", f"  另有 {left} 条，见报告")))

    def _in(self, text: Text) -> str:
        return text.in_language(self._language)

    def _say(self, text: str, style: str = "") -> None:
        indent = text[: len(text) - len(text.lstrip(" "))]
        self._hanging(indent, text.lstrip(" "), style=style)

    def _row(self, name: str, value: str) -> None:
        """`  name      value`, with further lines of the value below its first."""
        head = f"  {name}{' ' * max(1, 10 - cell_len(name))}"
        self._hanging(" " * cell_len(head), value, head)

    def _hanging(self, indent: str, text: str, head: str | None = None, style: str = "") -> None:
        """Text wrapped to the console, with `indent` before each line, and `head` in its stead before the first."""
        before = indent if head is None else head
        for line in self._wrapped(one_line(text, _LONGEST), self._console.width - cell_len(indent)):
            self._console.print(Line(before + line, style=style), no_wrap=True, soft_wrap=True)
            before = indent

    def _wrapped(self, text: str, width: int) -> Iterator[str]:
        for line in Line(text).wrap(self._console, max(20, width)):
            yield line.plain.rstrip()
