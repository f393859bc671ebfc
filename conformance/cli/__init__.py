"""The command line: reads options, calls the engine, prints, and ends with the documented exit status. Nothing more.

Each module holds the commands of one subject. What a command needs is imported when it runs: `--help` is quick.
"""

from __future__ import annotations

import os

import click

from conformance import __version__
from conformance.cli import contracts, pictures, recordings, reference, reports, run
from conformance.cli.options import KIT_ERROR, USAGE, fail


class _Kit(click.Group):
    """Turns whatever a command raises into one message and the documented exit status."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise
        except Exception as fault:  # the last line of defence: a traceback helps no user
            from conformance.engine.session import BAD_INPUT

            if isinstance(fault, BAD_INPUT):
                fail(USAGE, str(fault))
            if isinstance(fault, OSError) and fault.filename is not None:
                fail(USAGE, f"{fault.filename}: {fault.strerror}; choose another file or folder")
            if os.environ.get("OCR_CONFORMANCE_DEBUG"):
                raise
            fail(
                KIT_ERROR,
                f"the kit itself failed: {type(fault).__name__}: {fault}. This says nothing about the target; set "
                "OCR_CONFORMANCE_DEBUG=1 to see where, and report it",
            )


@click.group(cls=_Kit, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="ocr-conformance")
def main() -> None:
    """Conformance tests for a documented OCR classification API.

    Start with `ocr-conformance run reference`.
    """


for _module in (run, reference, recordings, contracts, reports, pictures):
    for _command in _module.COMMANDS:
        main.add_command(_command)
