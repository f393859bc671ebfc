"""Ctrl-C, the signals by which CI cancels, and folders that cannot be written: what a command ends with, and keeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import TOKEN, in_a_process, ocr_conformance, plain_environment
from stub_servers import answering, response

# A shell that runs the tests in the background has Ctrl-C ignored in all that it starts.
MAIN = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from conformance.cli import main
main()
"""
REFUSAL = response("400 Bad Request", "application/json", b'{"error_code": "AIS.0101", "error_msg": "no"}')


@contextmanager
def started(*arguments: str, code: str = MAIN) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=plain_environment(),
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def stopping_at(number: int) -> Iterator[tuple[str, threading.Event]]:
    """A server whose answer to one request does not come; its origin, and what tells that the request is there."""
    seen: list[bytes] = []
    asked, ended = threading.Event(), threading.Event()

    def answer(request: bytes) -> bytes | None:
        if not request:
            return b""
        seen.append(request)
        if len(seen) == number:
            asked.set()
            ended.wait(30)
        return REFUSAL

    with answering(answer) as origin:
        try:
            yield origin, asked
        finally:
            ended.set()


def test_a_run_that_is_cancelled_writes_its_report_and_says_how_to_go_on(tmp_path: Path) -> None:
    cassette, report = tmp_path / "cassette", tmp_path / "report"
    options = ("--token", TOKEN, "--record", str(cassette), "--report", str(report), "--quiet")
    with stopping_at(2) as (origin, asked), started("run", origin, *options) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    document = json.loads((report / "report.json").read_text())
    assert (document["stop_reason"], document["stop_text"]["en"]) == ("interrupted", "interrupted by SIGTERM")
    assert out.startswith("INCONCLUSIVE: ")
    assert err.splitlines()[-1] == f"the same command goes on where this run ended: what was answered is in {cassette}"


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGINT, "interrupted by the user"), (signal.SIGHUP, "interrupted by SIGHUP")]
)
def test_a_run_that_is_interrupted_tells_what_it_learnt(number: signal.Signals, words: str) -> None:
    with stopping_at(2) as (origin, asked), started("run", origin, "--token", TOKEN) as process:
        assert asked.wait(30)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert words in " ".join(out.split())
    assert err.startswith("nothing of this run is kept; one with --record DIR goes on where it ended ")


def test_a_second_interrupt_ends_at_once_with_130(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json.new")  # to write the report never ends: nobody reads
    options = ("--token", TOKEN, "--report", str(tmp_path))
    with stopping_at(2) as (origin, asked), started("run", origin, *options) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        assert process.stdout is not None
        told = next(line for line in process.stdout if "CONFORMANT" in line or "INCONCLUSIVE" in line)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert told.startswith("INCONCLUSIVE")
    assert (process.returncode, err) == (130, "ocr-conformance: interrupted\n")


@pytest.mark.parametrize(
    "command",
    [("audit",), ("derive",), ("cassette", "import")],
    ids=lambda command: " ".join(command),
)
def test_a_command_that_reads_is_ended_with_130(command: tuple[str, ...], tmp_path: Path) -> None:
    fifo = tmp_path / "page.har"
    os.mkfifo(fifo)
    more = [str(tmp_path / "to")] if "import" in command else []
    with started(*command, str(fifo), *more) as process, fifo.open("wb"):  # opened as soon as the command reads it
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "ocr-conformance: interrupted\n")


def test_a_recording_is_not_gone_on_with_against_another_address(tmp_path: Path) -> None:
    options = ("--token", TOKEN, "--depth", "smoke", "--record", str(tmp_path / "c"), "--quiet", "--max-requests", "4")
    with answering(lambda _request: REFUSAL) as first, answering(lambda _request: REFUSAL) as second:
        assert ocr_conformance("run", first, *options).returncode == 1
        done = ocr_conformance("run", second, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        f"ocr-conformance: {tmp_path / 'c'} holds the beginning of a run against another address. Go on with the same "
        "target, or choose another folder for --record\n"
    )


def test_a_report_folder_that_cannot_be_made_is_told_before_the_first_request(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seen: list[bytes] = []

    def answer(request: bytes) -> bytes:
        seen.append(request)
        return REFUSAL

    with answering(answer) as origin:
        done = ocr_conformance("run", origin, "--token", TOKEN, "--report", str(tmp_path / "file" / "report"))
    assert (done.returncode, done.stdout, seen) == (2, "", [])
    assert done.stderr == (
        "ocr-conformance: expected a folder that can be written, for --report; observed "
        f"{tmp_path / 'file' / 'report'}: Not a directory; choose another one\n"
    )


FULL = f"""
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
{MAIN}
"""
"""Files cannot grow beyond 20 kB: what a full disk is to whoever writes one."""


def test_a_full_disk_at_the_end_is_exit_2_after_the_verdict(tmp_path: Path) -> None:
    options = ("--token", TOKEN, "--depth", "smoke", "--quiet", "--report", str(tmp_path / "report"))
    with answering(lambda _request: REFUSAL) as origin, started("run", origin, *options, code=FULL) as process:
        out, err = process.communicate(timeout=60)
    assert out.startswith(f"NOT CONFORMANT: {origin} - ")
    assert process.returncode == 2
    assert err.startswith(f"ocr-conformance: {tmp_path / 'report'}/")
    assert err.endswith(": File too large; choose another file or folder\n")


def test_nothing_reached_has_a_report_that_says_so(tmp_path: Path) -> None:
    done = in_a_process("run", "http://127.0.0.1:1", "--token", TOKEN, "--report", str(tmp_path), "--quiet")
    assert (done.returncode, done.stdout) == (4, "")
    document = json.loads((tmp_path / "report.json").read_text())
    assert (document["verdict"], document["stop_reason"], document["requests_sent"]) == (
        "inconclusive",
        "unreachable",
        0,
    )
    assert f"ocr-conformance: {document['stop_text']['en']}\n" == done.stderr
    for name in ("report.html", "summary.md", "junit.xml"):
        assert "the target refused the connection" in (tmp_path / name).read_text()
