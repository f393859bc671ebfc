"""The faultless reference, which most tests of the room ask: started once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from reference_process import Server, served

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A running reference that knows the token and the project of the tests."""
    with served() as running:
        yield running
