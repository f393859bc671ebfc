"""Meets every hostile behaviour in one process of its own and prints by how many bytes its peak memory grew.

Run by a test: the peak of a process never falls, so that only a fresh one shows what these exchanges need. Server and
client share the process; what both need together is counted.
"""

from __future__ import annotations

import resource
import sys

from hostile import HostileServer, faultless
from hostile_connections import BEHAVIOURS

from conformance.exchange import Request
from conformance.targets import Credentials, Limits
from conformance.targets.http import HttpTarget

CREDENTIALS = Credentials(token="a-token-of-the-memory-test", project_id="89abcdef0123456789abcdef01234567")


def peak_bytes() -> int:
    """The largest resident size so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def meet(act_of: HostileServer, upload: int, limits: Limits) -> None:
    """One exchange with a hostile server."""
    with act_of as server, HttpTarget(server.origin, CREDENTIALS, limits=limits) as target:
        target.send(Request("POST", "/", body=b"x" * upload))


def main() -> None:
    """Print the growth over all behaviours that do not merely wait."""
    meet(HostileServer(faultless), 10 * 1024 * 1024, Limits())
    before = peak_bytes()
    for behaviour in BEHAVIOURS:
        if not behaviour.slow:
            meet(HostileServer(behaviour.act), behaviour.upload, behaviour.bounds())
    print(peak_bytes() - before)


if __name__ == "__main__":
    main()
