"""From what a user asks for to a run that is ready: the target, its credentials, contracts, purposes and budget."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.contract.contract import PRIMARY, Contract, load_contract, with_positions
from conformance.contract.datafiles import DataError
from conformance.contract.positions import check_transport
from conformance.contract.requirements import DEPTHS, Depth
from conformance.contract.sample_images import SampleImage, read_manifest
from conformance.contract.statement import Metering, Statement, read_statement
from conformance.contract.tables import Text
from conformance.engine.budget import Budget
from conformance.engine.own_pictures import picture_purposes, recorded_purposes
from conformance.engine.patience import PATIENT_S, Patience
from conformance.engine.purposes import URL, Purpose, in_depth, load_purposes, supported
from conformance.engine.run import Listener, Run, Scripts
from conformance.engine.scripts import Planned, recorded_script
from conformance.targets.accounts import Connection, find_account
from conformance.targets.cassette import CassetteError
from conformance.targets.limits import Limits, TargetError
from conformance.targets.reference import PROJECT_ID, ReferenceTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.targets.replay import CassetteTarget
    from conformance.targets.target import Target

DEFAULT_DEPTH: Depth = "standard"
"""Of a live run for which nobody chose one."""

BAD_INPUT = (DataError, CassetteError, TargetError)
"""Mistakes of the user's making: one clear message and exit status 2."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a user asked for. `timeout_s` is the deadline of one request in seconds; `only` are purpose or requirement
    ids.

    Empty `contracts` means those of the recording, or both primary ones. `secrets_file` holds credentials, `ca_file`
    the only authorities to trust; `proxy` is the URL of one, `iam_endpoint` the origin of the identity service for a
    login. `shared_budget` is a file in which the processes of one run keep what they spent. `pictures` is the address
    at which the target reaches pictures that the kit serves, `pictures_listen` the `HOST:PORT` of this machine where
    that differs; without it requirements on url are not applicable, except for the reference.
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
    secrets_file: Path | None = None
    ca_file: Path | None = None
    proxy: str | None = None
    iam_endpoint: str | None = None
    shared_budget: Path | None = None
    pictures: str | None = None
    pictures_listen: str | None = None
    images: Path | None = None
    stated_images: tuple[SampleImage, ...] = ()
    metering: Metering = "tickets"


@dataclass(slots=True)
class Session:
    """A run that is ready, and the purposes that it will go through. `origin` is what curl lines call."""

    run: Run
    purposes: list[Purpose]
    target: Target
    origin: str
    recorded: Mapping[str, object] | None = None
    statement: Statement | None = None

    def settle(self) -> None:
        """After the last purpose: a replay ends for the reason for which its recording did."""
        if self.recorded is None:
            return
        reason = self.recorded.get("stop_reason")
        if reason is not None:
            words = Text(f"the recorded run ended with {reason}", f"录制的运行因 {reason} 结束")
            self.run.ledger.stop(str(reason), words)
        elif self.recorded.get("state", "complete") != "complete":
            self.run.ledger.stop("interrupted", Text("the recording is not complete", "录制不完整"))

    def close(self) -> None:
        """Release the target."""
        self.target.close()


def open_session(settings: Settings, listeners: Sequence[Listener] = ()) -> Session:
    """Make a run ready. Raises one of BAD_INPUT for whatever cannot be used."""
    settings, statement = stated(settings)
    if settings.target.startswith("cassette:"):
        return _replay_session(settings, listeners, statement)
    contracts, purposes = select(settings)
    if settings.target.startswith(("http://", "https://")):
        for contract in contracts:
            check_transport(settings.target, contract.positions, local=is_local(settings.target))
    depth, seed = settings.depth or DEFAULT_DEPTH, settings.seed or 0
    _check_budget(settings)
    target = _open_target(settings)
    run = Run(
        contracts,
        target,
        depth=depth,
        seed=seed,
        strict=settings.strict,
        budget=budget_of(settings),
        patience=Patience(PATIENT_S),
        listeners=listeners,
        only=_scope(contracts, purposes, settings),
        capabilities=capabilities_of(settings),
        waived=_waived(statement),
        metering=settings.metering,
    )
    # A port that the run opened is gone when it is over: curl lines call an address that the reader fills in.
    origin = target.name if target.name.startswith(("http://", "https://")) else "$TARGET"
    return Session(run, purposes, target, origin, statement=statement)


