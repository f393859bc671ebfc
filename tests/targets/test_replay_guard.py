"""Nothing leaves the process in a replay: a guard on the interpreter's own events for sockets sees none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHIPPED = Path(__file__).resolve().parents[2] / "cases" / "cassettes" / "reference-smoke"

GUARDED = """
import sys

def guard(event, arguments):
    if event.startswith("socket.") and event not in ("socket.__new__", "socket.gethostname"):
        raise RuntimeError(f"the guard saw {event}")

from conformance.engine.session import open_session
from conformance.engine.options import Settings
session = open_session(Settings(sys.argv[1], token="of-nobody", depth="smoke"))
sys.addaudithook(guard)
ledger = session.run.execute(session.purposes)
print(ledger.verdict, len(ledger.notes) > 20, [result.error for result in ledger.errors][:1])
"""


def guarded(target: str) -> str:
    """What a run prints in a process that lets no socket connect, bind, send or resolve."""
    done = subprocess.run([sys.executable, "-c", GUARDED, target], capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_a_replay_opens_no_connection() -> None:
    assert guarded(f"cassette:{SHIPPED}") == "conformant True []"


def test_the_guard_would_have_seen_one() -> None:
    assert "the guard saw socket." in guarded("http://127.0.0.1:9")
