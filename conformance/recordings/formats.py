"""Recorded traffic from wherever it is: a cassette, or a file of one of the FORMATS.

A format is a reader: a function that recognises a file by its content, one that reads it, and a row of FORMATS.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from conformance.exchange import Lean
from conformance.files import os_reason, words_of
from conformance.recordings import CassetteError, Interaction, clients, har, ndjson
from conformance.recordings.credentials import MOST, Credentials
from conformance.recordings.foreign import Foreign
from conformance.recordings.index import Glance
from conformance.recordings.journal import CassetteWriter
from conformance.recordings.ndjson import EMPTY, unread_words
from conformance.recordings.opened import Opened, Part, TornPartError, count_lines, parts_of_lines
from conformance.recordings.reader import CassetteReader, is_cassette
from conformance.recordings.recorded import Recorded, Skipped, TrafficError, reason_of
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.exchange import Exchange, Request
    from conformance.recordings.reader import Line

Tell: TypeAlias = Callable[[Skipped], None]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file: how it is recognised, and how the exchanges in it are read, one at a time.

    `read` tells what it leaves out, and raises CassetteError for a file that it cannot read at all. With `by_lines` it
    reads any lines of a file without those before them. `cut` cuts a file into parts of about so many bytes that can be
    read without each other. `look` reads like `read`, without what no credentials are in.
    """

    name: str
    recognises: Callable[[Opened], bool]
    read: Callable[[Opened, Tell], Iterator[Recorded | Interaction]]
    by_lines: bool = False
    cut: Callable[[Opened, int], list[Part]] | None = None
    look: Callable[[Opened, Tell], Iterator[Recorded | Interaction]] | None = None


FORMATS = (
    Format("har", har.recognises, har.read, cut=har.parts_of_entries, look=partial(har.read, brief=True)),
    Format("vcr", clients.recognises_json, clients.read_json),
    Format("newman", clients.recognises, clients.read),
    Format("lines", ndjson.recognises, ndjson.read, by_lines=True, cut=parts_of_lines),
    Format("vcr", clients.recognises_yaml, clients.read_yaml),
)
"""Every kind of file that is read; the first one that recognises it counts."""


def format_of(opened: Opened) -> Format:
    """What kind of recording a file is. Raises TrafficError for none."""
    for known in FORMATS:
        if known.recognises(opened):
            return known
    raise TrafficError(opened.path, unread_words(opened))


def form_of(path: Path) -> str:
    """The name of the kind of recording that a path is. Raises CassetteError for none."""
    return "cassette" if path.is_dir() else format_of(Opened(path)).name


def traffic_of(
    path: Path, part: Part | None = None, credentials: Credentials | None = None
) -> CassetteTraffic | Traffic:
    """A recording, or a part of one, that may be read several times; of a file the credentials are looked for first.

    Raises CassetteError for a path that is no recording, and for a file with nothing in it.
    """
    return CassetteTraffic(path, part) if path.is_dir() else Traffic(path, part, credentials)


def recordings_in(paths: Iterable[Path]) -> list[Path]:
    """The recordings that some paths stand for: a folder that is no cassette for those in it, by name."""
    found: list[Path] = []
    for path in paths:
        within = [] if not path.is_dir() or is_cassette(path) else sorted(path.iterdir(), key=lambda one: one.name)
        found += recordings_in(one for one in within if not one.name.startswith(".")) or [path]
    return found


def parts_of(path: Path, size: int) -> list[Part | None]:
    """A recording cut into parts of about so many bytes, where that can be done; else None, for the whole of it.

    Raises CassetteError for a path that is no recording.
    """
    parts: list[Part] = []
    try:
        if path.is_dir():
            reader = CassetteReader(path)
            parts = parts_of_lines(Opened(reader.path), size) if reader.state != "recording" else []
        else:
            opened = Opened(path)
            cut = format_of(opened).cut
            parts = cut(opened, size) if cut is not None and not opened.is_packed else []
    except OSError as error:
        raise TrafficError(path, Text(f"cannot be read: {error}", f"无法读取：{error}")) from None
    return [*parts] if len(parts) > 1 else [None]


@dataclass(frozen=True, slots=True)
class Looked:
    """What a part of a recording is known to have once it was read through: credentials, exchanges at all, lines.

    Of a HAR file its entries count as lines. A part that is torn cannot be read by itself.
    """

    credentials: Credentials
    empty: bool
    lines: int
    torn: bool = False


