"""`audit`, `cassette`, `compare` and `bundle`: recorded traffic, and what reports say of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from conformance import __version__
from conformance.cli import NONCONFORMANT, fail, say, spoken
from conformance.cli.options import (
    accepts_language,
    ended_by_signals,
    exit_status,
    file_argument,
    folder_argument,
    language_option,
    some_path,
    taking,
)
from conformance.engine.options import Results, Settings
from conformance.text import Text, counted, said_of

if TYPE_CHECKING:
    from conformance.engine.audit import Audit
    from conformance.report.shapes import Report


_existing = click.Path(path_type=Path, exists=True)


class _Recorded(click.Path):
    """A file or a folder that is there, or the address of one elsewhere: `s3://bucket/traffic.ndjson`."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path; one of a file elsewhere is used like one of this machine."""
        from conformance.files import elsewhere, is_address

        if not is_address(str(value)):
            return super().convert(value, param, ctx)
        return elsewhere(str(value))


@click.command()
@click.argument("files", nargs=-1, required=True, type=_Recorded(path_type=Path, exists=True))
@taking(Settings, "settings", "contracts", "contract_folder", "statement", "depth", "strict")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), help="Judge in N processes.")
@click.option("--cluster", metavar="ADDRESS|local", help="Judge on a Dask cluster, or on one of this machine.")
@taking(Results, "results", "report", "language")
def audit(files: tuple[Path, ...], settings: Settings, jobs: int | None, cluster: str | None, results: Results) -> None:
    """Judge recorded traffic: cassettes, HAR files, VCR cassettes, newman's reports, NDJSON exchanges.

    A file is known by its content, and may be compressed (.gz, .har.zip); a folder that is no cassette stands for all
    files in it. Exit statuses as of `run`.
    """
    import time
    from datetime import UTC, datetime

    from conformance.engine.audit import audit as judge
    from conformance.engine.mappers import mapper_of
    from conformance.engine.plan import contracts_of
    from conformance.engine.settings import stated
    from conformance.files import default_contracts
    from conformance.recordings.reader import recordings_in
    from conformance.report.document import About
    from conformance.report.folder import conclude
    from conformance.report.terminal import console_for, print_story
    from conformance.report.transcript import Caller, folder_here

    settings, report, language = stated(settings), results.report, results.spoken
    chosen = contracts_of(settings, default_contracts())
    started_at, started = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    with ended_by_signals(), closing(mapper_of(jobs, cluster)) as mapper, _told(language) as told:
        found = judge(
            recordings_in(files),
            chosen,
            depth=settings.depth or "standard",
            strict=settings.strict,
            statement=settings.declared,
            judged=told,
            mapper=mapper,
        )
    for left_out in found.left_out:
        click.echo(left_out.in_language(language), err=True)
    _echo_more(found.left_out_count - len(found.left_out), language)
    traffic = ", ".join(str(file) for file in files)
    name = Text(f"audit of {traffic}", f"对 {traffic} 的审计").in_language(language)
    about = About(name, Caller("$TARGET", folder_here(report)), __version__, 0, started_at, time.monotonic() - started)
    ended = conclude(found.ledger, about, waivers=settings.declared.waivers, written=report is not None)
    print_story(console_for(sys.stdout), ended.story, language)
    if report is not None:
        ended.write(report, language)
    for words in _remarks(found):
        click.echo(f"  {words.in_language(language)}")
    sys.exit(exit_status(found.ledger))


