"""Quick ways into the index of a cassette of any length: plain lines at a glance, the line that answers a request."""

from __future__ import annotations

import os
import zlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, TypeAlias
from weakref import finalize

from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder
from pybase64 import b64encode

from conformance.entries import member, text
from conformance.exchange import AUTHS, Lean, Response
from conformance.files import unreadable
from conformance.recordings import DamagedCassetteError, Interaction, spot_of
from conformance.recordings.blobs import BLOBS, canonical_sum, is_sum, sums_of, unpacked

if TYPE_CHECKING:
    from pathlib import Path

    from conformance.exchange import Request, TransportFailure
    from conformance.recordings.reader import CassetteReader


# Reads the plain lines of an index quickly: an answered request with one picture in its body.
#
# Bodies are verified by their sums as everywhere. Whatever is not plain, and whatever is wrong, is left to the reader.


class _Blob(Struct):
    base64: str


class _PlainBody(Struct):
    sha256: str
    length: int
    text: str | UnsetType = UNSET
    parts: list[str | _Blob] | UnsetType = UNSET


class _PlainRequest(Struct):
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    auth: str
    body: _PlainBody
    pictures: Raw | UnsetType = UNSET
    label: Raw | UnsetType = UNSET
    truth: Raw | UnsetType = UNSET
    stated: Raw | UnsetType = UNSET


class _PlainResponse(Struct):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: _PlainBody
    elapsed_s: float


class _PlainLine(Struct):
    id: str
    contract: str
    purpose: str
    position: int
    role: str
    attempt: int
    request: _PlainRequest
    response: _PlainResponse


class Glance:
    """Reads lines of one cassette."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the cassette."""
        self._blobs = str(folder / BLOBS)
        self._packed = False
        self._decode = Decoder(_PlainLine).decode

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
                return unpacked(data) if self._packed else data
            except OSError:
                self._packed = not self._packed
            except zlib.error:
                return None
        return None


