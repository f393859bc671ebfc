"""What pytest collects: an item for each purpose, and for each contract that has limits over the whole run; and the
target that fixtures name for them.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import pytest
from _pytest.fixtures import TopRequest

from conformance.contract.requirements import MEASURED
from conformance.targets import TargetError
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _pytest._code.code import TerminalRepr

    from conformance.contract.contract import Contract
    from conformance.engine.account import PurposeResult
    from conformance.engine.options import Settings
    from conformance.engine.purposes import Purpose
    from conformance.engine.session import Session
    from conformance.exchange import Request

    _Begin = Callable[[pytest.Item], None]

SESSION = pytest.StashKey["Session"]()
"""The run that the items belong to, in the stash of pytest's configuration."""

BEGIN = pytest.StashKey["_Begin"]()
"""What makes the run begin once its first purpose is set up, where a fixture names the target."""

SPOKEN = pytest.StashKey[str]()
"""The language of findings: `en` or `zh`."""


class ConformanceWarning(UserWarning):
    """A broken requirement of level should."""


class PurposeFailedError(AssertionError):
    """A purpose broke or did not prove a requirement of level must: a defect of what is tested, as in any test."""


class SuiteFile(pytest.File):
    """All purposes of the session, wherever their files are."""

    def collect(self) -> Iterator[_Item]:
        """One item a purpose, in the engine's order."""
        session = session_of(self)
        for purpose in session.purposes:
            yield PurposeItem.from_parent(self, name=purpose.id, purpose=purpose)
        for contract in session.run.contracts:
            yield from _limits_item(self, contract)


class PurposeFile(pytest.File):
    """One file of `cases/<contract id>/`."""

    def collect(self) -> Iterator[_Item]:
        """One item for each purpose of the file that the session runs."""
        from conformance.engine.case_files import stated_ids
        from conformance.files import BadInput

        session = session_of(self)
        contract = next(c for c in session.run.contracts if c.id == self.path.parent.name)
        files = sorted(self.path.parent.glob("*.toml"))
        try:
            stated = {path: stated_ids(path, contract) for path in files}
        except BadInput as mistake:
            raise self.CollectError(str(mistake)) from None
        purposes = {p.id: p for p in session.purposes if p.contract_id == contract.id}
        names = stated[self.path]
        if self.path == files[-1]:
            # What no file states comes with the last one: pictures of the user's own, what an edition inherits.
            names |= purposes.keys() - set[str]().union(*stated.values())
        for purpose in purposes.values():
            if purpose.id in names:
                yield PurposeItem.from_parent(self, name=purpose.name, purpose=purpose)
        if self.path == files[-1]:
            yield from _limits_item(self, contract)


def _warn(warning: ConformanceWarning) -> None:
    """Warn, also where a project makes errors of warnings: a should fails nothing, and hides no must beside it."""
    try:
        warnings.warn(warning, stacklevel=1)
    except ConformanceWarning:
        with warnings.catch_warnings():
            warnings.simplefilter("always", ConformanceWarning)
            warnings.warn(warning, stacklevel=1)


class _Item(pytest.Item):
    """Passes where nothing broke and everything aimed at was proven."""

    def conclude(self, result: PurposeResult) -> None:
        """Warn of each broken should. Raises PurposeFailedError."""
        for finding in result.warnings:
            observation = finding.observation
            words = observation.observed.in_language(self.config.stash[SPOKEN])
            _warn(ConformanceWarning(f"{observation.requirement}: {words}"))
        if not result.passed:
            raise PurposeFailedError(_explain(result, session_of(self), self.config))

    def repr_failure(
        self,
        excinfo: pytest.ExceptionInfo[BaseException],
        style: Literal["auto", "long", "short", "line", "native", "value", "no"] | None = None,
    ) -> str | TerminalRepr:
        """The finding, not the kit's internals."""
        if isinstance(excinfo.value, PurposeFailedError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)


