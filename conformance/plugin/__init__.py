"""The pytest plugin: one item for each purpose, driven by the same engine as the command line.

Inert unless `--target` is given. `pytest cases --target=URL` collects the purpose files of a checkout,
`pytest --pyargs conformance.suite --target=URL` those of the installed kit. `entry` is what pytest loads of it, `items`
what it collects, `outcome` what is made of a run beside its items.
"""

from __future__ import annotations

import argparse
import os
import pickle
import shutil
import tempfile
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conformance.engine.options import Results, Settings, options_of
from conformance.plugin.entry import FIXTURE, PREFIX, TARGET, asked_for, asks_for_help, is_taken, names, names_suite
from conformance.plugin.items import (
    BEGIN,
    SESSION,
    SPOKEN,
    PurposeFile,
    SuiteFile,
    UnnamedTarget,
    end,
    named_by_fixtures,
)
from conformance.plugin.outcome import LastWord, Outcome
from conformance.text import language_here

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from xdist.workermanage import WorkerController

    from conformance.engine.options import Kind, Option
    from conformance.engine.session import Session

_OUTCOME = pytest.StashKey[Outcome]()
_SHARED = pytest.StashKey[Path]()
_FOLDER, _STRICT, _NAME = "ocr_conformance", "ocr_conformance_strict", "ocr_conformance_name"
"""Names under which the controller of xdist passes things on to its workers, and they the name of their target back."""

_GROUP = "ocr-conformance"
_DEST = "ocr_conformance_"
"""Begins the names of the options' values, so that they are not taken for those of pytest or of another plugin."""

_NARROWED = pytest.StashKey[str]()
_ONLY = pytest.StashKey[tuple[str, ...]]()
_TAKEN = pytest.StashKey[frozenset[str]]()


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """The options of `ocr-conformance run` under their second names, which nobody else has.

    Only where a target or help is asked for: a project may have the kit merely installed.
    """
    config: pytest.Config | None = pluginmanager.get_plugin("pytestconfig")
    if config is None or not asked_for(config):
        return
    group = parser.getgroup(_GROUP, "conformance of an OCR classification API")
    group.addoption(f"{PREFIX}target", dest=TARGET, metavar="TARGET", help="http(s) origin, `reference`, "
                    "`asgi:MODULE:ATTRIBUTE`, `wsgi:...`, `cassette:DIR`, or `fixture` (what the fixture "
                    "ocr_conformance_target of a project returns) to test; also --target")  # fmt: skip
    for option in _options():
        told = f"{option.help.in_language(language_here())} --{option.name}"
        group.addoption(PREFIX + option.name, dest=_DEST + option.key, help=told, **_argparse_kind(option))


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Every plugin and the project have their options by now: ours get their plain names where those are free."""
    result = yield
    if not asked_for(early_config):
        return result
    group, taken = parser.getgroup(_GROUP), set[str]()
    ours = f"{PREFIX}target" in names(early_config) or asks_for_help(early_config)
    if is_taken(parser, "--target") and not ours:
        early_config.stash[_TAKEN] = frozenset({"--target"})
        return result
    plain = [("--target", TARGET, {}), *((o.flag, _DEST + o.key, _argparse_kind(o)) for o in _options())]
    for flag, dest, kind in plain:
        if is_taken(parser, flag):
            taken.add(flag)
        else:
            group.addoption(flag, dest=dest, help=argparse.SUPPRESS, **kind)
    early_config.stash[_TAKEN] = frozenset(taken)
    return result


def _options() -> list[Option]:
    return options_of(Settings) + options_of(Results)


def _argparse_kind(option: Option) -> dict[str, object]:
    """What pytest, whose options are those of argparse, is told of an option of the kit."""
    match option.kind:
        case "choice":
            return {"choices": option.choices}
        case "texts":
            return {"metavar": option.metavar, "action": "append", "default": []}
        case "flag":
            return {"action": "store_true"}
        case kind:
            return {"metavar": option.metavar, "type": _READ[kind]}


def pytest_configure(config: pytest.Config) -> None:
    """Register the level markers, and open the session where a target is given."""
    for level in ("must", "should", "open"):
        config.addinivalue_line("markers", f"{level}: purposes that aim at a requirement of this level")
    for depth in ("smoke", "standard", "thorough"):
        config.addinivalue_line("markers", f"{depth}: purposes of this depth")
    target = _target(config)
    if target is None:
        return
    from conformance.engine.session import open_session
    from conformance.files import BadInput

    config.pluginmanager.register(LastWord(_last_word))
    try:
        config.stash[SPOKEN] = _results(config).spoken
        settings = _settings(config, target)
        config.stash[_ONLY] = settings.only
        named = target != FIXTURE
        _enter(config, open_session(settings, given=None if named else UnnamedTarget(FIXTURE)))
        if not named:
            config.stash[BEGIN] = _begin
    except BadInput as mistake:
        raise pytest.UsageError(mistake.words.in_language(config.stash.get(SPOKEN, language_here()))) from None


def _target(config: pytest.Config) -> str | None:
    """The target of the run, if one is asked for: that of the command line, of the project's hook, of its fixture."""
    written: str | None = config.getoption(TARGET, None)
    if written is not None or not names_suite(config) or asks_for_help(config):
        return written
    hooked: str | None = config.hook.pytest_ocr_conformance_target(config=config)
    if hooked is None and "--target" in config.stash.get(_TAKEN, frozenset()) & names(config):
        raise pytest.UsageError(f"--target belongs to another plugin here: write {PREFIX}target=TARGET")
    return FIXTURE if hooked is None else hooked


