"""Writes a cassette: a journal that survives a kill at any moment, and the seal that turns it into an index."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from conformance.entries import read_object, to_line
from conformance.files import os_reason, replacing, words_of
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
    encode,
    finished_line,
    retried_line,
    sending_line,
)
from conformance.recordings.blobs import Blobs, blob_sums
from conformance.recordings.reader import CassetteReader, Notes, read_manifest, read_notes
from conformance.text import Text, advised, said_of

_SAME = ("kit_version", "contracts", "depth", "seed", "positions", "planned", "only")
"""What has to be the same where a recording goes on: it decides which requests are sent."""


class CassetteWriter:
    """Records exchanges in a folder, from the start or from where a recording was interrupted.

    Every line is handed to the system before the next request is sent, so that killing the process loses none;
    `finish` and `seal` sync them to the disk. Raises CassetteError where the folder holds a complete recording or that
    of another run, is being written by another process, or cannot be written.
    """

    def __init__(self, folder: Path, about: Mapping[str, object], *, resume: bool = True) -> None:
        """`about` describes the run and becomes the manifest; `resume` False refuses a folder that holds anything."""
        self._folder = folder
        self._about = dict(about)
        self._blobs = Blobs(folder)
        self._broken: Text | None = None
        with _writing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = _lock(folder)
            try:
                self._notes = self._notes_so_far(resume=resume)
                self._journal = self._open_journal()
            except BaseException:
                _unlock(self._lock)
                raise

    @property
    def resumed(self) -> int:
        """How many exchanges were there already."""
        return len(self._notes.lines)

    @property
    def unknown(self) -> tuple[Sending, ...]:
        """Requests that were about to be sent and have no answer: each may have been received, and billed."""
        return tuple(self._notes.unknown.values())

    def is_unknown(self, spot: Spot) -> bool:
        """Whether a request may have been sent without its answer being recorded."""
        return spot in self._notes.unknown

    def holds(self, spot: Spot, *, unknown: bool) -> bool:
        """Whether an interaction is recorded at a place; with `unknown` also whether it may have been sent."""
        return (unknown and spot in self._notes.unknown) or spot in self._notes.lines

    def recorded(self, spot: Spot) -> Interaction | None:
        """The interaction recorded at a place, or None. Raises DamagedCassetteError where it cannot be read."""
        line = self._notes.lines.get(spot)
        if line is None:
            return None
        try:
            return decode(read_object(self._line(line)), self._blobs)
        except (ValueError, OSError) as error:
            raise DamagedCassetteError(said_of(f"{self._folder / JOURNAL}: {spot}", words_of(error))) from error

    def sending(self, note: Sending) -> None:
        """Note the intent to send a request."""
        self._append(sending_line(note))
        self._notes.unknown[note.spot] = note

    def retried(self, note: Retried) -> None:
        """Note that the target answered, and wants to be asked again."""
        self._append(retried_line(note))
        self._notes.unknown.pop(note.spot, None)
        self._notes.retried.append(note)

    def add(self, interaction: Interaction) -> None:
        """Append one interaction to the journal; at a place that has one already, it counts instead."""
        with _writing(self._folder):
            entry = encode(interaction, self._blobs)
        line = self._append(entry)
        self._notes.lines[interaction.spot] = line
        self._notes.unknown.pop(interaction.spot, None)

    def finish(self, purpose: str, requests: int) -> None:
        """Note that everything of a purpose is recorded; `requests` counts those of its first attempt."""
        self._append(finished_line(purpose, requests))
        self._notes.finished[purpose] = requests
        with _writing(self._folder):
            os.fsync(self._journal.fileno())

    def seal(self, more: Mapping[str, object]) -> None:
        """Make the journal the index, durably, and say so in the manifest.

        `more` is what only the end of a run knows. Raises CassetteError where the journal could not be written to its
        end; it stays as it is, to go on with.
        """
        notes = self._notes
        if self._broken:
            self.close()
            raise CassetteError(
                f"{self._folder}: the recording broke off: {self._broken.en}; go on with --record",
                f"{self._folder}：录制已中断：{self._broken.zh}；请用 --record 继续",
            )
        with _writing(self._folder):
            index = self._write_index()
            planned = self._about.get("planned", [])
            missing = [name for name in planned if name not in notes.finished] if isinstance(planned, list) else []
            _write_manifest(
                self._folder,
                {
                    **self._about,
                    **more,
                    "state": "partial" if missing or notes.unknown else "complete",
                    "interactions": len(notes.lines),
                    "index_sha256": index,
                    "purposes": [{"id": name, "requests": count} for name, count in notes.finished.items()],
                    "unknown": [sending_line(note)["sending"] for note in notes.unknown.values()],
                    "retried": [retried_line(note)["retried"] for note in notes.retried],
                },
            )
            self.close()
            (self._folder / JOURNAL).unlink()
        self._notes = Notes()  # a report is written next, and has no use for them

    def close(self) -> None:
        """Leave the journal as it is, to go on with later; closing twice does nothing."""
        self._journal.close()
        _unlock(self._lock)
        self._lock = None

    def _notes_so_far(self, *, resume: bool) -> Notes:
        """What is recorded here already, with the journal brought back where it was sealed before all was answered."""
        holds = [name for name in (INDEX, JOURNAL, MANIFEST) if (self._folder / name).exists()]
        if not holds:
            _write_manifest(self._folder, {**self._about, "state": "recording"})
            return Notes()
        if not resume:
            raise CassetteError(
                f"{self._folder} already holds a recording; expected an empty or new folder. Choose another folder",
                f"{self._folder} 中已有录制；应为空目录或新目录。请换一个目录",
            )
        self._check_resumable()
        if JOURNAL not in holds and INDEX in holds:
            self._unseal()
        try:
            return read_notes(self._folder / JOURNAL)
        except ValueError as error:
            raise CassetteError(
                advised(
                    said_of(self._folder / JOURNAL, words_of(error)),
                    Text("record into another folder", "请录制到另一个目录"),
                )
            ) from error

    def _check_resumable(self) -> None:
        about = read_manifest(self._folder)
        # A recording that goes on stays as old as its first answer.
        self._about["recorded_at"] = about.get("recorded_at", self._about.get("recorded_at"))
        if about.get("state", "complete") == "complete" and not (self._folder / JOURNAL).exists():
            raise CassetteError(
                f"{self._folder} already holds a complete recording; expected an empty or new folder, or a recording "
                "that was interrupted. Choose another folder for --record, or remove this one",
                f"{self._folder} 中已有完整的录制；应为空目录、新目录或中断的录制。"
                "请为 --record 换一个目录，或删除该目录",
            )
        differ = [name for name in _SAME if about.get(name) != self._about.get(name)]
        if differ:
            name = differ[0]
            raise CassetteError(
                f"{self._folder} holds the beginning of another run: it has {name} {_shown(about.get(name))}, "
                f"this run {_shown(self._about.get(name))}. Go on with the same options, or choose another folder for "
                "--record",
                f"{self._folder} 中是另一次测试的开头：其 {name} 为 {_shown(about.get(name))}，本次为 "
                f"{_shown(self._about.get(name))}。请用相同的选项继续，或为 --record 换一个目录",
            )
        # The name of a target is nobody's business: its sum is kept. Recordings of earlier kits have none.
        if about.get("target", self._about.get("target")) != self._about.get("target") and self._answered():
            raise CassetteError(
                f"{self._folder} holds the beginning of a run against another address. Go on with the same target, "
                "or choose another folder for --record",
                f"{self._folder} 中是针对另一地址的测试的开头。请对同一被测系统继续，或为 --record 换一个目录",
            )
        if about.get("stop_reason") == "credentials-refused":
            raise CassetteError(
                f"{self._folder} holds a run whose credentials were refused: nothing in it is worth going on with. "
                "Remove it, or choose another folder for --record",
                f"{self._folder} 中的测试因凭证被拒而结束，没有可继续的内容。请删除它，或为 --record 换一个目录",
            )

    def _answered(self) -> bool:
        """Whether anything is recorded here."""
        return any((self._folder / name).exists() and (self._folder / name).stat().st_size for name in (INDEX, JOURNAL))

    def _unseal(self) -> None:
        """From a sealed part back to a journal: an index has the lines of one, and the manifest the notes."""
        sealed = CassetteReader(self._folder)
        notes = [
            *(finished_line(purpose, requests) for purpose, requests in sealed.finished.items()),
            *(retried_line(note) for note in sealed.retried),
            *(sending_line(note) for note in sealed.unknown),
        ]
        with replacing(self._folder / JOURNAL, durable=True) as journal:
            with sealed.path.open("rb") as index:
                shutil.copyfileobj(index, journal)
            journal.writelines(map(to_line, notes))

    def _open_journal(self) -> FileIO:
        journal = (self._folder / JOURNAL).open("ab+", buffering=0)
        journal.truncate(self._notes.end)  # a torn last line would spoil the one after it
        return journal

    def _append(self, entry: Mapping[str, object]) -> tuple[int, int]:
        if self._broken:
            raise CassetteError(
                f"{self._folder / JOURNAL}: cannot record there any more: {self._broken.en}",
                f"{self._folder / JOURNAL}：无法继续录制：{self._broken.zh}",
            )
        line = to_line(entry)
        offset = self._journal.seek(0, os.SEEK_END)
        left = memoryview(line)
        try:
            while left:
                left = left[self._journal.write(left) :]
        except OSError as error:
            # Half a line may be there. It is the last one: readers leave it out, and nothing is written after it.
            self._broken = os_reason(error)
            raise CassetteError(
                f"{self._folder / JOURNAL}: cannot record there: {self._broken.en}",
                f"{self._folder / JOURNAL}：无法录制：{self._broken.zh}",
            ) from error
        return offset, len(line)

    def _line(self, place: tuple[int, int]) -> bytes:
        self._journal.seek(place[0])
        return self._journal.read(place[1])

    def _write_index(self) -> str:
        """Copies the lines that count, in the order of the run; drops blobs that none of them refers to."""
        os.fsync(self._journal.fileno())
        digest, needed = hashlib.sha256(), set[str]()
        with replacing(self._folder / INDEX, durable=True) as index:
            for _, place in self._notes.in_order():
                line = self._line(place)
                index.write(line)
                digest.update(line)
                needed |= self._blobs_of(line)
            for file in self._blobs.files():
                if file.name.partition(".")[0] not in needed or file.suffix == ".new":
                    file.unlink()
        return digest.hexdigest()

    def _blobs_of(self, line: bytes) -> set[str]:
        try:
            return set(blob_sums(read_object(line)))
        except ValueError as error:
            said = words_of(error)
            raise CassetteError(
                f"{self._folder / JOURNAL}: not an interaction: {said.en}",
                f"{self._folder / JOURNAL}：不是交互记录：{said.zh}",
            ) from error


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:99]}…"


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CassetteError(
            f"{error.filename or folder}: cannot record there: {error.strerror or error}",
            f"{error.filename or folder}：无法录制：{os_reason(error).zh}",
        ) from error


def _lock(folder: Path) -> int | None:
    """Keep other processes out of a folder. The system lets go of the lock when this process ends, however it does."""
    if os.name == "nt":
        return None
    import fcntl

    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        raise CassetteError(
            f"{folder} is being recorded by another process; choose another folder for --record",
            f"{folder} 正由另一进程录制；请为 --record 换一个目录",
        ) from None
    except OSError:
        os.close(handle)
        return None  # a file system without locks: there the user has to keep two recordings apart
    return handle


def _unlock(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)


def _write_manifest(folder: Path, about: Mapping[str, object]) -> None:
    """Write the manifest, durably and at once."""
    parts = json.JSONEncoder(ensure_ascii=False, indent=2).iterencode({"format": FORMAT, **about})
    with replacing(folder / MANIFEST, durable=True) as file:  # there may be ten thousands of purposes
        file.writelines(part.encode("utf-8") for part in parts)
        file.write(b"\n")
