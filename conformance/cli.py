"""The command line: reads options, calls the engine, prints, and ends with the documented exit status. Nothing more."""

from __future__ import annotations

import locale
import os
import sys
import time
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from conformance import __version__

if TYPE_CHECKING:
    from collections.abc import Callable

    from conformance.contract.requirements import Depth
    from conformance.engine.ledger import Ledger
    from conformance.engine.recorder import Recorder
    from conformance.engine.session import Session, Settings
    from conformance.report.document import About
    from conformance.report.requirements import ListFormat

CONFORMANT, NONCONFORMANT, USAGE, INCONCLUSIVE, UNREACHABLE, KIT_ERROR = 0, 1, 2, 3, 4, 5
"""Exit statuses of `run`."""


class _Kit(click.Group):
    """Turns whatever a command raises into one message and the documented exit status."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as fault:  # the last line of defence: a traceback helps no user
            from conformance.engine.session import BAD_INPUT

            if isinstance(fault, BAD_INPUT):
                _fail(USAGE, str(fault))
            if isinstance(fault, OSError) and fault.filename is not None:
                _fail(USAGE, f"{fault.filename}: {fault.strerror}; choose another file or folder")
            if os.environ.get("OCR_CONFORMANCE_DEBUG"):
                raise
            _fail(
                KIT_ERROR,
                f"the kit itself failed: {type(fault).__name__}: {fault}. This says nothing about the target; set "
                "OCR_CONFORMANCE_DEBUG=1 to see where, and report it",
            )


@click.group(cls=_Kit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ocr-conformance")
def main() -> None:
    """Conformance tests for a documented OCR classification API.

    Start with `ocr-conformance run reference`.
    """


def _language(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if value is not None:
        return value
    # LANGUAGE and LC_ALL come before LANG, as in gettext.
    stated = next(
        (os.environ[name] for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
    )
    return "zh" if (stated or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


_language_option = click.option(
    "--lang", "language", type=click.Choice(["en", "zh"]), callback=_language, help="Language of the output."
)


def _run_options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say what to run, shared by `run` and whatever else draws up a run."""
    options = (
        click.argument("target"),
        click.option("--contract", "contracts", multiple=True, metavar="ID", help="Contract to test; may be repeated."),
        click.option("--depth", type=click.Choice(["smoke", "standard", "thorough"]), help="How much to ask."),
        click.option("--statement", type=click.Path(path_type=Path), metavar="FILE", help="Target statement (TOML)."),
        click.option("--token", metavar="T", help="Token; better in the environment as OCR_CONFORMANCE_TOKEN."),
        click.option("--cases", type=click.Path(path_type=Path, exists=True), metavar="DIR", help="Cases of your own."),
        click.option("--only", multiple=True, metavar="ID", help="This purpose, or what aims at this requirement."),
        click.option("--seed", type=int, metavar="N", help="Seed of what is drawn; repeats a run exactly."),
        click.option("--max-requests", type=click.IntRange(min=1), metavar="N", help="End the run after N requests."),
        click.option("--max-billable", type=click.IntRange(min=1), metavar="N", help="Bill at most N tickets."),
        click.option("--rate", type=click.FloatRange(min=0, min_open=True), metavar="N", help="Requests a second."),
        click.option("--timeout", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True,
                     metavar="S", help="Seconds for one request, all in all."),
        click.option("--strict", is_flag=True, help="A broken `should` fails the run, too."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@main.command()
@_run_options
@click.option("--record", type=click.Path(path_type=Path), metavar="DIR", help="Record a cassette in this folder.")
@click.option("--report", type=click.Path(path_type=Path), metavar="DIR", help="Write report.json and junit.xml there.")
@_language_option
@click.option("--quiet", is_flag=True, help="Print the verdict only.")
def run(
    *,
    target: str,
    contracts: tuple[str, ...],
    depth: Depth | None,
    statement: Path | None,
    token: str | None,
    cases: Path | None,
    only: tuple[str, ...],
    seed: int | None,
    max_requests: int | None,
    max_billable: int | None,
    rate: float | None,
    timeout: float,
    strict: bool,
    record: Path | None,
    report: Path | None,
    language: str,
    quiet: bool,
) -> None:
    """Test TARGET: an http(s) origin, `reference`, or `cassette:DIR`.

    Ends with 0 conformant, 1 not conformant, 2 wrong usage, 3 inconclusive, 4 target not reached, 5 the kit failed.
    """
    from conformance.engine.session import Settings

    settings = Settings(
        target, contracts, depth, statement, token, cases, only, seed, max_requests, max_billable, rate, timeout, strict
    )
    sys.exit(_run(settings, record, report, language, quiet=quiet))


def _run(settings: Settings, record: Path | None, report: Path | None, language: str, *, quiet: bool) -> int:
    from conformance.engine.run import Listener, UnreachableError
    from conformance.engine.session import open_session
    from conformance.report.document import About
    from conformance.report.terminal import Progress, console_for, print_summary

    console = console_for(sys.stdout)
    listeners: list[Listener] = []
    with ExitStack() as stack:
        session = open_session(settings, listeners)
        stack.callback(session.close)
        if record is not None:
            listeners.append(_recorder(stack, record, session))
        if not quiet:
            progress = Progress(console, len(session.purposes), language)
            stack.callback(progress.close)
            listeners.append(progress)
        started_at, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
        try:
            ledger = session.run.execute(session.purposes)
        except UnreachableError as error:
            stack.close()
            reason = str(error).rstrip(".")
            _fail(
                UNREACHABLE,
                f"{session.target.name} could not be reached: {reason}. Is it running, and is the address right?",
            )
        duration = time.monotonic() - started
    about = About(session.target.name, session.origin, __version__, session.run.seed, started_at, duration)
    if report is not None:
        _write_report(report, ledger, about)
    print_summary(console, ledger, about, language, brief=quiet)
    if session.recorded is not None and not quiet:
        console.print(f"  recorded in {session.recorded.get('duration_s')} s, replayed in {duration:.1f} s")
    if report is not None and not quiet:
        console.print(f"  {report / 'report.json'}")
    return _status(ledger)


def _recorder(stack: ExitStack, folder: Path, session: Session) -> Recorder:
    from conformance.engine.recorder import Recorder

    recorder = Recorder(folder, session.run, __version__)
    stack.enter_context(recorder)
    return recorder


def _status(ledger: Ledger) -> int:
    if ledger.errors:
        return KIT_ERROR
    return {"conformant": CONFORMANT, "nonconformant": NONCONFORMANT, "inconclusive": INCONCLUSIVE}[ledger.verdict]


def _write_report(folder: Path, ledger: Ledger, about: About) -> None:
    from conformance.report.document import replace_file, report_document, to_json, write_evidence
    from conformance.report.junit import junit_xml

    folder.mkdir(parents=True, exist_ok=True)
    write_evidence(ledger, folder)
    replace_file(folder / "report.json", to_json(report_document(ledger, about)))
    replace_file(folder / "junit.xml", junit_xml(ledger, about))


@main.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}, add_help_option=False
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def serve(arguments: tuple[str, ...]) -> None:
    """Serve the reference implementation; `serve --help` lists its options."""
    # The reference is a stranger to the kit: nothing of it is imported, and this process becomes it, so that whoever
    # started `serve` stops the server by stopping this process.
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "conformance.reference", *arguments])


