"""Under pytest the ledger decides, whatever other plugins make of the items."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import TOKEN, pytest_here
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
