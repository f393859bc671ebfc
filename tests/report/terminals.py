"""A terminal to write to, and what was written to it."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def terminal() -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A stream to a terminal, and what was written to it so far."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:

        def written() -> str:
            stream.write("\x04")
            stream.flush()
            found = b""
            while not found.endswith(b"\x04"):
                found += os.read(master, 65536)
            return found.decode()

        yield stream, written
    os.close(master)
