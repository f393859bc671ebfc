"""What generating requests costs: python -m tests.benchmarks strategies

What depths smoke and standard send for both contracts, every fault with its control, once each, and valid requests as a
thorough run draws them: seconds, peak memory, bytes of bodies and of the pictures served with them. Prints figures and
asserts nothing. Every measurement runs in a process of its own, so that one peak does not hide another.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

from conformance.contract.contract import load_contract
from conformance.engine.options import Settings
from conformance.engine.plan import select
from conformance.engine.scripts import drawn_script
from conformance.files import PRIMARY
from conformance.strategies import Draw, break_request, build, examples, fault_ids, typed_specimens, valid_draws
from conformance.strategies.requests import is_heavy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conformance.contract.requirements import Depth
    from conformance.exchange import Request

VALID = 200


def smoke() -> Iterator[Request]:
    """Every request of depth smoke of both contracts, in the order of a run."""
    return _depth("smoke")


def standard() -> Iterator[Request]:
    """Every request of depth standard of both contracts, those with a url included, in the order of a run."""
    return _depth("standard")


def _depth(depth: Depth) -> Iterator[Request]:
    contracts, purposes = select(Settings("reference", depth=depth))
    by_id = {contract.id: contract for contract in contracts}
    for purpose in purposes:
        for planned in drawn_script(purpose, by_id[purpose.contract_id], seed=0):
            yield planned.request


def all_faults() -> Iterator[Request]:
    """Every fault of both contracts in the smallest control, each followed by that control."""
    for name in PRIMARY:
        contract = load_contract(name)
        control = Draw(page=(typed_specimens(contract)[0].id,))
        for fault in fault_ids(contract):
            request = break_request(contract, fault, control)
            yield request
            if request.label is not None:
                yield request.label.control


def light_faults() -> Iterator[Request]:
    """The first round of both contracts: each fault once, without the heavy ones."""
    for name in PRIMARY:
        contract = load_contract(name)
        control = Draw(page=(typed_specimens(contract)[0].id,))
        seen = set()
        for fault in fault_ids(contract):
            kind = fault.partition("/")[0]
            if kind not in seen and not is_heavy(fault):
                seen.add(kind)
                yield break_request(contract, fault, control)


def valid() -> Iterator[Request]:
    """Valid requests of both contracts, as a thorough run draws them."""
    for name in PRIMARY:
        contract = load_contract(name)
        for draw in examples(valid_draws(contract), VALID // len(PRIMARY), seed=0):
            yield build(contract, draw)


def _consume(source: Callable[[], Iterator[Request]]) -> tuple[int, int, int]:
    """Requests, bytes of their bodies and pictures, and those of the longest."""
    sizes = [len(r.body) + sum(len(picture.content) for picture in r.pictures) for r in source()]
    return len(sizes), sum(sizes), max(sizes)


def _measure(source: Callable[[], Iterator[Request]], queue: multiprocessing.Queue[tuple[float, ...]]) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start, cpu = time.perf_counter(), time.process_time()
    count, total, longest = _consume(source)
    seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    tracemalloc.start()
    _consume(source)
    queue.put((count, seconds, cpu, total, longest, peak - before, peak, tracemalloc.get_traced_memory()[1] / 1e6))


def _report(title: str, source: Callable[[], Iterator[Request]]) -> None:
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[float, ...]] = context.Queue()
    process = context.Process(target=_measure, args=(source, queue))
    process.start()
    count, seconds, cpu, total, longest, growth, peak, traced = queue.get()
    process.join()
    print(f"{title}: {count:.0f} requests in {seconds:.2f} s ({cpu:.2f} s of CPU)")
    print(f"  bodies and pictures: {total / 1e6:.1f} MB together, {longest / 1e6:.1f} MB the longest")
    print(f"  memory: +{growth:.0f} MiB to {peak:.0f} MiB resident, {traced:.0f} MB traced at most")


def main() -> int:
    """Prints every figure."""
    _report("depth smoke of both contracts", smoke)
    _report("depth standard of both contracts", standard)
    _report("every fault of both contracts, with its control", all_faults)
    _report("each fault of both contracts once, the light ones", light_faults)
    _report("valid requests", valid)
    return 0


if __name__ == "__main__":
    sys.exit(main())
