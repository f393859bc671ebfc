"""Throttling: so many calls in any minute, then APIG.0308."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from reference_process import INVALID_PARAMETER, TICKETS, served

from conformance.reference.credentials import Throttle
from conformance.reference.editions import RefusedError

START = datetime(2025, 7, 2, 8, 0, 0, tzinfo=UTC)
MESSAGE = "The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute."


def test_calls_beyond_the_limit_are_refused() -> None:
    with served("--calls-per-minute", "2") as server:
        answers = [server.post(TICKETS, {}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[1].json() == INVALID_PARAMETER
    assert answers[2].json() == {"error_code": "APIG.0308", "error_msg": MESSAGE}
    assert answers[2].headers["Retry-After"] == "60"


def test_calls_without_a_good_token_do_not_count() -> None:
    with served("--calls-per-minute", "1") as server:
        statuses = [
            server.post(TICKETS, {}, X_Auth_Token=token).status_code for token in ("bad", "bad", "a-token-of-the-tests")
        ]
    assert statuses == [401, 401, 400]


def test_a_call_counts_for_one_minute() -> None:
    throttle = Throttle(1)
    throttle.admit(START)
    with pytest.raises(RefusedError):
        throttle.admit(START + timedelta(seconds=59))
    throttle.admit(START + timedelta(seconds=60))
