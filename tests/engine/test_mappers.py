"""Work on many parts in other processes: nothing is lost, nothing done twice, and mistakes come back as they were."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import mapped_work
import pytest

from conformance.engine import mappers
from conformance.engine.mappers import MOST_TRIES, Cluster, InTurn, Mapper, Processes, WorkersLostError
from conformance.files import BadInput
from conformance.recordings.recorded import TrafficError


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    opened = Cluster("local", 2)
    yield opened
    opened.close()


@pytest.fixture
def processes() -> Iterator[Processes]:
    opened = Processes(2)
    yield opened
    opened.close()


@pytest.fixture(params=["processes", "cluster"])
def mapper(request: pytest.FixtureRequest) -> Mapper:
    found: Mapper = request.getfixturevalue(request.param)
    return found


def begun(log: Path) -> list[str]:
    return sorted(log.read_text().split())


def test_every_part_is_done_once(mapper: Mapper, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert sorted(mapper.map(mapped_work.square, log, range(9))) == [(part, part * part) for part in range(9)]
    assert begun(log) == [str(part) for part in range(9)]


def test_a_process_that_is_killed_costs_its_part_once_more_and_nothing_else(mapper: Mapper, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert sorted(mapper.map(mapped_work.dies_once, log, range(6))) == [(part, part * part) for part in range(6)]
    assert begun(log) == ["0", "1", "2", "3", "3", "4", "5"]


def test_an_interrupt_is_for_the_one_that_made_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    workers = cluster.workers
    for worker in workers:
        os.kill(worker, signal.SIGINT)
    assert sorted(cluster.map(mapped_work.square, tmp_path / "log", range(4))) == [(0, 0), (1, 1), (2, 4), (3, 9)]
    assert cluster.workers == workers


def test_a_part_that_ends_its_process_each_time_is_given_up(mapper: Mapper, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(WorkersLostError) as caught:
        list(mapper.map(mapped_work.dies, log, [7]))
    assert str(caught.value) == (
        "the process at one part of the traffic ended 3 times, perhaps for want of memory; judge with fewer processes"
    )
    assert begun(log) == ["7"] * MOST_TRIES


def test_a_mistake_of_the_users_is_the_same_as_in_this_process(mapper: Mapper, tmp_path: Path) -> None:
    for one in (mapper, InTurn()):
        with pytest.raises(TrafficError) as caught:
            list(one.map(mapped_work.finds_a_mistake, tmp_path / "log", [1, 2]))
        assert (caught.value.words.en, caught.value.words.zh) == ("b.har: cannot be read", "b.har：无法读取")


def test_processes_end_with_the_one_that_made_them_whatever_they_are_at(tmp_path: Path) -> None:
    log, opened = tmp_path / "log", Processes(2)
    done = opened.map(mapped_work.square, log, [0])
    assert list(done) == [(0, 0)]
    opened._pool(0).submit(mapped_work.waits, log, 1)
    pid = int(_soon(lambda: log.read_text().partition("1:")[2].strip()))
    opened.close()
    _soon(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_without_dask_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mappers, "find_spec", lambda _name: None)
    with pytest.raises(BadInput) as caught:
        Cluster("local")
    assert str(caught.value) == "--cluster needs Dask: `pip install 'ocr-conformance[cluster]'`"


def test_what_is_no_address_of_a_scheduler_is_told_at_once() -> None:
    with pytest.raises(BadInput) as caught:
        Cluster("nowhere")
    assert str(caught.value) == (
        "no Dask scheduler answers at nowhere (no address); give its address (tcp://HOST:8786) or `local`"
    )


def _soon(told: Callable[[], object]) -> str:
    """What is told in the end; a test that waits for ever is none."""
    for _ in range(10_000):
        if found := told():
            return str(found)
        time.sleep(0.01)
    raise AssertionError("nothing was told")