def _enter(config: pytest.Config, session: Session) -> None:
    """Make a session the one of this process. Raises BadInput."""
    config.stash[SESSION] = session
    session.run.id_prefix = f"{worker}-" if (worker := _worker(config).get("workerid")) else ""
    if not _worker(config) and not config.option.collectonly:
        several = config.getoption("dist", "no") != "no"
        config.stash[_OUTCOME] = Outcome.of(session, _results(config), several=several)


def _begin(item: pytest.Item) -> None:
    """Begin the run anew, with the target that fixtures name: before the first purpose, once in a process."""
    from conformance.engine.session import open_session
    from conformance.files import BadInput

    config = item.config
    try:
        settings, given, environment = named_by_fixtures(item, _settings(config, FIXTURE))
        _enter(config, open_session(settings, given=given, environment=environment))
    except BadInput as mistake:
        end(item, mistake.words)
    del config.stash[BEGIN]


def _values(config: pytest.Config, owner: type) -> dict[str, Any]:
    """What was asked for of the options of `owner`, by field: typed, or given in the environment or in a file."""
    from conformance.engine.settings import options_here

    elsewhere = options_here(config.invocation_params.dir, os.environ)
    given = {option.key: config.getoption(_DEST + option.key) for option in options_of(owner)}
    given = {key: value or elsewhere.get(key, value) for key, value in given.items()}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def _settings(config: pytest.Config, target: str) -> Settings:
    given = _values(config, Settings)
    folder = _worker(config).get(_FOLDER)
    given["cases"] = given["cases"] or _cases_folder(config)
    given["strict"] = given["strict"] or _strict(config)
    settings = Settings(target, **given, shared_budget=Path(folder) / "budget" if folder is not None else None)
    if settings.only_failed is None:
        return settings
    from conformance.report.folder import narrowed

    found = narrowed(settings)
    config.stash[_NARROWED] = found.words.in_language(config.stash[SPOKEN])
    return found.settings


