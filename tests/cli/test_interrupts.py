"""Ctrl-C, the signals by which CI cancels, and folders that cannot be written: what a command ends with, and keeps."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from command import TOKEN, in_a_process, ocr_conformance, plain_environment
from stub_servers import answering, response

from conformance.images import blank

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
def stopping_at(number: int) -> Iterator[tuple[str, threading.Event, threading.Event]]:
    """A server that keeps one answer back: its origin, what tells that the request is there, what lets it answer."""
    seen: list[bytes] = []
    asked, let_go = threading.Event(), threading.Event()

    def answer(request: bytes) -> bytes | None:
        if not request:
            return b""
        seen.append(request)
        if len(seen) == number:
            asked.set()
            let_go.wait(30)
        return REFUSAL

    with answering(answer) as origin:
        try:
            yield origin, asked, let_go
        finally:
            let_go.set()


def told(process: subprocess.Popen[str]) -> str:
    """The next line on standard error."""
    assert process.stderr is not None
    return process.stderr.readline()


WAITING = "ending: waiting for the answers under way; once more ends without them\n"


def test_a_run_that_is_cancelled_writes_its_report_and_says_how_to_go_on(tmp_path: Path) -> None:
    cassette, report = tmp_path / "cassette", tmp_path / "report"
    options = ("--token", TOKEN, "--record", str(cassette), "--report", str(report), "--quiet")
    with stopping_at(2) as (origin, asked, let_go), started("run", origin, *options) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGTERM)
        assert told(process) == WAITING
        let_go.set()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err  # the last answer, a refusal, was judged
    document = json.loads((report / "report.json").read_text())
    assert (document["stop_reason"], document["stop_text"]["en"]) == ("interrupted", "interrupted by SIGTERM")
    assert out.startswith("NOT CONFORMANT: ")
    assert err.splitlines()[-1] == f"the same command goes on where this run ended: what was answered is in {cassette}"
    manifest = json.loads((cassette / "cassette.json").read_text())
    assert (manifest["interactions"], manifest["unknown"]) == (1, [])  # the first request was the preflight's


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGINT, "interrupted by the user"), (signal.SIGHUP, "interrupted by SIGHUP")]
)
def test_a_run_that_is_interrupted_tells_what_it_learnt(number: signal.Signals, words: str) -> None:
    with stopping_at(2) as (origin, asked, let_go), started("run", origin, "--token", TOKEN) as process:
        assert asked.wait(30)
        process.send_signal(number)
        assert told(process) == WAITING
        let_go.set()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 1, out + err  # the last answer, a refusal, was judged
    assert words in " ".join(out.split())
    assert err.startswith("nothing of this run is kept; one with --record DIR goes on where it ended ")


def test_a_second_interrupt_does_not_wait_for_the_answers_under_way(tmp_path: Path) -> None:
    options = ("--token", TOKEN, "--record", str(tmp_path), "--quiet")
    with stopping_at(2) as (origin, asked, _), started("run", origin, *options) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        assert told(process) == WAITING
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out.partition(":")[0]) == (3, "INCONCLUSIVE"), err
    manifest = json.loads((tmp_path / "cassette.json").read_text())
    assert (manifest["interactions"], len(manifest["unknown"])) == (0, 1)


def test_a_run_that_is_to_be_killed_soon_waits_no_longer_than_that() -> None:
    code = MAIN.replace("main()", "import conformance.cli.options\nconformance.cli.options.GRACE_S = 0.1\nmain()")
    with stopping_at(2) as (origin, asked, _), started("run", origin, "--token", TOKEN, code=code) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 3, out + err
    assert "interrupted by SIGTERM" in " ".join(out.split())


def test_an_interrupt_while_the_report_is_written_ends_at_once_with_130(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report.json.new")  # to write the report never ends: nobody reads
    options = ("--token", TOKEN, "--report", str(tmp_path))
    with stopping_at(2) as (origin, asked, let_go), started("run", origin, *options) as process:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        assert told(process) == WAITING
        let_go.set()
        assert process.stdout is not None
        verdict = next(line for line in process.stdout if "CONFORMANT" in line)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert verdict.startswith("NOT CONFORMANT")
    assert (process.returncode, err) == (130, "ocr-conformance: interrupted\n")


class Slow(BaseHTTPRequestHandler):
    """Counts what it is asked, and keeps back the answers to all pictures but the first eight."""

    protocol_version = "HTTP/1.1"
    asked: Counter[bytes]
    lock: threading.Lock
    eight_waiting: threading.Event
    let_go: threading.Event

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if b"image" in body:
            with self.lock:
                self.asked[body] += 1
                waits = len(self.asked) > 8
                if len(self.asked) == 16:
                    self.eight_waiting.set()
            if waits:
                self.let_go.wait(30)
        answer = b'{"result": []}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("X-Request-Id", "1" * 32)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def slow() -> Iterator[tuple[str, type[Slow]]]:
    class Fresh(Slow):
        asked, lock, eight_waiting, let_go = Counter(), threading.Lock(), threading.Event(), threading.Event()

    with ThreadingHTTPServer(("127.0.0.1", 0), Fresh) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", Fresh
        Fresh.let_go.set()
        server.shutdown()


def test_answers_under_way_are_recorded_and_nothing_is_asked_twice(
    slow: tuple[str, type[Slow]], tmp_path: Path
) -> None:
    origin, server = slow
    (pictures := tmp_path / "own").mkdir()
    for number in range(30):
        (pictures / f"{number}.png").write_bytes(blank("PNG", 200, 100 + number))
    entries = (f'[[image]]\nfile = "{number}.png"\ntypes = ["train_ticket"]\n' for number in range(30))
    (pictures / "manifest.toml").write_text("".join(entries))
    only = [word for number in range(1, 31) for word in ("--only", f"images/{number:03d}")]
    options = ("--token", TOKEN, "--images", str(pictures), *only, "--record", str(tmp_path / "c"), "--workers", "8")

    def recorded() -> tuple[str, int, list[object]]:
        manifest = json.loads((tmp_path / "c" / "cassette.json").read_text())
        return manifest["state"], manifest["interactions"], manifest["unknown"]

    with started("run", origin, *options, "--quiet") as process:
        assert server.eight_waiting.wait(30)
        process.send_signal(signal.SIGINT)
        assert told(process) == WAITING
        server.let_go.set()
        out, err = process.communicate(timeout=60)
    assert process.returncode == 3, out + err
    assert recorded() == ("partial", 16, [])
    again = in_a_process("run", origin, *options, "--quiet")
    assert again.stderr.startswith(f"continuing the recording in {tmp_path / 'c'}\n")
    assert recorded() == ("complete", 30, [])
    assert sorted(server.asked.values()) == [1] * 30


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
