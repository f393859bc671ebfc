"""What is made of a run under pytest beside its items: a recording, a report, a comparison, and the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from conformance.text import Text

if TYPE_CHECKING:
    from conformance.engine.ledger import Ledger
    from conformance.engine.options import Results
    from conformance.engine.recorder import Recorder
    from conformance.engine.session import Session
    from conformance.report.shapes import Report
    from conformance.report.story import Story


_ONE_JOURNAL = Text(
    "--record with -n: expected one process, since a recording is one journal; leave out -n",
    "--record 与 -n：录制须由单个进程完成；请去掉 -n",
)


@dataclass(slots=True)
class Outcome:
    """What was asked for beyond items, and what came of it.

    `before` is the baseline; `story` is what the report tells, `lines` are printed behind its head; `regressed` says
    that the comparison found something worse.
    """

    results: Results
    before: Report | None = None
    recorder: Recorder | None = None
    lines: list[str] = field(default_factory=list)
    regressed: bool = False
    story: Story | None = None

    @classmethod
    def of(cls, session: Session, results: Results, *, several: bool) -> Outcome:
        """What is asked for of a run, `several` processes of which send requests. Raises BadInput."""
        from conformance.engine.recorder import Recorder
        from conformance.engine.settings import check_results
        from conformance.files import BadInput
        from conformance.report.folder import read_report

        check_results(results)
        if results.record is not None and several:
            raise BadInput(_ONE_JOURNAL)
        before = read_report(results.baseline) if results.baseline is not None else None
        return cls(results, before, Recorder.of(session.run, session.purposes, results))

    @property
    def language(self) -> str:
        """The language of the output."""
        return self.results.spoken

    def decide_limits(self, session: pytest.Session, opened: Session) -> None:
        """The controller of xdist alone has everything that limits of the target statement speak of."""
        from conformance.engine.outcomes import measure

        ledger = opened.run.ledger
        for contract in opened.run.contracts:
            measure(ledger, contract)
        for account in (a for a in ledger.accounts.values() if a.requirement.measure is not None):
            verdict, requirement = account.verdict, account.requirement
            reason = f": {account.undecided.en}" if verdict == "inconclusive" and account.undecided else ""
            self.lines.append(f"{verdict}: {requirement.id}{reason}")
            unproven = verdict == "inconclusive" and requirement.level == "must"
            if (unproven or (verdict == "fail" and ledger.fails(requirement))) and not session.exitstatus:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def conclude(self, session: Session, only: tuple[str, ...]) -> None:
        """Seal the recording, write the report, compare. Raises OSError, and CassetteError for the recording."""
        session.settle()
        if self.recorder is not None:
            self.recorder.seal()
        from conformance.report.compare import SAME_OR_BETTER, comparison_text
        from conformance.report.document import About
        from conformance.report.folder import conclude
        from conformance.report.markdown import annotation_lines, write_summary

        ledger = session.run.ledger
        ledger.arrange(session.purposes)
        ended = conclude(
            ledger,
            About.of(session, only or _selected(session), self.results.report),
            waivers=session.waivers,
            planned=session.purposes,
            written=self.results.report is not None,
            baseline=self.before,
        )
        self.story = ended.story
        self.lines += annotation_lines(ended.story, os.environ, self.language)
        write_summary(ended.story, os.environ, self.language)
        if self.results.report is not None:
            ended.write(self.results.report, self.language)
            self.lines.append(str(self.results.report / "report.html"))
        if ended.comparison is not None:
            self.regressed = ended.comparison.status != SAME_OR_BETTER
            self.lines += comparison_text(ended.comparison, self.language).splitlines()

    def decide(self, session: pytest.Session, ledger: Ledger) -> None:
        """Whatever others made of the items - run again, left out - the ledger decides what pytest ends with."""
        if session.exitstatus or session.config.option.collectonly:
            return
        if self.regressed or ledger.verdict == "nonconformant" or ledger.recognition == "not-met":
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        elif not ledger.results:
            session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED

    def verdict_lines(self) -> Iterator[str]:
        """The verdict of the requirements, what stopped the run, and what else there is to tell."""
        if self.story is not None:
            brief = [self.story.headline, *self.story.limits]
            for line in brief if self.results.quiet else self.story.head:
                yield line.in_language(self.language)
        yield from self.lines


@dataclass(slots=True, eq=False)  # hashed by pytest 8
class LastWord:
    """A plugin around all others: one of them that leaves every item out (pytest-testmon) ends its session with 0."""

    decide: Callable[[pytest.Session], None]

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None]:
        """After everybody else."""
        yield
        self.decide(session)


def _selected(session: Session) -> tuple[str, ...]:
    """Ids of the purposes that were run where pytest left others out (`-k`, `--lf`, `-x`), else none."""
    ledger = session.run.ledger
    ran = {result.purpose.id for result in ledger.results}
    if ledger.stop_reason is not None or all(purpose.id in ran for purpose in session.purposes):
        return ()
    return tuple(purpose.id for purpose in session.purposes if purpose.id in ran)
