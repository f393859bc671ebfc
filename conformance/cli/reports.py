"""`compare` and `bundle`: reports against each other, and packed for acceptance."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conformance import __version__
from conformance.cli.options import NONCONFORMANT, fail, file_argument, folder_argument, language_option, some_path
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.report.shapes import Report


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
    from conformance.report.compare_text import comparison_text
    from conformance.report.report_file import read_report

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

    Ends with 1 where anything was changed or is judged otherwise.
    """
    from conformance.files import DataError
    from conformance.report.bundle_verify import bundle_facts, verify_bundle

    try:
        verified = verify_bundle(archive, key, _rejudge)
    except DataError as wrong:
        fail(NONCONFORMANT, wrong.words)
    for fact in bundle_facts(verified, language):
        click.echo(fact)


def _rejudge(folder: Path, statement: Path | None, report: Report) -> Report:
    """The report of the recording in a folder, judged now. Raises DataError where it cannot be."""
    from conformance.engine.session import open_session
    from conformance.engine.settings import Settings
    from conformance.files import BadInput, DataError
    from conformance.report.curl import Caller
    from conformance.report.document import About, report_document

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


COMMANDS = (compare, bundle)
