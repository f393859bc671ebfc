"""What a person sees while a run goes on, in a terminal and in the log of a CI job."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

import pytest
from reporting import ANSWER, ID, purpose, request, response, sample_ledger
from rich.cells import cell_len
from terminals import terminal

from conformance.engine.account import PurposeResult
from conformance.exchange import Exchange
from conformance.report.terminal import HEARTBEAT_S, Progress, Reading, console_for

EXCHANGE = Exchange(request(), response(ANSWER))
PLACES = purpose("places")
LINES = {
    "en": "1/2 · 4 s left · 2 requests · 2 proven, 3 failed, 1 open · 1 billed",
    "zh": "1/2 · 约剩 4 秒 · 请求 2 · 已证实 2，未通过 3，待定 1 · 计费 1 次",
}


class Clock:
    """Seconds that pass when they are told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def logged(language: str = "en", *, pauses: tuple[float, ...] = ()) -> str:
    """What a run of one passing and one failing purpose writes to a log; after each pause an answer comes."""
    out, clock, ledger = StringIO(), Clock(), sample_ledger()
    progress = Progress(console_for(out, width=80), 2, language, ledger, clock)
    progress.finished(ledger.results[0])
    for pause in pauses:
        clock.now += pause
        progress.exchanged(PLACES, None, 1, EXCHANGE)
    progress.finished(ledger.results[1])
    progress.close()
    return out.getvalue()


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "FAILED  auto-classification-v1.0/places\n"),
        ("zh", "未通过  auto-classification-v1.0/places\n"),
    ],
)
def test_a_log_has_a_line_for_each_purpose_that_failed_and_none_for_others(language: str, line: str) -> None:
    assert logged(language) == line


def test_a_log_tells_what_was_not_proven_and_errors_of_the_kit_apart() -> None:
    out, ledger = StringIO(), sample_ledger()
    progress = Progress(console_for(out, width=80), 2, "en", ledger)
    unproven = ledger.results[1].unproven
    progress.finished(PurposeResult(purpose("quiet"), (), (), (), unproven, 0.1, 1))
    progress.finished(PurposeResult(purpose("odd"), (), (), (), (), 0.1, 1, "ValueError: no"))
    assert out.getvalue() == f"not proven  {ID}/quiet\nKIT ERROR  {ID}/odd\n"


def test_a_log_hears_of_a_long_run_once_a_minute() -> None:
    line = LINES["en"].replace("4 s left", "60 s left")
    assert logged(pauses=(HEARTBEAT_S - 1, 1.0, HEARTBEAT_S - 1)) == f"{line}\nFAILED  {ID}/places\n"


def live(language: str, width: int, *, name: str = "places") -> str:
    """The last state of the line on a terminal."""
    with terminal() as (stream, written_so_far):
        ledger, clock = sample_ledger(), Clock()
        progress = Progress(console_for(stream, width=width), 2, language, ledger, clock)
        progress.finished(ledger.results[0])
        clock.now = 4.0
        progress.exchanged(purpose(name), None, 1, EXCHANGE)
        progress.close()
        written = written_so_far()
    shown = [line for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).split("\r") if "·" in line]
    return shown[-1].strip("\n")[2:]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_terminal_has_one_line_with_counts_cost_time_left_and_the_purpose(language: str) -> None:
    assert live(language, 120) == f"{LINES[language]} · {ID}/places"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_at_80_columns_the_line_is_cut_in_the_name_of_the_purpose(language: str) -> None:
    line = live(language, 80, name="a-purpose-with-a-long-name")
    assert line.startswith(LINES[language])
    assert cell_len(line) <= 78


READ = {"en": "reading the pictures of own: {}", "zh": "正在读取 own 的图片：{}"}


@pytest.mark.parametrize("language", READ)
def test_a_log_has_one_line_where_very_many_pictures_are_read(language: str) -> None:
    out = StringIO()
    reading = Reading(console_for(out, width=80), Path("own"), language)
    for _ in range(999):
        reading()
    assert out.getvalue() == ""
    for _ in range(5_000):
        reading()
    reading.close()
    assert out.getvalue() == READ[language].format("1,000") + "\n"


@pytest.mark.parametrize("language", READ)
def test_a_terminal_counts_the_pictures_that_are_read(language: str) -> None:
    with terminal() as (stream, written_so_far):
        reading = Reading(console_for(stream, width=80), Path("own"), language)
        for _ in range(120):
            reading()
        reading.close()
        written = written_so_far()
    assert READ[language].format("100") in written
