"""Bodies and their sums: text stays in the index, pictures and other large bodies are files named by their sum."""

from __future__ import annotations

import hashlib
import json
import re
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pybase64 import b64decode, b64encode

try:
    from isal.isal_zlib import compress, crc32
except ImportError:  # there are machines that it is not made for: what zlib writes is larger, and read alike
    from zlib import compress, crc32

from conformance.entries import EntryError, Members, as_list, as_object, integer, member, text
from conformance.exchange import longest_text
from conformance.files import os_reason, replace_file, words_of
from conformance.text import Text

if TYPE_CHECKING:
    from pathlib import Path

BLOBS = "blobs"

_INLINE = 4096
"""Bodies up to this many bytes stay in the index when they are UTF-8."""

_SAMPLE = 1 << 13
"""Bytes at the front, in the middle and at the end that tell whether all are worth compressing."""

_ENDS = 1 << 14
"""Bytes at both ends of a picture's text of which a good sum is taken."""

_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/]{256,}={0,2}")
BASE64_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
"""What pictures are written in, the padding at their end included."""

_STANDS_FOR = b"stands-for-a-picture"
_SUM = re.compile(r"[0-9a-f]{64}")
_LONGEST_BLOB = 1 << 28
"""Bytes that a compressed blob may grow to: far more than any request or response that the kit takes."""


_CHANGED = Text("was changed: its bytes have another sum", "已被改动：其字节的校验和不同")


class BlobError(ValueError):
    """A stored body is missing, damaged, or not the one that its name promises."""

    def __init__(self, words: Text, wrong: Text | None = None) -> None:
        """`words` say which one, and what is wrong with it; `wrong` says that alone."""
        super().__init__(words.en)
        self.words, self.wrong = words, wrong or words


class Blobs:
    """The blobs of one cassette folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of the cassette; `blobs/` in it appears with the first blob."""
        self._folder = folder / BLOBS

    def put(self, data: bytes) -> str:
        """Store bytes once; returns their SHA-256. Raises OSError."""
        digest = hashlib.sha256(data).hexdigest()
        plain, packed = self._folder / digest, self._folder / f"{digest}.z"
        if not plain.exists() and not packed.exists():
            squeezed = _squeezed(data)
            path, content = (packed, squeezed) if squeezed is not None else (plain, data)
            self._folder.mkdir(exist_ok=True)
            replace_file(path, content)
        return digest

    def get(self, digest: str) -> bytes:
        """The bytes of a sum, verified. Raises BlobError."""
        if not _SUM.fullmatch(digest):
            raise BlobError(Text(f"{digest!r:.80} is no SHA-256 sum", f"{digest!r:.80} 不是 SHA-256 值"))
        plain = self._folder / digest
        try:
            data = plain.read_bytes() if plain.exists() else unpacked((self._folder / f"{digest}.z").read_bytes())
        except FileNotFoundError:
            raise BlobError(Text(f"{BLOBS}/{digest} is missing", f"缺少 {BLOBS}/{digest}")) from None
        except (OSError, zlib.error) as error:
            said = os_reason(error) if isinstance(error, OSError) else words_of(error)
            raise BlobError(
                Text(f"{BLOBS}/{digest} cannot be read: {said.en}", f"无法读取 {BLOBS}/{digest}：{said.zh}"),
                Text(f"cannot be read: {said.en}", f"无法读取：{said.zh}"),
            ) from error
        if hashlib.sha256(data).hexdigest() != digest:
            raise BlobError(
                Text(f"{BLOBS}/{digest} {_CHANGED.en}", f"{BLOBS}/{digest} {_CHANGED.zh}"),
                _CHANGED,
            )
        return data

    def files(self) -> Iterator[Path]:
        """Every file in the folder of blobs, by name."""
        yield from sorted(self._folder.glob("*")) if self._folder.is_dir() else ()

    def encode(self, body: bytes) -> dict[str, object]:
        """A body as a line holds it; its pictures are stored. Raises OSError."""
        digest = hashlib.sha256(body).hexdigest()
        summary: dict[str, object] = {"sha256": digest, "length": len(body)}
        start, end = longest_text(body)
        picture = _decode_run(memoryview(body)[start:end]) if end - start >= _INLINE else None
        if (canonical := _canonical_sum(body, start, end, digest, pictured=picture is not None)) is not None:
            summary["json"] = canonical
        pieces = (_pieces_around(body[:start], picture, body[end:]) if picture is not None else None) or _pieces(body)
        if not pieces:
            return {**summary, "blob": self.put(body)}
        if len(pieces) == 1:
            return {**summary, "text": pieces[0]}
        parts = [piece if isinstance(piece, str) else {"base64": self.put(piece)} for piece in pieces]
        return {**summary, "parts": parts}

    def decode(self, entry: Members) -> bytes:
        """The body that `encode` wrote. Raises BlobError or ValueError."""
        body = self._joined(entry)
        if len(body) != integer(entry, "length") or hashlib.sha256(body).hexdigest() != entry.get("sha256"):
            raise BlobError(
                Text(
                    f"a body does not have its recorded sum {str(entry.get('sha256'))[:12]}; it was changed",
                    f"报文体与录制的校验和 {str(entry.get('sha256'))[:12]} 不符：已被改动",
                )
            )
        return body

    def _joined(self, entry: Members) -> bytes:
        if "text" in entry:
            return text(entry, "text").encode("utf-8", "surrogatepass")
        if "blob" in entry:
            return self.get(text(entry, "blob"))
        parts = []
        for part in as_list(entry.get("parts"), "body"):
            if isinstance(part, str):
                parts.append(part.encode("utf-8", "surrogatepass"))
            elif isinstance(part, dict):
                parts.append(b64encode(self.get(text(part, "base64"))))
            else:
                raise EntryError("body: expected parts of text and pictures", "body：应由文本和图片组成")
        return b"".join(parts)


