"""A file of recorded traffic, opened: as it is, compressed with gzip, or a HAR file in a ZIP archive.

What it begins with tells of what form it is; its extension says nothing. Whatever it is packed in, it is read piece by
piece.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from conformance.files import open_bytes
from conformance.recordings import CassetteError
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream
from conformance.recordings.recorded import TrafficError
from conformance.text import Text, plain

LOOK = 1 << 16
"""Bytes at the front of a file that say of what form it is."""

LONGEST_ATTACHMENT = 64 << 20
"""Bytes of one file beside a HAR, as for one value in it."""

_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile)
"""What the libraries raise for files that cannot be read, and for packed ones that are damaged."""

_PIECE = 1 << 20

_PLAIN_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")


@dataclass(frozen=True, slots=True)
class Part:
    """Some whole lines or entries of a file: its bytes from `start` up to `end`, and how many stand before them."""

    start: int
    end: int
    lines_before: int = 0


class TornPartError(Exception):
    """A part of a file cannot be read by itself: something in the file is damaged, or is not what it looked like."""


class Opened:
    """One file of recorded traffic, or some lines of one, which may be read several times."""

    def __init__(self, path: Path, part: Part | None = None) -> None:
        """Looks at the front of the file. Raises CassetteError where it cannot be read."""
        self.path, self.part = path, part
        with self._reading():
            with open_bytes(path) as file:
                magic = file.read(4)
            self._packing = "gzip" if magic[:2] == _GZIP else "zip" if magic == _ZIP else ""
            self._member = self._har_in_archive() if self._packing == "zip" else ""
            with self._whole() as stream:
                front = stream.read(LOOK)
        self.front = front
        self.start = front.decode("utf-8-sig", "replace").lstrip()

    @property
    def names(self) -> Sequence[str]:
        """The names of the members of the JSON object that the file begins with, as far as `start` shows them."""
        found: list[str] = []
        if not self.start.startswith("{"):
            return found
        source = JsonStream(io.BytesIO(self.front), plain(""))
        try:
            source.expect("{")
            while not source.take("}"):
                found.append(str(source.value("a name")))
                source.expect(":")
                source.value("a value")
                source.take(",")
        except (BrokenJsonError, CassetteError):
            pass  # the start ends within a value: what is known is known
        return found

    @contextmanager
    def text(self) -> Iterator[IO[str]]:
        """The file as text of UTF-8, from its beginning. Raises CassetteError where it cannot be read."""
        with self.binary() as stream, io.TextIOWrapper(stream, "utf-8-sig", "replace", newline="") as text:
            yield text

    @contextmanager
    def binary(self) -> Iterator[IO[bytes]]:
        """The file, or the part of it, as bytes from its beginning. Raises CassetteError where it cannot be read."""
        with self._whole() as stream:
            yield within(stream, self.part) if self.part is not None else stream

    @property
    def lines_before(self) -> int:
        """How many lines of the file stand before its part."""
        return self.part.lines_before if self.part is not None else 0

    @property
    def has_end(self) -> bool:
        """Whether the part goes on to the end of the file, as it is now."""
        return self.part is None or self.part.end >= self.path.stat().st_size

    @property
    def is_packed(self) -> bool:
        """Whether it is compressed, or in an archive, so that it can only be read from its beginning."""
        return bool(self._packing)

    @contextmanager
    def _whole(self) -> Iterator[IO[bytes]]:
        with self._reading():
            if self._packing == "gzip":
                with open_bytes(self.path) as packed, gzip.open(packed, "rb") as stream:
                    yield cast("IO[bytes]", stream)
            elif self._packing == "zip" and self._member:
                with (
                    open_bytes(self.path) as packed,
                    zipfile.ZipFile(packed) as archive,
                    archive.open(self._member) as member,
                ):
                    yield member
            else:
                with open_bytes(self.path) as file:
                    yield file

    def attachment(self, name: str) -> bytes | None:
        """What a HAR keeps outside of itself, in its archive or beside it; None where that is not there."""
        if not _PLAIN_NAME.fullmatch(name) or name.startswith("."):
            return None
        with self._reading():
            if self._packing == "zip":
                return self._archived(name)
            beside = self.path.parent / name
            if not beside.is_file() or beside.stat().st_size > LONGEST_ATTACHMENT:
                return None
            return beside.read_bytes()

    def _archived(self, name: str) -> bytes | None:
        folder = self._member.rpartition("/")[0]
        with open_bytes(self.path) as packed, zipfile.ZipFile(packed) as archive:
            try:
                with archive.open(f"{folder}/{name}" if folder else name) as member:
                    data = member.read(LONGEST_ATTACHMENT + 1)
            except KeyError:
                return None
        return data if len(data) <= LONGEST_ATTACHMENT else None

    def _har_in_archive(self) -> str:
        """The name of the HAR file in an archive; empty where there is none, or more than one."""
        with open_bytes(self.path) as packed, zipfile.ZipFile(packed) as archive:
            found = [entry for entry in archive.infolist() if entry.filename.lower().endswith(".har")]
        if len(found) == 1 and found[0].flag_bits & 1:
            words = Text(
                "the archive is encrypted; unpack it, and give the HAR file in it",
                "压缩包已加密；请解压后给出其中的 HAR 文件",
            )
            raise TrafficError(self.path, words)
        return found[0].filename if len(found) == 1 else ""

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            yield
        except _BROKEN as error:
            why = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or "it breaks off"
            raise TrafficError(self.path, Text(f"cannot be read: {why}", f"无法读取：{why}")) from error


def parts_of_lines(opened: Opened, size: int) -> list[Part]:
    """A file cut into parts of about so many bytes, each of whole lines. Raises OSError."""
    parts, start, whole = [], 0, opened.path.stat().st_size
    with open_bytes(opened.path) as file:
        while start < whole:
            end = min(start + size, whole)
            if end < whole:
                file.seek(end - 1)
                while (line := file.readline(_PIECE)) and not line.endswith(b"\n"):
                    pass
                end = file.tell()
            parts.append(Part(start, end))
            start = end
    return parts


def count_lines(path: Path, part: Part) -> int:
    """How many lines a part of a file has. Raises OSError."""
    with open_bytes(path) as file:
        stream = within(file, part)
        return sum(piece.count(b"\n") for piece in iter(lambda: stream.read(_PIECE), b""))


def within(file: IO[bytes], part: Part) -> IO[bytes]:
    """The bytes of a part of an open file that can be read from anywhere."""
    return cast("IO[bytes]", io.BufferedReader(_Within(file, part), _PIECE))


class _Within(io.RawIOBase):
    def __init__(self, file: IO[bytes], part: Part) -> None:
        file.seek(part.start)
        self._file, self._left = file, part.end - part.start

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        data = self._file.read(min(len(buffer), self._left))
        buffer[: len(data)] = data
        self._left -= len(data)
        return len(data)
