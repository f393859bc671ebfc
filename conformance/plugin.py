"""The pytest plugin: one item for each purpose, driven by the same engine as the command line.

Inert unless `--target` is given. `pytest cases --target=URL` collects the purpose files of a checkout,
`pytest --pyargs conformance.suite --target=URL` those of the installed kit.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import warnings
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from conformance.contract.tables import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _pytest._code.code import TerminalRepr
    from xdist.workermanage import WorkerController

    from conformance.contract.contract import Contract
    from conformance.engine.ledger import PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.engine.session import Session

_SESSION = pytest.StashKey["Session"]()
_SHARED = pytest.StashKey[Path]()
_LIMITS = pytest.StashKey[list[str]]()
_LEARNT, _BUDGET, _STRICT = "ocr_conformance", "ocr_conformance_budget", "ocr_conformance_strict"
"""Names under which controller and workers of xdist pass things on."""


class ConformanceWarning(UserWarning):
    """A broken requirement of level should."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `ocr-conformance run` that say what to run; `--strict` is pytest's own and counts as well."""
    group = parser.getgroup("ocr-conformance", "conformance of an OCR classification API")
    group.addoption("--target", metavar="TARGET", help="http(s) origin, `reference`, or `cassette:DIR` to test")
    group.addoption("--contract", action="append", default=[], metavar="ID", help="contract to test; may be repeated")
    group.addoption("--depth", choices=("smoke", "standard", "thorough"), help="how much to ask (default: standard)")
    group.addoption("--statement", type=Path, metavar="FILE", help="target statement (TOML)")
    group.addoption("--token", metavar="T", help="token; better in the environment as OCR_CONFORMANCE_TOKEN")
    group.addoption("--images", type=Path, metavar="DIR", help="pictures of your own, with a manifest.toml")
    group.addoption("--only", action="append", default=[], metavar="ID", help="run only this purpose or requirement")
    group.addoption("--seed", type=int, metavar="N", help="seed of what is drawn")
    group.addoption("--max-requests", type=_at_least_one, metavar="N", help="end the run after N requests")
    group.addoption("--max-billable", type=_at_least_one, metavar="N", help="end before N tickets are billed")
    group.addoption("--rate", type=_rate, metavar="N/s", help="requests a second at most: 5 or 5/s")
    group.addoption("--timeout", type=float, default=30.0, metavar="S", help="seconds for one request, all in all")


