"""What a person reads in a terminal, to the letter, at 80 columns."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from reporting import ABOUT, ID, purpose, request, sample_ledger, sample_report
from rich.cells import cell_len
from terminals import terminal

from conformance.engine.account import PurposeResult
from conformance.engine.ledger import Ledger
from conformance.engine.settings import Excuses
from conformance.report.document import report_document
from conformance.report.story import Story
from conformance.report.terminal import console_for, print_story
from conformance.statement.terms import Waiver
from conformance.text import Text

CURL = re.compile(r"^  curl .*$", re.MULTILINE)

ENGLISH = """
NOT CONFORMANT: http://127.0.0.1:8080 - 2 of 6 requirements proven, 3 failed
  1 of 4 requirements of level must in scope is broken.
  Recognition: not judged, since no limit is declared
  auto-classification-v1.0: proven must 2/4, should 0/1, open 0/1
  1 not applicable (not declared: url)
  2 requests, 1 billable, 12.3 s; depth standard, seed 7, kit 0.1.0

FAILED auto-classification-v1.0/ticket.corners
  The statement of ticket.corners.
  must; table 3, location; stated
  expected  what ticket.corners expects
  observed  counter-clockwise
  where     /result/0/location, 00001
  in        auto-classification-v1.0/places
  times     broken 1, held 0
  curl

Warnings: 1
  auto-classification-v1.0/confidence.range (should; table 3, confidence;
  sample, success; stated)
    The statement of confidence.range.
    expected: what confidence.range expects; observed: 94.5

Remarks: 1
  auto-classification-v1.0/content.listed (open; pages of the ticket types,
  response table; stated)
    The statement of content.listed.
    expected: what content.listed expects; observed: absent: number

Not proven: 1
  no picture with several tickets was accepted
    auto-classification-v1.0/ticket.once (must)
"""

CHINESE = """
不符合：http://127.0.0.1:8080，6 条要求中已证实 2 条，未通过 3 条
  范围内 4 条“必须”要求中有 1 条未通过。
  识别效果：未声明限值，故不作判定
  auto-classification-v1.0：已证实 必须 2/4，宜 0/1，文档未规定 0/1
  不适用 1 条（未声明：url）
  请求 2 个，计费 1 次，用时 12.3 秒；深度 标准，随机种子 7，套件 0.1.0

未通过 auto-classification-v1.0/ticket.corners
  ticket.corners 的内容。
  必须；表 3，location；文档明示
  预期      ticket.corners 的预期
  实际      counter-clockwise（中文）
  位置      /result/0/location，00001
  目的      auto-classification-v1.0/places
  次数      违反 1 次，符合 0 次
  curl

警告：1
  auto-classification-v1.0/confidence.range（宜；表
  3，confidence；示例，成功；文档明示）
    confidence.range 的内容。
    预期：confidence.range 的预期；实际：94.5（中文）

备注：1
  auto-classification-v1.0/content.listed（文档未规定；各票证类型的文档页，响应
  参数表；文档明示）
    content.listed 的内容。
    预期：content.listed 的预期；实际：absent: number（中文）

未证实：1
  no picture with several tickets was accepted（中文）
    auto-classification-v1.0/ticket.once（必须）
