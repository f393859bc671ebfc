"""What a live run costs beyond the calls themselves: against a bare loop that sends the same bytes.

The reference is a process of its own. Start-up, stated apart, is the CPU of the same command with `--max-requests 1`.
The bare loop is one `httpx.Client` that posts the bodies and reads the answers; its imports do not count.

As a module of its own: `bodies FILE DEPTH ORIGIN` writes what the kit would send, `loop FILE ORIGIN` sends it.
"""

from __future__ import annotations

import json
import pickle
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

from figures import Options, Row, Spread
from processes import TOKEN, child, kit, measured, reference, served

Sent: TypeAlias = "tuple[str, str, list[tuple[bytes, bytes]], bytes]"
"""Method, path, headers and body."""


def rows(options: Options) -> Iterator[Row]:
    """Time and memory of runs over both contracts, beside the bare loop."""
    depth = "smoke" if options.smoke else "standard"
    with served(reference()) as origin, tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "bodies")
        count, drawing = json.loads(measured(child("bench_overhead", "bodies", file, depth, origin)).output)
        drawings = [drawing]
        run = kit("run", origin, "--token", TOKEN, "--depth", depth, "--quiet")
        walls, cpus, peaks, starts, loops, loop_walls = ([] for _ in range(6))
        for turn in range(1 if options.smoke else options.repeats):
            if turn:
                again = measured(child("bench_overhead", "bodies", file, depth, origin))
                drawings.append(json.loads(again.output)[1])
            starts.append(measured([*run, "--max-requests", "1"], (3,)).cpu_s)
            cost = measured(run)
            walls.append(cost.wall_s)
            cpus.append(cost.cpu_s)
            peaks.append(cost.peak_mb)
            wall, cpu = json.loads(measured(child("bench_overhead", "loop", file, origin)).output)
            loop_walls.append(wall)
            loops.append(cpu)
    beyond = [1000 * (cpu - start - loop) / count for cpu, start, loop in zip(cpus, starts, loops, strict=True)]
    title = f"run --depth {depth}, {count} exchanges"
    yield Row(f"{title}: start-up, CPU", Spread.of(starts).text("s"), main=True)
    yield Row(
        f"{title}: CPU / bare loop",
        Spread.of(cpus).text("s"),
        Spread.of(loops).text("s"),
        f"{Spread.of(beyond).text('ms')} more an exchange",
        main=True,
    )
    yield Row(
        f"{title}: making pictures and bodies, without those on disk",
        Spread.of(drawings).text("s"),
        "",
        f"{Spread.of(1000 * drawing / count for drawing in drawings).text('ms')} an exchange",
        main=True,
    )
    yield Row(f"{title}: wall / bare loop", Spread.of(walls).text("s"), Spread.of(loop_walls).text("s"), main=True)
    yield Row(f"{title}: peak memory of the kit", Spread.of(peaks).text("MB", 0), main=True)


def write_bodies(file: Path, depth: str, origin: str) -> tuple[int, float]:
    """Write what a run at a depth sends, and only that, secrets filled in, one pickle after another.

    Returns how many, and the CPU seconds that making them took, without the first, which loads what they all need.
    """
    from conformance.engine.options import Settings
    from conformance.engine.plan import select
    from conformance.engine.scripts import drawn_script
    from conformance.targets import Credentials
    from conformance.targets.http import Slots
    from conformance.targets.reference import PROJECT_ID

    contracts, purposes = select(Settings(origin, depth="smoke" if depth == "smoke" else "standard"))
    by_id = {contract.id: contract for contract in contracts}
    slots = Slots(origin, Credentials(token=TOKEN, project_id=PROJECT_ID), None)
    count, drawing = 0, 0.0
    answered: set[bytes] = set()
    with file.open("wb") as out:
        for purpose in purposes:
            used = time.process_time()
            for planned in drawn_script(purpose, by_id[purpose.contract_id], 0):
                drawing += time.process_time() - used if count else 0.0
                if planned.shared and planned.request.sent_sum() in answered:
                    used = time.process_time()
                    continue  # the answer to an equal one stands for it: a run does not send it
                if planned.lends:
                    answered.add(planned.request.sent_sum())
                filled = slots.fill(planned.request)
                sent: Sent = (filled.method, filled.target.decode(), list(filled.headers), filled.body)
                pickle.dump(sent, out)
                count += 1
                used = time.process_time()
    return count, drawing


def bare_loop(file: Path, origin: str) -> tuple[float, float]:
    """Wall and CPU seconds of sending everything and reading the answers."""
    import httpx

    with file.open("rb") as source, httpx.Client(trust_env=False, timeout=60) as client:
        wall = cpu = 0.0
        while True:
            try:
                method, path, headers, body = pickle.load(source)
            except EOFError:
                return wall, cpu
            started, used = time.perf_counter(), time.process_time()
            client.request(method, origin + path, headers=headers, content=body).read()
            wall += time.perf_counter() - started
            cpu += time.process_time() - used


def main(action: str, file: str, *more: str) -> None:
    """One of the two children."""
    if action == "bodies":
        print(json.dumps(write_bodies(Path(file), *more)))
    else:
        print(json.dumps(bare_loop(Path(file), *more)))


if __name__ == "__main__":
    main(*sys.argv[1:])