def _content(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        # To ask for more than there is takes memory that is given back at once, which costs more than to read.
        return os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


# Finds the line that answers a request, by the sums of requests.


MatchedBy: TypeAlias = Literal["bytes", "json"]


class _Body(Struct):
    sha256: str
    length: int
    json: str | UnsetType = UNSET
    text: str | UnsetType = UNSET


class _Asked(Struct):
    method: str
    path: str
    auth: str
    body: _Body


class _Answered(Struct):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: _Body
    elapsed_s: float
    odd: tuple[str, ...] = ()


class _Line(Struct):
    """What is read of a line to find it again, and to answer with it."""

    purpose: str
    attempt: int
    position: int
    request: _Asked
    response: _Answered | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class Match:
    """The recorded answer of a request, and by what its body was recognised."""

    answer: Response | TransportFailure
    by: MatchedBy


class _Sums:
    """Offsets by the first eight bytes of a sum, in two arrays; equal sums keep the order of the recording."""

    def __init__(self, sums: array[int], offsets: array[int]) -> None:
        order = sorted(range(len(sums)), key=sums.__getitem__)
        self._sums = array("Q", (sums[at] for at in order))
        self._offsets = array("Q", (offsets[at] for at in order))

    def pick(self, sum_: int, expected: int | None, served: dict[int, int]) -> int | None:
        """The expected offset where it has this sum, else the next in turn; None where no line has it."""
        first, end = bisect_left(self._sums, sum_), bisect_right(self._sums, sum_)
        if first == end:
            return None
        if expected is not None:
            at = bisect_left(self._offsets, expected, first, end)
            if at < end and self._offsets[at] == expected:
                return expected
        turn = served.get(sum_, 0)
        served[sum_] = turn + 1
        return self._offsets[min(first + turn, end - 1)]


class Lookup:
    """The index of a cassette: where the interactions of each purpose stand, and which line answers which request."""

    def __init__(self, reader: CassetteReader) -> None:
        """Reads every line once, without the bodies behind them. Raises CassetteError for a damaged line."""
        self._reader = reader
        self._scripts: dict[tuple[str, int], array[int]] = {}
        self._served: dict[int, int] = {}
        self._decode = Decoder(_Line).decode
        raw, canonical, offsets = array("Q"), array("Q"), array("Q")
        for data, number, offset in reader.raw():
            line = self._read(data, number, offset)
            self._scripts.setdefault((line.purpose, line.attempt), array("Q")).append(offset)
            head, body = _head(line.request.method, line.request.path, line.request.auth), line.request.body
            raw.append(_sum(head, body.sha256))
            canonical.append(_sum(head, body.sha256 if body.json is UNSET else body.json))
            offsets.append(offset)
        self._raw = _Sums(raw, offsets)
        self._canonical = _Sums(canonical, offsets)
        self._file = reader.opened()
        finalize(self, self._file.close)

    def close(self) -> None:
        """Close the file that is looked into."""
        self._file.close()

    def _read(self, data: bytes, number: int, offset: int) -> _Line:
        """A line, quickly where it is plain. Raises CassetteError."""
        try:
            return self._decode(data)
        except (MsgspecError, RecursionError):
            line = self._reader.parsed(data, number, offset)
        spot = spot_of(line.entry)
        try:
            request = member(line.entry, "request")
            body = member(request, "body")
            json = text(body, "json") if "json" in body else UNSET
            read = _Body(text(body, "sha256"), 0, json)
            asked = _Asked(text(request, "method"), text(request, "path"), text(request, "auth"), read)
        except ValueError as error:
            raise self._reader.damaged(line, error) from error
        return _Line(spot.purpose, spot.attempt, spot.position, asked)

    def purposes(self) -> list[str]:
        """Ids of the recorded purposes in the order of recording."""
        return list(dict.fromkeys(purpose for purpose, _ in self._scripts))

    def script(self, purpose: str, attempt: int) -> Iterator[tuple[int, Interaction]] | None:
        """The interactions of one attempt at a purpose with their offsets, or None where it was not recorded."""
        offsets = self._scripts.get((purpose, attempt))
        if offsets is None:
            return None
        lines = ((offset, self._reader.parsed(self._at(offset), 0, offset)) for offset in offsets)
        return ((offset, self._reader.interaction(line)) for offset, line in lines)

    def find(self, request: Request, expected: int | None) -> Match | None:
        """The line that answers `request`.

        Where several do, it is the one at offset `expected`; failing that, each in turn, and the last from then on.
        """
        head = _head(request.method, request.path, request.auth)
        digest = request.body_sha256()
        answer = self._turn(self._raw, digest, expected, head, "bytes")
        if answer is not None:
            return Match(answer, "bytes")
        canonical = canonical_sum(request.body)
        answer = self._turn(self._canonical, canonical, expected, head, "json") if canonical is not None else None
        return Match(answer, "json") if answer is not None else None

    def _turn(
        self, sums: _Sums, wanted: str, expected: int | None, head: str, by: MatchedBy
    ) -> Response | TransportFailure | None:
        offset = sums.pick(_sum(head, wanted), expected, self._served)
        if offset is None:
            return None
        data = self._at(offset)
        line = self._read(data, 0, offset)
        request = line.request
        # Eight bytes of a sum may be shared by chance; what they point to is looked at.
        found = request.body.sha256 if by == "bytes" else request.body.json
        if found != wanted or head != _head(request.method, request.path, request.auth):
            return None
        return _plain_answer(line) or self._reader.answer(self._reader.parsed(data, 0, offset))

    def _at(self, offset: int) -> bytes:
        """The line that begins at an offset. Raises CassetteError."""
        try:
            self._file.seek(offset)
            return self._file.readline()
        except OSError as error:
            raise DamagedCassetteError(unreadable(self._reader.path, error)) from error


def _plain_answer(line: _Line) -> Response | None:
    """The answer of a line whose body stands in it, with its sum; None for any other, which the reader reads."""
    response = line.response
    if response is UNSET or response.body.text is UNSET:
        return None
    body = response.body.text.encode()
    if len(body) != response.body.length or sha256(body).hexdigest() != response.body.sha256:
        return None
    return Response(response.status, response.headers, body, response.elapsed_s, response.odd)


def _head(method: str, path: str, auth: str) -> str:
    plain, _, query = path.partition("?")
    return "\n".join((method, plain, "&".join(sorted(query.split("&"))), auth))


def _sum(head: str, body: str) -> int:
    return int.from_bytes(sha256(f"{head}\n{body}".encode("utf-8", "surrogatepass")).digest()[:8])
