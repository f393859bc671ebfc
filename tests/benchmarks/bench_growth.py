"""Whether time for an exchange and memory stay the same as recordings grow: replay and judge, audit with a report.

Each measurement is a process of its own; time is its CPU time. Nothing else is compared: the figure to hold on to is
the largest recording by the smallest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench_replay import measured as replayed
from figures import Options, Row, Spread
from processes import child, kit, measured

SIZES = (1_000, 10_000, 100_000)


def rows(options: Options) -> Iterator[Row]:
    """Microseconds of CPU for an exchange and MB, for each size."""
    sizes = (20,) if options.smoke else SIZES
    replays: list[tuple[Spread, Spread]] = []
    audits: list[tuple[Spread, Spread]] = []
    for size in sizes:
        with tempfile.TemporaryDirectory() as place:
            folder = Path(place)
            measured(child("bench_replay", "record-kit", place, str(size)))
            repeats = 1 if options.smoke or size > SIZES[1] else options.repeats
            runs = [replayed("kit", folder, size) for _ in range(repeats)]
            replays.append(spreads(size, [took for _, took, _ in runs], [resident for _, _, resident in runs]))
            # The recording holds good answers only: what they cannot prove stays open, which is exit status 3.
            command = kit("audit", str(folder / "cassette"), "--report", str(folder / "report"))
            costs = [measured(command, (3,)) for _ in range(repeats)]
            audits.append(spreads(size, [cost.cpu_s for cost in costs], [cost.peak_mb for cost in costs]))
    for name, found in (("replay and judge", replays), ("audit --report", audits)):
        for size, (per_exchange, memory) in zip(sizes, found, strict=True):
            yield Row(
                f"growth: {name}, {size:,} exchanges",
                f"{per_exchange.text('us', 0)} of CPU each, {memory.median:,.0f} MB",
                "",
                f"{per_exchange.median / found[0][0].median:.2f} in time, "
                f"{memory.median / found[0][1].median:.2f} in memory",
                main=size == sizes[-1],
            )


def spreads(size: int, seconds: list[float], megabytes: list[float]) -> tuple[Spread, Spread]:
    """Microseconds of CPU for an exchange, and MB."""
    return Spread.of(1e6 * value / size for value in seconds), Spread.of(megabytes)
