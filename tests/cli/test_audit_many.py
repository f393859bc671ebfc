"""`audit` over many files and processes: what it prints and writes is the same, and whatever ends it ends all of it."""

from __future__ import annotations

import gzip
import json
import random
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from command import in_a_process, ocr_conformance
from test_interrupts import started

from conformance.files import PACKAGE

sys.path.insert(0, str(Path(__file__).parent.parent / "engine"))  # for what makes up traffic
from audited_traffic import TICKETS, line, png, refusal, ticket, tickets

CASSETTE = PACKAGE.parent / "cases" / "cassettes" / "reference-smoke"
PLURAL = [
    line(TICKETS, {"image": png(300 + number)}, tickets(ticket()))
    if number % 3
    else line(TICKETS, {"image": png(300 + number), "type_list": "quota_invoice"}, refusal(), 400)
    for number in range(30)
]


def report(folder: Path) -> dict[str, Any]:
    """A report without when it was made."""
    content: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return {name: value for name, value in content.items() if name not in ("started_at", "duration_s", "sha256")}


def untimed(printed: str) -> str:
    """What was printed, without how long it took."""
    return re.sub(r"billable, [0-9.]+ s;", "billable;", " ".join(printed.split()))


def traffic(folder: Path, lines: int = 30) -> Path:
    """A folder of recorded traffic: two files of lines and a cassette."""
    shutil.copytree(CASSETTE, folder / "cassette")
    for number, name in enumerate(("a.ndjson", "b.ndjson")):
        (folder / name).write_text("".join(f"{one}\n" for one in PLURAL[number:lines]))
    return folder


def test_processes_print_and_write_what_one_does(tmp_path: Path) -> None:
    folder = traffic(tmp_path / "traffic")
    one = in_a_process("audit", str(folder), "--report", str(tmp_path / "report"))
    kept = report(tmp_path / "report")
    two = in_a_process("audit", str(folder), "--jobs", "2", "--report", str(tmp_path / "report"))
    assert (two.returncode, untimed(two.stdout), two.stderr) == (one.returncode, untimed(one.stdout), one.stderr)
    assert report(tmp_path / "report") == kept
    files = {str(folder / name) for name in ("a.ndjson", "b.ndjson", "cassette")}
    assert {entry["purpose"] for entry in kept["exchanges"]} == files


def test_files_at_an_address_are_judged_as_those_of_this_machine(tmp_path: Path) -> None:
    from upath import UPath

    folder = traffic(tmp_path / "traffic")
    there = UPath("memory://recorded/traffic")
    for file in folder.rglob("*"):
        if file.is_file():
            copy = there / file.relative_to(folder).as_posix()
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(file.read_bytes())
    here = ocr_conformance("audit", str(folder))
    for address in (str(there), f"file://{folder}"):
        done = ocr_conformance("audit", address)
        assert (done.returncode, done.stderr) == (here.returncode, here.stderr)
        assert untimed(done.stdout).partition("requirements")[2] == untimed(here.stdout).partition("requirements")[2]


def test_an_address_with_nothing_there_is_one_message() -> None:
    done = ocr_conformance("audit", "memory://recorded/nowhere.ndjson")
    assert (done.returncode, done.stderr) == (
        2,
        "ocr-conformance: memory://recorded/nowhere.ndjson: nothing is there\n",
    )


def test_a_damaged_file_is_named_whichever_process_reads_it(tmp_path: Path) -> None:
    noise = random.Random(1).randbytes(200_000).hex()
    whole = gzip.compress(f"{PLURAL[0]}\n{line(TICKETS, {'image': noise}, tickets())}\n".encode())
    (tmp_path / "a.ndjson").write_text(PLURAL[1])
    (tmp_path / "b.ndjson.gz").write_bytes(whole[: len(whole) // 2])
    for jobs in ("1", "2"):
        done = in_a_process("audit", str(tmp_path), "--jobs", jobs)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith(f"ocr-conformance: {tmp_path / 'b.ndjson.gz'}: cannot be read: ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: str(number.name))
def test_an_interrupt_ends_all_processes(number: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text("".join(f"{one}\n" for one in PLURAL) * 2_000)
    with started("audit", str(tmp_path / "a.ndjson"), "--jobs", "2") as process:
        workers = soon(lambda: found if len(found := children(process.pid)) >= 3 else [])  # two, and who tracks them
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, "", "ocr-conformance: interrupted\n")
    assert soon(lambda: not [pid for pid in workers if is_alive(pid)])


def test_processes_end_with_the_command_that_started_them(tmp_path: Path) -> None:
    (tmp_path / "a.ndjson").write_text("".join(f"{one}\n" for one in PLURAL) * 2_000)
    with started("audit", str(tmp_path / "a.ndjson"), "--jobs", "2") as process:
        workers = soon(lambda: found if len(found := children(process.pid)) >= 3 else [])
        process.kill()
        assert soon(lambda: not [pid for pid in workers if is_alive(pid)])


def children(pid: int) -> list[int]:
    """The processes that one started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that ended and was not asked about does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def soon(told: Any) -> Any:
    """What is told in the end; a test that waits for ever is none."""
    for _ in range(5_000):
        if found := told():
            return found
        time.sleep(0.02)
    raise AssertionError("nothing was told")
