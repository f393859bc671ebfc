"""Concludes a run: what it came to as one value, told in every form, compared with a baseline."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from conformance.files import replace_file
from conformance.report.compare import compare
from conformance.report.curves import drawn, write_tables
from conformance.report.document import proofs_by_requirement, report_document
from conformance.report.evidence import write_evidence
from conformance.report.junit import junit_xml
from conformance.report.markdown import summary_markdown
from conformance.report.shapes import to_json
from conformance.report.story import Story
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.ledger import Ledger
    from conformance.engine.purposes import Purpose
    from conformance.report.compare import Comparison
    from conformance.report.document import About
    from conformance.report.shapes import Report
    from conformance.statement.terms import Waiver


Form: TypeAlias = "Callable[[Story, str], str | bytes]"
"""A story in a language, `en` or `zh`."""


def _page(story: Story, language: str) -> str:
    from conformance.report.html import html_report  # late: a run without a report needs no templates

    return html_report(story, language)


def _data(story: Story, _language: str) -> bytes:
    return to_json(story.report)


FORMS: Mapping[str, Form] = MappingProxyType(
    {
        "report.json": _data,
        "report.html": _page,
        "junit.xml": junit_xml,
        "summary.md": summary_markdown,
    }
)
"""The files of a report, and how each is made of its story."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a run came to; `comparison` is that with the baseline, if there is one."""

    ledger: Ledger
    story: Story
    comparison: Comparison | None

    def write(self, folder: Path, language: str) -> Sequence[Text]:
        """Write every form of the report into a folder, each beside and renamed; says what could not be made.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        write_evidence(self.ledger, folder)
        story, tables = self.story, write_tables(self.story.report, folder)
        if tables is not None:
            curves, undrawn = drawn(story.report, tables, language)
            story = replace(story, curves=curves, undrawn=undrawn)
        for name, form in FORMS.items():
            content = form(story, language)
            if isinstance(content, str):
                content = content.encode("utf-8", "backslashreplace")
            replace_file(folder / name, content)
        return story.undrawn


def conclude(
    ledger: Ledger,
    about: About,
    *,
    waivers: Sequence[Waiver] = (),
    planned: Sequence[Purpose] = (),
    written: bool = False,
    baseline: Report | None = None,
) -> Conclusion:
    """Make the report of what a ledger holds, and compare it with `baseline`.

    `waivers` are those of the target statement, `planned` the purposes that the run set out to do. Only what is to be
    `written` has evidence and names the faulty implementations that prove each check.
    """
    ledger.narrow()
    proofs = proofs_by_requirement(ledger.contracts) if written else None
    document = report_document(ledger, about, proofs=proofs, waivers=waivers, planned=planned, evidence=written)
    comparison = compare(baseline, document) if baseline is not None else None
    return Conclusion(ledger, Story(document, comparison), comparison)
