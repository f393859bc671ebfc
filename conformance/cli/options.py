"""What several commands share: exit statuses, the language option, the options that say what to run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypedDict, TypeVar, Unpack

import click

from conformance.engine.options import LANGUAGE, RESULT_OPTIONS, RUN_OPTIONS, language_here

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth
    from conformance.engine.ledger import Ledger
    from conformance.engine.options import Option
    from conformance.engine.settings import Settings

CONFORMANT, NONCONFORMANT, USAGE, INCONCLUSIVE, UNREACHABLE, KIT_ERROR = 0, 1, 2, 3, 4, 5
"""Exit statuses of `run`."""

Command = TypeVar("Command", bound="Callable[..., object]")


def fail(status: int, message: str) -> NoReturn:
    """One message on standard error, and the end."""
    click.echo(f"ocr-conformance: {message}", err=True)
    sys.exit(status)


def exit_status(ledger: Ledger) -> int:
    """What a run or an audit ends with, by what it has learnt."""
    if ledger.errors:
        return KIT_ERROR
    from conformance.engine.presence import GONE

    if ledger.verdict == "inconclusive" and ledger.stop_reason in GONE:
        return UNREACHABLE
    return {"conformant": CONFORMANT, "nonconformant": NONCONFORMANT, "inconclusive": INCONCLUSIVE}[ledger.verdict]


file_argument = click.Path(path_type=Path, exists=True, dir_okay=False)
folder_argument = click.Path(path_type=Path, exists=True, file_okay=False)
some_path = click.Path(path_type=Path)


def click_option(option: Option, **more: Any) -> Callable[[Command], Command]:
    """An option of the kit as one of click, to which `more` is told, too."""
    more |= {"help": option.help, "metavar": option.metavar, **_click_kind(option)}
    if option.default is not None:
        more |= {"default": option.default, "show_default": True}
    return click.option(option.flag, option.key, **more)


def _click_kind(option: Option) -> dict[str, object]:
    match option.kind:
        case "text":
            return {}
        case "texts":
            return {"multiple": True}
        case "choice":
            return {"type": click.Choice(option.choices)}
        case "file":
            return {"type": file_argument}
        case "folder":
            return {"type": folder_argument}
        case "new":
            return {"type": some_path}
        case "integer":
            return {"type": int}
        case "count":
            return {"type": click.IntRange(min=1)}
        case "rate":
            return {"callback": _rate}
        case "seconds":
            return {"type": click.FloatRange(min=0, min_open=True)}


def language_option(command: Command) -> Command:
    """`--lang`, handed to the command as `language`: what the environment asks for where it is not given."""
    return click_option(LANGUAGE, default=language_here)(command)


def run_options(command: Command) -> Command:
    """The target and the options that say what to run, as `run` and `plan` take them."""
    strict = click.option("--strict", is_flag=True, help="A broken `should` fails the run, too.")
    for option in (strict, *(click_option(option) for option in reversed(RUN_OPTIONS)), click.argument("target")):
        command = option(command)
    return command


def result_options(command: Command) -> Command:
    """The options that say what is made of a run."""
    for option in reversed(RESULT_OPTIONS):
        command = click_option(option)(command)
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
    timeout_s: float | None
    strict: bool


def settings_from(**options: Unpack[RunOptions]) -> Settings:
    """What the options of `run_options` ask for."""
    from conformance.engine.settings import Settings

    return Settings(**options)
