"""`serve` and `faults`: the reference implementation, and the proof that every check can fail."""

from __future__ import annotations

import os
import shutil
import sys

import click

from conformance.cli.options import USAGE, accepts_language, contracts_option, fail
from conformance.files import nearest
from conformance.text import Text

_JOBS = 4
"""Processes at once where nobody says otherwise: each keeps 400 MB of requests and of what it read on pictures."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve the reference implementation; `serve --help` lists its options."""
    # The reference is a stranger to the kit: nothing of it is imported, and this process becomes it, so that whoever
    # started `serve` stops the server by stopping this process.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "conformance.reference", *arguments])


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The table for machines.")
@contracts_option
@click.option("--only", multiple=True, metavar="ID", help="Only this implementation; may be repeated.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=min(os.cpu_count() or 1, _JOBS),
    show_default=f"one for each core, {_JOBS} at most",
    help="Processes at once.",
)
@click.option(
    "--live", is_flag=True, help="Each behind a socket, in a process of its own; takes several times as long."
)
@accepts_language
def faults(*, as_json: bool, only: tuple[str, ...], jobs: int, live: bool) -> None:
    """Run the kit against every faulty implementation: the kill table.

    Each row says after how many requests which requirement's check fired first for a fault, and whether a variant,
    which is unusual but conformant, stayed green. Ends with 0 where every fault is killed by the checks of the
    requirements that it breaks, every variant stays green and each requirement is broken by some fault, else with 1.
    """
    import json

    from conformance.engine.catalogue import faulty_implementations
    from conformance.engine.kill_table import prove_all
    from conformance.report.kill_table_text import (
        HEADINGS,
        kill_document,
        kill_summary,
        proof_row,
        unproven_requirements,
    )

    known = faulty_implementations()
    unknown = sorted(set(only) - {implementation.id for implementation in known})
    if unknown:
        near = [name for one in unknown for name in nearest(one, [implementation.id for implementation in known])]
        fail(
            USAGE,
            Text(
                f"no faulty implementation {', '.join(unknown)}; near it are {', '.join(near) or 'none'}; list them "
                "with `ocr-conformance serve --list-faults`",
                f"没有缺陷实现 {', '.join(unknown)}；相近的有 {'、'.join(near) or '无'}；用 "
                "`ocr-conformance serve --list-faults` 列出全部",
            ),
        )
    proofs, width = [], shutil.get_terminal_size().columns
    if not as_json:
        click.echo(HEADINGS)
    chosen = [implementation for implementation in known if not only or implementation.id in only]
    for proof in prove_all(chosen, jobs, live=live):
        proofs.append(proof)
        if not as_json:
            click.echo(proof_row(proof, width))
    if as_json:
        click.echo(json.dumps(kill_document(proofs), indent=1))
    else:
        click.echo("\n" + "\n".join(kill_summary(proofs, complete=not only)))
    gaps = not only and unproven_requirements(proofs)
    sys.exit(1 if gaps or not all(proof.good for proof in proofs) else 0)


COMMANDS = (serve, faults)
