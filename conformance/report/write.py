"""Writes every form of a report into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from conformance.files import replace_file
from conformance.report.evidence_files import write_evidence
from conformance.report.html import html_report
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.report_file import to_json

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.report.document import About
    from conformance.report.shapes import Report


def write_report(
    folder: Path, document: Report, ledger: Ledger, about: About, language: str, planned: Sequence[Purpose] = ()
) -> None:
    """Write every form of a report into a folder, each beside and renamed; `planned` are the purposes of the run.

    Raises OSError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    write_evidence(ledger, folder)
    replace_file(folder / "report.json", to_json(document))
    replace_file(folder / "report.html", html_report(document, language).encode("utf-8", "backslashreplace"))
    replace_file(folder / "junit.xml", junit_xml(ledger, about, planned, language))
    replace_file(folder / "summary.md", summary_markdown(document, language).encode("utf-8", "backslashreplace"))
