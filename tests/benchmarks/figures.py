"""What a benchmark prints: a table of rows, medians with their spread, and what they were measured on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

PEERS = ("httpx", "schemathesis", "vcrpy", "jsonschema", "click")
"""Distributions whose versions belong to the figures."""


@dataclass(frozen=True, slots=True)
class Options:
    """`repeats` of each measurement, taken in turns. `smoke` is the least that shows that everything still runs.

    Of the faulty implementations, in the order of their ids, each `every`-th is tried.
    """

    repeats: int = 5
    smoke: bool = False
    every: int = 10


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what was measured, for the kit and for what it is compared with, and one figure to hold on to.

    README shows the lines marked `main`.
    """

    what: str
    kit: str
    other: str = ""
    ratio: str = ""
    main: bool = False


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of some measurements, the least and the greatest."""

    least: float
    median: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Raises statistics.StatisticsError where there are none."""
        ordered = sorted(values)
        return cls(ordered[0] if ordered else 0.0, statistics.median(ordered), ordered[-1] if ordered else 0.0)

    def text(self, unit: str = "", digits: int = 2) -> str:
        """`1.20 s (1.18 to 1.31)`."""
        tail = f" {unit}" if unit else ""
        return f"{self.median:,.{digits}f}{tail} ({self.least:,.{digits}f} to {self.greatest:,.{digits}f})"


def ratios(theirs: Sequence[float], ours: Sequence[float]) -> Spread:
    """Of measurements taken in turns, each of theirs by the one of ours beside it."""
    return Spread.of(their / our for their, our in zip(theirs, ours, strict=True))


def machine() -> str:
    """Kind of machine and versions, without any name: `2 cores, x86_64, CPython 3.12.3; httpx 0.28.1, ...`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    kind = f"{cores} cores, {platform.machine()}, {platform.python_implementation()} {platform.python_version()}"
    found = []
    for name in PEERS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return f"{kind}; {', '.join(found)}"


def table(rows: Sequence[Row], *, markdown: bool) -> str:
    """The rows in columns, or as a table in Markdown."""
    cells = [("measured", "kit", "other", "ratio"), *((row.what, row.kit, row.other, row.ratio) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    lines = []
    for number, line in enumerate(cells):
        padded = [text.ljust(width) for text, width in zip(line, widths, strict=True)]
        lines.append(f"| {' | '.join(padded)} |" if markdown else "  ".join(padded).rstrip())
        if number == 0:
            lines.append(
                f"|{'|'.join('-' * (width + 2) for width in widths)}|"
                if markdown
                else "  ".join("-" * width for width in widths)
            )
    return "\n".join(lines)