def is_sum(name: str) -> bool:
    """Whether a name is that of a blob: 64 hexadecimal digits."""
    return _SUM.fullmatch(name) is not None


def blob_sums(entry: Members) -> Iterator[str]:
    """The sums of the blobs that an encoded interaction refers to. Raises ValueError."""
    request = member(entry, "request")
    yield from _body_sums(member(request, "body"))
    for picture in as_list(request.get("pictures", []), "pictures"):
        yield text(as_object(picture, "pictures"), "content")
    if "response" in entry:
        yield from _body_sums(member(member(entry, "response"), "body"))


def _body_sums(body: Members) -> Iterator[str]:
    if isinstance(body.get("blob"), str):
        yield text(body, "blob")
    for part in as_list(body.get("parts", []), "parts"):
        if isinstance(part, dict):
            yield text(part, "base64")


def skeleton(body: Members) -> str:
    """A recorded body as text, with the sum of each picture in its place; empty for one that is no text."""
    if "text" in body:
        return text(body, "text")
    parts = as_list(body.get("parts", []), "parts")
    return "".join(_picture(text(part, "base64")) if isinstance(part, dict) else str(part) for part in parts)


def cut(body: bytes) -> str:
    """A body as `skeleton` shows it once it is recorded; nothing is stored."""
    return "".join(
        piece if isinstance(piece, str) else _picture(hashlib.sha256(piece).hexdigest()) for piece in _pieces(body)
    )


def canonical_sum(body: bytes) -> str | None:
    """SHA-256 of the JSON value that a body is: members sorted, no blanks, nothing escaped that need not be.

    `1`, `1.0` and `true` stay different. None for what is not JSON in UTF-8, or repeats a key.
    """
    start, end = longest_text(body)
    pictured = end - start >= _INLINE and not body[start:end].translate(None, BASE64_DIGITS)
    return _canonical_sum(body, start, end, pictured=pictured)


def sums_of(lead: bytes, text: bytes, tail: bytes) -> tuple[bytes, bytes]:
    """What tells a body in three parts from others, and its picture from others.

    All of a picture goes into a sum that is quick and takes nearly all changes for one, both ends into a good one.
    """
    ends = text if len(text) <= 2 * _ENDS else b"%d %d " % (len(text), crc32(text)) + text[:_ENDS] + text[-_ENDS:]
    picture = hashlib.sha256(ends).digest()
    return hashlib.sha256(b'"'.join((lead, picture, tail))).digest(), picture


