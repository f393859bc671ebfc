"""The budget of a run in one process: what is counted, when a request may go, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from conformance.engine.budget import Budget, LimitReachedError, price_of
from conformance.engine.settings import rate_of
from conformance.exchange import Request, TrueDocument, Truth

CORNERS = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))
FREE = Request("POST", "/", body=b"{}")


def picture(documents: int) -> Request:
    drawn = (TrueDocument("passport", CORNERS),) * documents
    return Request("POST", "/", body=b"{}", truth=Truth(10, 10, drawn))


@dataclass
class Time:
    """A clock that moves only while somebody sleeps."""

    now: float = 100.0
    sleeps: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.now += seconds


def error_of(budget: Budget, request: Request) -> str:
    with pytest.raises(LimitReachedError) as caught:
        budget.reserve(request)
    return str(caught.value)


@pytest.mark.parametrize(("request_", "price"), [(FREE, 0), (picture(0), 1), (picture(1), 1), (picture(3), 3)])
def test_a_picture_may_cost_what_is_drawn_on_it_and_at_least_one(request_: Request, price: int) -> None:
    assert price_of(request_) == price


def test_without_limits_everything_is_counted_and_nothing_waits() -> None:
    time = Time()
    budget = Budget(clock=time.clock, sleep=time.sleep)
    for _ in range(3):
        budget.reserve(picture(2))
        budget.settle(2)
    assert (budget.requests, budget.billable, time.sleeps) == (3, 6, [])


def test_the_request_after_the_last_one_is_not_sent() -> None:
    budget = Budget(max_requests=2)
    budget.reserve(FREE)
    budget.reserve(FREE)
    assert error_of(budget, FREE) == "--max-requests 2 reached"
    assert budget.requests == 2


def test_a_request_that_may_cost_more_than_is_left_is_not_sent() -> None:
    budget = Budget(max_billable=5)
    budget.reserve(picture(3))
    budget.settle(3)
    assert error_of(budget, picture(3)) == "--max-billable 5 reached: 3 spent, the next request may cost 3"
    budget.reserve(picture(2))


def test_what_costs_nothing_is_sent_past_the_billable_limit() -> None:
    budget = Budget(max_billable=1)
    budget.reserve(picture(1))
    budget.settle(1)
    budget.reserve(FREE)
    assert budget.requests == 2


def test_a_reserve_that_was_not_used_is_free_again() -> None:
    budget = Budget(max_billable=3)
    for _ in range(5):
        budget.reserve(picture(3))
        budget.settle(0)
    assert (budget.requests, budget.billable) == (5, 0)


def test_a_request_that_ended_without_an_answer_holds_nothing() -> None:
    budget = Budget(max_billable=3)
    budget.reserve(picture(3))
    budget.reserve(picture(3))
    assert budget.requests == 2


def test_the_limit_is_overshot_by_one_answer_at_most() -> None:
    budget = Budget(max_billable=3)
    budget.reserve(picture(1))
    budget.settle(9)
    assert error_of(budget, picture(1)) == "--max-billable 3 reached: 9 spent, the next request may cost 1"


def test_requests_go_at_the_rate() -> None:
    time = Time()
    budget = Budget(rate=4, clock=time.clock, sleep=time.sleep)
    for _ in range(4):
        budget.reserve(FREE)
    assert time.sleeps == [0.25, 0.25, 0.25]


def test_time_that_passes_anyway_is_not_waited_for() -> None:
    time = Time()
    budget = Budget(rate=1, clock=time.clock, sleep=time.sleep)
    budget.reserve(FREE)
    time.now += 0.75
    budget.reserve(FREE)
    time.now += 60
    budget.reserve(FREE)
    assert time.sleeps == [0.25]


def test_a_pause_holds_the_next_request_back_and_then_the_rate_goes_on() -> None:
    time = Time()
    budget = Budget(rate=1, clock=time.clock, sleep=time.sleep)
    budget.reserve(FREE)
    budget.hold(30)
    budget.reserve(FREE)
    budget.reserve(FREE)
    assert time.sleeps == [30, 1]


def test_a_shorter_pause_does_not_cut_a_longer_one() -> None:
    time = Time()
    budget = Budget(clock=time.clock, sleep=time.sleep)
    budget.hold(30)
    budget.hold(5)
    budget.reserve(FREE)
    assert time.sleeps == [30]


def test_what_an_interrupted_run_sent_counts_against_the_limits() -> None:
    budget = Budget(max_requests=3, max_billable=5)
    budget.recall(4)
    budget.recall(0)
    assert (budget.requests, budget.billable) == (2, 4)
    assert error_of(budget, picture(2)) == "--max-billable 5 reached: 4 spent, the next request may cost 2"
    budget.reserve(FREE)
    assert error_of(budget, FREE) == "--max-requests 3 reached"


@pytest.mark.parametrize(("text", "rate"), [("5", 5.0), ("0.5/s", 0.5), ("1e3/s", 1000.0)])
def test_a_rate_is_read_with_its_unit_or_without(text: str, rate: float) -> None:
    assert rate_of(text) == rate


@pytest.mark.parametrize("text", ["", "often", "0", "-1", "inf/s", "nan", "5/m"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        rate_of(text)
    assert str(caught.value) == f"expected requests a second such as 5 or 0.5/s, found {text!r}"