def pytest_configure(config: pytest.Config) -> None:
    """Register the level markers, and open the session where a target is given."""
    for level in ("must", "should", "open"):
        config.addinivalue_line("markers", f"{level}: purposes that aim at a requirement of this level")
    for depth in ("smoke", "standard", "thorough"):
        config.addinivalue_line("markers", f"{depth}: purposes of this depth")
    if config.getoption("--target") is None:
        return
    from conformance.engine.session import BAD_INPUT, Settings, open_session

    option = config.getoption
    worker: dict[str, str] = getattr(config, "workerinput", {})
    settings = Settings(
        target=option("--target"),
        contracts=tuple(option("--contract")),
        depth=option("--depth"),
        statement=option("--statement"),
        token=option("--token"),
        images=option("--images"),
        cases=_cases_folder(config),
        only=tuple(option("--only")),
        seed=option("--seed"),
        max_requests=option("--max-requests"),
        max_billable=option("--max-billable"),
        rate=option("--rate"),
        timeout_s=option("--timeout"),
        strict=_strict(config),
        shared_budget=Path(worker[_BUDGET]) if _BUDGET in worker else None,
    )
    try:
        config.stash[_SESSION] = open_session(settings)
    except BAD_INPUT as mistake:
        raise pytest.UsageError(str(mistake)) from None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under xdist: hand what this worker has learnt to the controller, which decides."""
    opened = session.config.stash.get(_SESSION, None)
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if opened is not None and session.config.stash.get(_SHARED, None) is not None:
        _decide_limits(session, opened)
    if opened is None or output is None:
        return
    ledger = opened.run.ledger
    output[_LEARNT] = {
        "accounts": {name: [account.witnesses, account.broken] for name, account in ledger.accounts.items()},
        "accepted": ledger.accepted,
        "notes": [asdict(note) for note in ledger.notes],
        "recognition": ledger.figures.to_data(),
        "stop": [ledger.stop_reason, ledger.stop_text.en, ledger.stop_text.zh] if ledger.stop_text else None,
    }


def _decide_limits(session: pytest.Session, opened: Session) -> None:
    """The controller of xdist alone has everything that limits of the target statement speak of."""
    results = [result for contract in opened.run.contracts if (result := opened.run.measure(contract)) is not None]
    lines = session.config.stash.setdefault(_LIMITS, [])
    for name in (f"{r.purpose.contract_id}/{aim}" for r in results for aim in r.purpose.aims):
        account = opened.run.ledger.accounts[name]
        reason = f": {account.undecided.en}" if account.verdict == "inconclusive" and account.undecided else ""
        lines.append(f"{account.verdict}: {name}{reason}")
    if any(not result.passed for result in results) and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController, error: object) -> None:
    """Enter what a worker has learnt into the controller's ledger."""
    opened = node.config.stash.get(_SESSION, None)
    learnt = getattr(node, "workeroutput", {}).get(_LEARNT)
    if opened is None or learnt is None or error:
        return
    from conformance.engine.ledger import ExchangeNote

    ledger = opened.run.ledger
    for name, (witnesses, broken) in learnt["accounts"].items():
        ledger.accounts[name].witnesses += witnesses
        ledger.accounts[name].broken += broken
    ledger.accepted += learnt["accepted"]
    ledger.notes += [ExchangeNote(**note) for note in learnt["notes"]]
    ledger.figures.merge(learnt["recognition"])
    if learnt["stop"] is not None:
        reason, en, zh = learnt["stop"]
        ledger.stop(reason, Text(en, zh))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Give each worker the same budget file and pytest's --strict."""
    if node.config.stash.get(_SESSION, None) is not None:
        folder = node.config.stash.setdefault(_SHARED, Path(tempfile.mkdtemp(prefix="ocr-conformance-")))
        node.workerinput[_BUDGET] = str(folder / "budget")
        node.workerinput[_STRICT] = _strict(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Release the target."""
    session = config.stash.get(_SESSION, None)
    if session is not None:
        session.close()
    shared = config.stash.get(_SHARED, None)
    if shared is not None:
        shutil.rmtree(shared, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Target, contracts, depth and seed."""
    session = config.stash.get(_SESSION, None)
    if session is None:
        return []
    contracts = ", ".join(contract.id for contract in session.run.contracts)
    run = session.run
    return [f"ocr-conformance: target {run.target.name}, contracts {contracts}, depth {run.depth}, seed {run.seed}"]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect purpose files, and the installed suite, where a target is given."""
    session = parent.config.stash.get(_SESSION, None)
    if session is None:
        return None
    if file_path == Path(__file__).parent / "suite.py":
        return SuiteFile.from_parent(parent, path=file_path)
    contracts = {contract.id for contract in session.run.contracts}
    if file_path.suffix == ".toml" and file_path.parent.name in contracts:
        return PurposeFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The verdict of the requirements, after pytest's own results."""
    session = config.stash.get(_SESSION, None)
    if session is None:
        return
    ledger = session.run.ledger
    if not ledger.sent:
        return
    score = ledger.score()
    terminalreporter.section("conformance")
    terminalreporter.line(
        f"{ledger.verdict}: {score['proven']} of {score['requirements']} requirements proven, "
        f"{score['failed']} failed; {ledger.sent} requests, {ledger.billable} recognised (billable)"
    )
    for line in config.stash.get(_LIMITS, []):
        terminalreporter.line(line)
    if ledger.stop_text is not None:
        terminalreporter.line(f"stopped: {ledger.stop_text.en}")


class SuiteFile(pytest.File):
    """All purposes of the session, wherever their files are."""

    def collect(self) -> Iterator[_Item]:
        """One item a purpose, in the engine's order."""
        session = _session(self)
        for purpose in session.purposes:
            yield PurposeItem.from_parent(self, name=purpose.id, purpose=purpose)
        for contract in session.run.contracts:
            yield from _limits_item(self, contract)


class PurposeFile(pytest.File):
    """One file of `cases/<contract id>/`."""

    def collect(self) -> Iterator[_Item]:
        """One item for each purpose of the file that the session runs."""
        from conformance.engine.purposes import read_purposes
        from conformance.engine.session import BAD_INPUT

        session = _session(self)
        contract = next(c for c in session.run.contracts if c.id == self.path.parent.name)
        files = sorted(self.path.parent.glob("*.toml"))
        try:
            stated = {path: {p.id for p in read_purposes(path, contract)} for path in files}
        except BAD_INPUT as mistake:
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


class _Item(pytest.Item):
    """Passes where nothing broke and everything aimed at was proven."""

    def conclude(self, result: PurposeResult) -> None:
        """Warn of each broken should. Raises PurposeFailedError."""
        for finding in result.warnings:
            observation = finding.observation
            warnings.warn(ConformanceWarning(f"{observation.requirement}: {observation.observed.en}"), stacklevel=1)
        if not result.passed:
            raise PurposeFailedError(_explain(result, _session(self)))

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
        session = _session(self)
        contract = next(c for c in session.run.contracts if c.id == purpose.contract_id)
        for mark in {purpose.depth, *(contract.requirements[aim].level for aim in purpose.aims)}:
            self.add_marker(mark)
        for aim in purpose.aims:
            self.user_properties.append(("requirement", f"{purpose.contract_id}/{aim}"))

    def runtest(self) -> None:
        """Run the purpose; a broken should becomes a warning."""
        from conformance.engine.run import UnreachableError

        session = _session(self)
        if session.run.ledger.stop_text is not None:
            raise PurposeFailedError(f"not run: {session.run.ledger.stop_text.en}")
        try:
            result = session.run.run_purpose(self.purpose)
        except UnreachableError as error:
            pytest.exit(f"{session.target.name} could not be reached: {error}", returncode=4)
        self.conclude(result)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where the purpose is stated."""
        return self.path, None, self.purpose.id


class LimitsItem(_Item):
    """What the target statement limits over the whole run of a contract; the last item, as it needs all others."""

    def __init__(self, *, contract: Contract, **arguments: object) -> None:
        """Runs no purpose of its own."""
        super().__init__(**arguments)  # type: ignore[arg-type]
        self.contract = contract

    def runtest(self) -> None:
        """Decide the limits; a broken should becomes a warning."""
        result = _session(self).run.measure(self.contract)
        if result is not None:
            self.conclude(result)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it comes from."""
        return self.path, None, f"{self.contract.id}/measured"


class PurposeFailedError(Exception):
    """A purpose broke or did not prove a requirement of level must."""


def _explain(result: PurposeResult, session: Session) -> str:
    from conformance.report.junit import failure_blocks

    if result.error is not None:
        return f"the kit failed in {result.purpose.id}: {result.error}"
    return "\n\n".join(failure_blocks(result, session.origin))


def _limits_item(parent: pytest.Collector, contract: Contract) -> Iterator[LimitsItem]:
    """The item of a contract that has limits; a worker of xdist has too little to decide them."""
    limited = any(requirement.measure is not None for requirement in contract.requirements.values())
    if limited and not hasattr(parent.config, "workerinput"):
        yield LimitsItem.from_parent(parent, name="measured", contract=contract)


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _rate(text: str) -> float:
    from conformance.engine.budget import rate_of

    try:
        return rate_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _strict(config: pytest.Config) -> bool:
    # pytest has a --strict of its own, which later versions turn into an ini setting: what was typed is what counts.
    worker: dict[str, bool] = getattr(config, "workerinput", {})
    return worker.get(_STRICT, "--strict" in config.invocation_params.args)


def _session(node: pytest.Item | pytest.Collector) -> Session:
    return node.config.stash[_SESSION]


def _cases_folder(config: pytest.Config) -> Path | None:
    """The folder of a `cases` argument that holds purposes, so that a checkout's own files are what runs."""
    for argument in config.args:
        path = Path(argument.partition("::")[0])
        for folder in (path, path.parent, path.parent.parent):
            if folder.name == "cases" and folder.is_dir():
                return folder
    return None
