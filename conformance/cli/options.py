"""What several commands share: the options that say what to run, the language option, how a command ends."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast

import click
from click.core import ParameterSource

from conformance.cli import CONFORMANT, INCONCLUSIVE, KIT_ERROR, NONCONFORMANT, SPOKEN, UNREACHABLE, spoken
from conformance.engine.options import Results, Settings, options_of
from conformance.text import Text, spaced

if TYPE_CHECKING:
    import signal

    from conformance.engine.budget import Ending
    from conformance.engine.ledger import Ledger
    from conformance.engine.options import Option, Workers

T = TypeVar("T")
Command = TypeVar("Command", bound="Callable[..., object]")
Completion: TypeAlias = Callable[[click.Context, click.Parameter, str], list[str]]


def exit_status(ledger: Ledger) -> int:
    """What a run or an audit ends with: by its conformity, and by the limits on recognition that are declared."""
    if ledger.errors:
        return KIT_ERROR
    from conformance.engine.availability import GONE

    if ledger.verdict == "inconclusive" and ledger.stop_reason in GONE:
        return UNREACHABLE
    if ledger.verdict == "nonconformant" or ledger.recognition == "not-met":
        return NONCONFORMANT
    return INCONCLUSIVE if "inconclusive" in (ledger.verdict, ledger.recognition) else CONFORMANT


file_argument = click.Path(path_type=Path, exists=True, dir_okay=False)
folder_argument = click.Path(path_type=Path, exists=True, file_okay=False)
some_path = click.Path(path_type=Path)


def completing(names: Callable[[click.Context], Iterable[str]]) -> Completion:
    """How a shell completes a name: from those known in a command line that is being typed (README: completion)."""

    def complete(context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
        return sorted(name for name in names(context) if name.startswith(begun))

    return complete


def _contract_names(_context: click.Context) -> Iterable[str]:
    from conformance.files import contract_ids

    return contract_ids()


def _subjects(context: click.Context) -> Iterable[str]:
    """What --only takes: purposes and requirements of the contracts given, or of those that are meant without."""
    from conformance.contract.contract import load_contract
    from conformance.engine.purposes import load_purposes
    from conformance.files import default_contracts

    for name in context.params.get("contracts") or default_contracts():
        contract = load_contract(name)
        for purpose in load_purposes(contract):
            yield from (purpose.name, purpose.id)
        for requirement in contract.requirements.values():
            yield from (requirement.name, requirement.id)


def _every_id(_context: click.Context) -> Iterable[str]:
    from conformance.engine.lookup import known_ids

    return known_ids()


def fault_names(_context: click.Context) -> Iterable[str]:
    """Ids of the faulty implementations and variants of the reference."""
    from conformance.engine.lookup import faulty_implementations

    return [one.id for one in faulty_implementations()]


contract_completion, any_id = completing(_contract_names), completing(_every_id)
_COMPLETED = {"contract": contract_completion, "only": completing(lambda context: set(_subjects(context)))}


def click_option(option: Option, **more: Any) -> Callable[[Command], Command]:
    """An option of the kit as one of click, to which `more` is told, too."""
    if not option.secret:
        more |= {"envvar": option.variable}
    more |= {"shell_complete": _COMPLETED.get(option.name)}
    more |= {"help": option.help.en, "metavar": option.metavar, **_click_kind(option)}
    return click.option(option.flag, option.key, **more)


def field_options(owner: type, *names: str) -> Callable[[Command], Command]:
    """The options that fill the fields named of `Settings` or `Results`, handed to the command one by one."""

    def added(command: Command) -> Command:
        for option in reversed(options_of(owner, *names)):
            more = {"default": spoken} if option.key == "language" else {}
            command = click_option(option, **more)(command)
        return command

    return added


def accepts_language(command: Command) -> Command:
    """`--lang` for a command that says what it says by `say` and `fail`."""
    (option,) = options_of(Results, "language")
    return click_option(option, expose_value=False)(command)


def taking(owner: type, name: str, *names: str) -> Callable[[Command], Command]:
    """The options that fill the fields named of `owner`, or all of them, handed to the command as one value."""
    keys = [option.key for option in options_of(owner, *names)]

    def added(command: Command) -> Command:
        @wraps(command)
        def filled(**values: object) -> object:
            own = {key: values.pop(key) for key in keys}
            return command(**{name: owner(**own)}, **values)

        return field_options(owner, *names)(cast("Command", filled))

    return added


class Run(click.Command):
    """A command with options of a run, which may stand in the environment or in a file as well."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the command, in which an option that is not typed has the value given elsewhere."""
        if not extra.get("resilient_parsing"):
            from conformance.engine.settings import options_here

            given = options_here(Path.cwd(), os.environ)
            typed = parent is not None and parent.get_parameter_source("language") is ParameterSource.COMMANDLINE
            if "language" in given and not typed and not any(word.startswith("--lang") for word in args):
                SPOKEN.set(str(given["language"]))
            extra["default_map"] = {key: value for key, value in given.items() if key != "language"}
        return super().make_context(info_name, args, parent, **extra)


