"""The command line: reads options, calls the engine, prints, and ends with the documented exit status. Nothing more.

Each module holds the commands of one subject (`_COMMANDS`), and `options` what they share. It is imported when one of
them is asked for, and what that needs when it runs: `--help` is quick. What it says in Chinese is in `help_zh.toml`.
"""

from __future__ import annotations

import gc
import io
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import IO, Any, NoReturn, cast

import click
from click import formatting

from conformance import __version__
from conformance.text import Text, language_here

CONFORMANT, NONCONFORMANT, USAGE, INCONCLUSIVE, UNREACHABLE, KIT_ERROR = 0, 1, 2, 3, 4, 5
"""Exit statuses of `run`."""

INTERRUPTED = 130
"""Of a command that Ctrl-C ended before it had anything to say, as shells give it (128 and the number of SIGINT)."""

_COMMANDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "run": {
            "run": "Test TARGET: an http(s) origin, `reference`, `asgi:MODULE:ATTRIBUTE`, `wsgi:...`, or "
            "`cassette:DIR`.",
            "plan": "Say what a run of TARGET would send: requests, bytes, billable tickets at most, time at the rate.",
        },
        "reference": {
            "serve": "Serve the reference implementation; `serve --help` lists its options.",
            "faults": "Run the kit against every faulty implementation: the kill table.",
            "pictures": "Serve the pictures in the evidence FOLDER of a report while COMMAND runs, and end with its "
            "exit status.",
            "specimens": "Draw invented documents into FOLDER, for `run --images FOLDER`.",
        },
        "recordings": {
            "audit": "Judge recorded traffic: cassettes, HAR files, VCR cassettes, newman's reports, NDJSON exchanges.",
            "cassette": "Recordings: check, redact, import, export.",
            "compare": "Compare two report.json files: what is newly failing, newly proven, fixed, still failing, no "
            "longer proven; and what was recognised on the pictures that both were asked for.",
            "bundle": "An acceptance bundle: report, statement, recording and environment in one archive that shows "
            "any change.",
        },
        "contracts": {
            "requirements": "List the requirements of the contracts.",
            "explain": "Explain an ID: of a requirement, a purpose, a fault, an error code, a position or an open "
            "point.",
            "derive": "Read a documentation PAGE into tables and draft schemas, compare it with a contract, or write "
            "one.",
            "openapi": "Print one contract as an OpenAPI 3.1 document (JSON); a document describes one edition of one "
            "operation.",
            "statement": "A target statement: what a target supports, and which positions it takes.",
        },
        "load": {"load": "Put TARGET under load; every answer is judged, so that a fast wrong answer counts as wrong."},
    }
)
"""The commands by the module that holds each under its name, with the first paragraph of its help, so that `--help`
need not load them.
"""

_MOST_COLUMNS = 80
"""Of help, and those of a terminal that does not tell."""

_MANY_OBJECTS = 50_000
"""New objects after which Python looks for circles of them: a command makes many, nearly all of which stay."""

SPOKEN: ContextVar[str] = ContextVar("SPOKEN", default="en")
"""The language of the command line that runs."""


def asked_language(arguments: Sequence[str]) -> str:
    """The language of a command line that is not parsed yet: what --lang says, else that of this process."""
    for word, following in zip(arguments, (*arguments[1:], ""), strict=False):
        name, sign, value = word.partition("=")
        if name == "--lang":
            return value if sign else following
    return os.environ.get("OCR_CONFORMANCE_LANG") or language_here()


def spoken() -> str:
    """The language of the command that runs."""
    return SPOKEN.get()


def say(en: str, zh: str, *, err: bool = False) -> None:
    """A line in the language of the command that runs."""
    click.echo(Text(en, zh).in_language(spoken()), err=err)


def fail(status: int, message: Text) -> NoReturn:
    """One message on standard error, and the end."""
    click.echo(f"ocr-conformance: {message.in_language(spoken())}", err=True)
    sys.exit(status)


