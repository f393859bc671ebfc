"""What loading a contract costs: python -m tests.benchmarks.bench_contract

CPU of `load_contract` for each contract, as milliseconds and as a multiple of what parsing its TOML files alone takes;
then what is compiled afterwards, and only when it is asked for: the first time, and the second. Prints figures and
asserts nothing; medians of interleaved repeats, so that other work beside it hits all alike.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import tomllib
from typing import TYPE_CHECKING

from conformance.contract.contract import load_contract
from conformance.files import contract_ids, data_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.contract.tables import Page

REPEATS = 9
COLD = """
import sys, time
from conformance.contract.contract import load_contract
start = time.process_time()
load_contract(sys.argv[1])
print(time.process_time() - start, "jsonschema" in sys.modules)
"""


def files_of(contract_id: str) -> list[Path]:
    """The TOML files that a contract is made of: its own, those of the editions before it, and the shared ones."""
    schemas = data_folder("schemas")
    found = [schemas / "errors.toml", schemas / "positions.toml", schemas / "points.toml"]
    page: Page | None = load_contract(contract_id).page
    while page is not None:
        found += [schemas / page.id / "tables.toml", *sorted((schemas / page.id / "requirements").glob("*.toml"))]
        page = page.base
    return found


def _parse(files: list[Path]) -> None:
    for path in files:
        tomllib.loads(path.read_text(encoding="utf-8"))


def _cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


def main() -> None:
    """Print the figures of every contract."""
    for name in contract_ids():
        files = files_of(name)
        loads, parses = [], []
        for _ in range(REPEATS):
            loads.append(_cpu_ms(lambda name=name: load_contract(name)))  # type: ignore[misc]
            parses.append(_cpu_ms(lambda files=files: _parse(files)))  # type: ignore[misc]
        load, parse = statistics.median(loads), statistics.median(parses)
        contract = load_contract(name)
        first, again = _cpu_ms(lambda c=contract: c.success_validator), _cpu_ms(lambda c=contract: c.success_validator)  # type: ignore[misc]
        cold = subprocess.run([sys.executable, "-c", COLD, name], capture_output=True, text=True, check=True)
        seconds, compiled = cold.stdout.split()
        print(f"{name}: {len(files)} files, load {load:.1f} ms = {load / parse:.2f} x parsing them ({parse:.1f} ms)")
        print(f"  in a process of its own {1000 * float(seconds):.1f} ms; a validator compiled by then: {compiled}")
        print(f"  the validator, when first asked for {first:.1f} ms, afterwards {again:.3f} ms")


if __name__ == "__main__":
    main()