class PurposeItem(_Item):
    """One purpose."""

    def __init__(self, *, purpose: Purpose, **arguments: object) -> None:
        """Marked with its depth and with the levels of the requirements it aims at."""
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.purpose = purpose
        self.funcargs: dict[str, object] = {}  # plugins look for fixtures in every item (pytest-embedded)
        session = session_of(self)
        contract = next(c for c in session.run.contracts if c.id == purpose.contract_id)
        for mark in {purpose.depth, *(contract.requirements[aim].level for aim in purpose.aims)}:
            self.add_marker(mark)

    def setup(self) -> None:
        """Learn the target from a fixture, where it is not known yet."""
        begin = self.config.stash.get(BEGIN, None)
        if begin is not None:
            begin(self)

    def runtest(self) -> None:
        """Run the purpose; a broken should becomes a warning."""
        from conformance.engine.availability import UNREACHED
        from conformance.files import BadInput

        session = session_of(self)
        if session.run.ledger.stop_text is not None:
            why = session.run.ledger.stop_text
            words = Text(f"not run: {why.en}", f"未运行：{why.zh}")
            raise PurposeFailedError(words.in_language(self.config.stash[SPOKEN]))
        try:
            result = session.run.run_purpose(self.purpose)
        except BadInput as mistake:
            end(self, mistake.words)
        gone = session.run.ledger.stop_text
        if gone is not None and session.run.ledger.stop_reason == UNREACHED:
            end(self, gone)
        self.conclude(result)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the purpose is stated."""
        # Not the end of the node id, of which the terminal would write dots as colons.
        return self.path, None, f"{self.purpose.id}: {self.purpose.title.in_language(self.config.stash[SPOKEN])}"


class LimitsItem(_Item):
    """What the target statement limits over the whole run of a contract; the last item, as it needs all others."""

    def __init__(self, *, contract: Contract, **arguments: object) -> None:
        """Runs no purpose of its own."""
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.contract = contract

    def runtest(self) -> None:
        """Decide the limits; a broken should becomes a warning."""
        from conformance.engine.outcomes import measure

        result = measure(session_of(self).run.ledger, self.contract)
        if result is not None:
            self.conclude(result)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it comes from."""
        return self.path, None, f"{self.contract.id}/measured"


def end(item: pytest.Item, words: Text) -> NoReturn:
    """End pytest with status 4: nobody to test, or no recording to read. Raises PurposeFailedError in a worker."""
    told = words.in_language(item.config.stash[SPOKEN])
    if hasattr(item.config, "workerinput"):  # xdist takes a worker that exits for one that crashed
        raise PurposeFailedError(told)
    pytest.exit(told, returncode=4)


def _explain(result: PurposeResult, session: Session, config: pytest.Config) -> str:
    from conformance.report.document import purpose_entry
    from conformance.report.phrases import purpose_blocks
    from conformance.report.transcript import caller_of

    if result.error is not None:
        return f"the kit failed in {result.purpose.id}: {result.error}"
    entry = purpose_entry(result, caller_of(session, config.getoption("ocr_conformance_report", None)))
    failing = {f.observation.requirement for f in result.failures}
    broken = [finding for finding in entry["findings"] if finding["requirement"] in failing]
    return "\n\n".join(purpose_blocks(entry, broken, config.stash[SPOKEN]))


def _limits_item(parent: pytest.Collector, contract: Contract) -> Iterator[LimitsItem]:
    """The item of a contract that has limits; a worker of xdist has too little to decide them."""
    limited = any(requirement.measure is not None for requirement in contract.requirements.values())
    if limited and not hasattr(parent.config, "workerinput"):
        yield LimitsItem.from_parent(parent, name=MEASURED, contract=contract)


def session_of(node: pytest.Item | pytest.Collector) -> Session:
    """The run that a node of the collection belongs to."""
    return node.config.stash[SESSION]


# The target that fixtures of the project name, known once the first purpose is set up.


_TARGET, _CREDENTIALS = "ocr_conformance_target", "ocr_conformance_credentials"
"""The fixtures, which entry.py defines."""

_OVERRIDE = Text(
    "override it in the conftest.py of the folder that pytest is called in, or write --target=TARGET",
    "请在运行 pytest 的目录的 conftest.py 中重写该 fixture，或写 --target=TARGET",
)


class UnnamedTarget:
    """Stands for the target until it is known; under xdist the controller keeps it, and learns its name."""

    def __init__(self, name: str) -> None:
        """Named as in the command line."""
        self.name = name

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
    if target is None or target == settings.target:
        expected = Text(f"the fixture {_TARGET} to return a target", f"fixture {_TARGET} 返回被测系统")
        raise TargetError(expected, Text(f"{target!r}", f"{target!r}"), _OVERRIDE)
    if not isinstance(target, str):
        return settings, target, environment
    if target == "reference" or target.startswith("cassette:"):
        raise TargetError(
            Text(f"a live target from the fixture {_TARGET}", f"fixture {_TARGET} 返回在线的被测系统"),
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
    return request.getfixturevalue(_TARGET), request.getfixturevalue(_CREDENTIALS)


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
