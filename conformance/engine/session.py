"""From what a user asks for to a run that is ready: the target, its credentials, contracts, purposes and budget."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.contract.contract import PRIMARY, Contract, load_contract
from conformance.contract.datafiles import DataError
from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.budget import Budget
from conformance.engine.purposes import Purpose, in_depth, load_purposes
from conformance.engine.run import Listener, Run, Scripts
from conformance.engine.scripts import Planned, recorded_script
from conformance.targets.cassette import CassetteError
from conformance.targets.http import HttpTarget
from conformance.targets.limits import Limits, TargetError
from conformance.targets.reference import PROJECT_ID, ReferenceTarget
from conformance.targets.target import Credentials

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.replay import CassetteTarget
    from conformance.targets.target import Target

BAD_INPUT = (DataError, CassetteError, TargetError)
"""Mistakes of the user's making: one clear message and exit status 2."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user asked for. `timeout_s` is the deadline of one request in seconds; `only` are purpose or requirement
    ids.

    Empty `contracts` means those of the recording, or both primary ones.
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
    timeout_s: float = 30.0
    strict: bool = False


@dataclass(slots=True)
class Session:
    """A run that is ready, and the purposes that it will go through. `origin` is what curl lines call."""

    run: Run
    purposes: list[Purpose]
    target: Target
    origin: str
    recorded: Mapping[str, object] | None = None

    def close(self) -> None:
        """Release the target."""
        self.target.close()


def open_session(settings: Settings, listeners: Sequence[Listener] = ()) -> Session:
    """Make a run ready. Raises one of BAD_INPUT for whatever cannot be used."""
    if settings.target.startswith("cassette:"):
        return _replay_session(settings, listeners)
    contracts = _contracts(settings, PRIMARY)
    depth, seed = settings.depth or "standard", settings.seed or 0
    purposes = _purposes(contracts, depth, settings)
    _check_budget(settings)
    target = _open_target(settings)
    run = Run(
        contracts,
        target,
        depth=depth,
        seed=seed,
        strict=settings.strict,
        budget=Budget(settings.max_requests, settings.max_billable, settings.rate),
        listeners=listeners,
        only=_scope(contracts, purposes, settings),
    )
    # The reference's port is gone when its run is over: its curl lines call the address of `serve`.
    origin = "$TARGET" if settings.target == "reference" else target.name
    return Session(run, purposes, target, origin)


def is_local(origin: str) -> bool:
    """Whether an origin is on this machine, where nothing is billed."""
    host = urlsplit(origin).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _open_target(settings: Settings) -> Target:
    limits = Limits(deadline_s=settings.timeout_s)
    if settings.target == "reference":
        return ReferenceTarget(limits=limits)
    if not settings.target.startswith(("http://", "https://")):
        raise TargetError(
            "a target: http(s)://HOST[:PORT], reference, or cassette:DIR",
            repr(settings.target),
            "write one of these; see `ocr-conformance run --help`",
        )
    token = settings.token or os.environ.get("OCR_CONFORMANCE_TOKEN")
    if not token:
        raise TargetError(
            "a token for the target", "none", "give it with --token, or in the environment as OCR_CONFORMANCE_TOKEN"
        )
    project = os.environ.get("OCR_CONFORMANCE_PROJECT_ID") or PROJECT_ID
    return HttpTarget(settings.target, Credentials(token=token, project_id=project), limits=limits)


def _check_budget(settings: Settings) -> None:
    remote = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    if remote and settings.max_billable is None:
        raise TargetError(
            "--max-billable beyond this machine, since each recognised ticket may be billed",
            f"the target {settings.target} without it",
            "say how many tickets the run may cost at most, for example --max-billable 300",
        )


def _contracts(settings: Settings, default: Sequence[str]) -> list[Contract]:
    return [load_contract(name, settings.statement) for name in (settings.contracts or default)]


def _purposes(contracts: Sequence[Contract], depth: Depth, settings: Settings) -> list[Purpose]:
    found = [p for contract in contracts for p in in_depth(load_purposes(contract, settings.cases), depth)]
    if settings.only:
        found = [purpose for purpose in found if _wanted(purpose, settings.only)]
        if not found:
            raise DataError(f"--only {', '.join(settings.only)}: no purpose or requirement of that id at depth {depth}")
    if not found:
        raise DataError(f"no purposes at depth {depth}; expected cases in {settings.cases or 'the kit'}")
    # Cheapest and most telling first: what every depth runs, then the rest; in each contract's order.
    return sorted(found, key=lambda purpose: DEPTHS.index(purpose.depth))


def _scope(contracts: Sequence[Contract], purposes: Sequence[Purpose], settings: Settings) -> frozenset[str] | None:
    """Ids of the requirements that `--only` leaves: those it names, and what the purposes it names aim at."""
    if not settings.only:
        return None
    found: set[str] = set()
    for contract in contracts:
        for wanted in settings.only:
            name = wanted.removeprefix(f"{contract.id}/")
            if name in contract.requirements:
                found.add(f"{contract.id}/{name}")
    for purpose in purposes:
        if {purpose.id, purpose.name} & set(settings.only):
            found |= {f"{purpose.contract_id}/{aim}" for aim in purpose.aims}
    return frozenset(found)


def _wanted(purpose: Purpose, only: Sequence[str]) -> bool:
    names = {purpose.id, purpose.name, *purpose.aims, *(f"{purpose.contract_id}/{aim}" for aim in purpose.aims)}
    return any(wanted in names for wanted in only)


def _replay_session(settings: Settings, listeners: Sequence[Listener]) -> Session:
    from conformance.targets.replay import CassetteTarget  # late: it brings respx, which live runs do not need

    target = CassetteTarget(Path(settings.target.removeprefix("cassette:")))
    about = target.reader.about
    recorded = [str(name) for name in _list(about.get("contracts"))]
    contracts = _contracts(settings, recorded)
    depth = settings.depth or _depth(about.get("depth"))
    known = set(target.purposes())
    purposes = [purpose for purpose in _purposes(contracts, depth, settings) if purpose.id in known]
    if not purposes:
        raise CassetteError(
            f"{target.name}: holds none of the purposes asked for; it has {', '.join(sorted(known)) or 'none'}"
        )
    run = Run(
        contracts,
        target,
        depth=depth,
        seed=int(str(about.get("seed", 0))),
        strict=settings.strict,
        budget=Budget(settings.max_requests),
        scripts=_recorded_scripts(target),
        listeners=listeners,
        only=_scope(contracts, purposes, settings),
    )
    return Session(run, purposes, target, "$TARGET", recorded=about)


def _recorded_scripts(target: CassetteTarget) -> Scripts:
    def scripts(purpose: Purpose, _contract: Contract, attempt: int) -> Iterator[Planned] | None:
        interactions = target.recorded(purpose.id, attempt)
        return recorded_script(interactions) if interactions is not None else None

    return scripts


def _depth(value: object) -> Depth:
    for depth in DEPTHS:
        if depth == value:
            return depth
    raise CassetteError(f"the recording names the depth {value!r}; expected one of {', '.join(DEPTHS)}")


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
