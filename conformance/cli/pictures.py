"""Pictures: `specimens` draws invented documents, `pictures` serves those that a `curl` line of a finding refers to."""

from __future__ import annotations

import sys
from os import cpu_count
from pathlib import Path

import click

from conformance.cli.options import USAGE, fail, folder_argument, language_option, some_path
from conformance.text import Text


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("folder", type=folder_argument)
@click.argument("command", nargs=-1, type=click.UNPROCESSED)
@click.option("--address", metavar="URL", help="How the target reaches this machine; http://127.0.0.1 by default.")
@click.option("--listen", metavar="HOST:PORT", help="Where to listen, if that differs from the address.")
def pictures(folder: Path, command: tuple[str, ...], address: str | None, listen: str | None) -> None:
    """Serve the pictures in the evidence FOLDER of a report while COMMAND runs, and end with its exit status.

    `{pictures}` in COMMAND, or in a file that it names as @FILE, becomes the address. Without COMMAND: until stopped.
    """
    from threading import Event

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
    import subprocess
    from tempfile import TemporaryDirectory

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
            place = f"{filled[0]}: {error.strerror}"
            fail(
                USAGE,
                Text(
                    f"{place}; expected a command to run, such as the curl line of a finding",
                    f"{place}；应为要执行的命令，例如问题中的 curl 行",
                ),
            )


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""  # the command will say what is wrong with it


@click.command()
@click.argument("folder", type=some_path)
@click.option("--per-type", metavar="N", type=click.IntRange(min=1), required=True, help="Pictures of each type.")
@click.option("--type", "types", metavar="T", multiple=True, help="This type; may be repeated; all by default.")
@click.option("--seed", type=int, default=0, show_default=True, help="The same seed draws the same bytes.")
@click.option("--jobs", metavar="N", type=click.IntRange(min=1), default=cpu_count, help="Processes; all cores.")
@click.option("--quiet", is_flag=True, help="Print nothing but mistakes.")
@language_option
def specimens(
    folder: Path, per_type: int, types: tuple[str, ...], seed: int, jobs: int, quiet: bool, language: str
) -> None:
    """Draw invented documents into FOLDER, for `run --images FOLDER`.

    Each picture has values of its own and one declared degradation (JPEG quality, blur, rotation, perspective, glare,
    resolution) or none; `manifest.toml` says what is on it. Needs `pip install 'ocr-conformance[specimens]'` and the
    Noto typefaces of the system.
    """
    try:
        from conformance.specimens.draw import documents_of, draw_specimens
    except ImportError as error:
        fail(
            USAGE,
            Text(
                f"specimens needs the package {error.name}; pip install 'ocr-conformance[specimens]'",
                f"specimens 需要软件包 {error.name}；请执行 `pip install 'ocr-conformance[specimens]'`",
            ),
        )
    count = per_type * len(documents_of(types))
    drawn = 0
    for drawn, _ in enumerate(draw_specimens(folder, per_type, types, seed, min(jobs, count)), 1):
        if not quiet and (drawn % 100 == 0 or drawn == count):
            click.echo(
                Text(f"{drawn} of {count} pictures", f"已绘制 {drawn}/{count} 张").in_language(language), err=True
            )
    if not quiet:
        done = Text(
            f"{drawn} pictures and manifest.toml in {folder}; ask a target about them: run TARGET --images {folder}",
            f"{drawn} 张图片和 manifest.toml 已写入 {folder}；用 run TARGET --images {folder} 提交给被测系统",
        )
        click.echo(done.in_language(language))


COMMANDS = (pictures, specimens)
