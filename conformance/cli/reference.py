"""`serve` and `faults`: the reference implementation, and the proof that every check can fail."""

from __future__ import annotations

import os
import sys

import click

from conformance.cli.options import USAGE, fail


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
@click.option("--only", multiple=True, metavar="ID", help="Only this implementation; may be repeated.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Processes at once.")
@click.option(
    "--live", is_flag=True, help="Each behind a socket, in a process of its own; takes several times as long."
)
def faults(*, as_json: bool, only: tuple[str, ...], jobs: int, live: bool) -> None:
    """Run the kit against every faulty implementation: the kill table.

    Ends with 0 where every fault is killed by its own checks and every variant stays green, else with 1.
    """
    import json

    from conformance.engine.catalogue import faulty_implementations
    from conformance.engine.proof import prove_all
    from conformance.report.kill_table import kill_document, kill_summary, proof_line

    known = faulty_implementations()
    unknown = sorted(set(only) - {implementation.id for implementation in known})
    if unknown:
        hint = "list them with `ocr-conformance serve --list-faults`"
        fail(USAGE, f"no faulty implementation {', '.join(unknown)}; {hint}")
    proofs = []
    chosen = [implementation for implementation in known if not only or implementation.id in only]
    for proof in prove_all(chosen, jobs, live=live):
        proofs.append(proof)
        if not as_json:
            click.echo(proof_line(proof))
    if as_json:
        click.echo(json.dumps(kill_document(proofs), indent=1))
    else:
        for line in kill_summary(proofs, complete=not only):
            click.echo(line)
    sys.exit(0 if all(proof.good for proof in proofs) else 1)


COMMANDS = (serve, faults)
