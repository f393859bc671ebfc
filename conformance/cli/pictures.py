"""`pictures`: sends a request again whose url names pictures of the kit, as the `curl` lines of findings do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event

import click

from conformance.cli.options import USAGE, fail, folder_argument


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("folder", type=folder_argument)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--address", metavar="URL", help="How the target reaches this machine; http://127.0.0.1 by default.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen, if that differs from the address.")
def pictures(folder: Path, command: tuple[str, ...], address: str | None, listen: str | None) -> None:
    """Serve the pictures in the evidence FOLDER of a report while COMMAND runs, and end with its exit status.

    `{pictures}` in COMMAND, or in a file that it names as @FILE, becomes the address. Without COMMAND: until stopped.
    """
    from conformance.report.evidence_files import read_pictures
    from conformance.targets.picture_server import LOOPBACK, PictureServer

    kept = read_pictures(folder)
    server = PictureServer(address or LOOPBACK, listen)
    try:
        with server.offering(kept):
            if not command:
                click.echo(server.address)
                Event().wait()
            sys.exit(_run(command, server.address))
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        server.close()


def _run(command: tuple[str, ...], address: str) -> int:
    from conformance.exchange import PICTURES_SLOT

    with TemporaryDirectory(prefix="ocr-conformance-") as beside:
        filled = []
        for number, word in enumerate(command):
            if word.startswith("@") and PICTURES_SLOT.encode() in (body := _content(Path(word[1:]))):
                copy = Path(beside) / str(number)
                copy.write_bytes(body.replace(PICTURES_SLOT.encode(), address.encode()))
                filled.append(f"@{copy}")
            else:
                filled.append(word.replace(PICTURES_SLOT, address))
        try:
            return subprocess.run(filled, check=False).returncode
        except OSError as error:
            fail(USAGE, f"{filled[0]}: {error.strerror}; expected a command to run, such as the curl line of a finding")


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # the command will say what is wrong with it


COMMANDS = (pictures,)