def _results(config: pytest.Config) -> Results:
    """What is to be made of the run; pytest's own --quiet counts as well."""
    given = Results(**_values(config, Results))
    return replace(given, quiet=given.quiet or config.get_verbosity() < 0)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Under xdist, hand what this worker has learnt to the controller; there, or in the one process, conclude."""
    config = session.config
    opened, outcome = config.stash.get(SESSION, None), config.stash.get(_OUTCOME, None)
    if opened is None:
        return
    if worker := _worker(config):
        written = Path(worker[_FOLDER]) / worker["workerid"]
        written.write_bytes(pickle.dumps(opened.run.ledger.learnt()))
        config.workeroutput[_NAME] = opened.target.name  # type: ignore[attr-defined]
    if outcome is None:
        return
    if config.stash.get(_SHARED, None) is not None:
        outcome.decide_limits(session, opened)
    from conformance.engine.availability import UNREACHED
    from conformance.files import BadInput, words_of

    try:
        outcome.conclude(opened, config.stash[_ONLY])
    except (OSError, BadInput) as mistake:
        outcome.lines.append(f"ERROR: {words_of(mistake).in_language(outcome.language)}")
        session.exitstatus = pytest.ExitCode.USAGE_ERROR
    if opened.run.ledger.stop_reason == UNREACHED:
        session.exitstatus = 4


def _last_word(session: pytest.Session) -> None:
    opened, outcome = session.config.stash.get(SESSION, None), session.config.stash.get(_OUTCOME, None)
    if opened is not None and outcome is not None:
        outcome.decide(session, opened.run.ledger)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController, error: object) -> None:
    """Enter what a worker has learnt into the controller's ledger."""
    opened, folder = node.config.stash.get(SESSION, None), node.config.stash.get(_SHARED, None)
    if opened is None or folder is None or error:
        return
    from conformance.engine.session import origin_of

    written = folder / node.workerinput["workerid"]
    if written.exists():
        opened.run.ledger.enter(pickle.loads(written.read_bytes()))  # a worker of this run wrote it
        if isinstance(opened.target, UnnamedTarget):  # workers have set up the fixture, this process has not
            opened.target.name = name = str(node.workeroutput[_NAME])
            opened.origin = origin_of(name)


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
    mistaken = sorted((config.stash.get(_TAKEN, frozenset()) & names(config)) - {"--strict", "--quiet"})
    ours = ", ".join(name.replace("--", PREFIX, 1) for name in mistaken)
    left_out = [f"ocr-conformance: {', '.join(mistaken)} belong to another plugin here; of this kit: {ours}"]
    if session is None:
        return left_out if mistaken else []
    contracts = ", ".join(contract.id for contract in session.run.contracts)
    run = session.run
    lines = [f"ocr-conformance: target {run.target.name}, contracts {contracts}, depth {run.depth}, seed {run.seed}"]
    if _NARROWED in config.stash:
        lines.append(f"ocr-conformance: {config.stash[_NARROWED]}")
    return lines + left_out if mistaken else lines


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect purpose files, and the installed suite, where a target is given."""
    session = parent.config.stash.get(SESSION, None)
    if session is None:
        return None
    if file_path == Path(__file__).parent.parent / "suite.py":
        # Outside of the project the file has no path that could be pasted back; its module name can.
        inside = file_path.is_relative_to(parent.config.rootpath)
        return SuiteFile.from_parent(parent, path=file_path, nodeid=None if inside else "conformance.suite")
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
    for line in outcome.verdict_lines():
        terminalreporter.line(line)


def _worker(config: pytest.Config) -> Mapping[str, Any]:
    """What the controller of xdist told this worker; empty in any other process."""
    return getattr(config, "workerinput", {})


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"expected seconds above 0, found {text!r}")
    return seconds


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number of at least 1, found {text!r}")
    return int(text)


def _number(kind: Kind, text: str) -> object:
    from conformance.engine.settings import rate_of, workers_of

    try:
        return rate_of(text) if kind == "rate" else workers_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


_READ: Mapping[Kind, Callable[[str], object]] = {
    "text": str,
    "file": Path,
    "folder": Path,
    "new": Path,
    "integer": int,
    "count": _at_least_one,
    "rate": partial(_number, "rate"),
    "seconds": _seconds,
    "workers": partial(_number, "workers"),
}


def _strict(config: pytest.Config) -> bool:
    # pytest has a --strict of its own, which later versions turn into an ini setting: what was typed is what counts.
    return bool(_worker(config).get(_STRICT, "--strict" in names(config)))


def _cases_folder(config: pytest.Config) -> Path | None:
    """The folder of a `cases` argument that holds purposes, so that a checkout's own files are what runs."""
    for argument in config.args:
        path = Path(argument.partition("::")[0])
        for folder in (path, path.parent, path.parent.parent):
            if folder.name == "cases" and folder.is_dir():
                return folder
    return None
