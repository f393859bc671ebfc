"""`serve`, `faults`, `specimens` and `pictures`: what the kit itself has to try things on."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from conformance.cli import INTERRUPTED, USAGE, fail, spoken
from conformance.cli.options import (
    accepts_language,
    completing,
    contracts_option,
    fault_names,
    folder_argument,
    language_option,
    some_path,
)
from conformance.text import Text, counted

if TYPE_CHECKING:
    from conformance.engine.lookup import FaultyImplementation


_JOBS = 4
"""Processes at once where nobody says otherwise: each keeps 400 MB of requests and of what it read on pictures."""


_SERVE = """
import sys
from conformance.reference.__main__ import main
sys.exit(main(called="ocr-conformance serve"))
"""
"""What `python -m conformance.reference` does, under the name that the user typed."""


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, add_help_option=False
)
@click.argument(
    "arguments",
    nargs=-1,
    type=click.UNPROCESSED,
    shell_complete=completing(lambda context: fault_names(context) if _fault_is_next(context) else ()),
)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve the reference implementation; `serve --help` lists its options."""
    # The reference is a stranger to the kit: nothing of it is imported, and this process becomes it, so that whoever
    # started `serve` stops the server by stopping this process. Of two --lang that after `serve` holds, as elsewhere.
    language = ("--lang", spoken()) if spoken() in ("en", "zh") else ()
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-c", _SERVE, *language, *arguments])


def _fault_is_next(context: click.Context) -> bool:
    return tuple(context.params.get("arguments") or ())[-1:] == ("--fault",)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The table for machines.")
