"""Whether reading a documentation page takes time in proportion to its length: python -m tests.benchmarks pages

Each hostile page is read at 45,000 and at 90,000 characters in turns; a ratio of 2 is proportion, 4 is its square.
"""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from pathlib import Path

from figures import Spread, machine, ratios

from conformance.derive import read_page
from conformance.files import DataError

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "contract"))

from long_pages import LONG, long_page

_REPEATS = 5


def seconds(text: str) -> float:
    """CPU seconds of reading one page."""
    started = time.process_time()
    with suppress(DataError):
        read_page(text)
    return time.process_time() - started


def main() -> None:
    """Print a line a page."""
    print(machine())
    for name, (head, repeated, _) in LONG.items():
        short, long = (long_page(head, repeated, length) for length in (45_000, 90_000))
        pairs = [(seconds(long), seconds(short)) for _ in range(_REPEATS)]
        spread = ratios([pair[0] for pair in pairs], [pair[1] for pair in pairs])
        print(f"{name:20}  {spread.text()}  {Spread.of(pair[0] for pair in pairs).text('s', 3)}")
