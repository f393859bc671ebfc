"""A file that is taken for recorded traffic, opened: as it is, compressed with gzip, or a HAR file in a ZIP archive.

What it begins with tells of what form it is, or what else it is; its extension says nothing. Whatever it is packed in,
it is read piece by piece.
"""

from __future__ import annotations

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from conformance.files import open_bytes, words_of
from conformance.recordings import CassetteError
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream, entries
from conformance.recordings.recorded import Recorded, Skipped, Tell, TrafficError
from conformance.text import Text, plain, said_of

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
        self.front: bytes = front
        self.start: str = front.decode("utf-8-sig", "replace").lstrip()

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


# Entries of a file, one at a time, and parts of it.


Read: TypeAlias = Callable[[object, str], Recorded]
"""From an entry and its place. Raises ValueError for one that holds no exchange."""


def numbered(found: Iterable[object], name: str, read: Read, skipped: Tell) -> Iterator[Recorded]:
    """What is in some entries; one that holds nothing is told to `skipped` with its name and number, and left out."""
    for number, entry in enumerate(found, 1):
        place = f"{name} {number}"
        try:
            yield read(entry, place)
        except ValueError as error:
            skipped(Skipped(place, words_of(error)))


def entries_in(
    opened: Opened, expected: Text, path: Sequence[str], name: str, read: Read, skipped: Tell
) -> Iterator[Recorded]:
    """What is in the entries of the list at a path of a JSON file; each is called by `name` and its number.

    Raises CassetteError for another text, in a message that begins with the file and what is `expected` in it.
    """
    with opened.binary() as stream:
        source = JsonStream(stream, said_of(opened.path, expected))
        try:
            yield from numbered(entries(source, path, {}, name), name, read, skipped)
        except BrokenJsonError as error:
            skipped(Skipped(error.place, error.words))


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


# Files that people take for recorded traffic and that hold none that can be judged: what they are, what to do.


_INSTEAD = Text(
    "expected a cassette folder, a HAR file, NDJSON exchanges, a VCR cassette or a report of newman",
    "应为 cassette 目录、HAR 文件、NDJSON 交互、VCR cassette 或 newman 报告",
)


@dataclass(frozen=True, slots=True)
class _Unread:
    """A kind of file that is not read: what it is, and what to do instead."""

    recognises: Callable[[Opened], bool]
    what: Text
    instead: Text


def _has(*names: str) -> Callable[[Opened], bool]:
    """Whether the object that a file begins with has all of some members at its front."""
    return lambda opened: set(names) <= set(opened.names)


def _begins(pattern: str) -> Callable[[Opened], bool]:
    expression = re.compile(pattern, re.DOTALL)
    return lambda opened: expression.match(opened.start[:20_000]) is not None


_PROXY = Text(
    "record the calls with a proxy that writes HAR (mitmproxy: --set hardump=FILE) instead",
    "请改用能输出 HAR 的代理录制（mitmproxy：--set hardump=文件）",
)

