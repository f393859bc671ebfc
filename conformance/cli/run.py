"""`run` and `plan`: test a target, or say what that would send."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import click

from conformance.cli import KIT_ERROR, UNREACHABLE, USAGE, fail
from conformance.cli.options import (
    Run,
    ended_by_signals,
    ended_gently,
    exit_status,
    language_option,
    result_options,
    run_options,
)
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from conformance.engine.ledger import Ledger
    from conformance.engine.options import Results, Settings
    from conformance.engine.recorder import Recorder
    from conformance.engine.scripts import Listener
    from conformance.engine.session import Session


@click.command(cls=Run)
@run_options
@result_options
def run(settings: Settings, results: Results) -> None:
    """Test TARGET: an http(s) origin, `reference`, `asgi:MODULE:ATTRIBUTE`, `wsgi:...`, or `cassette:DIR`.

    Ends with 0 conformant, 1 not conformant, 2 wrong usage, 3 inconclusive, 4 target not reached, 5 the kit failed.
    With --baseline: 1 on a regression, 3 where something proven before is no longer proven, else 0.
    """
    from conformance.engine.availability import UNREACHED
    from conformance.engine.settings import check_results
    from conformance.report.compare import comparison_text
    from conformance.report.document import About
    from conformance.report.folder import conclude, read_report
    from conformance.report.markdown import annotation_lines, write_summary
    from conformance.report.terminal import console_for, print_story

    console = console_for(sys.stdout)
    report, language, quiet = results.report, results.spoken, results.quiet
    before = read_report(results.baseline) if results.baseline is not None else None
    check_results(results)
    settings = _narrowed(settings, language)
    session, ledger = _execute(settings, results, console)
    about = About.of(session, settings.only, report)
    ended = conclude(
        ledger, about, waivers=session.waivers, planned=session.purposes, written=report is not None, baseline=before
    )
    unreached = ledger.stop_text if ledger.stop_reason == UNREACHED else None
    if unreached is None:
        print_story(console, ended.story, language, brief=quiet)
    if session.recorded is not None and not quiet:
        then, now = session.recorded.get("duration_s"), f"{about.duration_s:.1f}"
        words = Text(f"recorded in {then} s, replayed in {now} s", f"录制用时 {then} 秒，回放用时 {now} 秒")
        console.print(f"  {words.in_language(language)}")
    for line in annotation_lines(ended.story, os.environ, language):
        click.echo(line)
    write_summary(ended.story, os.environ, language)
    if report is not None:
        for note in ended.write(report, language):
            click.echo(f"  {note.in_language(language)}", err=True)
        if not quiet:
            console.print(f"  {report / 'report.html'}")
    if session.recorded is None and ledger.stop_reason in _CONTINUED:
        click.echo(_how_to_go_on(results.record).in_language(language), err=True)
    if unreached is not None:
        fail(UNREACHABLE, unreached)
    if ended.comparison is not None:
        click.echo(comparison_text(ended.comparison, language))
        sys.exit(KIT_ERROR if ledger.errors else ended.comparison.status)
    sys.exit(exit_status(ledger))


_MARGIN, _DISCORDANCE = 0.02, 0.1
_SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command(cls=Run)
@run_options
@click.option("--json", "as_json", is_flag=True, help="The plan for machines.")
@click.option("--power", type=_SHARE, metavar="P", help="Say how many documents `compare --margin` takes to decide.")
@click.option("--margin", type=_SHARE, metavar="SHARE", help="With --power: the margin (0.02).")
@click.option(
    "--discordance",
    type=_SHARE,
    metavar="SHARE",
    help="With --power: documents that only one of both gets right (0.1).",
)
@click.option(
    "--difference",
    type=click.FloatRange(-1, 1),
    metavar="SHARE",
    help="With --power: by how much the second is better (0).",
)
@language_option
def plan(
    settings: Settings,
    *,
    as_json: bool,
    power: float | None,
    margin: float | None,
    discordance: float | None,
    difference: float | None,
    language: str,
) -> None:
    """Say what a run of TARGET would send: requests, bytes, billable tickets at most, time at the rate.

    With --power also how many documents it takes to show that one of two targets recognises no less than the other.
    """
    import json
    from dataclasses import asdict

    from conformance.engine.budget import budget_of
    from conformance.engine.inference import Sample
    from conformance.engine.plan import plan as make_plan
    from conformance.engine.plan import plan_document, select
    from conformance.engine.session import check_target
    from conformance.engine.settings import refuse_without, stated
    from conformance.report.tables import plan_text, sample_text

    if power is None:
        refuse_without("--power P", {"--margin": margin, "--discordance": discordance, "--difference": difference})
    settings = stated(_narrowed(settings, language))
    if settings.target.startswith("cassette:"):
        fail(
            USAGE,
            Text(
                "expected a live target to plan for; replaying a cassette sends nothing",
                "应为在线的被测系统；回放 cassette 不发送任何请求",
            ),
        )
    check_target(settings.target)
    sample = Sample.of(margin or _MARGIN, power, discordance or _DISCORDANCE, difference or 0.0) if power else None
    contracts, purposes = select(settings)
    made = make_plan(purposes, contracts, budget_of(settings), settings.seed or 0)
    if as_json:
        beside = {"sample": asdict(sample)} if sample is not None else {}
        click.echo(json.dumps({**plan_document(made), **beside}, indent=1))
        return
    click.echo(plan_text(made, language))
    if sample is not None:
        click.echo(f"\n{sample_text(sample, language)}")


def _narrowed(settings: Settings, language: str) -> Settings:
    """The settings with what --only-failed means, which is said."""
    if settings.only_failed is None:
        return settings
    from conformance.report.folder import narrowed

    found = narrowed(settings)
    click.echo(found.words.in_language(language), err=True)
    return found.settings


def _execute(settings: Settings, results: Results, console: Console) -> tuple[Session, Ledger]:
    """Run everything, with a recording and progress where they are wanted; the target is released at the end."""
    from conformance.engine.recorder import Recorder
    from conformance.engine.session import open_session
    from conformance.report.terminal import Progress, Reading

    _settle_memory(settings)
    listeners: list[Listener] = []
    with ExitStack() as stack:
        stack.enter_context(ended_by_signals())
        if settings.images is None or results.quiet:
            session = open_session(settings, listeners)
        else:
            with closing(Reading(console, settings.images, results.spoken)) as told:
                session = open_session(settings, listeners, told=told)
        stack.callback(session.close)
        _preflight(session)
        if (recorder := Recorder.of(session.run, session.purposes, results)) is not None:
            _tell(stack.enter_context(recorder), results)
        if not results.quiet:
            progress = Progress(console, len(session.purposes), results.spoken, session.run.ledger)
            stack.callback(progress.close)
            listeners.append(progress)
        with ended_gently(session.run.budget.ending, results.spoken):
            ledger = session.run.execute(session.purposes)
        session.settle()
    return session, ledger


_MMAP_THRESHOLD, _TRIM_THRESHOLD, _ARENA_MAX = -3, -1, -8
"""Of `malloc.h`: bytes from which a block is one of the system's, free bytes that are kept, how many heaps."""

