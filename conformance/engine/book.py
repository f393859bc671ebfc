"""What a run has spent so far, in this process or in one file that the processes of a run share.

The file is locked for each change (`flock`), so that xdist workers together keep to the limits of one run. A worker
that dies leaves what it had reserved: limits are kept rather than used up.
"""

from __future__ import annotations

import fcntl
import os
import struct
import threading
from collections.abc import Callable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spent:
    """Requests sent, tickets billed, tickets that requests under way may bill, and when the next request may go.

    `next_at` is on the clock of the budget, in seconds; the clock of the machine, where processes share it.
    """

    requests: int = 0
    billable: int = 0
    reserved: int = 0
    next_at: float = 0.0


class Book(Protocol):
    """Where the numbers are kept."""

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """Replace what is there by what `change` makes of it, and return what it says; nobody comes in between.

        What `change` raises leaves the book as it was.
        """
        ...


class OwnBook:
    """Kept in memory, for a run in one process."""

    def __init__(self) -> None:
        self._spent = Spent()
        self._lock = threading.Lock()

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """See `Book`."""
        with self._lock:
            self._spent, said = change(self._spent)
            return said


class SharedBook:
    """Kept in a file that several processes open by its path."""

    _FORM = struct.Struct("<qqqd")

    def __init__(self, path: Path) -> None:
        """The file is made where it does not exist; a run begins with a new one."""
        self._path = path

    def change(self, change: Callable[[Spent], tuple[Spent, T]]) -> T:
        """See `Book`. Raises OSError where the file cannot be read or written."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            content = os.pread(descriptor, self._FORM.size, 0)
            before = Spent(*self._FORM.unpack(content)) if len(content) == self._FORM.size else Spent()
            after, said = change(before)
            # One write of 32 bytes: a process that is killed leaves the old numbers or the new ones.
            os.pwrite(descriptor, self._FORM.pack(*astuple(after)), 0)
            return said
        finally:
            os.close(descriptor)
