"""Exchanges that something else recorded, brought into the kit's form: bodies decoded, slots instead of secrets."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from email.utils import parsedate_to_datetime
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from conformance.entries import EntryError
from conformance.exchange import PROJECT_SLOT, Auth, Exchange, Request, Response, TransportFailure
from conformance.recordings import Interaction
from conformance.recordings.credentials import Credentials, credentials_given, host_of, own_secrets
from conformance.recordings.recorded import Headers, NotRecordedError, Recorded
from conformance.redactor import Redactor
from conformance.text import Text

if TYPE_CHECKING:
    from types import ModuleType


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
            self._auth(one),
        )
        exchange = Exchange(request, _answer(redactors, one.answer), one.place)
        return Interaction("", "", self._count - 1, "traffic", 1, exchange, at=_iso_8601(one.at))

    def words(self, text: str) -> str:
        """A sentence about the file without the credentials in it."""
        return self._redactor.redact_text(text)

    def _cleaned(self, one: Interaction) -> Interaction:
        redactors = (self._redactor,)
        request = one.exchange.request
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

    def _auth(self, one: Recorded) -> Auth:
        """`absent` and `empty` only where the file shows that credentials of this host were recorded as they were sent.

        Elsewhere they may have been filtered out or masked: then they count as good ones, and as `unknown` where they
        were refused, since the file does not say what they were.
        """
        given = credentials_given(one.headers)
        refused = isinstance(one.answer, Response) and one.answer.status in (401, 403)
        unknown: Auth = "unknown" if refused else "valid"
        if any(given) or host_of(one.url) not in self._credentials.hosts:
            return unknown
        return "empty" if given else "absent"


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


# Undoes Content-Encoding of recorded bodies: some recorders keep the bytes of the wire, others what they mean.
#
# Both keep the header. So only the bytes tell: what is of the coding as a whole is decoded, what is not was decoded
# before. `br` and `zstd` need the libraries of the extra `ocr-conformance[codings]`.


LONGEST = 64 << 20
"""Bytes of one body once its content coding is undone."""

_GZIP, _ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_MOST_CODINGS = 4


def undone(body: bytes, headers: Sequence[tuple[str, str]]) -> bytes:
    """The body with its content coding undone, where its bytes are of that coding; else the body as it is.

    Raises NotRecordedError for bytes that begin as the coding does and do not end, that decode to more than LONGEST, or
    that need a library which is not installed.
    """
    codings = _codings(headers)
    if not body or not codings or len(codings) > _MOST_CODINGS:
        return body
    for coding in reversed(codings):
        decode = _DECODERS.get(coding)
        decoded = decode(body) if decode is not None else None
        if decoded is None:
            return body
        body = decoded
    return body


def _codings(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    values = (value for name, value in headers if name.lower() == "content-encoding")
    names = (name.strip().lower() for value in values for name in value.split(","))
    return tuple(name for name in names if name not in ("", "identity"))


def _gunzip(body: bytes) -> bytes | None:
    if not body.startswith(_GZIP):
        return None
    found = b""
    while body:
        state = zlib.decompressobj(31)
        try:
            found += state.decompress(body, LONGEST + 1 - len(found))
        except zlib.error:
            raise _cut("gzip") from None
        if len(found) > LONGEST:
            raise _long()
        if not state.eof:
            raise _cut("gzip")
        body = state.unused_data
        if body and not body.startswith(_GZIP):
            break  # what clients do with the zeros or the noise after the last member: nothing
    return found


def _inflate(body: bytes) -> bytes | None:
    """`deflate` is the zlib format; some servers send it without the wrapper. Either is believed only as a whole."""
    for window_bits in (15, -15):
        state = zlib.decompressobj(window_bits)
        try:
            found = state.decompress(body, LONGEST + 1)
        except zlib.error:
            continue
        if len(found) > LONGEST:
            raise _long()
        if state.eof and not state.unused_data:
            return found
    return None


def _brotli(body: bytes) -> bytes | None:
    if _is_json_text(body):
        return None  # brotli has no mark of its own, and nothing that it makes of an answer begins as JSON does
    library = _library("brotli", "br")
    state = library.Decompressor()
    try:
        found: bytes = state.process(body, output_buffer_limit=LONGEST + 1)
    except library.error:
        return None
    if len(found) > LONGEST:
        raise _long()
    return found if state.is_finished() else None


def _zstd(body: bytes) -> bytes | None:
    if not body.startswith(_ZSTD):
        return None
    library = _library("zstandard", "zstd")
    try:
        with library.ZstdDecompressor().stream_reader(body, read_across_frames=True) as reader:
            found: bytes = reader.read(LONGEST + 1)
        if len(found) > LONGEST:
            raise _long()
        # The reader above is bounded and does not tell where a frame breaks off.
        while body:
            frame = library.ZstdDecompressor().decompressobj()
            frame.decompress(body)
            if not frame.eof:
                raise _cut("zstd")
            body = frame.unused_data
    except library.ZstdError:
        raise _cut("zstd") from None
    return found


_DECODERS: Mapping[str, Callable[[bytes], bytes | None]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _inflate,
    "br": _brotli,
    "zstd": _zstd,
}


def _library(name: str, coding: str) -> ModuleType:
    try:
        return import_module(name)  # late: an extra, and hardly any recording needs it
    except ImportError:
        install = "`pip install ocr-conformance[codings]`"
        raise NotRecordedError(
            Text(
                f"the body is in the content coding {coding}; to read it, {install}",
                f"报文体采用内容编码 {coding}；如需读取，请执行 {install}",
            )
        ) from None


def _is_json_text(body: bytes) -> bool:
    return body.lstrip()[:1] in (b"{", b"[")


def _cut(coding: str) -> NotRecordedError:
    return NotRecordedError(
        Text(f"the body was not recorded whole: its {coding} breaks off", f"报文体记录不完整：{coding} 数据中断")
    )


def _long() -> NotRecordedError:
    size = LONGEST >> 20
    return NotRecordedError(Text(f"the body decodes to more than {size} MB", f"报文体解码后超过 {size} MB"))
