"""Reads a cassette one interaction at a time, the plain lines of its index at a glance."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypeVar

from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder
from pybase64 import b64encode

from conformance.exchange import AUTHS, Lean, sums_of
from conformance.files import open_bytes, unreadable, words_of
from conformance.recordings.blobs import BLOBS, LONGEST_BLOB, Blobs, is_sum
from conformance.recordings.interaction import (
    FORMAT,
    INDEX,
    JOURNAL,
    MANIFEST,
    CassetteError,
    Interaction,
    decode,
    decode_answer,
    spot_of,
)
from conformance.recordings.manifest import (
    Notes,
    Retried,
    Sending,
    State,
    read_manifest,
    read_notes,
    read_retried,
    read_sending,
)
from conformance.recordings.members import Members, as_list, as_object, integer, member, read_object, text
from conformance.recordings.opened import Part, within
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from conformance.exchange import Response, TransportFailure


# Reads the plain lines of a cassette's index quickly: an answered request with one picture in its body.
#
# Bodies are verified by their sums as everywhere. Whatever is not plain, and whatever is wrong, is left to the
# reader.


class _Blob(Struct):
    base64: str


class _Body(Struct):
    sha256: str
    length: int
    text: str | UnsetType = UNSET
    parts: list[str | _Blob] | UnsetType = UNSET


class _Request(Struct):
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    auth: str
    body: _Body
    pictures: Raw | UnsetType = UNSET
    label: Raw | UnsetType = UNSET
    truth: Raw | UnsetType = UNSET
    stated: Raw | UnsetType = UNSET


class _Response(Struct):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: _Body
    elapsed_s: float


class _Line(Struct):
    id: str
    contract: str
    purpose: str
    position: int
    role: str
    attempt: int
    request: _Request
    response: _Response


class Glance:
    """Reads lines of one cassette."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the cassette."""
        self._blobs = str(folder / BLOBS)
        self._packed = False
        self._decode = Decoder(_Line).decode

    def read(self, data: bytes) -> Lean | None:
        """The exchange of a line where it is plain and all sums are right."""
        try:
            line = self._decode(data)
        except (MsgspecError, RecursionError):
            return None
        request, response = line.request, line.response
        if not (request.pictures is request.label is request.truth is request.stated is UNSET):
            return None
        if request.auth not in AUTHS:
            return None
        parts, text = request.body.parts, response.body.text
        if parts is UNSET or text is UNSET or len(parts) != 3:
            return None
        lead, blob, tail = parts
        if not (type(lead) is str and type(blob) is _Blob and type(tail) is str) or not is_sum(blob.base64):
            return None
        picture, answer = self._blob(blob.base64), text.encode()
        if picture is None or len(answer) != response.body.length or sha256(answer).hexdigest() != response.body.sha256:
            return None
        start, content, end = lead.encode(), b64encode(picture), tail.encode()
        whole = sha256(start)
        whole.update(content)
        whole.update(end)
        length = len(start) + len(content) + len(end)
        if length != request.body.length or whole.hexdigest() != request.body.sha256:
            return None
        body_sum, picture_sum = sums_of(start, content, end)
        return Lean(
            line.id, request.method, request.path, request.headers, request.auth,
            start, content, end, picture, body_sum, picture_sum,
            response.status, response.headers, answer, response.elapsed_s,
        )  # fmt: skip

    def _blob(self, name: str) -> bytes | None:
        """The bytes of a blob, whose sum is that of the body which it is a part of; None where they cannot be read."""
        for _ in range(2):
            try:
                data = _content(f"{self._blobs}/{name}.z" if self._packed else f"{self._blobs}/{name}")
            except OSError:
                self._packed = not self._packed
                continue
            return _unpacked(data) if self._packed else data
        return None


def _content(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        # To ask for more than there is takes memory that is given back at once, which costs more than to read.
        return os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def _unpacked(data: bytes) -> bytes | None:
    unpack = zlib.decompressobj()
    try:
        found = unpack.decompress(data, LONGEST_BLOB)
    except zlib.error:
        return None
    return found if unpack.eof and not unpack.unused_data else None


T = TypeVar("T")


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
            with open_bytes(self.path) as index:
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
            raise CassetteError(unreadable(self.path, error)) from error

    def opened(self) -> IO[bytes]:
        """The file that the lines stand in. Raises CassetteError where it cannot be opened."""
        try:
            return open_bytes(self.path)
        except OSError as error:
            raise CassetteError(unreadable(self.path, error)) from error

    def glances(self) -> Iterator[tuple[int, bytes, Lean | None]]:
        """Every line of a sealed cassette as it stands, with its offset; with what it holds where it is plain.

        None stands for whatever is not: `parsed` and `interaction` read it, or say what is wrong with it.
        """
        offset, glance = self._part.start if self._part is not None else 0, Glance(self._folder)
        try:
            with open_bytes(self.path) as index:
                for data in self._lines(index):
                    yield offset, data, glance.read(data) if self._notes is None else None
                    offset += len(data)
        except OSError as error:
            raise CassetteError(unreadable(self.path, error)) from error

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
            raise CassetteError(unreadable(self.path, error)) from error

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
        if not journal.exists() and (self._folder / INDEX).exists():
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

    def damaged(self, line: Line, error: ValueError) -> CassetteError:
        """The error of a line that cannot be used."""
        place, said = Text(f"line {line.number}", f"第 {line.number} 行"), words_of(error)
        if not line.number:
            place = Text(f"the line at byte {line.offset}", f"字节 {line.offset} 处的行")
        return CassetteError(
            f"{self.path}, {place.en}: not an interaction of format {FORMAT}: {said.en}",
            f"{self.path}，{place.zh}：不是格式 {FORMAT} 的交互记录：{said.zh}",
        )
