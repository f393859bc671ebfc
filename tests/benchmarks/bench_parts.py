"""An audit by one process, by two, and by a Dask cluster of two workers one of which is killed: the same report.

The recording is lines of distinct exchanges, every fiftieth of them refused. CPU is that of all processes together,
looked at twice a second; what grows with the processes is starting them and bringing together what they found.
`python -m tests.benchmarks parts` takes 200,000 exchanges; OCR_BENCH_EXCHANGES sets how many.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any

from bench_replay import HEADERS, ORIGIN, exchanges
from figures import Row, machine, table
from processes import TOKEN, Cost, kit, measured

SIZE = 200_000
SENT = {"Content-Type": "application/json", "X-Auth-Token": TOKEN}


def main() -> None:
    """Measure once each, and print a table."""
    size = int(os.environ.get("OCR_BENCH_EXCHANGES", SIZE))
    with tempfile.TemporaryDirectory() as place:
        print(machine(), "load", *os.getloadavg(), file=sys.stderr)
        print(table(list(rows(Path(place), size)), markdown="--markdown" in sys.argv))


def rows(folder: Path, size: int) -> Iterator[Row]:
    """Wall and CPU of each way, and its wall by that of one process."""
    traffic = folder / "traffic.ndjson"
    write(traffic, size)
    print(f"{traffic.stat().st_size >> 20} MB", file=sys.stderr)
    one, report = audited(traffic, folder / "one")
    yield Row(f"audit of {size:,} exchanges, one process", told(one, size))
    two, of_two = audited(traffic, folder / "two", "--jobs", "2")
    yield Row("--jobs 2", told(two, size), same(report, of_two), f"{two.wall_s / one.wall_s:.2f} of the wall of one")
    watch = Watch(two.wall_s / 2)
    watch.start()
    cluster, of_cluster = audited(traffic, folder / "cluster", "--cluster", "local", "--jobs", "2")
    cluster = replace(cluster, cpu_s=watch.end())
    ratio = f"{cluster.wall_s / one.wall_s:.2f} of the wall of one"
    yield Row(f"--cluster local, {len(watch.killed)} of 2 killed", told(cluster, size), same(report, of_cluster), ratio)


def told(cost: Cost, size: int) -> str:
    """`41.2 s, 80.1 s of CPU (0.40 ms an exchange), 92 MB`."""
    each = 1000 * cost.cpu_s / size
    return f"{cost.wall_s:.1f} s, {cost.cpu_s:.1f} s of CPU ({each:.2f} ms each), {cost.peak_mb:.0f} MB"


def same(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Whether two reports are the same."""
    return "the same report" if one == other else "ANOTHER REPORT"


def audited(traffic: Path, report: Path, *options: str) -> tuple[Cost, dict[str, Any]]:
    """What an audit costs, and its report without when it was made, and how long that took."""
    # The recording cannot prove everything: what it does not show stays open, which is exit status 3.
    cost = measured(kit("audit", str(traffic), "--report", str(report), *options), (3,))
    content: dict[str, Any] = json.loads((report / "report.json").read_bytes())
    return cost, {name: value for name, value in content.items() if name not in ("started_at", "duration_s", "sha256")}


def write(path: Path, size: int) -> None:
    """Write a recording as a proxy could have made it."""
    refused = {"status": 400, "headers": dict(HEADERS), "body": {"error_code": "AIS.0101", "error_msg": "invalid"}}
    with path.open("w") as file:
        for exchange, number in zip(exchanges(size), count()):
            body = json.loads(exchange.request.body)
            answer: dict[str, object] = {"status": 200, "headers": dict(HEADERS), "elapsed_s": 0.1}
            assert not hasattr(exchange.answer, "kind"), "all are answered"
            answer["body"] = exchange.answer.body.decode()
            if number % 50 == 49:
                body, answer = {**body, "type_list": "train_ticket"}, refused
            sent = {"method": "POST", "url": ORIGIN + exchange.request.path, "headers": SENT, "body": json.dumps(body)}
            file.write(json.dumps({"request": sent, "response": answer}, ensure_ascii=False) + "\n")


class Watch(threading.Thread):
    """Counts the CPU of all that this process started, and ends one of Dask's workers at some time."""

    def __init__(self, after_s: float) -> None:
        """`after_s` is when one that has worked for some time is killed."""
        super().__init__()
        self.killed: list[int] = []
        self._after_s, self._over = after_s, threading.Event()
        self._seen: dict[int, float] = {}

    def run(self) -> None:
        """See `Watch`."""
        psutil = import_module("psutil")  # Dask brings it
        here, started = psutil.Process(), time.monotonic()
        while not self._over.wait(0.5):
            for process in here.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    times = process.cpu_times()
                    self._seen[process.pid] = times.user + times.system
                    # A worker is the fork of a process that waits for being asked for one.
                    works = "forkserver" in " ".join(process.parent().cmdline()) and times.user > 2
                    if works and not self.killed and time.monotonic() - started > self._after_s:
                        os.kill(process.pid, signal.SIGKILL)
                        self.killed.append(process.pid)

    def end(self) -> float:
        """Seconds of CPU."""
        self._over.set()
        self.join()
        return sum(self._seen.values())


if __name__ == "__main__":
    main()
