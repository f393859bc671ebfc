"""What a user asks for: the options of a run, with what the target statement says where no option does."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from conformance.contract.requirements import Depth
from conformance.contract.sample_images import SampleImage
from conformance.contract.statement import Authentication, Metering, Statement, read_statement
from conformance.engine.budget import Budget
from conformance.engine.purposes import URL
from conformance.targets.errors import TargetError

DEFAULT_DEPTH: Depth = "standard"
"""Of a live run for which nobody chose one."""


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
    authentication: Authentication | None = None


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
        authentication=statement.authentication,
    ), statement


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