@contracts_option
@click.option(
    "--only",
    multiple=True,
    metavar="ID",
    help="Only this implementation; may be repeated.",
    shell_complete=completing(fault_names),
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=min(os.cpu_count() or 1, _JOBS),
    help=f"Processes at once; one for each core, {_JOBS} at most.",
)
@click.option(
    "--live", is_flag=True, help="Each behind a socket, in a process of its own; takes several times as long."
)
@click.option(
    "--engine-misses",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="P",
    help="Only faults that break a must, around an engine that misses this share of documents.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=5, show_default=True, help="Such engines for each fault.")
@accepts_language
def faults(*, as_json: bool, only: tuple[str, ...], jobs: int, live: bool, engine_misses: float, seeds: int) -> None:
    """Run the kit against every faulty implementation: the kill table.

    Each row says after how many requests which requirement's check fired first for a fault, and whether a variant,
    which is unusual but conformant, stayed green. Ends with 0 where every fault is killed by the checks of the
    requirements that it breaks, every variant stays green and each requirement is broken by some fault, else with 1.
    With --engine-misses it ends with 0 where at least 95 % of the runs killed their fault.
    """
    import json
    import shutil

    from conformance.engine.kill_table import prove_all
    from conformance.engine.lookup import faulty_implementations
    from conformance.files import nearest
    from conformance.report.tables import headings, kill_document, kill_summary, proof_row, unproven_requirements

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
    chosen = [implementation for implementation in known if not only or implementation.id in only]
    if engine_misses:
        _around_an_engine(chosen, engine_misses, seeds, jobs, as_json=as_json)
    proofs, width = [], shutil.get_terminal_size().columns
    if not as_json:
        click.echo(headings(spoken()))
    for proof in prove_all(chosen, jobs, live=live):
        proofs.append(proof)
        if not as_json:
            click.echo(proof_row(proof, width, spoken()))
    if as_json:
        click.echo(json.dumps(kill_document(proofs, complete=not only), indent=1))
    else:
        click.echo("\n" + "\n".join(kill_summary(proofs, complete=not only, language=spoken())))
    gaps = not only and unproven_requirements(proofs)
    sys.exit(1 if gaps or not all(proof.good for proof in proofs) else 0)


_ENOUGH = 0.95
"""Share of runs that have to kill their fault where the engine around it misses documents."""


def _around_an_engine(
    known: Sequence[FaultyImplementation], misses: float, seeds: int, jobs: int, *, as_json: bool
) -> NoReturn:
    """The kill table of faults that break a must, for engines that miss a share of all documents; ends the command."""
    from conformance.engine.kill_table import must_names, prove_all
    from conformance.report.tables import engine_document, engine_row, engine_summary

    chosen = [i for i in known if i.kind == "fault" and must_names().intersection(i.breaks)]
    found: dict[str, list[bool]] = {i.id: [] for i in chosen}
    for seed in range(1, seeds + 1):
        for proof in prove_all(chosen, jobs, engine={"misses": misses, "seed": seed}):
            killed = proof.error is None and not proof.survived_musts
            found[proof.implementation.id].append(killed)
            if not as_json and not killed:
                click.echo(engine_row(proof, seed, spoken()))
    if as_json:
        import json

        click.echo(json.dumps(engine_document(found, misses), indent=1))
    else:
        click.echo("\n".join(engine_summary(found, misses, spoken())))
    killed_runs, all_runs = sum(map(sum, found.values())), sum(map(len, found.values()))
    sys.exit(0 if killed_runs >= _ENOUGH * all_runs else 1)


# Pictures: `specimens` draws invented documents, `pictures` serves those that a `curl` line of a finding refers to.


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("folder", type=folder_argument)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--address", metavar="URL", help="How the target reaches this machine; http://127.0.0.1 by default.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen, if that differs from the address.")
def pictures(folder: Path, command: tuple[str, ...], address: str | None, listen: str | None) -> None:
    """Serve the pictures in the evidence FOLDER of a report while COMMAND runs, and end with its exit status.

    `{pictures}` in COMMAND, or in a file that it names as @FILE, becomes the address. Without COMMAND: until stopped.
    """
    from threading import Event

    from conformance.report.evidence import read_pictures
    from conformance.targets.picture_server import LOOPBACK, PictureServer

    kept = read_pictures(folder)
    server = PictureServer(address or LOOPBACK, listen)
    try:
        with server.offering(kept):
            if not command:
                click.echo(server.address)
                Event().wait()
            sys.exit(_run(command, server.address))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        server.close()


def _run(command: tuple[str, ...], address: str) -> int:
    import subprocess
    from tempfile import TemporaryDirectory

    from conformance.exchange import PICTURES_SLOT

    with TemporaryDirectory(prefix="ocr-conformance-") as beside:
        filled = []
        for number, word in enumerate(command):
            if word.startswith("@") and PICTURES_SLOT.encode() in (body := _content(Path(word[1:]))):
                copy = Path(beside) / str(number)
                copy.write_bytes(body.replace(PICTURES_SLOT.encode(), address.encode()))
                filled.append(f"@{copy}")
            else:
                filled.append(word.replace(PICTURES_SLOT, address))
        try:
            return subprocess.run(filled, check=False).returncode
        except OSError as error:
            place = f"{filled[0]}: {error.strerror}"
            fail(
                USAGE,
                Text(
                    f"{place}; expected a command to run, such as the curl line of a finding",
                    f"{place}；应为要执行的命令，例如问题中的 curl 行",
                ),
            )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # the command will say what is wrong with it


@click.command()
@click.argument("folder", type=some_path)
@click.option("--per-type", metavar="N", type=click.IntRange(min=1), required=True, help="Pictures of each type.")
@click.option("--type", "types", metavar="T", multiple=True, help="This type; may be repeated; all by default.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same bytes.")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), default=os.cpu_count, help="Processes; all cores.")
@click.option("--quiet", is_flag=True, help="Print nothing but mistakes.")
@language_option
def specimens(
    folder: Path, per_type: int, types: tuple[str, ...], seed: int, jobs: int, quiet: bool, language: str
) -> None:
    """Draw invented documents into FOLDER, for `run --images FOLDER`.

    Each picture has values of its own and one declared degradation (JPEG quality, blur, rotation, perspective, glare,
    resolution) or none; `manifest.toml` says what is on it. Needs `pip install 'ocr-conformance[specimens]'` and the
    Noto typefaces of the system.
    """
    try:
        from conformance.specimens.draw import documents_of, draw_specimens
    except ImportError as error:
        fail(
            USAGE,
            Text(
                f"specimens needs the package {error.name}; pip install 'ocr-conformance[specimens]'",
                f"specimens 需要软件包 {error.name}；请执行 `pip install 'ocr-conformance[specimens]'`",
            ),
        )
    count = per_type * len(documents_of(types))
    drawn = 0
    for drawn, _ in enumerate(draw_specimens(folder, per_type, types, seed, min(jobs, count)), 1):
        if not quiet and (drawn % 100 == 0 or drawn == count):
            click.echo(
                Text(f"{drawn} of {count} pictures", f"已绘制 {drawn}/{count} 张").in_language(language), err=True
            )
    if not quiet:
        done = Text(
            f"{counted(drawn, 'picture')} and manifest.toml in {folder}; "
            f"ask a target about them: run TARGET --images {folder}",
            f"{drawn} 张图片和 manifest.toml 已写入 {folder}；用 run TARGET --images {folder} 提交给被测系统",
        )
        click.echo(done.in_language(language))
