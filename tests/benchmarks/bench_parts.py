"""An audit by one process, by two, and by a Dask cluster of two workers one of which is killed: the same report.

The recording is lines of distinct exchanges, every fiftieth of them refused. CPU is that of all processes together;
what grows with the processes is starting them and bringing together what they found. `python -m tests.benchmarks parts`
takes 200,000 exchanges; OCR_BENCH_EXCHANGES sets how many.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
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
    killed: list[int] = []
    over = threading.Event()
    killer = threading.Thread(target=kill_a_worker, args=(os.getpid(), two.wall_s / 2, over, killed))
    killer.start()
    cluster, of_cluster = audited(traffic, folder / "cluster", "--cluster", "local", "--jobs", "2")
    over.set()
    killer.join()
    ratio = f"{cluster.wall_s / one.wall_s:.2f} of the wall of one"
    yield Row(f"--cluster local, {len(killed)} of 2 killed", told(cluster, size), same(report, of_cluster), ratio)


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


def kill_a_worker(parent: int, after_s: float, over: threading.Event, killed: list[int]) -> None:
    """End one of the processes that judge, after some time and once one has worked for some."""
    psutil = import_module("psutil")  # Dask brings it
    over.wait(after_s)
    while not killed and not over.is_set():
        for process in psutil.Process(parent).children(recursive=True):
            try:
                works = "spawn_main" in " ".join(process.cmdline()) and process.cpu_times().user > 2
            except psutil.NoSuchProcess:
                continue
            if works:
                os.kill(process.pid, signal.SIGKILL)
                killed.append(process.pid)
                break
        over.wait(0.1)


if __name__ == "__main__":
    main()
