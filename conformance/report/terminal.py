"""What a person sees in a terminal: progress while the run goes on, then the verdict and what it rests on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from rich.console import Console
from rich.text import Text as Line

from conformance.contract.requirements import LEVELS
from conformance.contract.tables import Text
from conformance.report.curl import curl_line
from conformance.report.document import evidence_name

if TYPE_CHECKING:
    from conformance.engine.ledger import Account, Ledger, PurposeResult
    from conformance.engine.purposes import Purpose
    from conformance.engine.scripts import Planned
    from conformance.exchange import Exchange
    from conformance.report.document import About

VERDICTS = {
    "conformant": Text("CONFORMANT", "符合"),
    "nonconformant": Text("NOT CONFORMANT", "不符合"),
    "inconclusive": Text("INCONCLUSIVE", "无法判定"),
    "error": Text("KIT ERROR", "套件自身出错"),
}
_STYLES = {"conformant": "bold green", "nonconformant": "bold red", "inconclusive": "bold yellow", "error": "bold red"}
_LEVELS = {"must": Text("must", "必须"), "should": Text("should", "应当"), "open": Text("open", "未定")}
_MAX_LISTED = 20
"""Warnings and unproven requirements printed; the report has them all."""


def console_for(stream: TextIO, *, width: int | None = None) -> Console:
    """A console that prints text as it is: no markup, no guessed highlighting, colour only on a terminal."""
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


class Progress:
    """A listener that tells what goes on: one line that renews itself on a terminal, a line a purpose elsewhere."""

    def __init__(self, console: Console, total: int, language: str) -> None:
        """`total` is the number of purposes."""
        self._console = console
        self._total = total
        self._language = language
        self._done = self._requests = self._failed = self._billed = 0
        self._started = time.monotonic()
        self._status = console.status("") if console.is_terminal else None
        if self._status is not None:
            self._status.start()

    def exchanged(self, purpose: Purpose, _planned: Planned, _attempt: int, _exchange: Exchange) -> None:
        """Renew the line."""
        self._requests += 1
        if self._status is not None:
            self._status.update(Line(self._line(purpose.id)))

    def finished(self, result: PurposeResult) -> None:
        """Count the purpose; print its line where there is no terminal."""
        self._done += 1
        self._failed += not result.passed
        if self._status is None:
            word = Text("ok", "通过") if result.passed else Text("FAILED", "未通过")
            words = word.in_language(self._language)
            requests = Text("requests", "个请求").in_language(self._language)
            self._console.print(
                f"{words:>6}  {result.purpose.id}  {result.requests} {requests}, {result.duration_s:.1f} s"
            )

    def close(self) -> None:
        """Remove the line."""
        if self._status is not None:
            self._status.stop()

    def _line(self, now: str) -> str:
        passed = self._done - self._failed
        elapsed = time.monotonic() - self._started
        left = elapsed / self._done * (self._total - self._done) if self._done else 0.0
        line = Text(
            f"{self._done}/{self._total} purposes, {passed} passed, {self._failed} failed, {self._requests} requests, "
            f"about {left:.0f} s left: {now}",
            f"目的 {self._done}/{self._total}，通过 {passed}，未通过 {self._failed}，请求 {self._requests}，约剩 {left:.0f} 秒：{now}",
        )
        return line.in_language(self._language)


def print_summary(console: Console, ledger: Ledger, about: About, language: str, *, brief: bool = False) -> None:
    """The verdict first, then failures as expected / observed / where / again, warnings, and what was not proven.

    `brief` leaves it at the verdict and what stopped the run.
    """

    def say(text: Text, style: str = "") -> None:
        console.print(Line(text.in_language(language), style=style))

    verdict = "error" if ledger.errors else ledger.verdict
    if not brief:
        console.print()
    say(_headline(ledger, about, verdict, language), _STYLES[verdict])
    for contract in () if brief else ledger.contracts:
        say(_contract_line(ledger, contract.id))
    if not brief:
        say(_cost_line(ledger, about))
    if ledger.stop_text is not None:
        say(Text(f"Stopped: {ledger.stop_text.en}", f"已停止：{ledger.stop_text.zh}"), "bold")
    for result in ledger.errors:
        say(
            Text(
                f"Kit error in {result.purpose.id}: {result.error}", f"套件在 {result.purpose.id} 出错：{result.error}"
            ),
            "bold red",
        )
    if not brief:
        _print_accounts(console, ledger, about, language)


def _cost_line(ledger: Ledger, about: About) -> Text:
    sent, billed, seconds = len(ledger.notes), ledger.billable, f"{about.duration_s:.1f}"
    return Text(
        f"  {sent} requests, {billed} recognised (billable), {seconds} s; kit {about.kit_version}, depth {ledger.depth}, "
        f"seed {about.seed}",
        f"  请求 {sent} 个，识别成功（计费）{billed}，用时 {seconds} 秒；套件 {about.kit_version}，深度 {ledger.depth}，"
        f"种子 {about.seed}",
    )


def _print_accounts(console: Console, ledger: Ledger, about: About, language: str) -> None:
    failing = ("must", "should") if ledger.strict else ("must",)
    failed = [a for a in ledger.accounts.values() if a.verdict == "fail"]
    for account in (a for a in failed if a.requirement.level in failing):
        _print_finding(console, account, about, language)
    _print_list(console, [a for a in failed if a.requirement.level not in failing], language, warnings=True)
    open_ones = [a for a in ledger.accounts.values() if a.verdict == "inconclusive"]
    _print_list(console, open_ones, language, warnings=False)


def _headline(ledger: Ledger, about: About, verdict: str, language: str) -> Text:
    word = VERDICTS[verdict].in_language(language)
    score = ledger.score()
    in_scope = f"{score['proven']} of {score['requirements']} requirements proven, {score['failed']} failed"
    in_scope_zh = f"{score['requirements']} 条要求中已证明 {score['proven']} 条，未通过 {score['failed']} 条"
    return Text(f"{word}: {about.target} - {in_scope}", f"{word}：{about.target} - {in_scope_zh}")


def _contract_line(ledger: Ledger, contract_id: str) -> Text:
    accounts = [a for a in ledger.accounts.values() if a.requirement.id.startswith(f"{contract_id}/")]
    en, zh = [], []
    for level in LEVELS:
        of_level = [account for account in accounts if account.requirement.level == level]
        if not of_level:
            continue
        proven = sum(account.verdict == "pass" for account in of_level)
        en.append(f"{level} {proven}/{len(of_level)}")
        zh.append(f"{_LEVELS[level].zh} {proven}/{len(of_level)}")
    return Text(f"  {contract_id}: proven {', '.join(en)}", f"  {contract_id}：已证明 {'，'.join(zh)}")


def _print_finding(console: Console, account: Account, about: About, language: str) -> None:
    requirement, finding = account.requirement, account.findings[0]
    observation = finding.observation
    level = _LEVELS[requirement.level].in_language(language)
    times = Text(f"{account.broken} times", f"{account.broken} 次").in_language(language)
    unstable = Text(", did not repeat", "，未能重现").in_language(language) if finding.unstable else ""
    console.print()
    console.print(Line(f"FAILED {requirement.id} ({level}; {requirement.source}; {times}{unstable})", style="bold red"))
    rows = (
        (Text("expected", "预期"), observation.expected.in_language(language)),
        (Text("observed", "实际"), observation.observed.in_language(language)),
        (Text("where", "位置"), f"{observation.pointer or '/'} ({finding.purpose}, {finding.exchange.id})"),
        (Text("again", "重现"), curl_line(finding.exchange.request, about.origin, evidence_name(finding))),
    )
    for name, value in rows:
        console.print(Line(f"  {name.in_language(language)}: {value}"))


def _print_list(console: Console, accounts: list[Account], language: str, *, warnings: bool) -> None:
    if not accounts:
        return
    title = Text("Warnings (should)", "警告（应当）") if warnings else Text("Not proven", "未能证明")
    console.print()
    console.print(Line(f"{title.in_language(language)}: {len(accounts)}", style="bold yellow"))
    for account in accounts[:_MAX_LISTED]:
        if warnings:
            words = account.findings[0].observation.observed
        else:
            words = account.undecided or Text("no exchange could have broken it", "没有能够违反它的交互")
        level = _LEVELS[account.requirement.level].in_language(language)
        console.print(Line(f"  {account.requirement.id} ({level}): {words.in_language(language)}"))
    if len(accounts) > _MAX_LISTED:
        more = len(accounts) - _MAX_LISTED
        console.print(
            Line(Text(f"  and {more} more, see the report", f"  另有 {more} 条，见报告").in_language(language))
        )
