"""The options of a run with what the target statement says where no option does, and what follows from them."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from urllib.parse import urlsplit

from conformance.contract.requirements import Depth
from conformance.engine.budget import Budget
from conformance.engine.options import Results, Settings
from conformance.engine.purposes import URL
from conformance.files import add_contracts, check_writable
from conformance.statement.statement import read_statement
from conformance.targets.errors import TargetError

__all__ = ["Settings", "budget_of", "capabilities_of", "check_budget", "check_results", "is_local", "stated"]

DEFAULT_DEPTH: Depth = "standard"
"""Of a live run for which nobody chose one."""

DEFAULT_TIMEOUT_S = 30.0
"""Of one request, where neither an option nor the target statement says another."""


def stated(settings: Settings) -> Settings:
    """The settings with what the target statement says and no option does. Raises DataError.

    The statement is read here and nowhere else in a run.
    """
    if settings.contract_folder is not None:
        added = tuple(add_contracts(settings.contract_folder))
        if settings.statement is None and not settings.contracts:
            settings = replace(settings, contracts=added)
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


def check_results(results: Results) -> None:
    """Raises TargetError for an option of a recording where none is made, and where no report can be written."""
    for name, given in (("--resend", results.resend), ("--keep-images", results.keep_images)):
        if given and results.record is None:
            raise TargetError(
                "--record DIR", f"{name} without it", f"{name} says how a recording is made: add --record"
            )
    if results.report is not None:
        try:
            check_writable(results.report)
        except OSError as error:
            raise TargetError(
                "a folder that can be written, for --report",
                f"{error.filename}: {error.strerror}",
                "choose another one",
            ) from None


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