_FLAT = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 1 << 19))
_QUICK = ((_ARENA_MAX, 1), (_MMAP_THRESHOLD, 32 << 20), (_TRIM_THRESHOLD, 64 << 20))


def _settle_memory(settings: Settings) -> None:
    """Say what glibc does with the memory of a body once it is gone; other C libraries are left alone.

    A set of pictures, which may be of any length, stays flat: what large bodies took goes back. Any other run keeps it
    for the next body: a tenth of its CPU would go into pages that are given back and asked for again. Neither needs a
    heap for every thread, some 40 MB with workers that nobody uses.
    """
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        for option, value in _FLAT if settings.images is not None else _QUICK:
            mallopt(option, value)


def _preflight(session: Session) -> None:
    """One cheap request before a live run; notes where it cannot begin, and what refuses the account."""
    from conformance.engine.preflight import preflight

    if session.recorded is not None:
        return
    run = session.run
    try:
        preflight(session.target, run.contracts[0], run.budget, os.environ, signed=run.signed).enter(run.ledger)
    except KeyboardInterrupt as interrupt:
        run.ledger.interrupt(str(interrupt))


def _tell(recorder: Recorder, results: Results) -> None:
    """What a recording that is continued holds."""
    folder, language = results.record, results.spoken
    if recorder.resumed:
        words = Text(f"continuing the recording in {folder}", f"继续 {folder} 中的录制")
        click.echo(words.in_language(language), err=True)
    for spot in recorder.unknown:
        words = Text(
            f"outcome unknown, possibly billed, sent again only with --resend: {spot}",
            f"结果未知，可能已计费，仅在使用 --resend 时重新发送：{spot}",
        )
        click.echo(words.in_language(language), err=True)


_CONTINUED = frozenset({"interrupted", "limit", "target-lost", "credentials-expired"})
"""Reasons of a run that ended early after which another one may go on."""


def _how_to_go_on(record: Path | None) -> Text:
    if record is None:
        return Text(
            "nothing of this run is kept; one with --record DIR goes on where it ended when the same command is given",
            "本次运行未作记录；使用 --record DIR 的运行可用同一命令从中断处继续",
        )
    return Text(
        f"the same command goes on where this run ended: what was answered is in {record}",
        f"再次执行同一命令即可从中断处继续：已得到的响应在 {record}",
    )