def look(path: Path, part: Part | None = None) -> Looked:
    """Look for the credentials in a part of a file, and count its lines. Raises CassetteError."""
    credentials, count = Credentials(), 0

    def left_out(_what: Skipped) -> None:
        nonlocal count
        count += 1

    if path.is_dir():  # its credentials were taken out when it was made
        return Looked(credentials, False, count_lines(CassetteReader(path).path, part) if part is not None else 0)
    form = format_of(opened := Opened(path, part))
    try:
        for found in (form.look or form.read)(opened, left_out):
            count += 1
            credentials.see(found)
    except TornPartError:
        return Looked(credentials, False, 0, torn=True)
    return Looked(credentials, not count, count_lines(path, part) if form.by_lines and part is not None else count)


class CassetteTraffic:
    """A cassette, read in passes: its plain exchanges at a glance, and any of them once more by its place."""

    def __init__(self, folder: Path, part: Part | None = None) -> None:
        """`part` is one of its index. Raises CassetteError for a folder that is none."""
        self._reader = CassetteReader(folder, part)
        self._glance = Glance(folder)

    def glances(self, skipped: Tell) -> Iterator[tuple[int, Lean | Exchange]]:
        """Every exchange with its place: the plain ones at a glance."""
        if self._reader.state == "recording":
            for place, interaction in self._placed(skipped):
                yield place, interaction.exchange
            return
        for data, number, offset in self._reader.raw():
            lean = self._glance.read(data)
            if lean is not None:
                yield offset, lean
                continue
            try:
                line = self._reader.parsed(data, number, offset)
            except CassetteError as error:
                skipped(Skipped("index", words_of(error)))
                continue
            found = self._whole(line, skipped)
            if found is not None:
                yield offset, found.exchange

    def exchanges(self, skipped: Tell) -> Iterator[Interaction]:
        """Every exchange in the order of the run."""
        return (interaction for _, interaction in self._placed(skipped))

    def _placed(self, skipped: Tell) -> Iterator[tuple[int, Interaction]]:
        for line in self._reader.lines(lambda damage: skipped(Skipped("index", words_of(damage)))):
            found = self._whole(line, skipped)
            if found is not None:
                yield line.offset, found

    def again(self, places: Iterable[int]) -> Iterator[Exchange]:
        """The exchanges at some places, which were whole when they were read first."""
        for place in places:
            yield self._reader.interaction(self._reader.line_at(place)).exchange

    def _whole(self, line: Line, skipped: Tell) -> Interaction | None:
        """What a line holds; None where it cannot be read, and of a request that was not sent for it once more."""
        if "shared" in line.entry:
            return None
        try:
            return self._reader.interaction(line)
        except CassetteError as error:
            place = f"line {line.number}" if line.number else f"byte {line.offset}"
            skipped(Skipped(place, words_of(error)))
            return None


class Traffic:
    """One file of recorded traffic, or a part of one, which may be read several times."""

    def __init__(self, path: Path, part: Part | None = None, credentials: Credentials | None = None) -> None:
        """`credentials` are those of the whole file; they are looked for where they are not known.

        Raises CassetteError for a path that is no recording, and for one with nothing in it.
        """
        self._opened = Opened(path, part)
        self._format = format_of(self._opened)
        if credentials is None:
            looked = look(path)
            if looked.empty:
                raise TrafficError(path, EMPTY)
            credentials = looked.credentials
        self._credentials = credentials

    @property
    def has_too_many_credentials(self) -> bool:
        """Whether some are only taken out of the exchange that carries them: enough to judge, not to hand on."""
        return self._credentials.full

    def glances(self, skipped: Tell) -> Iterator[tuple[int, Lean | Exchange]]:
        """Every exchange with its place: its line, or how many stand before it."""
        for before, interaction in enumerate(self.exchanges(skipped)):
            place = ndjson.line_of(interaction.exchange) if self._format.by_lines else before
            yield place, Lean.of(interaction.exchange) or interaction.exchange

    def again(self, places: Iterable[int]) -> Iterator[Exchange]:
        """The exchanges at some places, in their order: the file is read once more, as far as it takes."""
        wanted = iter(places)
        if self._format.by_lines:
            foreign = Foreign(self._credentials)
            lines = ndjson.read(self._opened, lambda _skipped: None, frozenset(wanted))
            yield from (foreign.interaction(found).exchange for found in lines)
            return
        place = next(wanted, None)
        if place is None:
            return
        for at, interaction in enumerate(self.exchanges(lambda _skipped: None)):
            if at == place:
                yield interaction.exchange
                place = next(wanted, None)
                if place is None:
                    return

    def exchanges(self, skipped: Tell) -> Iterator[Interaction]:
        """Every exchange of the file in the kit's form, without credentials. Raises CassetteError."""
        foreign = Foreign(self._credentials)

        def tell(what: Skipped) -> None:
            reason = Text(foreign.words(what.reason.en), foreign.words(what.reason.zh))
            skipped(Skipped(what.place, reason))

        for found in self._format.read(self._opened, tell):
            try:
                yield foreign.interaction(found)
            except ValueError as error:
                place = found.place if isinstance(found, Recorded) else found.exchange.id
                tell(Skipped(place, reason_of(error)))


