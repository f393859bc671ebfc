"""What every test has a share in: pictures that are kept between runs, the kit's own contracts and no others, and for
tests of the reference a running one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conformance import files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reference_process import Server

collect_ignore = ["library/project"]
"""Tests of somebody else, which tests/library/test_from_the_wheel.py runs in an environment of their own."""


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pictures that runs draw are kept for all tests, and away from those of whoever runs the tests."""
    here = tmp_path_factory.getbasetemp()
    folder = (here.parent if here.name.startswith("popen-") else here) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield


@pytest.fixture(autouse=True)
def _no_contract_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test adds to the contracts of this process is gone after it."""
    for known in ("_added", "_loaded"):
        monkeypatch.setattr(files, known, dict(getattr(files, known)))


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running reference that knows the token and the project of the tests in `tests/reference/`."""
    from reference_process import served  # beside those tests, which alone can import it

    with served() as running:
        yield running
