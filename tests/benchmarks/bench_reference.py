"""The reference under load: 200 connections for 30 seconds, with valid and invalid requests mixed.

Run `python -m tests.benchmarks reference`. The server is a process of its own; the clients share one event loop.
Printed are answers by status, requests a second, and the memory of the server while it goes on. It ends with status 1
on any status of 500 or above or other than expected, and where memory grew by a quarter in the second half.
"""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import TypeAlias

import httpx

TOKEN = "a-token-of-the-benchmark"
PROJECT = "89abcdef0123456789abcdef01234567"
TICKETS = "/v1.0/ocr/auto-classification"
DOCUMENT = f"/v2/{PROJECT}/ocr/auto-id-doc-classification"
SPECIMENS = Path(__file__).parents[2] / "cases" / "specimens"
MAX_GROWTH = 1.25

Seen: TypeAlias = "Counter[tuple[int, int]]"
"""How often which status was expected and came."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One request and the status that it must get."""

    path: str
    body: bytes
    status: int
    token: str = TOKEN


def shots() -> list[Shot]:
    """Valid and invalid requests, the valid ones of several pictures."""
    files = ("train-ticket.png", "vat-invoice.png", "passport.png", "id-card-portrait-side.blurred-mild.jpg")
    pictures = [base64.b64encode((SPECIMENS / name).read_bytes()).decode() for name in files]
    valid = [Shot(TICKETS, body(image=picture), 200) for picture in pictures]
    valid += [Shot(DOCUMENT, body(data=picture, alarm=True), 200) for picture in pictures[2:]]
    invalid = [
        Shot(TICKETS, b"{", 400),
        Shot(TICKETS, body(), 400),
        Shot(TICKETS, body(image="%%%"), 400),
        Shot(TICKETS, body(image=pictures[0][:9000]), 400),
        Shot(TICKETS, body(image=pictures[0], type_list="x"), 400),
        Shot(TICKETS, body(url="ftp://127.0.0.1/"), 400),
        Shot(TICKETS, body(image=pictures[0]), 401, token="garbage"),
        Shot("/nowhere", b"", 404),
        Shot(DOCUMENT, body(data=pictures[0]), 400),
    ]
    return valid + invalid


def body(**members: object) -> bytes:
    """A body as JSON."""
    return json.dumps(members).encode()


async def fire(client: httpx.AsyncClient, magazine: list[Shot], until: float, start: int, seen: Seen) -> None:
    """One connection: request after request until the time is over; counts (wanted, got)."""
    for shot in cycle(magazine[start % len(magazine) :] + magazine[: start % len(magazine)]):
        if time.monotonic() > until:
            return
        answer = await client.post(shot.path, content=shot.body, headers={"X-Auth-Token": shot.token})
        seen[shot.status, answer.status_code] += 1


async def watch(process: int, until: float) -> list[int]:
    """Resident memory of a process in KiB, each second."""
    sizes = []
    while time.monotonic() < until:
        await asyncio.sleep(1)
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
        sizes.append(next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")))
    return sizes


async def load(
    origin: str, process: int, seconds: float, connections: int
) -> tuple[Counter[tuple[int, int]], list[int]]:
    """Everything that was answered, and the memory meanwhile."""
    seen: Counter[tuple[int, int]] = Counter()
    magazine = shots()
    limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=origin, limits=limits, timeout=60, trust_env=False) as client:
        watching = asyncio.create_task(watch(process, until))
        await asyncio.gather(*(fire(client, magazine, until, number, seen) for number in range(connections)))
        return seen, await watching


def main(seconds: float = 30, connections: int = 200) -> None:
    """Print the figures; raises SystemExit where the reference did not stand it."""
    command = [sys.executable, "-m", "conformance.reference", "--token", TOKEN, "--project-id", PROJECT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        origin = server.stdout.readline().strip()
        try:
            seen, sizes = asyncio.run(load(origin, server.pid, seconds, connections))
        finally:
            server.terminate()
    total, wrong = seen.total(), sum(count for (wanted, got), count in seen.items() if wanted != got)
    errors = sum(count for (_, got), count in seen.items() if got >= 500)
    growth = sizes[-1] / sizes[len(sizes) // 2]
    shown = [str(size // 1024) for size in sizes[:: max(len(sizes) // 10, 1)]]
    statuses = sorted({got for _, got in seen})
    counts = [f"{status}: {sum(n for (_, got), n in seen.items() if got == status)}" for status in statuses]
    print(f"{connections} connections, {seconds:g} s: {total} answers, {total / seconds:.0f} a second")
    print(f"by status: {', '.join(counts)}; other than expected: {wrong}; 500 and above: {errors}")
    print(f"memory in MB: {', '.join(shown)}; in the second half x{growth:.2f}")
    if errors or wrong or growth > MAX_GROWTH:
        sys.exit(1)


if __name__ == "__main__":
    main()