@contextmanager
def _told(language: str) -> Iterator[Callable[[int, int, int], None]]:
    """Tells on a terminal how much is judged; nothing in a log."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _exchanges, _done, _parts: None
        return
    with console.status("") as status:

        def tell(exchanges: int, done: int, parts: int) -> None:
            words = Text(
                f"{exchanges:,} exchanges judged, {100 * done // parts} %",
                f"已判定 {exchanges:,} 次交互，{100 * done // parts} %",
            )
            status.update(words.in_language(language))

        yield tell


def _remarks(found: Audit) -> Iterator[Text]:
    """What an audit did not judge, and what to do about it."""
    if found.sent_again:
        yield Text(
            f"{found.sent_again} requests were refused (load, gateway) and sent again: the last answer is judged",
            f"{found.sent_again} 次请求因负载或被网关拒绝后重新发送：以最后一次响应为准",
        )
    if found.other:
        yield Text(f"{found.other} exchanges are of other operations", f"{found.other} 次交互属于其他接口")
    for contract, count in sorted(found.fitting.items()):
        yield Text(
            f"{count} of them fit {contract}: judge them with --contract {contract}",
            f"其中 {count} 次符合 {contract}：可用 --contract {contract} 判定",
        )


def _echo_more(more: int, language: str) -> None:
    if more > 0:
        click.echo(Text(f"and {more} more left out", f"另有 {more} 条未采用").in_language(language), err=True)


@click.group()
def cassette() -> None:
    """Recordings: check, redact, import, export."""


@cassette.command()
@click.argument("folders", nargs=-1, required=True, type=_existing)
@accepts_language
def check(folders: tuple[Path, ...]) -> None:
    """Name every reason not to commit the cassettes in FOLDERS, a line each. Ends with 1 where there is one.

    A file stands for the cassette that it is of, as pre-commit names it (.pre-commit-hooks.yaml).
    """
    from datetime import UTC, datetime

    from conformance.recordings.check import Standard, check_cassette
    from conformance.targets.accounts import known_secrets

    standard = Standard(__version__, datetime.now(UTC), known_secrets(os.environ))
    hits = 0
    folders = tuple(dict.fromkeys(path if path.is_dir() else path.parent for path in folders))
    for folder in folders:
        before = hits
        for hit in check_cassette(folder, standard):
            hits += 1
            words = said_of(folder, hit.words) if len(folders) > 1 else hit.words
            click.echo(words.in_language(spoken()))
        if hits == before:
            say(f"{folder}: nothing found against committing it", f"{folder}：未发现不宜提交的内容")
    sys.exit(1 if hits else 0)


@cassette.command()
@click.argument("folder", type=folder_argument)
@click.argument("copy", type=some_path)
@click.option("--value", "values", multiple=True, metavar="TEXT", help="Personal text to replace; may be repeated.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="Header or JSON member to replace.")
@click.option("--keep-images", is_flag=True, help="Keep pictures that are not the kit's own.")
@click.option("--cases", type=folder_argument, metavar="DIR", help="Cases the run was recorded with.")
@accepts_language
def redact(
    *, folder: Path, copy: Path, values: tuple[str, ...], names: tuple[str, ...], keep_images: bool, cases: Path | None
) -> None:
    """Write a redacted copy of the cassette in FOLDER to the new folder COPY.

    Credentials of the environment and personal values of recognised documents are replaced besides what is named.
    """
    from conformance.engine.recorder import redact as redact_cassette
    from conformance.recordings.redact import Rules
    from conformance.targets.accounts import known_secrets

    done = redact_cassette(folder, copy, Rules(known_secrets(os.environ), values, names, keep_images), cases=cases)
    say(
        f"{copy}: {done.interactions} exchanges, {done.changed} changed, {done.pictures} pictures replaced",
        f"{copy}：{done.interactions} 次交互，改动 {done.changed} 次，替换图片 {done.pictures} 张",
    )


@cassette.command("import")
@click.argument("file", type=_existing)
@click.argument("folder", type=some_path)
@click.option("--keep-other", is_flag=True, help="Keep exchanges of other operations, redacted.")
@language_option
def import_(*, file: Path, folder: Path, keep_other: bool, language: str) -> None:
    """Make a cassette in FOLDER of recorded traffic in FILE, to be audited: HAR, VCR, newman's report, NDJSON.

    Credentials are looked for in the whole file first, and taken out wherever they stand.
    """
    from datetime import UTC, datetime

    from conformance.engine.lookup import is_documented
    from conformance.recordings.import_export import import_traffic

    now = datetime.now(UTC).isoformat(timespec="seconds")
    done = import_traffic(file, folder, __version__, now, None if keep_other else is_documented)
    for entry in done.left_out:
        click.echo(f"{file}, {entry.place}: {entry.reason.in_language(language)}", err=True)
    _echo_more(done.left_out_count - len(done.left_out), language)
    words = Text(
        f"{folder}: {counted(done.taken, 'exchange')} imported, {done.left_out_count} left out, "
        f"{done.other} of other operations; judge it with `ocr-conformance audit {folder}`",
        f"{folder}：已导入 {done.taken} 次交互，未采用 {done.left_out_count} 次，属于其他接口 {done.other} 次；"
        f"可用 `ocr-conformance audit {folder}` 判定",
    )
    click.echo(words.in_language(language))


@cassette.command()
@click.argument("folder", type=folder_argument)
@click.argument("file", type=some_path)
@accepts_language
def export(folder: Path, file: Path) -> None:
    """Write the cassette in FOLDER as HAR 1.2 to FILE."""
    from conformance.recordings.import_export import export_har

    entries = export_har(folder, file, __version__)
    say(f"{file}: {entries} entries", f"{file}：{entries} 个条目")


# `compare` and `bundle`: reports against each other, and packed for acceptance.


@click.command()
@click.argument("old", type=some_path)
@click.argument("new", type=some_path)
@click.option(
    "--margin",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    metavar="SHARE",
    help="Decide whether NEW recognises no less than OLD but for this share.",
)
@language_option
def compare(old: Path, new: Path, margin: float | None, language: str) -> None:
    """Compare two report.json files: what is newly failing, newly proven, fixed, still failing, no longer proven; and
    what was recognised on the pictures that both were asked for.

    Ends with 1 on a regression, 3 where something proven is no longer proven, 2 on a stale entry, else 0. With --margin
    also 1 where NEW is shown to recognise less by more than that, 3 where there are too few documents to tell.
    """
    from conformance.report.compare import compare as compare_reports
    from conformance.report.compare import comparison_text
    from conformance.report.folder import read_report

    comparison = compare_reports(read_report(old), read_report(new), margin)
    click.echo(comparison_text(comparison, language))
    sys.exit(comparison.status)


@click.group()
def bundle() -> None:
    """An acceptance bundle: report, statement, recording and environment in one archive that shows any change."""


@bundle.command()
@click.argument("report", type=folder_argument)
@click.argument("archive", type=some_path)
@click.option("--cassette", type=folder_argument, metavar="DIR", help="The recording of the run.")
@click.option("--statement", type=file_argument, metavar="FILE", help="The target statement.")
@click.option("--key", type=file_argument, metavar="PEM", help="Ed25519 private key to sign with.")
@language_option
def make(
    *, report: Path, archive: Path, cassette: Path | None, statement: Path | None, key: Path | None, language: str
) -> None:
    """Pack the REPORT folder of `run --report` into ARCHIVE."""
    from conformance.report.bundle import Sources, make_bundle

    packed = make_bundle(Sources(report, cassette, statement), archive, key)
    signed = Text(", signed", "，已签名") if key is not None else Text("", "")
    words = Text(f"{archive}: {len(packed)} files{signed.en}", f"{archive}：{len(packed)} 个文件{signed.zh}")
    click.echo(words.in_language(language))


@bundle.command()
@click.argument("archive", type=file_argument)
@click.option("--key", type=file_argument, metavar="PEM", help="Public key that must have signed it.")
@language_option
def verify(archive: Path, key: Path | None, language: str) -> None:
    """Check every byte of ARCHIVE, and judge the recording inside again: the verdicts must be the same.

    Ends with 1 where anything was changed or is judged otherwise, 2 where the file is no bundle or the key none.
    """
    from conformance.report.bundle_verify import BrokenBundleError, bundle_facts, verify_bundle

    try:
        verified = verify_bundle(archive, key, _rejudge)
    except BrokenBundleError as wrong:
        fail(NONCONFORMANT, wrong.words)
    for fact in bundle_facts(verified, language):
        click.echo(fact)


def _rejudge(folder: Path, statement: Path | None, report: Report) -> Report:
    """The report of the recording in a folder, judged now. Raises DataError where it cannot be."""
    from conformance.engine.session import open_session
    from conformance.files import BadInput, DataError
    from conformance.report.document import About, report_document
    from conformance.report.transcript import Caller

    settings = Settings(
        target=f"cassette:{folder}",
        contracts=tuple(report["contracts"]),
        statement=statement,
        only=tuple(report["only"]),
        strict=report["strict"],
    )
    try:
        session = open_session(settings)
        try:
            ledger = session.run.execute(session.purposes)
            session.settle()
        finally:
            session.close()
    except BadInput as wrong:
        raise DataError(wrong.words) from wrong
    return report_document(ledger, About(report["target"], Caller(session.origin), __version__, 0, "", 0.0))
