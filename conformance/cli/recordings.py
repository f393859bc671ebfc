"""`audit` and `cassette`: recorded traffic, the kit's own and other people's."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance import __version__
from conformance.cli.options import exit_status, folder_argument, language_option, some_path
from conformance.text import Text

_existing = click.Path(path_type=Path, exists=True)


@click.command()
@click.argument("files", nargs=-1, required=True, type=_existing)
@click.option("--contract", "contracts", multiple=True, metavar="ID", help="Contract to judge by; may be repeated.")
@click.option("--depth", type=click.Choice(["smoke", "standard"]), default="standard", show_default=True)
@click.option("--strict", is_flag=True, help="A broken `should` fails, too.")
@click.option(
    "--report", type=some_path, metavar="DIR", help="Write report.json, .html, junit.xml and summary.md there."
)
@language_option
def audit(
    *, files: tuple[Path, ...], contracts: tuple[str, ...], depth: str, strict: bool, report: Path | None, language: str
) -> None:
    """Judge recorded traffic: cassettes, HAR files, NDJSON exchanges. Exit statuses as of `run`."""
    from conformance.contract.contract import PRIMARY, load_contract
    from conformance.engine.audit import audit as judge
    from conformance.report.conclude import conclude
    from conformance.report.document import About
    from conformance.report.terminal import console_for, print_story

    chosen = [load_contract(name) for name in contracts or PRIMARY]
    started_at, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    found = judge(files, chosen, depth="smoke" if depth == "smoke" else "standard", strict=strict)
    for left_out in found.left_out:
        click.echo(str(left_out), err=True)
    if more := found.left_out_count - len(found.left_out):
        click.echo(Text(f"and {more} more left out", f"另有 {more} 条未采用").in_language(language), err=True)
    name = f"audit of {', '.join(str(file) for file in files)}"
    about = About(name, "$TARGET", __version__, 0, started_at, time.monotonic() - started)
    ended = conclude(found.ledger, about, written=report is not None)
    print_story(console_for(sys.stdout), ended.story, language)
    if report is not None:
        ended.write(report, language)
    if found.other:
        words = Text(f"  {found.other} exchanges are of other operations", f"  {found.other} 次交互属于其他接口")
        click.echo(words.in_language(language))
    sys.exit(exit_status(found.ledger))


@click.group()
def cassette() -> None:
    """Recordings: check, redact, import, export."""


@cassette.command()
@click.argument("folders", nargs=-1, required=True, type=folder_argument)
def check(folders: tuple[Path, ...]) -> None:
    """Name every reason not to commit the cassettes in FOLDERS, a line each. Ends with 1 where there is one.

    As a pre-commit hook: put it into .git/hooks/pre-commit of the repository that holds them.
    """
    from conformance.recordings.check import Standard, check_cassette
    from conformance.targets.accounts import known_secrets

    standard = Standard(__version__, datetime.now(UTC), known_secrets(os.environ))
    hits = 0
    for folder in folders:
        before = hits
        for hit in check_cassette(folder, standard):
            hits += 1
            click.echo(f"{folder}: {hit}" if len(folders) > 1 else str(hit))
        if hits == before:
            click.echo(f"{folder}: nothing found against committing it")
    sys.exit(1 if hits else 0)


@cassette.command()
@click.argument("folder", type=folder_argument)
@click.argument("copy", type=some_path)
@click.option("--value", "values", multiple=True, metavar="TEXT", help="Personal text to replace; may be repeated.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="Header or JSON member to replace.")
@click.option("--keep-images", is_flag=True, help="Keep pictures that are not the kit's own.")
@click.option("--cases", type=folder_argument, metavar="DIR", help="Cases the run was recorded with.")
def redact(
    *, folder: Path, copy: Path, values: tuple[str, ...], names: tuple[str, ...], keep_images: bool, cases: Path | None
) -> None:
    """Write a redacted copy of the cassette in FOLDER to the new folder COPY.

    Credentials of the environment and personal values of recognised documents are replaced besides what is named.
    """
    from conformance.engine.own_requests import redact as redact_cassette
    from conformance.recordings.redact import Rules
    from conformance.targets.accounts import known_secrets

    done = redact_cassette(folder, copy, Rules(known_secrets(os.environ), values, names, keep_images), cases=cases)
    click.echo(f"{copy}: {done.interactions} exchanges, {done.changed} changed, {done.pictures} pictures replaced")


@cassette.command("import")
@click.argument("file", type=_existing)
@click.argument("folder", type=some_path)
def import_(file: Path, folder: Path) -> None:
    """Make a cassette in FOLDER of a HAR, NDJSON or VCR FILE, to be audited."""
    from conformance.recordings.formats import import_traffic

    skipped = import_traffic(file, folder, __version__, datetime.now(UTC).isoformat(timespec="seconds"))
    for entry in skipped:
        click.echo(f"{file}, {entry.place}: {entry.reason}", err=True)
    click.echo(f"{folder}: imported, {len(skipped)} left out; judge it with `ocr-conformance audit {folder}`")


@cassette.command()
@click.argument("folder", type=folder_argument)
@click.argument("file", type=some_path)
def export(folder: Path, file: Path) -> None:
    """Write the cassette in FOLDER as HAR 1.2 to FILE."""
    from conformance.recordings.formats import export_har

    click.echo(f"{file}: {export_har(folder, file, __version__)} entries")


COMMANDS = (audit, cassette)
