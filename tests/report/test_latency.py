"""Percentiles of how long a target took to answer."""

from __future__ import annotations

import dataclasses

from reporting import ANSWER, ID, note, request, response

from conformance.exchange import Exchange
from conformance.report.figures import latency_by_contract

PATHS = {ID: "/v1.0/ocr/auto-classification"}
ANSWERED = note(Exchange(request(), response(ANSWER), "1"), "formats", "control")


def test_percentiles_are_by_nearest_rank() -> None:
    notes = [dataclasses.replace(ANSWERED, elapsed_s=n / 1000) for n in range(100, 0, -1)]
    assert latency_by_contract(notes, PATHS) == {
        ID: {"count": 100, "p50_ms": 50.0, "p90_ms": 90.0, "p99_ms": 99.0, "max_ms": 100.0}
    }


def test_refusals_lost_answers_and_requests_to_call_again_do_not_count() -> None:
    refused = dataclasses.replace(ANSWERED, fault="token.absent", elapsed_s=9.0)
    again = dataclasses.replace(ANSWERED, retried=True, elapsed_s=9.0)
    lost = dataclasses.replace(ANSWERED, response_bytes=0, elapsed_s=9.0)
    assert latency_by_contract([ANSWERED, refused, lost, again], PATHS)[ID]["max_ms"] == 20.0
    assert latency_by_contract([refused, lost, again], PATHS) == {}


def test_audited_traffic_is_told_apart_by_its_path() -> None:
    found = latency_by_contract([dataclasses.replace(ANSWERED, purpose="traffic.har")], {"other": "/x", **PATHS})
    assert list(found) == [ID]
