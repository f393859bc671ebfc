"""What stands beside the index of a cassette: its manifest, and the notes of a recording that is not finished."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from sys import intern
from typing import Literal, TypeAlias

from conformance.entries import EntryError
from conformance.files import replacing, words_of
from conformance.recordings.interaction import FORMAT, MANIFEST, CassetteError, Spot, spot_of
from conformance.recordings.members import Members, integer, member, read_object, text
from conformance.text import Text, said_of

State: TypeAlias = Literal["recording", "partial", "complete"]
"""`recording`: not sealed. `partial`: sealed before everything planned was answered. `complete`: nothing is missing."""


def is_cassette(folder: Path) -> bool:
    """Whether a folder is that of a cassette."""
    return (folder / MANIFEST).exists()


def read_manifest(folder: Path) -> Members:
    """The manifest of a cassette. Raises CassetteError for a folder that holds none of this format."""
    if not folder.is_dir():
        raise CassetteError(
            f"{folder}: expected the folder of a cassette, found none; record one with --record DIR",
            f"{folder}：应为 cassette 目录，未找到；可用 --record DIR 录制",
        )
    path = folder / MANIFEST
    try:
        about = read_object(path.read_bytes(), "top level")
    except FileNotFoundError:
        raise CassetteError(
            f"{folder}: expected a cassette, found no {MANIFEST} in it; record one with --record DIR",
            f"{folder}：应为 cassette，其中没有 {MANIFEST}；可用 --record DIR 录制",
        ) from None
    except (OSError, ValueError) as error:
        said = words_of(error)
        raise CassetteError(
            f"{path}: expected the description of a cassette: {said.en}", f"{path}：应为 cassette 的描述：{said.zh}"
        ) from error
    found = about.get("format")
    if found != FORMAT:
        raise CassetteError(
            f"{path}: expected format {FORMAT}, found {found!r}; record the run again with this kit",
            f"{path}：应为格式 {FORMAT}，实为 {found!r}；请用本套件重新录制",
        )
    return about


def write_manifest(folder: Path, about: Mapping[str, object]) -> None:
    """Write the manifest, durably and at once. Raises OSError."""
    parts = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode({"format": FORMAT, **about})
    with replacing(folder / MANIFEST, durable=True) as file:  # there may be ten thousands of purposes
        file.writelines(part.encode("utf-8") for part in parts)
        file.write(b"\n")


# The journal of an unfinished recording: what was about to be sent, what was answered, which purposes are over.
#
# Each line is an interaction as in the index, or one of three notes: `{"sending": {...}}` before a request is sent,
# `{"retried": {...}}` where the target asked to be called again later, and `{"finished": {...}}` after the last
# request of a purpose. The last line may be torn: the process was killed in it.


@dataclass(frozen=True, slots=True)
class Sending:
    """The intent to send a request. `billable` is what it may cost at most in tickets, `at` when it was (ISO 8601)."""

    spot: Spot
    billable: int
    at: str = ""

    def __str__(self) -> str:
        """Which request it was."""
        return str(self.spot)


@dataclass(frozen=True, slots=True)
class Retried:
    """An answer of `status` that asked for the request to be sent again: it proves nothing. `at` is ISO 8601."""

    spot: Spot
    status: int
    at: str


@dataclass(slots=True)
class Notes:
    """What a journal holds: where its interactions stand, which requests have no answer, which purposes are over.

    `lines` gives offset and length in bytes of the last interaction of each place, in the order of the run: purposes as
    they were begun, requests by position. `end` is where the last whole line ends.
    """

    lines: dict[Spot, tuple[int, int]] = field(default_factory=dict)
    unknown: dict[Spot, Sending] = field(default_factory=dict)
    retried: list[Retried] = field(default_factory=list)
    finished: dict[str, int] = field(default_factory=dict)
    end: int = 0

    def in_order(self) -> list[tuple[Spot, tuple[int, int]]]:
        """Places and lines as an index has them."""
        begun: dict[tuple[str, int], int] = {}
        for spot in self.lines:
            begun.setdefault((spot.purpose, spot.attempt), len(begun))
        return sorted(self.lines.items(), key=lambda line: (begun[line[0].purpose, line[0].attempt], line[0].position))


def sending_line(note: Sending) -> Mapping[str, object]:
    """The intent as the JSON object of its line."""
    spot = note.spot
    return {
        "sending": {
            "purpose": spot.purpose,
            "attempt": spot.attempt,
            "position": spot.position,
            "billable": note.billable,
            "at": note.at,
        }
    }


def read_sending(entry: Members) -> Sending:
    """What `sending_line` wrote, without its frame. Raises ValueError."""
    return Sending(spot_of(entry), integer(entry, "billable"), text(entry, "at"))


def retried_line(note: Retried) -> Mapping[str, object]:
    """The retry as the JSON object of its line."""
    spot = note.spot
    place = {"purpose": spot.purpose, "attempt": spot.attempt, "position": spot.position}
    return {"retried": {**place, "status": note.status, "at": note.at}}


def read_retried(entry: Members) -> Retried:
    """What `retried_line` wrote, without its frame. Raises ValueError."""
    return Retried(spot_of(entry), integer(entry, "status"), text(entry, "at"))


def finished_line(purpose: str, requests: int) -> Mapping[str, object]:
    """That a purpose is over, and how many requests its first attempt had."""
    return {"finished": {"purpose": purpose, "requests": requests}}


def read_notes(path: Path) -> Notes:
    """Everything in a journal but the bodies; a file that does not exist holds nothing.

    A torn last line is left out. Raises ValueError with the number of a line that is damaged elsewhere, and OSError.
    """
    notes = Notes()
    if not path.exists():
        return notes
    with path.open("rb") as journal:
        for number, line in enumerate(journal, 1):
            if not line.endswith(b"\n"):
                break
            try:
                _enter(notes, read_object(line), notes.end, len(line))
            except ValueError as error:
                raise EntryError(said_of(Text(f"line {number}", f"第 {number} 行"), words_of(error))) from error
            notes.end += len(line)
    return notes


def _enter(notes: Notes, entry: Members, offset: int, length: int) -> None:
    if "sending" in entry:
        sending = read_sending(member(entry, "sending"))
        notes.unknown[sending.spot] = sending
    elif "retried" in entry:
        retried = read_retried(member(entry, "retried"))
        notes.unknown.pop(retried.spot, None)
        notes.retried.append(retried)
    elif "finished" in entry:
        finished = member(entry, "finished")
        notes.finished[intern(text(finished, "purpose"))] = integer(finished, "requests")
    else:
        spot = spot_of(entry)
        notes.unknown.pop(spot, None)
        notes.lines[spot] = (offset, length)
