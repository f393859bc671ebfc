"""Finds the recorded interaction of a request in a cassette of any length: 40 bytes of memory for each one.

A request matches by method, templated path, sorted query, credentials slot and the sum of its raw body; failing that,
by the sum of the JSON value that its body is. Headers do not count: proxies and clients change them.
"""

from __future__ import annotations

import hashlib
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from conformance.recordings.blobs import canonical_sum
from conformance.recordings.interaction import Interaction, spot_of
from conformance.recordings.members import Members, member, text
from conformance.recordings.nearest import Wanted, difference, likeness
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.exchange import Request
    from conformance.recordings.reader import CassetteReader, Line

MatchedBy: TypeAlias = Literal["bytes", "json"]


@dataclass(frozen=True, slots=True)
class Match:
    """The line that answers a request, and by what its body was recognised."""

    line: Line
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
        raw, canonical, offsets = array("Q"), array("Q"), array("Q")
        for line in reader.lines():
            spot = spot_of(line.entry)
            self._scripts.setdefault((spot.purpose, spot.attempt), array("Q")).append(line.offset)
            try:
                request = member(line.entry, "request")
                body = member(request, "body")
                head = _head(text(request, "method"), text(request, "path"), text(request, "auth"))
                raw.append(_sum(head, text(body, "sha256")))
                canonical.append(_sum(head, text(body, "json") if "json" in body else text(body, "sha256")))
            except ValueError as error:
                raise reader.damaged(line, error) from error
            offsets.append(line.offset)
        self._raw = _Sums(raw, offsets)
        self._canonical = _Sums(canonical, offsets)

    def purposes(self) -> list[str]:
        """Ids of the recorded purposes in the order of recording."""
        return list(dict.fromkeys(purpose for purpose, _ in self._scripts))

    def script(self, purpose: str, attempt: int) -> Iterator[tuple[int, Interaction]] | None:
        """The interactions of one attempt at a purpose with their offsets, or None where it was not recorded."""
        offsets = self._scripts.get((purpose, attempt))
        if offsets is None:
            return None
        return ((offset, self._reader.interaction(self._reader.line_at(offset))) for offset in offsets)

    def find(self, request: Request, expected: int | None) -> Match | None:
        """The line that answers `request`.

        Where several do, it is the one at offset `expected`; failing that, each in turn, and the last from then on.
        """
        head = _head(request.method, request.path, request.auth)
        digest = request.body_sha256()
        line = self._turn(self._raw, _sum(head, digest), expected, ("sha256", digest), head)
        if line is not None:
            return Match(line, "bytes")
        canonical = canonical_sum(request.body)
        if canonical is None:
            return None
        line = self._turn(self._canonical, _sum(head, canonical), expected, ("json", canonical), head)
        return Match(line, "json") if line is not None else None

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

    def _turn(self, sums: _Sums, sum_: int, expected: int | None, wanted: tuple[str, str], head: str) -> Line | None:
        at = sums.pick(sum_, expected, self._served)
        if at is None:
            return None
        line = self._reader.line_at(at)
        # Eight bytes of a sum may be shared by chance; what they point to is looked at.
        return line if _has(line.entry, wanted, head) else None


def _has(entry: Members, wanted: tuple[str, str], head: str) -> bool:
    request = member(entry, "request")
    same = head == _head(text(request, "method"), text(request, "path"), text(request, "auth"))
    return same and member(request, "body").get(wanted[0]) == wanted[1]


def _head(method: str, path: str, auth: str) -> str:
    plain, _, query = path.partition("?")
    return "\n".join((method, plain, "&".join(sorted(query.split("&"))), auth))


def _sum(head: str, body: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{head}\n{body}".encode("utf-8", "surrogatepass")).digest()[:8])
