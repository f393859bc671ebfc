"""What a person sees in a terminal at the end of a run: the verdict and what it rests on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text as Line

from conformance.contract.requirements import LEVELS
from conformance.report.curl import curl_line
from conformance.report.evidence_files import evidence_name
from conformance.report.recognition import recognition_entries, share_in_words
from conformance.report.visible import one_line
from conformance.report.wording import (
    DEPTH_WORDS,
    LEVEL_WORDS,
    NO_EXCHANGE,
    RUN_VERDICTS,
    Consequence,
    consequence,
    place_words,
    source_words,
)
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.engine.ledger import Account, Ledger
    from conformance.report.document import About
    from conformance.statement.statement import Waiver

_STYLES: Mapping[str, str] = MappingProxyType(
    {
        "conformant": "bold green",
        "nonconformant": "bold red",
        "inconclusive": "bold yellow",
        "error": "bold red",
    }
)
_WHOLE = 10
"""Failures printed with everything; of further ones there is a sentence each."""

_LISTED = 20
"""Entries printed under a title; the report has them all."""

_COLON = Text(": ", "：")
_LONGEST = 600
"""Characters printed of what was expected or observed."""


def console_for(stream: TextIO, *, width: int | None = None) -> Console:
    """A console that prints text as it is: no markup, no highlighting; colour on a terminal without NO_COLOR only."""
    return Console(file=stream, width=width, markup=False, highlight=False, emoji=False, soft_wrap=False)


def print_summary(
    console: Console,
    ledger: Ledger,
    about: About,
    language: str,
    *,
    brief: bool = False,
    waivers: Sequence[Waiver] = (),
) -> None:
    """The verdict first, then failures as expected / observed / where / again, warnings, and what was not proven.

    `brief` leaves it at the verdict and what stopped the run; `waivers` are those of the target statement. A `curl`
    line is never wrapped, so that it can be copied.
    """
    summary = _Summary(console, language, {waiver.requirement: waiver for waiver in waivers})
    if not brief:
        console.print()
    summary.head(ledger, about, brief=brief)
    if brief:
        return
    broken: dict[Consequence, list[Account]] = defaultdict(list)
    for account in ledger.accounts.values():
        requirement = account.requirement
        if account.verdict == "fail":
            follows = consequence(requirement.id, requirement.level, ledger.waived, strict=ledger.strict)
            broken[follows].append(account)
    for account in broken["failure"][:_WHOLE]:
        summary.failure(account, about)
    summary.broken(Text("Further failures", "其余未通过的要求"), broken["failure"][_WHOLE:])
    summary.broken(Text("Waived failures", "已豁免的未通过要求"), broken["waived"])
    summary.broken(Text("Warnings", "警告"), broken["warning"])
    summary.broken(Text("Remarks", "备注"), broken["remark"])
    unproven = [account for account in ledger.accounts.values() if account.verdict == "inconclusive"]
    summary.unproven(sorted(unproven, key=lambda a: LEVELS.index(a.requirement.level)))
    summary.unneeded({account.requirement.id for accounts in broken.values() for account in accounts})


class _Summary:
    """Prints in one language; everything that a target may have sent is made harmless first."""

    def __init__(self, console: Console, language: str, waivers: Mapping[str, Waiver]) -> None:
        self._console = console
        self._language = language
        self._waivers = waivers

    def head(self, ledger: Ledger, about: About, *, brief: bool) -> None:
        """Verdict and target, score and cost, what stopped the run, errors of the kit."""
        verdict = "error" if ledger.errors else ledger.verdict
        score = ledger.score()
        excused = sum(a.verdict == "fail" and a.requirement.id in ledger.waived for a in ledger.accounts.values())
        waived = Text(f" ({excused} waived)", f"（其中 {excused} 条已豁免）") if excused else Text("", "")
        applicable = score["requirements"] - score["not_applicable"]
        proven = Text(
            f"{score['proven']} of {applicable} requirements proven, {score['failed']} failed{waived.en}",
            f"{applicable} 条要求中已证明 {score['proven']} 条，未通过 {score['failed']} 条{waived.zh}",
        )
        self._say(
            f"{self._in(RUN_VERDICTS[verdict])}{self._in(_COLON)}{about.target} - {self._in(proven)}",
            _STYLES[verdict],
        )
        if not brief:
            for contract in ledger.contracts:
                self._say(self._in(_contract_line(ledger, contract.id)))
            if score["not_applicable"]:
                self._say(self._in(_spared_line(ledger)))
            self._say(self._in(_cost_line(ledger, about)))
            for line in _recognition_lines(ledger):
                self._say(self._in(line))
        if ledger.stop_text is not None:
            self._say(self._in(Text(f"Stopped: {ledger.stop_text.en}", f"已停止：{ledger.stop_text.zh}")), "bold")
        for result in ledger.errors:
            name, error = result.purpose.id, result.error
            self._say(self._in(Text(f"Kit error in {name}: {error}", f"套件在 {name} 出错：{error}")), "bold red")

    def failure(self, account: Account, about: About) -> None:
        """One broken requirement with its first finding."""
        requirement, finding = account.requirement, account.findings[0]
        observation = finding.observation
        where = place_words(observation.pointer, finding.exchange.id)
        level, place = self._in(LEVEL_WORDS[requirement.level]), self._in(source_words(requirement.source))
        often = Text("once" if account.broken == 1 else f"{account.broken} times", f"{account.broken} 次")
        about_it = [level, place, self._in(often)]
        about_it += [self._in(Text("did not repeat", "未能重现"))] * finding.unstable
        self._console.print()
        self._say(f"{self._in(Text('FAILED', '未通过'))} {requirement.id}", "bold red")
        self._say(f"  {self._in(Text('; ', '；')).join(about_it)}")
        rows = (
            (Text("expected", "预期"), self._in(observation.expected)),
            (Text("observed", "实际"), self._in(observation.observed)),
            (Text("where", "位置"), ", ".join(filter(None, (self._in(where), finding.exchange.id)))),
            (Text("in", "目的"), finding.purpose),
        )
        for name, value in rows:
            self._row(self._in(name), value)
        if requirement.id in self._waivers:
            self._row(self._in(Text("waiver", "豁免")), self._in(_ended(self._waivers[requirement.id])))
        if finding.exchange.id:
            line = curl_line(finding.exchange.request, about.origin, evidence_name(finding))
            self._console.print(Line(f"  {one_line(line)}"), soft_wrap=True)

    def broken(self, title: Text, accounts: Sequence[Account]) -> None:
        """Broken requirements under a title, each with its first finding in a sentence, and its waiver."""
        self._title(title, len(accounts))
        for account in accounts[:_LISTED]:
            observation = account.findings[0].observation
            expected, observed = self._in(observation.expected).rstrip(".。"), self._in(observation.observed)
            self._say(f"  {account.requirement.id} ({self._in(LEVEL_WORDS[account.requirement.level])})")
            self._say(
                self._in(
                    Text(f"    expected: {expected}; observed: {observed}", f"    预期：{expected}；实际：{observed}")
                )
            )
            waiver = self._waivers.get(account.requirement.id)
            if waiver is not None:
                self._say(f"    {self._in(_terms(waiver))}")
        self._more(len(accounts))

    def unproven(self, accounts: Sequence[Account]) -> None:
        """Requirements that nothing decided, under the reason that they share."""
        self._title(Text("Not proven", "未能证明"), len(accounts))
        reasons: dict[Text, list[Account]] = {}
        for account in accounts[:_LISTED]:
            reasons.setdefault(account.undecided or NO_EXCHANGE, []).append(account)
        for reason, of_reason in reasons.items():
            self._say(f"  {self._in(reason)}")
            for account in of_reason:
                self._say(f"    {account.requirement.id} ({self._in(LEVEL_WORDS[account.requirement.level])})")
        self._more(len(accounts))

    def unneeded(self, broken: Container[str]) -> None:
        """Waivers of what is not broken in this run."""
        spare = [waiver for waiver in self._waivers.values() if waiver.requirement not in broken]
        self._title(Text("Waivers of nothing that is broken here", "本次无需的豁免"), len(spare))
        for waiver in spare[:_LISTED]:
            self._say(f"  {waiver.requirement}")
            self._say(f"    {self._in(_terms(waiver))}")
        self._more(len(spare))

    def _title(self, title: Text, count: int) -> None:
        if count:
            self._console.print()
            self._say(f"{self._in(title)}{self._in(_COLON)}{count}", "bold yellow")

    def _more(self, count: int) -> None:
        left = count - _LISTED
        if left > 0:
            self._say(self._in(Text(f"  and {left} more, see the report", f"  另有 {left} 条，见报告")))

    def _in(self, text: Text) -> str:
        return text.in_language(self._language)

    def _say(self, text: str, style: str = "") -> None:
        indent = text[: len(text) - len(text.lstrip(" "))]
        self._hanging(indent, text.lstrip(" "), style=style)

    def _row(self, name: str, value: str) -> None:
        """`  name      value`, with further lines of the value below its first."""
        head = f"  {name}{' ' * max(1, 10 - cell_len(name))}"
        self._hanging(" " * cell_len(head), value, head)

    def _hanging(self, indent: str, text: str, head: str | None = None, style: str = "") -> None:
        """Text wrapped to the console, with `indent` before each line, and `head` in its stead before the first."""
        before = indent if head is None else head
        for line in self._wrapped(one_line(text, _LONGEST), self._console.width - cell_len(indent)):
            self._console.print(Line(before + line, style=style), no_wrap=True, soft_wrap=True)
            before = indent

    def _wrapped(self, text: str, width: int) -> Iterator[str]:
        for line in Line(text).wrap(self._console, max(20, width)):
            yield line.plain.rstrip()


def _terms(waiver: Waiver) -> Text:
    """Until when a waiver holds, who answers for it, and why."""
    return Text(
        f"waived until {waiver.expires} by {waiver.owner}: {waiver.reason}",
        f"豁免至 {waiver.expires}，责任人 {waiver.owner}：{waiver.reason}",
    )


def _ended(waiver: Waiver) -> Text:
    """What is said of a waiver beside a failure: it holds no longer."""
    return Text(f"expired on {waiver.expires} ({waiver.owner})", f"已于 {waiver.expires} 到期（{waiver.owner}）")


def _spared_line(ledger: Ledger) -> Text:
    """How many requirements were left out, and for want of what."""
    needs = [a.requirement.needs or "" for a in ledger.accounts.values() if a.verdict == "not-applicable"]
    wanted = ", ".join(sorted(set(needs)))
    return Text(
        f"  {len(needs)} not applicable (not declared: {wanted})", f"  不适用 {len(needs)} 条（未声明：{wanted}）"
    )


def _cost_line(ledger: Ledger, about: About) -> Text:
    sent, billed, seconds = ledger.sent, ledger.billable, f"{about.duration_s:.1f}"
    depth = DEPTH_WORDS[ledger.depth]
    return Text(
        f"  {sent} requests, {billed} billable, {seconds} s; depth {depth.en}, seed {about.seed}, "
        f"kit {about.kit_version}",
        f"  请求 {sent} 个，计费 {billed}，用时 {seconds} 秒；深度 {depth.zh}，种子 {about.seed}，"
        f"套件 {about.kit_version}",
    )


def _recognition_lines(ledger: Ledger) -> Iterator[Text]:
    """Recall and precision on pictures of the user's own."""
    contracts = [contract.id for contract in ledger.contracts]
    entries = [e for e in recognition_entries(ledger.figures, contracts) if e["pictures"] == "own"]
    for contract in dict.fromkeys(entry["contract"] for entry in entries):
        yield Text(f"  {contract}, pictures of the user's own:", f"  {contract}，自有图片：")
        for entry in (entry for entry in entries if entry["contract"] == contract):
            recall, precision = share_in_words(entry["recall"]), share_in_words(entry["precision"])
            yield Text(
                f"    {entry['documents']} x {entry['type']}: recall {recall}, precision {precision}",
                f"    {entry['type']} {entry['documents']} 份：召回率 {recall}，精确率 {precision}",
            )


def _contract_line(ledger: Ledger, contract_id: str) -> Text:
    """How many of the applicable requirements of each level are proven; those left out have a line of their own."""
    accounts = [
        account
        for account in ledger.accounts.values()
        if account.requirement.id.startswith(f"{contract_id}/") and account.verdict != "not-applicable"
    ]
    en, zh = [], []
    for level in LEVELS:
        of_level = [account for account in accounts if account.requirement.level == level]
        if not of_level:
            continue
        proven = sum(account.verdict == "pass" for account in of_level)
        en.append(f"{level} {proven}/{len(of_level)}")
        zh.append(f"{LEVEL_WORDS[level].zh} {proven}/{len(of_level)}")
    return Text(f"  {contract_id}: proven {', '.join(en)}", f"  {contract_id}：已证明 {'，'.join(zh)}")
