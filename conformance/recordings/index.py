"""Finds the recorded interaction of a request in a cassette of any length, or says how the nearest one differs."""

from __future__ import annotations

import hashlib
import json
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias
from weakref import finalize

from msgspec import UNSET, MsgspecError, Struct, UnsetType
from msgspec.json import Decoder

from conformance.exchange import Response
from conformance.files import unreadable
from conformance.recordings.blobs import canonical_sum, cut, skeleton
from conformance.recordings.interaction import CassetteError, Interaction, spot_of
from conformance.recordings.members import Members, Path, integer, json_pointer, member, text
from conformance.text import Text, plain

if TYPE_CHECKING:
    from conformance.exchange import Request, TransportFailure
    from conformance.recordings.reader import CassetteReader, Line


# Says how a request that was not recorded differs from one that was.


_SHOWN = 60
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that was looked for in vain; `body` is its text with pictures cut out, as an index has it."""

    method: str
    path: str
    auth: str
    length: int
    digest: str
    body: str

    @classmethod
    def of(cls, request: Request) -> Wanted:
        """From the request itself."""
        return cls(
            request.method,
            request.path,
            request.auth,
            len(request.body),
            request.body_sha256(),
            cut(request.body),
        )


def likeness(wanted: Wanted, recorded: Members) -> tuple[int, ...]:
    """How like a recorded request is, for comparison: path and method first, then credentials, then the body."""
    same = (
        int(recorded.get("path") == wanted.path),
        int(recorded.get("method") == wanted.method),
        int(recorded.get("auth") == wanted.auth),
    )
    body = member(recorded, "body")
    if body.get("sha256") == wanted.digest:
        return (sum(same), 0, 0, *same)
    differ = sum(1 for _ in _differences(_value(wanted.body), _value(skeleton(body)), ())) or 1
    return (sum(same), -differ, -abs(integer(body, "length") - wanted.length), *same)


def difference(wanted: Wanted, recorded: Members) -> Text:
    """The difference in words: `method 'GET' instead of 'POST'; in its body /alarm is true instead of false`."""
    words = [
        Text(
            f"{name} {text(recorded, name)!r} instead of {ours!r}", f"{name} 为 {text(recorded, name)!r} 而非 {ours!r}"
        )
        for name, ours in (("method", wanted.method), ("path", wanted.path), ("auth", wanted.auth))
        if recorded.get(name) != ours
    ]
    body = member(recorded, "body")
    if body.get("sha256") != wanted.digest:
        words.append(_body_difference(wanted, body))
    if not words:
        return Text(
            "nothing, but it was not found: the index does not fit its lines", "并无不同，但未找到：索引与各行不符"
        )
    return Text("; ".join(one.en for one in words), "；".join(one.zh for one in words))


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"


def _body_difference(wanted: Wanted, body: Members) -> Text:
    theirs, ours = _value(skeleton(body)), _value(wanted.body)
    if theirs is not _ABSENT and ours is not _ABSENT:
        for path, mine, other in _differences(ours, theirs, ()):
            place, was, now = json_pointer(path) or "/", _shown(other), _shown(mine)
            return Text(
                f"in its body {place} is {was.en} instead of {now.en}",
                f"其请求体中 {place} 为 {was.zh} 而非 {now.zh}",
            )
        return Text("its body is another spelling of the same JSON", "其请求体是同一 JSON 的另一种写法")
    length, digest = integer(body, "length"), text(body, "sha256")[:12]
    return Text(
        f"its body has {length} bytes ({digest}) instead of {wanted.length} ({wanted.digest[:12]})",
        f"其请求体为 {length} 字节（{digest}），而非 {wanted.length} 字节（{wanted.digest[:12]}）",
    )


def _value(body: str) -> object:
    try:
        value: object = json.loads(body)
    except (ValueError, RecursionError):
        return _ABSENT
    return value


def _differences(ours: object, theirs: object, path: Path) -> Iterator[tuple[Path, object, object]]:
    """Where two JSON values differ, outermost first."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in {**ours, **theirs}:
            yield from _differences(ours.get(key, _ABSENT), theirs.get(key, _ABSENT), (*path, key))
    elif type(ours) is not type(theirs) or ours != theirs:
        yield path, ours, theirs


def _shown(value: object) -> Text:
    return Text("nothing", "无") if value is _ABSENT else plain(_short(json.dumps(value, ensure_ascii=False)))


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

    def nearest(self, request: Request) -> Text:
        """In words: the recorded request that is most like `request`, and how it differs. Reads the whole cassette."""
        wanted = Wanted.of(request)
        best: tuple[tuple[int, ...], Line] | None = None
        for line in self._reader.lines():
            try:
                score = likeness(wanted, member(line.entry, "request"))
            except ValueError as error:
                raise self._reader.damaged(line, error) from error
            if best is None or score > best[0]:
                best = score, line
        if best is None:
            return Text("the cassette is empty", "cassette 为空")
        recorded = member(best[1].entry, "request")
        name, differs = text(best[1].entry, "id"), difference(wanted, recorded)
        return Text(
            f"the nearest recorded request, {name}, differs: {differs.en}",
            f"最接近的录制请求 {name} 不同：{differs.zh}",
        )

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
            raise CassetteError(unreadable(self._reader.path, error)) from error


def _plain_answer(line: _Line) -> Response | None:
    """The answer of a line whose body stands in it, with its sum; None for any other, which the reader reads."""
    response = line.response
    if response is UNSET or response.body.text is UNSET:
        return None
    body = response.body.text.encode()
    if len(body) != response.body.length or hashlib.sha256(body).hexdigest() != response.body.sha256:
        return None
    return Response(response.status, response.headers, body, response.elapsed_s, response.odd)


def _head(method: str, path: str, auth: str) -> str:
    plain, _, query = path.partition("?")
    return "\n".join((method, plain, "&".join(sorted(query.split("&"))), auth))


def _sum(head: str, body: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{head}\n{body}".encode("utf-8", "surrogatepass")).digest()[:8])
