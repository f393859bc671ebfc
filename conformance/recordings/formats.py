"""Recorded traffic from wherever it is: a cassette, a HAR file, NDJSON exchanges, a VCR cassette."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from conformance.recordings.foreign import Skipped
from conformance.recordings.har import read_har, write_har
from conformance.recordings.interaction import CassetteError, Interaction
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.ndjson import read_lines
from conformance.recordings.reader import CassetteReader
from conformance.recordings.vcr import read_vcr

Form: TypeAlias = Literal["cassette", "har", "lines", "vcr"]

_LOOK = 1 << 16


def form_of(path: Path) -> Form:
    """What kind of recording a path is. Raises CassetteError for none."""
    if path.is_dir():
        return "cassette"
    try:
        with path.open("rb") as file:
            start = file.read(_LOOK)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be read: {error.strerror}") from error
    text = start.decode("utf-8-sig", "replace").lstrip()
    if not text:
        raise CassetteError(f"{path}: expected recorded traffic, found an empty file")
    if not text.startswith("{"):
        if path.suffix in (".yaml", ".yml"):
            return "vcr"
        # A damaged first line does not make a file something else.
        if "\n{" in text:
            return "lines"
        raise CassetteError(f"{path}: expected a cassette folder, a HAR file or NDJSON exchanges, found none of them")
    return "har" if '"log"' in text[:1000] and not _is_line(text.partition("\n")[0]) else "lines"


def read_traffic(path: Path, skipped: Callable[[Skipped], None]) -> Iterator[Interaction]:
    """Every exchange of a recording, one at a time; what holds none is told to `skipped` with its place.

    Raises CassetteError for a path that is no recording.
    """
    form = form_of(path)
    if form == "har":
        yield from read_har(path, skipped)
    elif form == "lines":
        yield from read_lines(path, skipped)
    elif form == "vcr":
        yield from read_vcr(path, skipped)
    else:
        yield from _read_cassette(path, skipped)


def import_traffic(path: Path, folder: Path, kit_version: str, recorded_at: str) -> list[Skipped]:
    """Make a cassette of a recording; returns what was left out of it.

    The cassette can be audited, checked, redacted and exported. `recorded_at` (ISO 8601) is used where the recording
    does not say when it was made. Raises CassetteError.
    """
    skipped: list[Skipped] = []
    form = form_of(path)
    if form == "cassette":
        raise CassetteError(f"{path}: expected a HAR, NDJSON or VCR file to import, found a cassette")
    about: dict[str, object] = {
        "kit_version": kit_version,
        "contracts": [],
        "depth": "standard",
        "seed": 0,
        "positions": {},
        "planned": [],
        "recorded_at": recorded_at,
        "imported": form,
    }
    first = ""
    writer = CassetteWriter(folder, about, resume=False)
    try:
        for interaction in read_traffic(path, skipped.append):
            first = min(filter(None, (first, interaction.at)), default="")
            writer.add(interaction)
        writer.seal({"recorded_at": first or recorded_at, "stop_reason": None})
    finally:
        writer.close()
    return skipped


def export_har(folder: Path, path: Path, kit_version: str) -> int:
    """Write a cassette as HAR 1.2; returns the number of entries. Raises CassetteError."""
    try:
        return write_har(path, CassetteReader(folder), kit_version)
    except OSError as error:
        raise CassetteError(f"{path}: cannot be written: {error.strerror}") from error


def _read_cassette(folder: Path, skipped: Callable[[Skipped], None]) -> Iterator[Interaction]:
    reader = CassetteReader(folder)
    for line in reader.lines(lambda damage: skipped(Skipped("index", str(damage)))):
        try:
            yield reader.interaction(line)
        except CassetteError as error:
            skipped(Skipped(f"line {line.number}" if line.number else f"byte {line.offset}", str(error)))


def _is_line(line: str) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "request" in value