def run_options(command: Command) -> Command:
    """The target and the options that say what to run, handed to the command as `settings`."""

    @wraps(command)
    def aimed(target: str, settings: Settings, **values: object) -> object:
        return command(settings=replace(settings, target=target), **values)

    return click.argument("target")(taking(Settings, "settings")(cast("Command", aimed)))


result_options = taking(Results, "results")
"""The options that say what is made of a run, handed to the command as `results`."""


def _click_kind(option: Option) -> dict[str, object]:
    match option.kind:
        case "text":
            return {}
        case "flag":
            return {"is_flag": True}
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
        case "workers":
            return {"callback": _workers}
        case "seconds":
            return {"type": click.FloatRange(min=0, min_open=True)}


language_option = field_options(Results, "language")
"""`--lang`, handed to the command as `language`: what the environment asks for where it is not given."""


def _rate(_context: click.Context, _parameter: click.Parameter, value: object) -> float | None:
    from conformance.engine.settings import rate_of

    return _read("rate", rate_of, value)


def _workers(_context: click.Context, _parameter: click.Parameter, value: object) -> Workers | None:
    from conformance.engine.settings import workers_of

    return _read("workers", workers_of, value)


def _read(kind: str, reader: Callable[[str], T], value: object) -> T | None:
    try:
        return None if value is None else reader(str(value))
    except ValueError as error:
        from conformance.engine.settings import EXPECTED

        words = Text(str(error), f"应为{spaced(EXPECTED[kind].zh)}，实为 {value!r}")
        raise click.BadParameter(words.in_language(spoken())) from None


def _known_from_here(_context: click.Context, _parameter: click.Parameter, folder: Path | None) -> None:
    from conformance.files import add_contracts

    if folder is not None:
        add_contracts(folder)


contracts_option = click.option(
    "--contracts",
    "contract_folder",
    type=folder_argument,
    metavar="DIR",
    is_eager=True,
    expose_value=False,
    callback=_known_from_here,
    help="Contracts of your own, as `derive --write` writes them.",
)
"""Makes the contracts of a folder known to a command that reads contracts and runs nothing."""


GRACE_S = 5.0
"""Seconds for which the last answers are waited for after SIGTERM or SIGHUP: what is not over is soon killed."""


@contextmanager
def ended_gently(ending: Ending, language: str) -> Iterator[None]:
    """Inside, the first Ctrl-C (or what else `ended_by_signals` takes for one) lets a run have the answers that are
    under way, and the second one does not.
    """
    import signal
    import threading

    def end(number: int, _frame: object) -> None:
        name = "" if number == signal.SIGINT else signal.Signals(number).name
        if ending.near:
            raise KeyboardInterrupt(ending.asked or name)
        ending.near, ending.asked = True, name
        if name:
            timer.start()
        with suppress(OSError):  # written past what may be in the middle of writing
            os.write(2, f"{_LAST_ANSWERS.in_language(language)}\n".encode())

    main = threading.get_ident()
    timer = threading.Timer(GRACE_S, lambda: signal.pthread_kill(main, signal.SIGTERM))
    timer.daemon = True
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, *_ending_signals())}
    taken = {number: handler for number, handler in before.items() if callable(handler)}  # others are ignored
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
        timer.cancel()


_LAST_ANSWERS = Text(
    "ending: waiting for the answers under way; once more ends without them",
    "正在结束：等待已发出请求的响应；再次中断则不再等待",
)


def _ending_signals() -> list[signal.Signals]:
    import signal

    return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """SIGTERM, by which CI cancels, and SIGHUP end a command as Ctrl-C does, unless whoever started it ignores them."""
    import signal

    def end(number: int, _frame: object) -> None:
        raise KeyboardInterrupt(signal.Signals(number).name)

    taken = [number for number in _ending_signals() if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