def _canonical_sum(body: bytes, at: int, until: int, digest: str | None = None, *, pictured: bool) -> str | None:
    """`canonical_sum` of a body whose longest text is known; `pictured` where that is base64. `digest` is that of the
    body as it is, where it is known.
    """
    if body[:1] not in (b"{", b"[") and not body[:16].lstrip().startswith((b"{", b"[")):
        return None
    lead, picture, tail = body[:at], memoryview(body)[at:until], body[until:]
    if not pictured or _STANDS_FOR in lead + tail:
        whole = _canonical(body)
        return hashlib.sha256(whole).hexdigest() if whole is not None else None
    # A picture is neither parsed nor written again: it takes the place of what stands for it, which is no name.
    whole = _canonical(lead + _STANDS_FOR + tail)
    if whole is None:
        return None
    start, found, end = whole.partition(b':"' + _STANDS_FOR + b'"')
    if not found or whole.count(found) != 1:
        whole = _canonical(body)
        return hashlib.sha256(whole).hexdigest() if whole is not None else None
    if digest is not None and (lead, tail) == (start + b':"', b'"' + end):
        return digest  # browsers write JSON without blanks
    sum_ = hashlib.sha256(start)
    for piece in (b':"', picture, b'"', end):
        sum_.update(piece)
    return sum_.hexdigest()


def _canonical(body: bytes) -> bytes | None:
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
        return json.dumps(value, ensure_ascii=True, sort_keys=True, separators=(",", ":")).encode("ascii")
    except (ValueError, RecursionError):
        return None


def _pieces(body: bytes) -> list[str | bytes]:
    """Text and pictures (the bytes behind a run of base64 that decodes cleanly) in turn, text first and last.

    Empty for a body that ends in something else than a short text.
    """
    pieces: list[str | bytes] = []
    at = 0
    for run in _BASE64_RUN.finditer(body):
        picture = _decode_run(run[0])
        if picture is not None and (before := _utf8(body[at : run.start()])) is not None:
            pieces += (before, picture)
            at = run.end()
    rest = _utf8(body[at:]) if len(body) - at <= _INLINE else None
    return [*pieces, rest] if rest is not None else []


def _pieces_around(lead: bytes, picture: bytes, tail: bytes) -> list[str | bytes] | None:
    """The pieces of a body whose longest text is a picture; None where there may be more of them, or longer texts."""
    if len(lead) > _INLINE or len(tail) > _INLINE or _BASE64_RUN.search(lead) or _BASE64_RUN.search(tail):
        return None
    before, after = _utf8(lead), _utf8(tail)
    return [before, picture, after] if before is not None and after is not None else None


def _picture(digest: str) -> str:
    return f"picture {digest[:12]}"


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a key is repeated")
    return found


def _squeezed(data: bytes) -> bytes | None:
    """Bytes compressed to a quarter of them or less; None where that cannot be, as of nearly all real pictures."""
    if len(data) > 4 * _SAMPLE:
        middle = len(data) // 2
        samples = (data[:_SAMPLE], data[middle : middle + _SAMPLE], data[-_SAMPLE:])
        if all(len(compress(sample, 1)) * 4 > _SAMPLE for sample in samples):
            return None
    squeezed = compress(data, 1)
    return squeezed if len(squeezed) * 4 <= len(data) else None


def unpacked(packed: bytes) -> bytes:
    """What a compressed blob holds. Raises zlib.error, also for one that does not end where its data ends."""
    unpack = zlib.decompressobj()
    data = unpack.decompress(packed, _LONGEST_BLOB)
    if not unpack.eof or unpack.unused_data:
        raise zlib.error("it does not end where its data ends")
    return data


def _decode_run(run: bytes | memoryview) -> bytes | None:
    """The bytes behind a run of base64, where encoding them again gives the very same run."""
    if len(run) % 4:
        return None
    try:
        data = b64decode(run, validate=True)
    except ValueError:
        return None
    # Each four characters but the last ones stand for three bytes that nothing else stands for.
    last = bytes(run[-4:])
    whole = len(data) == len(run) // 4 * 3 - last.count(b"=")
    return data if whole and b64encode(data[-1 - (len(data) - 1) % 3 :]) == last else None


def _utf8(data: bytes) -> str | None:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return None
