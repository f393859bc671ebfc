"""One budget for several processes: limits hold over all of them, whatever becomes of one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from conformance.engine.budget import Budget, LimitReachedError, SharedBook, Spent
from conformance.exchange import Request, TrueDocument, Truth

CORNERS = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
FREE = Request("POST", "/", body=b"{}")
THREE = Request("POST", "/", truth=Truth(10, 10, (TrueDocument("passport", CORNERS),) * 3))

WORKER = """
import sys, time
from pathlib import Path
from conformance.engine.budget import Budget, LimitReachedError
from conformance.exchange import Request, TrueDocument, Truth

corners = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
two = Request("POST", "/", truth=Truth(10, 10, (TrueDocument("passport", corners),) * 2))
budget = Budget(int(sys.argv[2]), int(sys.argv[3]), shared=Path(sys.argv[1]))
try:
    while True:
        budget.reserve(two)
        time.sleep(0.0005)
        budget.settle(budget.requests % 3)
except LimitReachedError:
    print(budget.requests, budget.billable)
"""


def spent(path: Path) -> Spent:
    return SharedBook(path).change(lambda found: (found, found))


def worked(path: Path, processes: int, max_requests: int, max_billable: int) -> list[tuple[int, int]]:
    """Requests and tickets of each of several processes that spend until a limit."""
    command = [sys.executable, "-c", WORKER, str(path), str(max_requests), str(max_billable)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(processes)]
    counts = []
    for process in running:
        printed, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        requests, billable = printed.split()
        counts.append((int(requests), int(billable)))
    return counts


def test_processes_together_send_exactly_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "budget"
    counts = worked(path, 4, 400, 1_000_000)
    assert sum(requests for requests, _ in counts) == 400
    assert spent(path).requests == 400
    assert spent(path).billable == sum(billable for _, billable in counts)
    assert spent(path).reserved == 0


def test_processes_together_keep_to_the_billable_limit(tmp_path: Path) -> None:
    path = tmp_path / "budget"
    counts = worked(path, 4, 1_000_000, 100)
    assert 99 <= sum(billable for _, billable in counts) <= 100
    assert spent(path).reserved == 0


def test_what_another_process_reserved_is_waited_for(tmp_path: Path) -> None:
    path, slept = tmp_path / "budget", list[float]()
    other = Budget(max_billable=5, shared=path)
    other.reserve(THREE)

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            other.settle(1)

    budget = Budget(max_billable=5, shared=path, sleep=sleep)
    budget.reserve(THREE)
    assert slept == [0.05, 0.05, 0.05]
    assert (spent(path).billable, spent(path).reserved) == (1, 3)


def test_what_a_dead_process_reserved_is_given_up_in_the_end(tmp_path: Path) -> None:
    path, slept = tmp_path / "budget", list[float]()
    Budget(max_billable=5, shared=path).reserve(THREE)
    with pytest.raises(LimitReachedError) as caught:
        Budget(max_billable=5, shared=path, sleep=slept.append).reserve(THREE)
    assert str(caught.value) == "--max-billable 5 reached: 0 spent, the next request may cost 3"
    assert 120 <= sum(slept) < 121


def test_the_rate_is_that_of_all_processes_together(tmp_path: Path) -> None:
    path, slept = tmp_path / "budget", list[float]()
    budgets = [Budget(rate=2, shared=path, clock=lambda: 10.0, sleep=slept.append) for _ in range(3)]
    for budget in budgets:
        budget.reserve(FREE)
    assert slept == [0.5, 1.0]


def test_a_pause_that_one_process_was_asked_for_holds_all(tmp_path: Path) -> None:
    path, slept = tmp_path / "budget", list[float]()
    one, other = (Budget(shared=path, clock=lambda: 10.0, sleep=slept.append) for _ in range(2))
    one.hold(30)
    other.reserve(FREE)
    assert slept == [30.0]


def test_counts_of_a_process_are_its_own(tmp_path: Path) -> None:
    one, other = (Budget(shared=tmp_path / "budget") for _ in range(2))
    one.reserve(THREE)
    one.settle(2)
    other.reserve(FREE)
    assert [(budget.requests, budget.billable) for budget in (one, other)] == [(1, 2), (1, 0)]


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "budget"
    Budget(shared=path).reserve(FREE)
    assert (path.stat().st_mode & 0o777, path.stat().st_size) == (0o600, 32)


def test_an_error_inside_a_change_leaves_the_book_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "budget"
    budget = Budget(max_requests=1, shared=path)
    budget.reserve(FREE)
    with pytest.raises(LimitReachedError):
        budget.reserve(FREE)
    assert spent(path).requests == 1