@main.command()
@click.option("--json", "as_json", is_flag=True, help="The table for machines.")
@click.option("--only", multiple=True, metavar="ID", help="Only this implementation; may be repeated.")
@click.option("--jobs", type=click.IntRange(min=1), default=2, show_default=True, help="Processes at once.")
def faults(*, as_json: bool, only: tuple[str, ...], jobs: int) -> None:
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
        _fail(
            USAGE,
            f"no faulty implementation {', '.join(unknown)}; list them with `ocr-conformance serve --list-faults`",
        )
    proofs = []
    for proof in prove_all([implementation for implementation in known if not only or implementation.id in only], jobs):
        proofs.append(proof)
        if not as_json:
            click.echo(proof_line(proof))
    if as_json:
        click.echo(json.dumps(kill_document(proofs), indent=1))
    else:
        for line in kill_summary(proofs, complete=not only):
            click.echo(line)
    sys.exit(0 if all(proof.good for proof in proofs) else 1)


@main.command()
@click.option("--contract", "contracts", multiple=True, metavar="ID", help="Only this contract; may be repeated.")
@click.option("--format", "form", type=click.Choice(["text", "json", "markdown"]), default="text", show_default=True)
@_language_option
def requirements(contracts: tuple[str, ...], form: ListFormat, language: str) -> None:
    """List the requirements of the contracts."""
    from conformance.contract.contract import PRIMARY, load_contract
    from conformance.report.requirements import list_requirements

    click.echo(list_requirements([load_contract(name) for name in contracts or PRIMARY], form, language))


@main.command()
@click.argument("page", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--against", metavar="CONTRACT", help="Report what differs from this contract.")
def derive(page: Path, against: str | None) -> None:
    """Read a documentation PAGE into tables and draft schemas, or compare it with a contract.

    Ends with 0, with 1 on a difference or a part that could not be read, with 2 where the file is no such page.
    """
    from conformance.contract.contract import load_contract
    from conformance.contract.pages import derive as derive_page

    report = derive_page(page, load_contract(against).page if against is not None else None)
    for line in report.lines:
        click.echo(line)
    sys.exit(report.exit_status)


@main.command()
@click.argument("requirement")
@_language_option
def explain(requirement: str, language: str) -> None:
    """Explain a REQUIREMENT: statement, source, level, basis, purposes, checks, faults that prove it."""
    from conformance.report.requirements import explain_requirement

    click.echo(explain_requirement(requirement, language))


def _fail(status: int, message: str) -> NoReturn:
    click.echo(f"ocr-conformance: {message}", err=True)
    sys.exit(status)