class _Kit(click.Group):
    """Turns whatever a command raises into one message, in the language of the user, and the documented exit status."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line. What a console cannot encode is replaced: no verdict is lost over a character."""
        gc.set_threshold(_MANY_OBJECTS)
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):
                stream.reconfigure(errors="replace")
        return super().main(*args, **extra)

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of the whole line, whose language every message and `--help` is in."""
        SPOKEN.set(asked_language(args))
        with _mistakes():
            return super().make_context(info_name, args, parent, **{"terminal_width": _width(), **extra})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """The command, loaded when it is first asked for."""
        known = self.commands.get(cmd_name)
        if isinstance(known, _Later):
            command: click.Command = getattr(import_module(f"conformance.cli.{known.module}"), cmd_name)
            known = self.commands[cmd_name] = _bilingual(command)
        return known

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands as every group lists them, without loading any."""
        names = self.list_commands(ctx)
        room = formatter.width - 6 - max(map(len, names))
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.commands[name].get_short_help_str(room)) for name in names])

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            with _mistakes():
                return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KeyboardInterrupt, click.Abort):
            fail(INTERRUPTED, Text("interrupted", "已中断"))
        except Exception as fault:  # the last line of defence: a traceback helps no user
            from conformance.files import BadInput

            if isinstance(fault, BadInput):
                fail(USAGE, fault.words)
            if isinstance(fault, OSError) and fault.filename is not None:
                place = f"{fault.filename}: {fault.strerror}"
                fail(USAGE, Text(f"{place}; choose another file or folder", f"{place}；请换一个文件或目录"))
            if os.environ.get("OCR_CONFORMANCE_DEBUG"):
                raise
            what = f"{type(fault).__name__}: {fault}"
            fail(
                KIT_ERROR,
                Text(
                    f"the kit itself failed: {what}. This says nothing about the target; set "
                    "OCR_CONFORMANCE_DEBUG=1 to see where, and report it",
                    f"套件自身出错：{what}。这与被测系统无关；请设置 OCR_CONFORMANCE_DEBUG=1 查看出错位置并反馈",
                ),
            )


@contextmanager
def _mistakes() -> Iterator[None]:
    """Mistakes in the command line, told in Chinese where that is the language."""
    try:
        yield
    except click.UsageError as mistake:
        if spoken() != "zh":
            raise
        raise _Mistake(translated(mistake.format_message()), mistake.ctx) from None


def _width() -> int:
    """Columns of help, as click reckons them; it would load `shutil` for that, which brings three decompressors."""
    stated = os.environ.get("COLUMNS", "")
    columns = int(stated) if stated.isdecimal() else 0
    if not columns:
        with suppress(AttributeError, ValueError, OSError):  # no terminal, or none that can be asked
            columns = os.get_terminal_size(sys.__stdout__.fileno()).columns  # type: ignore[union-attr]
    return formatting.FORCED_WIDTH or max(min(columns or _MOST_COLUMNS, _MOST_COLUMNS) - 2, 50)


class _Later(click.Command):
    """Stands for a command of a module that is not loaded yet; its help is the first paragraph of that."""

    def __init__(self, name: str, module: str, help: str) -> None:  # noqa: A002 - click's
        super().__init__(name, help=help)
        self.module = module


