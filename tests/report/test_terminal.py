"""What a person reads in a terminal, to the letter, at 80 columns."""

from __future__ import annotations

import os
import pty
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import StringIO
from typing import TextIO

import pytest
from reporting import ABOUT, ANSWER, ID, purpose, request, response, sample_ledger
from rich.cells import cell_len

from conformance.contract.tables import Text
from conformance.engine.ledger import Ledger, PurposeResult
from conformance.exchange import Exchange
from conformance.report.terminal import Progress, console_for, print_summary

CURL = re.compile(r"^  curl .*$", re.MULTILINE)

ENGLISH = """
NOT CONFORMANT: http://127.0.0.1:8080 - 2 of 7 requirements proven, 3 failed
  auto-classification-v1.0: proven must 2/5, should 0/1, open 0/1
  1 not applicable (not declared: url)
  2 requests, 1 billable, 12.3 s; depth standard, seed 7, kit 0.1.0

FAILED auto-classification-v1.0/ticket.corners
  must; table 3, location; 1 times
  expected  what ticket.corners expects
  observed  counter-clockwise
  where     /result/0/location, 00001
  in        auto-classification-v1.0/places
  curl

Warnings: 1
  auto-classification-v1.0/confidence.range (should)
    expected: what confidence.range expects; observed: 94.5

Remarks: 1
  auto-classification-v1.0/content.listed (open)
    expected: what content.listed expects; observed: absent: number

Not proven: 1
  no picture with several tickets was accepted
    auto-classification-v1.0/ticket.once (must)
"""

CHINESE = """
不符合：http://127.0.0.1:8080 - 7 条要求中已证明 2 条，未通过 3 条
  auto-classification-v1.0：已证明 必须 2/5，应当 0/1，未定 0/1
  不适用 1 条（未声明：url）
  请求 2 个，计费 1，用时 12.3 秒；深度 standard，种子 7，套件 0.1.0

未通过 auto-classification-v1.0/ticket.corners
  必须; 表 3，location; 1 次
  预期      ticket.corners 的预期
  实际      counter-clockwise（中文）
  位置      /result/0/location, 00001
  目的      auto-classification-v1.0/places
  curl

警告：1
  auto-classification-v1.0/confidence.range (应当)
    预期：confidence.range 的预期；实际：94.5（中文）

备注：1
  auto-classification-v1.0/content.listed (未定)
    预期：content.listed 的预期；实际：absent: number（中文）

未能证明：1
  no picture with several tickets was accepted（中文）
    auto-classification-v1.0/ticket.once (必须)
"""


@contextmanager
def terminal() -> Iterator[tuple[TextIO, Callable[[], str]]]:
    """A stream to a terminal, and what was written to it so far."""
    master, slave = pty.openpty()
    with os.fdopen(slave, "w") as stream:

        def written() -> str:
            stream.write("\x04")
            stream.flush()
            found = b""
            while not found.endswith(b"\x04"):
                found += os.read(master, 65536)
            return found.decode()

        yield stream, written
    os.close(master)


def printed(ledger: Ledger, language: str = "en", *, brief: bool = False) -> str:
    out = StringIO()
    print_summary(console_for(out, width=80), ledger, ABOUT, language, brief=brief)
    return out.getvalue()


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
        "NOT CONFORMANT: http://127.0.0.1:8080 - 2 of 7 requirements proven, 3 failed\n"
    )


def test_what_stopped_the_run_and_errors_of_the_kit_come_right_after_the_verdict() -> None:
    ledger = sample_ledger()
    ledger.stop("limit", Text("--max-requests 2 reached", "达到上限"))
    ledger.results.append(PurposeResult(purpose("odd"), (), (), (), (), 0.0, 0, "ValueError: no"))
    assert printed(ledger, brief=True) == (
        "KIT ERROR: http://127.0.0.1:8080 - 2 of 7 requirements proven, 3 failed\n"
        "Stopped: --max-requests 2 reached\n"
        "Kit error in auto-classification-v1.0/odd: ValueError: no\n"
    )


def test_in_a_strict_run_a_broken_should_is_a_failure() -> None:
    text = printed(sample_ledger(strict=True))
    assert "FAILED auto-classification-v1.0/confidence.range\n  should; " in text
    assert "Warnings" not in text


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
        print_summary(console_for(stream, width=80), sample_ledger(), ABOUT, "en", brief=True)
        written = written_so_far()
    assert ("\x1b[1;31m" in written) is coloured
    assert "NOT CONFORMANT: http://127.0.0.1:8080" in written


def test_progress_away_from_a_terminal_is_a_line_a_purpose() -> None:
    out = StringIO()
    ledger = sample_ledger()
    progress = Progress(console_for(out, width=80), 2, "en", ledger)
    for result in ledger.results:
        progress.finished(result)
    progress.close()
    assert out.getvalue() == (
        "    ok  auto-classification-v1.0/first-contact  2 requests, 0.1 s\n"
        "FAILED  auto-classification-v1.0/places  1 requests, 0.2 s\n"
    )


def test_progress_on_a_terminal_is_one_line_with_counts_cost_and_time_left() -> None:
    with terminal() as (stream, written_so_far):
        ledger = sample_ledger()
        progress = Progress(console_for(stream, width=120), 2, "en", ledger)
        progress.finished(ledger.results[0])
        progress.exchanged(purpose("places"), None, 1, Exchange(request(), response(ANSWER)))  # type: ignore[arg-type]
        progress.close()
        written = written_so_far()
    assert re.search(r"1/2 purposes · \d+ s left · 2 proven, 3 failed, 1 open · 1 sent, 1 billed", written)
    assert f"{ID}/places" in written
