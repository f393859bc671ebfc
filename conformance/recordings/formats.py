"""Recorded traffic from wherever it is, in the kit's form: a cassette, or a file of one of the FORMATS.

A format is a reader: a function that recognises a file by its content, one that reads it, and a row of FORMATS.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from conformance.entries import EntryError
from conformance.exchange import PROJECT_SLOT, Exchange, Lean, Request, Response, TransportFailure
from conformance.files import words_of
from conformance.recordings import CassetteError, Interaction, clients, har
from conformance.recordings.blobs import sums_of
from conformance.recordings.credentials import Credentials, own_secrets
from conformance.recordings.index import Glance
from conformance.recordings.opened import EMPTY, Opened, Part, TornPartError, count_lines, parts_of_lines, unread_words
from conformance.recordings.reader import CassetteReader, Line
from conformance.recordings.recorded import Headers, Recorded, Skipped, Tell, TrafficError
from conformance.redactor import Redactor
from conformance.text import Text


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
    Format("vcr", clients.recognises_vcr_json, clients.read_vcr_json),
    Format("newman", clients.recognises_newman, clients.read_newman),
    Format("lines", clients.recognises_lines, clients.read_lines, by_lines=True, cut=parts_of_lines),
    Format("vcr", clients.recognises_vcr_yaml, clients.read_vcr_yaml),
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


# Exchanges that something else recorded, brought into the kit's form: slots instead of secrets.


_PROJECT = re.compile(r"(?<=/)(v[0-9][0-9.]*)/([0-9a-f]{32})(?=/)")
_DROPPED = frozenset(
    {
        "x-auth-token", "authorization", "x-sdk-date", "x-security-token", "cookie", "set-cookie",
        "proxy-authorization", "x-subject-token", "host", "content-length",
    }
)  # fmt: skip


class Foreign:
    """Brings the exchanges of one file into the kit's form, one after the other."""

    def __init__(self, credentials: Credentials) -> None:
        """`credentials` has seen the whole file."""
        self._credentials = credentials
        self._redactor = credentials.redactor
        self._known = frozenset(secret.value for secret in self._redactor.secrets)
        self._count = 0

    def interaction(self, one: Recorded | Interaction) -> Interaction:
        """The exchange with slots in the place of credentials, and without their values anywhere.

        One that is in the kit's form already keeps its slots. Raises ValueError for no usable URL.
        """
        self._count += 1
        if isinstance(one, Interaction):
            return self._cleaned(one)
        own = [secret for secret in own_secrets(one.headers) if secret.value not in self._known]
        redactors = (self._redactor, Redactor(own)) if own else (self._redactor,)
        request = Request(
            one.method.upper(),
            _text(redactors, _path(one.url)),
            _kept(redactors, _spelled(one.headers)),
            _data(redactors, one.body),
            self._credentials.auth_of(one),
        )
        exchange = Exchange(request, _answer(redactors, one.answer), one.place)
        return Interaction("", "", self._count - 1, "traffic", 1, exchange, at=_iso_8601(one.at))

    def words(self, said: Text) -> Text:
        """A sentence about the file without the credentials in it."""
        return Text(self._redactor.redact_text(said.en), self._redactor.redact_text(said.zh))

    def _cleaned(self, one: Interaction) -> Interaction:
        redactors, request = (self._redactor,), one.exchange.request
        headers = tuple((name, _text(redactors, value)) for name, value in request.headers)
        clean = replace(
            request, path=_text(redactors, request.path), headers=headers, body=_data(redactors, request.body)
        )
        answer = one.exchange.answer
        if isinstance(answer, Response):
            named = tuple((name, _text(redactors, value)) for name, value in answer.headers)
            answer = replace(answer, headers=named, body=_data(redactors, answer.body))
        else:
            answer = replace(answer, detail=_text(redactors, answer.detail))
        position = one.position if one.purpose else self._count - 1
        return replace(one, position=position, exchange=Exchange(clean, answer, one.exchange.id))


def _iso_8601(at: str) -> str:
    """A time as it is, or turned from the form that HTTP has and Ruby writes; empty for anything else."""
    try:
        datetime.fromisoformat(at)
    except ValueError:
        pass
    else:
        return at
    try:
        return parsedate_to_datetime(at).isoformat()
    except (ValueError, TypeError, IndexError, OverflowError):  # what the library raises for one or the other text
        return ""


def _path(url: str) -> str:
    """Path and query with a slot in the place of the project id."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise EntryError(f"the URL cannot be read: {error}", f"URL 无法解析：“{error}”") from None
    path = parts.path or "/"
    if not path.startswith("/"):
        raise EntryError(
            f"expected a URL or a path that begins with /, found {url!r:.80}",
            f"应为 URL 或以 / 开头的路径，实为 {url!r:.80}",
        )
    found = _PROJECT.search(path)
    if found:
        path = f"{path[: found.start(2)]}{PROJECT_SLOT}{path[found.end(2) :]}"
    return path + (f"?{parts.query}" if parts.query else "")


def _spelled(headers: Headers) -> Headers:
    """Names as clients write them, where a recorder (or HTTP/2) made all of them small: that shows no spelling."""
    if any(name != name.lower() for name, _ in headers):
        return headers
    return tuple(("-".join(part.capitalize() for part in name.split("-")), value) for name, value in headers)


def _kept(redactors: Iterable[Redactor], headers: Headers) -> Headers:
    return tuple(
        (name, _text(redactors, value))
        for name, value in headers
        if name.lower() not in _DROPPED and not name.startswith(":")
    )


def _answer(redactors: Iterable[Redactor], answer: Response | TransportFailure) -> Response | TransportFailure:
    if isinstance(answer, TransportFailure):
        return replace(answer, detail=_text(redactors, answer.detail))
    return replace(answer, headers=_kept(redactors, answer.headers), body=_data(redactors, answer.body))


def _text(redactors: Iterable[Redactor], text: str) -> str:
    for redactor in redactors:
        text = redactor.redact_text(text)
    return text


def _data(redactors: Iterable[Redactor], data: bytes) -> bytes:
    for redactor in redactors:
        data = redactor.redact(data)
    return data


# A recording that is read in passes.


def traffic_of(
    path: Path, part: Part | None = None, credentials: Credentials | None = None
) -> CassetteTraffic | Traffic:
    """A recording, or a part of one, that may be read several times; of a file the credentials are looked for first.

    Raises CassetteError for a path that is no recording, and for a file with nothing in it.
    """
    return CassetteTraffic(path, part) if path.is_dir() else Traffic(path, part, credentials)


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
            place = clients.line_of(interaction.exchange) if self._format.by_lines else before
            lean = Lean.of(interaction.exchange)
            if lean is not None:
                lean.body_sum, lean.picture_sum = sums_of(lean.lead, lean.text, lean.tail)
            yield place, lean or interaction.exchange

    def again(self, places: Iterable[int]) -> Iterator[Exchange]:
        """The exchanges at some places, in their order: the file is read once more, as far as it takes."""
        wanted = iter(places)
        if self._format.by_lines:
            foreign = Foreign(self._credentials)
            lines = clients.read_lines(self._opened, lambda _skipped: None, frozenset(wanted))
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
            skipped(Skipped(what.place, foreign.words(what.reason)))

        for found in self._format.read(self._opened, tell):
            try:
                yield foreign.interaction(found)
            except ValueError as error:
                place = found.place if isinstance(found, Recorded) else found.exchange.id
                tell(Skipped(place, words_of(error)))
