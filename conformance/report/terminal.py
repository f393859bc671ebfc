"""What a person sees in a terminal at the end of a run: the story of its report, in plain lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as Line

from conformance.report.phrases import by_reason, fields_in_words, notes_of, one_line, share_in_words, waiver_terms
from conformance.report.story import Failure
from conformance.report.wording import LEVEL_WORDS, NOT_PROVEN, PICTURES, SPARE_WAIVERS
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import RequirementEntry, WaiverEntry
    from conformance.report.story import Story

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


def console_for(stream: TextIO, *, width: int | None = None) -> Console:
    """A console that prints text as it is: no markup, no highlighting; colour on a terminal without NO_COLOR only."""
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


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
