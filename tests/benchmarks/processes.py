"""Child processes and what they cost, as the operating system counts it.

The largest resident size of a child starts with that of the process which starts it: this one stays small, and imports
nothing of the kit.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOKEN = "a-token-of-the-benchmark"


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of wall clock and of CPU, largest resident size in MB, exit status, and what the child printed."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    status: int
    output: str


def measured(command: Sequence[str], expected: Sequence[int] = (0,), folder: Path = ROOT) -> Cost:
    """Run a command to its end, in a folder. Raises RuntimeError where it ends with another status than expected."""
    with tempfile.TemporaryFile() as out:
        started = time.perf_counter()
        with subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=out, stderr=out) as process:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        output = out.read().decode("utf-8", "replace")
    if process.returncode not in expected:
        raise RuntimeError(f"{' '.join(command)}: expected status {expected}, got {process.returncode}:\n{output}")
    scale = 1024 if sys.platform != "darwin" else 1024 * 1024
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / scale, process.returncode, output)


def kit(*arguments: str) -> list[str]:
    """The command of the kit that belongs to this interpreter."""
    return [str(Path(sys.executable).parent / "ocr-conformance"), *arguments]


def child(module: str, *arguments: str) -> list[str]:
    """A module of the benchmarks as a command."""
    return [sys.executable, str(Path(__file__).with_name(f"{module}.py")), *arguments]


@contextmanager
def served(command: Sequence[str]) -> Iterator[str]:
    """Start a server, give the origin that it prints first, and stop it."""
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        try:
            origin = process.stdout.readline().strip()
            if not origin:
                raise RuntimeError(f"{' '.join(command)}: expected the origin in its first line, got none")
            yield origin
        finally:
            process.terminate()
            process.wait()


def reference() -> list[str]:
    """The command that serves the reference."""
    return [sys.executable, "-m", "conformance.reference", "--token", TOKEN]
