"""What it costs to begin, in CPU: against `python -c "import click"`, the library that every command needs."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from figures import Options, Row, Spread, ratios
from processes import ROOT, kit, measured

CLICK = [sys.executable, "-c", "import click"]
ALLOWED_S = 0.1
"""Besides one and a half times the time of importing click."""


def rows(options: Options) -> Iterator[Row]:
    """`--help`, `requirements`, and a replayed smoke run, each beside the bare import."""
    cassette = str(ROOT / "cases" / "cassettes" / "reference-smoke")
    commands = {
        "`ocr-conformance --help`": kit("--help"),
        "`ocr-conformance requirements`": kit("requirements"),
        "`ocr-conformance run cassette:` of a smoke run": kit("run", f"cassette:{cassette}", "--quiet"),
    }
    if options.smoke:
        commands = dict(list(commands.items())[:1])
    cpus: dict[str, list[float]] = {name: [] for name in ("click", *commands)}
    for _ in range(1 if options.smoke else 2 * options.repeats):
        for name, command in {"click": CLICK, **commands}.items():
            cpus[name].append(measured(command).cpu_s)
    click = cpus["click"]
    shorter = [max(cpu - ALLOWED_S, 0.0) for cpu in cpus["`ocr-conformance --help`"]]
    for name in commands:
        ratio = ratios(cpus[name], click).text("times")
        if "--help" in name:
            ratio += f"; less 100 ms {ratios(shorter, click).median:.2f}"
        yield Row(
            f"start-up: {name} / `import click`",
            Spread.of(cpu * 1000 for cpu in cpus[name]).text("ms", 0),
            Spread.of(cpu * 1000 for cpu in click).text("ms", 0),
            ratio,
            main="--help" in name,
        )
