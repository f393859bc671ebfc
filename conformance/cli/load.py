"""`load`: correctness and speed of a target under load, on Locust."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn, cast

import click

from conformance.cli import INCONCLUSIVE, NONCONFORMANT, UNREACHABLE, USAGE, fail, spoken
from conformance.cli.options import language_option, some_path, taking
from conformance.engine.options import Settings
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.load.users import Load
    from conformance.targets.http import HttpTarget


def _steps(_context: click.Context, _parameter: click.Parameter, value: str) -> tuple[int, ...]:
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        words = Text(
            f"expected whole numbers above 0 such as 10,50,200; found {value!r}",
            f"应为大于 0 的整数，如 10,50,200；实为 {value!r}",
        )
        raise click.BadParameter(words.in_language(spoken()))
    return tuple(map(int, parts))


@click.command()
@click.argument("target")
@click.option("--users", metavar="N,N", callback=_steps, default="10", show_default=True, help="Users, step by step.")
@click.option("--duration", metavar="S", type=click.FloatRange(min=1), default=60.0, show_default=True, help="A step.")
@click.option("--faults", metavar="P", type=click.FloatRange(0, 0.9), default=0.1, help="Share of wrong ones.")
@click.option("--master", metavar="HOST:PORT", help="Lead workers that connect here.")
@click.option(
    "--workers",
    metavar="N",
    type=click.IntRange(min=1),
    help="With --master: wait for so many (1). With --worker: --max-billable is shared by so many.",
)
@click.option("--worker", metavar="HOST:PORT", help="Be a worker of this master.")
@taking(
    Settings, "settings", "contracts", "depth", "statement", "token", "secrets_file", "max_billable", "rate", "seed"
)
@click.option("--report", metavar="DIR", type=some_path, envvar="OCR_CONFORMANCE_REPORT", help="Write load.json there.")
@language_option
def load(
    settings: Settings,
    target: str,
    users: tuple[int, ...],
    duration: float,
    faults: float,
    master: str | None,
    workers: int | None,
    worker: str | None,
    report: Path | None,
    language: str,
) -> None:
    """Put TARGET under load; every answer is judged, so that a fast wrong answer counts as wrong.

    Requests of the purposes of the depth, each that must be accepted, and a share (--faults) that must be refused.
    `[[load]]` of a statement sets limits. Any address but this machine's needs `[load-consent]` in the statement, and
    --max-billable. Ends with 0 right and within the limits, 1 not, 3 inconclusive, 4 target not reached.
    """
    _patch()
    from conformance.engine.budget import check_budget
    from conformance.engine.settings import refuse_without, stated
    from conformance.files import check_writable
    from conformance.load.users import Step, run_worker

    settings = stated(replace(settings, target=target, depth=settings.depth or "smoke"))
    if master is None and worker is None:  # of a worker it says into how many parts --max-billable goes
        refuse_without("--master HOST:PORT", {"--workers": workers})
    workers = workers or 1
    _check_kind(target)
    check_budget(settings)
    _check_consent(settings)
    if report is not None:
        check_writable(report)
    steps = [Step(count, duration, settings.rate) for count in users]
    made = _load(settings, steps, faults, share=workers)
    _reach(made)
    if worker is not None:
        run_worker(made, *_address(worker))
        return
    _conclude(made, settings, report, language, master=master, workers=workers)


def _patch() -> None:
    """First of all: Locust patches the process for gevent."""
    try:
        import conformance.load.users  # noqa: F401
    except ImportError as error:
        words = Text(
            f"load needs the package {error.name}; pip install 'ocr-conformance[load]'",
            f"load 需要软件包 {error.name}；请执行 `pip install 'ocr-conformance[load]'`",
        )
        fail(USAGE, words)


def _conclude(
    made: Load, settings: Settings, report: Path | None, language: str, *, master: str | None, workers: int
) -> NoReturn:
    """Drive the load, write what it came to, and end with its exit status."""
    import json

    from conformance.files import replace_file
    from conformance.load import load_document, load_text
    from conformance.load.users import run_here, run_master

    def told(state: Mapping[str, Any]) -> None:
        words = Text(
            "{users} users, {sent} requests, {wrong} wrong, {errors} errors, {elapsed_s:.0f} s",
            "{users} 个用户，{sent} 个请求，错误响应 {wrong}，无响应 {errors}，{elapsed_s:.0f} 秒",
        )
        click.echo(words.in_language(language).format(**state), err=True)

    tallies = run_here(made, told) if master is None else run_master(made, *_address(master), workers, told)
    document = load_document(settings.target, tallies, settings.declared.loads, made.stop_reason)
    if report is not None:
        replace_file(report / "load.json", (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())
    click.echo(load_text(document, language))
    sys.exit({"met": 0, "not-met": NONCONFORMANT, "inconclusive": INCONCLUSIVE}[document["verdict"]])


def _load(settings: Settings, steps: list[Any], faults: float, *, share: int) -> Load:
    from conformance.engine.plan import select
    from conformance.engine.session import open_target
    from conformance.load.users import Load, magazine

    contracts, purposes = select(settings)
    seed = settings.seed or 0
    target = cast("HttpTarget", open_target(settings)[0])  # an address is opened as nothing else
    limit = None if settings.max_billable is None else settings.max_billable // share
    return Load(target, magazine(purposes, contracts, faults=faults, seed=seed), steps, seed, limit)


def _check_kind(target: str) -> None:
    from conformance.engine.session import check_target

    if target.startswith(("http://", "https://")):
        check_target(target)
        return
    words = Text(
        "load: expected an http(s) target; start another one first, for example `ocr-conformance serve`",
        "load：被测系统应为 http(s) 地址；其他的请先启动，例如 `ocr-conformance serve`",
    )
    fail(USAGE, words)


def _check_consent(settings: Settings) -> None:
    from datetime import date

    from conformance.engine.budget import is_local

    consent = settings.declared.load_consent
    if is_local(settings.target) or (consent is not None and date.today() <= consent.until):  # noqa: DTZ011 - the user's day
        return
    words = Text(
        "expected the consent of the target's owner before it is put under load: [load-consent] with owner and until "
        "(a day from today on) in the target statement; found "
        f"{'none' if consent is None else f'one until {consent.until}'}",
        "对被测系统施加负载前须有其所有者的同意：在声明中写 [load-consent]，含 owner 与 until（今日或以后）；"
        f"{'未找到' if consent is None else f'所写的已于 {consent.until} 到期'}",
    )
    fail(USAGE, words)


def _reach(made: Load) -> None:
    """One request before the load: a target that is not there, or refuses everything, is said at once."""
    from conformance.exchange import TransportFailure

    shot = next(shot for shot in made.magazine.shots if shot.control is None)
    answer = made.target.send(shot.request)
    if isinstance(answer, TransportFailure):
        words = Text(f"the target could not be reached: {answer.detail}", f"无法连接被测系统：{answer.detail}")
        fail(UNREACHABLE, words)
    if answer.status in (401, 403):
        words = Text(
            f"expected the target to accept the credentials; observed status {answer.status}; check --token",
            f"被测系统拒绝了凭证：状态码 {answer.status}；请检查 --token",
        )
        fail(INCONCLUSIVE, words)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        words = Text(
            f"expected HOST:PORT such as 127.0.0.1:5557; found {text!r}",
            f"应为 HOST:PORT，例如 127.0.0.1:5557；实为 {text!r}",
        )
        fail(USAGE, words)
    return host.strip("[]") or os.environ.get("HOSTNAME", "127.0.0.1"), int(port)
