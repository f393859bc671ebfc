"""Under pytest the ledger decides, whatever other plugins make of the items."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from command import TOKEN, checkout, pytest_here, pytest_in_a_process
from stub_servers import answering, response

ALWAYS_WELL = """
import pytest

@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    session.exitstatus = 0

def pytest_collection_modifyitems(config, items):
    if config.getoption("--none"):
        items.clear()

def pytest_addoption(parser):
    parser.addoption("--none", action="store_true")
"""
"""What pytest-testmon makes of a session in which it leaves all items out, and pytest-rerunfailures of items that pass
when they are run again.
"""


@pytest.fixture
def _plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "always_well.py").write_text(ALWAYS_WELL)
    monkeypatch.syspath_prepend(tmp_path)


@pytest.mark.usefixtures("_plugin")
@pytest.mark.parametrize(("more", "status"), [((), 1), (("--none",), 5)], ids=["failed", "no item"])
def test_a_session_never_ends_well_that_broke_something_or_ran_nothing(
    more: tuple[str, ...], status: int, tmp_path: Path
) -> None:
    page = response("200 OK", "text/html", b"<html></html>")
    with answering(lambda _request: page) as origin:
        done = pytest_here(
            *("-p", "always_well", "--pyargs", "conformance.suite", f"--target={origin}", f"--token={TOKEN}"),
            *("--only=first-contact", "-q", "-p", "no:cacheprovider", *more),
            folder=tmp_path,
        )
    assert done.returncode == status, done.stdout + done.stderr


RECORDED = f"cassette:{checkout()}/cases/cassettes/reference-smoke"
PASSES_WHEN_RUN_AGAIN = """
import pytest

@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item):
    try:
        return (yield)
    except AssertionError:
        if item.execution_count < 2:
            raise
"""


def test_pytest_testmon_that_leaves_everything_out_does_not_end_well(tmp_path: Path) -> None:
    pytest.importorskip("testmon", reason="pytest-testmon is not installed: pip install -e '.[dev]'")
    asked = ("--testmon", "--pyargs", "conformance.suite", f"--target={RECORDED}", "--only=formats", "-q")
    first, second = (pytest_in_a_process(*asked, folder=tmp_path) for _ in range(2))
    assert (first.returncode, second.returncode) == (0, 5), first.stdout + second.stdout
    assert "2 deselected" in second.stdout


def test_pytest_rerunfailures_does_not_make_a_breach_undone(tmp_path: Path) -> None:
    pytest.importorskip("pytest_rerunfailures", reason="pytest-rerunfailures is not installed: pip install -e '.[dev]'")
    (tmp_path / "passes.py").write_text(PASSES_WHEN_RUN_AGAIN, encoding="utf-8")
    page = response("200 OK", "text/html", b"<html></html>")
    with answering(lambda _request: page) as origin:
        asked = (
            "-p",
            "passes",
            "--reruns=1",
            "--pyargs",
            "conformance.suite",
            f"--target={origin}",
            f"--token={TOKEN}",
        )
        more = ("--contract=auto-classification-v1.0", "--only=first-contact", "-q", "-p", "no:cacheprovider")
        done = pytest_in_a_process(*asked, *more, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert re.search(r"\b1 passed, .*1 rerun\b", done.stdout)
    assert "NOT CONFORMANT" in done.stdout
    assert done.returncode == 1
