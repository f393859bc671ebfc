"""The options of a run with what the target statement says where no option does, and what follows from them."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from urllib.parse import urlsplit

from conformance.contract.requirements import Depth
from conformance.engine.budget import Budget
from conformance.engine.options import Results, Settings
from conformance.engine.purposes import EXAMPLE, URL
from conformance.files import add_contracts, check_writable, os_reason
from conformance.statement.statement import read_statement
from conformance.targets import TargetError
from conformance.text import Text, plain

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
    # A url that the documents print is no business of what runs on this machine.
    elsewhere = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    return frozenset({URL} if served else ()) | frozenset({EXAMPLE} if elsewhere else ())


def budget_of(settings: Settings) -> Budget:
    """The limits that a user set."""
    return Budget(settings.max_requests, settings.max_billable, settings.rate, shared=settings.shared_budget)


def check_results(results: Results) -> None:
    """Raises TargetError for an option of a recording where none is made, and where no report can be written."""
    for name, given in (("--resend", results.resend), ("--keep-images", results.keep_images)):
        if given and results.record is None:
            raise TargetError(
                plain("--record DIR"),
                Text(f"{name} without it", f"只有 {name}"),
                Text(f"{name} says how a recording is made: add --record", f"{name} 说明如何录制：请加上 --record"),
            )
    if results.report is not None:
        try:
            check_writable(results.report)
        except OSError as error:
            raise TargetError(
                Text("a folder that can be written, for --report", "--report 所需的可写目录"),
                Text(f"{error.filename}: {error.strerror}", f"{error.filename}：{os_reason(error).zh}"),
                Text("choose another one", "请换一个"),
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
            Text(
                "--max-billable beyond this machine, since each recognised ticket may be billed",
                "本机以外须给出 --max-billable，因为每张识别出的票证都可能计费",
            ),
            Text(f"the target {settings.target} without it", f"被测系统 {settings.target}，未给出"),
            Text(
                (
                    "say how many tickets the run may cost at most, for example --max-billable 300; "
                    "`ocr-conformance plan` "
                    "tells how many it needs"
                ),
                "请给出最多可计费的次数，例如 --max-billable 300；`ocr-conformance plan` 可估计所需次数",
            ),
        )
