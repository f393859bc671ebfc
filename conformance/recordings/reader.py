"""Reads a cassette: its manifest, the notes of a recording that is not finished, and one interaction at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from sys import intern
from typing import IO, TYPE_CHECKING, Literal, TypeAlias, TypeVar

from conformance.entries import EntryError, Members, as_list, as_object, integer, member, read_object, text
from conformance.files import open_bytes, unreadable, words_of
from conformance.recordings import (
    FORMAT,
    INDEX,
    JOURNAL,
    MANIFEST,
    CassetteError,
    DamagedCassetteError,
    Interaction,
    Retried,
    Sending,
    Spot,
    decode,
    decode_answer,
    read_retried,
    read_sending,
    spot_of,
)
from conformance.recordings.blobs import Blobs
from conformance.recordings.opened import Part, within
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from conformance.exchange import Response, TransportFailure


T = TypeVar("T")


# The folder of a cassette, and its manifest; folders of several recordings.


State: TypeAlias = Literal["recording", "partial", "complete"]
"""`recording`: not sealed. `partial`: sealed before everything planned was answered. `complete`: nothing is missing."""


def is_cassette(folder: Path) -> bool:
    """Whether a folder is that of a cassette."""
    return (folder / MANIFEST).exists()


def recordings_in(paths: Iterable[Path]) -> list[Path]:
    """The recordings that some paths stand for: a folder that is no cassette for those in it, by name."""
    found: list[Path] = []
    for path in paths:
        inside = [] if not path.is_dir() or is_cassette(path) else sorted(path.iterdir(), key=lambda one: one.name)
        found += recordings_in(one for one in inside if not one.name.startswith(".")) or [path]
    return found


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


# The journal of an unfinished recording. Its last line may be torn: the process was killed in it.


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


# The lines of an index or a journal.


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an index or a journal, parsed but for its bodies. `number` counts from 1, `offset` is in bytes."""

    number: int
    offset: int
    entry: Members


