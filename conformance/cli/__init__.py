"""The command line: reads options, calls the engine, prints, and ends with the documented exit status. Nothing more.

Each module holds the commands of one subject. What a command needs is imported when it runs: `--help` is quick.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from conformance import __version__
from conformance.cli import contracts, load, recordings, reference, run
from conformance.cli.options import (
    INTERRUPTED,
    KIT_ERROR,
    SPOKEN,
    USAGE,
    accepts_language,
    asked_language,
    fail,
    spoken,
)
from conformance.text import Text


class _Kit(click.Group):
    """Turns whatever a command raises into one message, in the language of the user, and the documented exit status."""

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run the command line. What a console cannot encode is replaced: no verdict is lost over a character."""
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
            return super().make_context(info_name, args, parent, **extra)

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
        from conformance.cli.chinese import usage_error

        raise usage_error(mistake) from None


@click.group(cls=_Kit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ocr-conformance")
@accepts_language
def main() -> None:
    """Conformance tests for a documented OCR classification API.

    Start with `ocr-conformance run reference`.
    """


def _bilingual(command: click.Command) -> None:
    """Lets a command, and all below it, tell its help in the language of the user."""
    kind = type(command)

    class Bilingual(kind):  # type: ignore[misc, valid-type]
        def get_help(self, ctx: click.Context) -> str:
            english = super().get_help
            if spoken() != "zh":
                return str(english(ctx))
            from conformance.cli.chinese import help_in_chinese

            return help_in_chinese(ctx, lambda: str(english(ctx)))

    command.__class__ = Bilingual
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        _bilingual(below)


for _module in (run, reference, recordings, contracts, load):
    for _command in _module.COMMANDS:
        main.add_command(_command)
_bilingual(main)