_WIREMOCK = re.compile(
    r'"(?:bodyPatterns|urlPattern|urlPathPattern|urlPath|insertionIndex|persistent|proxyBaseUrl)"\s*:'
)
_PCAP = (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\x0a\x0d\x0d\x0a", b"\x4d\x3c\xb2\xa1")


def is_wiremock(opened: Opened) -> bool:
    """Whether a file is stub mappings of WireMock, one of which looks much like an exchange."""
    return "mappings" in opened.names or _WIREMOCK.search(opened.start[:20_000]) is not None


_KINDS = (
    _Unread(
        _begins(r"""\[\s*\{(?=.{0,5000}"scope"\s*:).{0,20000}"(?:method|path)"\s*:"""),
        Text(
            "a recording of nock, which keeps what it parsed and not what was sent",
            "nock 录制文件，其中保存的是解析结果而非原始报文",
        ),
        _PROXY,
    ),
    _Unread(
        is_wiremock,
        Text(
            "stub mappings of WireMock, which hold conditions and no requests",
            "WireMock 的 stub 映射，其中只有匹配条件而没有请求",
        ),
        _PROXY,
    ),
    _Unread(
        _begins(r"""\[?\s*\{(?=.{0,20000}"(?:iterationIndex|suitename|testResults|assertionResults)"\s*:)"""),
        Text("a report of Bruno, which masks tokens and parses answers", "Bruno 报告，其中 Token 被屏蔽、响应已被解析"),
        _PROXY,
    ),
    _Unread(
        _begins(r"HTTP/[0-9](?:\.[0-9])? [0-9]{3}"),
        Text("one answer as `curl -i` prints it, without its request", "`curl -i` 打印的单个响应，不含请求"),
        Text(
            "record the call with a proxy, or write request and answer as a line of NDJSON",
            "请用代理录制调用，或将请求与响应写成一行 NDJSON",
        ),
    ),
    _Unread(
        _has("kit_version", "verdict"),
        Text("a report of this kit, which is a result and no recording", "本工具的报告，属于结果而非录制"),
        Text(
            "give the recording that it is about (run --record, or the file that was audited)",
            "请给出其对应的录制（run --record 的目录，或被审计的文件）",
        ),
    ),
    _Unread(
        _has("info", "item"),
        Text("a Postman collection, which holds requests and no answers", "Postman 集合，其中只有请求而没有响应"),
        Text(
            "run it with `newman run FILE -r json`, and give the report",
            "请用 `newman run 文件 -r json` 运行，并给出其报告",
        ),
    ),
    _Unread(
        lambda opened: "openapi" in opened.names or "swagger" in opened.names or "paths" in opened.names,
        Text("a description of an interface (OpenAPI), without any exchange", "接口描述（OpenAPI），不含任何交互"),
        Text(
            "give recorded traffic, or run the kit against the service with `ocr-conformance run URL`",
            "请给出录制的流量，或用 `ocr-conformance run URL` 直接测试服务",
        ),
    ),
    _Unread(
        lambda opened: opened.front[:4] in _PCAP,
        Text("packets of a network (pcap), which may be encrypted", "网络抓包文件（pcap），内容可能已加密"),
        Text("turn it into HAR with `pcap2har`", "请用 `pcap2har` 转换为 HAR"),
    ),
    _Unread(
        lambda opened: re.match(rb"[0-9]{1,9}:[0-9]{1,9}:", opened.front) is not None,
        Text("flows of mitmproxy in its own form", "mitmproxy 自有格式的 flow 文件"),
        Text(
            "turn them into HAR with `mitmdump -nr FILE --set hardump=FILE.har`",
            "请用 `mitmdump -nr 文件 --set hardump=文件.har` 转换为 HAR",
        ),
    ),
    _Unread(
        lambda opened: opened.front.startswith(b"PK\x03\x04"),
        Text("a ZIP archive without exactly one HAR file in it", "ZIP 压缩包，其中不是恰好一个 HAR 文件"),
        Text("unpack it, and give the recordings in it", "请解压后给出其中的录制文件"),
    ),
    _Unread(
        lambda opened: opened.start.startswith(("{", "[")),
        Text("JSON of another kind", "其他内容的 JSON"),
        _INSTEAD,
    ),
)


def unread_words(opened: Opened) -> Text:
    """What a file is that no reader knows, and what to do."""
    if not opened.start:
        return Text(
            "expected recorded traffic, found an empty file; record again, and give what was written",
            "应为录制的流量，实际为空文件；请重新录制后给出所写文件",
        )
    for kind in _KINDS:
        if kind.recognises(opened):
            return Text(f"found {kind.what.en}; {kind.instead.en}", f"这是{kind.what.zh}；{kind.instead.zh}")
    return Text(f"{_INSTEAD.en}, found none of them", f"{_INSTEAD.zh}，实际均不是")


EMPTY = Text(
    "there is no exchange in it; record again, and let the calls come to their end before saving",
    "其中没有任何交互；请重新录制，待调用全部结束后再保存",
)
