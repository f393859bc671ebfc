"""What a run under pytest has beside its items: a target that is known late, a recording, a report, the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NoReturn

import pytest
from _pytest.fixtures import TopRequest

from conformance.plugin.entry import FIXTURE, TARGET
from conformance.targets import TargetError
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.engine.ledger import Ledger
    from conformance.engine.options import Results, Settings
    from conformance.engine.recorder import Recorder
    from conformance.engine.session import Session
    from conformance.exchange import Request
    from conformance.report.shapes import Report
    from conformance.report.story import Story


_CREDENTIALS = "ocr_conformance_credentials"
_OVERRIDE = Text(
    "override it in the conftest.py of the folder that pytest is called in, or write --target=TARGET",
    "请在运行 pytest 的目录的 conftest.py 中重写该 fixture，或写 --target=TARGET",
)


class UnnamedTarget:
    """Stands for the target until it is known; under xdist the controller keeps it, and learns its name."""

    def __init__(self) -> None:
        """Named as in the command line."""
        self.name = FIXTURE

    def send(self, request: Request) -> NoReturn:
        """Nothing is sent before the target is known. Raises RuntimeError."""
        raise RuntimeError(f"nobody to send {request} to yet")

    def close(self) -> None:
        """Nothing was opened."""


def named_by_fixtures(item: pytest.Item, settings: Settings) -> tuple[Settings, object, Mapping[str, str] | None]:
    """What the project's fixtures name: the settings with their target, the object that is the target, an environment.

    The object is None where the target is a text, the environment where no credentials are given. Raises TargetError
    for values of other kinds, and whatever the fixtures raise.
    """
    target, credentials = _values(item)
    environment = None if credentials is None else _environment(credentials)
    if target is None or target == FIXTURE:
        expected = Text(f"the fixture {TARGET} to return a target", f"fixture {TARGET} 返回被测系统")
        raise TargetError(expected, Text(f"{target!r}", f"{target!r}"), _OVERRIDE)
    if not isinstance(target, str):
        return settings, target, environment
    if target == "reference" or target.startswith("cassette:"):
        raise TargetError(
            Text(f"a live target from the fixture {TARGET}", f"fixture {TARGET} 返回在线的被测系统"),
            Text(repr(target), repr(target)),
            Text(f"write --target={target}", f"请写 --target={target}"),
        )
    return replace(settings, target=target), None, environment


def _values(item: pytest.Item) -> tuple[object, object]:
    """The values of the two fixtures, which live until the session ends."""
    # As pytest does for its own items that are no functions (_pytest/doctest.py): there is no public way.
    information = item.session._fixturemanager.getfixtureinfo(node=item, func=None, cls=None)
    item._fixtureinfo, item.fixturenames = information, information.names_closure  # type: ignore[attr-defined]
    request = TopRequest(item, _ispytest=True)  # type: ignore[arg-type]
    return request.getfixturevalue(TARGET), request.getfixturevalue(_CREDENTIALS)


def _environment(credentials: object) -> Mapping[str, str]:
    """The environment with these credentials in the place of its own. No message quotes one. Raises TargetError."""
    from conformance.targets.accounts import VARIABLES  # late: it brings all that speaks HTTP

    given = {"token": credentials} if isinstance(credentials, str) else credentials
    expected = Text(
        f"a token or a mapping with some of {', '.join(VARIABLES)} from the fixture {_CREDENTIALS}",
        f"fixture {_CREDENTIALS} 返回 Token，或含 {'、'.join(VARIABLES)} 中若干键的映射",
    )
    if not isinstance(given, Mapping):
        kind = type(given).__name__
        raise TargetError(expected, Text(f"a {kind}", kind), Text("correct it", "请更正"))
    odd = [key for key, value in given.items() if key not in VARIABLES or not isinstance(value, str)]
    if odd:
        observed = Text("another key, or a value that is no text", "其他键，或值不是文本")
        raise TargetError(expected, observed, Text("correct it", "请更正"))
    kept = {name: value for name, value in os.environ.items() if name not in VARIABLES.values()}
    return {**kept, **{VARIABLES[key]: value for key, value in given.items() if value}}


# What is made of a run under pytest beside its items: a recording, a report, a comparison, and the verdict.


ONE_JOURNAL = Text(
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

    @property
    def language(self) -> str:
        """The language of the output."""
        return self.results.spoken

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
