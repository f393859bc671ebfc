"""What is made of a run under pytest beside its items: a recording, a report, a comparison, and the verdict."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from conformance import __version__
from conformance.report.wording import RUN_VERDICTS
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.engine.recorder import Recorder
    from conformance.engine.session import Session
    from conformance.report.shapes import Report


@dataclass(slots=True)
class Outcome:
    """What was asked for beyond items, and what came of it.

    `before` is the baseline; `lines` are printed behind the verdict; `regressed` says that the comparison found
    something worse.
    """

    language: str
    report: Path | None = None
    before: Report | None = None
    recorder: Recorder | None = None
    lines: list[str] = field(default_factory=list)
    regressed: bool = False
    started_at: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    started: float = field(default_factory=time.monotonic)

    def conclude(self, session: Session, only: tuple[str, ...]) -> None:
        """Seal the recording, write the report, compare. Raises OSError, and CassetteError for the recording."""
        session.settle()
        if self.recorder is not None:
            self.recorder.seal()
        if self.report is None and self.before is None:
            return
        from conformance.engine.sharing import in_order
        from conformance.report.compare import SAME_OR_BETTER, compare
        from conformance.report.compare_text import comparison_text
        from conformance.report.document import About, proofs_by_requirement, report_document
        from conformance.report.write import write_report

        run = session.run
        in_order(run.ledger, session.purposes)
        duration = time.monotonic() - self.started
        about = About(
            run.target.name,
            session.origin,
            __version__,
            run.seed,
            self.started_at,
            duration,
            only or _selected(session),
        )
        proofs = proofs_by_requirement(run.contracts) if self.report is not None else None
        waivers = session.waivers
        document = report_document(run.ledger, about, proofs=proofs, waivers=waivers)
        if self.report is not None:
            write_report(self.report, document, run.ledger, about, self.language, session.purposes)
            self.lines.append(str(self.report / "report.html"))
        if self.before is not None:
            comparison = compare(self.before, document)
            self.regressed = comparison.status != SAME_OR_BETTER
            self.lines += comparison_text(comparison, self.language).splitlines()

    def verdict_lines(self, session: Session) -> Iterator[str]:
        """The verdict of the requirements, what stopped the run, and what else there is to tell."""
        ledger, score = session.run.ledger, session.run.ledger.score()
        proven, failed, spared = score["proven"], score["failed"], score["not_applicable"]
        total = score["requirements"] - spared
        apart = Text(f" ({spared} not applicable)", f"（另有 {spared} 条不适用）") if spared else Text("", "")
        words = Text(
            f"{ledger.verdict}: {proven} of {total} requirements proven, {failed} failed{apart.en}; "
            f"{ledger.sent} requests, {ledger.billable} recognised (billable)",
            f"{RUN_VERDICTS[ledger.verdict].zh}：{total} 条要求中已证明 {proven} 条，未通过 {failed} 条{apart.zh}；"
            f"请求 {ledger.sent} 个，识别成功（计费）{ledger.billable}",
        )
        yield words.in_language(self.language)
        if ledger.stop_text is not None:
            stopped = Text(f"stopped: {ledger.stop_text.en}", f"已停止：{ledger.stop_text.zh}")
            yield stopped.in_language(self.language)
        yield from self.lines


def _selected(session: Session) -> tuple[str, ...]:
    """Ids of the purposes that were run where pytest left others out (`-k`, `--lf`, `-x`), else none."""
    ledger = session.run.ledger
    ran = {result.purpose.id for result in ledger.results}
    if ledger.stop_reason is not None or all(purpose.id in ran for purpose in session.purposes):
        return ()
    return tuple(purpose.id for purpose in session.purposes if purpose.id in ran)
