"""What several commands share: exit statuses, the language option, the options that say what to run."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypedDict, TypeVar, Unpack

import click

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth
    from conformance.engine.session import Settings

CONFORMANT, NONCONFORMANT, USAGE, INCONCLUSIVE, UNREACHABLE, KIT_ERROR = 0, 1, 2, 3, 4, 5
"""Exit statuses of `run`."""

Command = TypeVar("Command", bound="Callable[..., object]")


def fail(status: int, message: str) -> NoReturn:
    """One message on standard error, and the end."""
    click.echo(f"ocr-conformance: {message}", err=True)
    sys.exit(status)


def _language(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str:
    if value is not None:
        return value
    # LANGUAGE and LC_ALL come before LANG, as in gettext.
    names = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    stated = next((os.environ[name] for name in names if os.environ.get(name)), "")
    return "zh" if (stated or locale.getlocale()[0] or "").lower().startswith("zh") else "en"


language_option = click.option(
    "--lang", "language", type=click.Choice(["en", "zh"]), callback=_language, help="Language of the output."
)

file_argument = click.Path(path_type=Path, exists=True, dir_okay=False)
folder_argument = click.Path(path_type=Path, exists=True, file_okay=False)
some_path = click.Path(path_type=Path)


def run_options(command: Command) -> Command:
    """The target and the options that say what to run, as `run` and `plan` take them."""
    options = (
        click.argument("target"),
        click.option("--contract", "contracts", multiple=True, metavar="ID", help="Contract to test; may be repeated."),
        click.option("--depth", type=click.Choice(["smoke", "standard", "thorough"]), help="How much to ask."),
        click.option("--statement", type=file_argument, metavar="FILE", help="Target statement (TOML)."),
        click.option("--token", metavar="T", help="Token; better in the environment as OCR_CONFORMANCE_TOKEN."),
        click.option("--secrets", "secrets_file", type=file_argument, metavar="FILE", help="File of credentials."),
        click.option(
            "--images", type=folder_argument, metavar="DIR", help="Pictures of your own, with a manifest.toml."
        ),
        click.option("--cases", type=folder_argument, metavar="DIR", help="Cases of your own."),
        click.option("--only", multiple=True, metavar="ID", help="This purpose, or what aims at this requirement."),
        click.option("--seed", type=int, metavar="N", help="Seed of what is drawn; repeats a run exactly."),
        click.option("--max-requests", type=click.IntRange(min=1), metavar="N", help="End the run after N requests."),
        click.option("--max-billable", type=click.IntRange(min=1), metavar="N", help="Bill at most N tickets."),
        click.option("--rate", metavar="N/s", callback=_rate, help="Requests a second: 5 or 5/s."),
        click.option(
            "--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=30.0, show_default=True,
            metavar="S", help="Seconds for one request, all in all.",
        ),
        click.option("--strict", is_flag=True, help="A broken `should` fails the run, too."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def _rate(_context: click.Context, _parameter: click.Parameter, value: str | None) -> float | None:
    from conformance.engine.budget import rate_of

    try:
        return None if value is None else rate_of(value)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None


class RunOptions(TypedDict):
    """The values of the options of `run_options`, as click hands them to a command."""

    target: str
    contracts: tuple[str, ...]
    depth: Depth | None
    statement: Path | None
    token: str | None
    secrets_file: Path | None
    images: Path | None
    cases: Path | None
    only: tuple[str, ...]
    seed: int | None
    max_requests: int | None
    max_billable: int | None
    rate: float | None
    timeout_s: float
    strict: bool


def settings_from(**options: Unpack[RunOptions]) -> Settings:
    """What the options of `run_options` ask for."""
    from conformance.engine.session import Settings

    return Settings(**options)