@dataclass(slots=True)
class Imported:
    """What an import did: exchanges taken, those of other operations, and what was left out.

    `left_out` names the first of them, as many as MOST_NAMED; `left_out_count` counts all.
    """

    taken: int = 0
    other: int = 0
    left_out: list[Skipped] = field(default_factory=list)
    left_out_count: int = 0

    def leave_out(self, what: Skipped) -> None:
        """Note what could not be read."""
        self.left_out_count += 1
        if len(self.left_out) < MOST_NAMED:
            self.left_out.append(what)


MOST_NAMED = 20
"""Lines and entries left out that are named; all are counted."""


def import_traffic(
    path: Path, folder: Path, kit_version: str, recorded_at: str, wanted: Callable[[Request], bool] | None = None
) -> Imported:
    """Make a cassette of a recording: whole, or not at all.

    The cassette can be audited, checked, redacted and exported. `recorded_at` (ISO 8601) is used where the recording
    does not say when it was made. Of other operations is what `wanted` does not want: it is left out. Raises
    CassetteError, also where nothing is left to import.
    """
    if path.is_dir():
        words = Text(
            "expected a file of recorded traffic to import, found a folder; a cassette is judged as it is",
            "应为待导入的流量录制文件，实际为目录；cassette 可直接判定",
        )
        raise TrafficError(path, words)
    done, first, traffic = Imported(), "", Traffic(path)
    if traffic.has_too_many_credentials:
        raise TrafficError(path, _TOO_MANY)
    with _whole(folder) as beside:
        writer = CassetteWriter(beside, _about(form_of(path), kit_version, recorded_at), resume=False)
        try:
            for interaction in traffic.exchanges(done.leave_out):
                if wanted is not None and not wanted(interaction.exchange.request):
                    done.other += 1
                    continue
                first = min(filter(None, (first, interaction.at)), default="")
                writer.add(interaction)
                done.taken += 1
            if not done.taken:
                raise NothingImportedError(path, done)
            writer.seal({"recorded_at": first or recorded_at, "stop_reason": None})
        finally:
            writer.close()
    return done


_TOO_MANY = Text(
    f"it holds more than {MOST:,} different credentials; split it, and import the parts",
    f"其中不同的凭证超过 {MOST:,} 个；请拆分后分别导入",
)


class NothingImportedError(TrafficError):
    """Nothing of a file could be imported; `done` says why."""

    def __init__(self, path: Path, done: Imported) -> None:
        """The message counts what was left out, and names the first of it."""
        why, why_zh = "", ""
        for first in done.left_out[:1]:
            why, why_zh = f" ({first.place}: {first.reason.en})", f"（{first.place}：{first.reason.zh}）"
        words = Text(
            f"nothing in it can be imported: {done.left_out_count} left out{why}, {done.other} of other operations; "
            "record calls of the documented operations, with bodies",
            f"其中没有可导入的内容：未采用 {done.left_out_count} 条{why_zh}，属于其他接口 {done.other} 条；"
            "请录制文档所述接口的调用，并保存报文体",
        )
        super().__init__(path, words)
        self.done = done


def _about(form: str, kit_version: str, recorded_at: str) -> dict[str, object]:
    of_a_run = {"contracts": [], "depth": "standard", "seed": 0, "positions": {}, "planned": []}
    return {"kit_version": kit_version, **of_a_run, "recorded_at": recorded_at, "imported": form}


@contextmanager
def _whole(folder: Path) -> Iterator[Path]:
    """A folder beside the one that is meant, which takes its place at the end; after a failure nothing is left of it.

    Raises CassetteError where the folder is there and holds anything, or cannot be made.
    """
    beside = folder.parent / f".{folder.name}.{os.getpid()}"
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            words = Text(
                "already holds something; expected an empty or new folder. Choose another folder",
                "目录非空；应为空目录或新目录，请另选目录",
            )
            raise TrafficError(folder, words)
        folder.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield beside
            if folder.exists():
                folder.rmdir()
            beside.rename(folder)
        finally:
            shutil.rmtree(beside, ignore_errors=True)
    except OSError as error:
        raise CassetteError(
            f"{folder}: cannot be written: {error.strerror or error}", f"{folder}：无法写入：{os_reason(error).zh}"
        ) from error


def export_har(folder: Path, path: Path, kit_version: str) -> int:
    """Write a cassette, what was sent of it, as HAR 1.2; returns the number of entries. Raises CassetteError."""
    try:
        return har.write_har(path, (one for one in CassetteReader(folder) if not one.shared), kit_version)
    except OSError as error:
        why = os_reason(error)
        raise CassetteError(f"{path}: cannot be written: {why.en}", f"{path}：无法写入：{why.zh}") from error
