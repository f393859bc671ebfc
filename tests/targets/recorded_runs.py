"""Runs against the reference that record, in this process or in one that is killed."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from pathlib import Path

from loopback import reference

from conformance.engine.budget import budget_of
from conformance.engine.ledger import Ledger
from conformance.engine.options import Settings
from conformance.engine.recorder import Recorder
from conformance.engine.session import Session, open_session
from conformance.exchange import Request, Response, TransportFailure
from conformance.targets import Credentials, Target
from conformance.targets.http import HttpTarget

KIT_VERSION = "0.1.0"
TOKEN = "sesame-for-recordings"
PROJECT = "0123456789abcdef0123456789abcdef"
ONLY = (
    "auto-classification-v1.0/first-contact",
    "auto-classification-v1.0/credentials",
    "auto-id-doc-classification-v2/alarm-faults",
)
"""Small purposes of a few requests each."""


class Counting:
    """A target that writes down each request before it sends it; whoever kills the process can still read that."""

    def __init__(self, target: Target, log: Path) -> None:
        self._target = target
        self._log = log

    @property
    def name(self) -> str:
        return self._target.name

    def send(self, request: Request) -> Response | TransportFailure:
        with self._log.open("ab") as log:
            log.write(f"{request.path} {request.auth} {request.body_sha256()}\n".encode())
        return self._target.send(request)

    def close(self) -> None:
        self._target.close()


def served() -> AbstractContextManager[str]:
    """The reference with the token and the project of these runs; gives its origin."""
    return reference(token=TOKEN, project=PROJECT)


def connected(origin: str) -> HttpTarget:
    """A target with good credentials, and a connection of its own."""
    return HttpTarget(origin, Credentials(token=TOKEN, project_id=PROJECT))


def session(target: Target, only: Sequence[str] = ONLY, **settings: object) -> Session:
    """A session of a few purposes against a target that is open already."""
    wanted = Settings("http://127.0.0.1:9", token=TOKEN, only=tuple(only), **settings)  # type: ignore[arg-type]
    opened = _opened(wanted)
    return replace(opened, run=replace(opened.run, target=target, budget=budget_of(wanted)), target=target)


@cache
def _opened(settings: Settings) -> Session:
    """A session whose run never begins: to read the contracts and cases takes longer than the runs of these tests."""
    made = open_session(settings)
    made.close()
    return made


def recorded(
    folder: Path, target: Target, only: Sequence[str] = ONLY, *, resend: bool = False, **settings: object
) -> Ledger:
    """Record a run, or go on with the recording of one; closes the target."""
    return run_recorded(folder, session(target, only, **settings), resend=resend)


def run_recorded(folder: Path, made: Session, *, resend: bool = False) -> Ledger:
    """Run a session that is ready, with a recording; closes its target."""
    try:
        with Recorder(folder, made.run, KIT_VERSION, made.purposes, resend=resend):
            return made.run.execute(made.purposes)
    finally:
        made.close()


def replayed(folder: Path, **settings: object) -> Ledger:
    """Judge a recording again."""
    made = open_session(Settings(f"cassette:{folder}", **settings))  # type: ignore[arg-type]
    try:
        ledger = made.run.execute(made.purposes)
        made.settle()
    finally:
        made.close()
    return ledger


def verdicts(ledger: Ledger) -> dict[str, str]:
    """The verdict of each requirement."""
    return {name: account.verdict for name, account in ledger.accounts.items()}
