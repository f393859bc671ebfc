"""The pytest plugin: one item for each purpose, driven by the same engine as the command line.

Inert unless `--target` is given. `pytest cases --target=URL` collects the purpose files of a checkout,
`pytest --pyargs conformance.suite --target=URL` those of the installed kit.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from conformance.plugin.items import LANGUAGE, SESSION, PurposeFile, SuiteFile

if TYPE_CHECKING:
    from xdist.workermanage import WorkerController

    from conformance.engine.session import Session, Settings
    from conformance.plugin.outcome import Outcome

_OUTCOME = pytest.StashKey["Outcome"]()
_SHARED = pytest.StashKey[Path]()
_FOLDER, _STRICT = "ocr_conformance", "ocr_conformance_strict"
"""Names under which the controller of xdist passes things on to its workers."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of `ocr-conformance run`; `--strict` is pytest's own and counts as well."""
    group = parser.getgroup("ocr-conformance", "conformance of an OCR classification API")
    group.addoption("--target", metavar="TARGET", help="http(s) origin, `reference`, or `cassette:DIR` to test")
    group.addoption("--contract", action="append", default=[], metavar="ID", help="contract to test; may be repeated")
    group.addoption("--depth", choices=("smoke", "standard", "thorough"), help="how much to ask (default: standard)")
    group.addoption("--statement", type=Path, metavar="FILE", help="target statement (TOML)")
    group.addoption("--token", metavar="T", help="token; better in the environment as OCR_CONFORMANCE_TOKEN")
    group.addoption("--secrets", type=Path, metavar="FILE", help="file of credentials that only its owner can read")
    group.addoption("--images", type=Path, metavar="DIR", help="pictures of your own, with a manifest.toml")
    group.addoption("--cases", type=Path, metavar="DIR", help="cases of your own (default: the folder that is run)")
    group.addoption("--only", action="append", default=[], metavar="ID", help="run only this purpose or requirement")
    group.addoption("--seed", type=int, metavar="N", help="seed of what is drawn")
    group.addoption("--max-requests", type=_at_least_one, metavar="N", help="end the run after N requests")
    group.addoption("--max-billable", type=_at_least_one, metavar="N", help="end before N tickets are billed")
    group.addoption("--rate", type=_rate, metavar="N/s", help="requests a second at most: 5 or 5/s")
    group.addoption("--timeout", type=float, default=30.0, metavar="S", help="seconds for one request, all in all")
    group.addoption("--record", type=Path, metavar="DIR", help="record a cassette there, or continue one")
    group.addoption("--report", type=Path, metavar="DIR", help="write report.json, .html, junit.xml and summary.md")
    group.addoption("--baseline", type=Path, metavar="FILE", help="report.json to compare with; worse is a failure")
    group.addoption("--lang", choices=("en", "zh"), default="en", help="language of findings and of the report")


def pytest_configure(config: pytest.Config) -> None:
    """Register the level markers, and open the session where a target is given."""
    for level in ("must", "should", "open"):
        config.addinivalue_line("markers", f"{level}: purposes that aim at a requirement of this level")
    for depth in ("smoke", "standard", "thorough"):
        config.addinivalue_line("markers", f"{depth}: purposes of this depth")
    if config.getoption("--target") is None:
        return
    from conformance.engine.run import Listener
    from conformance.engine.session import BAD_INPUT, open_session

    listeners: list[Listener] = []
    config.stash[LANGUAGE] = config.getoption("--lang")
    try:
        session = config.stash[SESSION] = open_session(_settings(config), listeners)
        session.run.id_prefix = f"{worker}-" if (worker := _worker(config).get("workerid")) else ""
        if not _worker(config) and not config.option.collectonly:
            outcome = config.stash[_OUTCOME] = _outcome(config, session)
            listeners += [outcome.recorder] if outcome.recorder is not None else []
    except BAD_INPUT as mistake:
        raise pytest.UsageError(str(mistake)) from None


def _settings(config: pytest.Config) -> Settings:
    from conformance.engine.session import Settings

    option, folder = config.getoption, _worker(config).get(_FOLDER)
    return Settings(
        target=option("--target"),
        contracts=tuple(option("--contract")),
        depth=option("--depth"),
        statement=option("--statement"),
        token=option("--token"),
        secrets_file=option("--secrets"),
        images=option("--images"),
        cases=option("--cases") or _cases_folder(config),
        only=tuple(option("--only")),
        seed=option("--seed"),
        max_requests=option("--max-requests"),
        max_billable=option("--max-billable"),
        rate=option("--rate"),
        timeout_s=option("--timeout"),
        strict=_strict(config),
        shared_budget=Path(folder) / "budget" if folder is not None else None,
    )


