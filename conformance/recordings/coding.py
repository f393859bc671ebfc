"""Undoes Content-Encoding of recorded bodies: some recorders keep the bytes of the wire, others what they mean.

Both keep the header. So only the bytes tell: what is of the coding as a whole is decoded, what is not was decoded
before. `br` and `zstd` need the libraries of the extra `ocr-conformance[codings]`.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from conformance.recordings.recorded import NotRecordedError
from conformance.text import Text

if TYPE_CHECKING:
    from types import ModuleType

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
