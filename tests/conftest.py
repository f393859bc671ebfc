"""What every test has: a place of its own for what the kit keeps between runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Pictures that runs draw are kept for all tests, and away from those of whoever runs the tests."""
    here = tmp_path_factory.getbasetemp()
    folder = (here.parent if here.name.startswith("popen-") else here) / "cache"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(folder))
        yield
