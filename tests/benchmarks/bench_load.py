"""Load beside Locust alone: what judging every answer costs, and whether any is wrong.

The same requests in the same mixture: once from `ocr-conformance load`, once from Locust with the same client, which
looks at statuses alone. Both keep 200 users busy at 300 requests a second, then as fast as the reference answers, which
has a process of its own. What a process costs before its first request is taken off: it is measured with a load of a
few seconds. OCR_BENCH_SECONDS sets how long (60). `python -m tests.benchmarks load`
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random

from figures import Row, machine, table
from processes import TOKEN, Cost, child, kit, measured, reference, served

USERS, RATE, DRAWN = 200, 300, 2_000
FAULTS = 0.1
SHORT_S = 3


def main() -> None:
    """Measure once each, and print a table."""
    seconds = int(os.environ.get("OCR_BENCH_SECONDS", "60"))
    with tempfile.TemporaryDirectory() as place, served(reference()) as origin:
        print(machine(), "load", *os.getloadavg(), file=sys.stderr)
        print(table(list(rows(Path(place) / "requests.json", origin, seconds)), markdown="--markdown" in sys.argv))


def rows(requests: Path, origin: str, seconds: int) -> Iterator[Row]:
    """What each costs: CPU as a share of one core, and of it what is the kit's own at RATE requests a second."""
    measured(child("bench_load", "draw", origin, str(requests)))
    for rate in (RATE, None):
        ours = [by_the_kit(origin, length, rate) for length in (SHORT_S, seconds)]
        theirs = [by_locust(origin, requests, length, rate) for length in (SHORT_S, seconds)]
        each = [1000 * (long[0].cpu_s - short[0].cpu_s) / (long[1] - short[1]) for short, long in (ours, theirs)]
        own = (each[0] - each[1]) / 1000 * RATE
        yield Row(
            f"{USERS} users for {seconds} s, {f'{rate} requests/s' if rate else 'as fast as it answers'}",
            f"{told(ours[1], seconds)}, {each[0]:.2f} ms of CPU each; {ours[1][2]} wrong",
            f"{told(theirs[1], seconds)}, {each[1]:.2f} ms of CPU each",
            f"the kit's own at {RATE}/s: {own:.0%} of a core",
        )


def told(run: tuple[Cost, int, int], seconds: int) -> str:
    """`18,000 requests, 300/s, 41% of a core`."""
    cost, count, _ = run
    return f"{count:,} requests, {count / seconds:.0f}/s, {cost.cpu_s / seconds:.0%} of a core"


def by_the_kit(origin: str, seconds: int, rate: int | None) -> tuple[Cost, int, int]:
    """What the kit costs, how many requests it sent, and how many answers were wrong or none."""
    options = ["--users", str(USERS), "--duration", str(seconds), "--faults", str(FAULTS), "--token", TOKEN]
    with tempfile.TemporaryDirectory() as report:
        more = [] if rate is None else ["--rate", str(rate)]
        cost = measured(kit("load", origin, *options, *more, "--report", report), (0, 1))
    counts = [
        [int(number) for number in found]
        for found in re.findall(r"users: (\d+) requests.*?(\d+) wrong, (\d+) errors", cost.output)
    ]
    return cost, sum(sent for sent, _, _ in counts), sum(wrong + none for _, wrong, none in counts)


def by_locust(origin: str, requests: Path, seconds: int, rate: int | None) -> tuple[Cost, int, int]:
    """What Locust alone costs, how many requests it sent, and how many failed, which the refused ones do."""
    cost = measured(child("bench_load", "locust", origin, str(requests), str(seconds), str(rate or 0)))
    sent, failed = json.loads(cost.output.splitlines()[-1])
    return cost, sent, failed


def draw(origin: str, path: Path) -> None:
    """Write requests in the mixture in which the kit sends them."""
    from conformance.engine.options import Settings
    from conformance.engine.plan import select
    from conformance.engine.session import open_target
    from conformance.load.users import magazine
    from conformance.targets.http import HttpTarget

    settings = Settings(target=origin, token=TOKEN, depth="smoke")
    contracts, purposes = select(settings)
    target, _ = open_target(settings)
    assert isinstance(target, HttpTarget)
    shots, rng = magazine(purposes, contracts, faults=FAULTS, seed=0), Random(0)
    drawn = []
    for _ in range(DRAWN):
        filled = target.filled(shots.choose(rng).request)
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in filled.headers}
        drawn.append((filled.method, filled.target.decode("ascii"), headers, filled.body.decode("latin-1")))
    path.write_text(json.dumps(drawn))


def locust(origin: str, path: Path, seconds: float, rate: float) -> None:
    """Send the requests with Locust alone; prints how many were sent, and how many failed."""
    import gevent
    from locust import FastHttpUser, constant_throughput, task
    from locust.env import Environment

    drawn = [(*one[:3], one[3].encode("latin-1")) for one in json.loads(path.read_text())]
    rng = Random(1)

    class Caller(FastHttpUser):
        host = origin
        connection_timeout = network_timeout = 30.0
        max_redirects = 0
        wait_time = constant_throughput(rate / USERS if rate else 1e9)

        @task
        def call(self) -> None:
            method, target, headers, body = rng.choice(drawn)
            self.client.request(method, target, data=body, headers=headers, allow_redirects=False)

    environment = Environment(user_classes=[Caller], host=origin)
    runner = environment.create_local_runner()
    runner.start(USERS, spawn_rate=max(100, USERS / 2))
    gevent.sleep(seconds)
    runner.quit()
    total = environment.stats.total
    print(json.dumps([total.num_requests, total.num_failures]))


if __name__ == "__main__":
    if sys.argv[1:2] == ["draw"]:
        draw(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["locust"]:
        locust(sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5]))
    else:
        main()
