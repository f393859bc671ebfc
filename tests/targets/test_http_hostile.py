"""Every misbehaviour of a server ends within its deadline, in little memory, as expected, and is over then."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import pytest
from hostile import GOOD, HostileServer, faultless, poisonous
from hostile_bodies import MIB
from hostile_connections import BEHAVIOURS
from hostile_heads import Answered, Behaviour, Failed

from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Credentials
from conformance.targets.http import HttpTarget

CREDENTIALS = Credentials(token="a-token-of-the-hostile-tests")


def test_there_are_at_least_eighty_behaviours_of_different_names() -> None:
    names = {behaviour.name for behaviour in BEHAVIOURS}
    assert len(names) == len(BEHAVIOURS) >= 80


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.name)
def test_hostile_server(behaviour: Behaviour) -> None:
    limits = behaviour.bounds()
    request = Request("POST", "/", body=b"x" * behaviour.upload)
    may_go_on = isinstance(behaviour.expected, Answered) and not behaviour.expected.odd
    then = faultless if may_go_on else poisonous
    with HostileServer(behaviour.act, then) as server, HttpTarget(server.origin, CREDENTIALS, limits=limits) as target:
        with traced() if behaviour.slow else nullcontext([0]) as peak:
            outcome = target.send(request)
        assert seen(outcome) == behaviour.expected
        assert peak[0] < 64 * MIB
        after = answered(target)
        assert (after.status, after.body) == (200, GOOD)


@contextmanager
def traced() -> Iterator[list[int]]:
    """Yields a list whose one entry is the peak of the memory taken, in bytes, once this is over.

    For behaviours that outlast their deadline; of the others a process of its own tells, which this would slow down.
    """
    peak = [0]
    tracemalloc.start()
    try:
        yield peak
        peak[0] = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def answered(target: HttpTarget) -> Response:
    """The answer to a harmless request, which a loaded machine may keep from coming within the short deadline."""
    for _ in range(20):
        after = target.send(Request("POST", "/", body=b"{}"))
        if not isinstance(after, TransportFailure) or after.kind != "timeout":
            break
    assert isinstance(after, Response)
    return after


def seen(outcome: Response | TransportFailure) -> Answered | Failed:
    if isinstance(outcome, Response):
        return Answered(outcome.status, outcome.body, outcome.odd)
    return Failed(outcome.kind, outcome.detail)


def test_all_behaviours_together_let_the_peak_memory_of_a_process_grow_by_less_than_64_mb() -> None:
    script = Path(__file__).with_name("hostile_memory.py")
    printed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=120)
    assert int(printed.stdout) < 64 * MIB