@click.group(cls=_Kit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ocr-conformance")
@click.option(
    "--lang",
    "language",
    type=click.Choice(["en", "zh"]),
    envvar="OCR_CONFORMANCE_LANG",
    expose_value=False,
    help="Language of the output.",
)
def main() -> None:
    """Conformance tests for a documented OCR classification API.

    Start with `ocr-conformance run reference`.
    """


def _bilingual(command: click.Command) -> click.Command:
    """Lets a command, and all below it, tell its help in the language of the user."""
    kind = type(command)

    class Bilingual(kind):  # type: ignore[misc, valid-type]
        def get_help(self, ctx: click.Context) -> str:
            english = super().get_help
            if spoken() != "zh":
                return str(english(ctx))
            return _help_in_chinese(ctx, lambda: str(english(ctx)))

    command.__class__ = Bilingual
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _bilingual(below)
    return command


# Help and mistakes in Chinese: their words are looked up where click has put its English ones.


@cache
def words_in_chinese() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """What each command does, by its path, and what each option does, by its help in English."""
    from conformance.engine.options import Results, Settings, options_of
    from conformance.files import PACKAGE, read_toml

    told = cast("Mapping[str, Mapping[str, str]]", read_toml(PACKAGE / "cli" / "help_zh.toml"))
    own = {option.help.en: option.help.zh for owner in (Settings, Results) for option in options_of(owner)}
    return told["command"], {**told["option"], **own}


_HEADINGS = (("Usage:", "用法："), ("Options:", "选项："), ("Commands:", "命令："), ("[OPTIONS]", "[选项]"))

_NEAR = r"(?: \(?(?:Did you mean(?: one of:)?|Possible options:) (.+?)\??\)?)?"
_MISTAKES = (
    (rf"No such option:? ('[^']*'|\S+?)\.?{_NEAR}$", r"没有选项 \1"),
    (rf"No such command ('[^']*')\.?{_NEAR}$", r"没有命令 \1"),
    (r"Missing argument (.+)\.$", r"缺少参数 \1"),
    (r"Missing option (.+)\.$", r"缺少选项 \1"),
    (r"Missing command\.$", "缺少命令"),
    (r"Option (.+) requires an argument\.$", r"选项 \1 需要一个值"),
    (r"Option (.+) does not take a value\.$", r"选项 \1 不带值"),
    (r"Got unexpected extra arguments? \((.+)\)$", r"多余的参数：\1"),
    (r"Invalid value for (.+?): (.*)$", r"\1 的值无效：\2"),
    (r"Path (.+) does not exist\.$", r"路径 \1 不存在"),
    (r"File (.+) does not exist\.$", r"文件 \1 不存在"),
    (r"Directory (.+) does not exist\.$", r"目录 \1 不存在"),
    (r"File (.+) is a directory\.$", r"\1 是目录，应为文件"),
    (r"Directory (.+) is a file\.$", r"\1 是文件，应为目录"),
    (r"(.+) is not one of (.+)\.$", r"\1 不在可选值 \2 之中"),
    (r"(.+) is not a valid (?:integer|integer range|int)\.$", r"\1 不是整数"),
    (r"(.+) is not a valid float(?: range)?\.$", r"\1 不是数值"),
    (r"(.+) is not in the range (.+)\.$", r"\1 不在范围 \2 内"),
    (r"(.+) is not readable\.$", r"\1 无法读取"),
)
"""What click says, as patterns, and what it is in Chinese; the value of one may be told by another."""


def _help_in_chinese(context: click.Context, english: Callable[[], str]) -> str:
    """What `english` makes of a command's help, with Chinese in the place of everything that it says."""
    path, above = list[str](), context
    while above.parent is not None:
        path.insert(0, above.info_name or "")
        above = above.parent
    command, (commands, options) = context.command, words_in_chinese()
    texts: list[tuple[click.Command | click.Option, str | None]] = [(command, commands[" ".join(path)])]
    if isinstance(command, click.Group):
        for name, below in command.commands.items():  # of which a list shows the first words
            texts.append((below, re.split("[。：；，]", commands[" ".join([*path, name])], maxsplit=1)[0]))
    own = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    texts += [(one, options.get(one.help, one.help)) for one in own if one.help is not None]
    before = [(one, one.help) for one, _ in texts]
    try:
        for one, told in texts:
            one.help = told
        text = english()
    finally:
        for one, told in before:
            one.help = told
    for heading, chinese in _HEADINGS:
        text = text.replace(heading, chinese, 1)
    return text.replace("[default: ", "[默认：")


def translated(message: str) -> str:
    """What click says, in Chinese where that is known."""
    for pattern, chinese in _MISTAKES:
        found = re.match(pattern, message, re.DOTALL)
        if found is not None:
            parts = [found.expand(chinese)]
            if chinese.endswith(r"\2"):
                parts = [found.expand(chinese.removesuffix(r"\2")), translated(found[2])]
            near = next((group for group in found.groups()[1:] if group), None)
            if near is not None and r"\2" not in chinese:
                parts.append(f"；是否想用 {near}")
            return "".join(parts)
    return message


class _Mistake(click.UsageError):
    """A mistake in the command line, with Chinese words around it."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on standard error."""
        for line in self._lines():
            click.echo(line, file=file, err=file is None)

    def _lines(self) -> Iterator[str]:
        if self.ctx is not None:
            yield self.ctx.get_usage().replace("Usage:", "用法：", 1).replace("[OPTIONS]", "[选项]", 1)
            yield f"用 `{self.ctx.command_path} --help` 查看说明。\n"
        yield f"错误：{self.message}"


_bilingual(main)
for _module, _told in _COMMANDS.items():
    for _name, _help in _told.items():
        main.add_command(_Later(_name, _module, _help))