def select(settings: Settings) -> tuple[list[Contract], list[Purpose]]:
    """The contracts and purposes that a live run would go through, in its order. Raises one of BAD_INPUT."""
    contracts = _contracts(settings, PRIMARY)
    depth = settings.depth or DEFAULT_DEPTH
    images = read_manifest(settings.images) if settings.images is not None else ()
    own = picture_purposes((*settings.stated_images, *images), contracts)
    return contracts, _purposes(contracts, depth, settings, capabilities_of(settings), own)


def stated(settings: Settings) -> tuple[Settings, Statement | None]:
    """The settings with what the target statement says and no option does, and the statement. Raises DataError."""
    if settings.statement is None:
        return settings, None
    statement = read_statement(settings.statement)
    target = statement.target
    return replace(
        settings,
        contracts=settings.contracts or statement.contracts,
        ca_file=settings.ca_file or target.ca_file,
        proxy=settings.proxy or target.proxy,
        iam_endpoint=settings.iam_endpoint or target.iam,
        pictures=settings.pictures or target.pictures,
        pictures_listen=settings.pictures_listen or target.pictures_listen,
        stated_images=statement.images,
        metering=target.metering,
    ), statement


def _waived(statement: Statement | None) -> frozenset[str]:
    """Ids of the requirements with a waiver that holds today."""
    today = datetime.now().astimezone().date()  # where the user is: a waiver ends with the day there
    return frozenset(w.requirement for w in statement.waivers if not w.expired(today)) if statement else frozenset()


def capabilities_of(settings: Settings) -> frozenset[str]:
    """What a live target has of what requirements may need."""
    served = settings.target == "reference" or settings.pictures is not None
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


def _open_target(settings: Settings) -> Target:
    limits = Limits(deadline_s=settings.timeout_s)
    if settings.target == "reference":
        pages = [load_contract(name).page for name in settings.contracts]
        return ReferenceTarget(editions=[",".join(page.lineage) for page in pages], limits=limits)
    if not settings.target.startswith(("http://", "https://", "asgi:")):
        raise TargetError(
            "a target: http(s)://HOST[:PORT], reference, asgi:MODULE:ATTRIBUTE, or cassette:DIR",
            repr(settings.target),
            "write one of these; see `ocr-conformance run --help`",
        )
    account = find_account(
        settings.token, os.environ, secrets_file=settings.secrets_file, iam_endpoint=settings.iam_endpoint
    )

    def connect(origin: str) -> Target:
        proxy = settings.proxy if origin == settings.target else None  # no proxy reaches what this process serves
        connection = Connection(limits, settings.ca_file, proxy, settings.pictures, settings.pictures_listen)
        return account.open(origin, connection, default_project_id=PROJECT_ID)

    if settings.target.startswith("asgi:"):
        from conformance.targets.asgi import AsgiTarget  # late: it brings uvicorn, which other runs do not need

        return AsgiTarget(settings.target, connect)
    return connect(settings.target)


def _check_budget(settings: Settings) -> None:
    remote = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    if remote and settings.max_billable is None:
        raise TargetError(
            "--max-billable beyond this machine, since each recognised ticket may be billed",
            f"the target {settings.target} without it",
            "say how many tickets the run may cost at most, for example --max-billable 300; `ocr-conformance plan` "
            "tells how many it needs",
        )


def _contracts(settings: Settings, default: Sequence[str]) -> list[Contract]:
    return [load_contract(name, settings.statement) for name in (settings.contracts or default)]