def _outcome(config: pytest.Config, session: Session) -> Outcome:
    """What the process that decides makes of the run. Raises one of BAD_INPUT."""
    from conformance import __version__
    from conformance.engine.recorder import Recorder
    from conformance.plugin.outcome import Outcome
    from conformance.report.digest import read_report

    baseline, folder = config.getoption("--baseline"), config.getoption("--record")
    before = read_report(baseline) if baseline is not None else None
    outcome = Outcome(config.getoption("--lang"), config.getoption("--report"), before)
    if folder is not None:
        if config.getoption("dist", "no") != "no":
            raise pytest.UsageError(
                "--record with -n: expected one process, since a recording is one journal; leave out -n"
            )
        outcome.recorder = session.run.journal = Recorder(folder, session.run, __version__, session.purposes)
        outcome.recorder.__enter__()
    return outcome


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under xdist, hand what this worker has learnt to the controller; there, or in the one process, conclude."""
    config = session.config
    opened, outcome = config.stash.get(SESSION, None), config.stash.get(_OUTCOME, None)
    if opened is None:
        return
    if worker := _worker(config):
        from conformance.engine.sharing import write_learnt

        write_learnt(opened.run.ledger, Path(worker[_FOLDER]) / worker["workerid"])
    if outcome is None:
        return
    if config.stash.get(_SHARED, None) is not None:
        _decide_limits(session, opened, outcome)
    from conformance.engine.session import BAD_INPUT

    try:
        outcome.conclude(opened, tuple(config.getoption("--only")))
    except (OSError, *BAD_INPUT) as mistake:
        outcome.lines.append(f"ERROR: {mistake}")
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    if outcome.regressed and not session.exitstatus:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _decide_limits(session: pytest.Session, opened: Session, outcome: Outcome) -> None:
    """The controller of xdist alone has everything that limits of the target statement speak of."""
    ledger = opened.run.ledger
    for contract in opened.run.contracts:
        opened.run.measure(contract)
    for account in (a for a in ledger.accounts.values() if a.requirement.measure is not None):
        verdict, requirement = account.verdict, account.requirement
        reason = f": {account.undecided.en}" if verdict == "inconclusive" and account.undecided else ""
        outcome.lines.append(f"{verdict}: {requirement.id}{reason}")
        unproven = verdict == "inconclusive" and requirement.level == "must"
        if (unproven or (verdict == "fail" and ledger.fails(requirement))) and not session.exitstatus:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController, error: object) -> None:
    """Enter what a worker has learnt into the controller's ledger."""
    opened, folder = node.config.stash.get(SESSION, None), node.config.stash.get(_SHARED, None)
    if opened is None or folder is None or error:
        return
    from conformance.engine.sharing import learn

    written = folder / node.workerinput["workerid"]
    if written.exists():
        learn(opened.run.ledger, written)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: WorkerController) -> None:
    """Give each worker the same folder, for the budget and for what it learns, and pytest's --strict."""
    if node.config.stash.get(SESSION, None) is not None:
        folder = node.config.stash.setdefault(_SHARED, Path(tempfile.mkdtemp(prefix="ocr-conformance-")))
        node.workerinput[_FOLDER] = str(folder)
        node.workerinput[_STRICT] = _strict(node.config)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Release the target."""
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.close()
    shared = config.stash.get(_SHARED, None)
    if shared is not None:
        shutil.rmtree(shared, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Target, contracts, depth and seed."""
    session = config.stash.get(SESSION, None)
    if session is None:
        return []
    contracts = ", ".join(contract.id for contract in session.run.contracts)
    run = session.run
    return [f"ocr-conformance: target {run.target.name}, contracts {contracts}, depth {run.depth}, seed {run.seed}"]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect purpose files, and the installed suite, where a target is given."""
    session = parent.config.stash.get(SESSION, None)
    if session is None:
        return None
    if file_path == Path(__file__).parent.parent / "suite.py":
        return SuiteFile.from_parent(parent, path=file_path)
    contracts = {contract.id for contract in session.run.contracts}
    if file_path.suffix == ".toml" and file_path.parent.name in contracts:
        return PurposeFile.from_parent(parent, path=file_path)
    return None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The verdict of the requirements, after pytest's own results."""
    session, outcome = config.stash.get(SESSION, None), config.stash.get(_OUTCOME, None)
    if session is None or outcome is None or not session.run.ledger.sent:
        return
    terminalreporter.section("conformance")
    for line in outcome.verdict_lines(session):
        terminalreporter.line(line)


def _worker(config: pytest.Config) -> dict[str, str]:
    """What the controller of xdist told this worker; empty in any other process."""
    return getattr(config, "workerinput", {})


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


def _cases_folder(config: pytest.Config) -> Path | None:
    """The folder of a `cases` argument that holds purposes, so that a checkout's own files are what runs."""
    for argument in config.args:
        path = Path(argument.partition("::")[0])
        for folder in (path, path.parent, path.parent.parent):
            if folder.name == "cases" and folder.is_dir():
                return folder
    return None
