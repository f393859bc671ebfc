"""What a user asks for: the options of a run, with what the target statement says where no option does."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.contract.requirements import Depth
from conformance.engine.budget import Budget
from conformance.engine.purposes import URL
from conformance.statement.statement import UNDECLARED, Statement, read_statement
from conformance.targets.errors import TargetError

DEFAULT_DEPTH: Depth = "standard"
"""Of a live run for which nobody chose one."""

DEFAULT_TIMEOUT_S = 30.0
"""Of one request, where neither an option nor the target statement says another."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user asked for. `timeout_s` is the deadline of one request in seconds; `only` are purpose or requirement
    ids.

    Empty `contracts` means those of the recording, or both primary ones. `secrets_file` holds credentials.
    `shared_budget` is a file in which the processes of one run keep what they spent. `declared` is what the target
    statement says, read once (see `stated`); without an address for pictures in it requirements on url are not
    applicable, except for the reference.
    """

    target: str
    contracts: tuple[str, ...] = ()
    depth: Depth | None = None
    statement: Path | None = None
    token: str | None = None
    cases: Path | None = None
    only: tuple[str, ...] = ()
    seed: int | None = None
    max_requests: int | None = None
    max_billable: int | None = None
    rate: float | None = None
    timeout_s: float | None = None
    strict: bool = False
    secrets_file: Path | None = None
    shared_budget: Path | None = None
    images: Path | None = None
    declared: Statement = field(default=UNDECLARED, hash=False)


def stated(settings: Settings) -> Settings:
    """The settings with what the target statement says and no option does. Raises DataError.

    The statement is read here and nowhere else in a run.
    """
    if settings.statement is None:
        return settings
    statement = read_statement(settings.statement)
    target = statement.target
    return replace(
        settings,
        declared=statement,
        contracts=settings.contracts or statement.contracts,
        rate=settings.rate or target.rate,
        timeout_s=settings.timeout_s or target.timeout_s,
        max_requests=settings.max_requests or target.max_requests,
        max_billable=settings.max_billable or target.max_billable,
    )


def capabilities_of(settings: Settings) -> frozenset[str]:
    """What a live target has of what requirements may need."""
    served = settings.target == "reference" or settings.declared.target.pictures is not None
    return frozenset({URL}) if served else frozenset()


def budget_of(settings: Settings) -> Budget:
    """The limits that a user set."""
    return Budget(settings.max_requests, settings.max_billable, settings.rate, shared=settings.shared_budget)


def is_local(origin: str) -> bool:
    """Whether an origin is on this machine, where nothing is billed."""
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_budget(settings: Settings) -> None:
    """Raises TargetError for a target that may bill and no limit on what it may bill."""
    remote = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    if remote and settings.max_billable is None:
        raise TargetError(
            "--max-billable beyond this machine, since each recognised ticket may be billed",
            f"the target {settings.target} without it",
            "say how many tickets the run may cost at most, for example --max-billable 300; `ocr-conformance plan` "
            "tells how many it needs",
        )
