"""Measures the kit against what people would use instead: `python -m tests.benchmarks [PART ...]`.

    finding     faults found, requests and tickets until then, beside Schemathesis
    overhead    a live run beside a bare loop that sends the same bytes
    replay      replaying and judging beside httpx, vcrpy and jsonschema.validate
    growth      replay, audit and report at 1,000, 10,000 and 100,000 exchanges
    startup     commands beside `python -c "import click"`
    audit       audits, imports and replays beside an earlier kit (OCR_CONFORMANCE_BASE)
    load        a load beside Locust alone
    images, http, strategies, draws, reference, pages, engines, opinions, parts, recordings, statement, sets    tables

What it compares with is installed into an environment of its own: `python3 -m venv .venv-bench` and
`.venv-bench/bin/pip install -e ".[bench]"`. Everything runs in turns within one run, and the figures are medians with
the least and the greatest value beside them. On a busy machine only ratios mean something.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

NEEDS = {"replay": "vcr", "finding": "schemathesis"}
"""Modules of the extra `bench` that parts need."""

PARTS = ("startup", "overhead", "replay", "growth", "finding")
COMPARED = ("audit",)
TABLES = (
    "images",
    "http",
    "strategies",
    "draws",
    "reference",
    "pages",
    "engines",
    "opinions",
    "parts",
    "recordings",
    "statement",
    "sets",
    "load",
)


def main(arguments: Sequence[str]) -> int:
    """Run the parts that are asked for, all of the first five where none is; prints one table."""
    sys.path.insert(0, str(Path(__file__).parent))  # with `-m` it is not there yet
    from figures import Options, machine, table

    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS + COMPARED + TABLES)}")
    parser.add_argument("--repeats", type=int, default=5, help="of each measurement (default: %(default)s)")
    parser.add_argument("--every", type=int, default=10, help="try each N-th fault by id (default: %(default)s)")
    parser.add_argument("--smoke", action="store_true", help="the least that shows that everything still runs")
    parser.add_argument("--markdown", action="store_true", help="print the main lines as Markdown, for README")
    given = parser.parse_args(arguments)
    unknown = sorted(set(given.parts) - set(PARTS + COMPARED + TABLES))
    if unknown or given.repeats < 1 or given.every < 1:
        known = ", ".join(PARTS + COMPARED + TABLES)
        parser.error(f"expected parts of {known} and whole numbers from 1, got {arguments}")
    for part in given.parts or PARTS:
        if part in NEEDS and importlib.util.find_spec(NEEDS[part]) is None:
            parser.error(f"{part}: expected {NEEDS[part]} beside the kit, found none; pip install -e '.[bench]'")
    options = Options(given.repeats, given.smoke, given.every)
    rows = []
    for part in given.parts or PARTS:
        module = importlib.import_module(f"bench_{part}")
        if part in TABLES:
            module.main()
            continue
        for row in module.rows(options):
            rows.append(row)
            print(f"{row.what}: {row.kit}; {row.other}; {row.ratio}", file=sys.stderr, flush=True)
    if rows:
        print(f"{machine()}\npython -m tests.benchmarks {' '.join(arguments)}\n")
        shown = [row for row in rows if row.main] if given.markdown else rows
        print(table(shown, markdown=given.markdown))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
