"""Reads the plain lines of a cassette's index quickly: an answered request with one picture in its body.

Bodies are verified by their sums as everywhere. Whatever is not plain, and whatever is wrong, is left to the reader.
"""

from __future__ import annotations

import os
import zlib
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import UNSET, MsgspecError, Raw, Struct, UnsetType
from msgspec.json import Decoder
from pybase64 import b64encode

from conformance.exchange import AUTHS, Lean, sums_of
from conformance.recordings.blobs import BLOBS, LONGEST_BLOB, is_sum

if TYPE_CHECKING:
    from pathlib import Path


class _Blob(Struct):
    base64: str


class _Body(Struct):
    sha256: str
    length: int
    text: str | UnsetType = UNSET
    parts: list[str | _Blob] | UnsetType = UNSET


class _Request(Struct):
    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    auth: str
    body: _Body
    pictures: Raw | UnsetType = UNSET
    label: Raw | UnsetType = UNSET
    truth: Raw | UnsetType = UNSET
    stated: Raw | UnsetType = UNSET


class _Response(Struct):
    status: int
    headers: tuple[tuple[str, str], ...]
    body: _Body
    elapsed_s: float


class _Line(Struct):
    id: str
    contract: str
    purpose: str
    position: int
    role: str
    attempt: int
    request: _Request
    response: _Response


class Glance:
    """Reads lines of one cassette."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the cassette."""
        self._blobs = str(folder / BLOBS)
        self._packed = False
        self._decode = Decoder(_Line).decode

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
            except OSError:
                self._packed = not self._packed
                continue
            return _unpacked(data) if self._packed else data
        return None


def _content(path: str) -> bytes:
    file = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        # To ask for more than there is takes memory that is given back at once, which costs more than to read.
        return os.read(file, os.fstat(file).st_size)
    finally:
        os.close(file)


def _unpacked(data: bytes) -> bytes | None:
    unpack = zlib.decompressobj()
    try:
        found = unpack.decompress(data, LONGEST_BLOB)
    except zlib.error:
        return None
    return found if unpack.eof and not unpack.unused_data else None
