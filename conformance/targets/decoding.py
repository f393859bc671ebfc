"""Undoes Content-Encoding within a byte limit.

The kit asks for `identity`; a target may answer with gzip or deflate all the same. A body is decoded as far as it
decodes: a truncated or damaged one up to the damage, as a lenient client would show it. Where nothing decodes, no
client can read it. Where the coding is another one, the body stays as it was on the wire.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterable, Sequence

from conformance.targets.errors import TransportError

_PIECE = 64 * 1024
_MOST_AT_ONCE = 1024 * 1024
_MOST_CODINGS = 4
_MOST_MEMBERS = 64
_GZIP, _ZLIB, _RAW = 31, 15, -15


def decoded(body: bytes, codings: Sequence[bytes], limit: int) -> bytes:
    """`body` with `codings` (in the order they were applied) undone.

    Raises TransportError above `limit` bytes, and where the bytes are not of the coding that is named.
    """
    if len(codings) > _MOST_CODINGS:
        return body
    for coding in reversed(codings):
        if coding in (b"gzip", b"x-gzip"):
            result = _gunzip(body, limit)
        elif coding == b"deflate":
            result = _inflate(body, limit)
        else:
            return body
        if result is None and body:
            name = coding.decode("ascii")
            raise TransportError("malformed", f"The Content-Encoding says {name}, and the body is none.")
        body = result or b""
    return body


def content_codings(values: Iterable[bytes]) -> tuple[bytes, ...]:
    """The codings named by the values of the Content-Encoding headers, in order, without `identity`."""
    names = (name.strip().lower() for value in values for name in value.split(b","))
    return tuple(name for name in names if name not in (b"", b"identity"))


def _gunzip(body: bytes, limit: int) -> bytes | None:
    """All members of a gzip file (RFC 1952, section 2.2), of which there are hardly ever two."""
    out = io.BytesIO()
    for _ in range(_MOST_MEMBERS):
        member = _Inflater(body, _GZIP, limit, out)
        body = member.unused
        if not member.ended or not body:
            break
    return out.getvalue() or (b"" if member.ended else None)


def _inflate(body: bytes, limit: int) -> bytes | None:
    """`deflate` is the zlib format; some servers send it without the wrapper, which is believed only as a whole."""
    out = io.BytesIO()
    wrapped = _Inflater(body, _ZLIB, limit, out)
    if wrapped.ended or out.tell():
        return out.getvalue()
    bare = _Inflater(body, _RAW, limit, out)
    return out.getvalue() if bare.ended and not bare.unused else None


class _Inflater:
    """Decodes one compressed stream into `out`; `ended` says that it came to its end, `unused` what follows it."""

    def __init__(self, body: bytes, window_bits: int, limit: int, out: io.BytesIO) -> None:
        """`limit` is on all of `out`; raises TransportError above it."""
        self.unused = b""
        self.ended = False
        self._limit = limit
        self._out = out
        state = zlib.decompressobj(window_bits)
        for start in range(0, len(body), _PIECE):
            before = state.copy()
            piece = body[start : start + _PIECE]
            try:
                self._take(state, piece)
            except zlib.error:
                self._salvage(before, piece)
                return
            if state.eof:
                self.ended = True
                self.unused = state.unused_data + body[start + _PIECE :]
                return

    def _take(self, state: zlib._Decompress, piece: bytes) -> None:
        while piece:
            room = self._limit - self._out.tell()
            if self._out.write(state.decompress(piece, min(room + 1, _MOST_AT_ONCE))) > room:
                raise TransportError("too-large", f"The body decodes to more than {self._limit} bytes.")
            piece = state.unconsumed_tail

    def _salvage(self, state: zlib._Decompress, piece: bytes) -> None:
        """Byte by byte up to the damage: a whole piece yields nothing once any of its bytes is wrong."""
        for at in range(len(piece)):
            try:
                self._take(state, piece[at : at + 1])
            except zlib.error:
                return
