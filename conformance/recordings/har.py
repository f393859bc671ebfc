"""HAR 1.2: what browsers, proxies and clients save, read one entry at a time.

HAR cannot say that a request body is base64, and knows no slots: what the kit needs beyond HAR, where it writes HAR
(`import_export`), stands in members whose names begin with an underscore, as the format allows (section "custom
fields"). Others have dialects of their own: bodies in files beside the HAR (Playwright), base64 of a request
(pcap2har), base64 in chunks (Polly.js).
"""

from __future__ import annotations

import base64
import re
import sys
from collections.abc import Iterator
from typing import IO

from conformance.entries import (
    EntryError,
    Members,
    as_list,
    as_object,
    from_base64,
    http_status,
    integer,
    member,
    read_list,
    text,
)
from conformance.exchange import Response, TransportFailure
from conformance.files import open_bytes, words_of
from conformance.recordings import CassetteError, Interaction, decode
from conformance.recordings.jsonstream import BrokenJsonError, JsonStream, entries, entries_from, up_to_entries
from conformance.recordings.opened import Opened, Part, TornPartError
from conformance.recordings.recorded import (
    NO_STATUS,
    Headers,
    NotRecordedError,
    Recorded,
    Skipped,
    Tell,
    check_answer,
    check_request,
    failed,
    not_kept,
    undone,
)
from conformance.text import Text

OWN = "_ocr_conformance"
"""The member that holds what HAR has no place for: the interaction without its bodies."""

_LONGEST_MS = 1e12
"""Milliseconds from which on a time is none; JSON has numbers that nothing can be computed with."""


_FIREFOX_KEEPS = 1 << 20
"""Characters of a body after which Firefox cuts it."""


def recognises(opened: Opened) -> bool:
    """Whether a file is a HAR file: a JSON object with a log."""
    return "log" in opened.names


def read(opened: Opened, skipped: Tell, *, brief: bool = False) -> Iterator[Recorded | Interaction]:
    """The exchanges of a HAR file; an entry that holds none is told to `skipped` with its number, and left out.

    Memory holds one entry at a time, with `brief` without the middle of its pictures. Raises CassetteError for a file
    that is no HAR, TornPartError where a part of one does not end between two entries.
    """
    with opened.binary() as stream:
        log: dict[str, object] = {}
        try:
            source = _source(stream, opened, brief=brief)
            for number, entry in enumerate(_entries(source, opened, log), opened.lines_before + 1):
                try:
                    reader = _Entry(entry if isinstance(entry, dict) else {}, opened, _creator(log), f"entry {number}")
                    yield reader.exchange()
                except ValueError as error:
                    skipped(Skipped(f"entry {number}", words_of(error)))
        except (BrokenJsonError, CassetteError) as error:
            if not opened.has_end or (isinstance(error, CassetteError) and opened.part is not None):
                raise TornPartError from None
            if isinstance(error, CassetteError):
                raise
            skipped(Skipped(error.place, error.words))


_PATH = ("log", "entries")
_NAME = re.compile(r"[\w.-]{1,100}", re.ASCII)
_WINDOW = 1 << 20


def parts_of_entries(opened: Opened, size: int) -> list[Part]:
    """A HAR file cut into parts of about so many bytes, each of whole entries; one part where that cannot be done.

    Cuts are looked for from `size` bytes on after the one before, before an object that begins as the first entry does
    and has a request. In JSON, a quote that ends a string is followed by a mark: so that this is in no string, though
    it may be in an entry. Then the part that ends there is torn.
    """
    whole = opened.path.stat().st_size
    start = _start_of_entries(opened)
    parts = []
    with open_bytes(opened.path) as file:
        at = 0
        while start is not None and (cut := _next_entry(file, at + size, start, opened)) is not None:
            parts.append(Part(at, cut))
            at = cut
    return [*parts, Part(at, whole)]


