"""Runs the command as a user does, and serves the reference implementation beside it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from unittest import mock

import pytest
from click.testing import CliRunner

from conformance.cli import main

TOKEN = "sesame-for-tests"

Done = subprocess.CompletedProcess[str]


def ocr_conformance(*arguments: str, **environment: str) -> Done:
    """Run `ocr-conformance ARGUMENTS` in a plain environment: no credentials, 80 columns, English.

    In this process, which saves starting another one each time.
    """
    with mock.patch.dict(os.environ, plain_environment(**environment), clear=True):
        done = CliRunner().invoke(main, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


def in_a_process(*arguments: str, **environment: str) -> Done:
    """The same in a process of its own, which alone shows that nothing else is written."""
    return subprocess.run(
        [sys.executable, "-c", "from conformance.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=plain_environment(**environment),
        timeout=120,
    )


_KNOWN_HERE = ("-W", "ignore:Module already imported so cannot be rewritten:pytest.PytestAssertRewriteWarning")
"""Another test may have imported the plugin into this process; in a process of its own nobody has."""


def pytest_here(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> Done:
    """Run `pytest ARGUMENTS` in a plain environment, from `folder` or the checkout.

    In this process: another one takes seconds of CPU before its first test, since plugins are rewritten as it starts.
    """
    out, err = StringIO(), StringIO()
    with (
        mock.patch.dict(os.environ, plain_environment(**(environment or {})), clear=True),
        chdir(folder or checkout()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        status = int(pytest.main(["--color=no", *_KNOWN_HERE, *arguments]))
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())


def pytest_in_a_process(*arguments: str, folder: Path | None = None, **environment: str) -> Done:
    """The same in a process of its own, from the checkout or a folder: for what has workers or other plugins."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--color=no", "--assert=plain", *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder or checkout(),
        env=plain_environment(**environment),
        timeout=120,
    )


def plain_environment(**more: str) -> dict[str, str]:
    """The environment without what would change the output of the kit."""
    dropped = ("OCR_CONFORMANCE_", "CLOUD_SDK_", "LANG", "LC_", "PYTEST_", "GITHUB_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "COLUMNS": "80", "LANG": "C.UTF-8", **more}


@contextmanager
def served(*options: str, environment: Mapping[str, str] | None = None) -> Iterator[str]:
    """`ocr-conformance serve` in a process of its own, with the token TOKEN; yields its origin."""
    command = [sys.executable, "-c", "from conformance.cli import main; main()", "serve", "--token", TOKEN, *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=plain_environment(**(environment or {}))
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def checkout() -> Path:
    """The root of the checkout that the tests are in."""
    return Path(__file__).resolve().parents[2]