class CassetteReader:
    """Reads a cassette, one line at a time, whatever its length. Raises CassetteError for anything that is not one."""

    def __init__(self, folder: Path, part: Part | None = None) -> None:
        """Reads the manifest, and of an unfinished recording the notes in its journal. `part` is one of the index."""
        self._folder, self._part = folder, part
        self.about = read_manifest(folder)
        self.blobs = Blobs(folder)
        self._notes = self._unfinished()
        self.path = folder / (INDEX if self._notes is None else JOURNAL)

    @property
    def state(self) -> State:
        """Whether everything that was planned is there."""
        if self._notes is not None:
            return "recording"
        return "partial" if self.about.get("state", "complete") != "complete" else "complete"

    @property
    def unknown(self) -> tuple[Sending, ...]:
        """Requests that may have been sent without their answers being recorded."""
        if self._notes is not None:
            return tuple(self._notes.unknown.values())
        return self._listed("unknown", read_sending)

    @property
    def retried(self) -> tuple[Retried, ...]:
        """Answers that asked for a request to be sent again; those that count are interactions."""
        if self._notes is not None:
            return tuple(self._notes.retried)
        return self._listed("retried", read_retried)

    @property
    def finished(self) -> Mapping[str, int]:
        """The purposes that are complete, with the number of requests of their first attempt."""
        if self._notes is not None:
            return dict(self._notes.finished)
        return dict(self._listed("purposes", lambda entry: (text(entry, "id"), integer(entry, "requests"))))

    def _listed(self, name: str, read: Callable[[Members], T]) -> tuple[T, ...]:
        """What the manifest lists under a name. Raises CassetteError."""
        try:
            entries = as_list(self.about.get(name, []), name)
            return tuple(read(as_object(entry, name)) for entry in entries)
        except ValueError as error:
            said = words_of(error)
            place = self._folder / MANIFEST
            raise CassetteError(f"{place}: cannot be used: {said.en}", f"{place}：无法使用：{said.zh}") from error

    def __iter__(self) -> Iterator[Interaction]:
        """Every interaction in the order of the run."""
        for line in self.lines():
            yield self.interaction(line)

    def lines(self, damaged: Callable[[CassetteError], None] | None = None) -> Iterator[Line]:
        """Every line that holds an interaction, in the order of the run, without the bodies behind it.

        A line that holds none is told to `damaged` and left out, or raises where nobody asks for it.
        """
        for data, number, offset in self.raw():
            try:
                line = self.parsed(data, number, offset)
            except CassetteError as error:
                if damaged is None or self._notes is not None:
                    raise
                damaged(error)
                continue
            yield line

    def raw(self) -> Iterator[tuple[bytes, int, int]]:
        """Every line that is to hold an interaction, in the order of the run, with its number and its offset in bytes;
        lines of an unfinished recording have no number (0).
        """
        try:
            with self.opened() as index:
                if self._notes is not None:
                    for offset, _ in (place for _, place in self._notes.in_order()):
                        index.seek(offset)
                        yield index.readline(), 0, offset
                    return
                offset = self._part.start if self._part is not None else 0
                for number, data in enumerate(self._lines(index), self.lines_before + 1):
                    yield data, number, offset
                    offset += len(data)
        except OSError as error:
            raise DamagedCassetteError(unreadable(self.path, error)) from error

    def opened(self) -> IO[bytes]:
        """The file that the lines stand in. Raises CassetteError where it cannot be opened."""
        if self._notes is not None and not self._notes.lines:
            return BytesIO()  # a recording that was killed before its journal was there
        try:
            return open_bytes(self.path)
        except OSError as error:
            raise DamagedCassetteError(unreadable(self.path, error)) from error

    @property
    def lines_before(self) -> int:
        """How many lines of the index stand before the part that is read."""
        return self._part.lines_before if self._part is not None else 0

    def _lines(self, index: IO[bytes]) -> Iterable[bytes]:
        return index if self._part is None else within(index, self._part)

    def line_at(self, offset: int) -> Line:
        """The line that begins at an offset."""
        try:
            with open_bytes(self.path) as index:
                index.seek(offset)
                return self.parsed(index.readline(), 0, offset)
        except OSError as error:
            raise DamagedCassetteError(unreadable(self.path, error)) from error

    def interaction(self, line: Line) -> Interaction:
        """The interaction of a line, with its bodies."""
        try:
            return decode(line.entry, self.blobs)
        except ValueError as error:
            raise self.damaged(line, error) from error

    def answer(self, line: Line) -> Response | TransportFailure:
        """The answer of a line, without its request."""
        try:
            return decode_answer(line.entry, self.blobs)
        except ValueError as error:
            raise self.damaged(line, error) from error

    def _unfinished(self) -> Notes | None:
        journal = self._folder / JOURNAL
        sealed = (self._folder / INDEX).exists() or self.about.get("state", "complete") != "recording"
        if sealed and not journal.exists():
            return None
        try:
            return read_notes(journal)
        except (ValueError, OSError) as error:
            raise CassetteError(said_of(journal, words_of(error))) from error

    def parsed(self, data: bytes, number: int, offset: int) -> Line:
        """The line that some bytes are. Raises CassetteError."""
        try:
            entry = read_object(data)
            spot_of(entry)
            member(entry, "request")
        except ValueError as error:
            raise self.damaged(Line(number, offset, {}), error) from error
        return Line(number, offset, entry)

    def damaged(self, line: Line, error: ValueError) -> DamagedCassetteError:
        """The error of a line that cannot be used."""
        place, said = Text(f"line {line.number}", f"第 {line.number} 行"), words_of(error)
        if not line.number:
            place = Text(f"the line at byte {line.offset}", f"字节 {line.offset} 处的行")
        return DamagedCassetteError(
            f"{self.path}, {place.en}: not an interaction of format {FORMAT}: {said.en}",
            f"{self.path}，{place.zh}：不是格式 {FORMAT} 的交互记录：{said.zh}",
        )
