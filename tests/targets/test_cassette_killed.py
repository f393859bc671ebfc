"""A recording is killed at random moments: it stays readable, loses nothing, goes on, and sends nothing twice."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import time
from collections import Counter
from pathlib import Path

from recorded_runs import KIT_VERSION, Counting, connected, recorded, replayed, run_recorded, served, session, verdicts

from conformance.engine.recorder import Recorder
from conformance.exchange import Request, Response, TransportFailure
from conformance.recordings import CassetteError
from conformance.recordings.reader import CassetteReader
from conformance.targets import Target

KILLS = 50


class _Filling(Counting):
    """Fills the disk while it sends its fifth request: a limit on the size of files stands for that."""

    def __init__(self, target: Target, log: Path, journal: Path) -> None:
        super().__init__(target, log)
        self._journal = journal
        self._left = 5

    def send(self, request: Request) -> Response | TransportFailure:
        self._left -= 1
        if not self._left:
            room = self._journal.stat().st_size + 100
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
        return super().send(request)


def test_fifty_kills_lose_nothing_and_send_nothing_twice(tmp_path: Path) -> None:
    chance = random.Random(20260301)
    with served() as origin:
        # The first run of a process takes longer than those that the forked ones begin with what it left in memory.
        recorded(tmp_path / "first", connected(origin))
        started = time.monotonic()
        whole = verdicts(recorded(tmp_path / "whole", connected(origin)))
        takes_s = time.monotonic() - started
        every = _answered(tmp_path / "whole")
        kills = 0
        for turn in range(KILLS):
            folder, log = tmp_path / f"c{turn}", tmp_path / f"log{turn}"
            kept, here = Counter[str](), 0
            while here < 5 and kills < KILLS:
                _killed_after(chance.uniform(0.0, 0.5 * takes_s), folder, origin, log)
                kills, here = kills + 1, here + 1
                now = _answered(folder)
                assert kept <= now, "an answer that was recorded is gone"
                assert (_sent(log) - now).total() <= here, "more is unanswered than was under way"
                kept = now
            if not _is_complete(folder):
                assert verdicts(recorded(folder, Counting(connected(origin), log), resend=True)) == whole
            assert _is_complete(folder)
            assert _answered(folder) == every
            assert _sent(log).total() <= every.total() + here, "something was sent although its answer was there"
            if kills == KILLS:
                break
        assert verdicts(replayed(folder)) == whole


def _record(folder: Path, origin: str, log: Path, ready: int) -> None:
    """What the killed process does."""
    made = session(Counting(connected(origin), log))
    os.write(ready, b"!")
    if not _is_complete(folder):
        run_recorded(folder, made, resend=True)
    os._exit(0)


def _killed_after(seconds: float, folder: Path, origin: str, log: Path) -> None:
    reader, writer = os.pipe()
    process = multiprocessing.get_context("fork").Process(target=_record, args=(folder, origin, log, writer))
    process.start()
    os.read(reader, 1)
    time.sleep(seconds)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    process.close()
    os.close(reader)
    os.close(writer)


def _answered(folder: Path) -> Counter[str]:
    """How often each request has a recorded answer; nothing where the process died before it began."""
    if not (folder / "cassette.json").exists():
        return Counter()
    requests = (one.exchange.request for one in CassetteReader(folder))
    return Counter(f"{request.path} {request.auth} {request.body_sha256()}" for request in requests)


def _sent(log: Path) -> Counter[str]:
    return Counter(log.read_text().splitlines()) if log.exists() else Counter()


def _is_complete(folder: Path) -> bool:
    return (folder / "cassette.json").exists() and CassetteReader(folder).state == "complete"


def test_nothing_is_sent_once_the_journal_cannot_be_written(tmp_path: Path) -> None:
    folder, log = tmp_path / "c", tmp_path / "log"
    with served() as origin:
        process = multiprocessing.get_context("fork").Process(target=_record_on_a_full_disk, args=(folder, origin, log))
        process.start()
        process.join()
        assert process.exitcode == 0
        process.close()
        there = _answered(folder)
        assert (there.total(), _sent(log).total()) == (4, 5)
        assert recorded(folder, connected(origin), resend=True).verdict == "conformant"
    assert _is_complete(folder)


def _record_on_a_full_disk(folder: Path, origin: str, log: Path) -> None:
    made = session(_Filling(connected(origin), log, folder / "journal.ndjson"))
    said = ""
    try:
        with Recorder(folder, made.run, KIT_VERSION, made.purposes):
            made.run.execute(made.purposes)
    except CassetteError as error:
        said = str(error)
    errors = [str(result.error) for result in made.run.ledger.errors]
    expected = f"{folder}: the recording broke off: File too large; go on with --record"
    told = said == expected and all("cannot record there" in error for error in errors)
    os._exit(0 if told and len(errors) == len(made.purposes) else 1)