def _purposes(
    contracts: Sequence[Contract], depth: Depth, settings: Settings, capabilities: frozenset[str], own: list[Purpose]
) -> list[Purpose]:
    """What a run goes through; `own` are the purposes of the user's pictures."""
    found = [p for contract in contracts for p in in_depth(load_purposes(contract, settings.cases), depth)]
    if depth == "thorough":
        from conformance.engine.exploration import explore  # late: the other depths draw nothing with Hypothesis

        served = URL in capabilities
        found += [purpose for contract in contracts for purpose in explore(contract, settings.seed or 0, url=served)]
    if settings.only:
        measured = {c.id for c in contracts if any(_is_measured(c, wanted) for wanted in settings.only)}
        found, own = (
            [p for p in kept if p.contract_id in measured or _wanted(p, settings.only)] for kept in (found, own)
        )
        if not found and not own:
            raise DataError(f"--only {', '.join(settings.only)}: no purpose or requirement of that id at depth {depth}")
        if not supported([*found, *own], capabilities):
            raise DataError(
                f"--only {', '.join(settings.only)}: expected a target that reaches pictures of the kit, found none "
                "declared; state the address under [target] pictures of the target statement"
            )
    found = supported(found, capabilities)
    if not found and not own:
        raise DataError(f"no purposes at depth {depth}; expected cases in {settings.cases or 'the kit'}")
    return [*sorted(found, key=_cheapest_first), *own]


def _cheapest_first(purpose: Purpose) -> tuple[int, bool, int, int]:
    """What every depth runs, then the rest, megabytes last; in each what bills least, and of that the shortest: so that
    a run that ends early, by a limit or by its reader, has learnt most for its cost.
    """
    return DEPTHS.index(purpose.depth), purpose.heavy, purpose.price, len(purpose.steps)


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


def _is_measured(contract: Contract, wanted: str) -> bool:
    """Whether `--only` names a limit of the statement: everything that a run sends counts for it."""
    requirement = contract.requirements.get(wanted.removeprefix(f"{contract.id}/"))
    return requirement is not None and requirement.measure is not None


def _wanted(purpose: Purpose, only: Sequence[str]) -> bool:
    names = {purpose.id, purpose.name, *purpose.aims, *(f"{purpose.contract_id}/{aim}" for aim in purpose.aims)}
    return any(wanted in names for wanted in only)


def _replay_session(settings: Settings, listeners: Sequence[Listener], statement: Statement | None) -> Session:
    from conformance.targets.replay import CassetteTarget  # late: it brings respx, which live runs do not need

    target = CassetteTarget(Path(settings.target.removeprefix("cassette:")))
    about = target.reader.about
    if "imported" in about:
        raise CassetteError(
            f"{target.name}: expected the recording of a run, found imported traffic; judge it with "
            f"`ocr-conformance audit {target.name.removeprefix('cassette:')}`"
        )
    recorded = [str(name) for name in _list(about.get("contracts"))]
    contracts = _contracts(settings, recorded)
    if settings.statement is None:
        contracts = [_with_positions(contract, about.get("positions")) for contract in contracts]
    depth, seed = settings.depth or _depth(about.get("depth")), int(str(about.get("seed", 0)))
    known = set(target.purposes())
    cases = (purpose for contract in contracts for purpose in load_purposes(contract, settings.cases))
    capabilities = frozenset[str]().union(*(purpose.needs for purpose in cases if purpose.id in known))
    own = list(recorded_purposes(target.purposes(), contracts))
    found = _purposes(contracts, depth, replace(settings, seed=seed), capabilities, own)
    purposes = [purpose for purpose in found if purpose.id in known]
    if not purposes:
        raise CassetteError(
            f"{target.name}: holds none of the purposes asked for; it has {', '.join(sorted(known)) or 'none'}"
        )
    narrowed = about.get("only")
    recorded_scope = frozenset(map(str, narrowed)) if isinstance(narrowed, list) and not settings.only else None
    run = Run(
        contracts,
        target,
        depth=depth,
        seed=seed,
        strict=settings.strict,
        budget=Budget(settings.max_requests),
        scripts=_recorded_scripts(target),
        listeners=listeners,
        only=recorded_scope if recorded_scope is not None else _scope(contracts, purposes, settings),
        capabilities=capabilities,
        waived=_waived(statement),
        metering=settings.metering,
    )
    return Session(run, purposes, target, "$TARGET", recorded=about, statement=statement)


def _with_positions(contract: Contract, recorded: object) -> Contract:
    """The contract under the positions that a recorded run took. Raises CassetteError for one that this kit has not."""
    taken_then = recorded.get(contract.id) if isinstance(recorded, dict) else None
    if not isinstance(taken_then, dict) or taken_then == dict(contract.positions):
        return contract
    try:
        return with_positions(contract, {str(name): str(value) for name, value in taken_then.items()})
    except DataError as error:
        raise CassetteError(f"the recording takes {error}. Record the run again with this kit") from error


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
