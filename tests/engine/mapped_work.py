"""Work for the tests of mappers, in a module of its own: other processes import it by its name."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from conformance.recordings.recorded import TrafficError
from conformance.text import Text


def noted(log: Path, part: object) -> int:
    """Note in a file that a part was begun; returns how often it was by now."""
    with log.open("a") as file:
        file.write(f"{part}\n")
    return log.read_text().split().count(str(part))


def square(log: Path, part: int) -> int:
    """The square of a number."""
    noted(log, part)
    return part * part


def dies_once(log: Path, part: int) -> int:
    """The square of a number; at 3 the process is killed the first time."""
    if noted(log, part) == 1 and part == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.05)  # so that every process gets some
    return part * part


def dies(log: Path, part: int) -> None:
    """Never comes back."""
    noted(log, part)
    os.kill(os.getpid(), signal.SIGKILL)


def finds_a_mistake(log: Path, part: int) -> int:
    """A file of the user's that cannot be read, at 2."""
    if part == 2:
        raise TrafficError(Path("b.har"), Text("cannot be read", "无法读取"))
    return square(log, part)


def waits(log: Path, part: int) -> None:
    """Takes longer than anybody waits."""
    noted(log, f"{part}:{os.getpid()}")
    time.sleep(600)