"""


def printed(ledger: Ledger, language: str = "en", *, brief: bool = False, waivers: Sequence[Waiver] = ()) -> str:
    out = StringIO()
    story = Story(report_document(ledger, ABOUT, waivers=waivers))
    print_story(console_for(out, width=80), story, language, brief=brief)
    return out.getvalue()


def waiver(name: str) -> Waiver:
    return Waiver(f"{ID}/{name}", "the vendor mends it in March", "Li Lei", date(2026, 3, 31))


@pytest.mark.parametrize(("language", "expected"), [("en", ENGLISH), ("zh", CHINESE)])
def test_the_summary(language: str, expected: str) -> None:
    assert CURL.sub("  curl", printed(sample_ledger(), language)) == expected


@pytest.mark.parametrize("language", ["en", "zh"])
def test_only_curl_lines_are_wider_than_80_columns_and_those_are_whole(language: str) -> None:
    text = printed(sample_ledger(observed="a long finding about a corner " * 20), language)
    wide = [line for line in text.splitlines() if cell_len(line) > 80]
    assert [line.split()[0] for line in wide] == ["curl"]
    assert wide[0].endswith(f"--data-binary @evidence/{request().body_sha256()[:16]}.body")


def test_long_text_goes_on_below_its_beginning_and_breaks_between_words() -> None:
    text = printed(sample_ledger(observed="word " * 30))
    assert f"  observed  {'word ' * 13}".rstrip() + "\n            word word" in text


def test_brief_is_the_verdict_alone() -> None:
    assert printed(sample_ledger(), brief=True) == (
        "NOT CONFORMANT: http://127.0.0.1:8080 - 2 of 6 requirements proven, 3 failed\n"
    )


def test_what_stopped_the_run_and_errors_of_the_kit_come_right_after_the_verdict() -> None:
    ledger = sample_ledger()
    ledger.stop("limit", Text("--max-requests 2 reached", "达到上限"))
    ledger.results.append(PurposeResult(purpose("odd"), (), (), (), (), 0.0, 0, "ValueError: no"))
    assert printed(ledger, brief=True) == (
        "KIT ERROR: http://127.0.0.1:8080 - 2 of 6 requirements proven, 3 failed\n"
        "Stopped: --max-requests 2 reached\n"
        "Kit error in auto-classification-v1.0/odd: ValueError: no\n"
    )


def test_in_a_strict_run_a_broken_should_is_a_failure() -> None:
    text = printed(sample_ledger(strict=True))
    assert "FAILED auto-classification-v1.0/confidence.range\n  The statement of confidence.range.\n  should; " in text
    assert "Warnings" not in text


def test_after_ten_failures_a_sentence_each_is_enough() -> None:
    ledger = sample_ledger()
    for number in range(11):
        ledger.accounts[f"{ID}/copy{number}"] = ledger.accounts[f"{ID}/ticket.corners"]
    text = printed(ledger)
    assert text.count("\nFAILED ") == 10
    assert (
        "\nFurther failures: 2\n"
        "  auto-classification-v1.0/ticket.corners (must; table 3, location; stated)\n"
        "    The statement of ticket.corners.\n"
        "    expected: what ticket.corners expects; observed: counter-clockwise\n"
    ) in text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "en",
            (
                "\nWaived failures: 1\n"
                "  auto-classification-v1.0/ticket.corners (must; table 3, location; stated)\n"
                "    The statement of ticket.corners.\n"
                "    expected: what ticket.corners expects; observed: counter-clockwise\n"
                "    waived until 2026-03-31 by Li Lei: the vendor mends it in March\n"
            ),
        ),
        (
            "zh",
            (
                "\n已豁免的未通过要求：1\n"
                "  auto-classification-v1.0/ticket.corners（必须；表 3，location；文档明示）\n"
                "    ticket.corners 的内容。\n"
                "    预期：ticket.corners 的预期；实际：counter-clockwise（中文）\n"
                "    豁免至 2026-03-31，责任人 Li Lei：the vendor mends it in March\n"
            ),
        ),
    ],
)
def test_a_waived_failure_is_no_failure_and_says_who_answers_for_it(language: str, words: str) -> None:
    ledger = sample_ledger()
    ledger.excuses = Excuses(frozenset({f"{ID}/ticket.corners"}))
    text = printed(ledger, language, waivers=[waiver("ticket.corners")])
    assert words in text
    assert "\nFAILED" not in text
    assert "\n未通过" not in text


def test_the_verdict_counts_what_is_waived() -> None:
    ledger = sample_ledger()
    ledger.excuses = Excuses(frozenset({f"{ID}/ticket.corners"}))
    ledger.accounts[f"{ID}/ticket.once"].witnesses = 1
    assert printed(ledger, brief=True, waivers=[waiver("ticket.corners")]) == (
        "CONFORMANT: http://127.0.0.1:8080 - 3 of 6 requirements proven, 3 failed (1\nwaived)\n"
    )


def test_a_failure_whose_waiver_expired_says_so() -> None:
    text = printed(sample_ledger(), waivers=[replace(waiver("ticket.corners"), expires=date(2025, 12, 31))])
    assert "  times     broken 1, held 0\n  waiver    expired on 2025-12-31 (Li Lei)\n" in text
    assert "Waived" not in text


def test_a_waiver_of_nothing_that_is_broken_is_named() -> None:
    assert printed(sample_ledger(), waivers=[waiver("answer.json")]).endswith(
        "\nWaivers of nothing that is broken here: 1\n"
        "  auto-classification-v1.0/answer.json\n"
        "    waived until 2026-03-31 by Li Lei: the vendor mends it in March\n"
    )


def test_many_warnings_are_cut_with_a_pointer_to_the_report() -> None:
    ledger = sample_ledger()
    account = ledger.accounts[f"{ID}/confidence.range"]
    for number in range(24):
        ledger.accounts[f"{ID}/copy{number}"] = account
    assert "\n  and 5 more, see the report\n" in printed(ledger)


def test_terminal_escapes_of_a_target_are_shown_not_obeyed() -> None:
    text = printed(sample_ledger(observed="\x1b[2J\x1b]0;title\x07 \u202e [bold]not markup[/bold] :smile:"))
    assert "observed  \\u001b[2J\\u001b]0;title\\u0007 \\u202e [bold]not markup[/bold] :smile:\n" in text
    assert "\x1b" not in text


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_colour_is_for_terminals_and_no_color_is_respected(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], coloured: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with terminal() as (stream, written_so_far):
        print_story(console_for(stream, width=80), Story(sample_report()), "en", brief=True)
        written = written_so_far()
    assert ("\x1b[1;31m" in written) is coloured
    assert "NOT CONFORMANT: http://127.0.0.1:8080" in written