def _start_of_entries(opened: Opened) -> re.Pattern[bytes] | None:
    """How entries begin, which is with the name that the first one begins with; None for a file without any."""
    with opened.binary() as stream:
        source = _source(stream, opened)
        try:
            up_to_entries(source, _PATH, {})
            first = source.value("entry 1")
        except (BrokenJsonError, CassetteError):
            return None
    name = next(iter(first), "") if isinstance(first, dict) else ""
    return re.compile(rb',\s*(\{\s*"%b"\s*:)' % name.encode()) if _NAME.fullmatch(name) else None


def _next_entry(file: IO[bytes], at: int, start: re.Pattern[bytes], opened: Opened) -> int | None:
    """The first place of a file from some place on where an entry begins; None where none does."""
    file.seek(at)
    window = b""
    while piece := file.read(_WINDOW):
        window += piece
        for found in start.finditer(window):
            if _is_entry(opened, at + found.start(1)):
                return at + found.start(1)
        # What begins in this window may go on in the next one: blanks may be many, but not that many.
        kept = window[-_WINDOW // 16 :]
        at, window = at + len(window) - len(kept), kept
    return None


def _is_entry(opened: Opened, at: int) -> bool:
    with Opened(opened.path, Part(at, sys.maxsize)).binary() as stream:
        try:
            entry = _source(stream, opened).value("entry")
        except BrokenJsonError:
            return False
    return isinstance(entry, dict) and "request" in entry


def _entries(source: JsonStream, opened: Opened, log: dict[str, object]) -> Iterator[object]:
    """The entries of a file, or of a part of one; what the log says before them goes to `log`."""
    if opened.part is None or (opened.part.start == 0 and opened.has_end):
        return entries(source, _PATH, log)
    if opened.part.start == 0:
        up_to_entries(source, _PATH, log)
    else:
        with Opened(opened.path).binary() as front:
            up_to_entries(_source(front, opened), _PATH, log)
    return entries_from(source, _PATH, log, opened.lines_before, to_the_end=opened.has_end)


def _source(stream: IO[bytes], opened: Opened, *, brief: bool = False) -> JsonStream:
    expected = Text(f"{opened.path}: expected a HAR file (JSON)", f"{opened.path}：应为 HAR 文件（JSON）")
    return JsonStream(stream, expected, bulky="text", brief=brief)


class _Entry:
    """One entry of a log; `creator` is the program that wrote it, as far as it names itself before the entries."""

    def __init__(self, entry: Members, opened: Opened, creator: str, place: str) -> None:
        self._entry = entry
        self._opened = opened
        self._creator = creator
        self._place = place

    def exchange(self) -> Recorded | Interaction:
        """What the entry holds. Raises ValueError."""
        entry, request = self._entry, member(self._entry, "request")
        if OWN in entry:
            return self._own(request)
        method, url, headers = text(request, "method"), text(request, "url"), _headers(request)
        body = undone(check_request(method, headers, self._sent(request)), headers)
        answer = self._answer(method)
        return Recorded(method, url, headers, body, answer, self._place, str(entry.get("startedDateTime", "")))

    def _own(self, request: Members) -> Interaction:
        """An interaction of a cassette: all of it but the bodies stands in a member of our own."""
        response = member(self._entry, "response")
        body = _bytes_of(member(request, "postData"), "_encoding") if "postData" in request else b""
        answer = _bytes_of(member(response, "content"), "encoding")
        return decode(member(self._entry, OWN), Beside([body, answer]))

    def _sent(self, request: Members) -> bytes | None:
        """The body of the request; None where nothing says what it was, or that it was empty."""
        size = request.get("bodySize")
        data = member(request, "postData") if request.get("postData") is not None else {}
        if "_file" in data:
            return self._attached(data, "request")
        body = self._body(data, "encoding" if "encoding" in data else "_encoding")
        if body:
            return body
        if data.get("params"):
            raise NotRecordedError(
                Text(
                    "the request's body was recorded as parameters only",
                    "请求体只记录为参数（params），原文未保存",
                )
            )
        if isinstance(size, int) and size > 0:
            raise not_kept("request")
        return b"" if size == 0 else None

    def _answer(self, method: str) -> Response | TransportFailure:
        found = self._entry.get("response")
        response = found if isinstance(found, dict) else {}
        words = self._failure_words(response)
        if response.get("status") in NO_STATUS or words:
            return failed(words, self._elapsed_s, self._creator)
        status, headers = http_status(response, "status"), _headers(response)
        body = check_answer(method, status, headers, self._received(response))
        return Response(status, headers, undone(body, headers), self._elapsed_s)

    def _received(self, response: Members) -> bytes | None:
        """The body of the answer; None where nothing says what it was, or that it was empty."""
        content = as_object(response.get("content", {}), "content")
        if "_file" in content:
            return self._attached(content, "answer")
        body = self._body(content, "encoding")
        if body:
            return body
        sizes = [size for size in (content.get("size"), response.get("bodySize")) if isinstance(size, int)]
        if any(size > 0 for size in sizes):
            raise not_kept("answer")
        return b"" if 0 in sizes else None

    def _body(self, entry: Members, encoding: str) -> bytes:
        body = entry.get("text")
        if "firefox" in self._creator.lower() and isinstance(body, bytes):
            body = body.decode("utf-8")
        if isinstance(body, str) and len(body) == _FIREFOX_KEEPS and "firefox" in self._creator.lower():
            raise NotRecordedError(
                Text(
                    f"a body was cut by Firefox after {_FIREFOX_KEEPS:,} characters",
                    f"报文体被 Firefox 在 {_FIREFOX_KEEPS:,} 个字符处截断",
                )
            )
        return _bytes_of(entry, encoding)

    def _attached(self, entry: Members, what: str) -> bytes:
        """A body that a HAR keeps in a file of its own."""
        found = self._opened.attachment(text(entry, "_file"))
        if found is None:
            raise not_kept(what)
        return found

    @property
    def _elapsed_s(self) -> float:
        elapsed = self._entry.get("time")
        unit = 1 if "requests-har" in self._creator else 1000  # that one notes seconds
        return elapsed / unit if isinstance(elapsed, int | float) and 0 < elapsed < _LONGEST_MS else 0.0

    def _failure_words(self, response: Members) -> str:
        """Why there was no answer, in the words of the recorder; empty where it says nothing."""
        found = (response.get("_error"), response.get("_failureText"), self._entry.get("_error"), response.get("error"))
        return next((word for word in found if isinstance(word, str) and word), "")


def _creator(log: Members) -> str:
    names = (log.get("creator"), log.get("browser"))
    return " ".join(str(one.get("name", "")) for one in names if isinstance(one, dict))


def _bytes_of(entry: Members, encoding: str) -> bytes:
    """The body that `postData` or `content` holds, where `encoding` names the member that may say base64."""
    found = entry.get("text")
    if isinstance(found, bytes) and entry.get(encoding) != "base64":
        return found  # a very long one
    body = found.decode("utf-8") if isinstance(found, bytes) else text(entry, "text") if found is not None else ""
    if entry.get(encoding) != "base64":
        return body.encode("utf-8", "surrogatepass")
    if body.startswith("["):
        return b"".join(from_base64(str(chunk)) for chunk in read_list(body))  # Polly.js: as it came from the wire
    return from_base64(body)


def _headers(entry: Members) -> Headers:
    headers = (as_object(header, "headers") for header in as_list(entry.get("headers", []), "headers"))
    return tuple((text(header, "name"), text(header, "value")) for header in headers)


class Beside:
    """Keeps the bodies of one interaction beside it: the request's first, the response's second."""

    def __init__(self, bodies: list[bytes]) -> None:
        self._bodies = bodies

    def encode(self, body: bytes) -> dict[str, object]:
        self._bodies.append(body)
        return {"at": len(self._bodies) - 1}

    def decode(self, entry: Members) -> bytes:
        at = integer(entry, "at")
        if not 0 <= at < len(self._bodies):
            raise EntryError(f"body: expected 0 or 1, found {at}", f"body：应为 0 或 1，实为 {at}")
        return self._bodies[at]

    def put(self, data: bytes) -> str:
        return base64.b64encode(data).decode("ascii")

    def get(self, name: str) -> bytes:
        return from_base64(name)
