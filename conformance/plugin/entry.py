"""What pytest loads of the kit: the wheel holds this file as `ocr_conformance_plugin`, a name that nobody else has.

A project may have a top-level package `conformance` of its own. So nothing of the kit is imported here before a run of
it is asked for, and then inside of functions; where the project's own package stands in its place, pytest says in one
line what is left out. In a checkout this file is copied when the kit is installed: after a change, install it again.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from collections.abc import Iterator
from importlib.machinery import PathFinder
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from conformance.exchange import Request

FIXTURE = "fixture"
"""The target that the fixture `ocr_conformance_target` names: `--target=fixture`."""

PREFIX = "--ocr-"
"""Begins the second name of each option: the plain one may belong to pytest or to another plugin."""

TARGET = "ocr_conformance_target"
"""The name of the option's value, of the fixture and, after `pytest_`, of the hook that name a target."""

_SUITE = "conformance.suite"
_LEFT_OUT = pytest.StashKey[str]()
_HELP = {"-h", "--help"}


class Hooks:
    """What a `conftest.py` may implement."""

    @pytest.hookspec(firstresult=True)
    def pytest_ocr_conformance_target(self, config: pytest.Config) -> str | None:
        """The target of a run for which none is written in the command line: what `--target` would say, or None.

        Asked while pytest is configured, in each process of `-n`: for what is known without a fixture, such as an
        address in a file of the project. Implement it in the `conftest.py` of the folder that pytest is called in.
        """


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Make the hooks known, so that a project can implement them whether or not the kit is asked for."""
    pluginmanager.add_hookspecs(Hooks)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    """Load the kit's plugin where a run or help is asked for, and the package `conformance` is the kit's."""
    config: pytest.Config | None = pluginmanager.get_plugin("pytestconfig")
    if config is None:
        return
    stranger = _stranger(config)
    if stranger is not None:
        config.stash[_LEFT_OUT] = (
            f"ocr-conformance：此处不提供其选项、fixture 和 {_SUITE}，因为 `conformance` 是 {stranger}；"
            "命令 `ocr-conformance run` 不受影响"
            if _chinese()
            else f"ocr-conformance: left out here are its options, fixtures and {_SUITE}, since `conformance` is "
            f"{stranger}; the command `ocr-conformance run` works"
        )
        group = parser.getgroup("ocr-conformance", "conformance of an OCR classification API")
        group.addoption(f"{PREFIX}target", dest=TARGET, metavar="TARGET", help=config.stash[_LEFT_OUT])
    elif asked_for(config):
        pluginmanager.import_plugin("conformance.plugin")


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser
) -> Generator[None, object, object]:
    """Where the kit is left out, take a target that is meant for it and for nobody else, to say so."""
    result = yield
    if early_config.stash.get(_LEFT_OUT, None) and asked_for(early_config) and not is_taken(parser, "--target"):
        parser.getgroup("ocr-conformance").addoption("--target", dest=TARGET, metavar="TARGET", help=argparse.SUPPRESS)
    return result


def pytest_configure(config: pytest.Config) -> None:
    """A run that is asked for where the kit is left out is a mistake. Raises UsageError."""
    left_out = config.stash.get(_LEFT_OUT, None)
    if left_out is not None and config.getoption(TARGET, None) is not None:
        raise pytest.UsageError(left_out)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is left out."""
    left_out = config.stash.get(_LEFT_OUT, None)
    return [left_out] if left_out is not None else []


@pytest.fixture(scope="session")
def ocr_conformance_target(pytestconfig: pytest.Config) -> object:
    """What a run with `--target=fixture` tests; a project overrides it in its outermost `conftest.py`.

    An origin (`http://127.0.0.1:8000`), `asgi:module:attribute`, `wsgi:module:attribute`, an ASGI or WSGI application,
    or an object with `name`, `send` and `close` (conformance/targets/__init__.py). Set up before the first purpose; in
    each worker of `-n`. Without an override it is what `--target` says, None where that names no target either.
    """
    named: str | None = pytestconfig.getoption(TARGET, None)
    return None if named == FIXTURE else named


@pytest.fixture(scope="session")
def ocr_conformance_credentials() -> object:
    """The credentials for `ocr_conformance_target`; a project overrides it.

    A token, or a mapping with some of the keys of a secrets file (`token`, `ak`, `sk`, `security_token`, `project_id`,
    `iam_user` ...). They take the place of those in the environment. None: those of options and environment.
    """
    return None


@pytest.fixture(scope="session")
def served_pictures() -> Iterator[Callable[[Request], Request]]:
    """A function that serves the pictures of a request on this machine, and returns it with their address in its body.

    They are served, at a free port of 127.0.0.1, until the session is over or 64 further requests were served.
    """
    from conformance.testing import serving_pictures

    with serving_pictures() as serve:
        yield serve


def asked_for(config: pytest.Config) -> bool:
    """Whether a target of the kit, its suite or help is asked for. Another --target may be meant for another plugin."""
    typed = _typed(config)
    named = any(name == "--target" and (value in ("reference", FIXTURE) or ":" in value) for name, value in typed)
    return named or names_suite(config) or bool({name for name, _ in typed} & {*_HELP, f"{PREFIX}target"})


def names_suite(config: pytest.Config) -> bool:
    """Whether the kit's suite is what is to be run."""
    return any(name.partition("::")[0] == _SUITE for name, _ in _typed(config))


def names(config: pytest.Config) -> set[str]:
    """The names of the options that were typed."""
    return {name for name, _ in _typed(config)}


def asks_for_help(config: pytest.Config) -> bool:
    """Whether all that is wanted is help."""
    return bool(names(config) & _HELP)


def is_taken(parser: pytest.Parser, flag: str) -> bool:
    """Whether an option of that name is known already."""
    try:
        _, unknown = parser.parse_known_and_unknown_args([f"{flag}=1"])
    except pytest.UsageError:  # another one's, which takes no such value
        return True
    return not unknown


def _typed(config: pytest.Config) -> list[tuple[str, str]]:
    """Name and value of what was typed: on the command line, in PYTEST_ADDOPTS, or in `addopts` of a file."""
    words = [
        *map(str, config.invocation_params.args), *shlex.split(os.environ.get("PYTEST_ADDOPTS", "")),
        *config.getini("addopts"),
    ]  # fmt: skip
    found = []
    for word, following in zip_longest(words, words[1:], fillvalue=""):
        name, sign, value = word.partition("=")
        found.append((name, value if sign else following))
    return found


def _stranger(config: pytest.Config) -> Path | None:
    """The package `conformance` that tests here import, where it is not the kit's."""
    loaded = getattr(sys.modules.get("conformance"), "__file__", None)
    found = PathFinder.find_spec("conformance", sys.path)
    first = loaded or (found.origin if found is not None else None)
    root, called = config.rootpath, config.invocation_params.dir
    # pytest puts these in front of everything else, but only after plugins were loaded.
    coming = [called, root, root / "src", *(root / str(name) for name in config.getini("pythonpath"))]
    coming += [root / str(name) for name in config.getini("testpaths")]
    packages = [Path(first).parent] if first is not None else []
    packages += [package for folder in coming if any((package := folder / "conformance").glob("*.py"))]
    modules = [module for folder in coming if (module := folder / "conformance.py").is_file()]
    return next((path for path in (*packages, *modules) if not (path / "plugin" / "entry.py").is_file()), None)


def _chinese() -> bool:
    """As `language_here` of conformance/text.py, which cannot be imported where this is asked."""
    stated = next(
        (os.environ[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return stated.lower().startswith("zh")
