"""From what a call names to a picture: base64 text or a url, the bytes of a file, its pixels."""

from __future__ import annotations

import binascii
import hashlib
import ipaddress
import re
import socket
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Generic, TypeVar, cast
from urllib.parse import urljoin, urlsplit

import anyio
import httpcore
from PIL import Image
from PIL.PdfParser import IndirectReference, PdfDict, PdfParser, PdfStream

from conformance.reference.editions import (
    BIT_DEPTH_NOT_SUPPORTED,
    FORMAT_NOT_SUPPORTED,
    INVALID_PARAMETER,
    SIZE_NOT_MET,
    URL_FAILED,
    URL_NOT_ALLOWED,
    RefusedError,
    refused,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

    from httpcore import SOCKET_OPTION, AsyncNetworkStream

    from conformance.reference.editions import Checks, Edition


# From the base64 text of a call to the bytes of a file.
#
# Source: the rows `image` and `data` of the body tables: base64, at most 10 MB of text, no prefix before it.
# Accepted is the standard alphabet, padded, without line breaks.


_PREFIX_START = "data:"


def decode_text(text: str, edition: Edition, behaviour: Checks) -> bytes:
    """Decode the picture of a call.

    Raises RefusedError with AIS.0103 for too much text, AIS.0102 for what is no base64.
    """
    if len(text) > edition.maximum_base64 and behaviour.checks("base64-length"):
        raise refused(SIZE_NOT_MET, "base64-length")
    if text[: len(_PREFIX_START)].lower() == _PREFIX_START:
        if behaviour.checks("base64-prefix"):
            raise refused(FORMAT_NOT_SUPPORTED, "base64-prefix")
        text = text.partition(",")[2]
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except ValueError as error:
        raise refused(FORMAT_NOT_SUPPORTED, "base64") from error


def base64_length(size: int) -> int:
    """Length of the base64 text of so many bytes, in characters."""
    return (size + 2) // 3 * 4


_VISIBLE = re.compile(r"[!-~]{1,4096}")
_OK = 200
_REDIRECTS = range(300, 400)
_FOLLOWED = 3
_FAILURES = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class _Moved:
    """The file is at another address, as the server says."""

    location: str


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses only, unless told otherwise."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        resolved = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        address = str(resolved[0][4][0])
        if not self._allow_private and not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise refused(URL_NOT_ALLOWED, "url-private")
        return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)


async def download(url: str, edition: Edition, *, allow_private: bool, follow: bool) -> bytes:
    """Fetch a file whose base64 text would not exceed the limit for inline data; `follow` goes where it has moved.

    Raises RefusedError with ModelArts.4601 (not allowed), ModelArts.4603 (failed or too slow) or AIS.0103 (too much).
    """
    try:
        with anyio.fail_after(edition.download_s):
            for _ in range(_FOLLOWED if follow else 1):
                _check_url(url)
                found = await _fetch(url, edition.maximum_base64, allow_private=allow_private)
                if isinstance(found, bytes):
                    return found
                url = urljoin(url, found.location)
    except TimeoutError as error:
        raise refused(URL_FAILED, "url-timeout") from error
    except (OSError, ValueError, *_FAILURES) as error:
        raise refused(URL_FAILED, "url-failed") from error
    raise refused(URL_FAILED, "url-redirect")


async def _fetch(url: str, maximum_base64: int, *, allow_private: bool) -> bytes | _Moved:
    data = bytearray()
    async with (
        httpcore.AsyncConnectionPool(network_backend=_GuardedNetwork(allow_private)) as pool,
        pool.stream("GET", url, headers={"Accept-Encoding": "identity"}) as response,
    ):
        if response.status in _REDIRECTS:
            headers = {name.lower(): value for name, value in response.headers}
            return _Moved(headers.get(b"location", b"").decode("ascii"))
        if response.status != _OK:
            raise refused(URL_FAILED, "url-status")
        async for chunk in response.aiter_stream():
            data += chunk
            if base64_length(len(data)) > maximum_base64:
                raise refused(SIZE_NOT_MET, "url-length")
    return bytes(data)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        allowed = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        allowed = False
    if not allowed:
        raise refused(URL_NOT_ALLOWED, "url-form")
    if not _VISIBLE.fullmatch(url):
        raise refused(URL_NOT_ALLOWED, "url-characters")


# From the bytes of a file, or a page of a PDF, to a picture; what was made of pictures is remembered.


_DEEP_MODES = frozenset({"I", "F"})
_SIXTEEN_BIT_MODES = frozenset({"I;16", "I;16B", "I;16L", "I;16N"})
_ORIENTATION, _SIDEWAYS = 274, range(5, 9)
"""The tag of orientation (TIFF 6.0, EXIF 2.3), and its values that swap the sides."""

_LARGE_PIXELS = 16_000_000
"""Pixels from which on pictures are decoded one after the other."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A file whose header was read: sides in pixels, digest of the bytes. Its pixels are decoded on demand.

    `gate` lets one large picture at a time be decoded: one takes up to 340 MB, many would take the machine.
    """

    data: bytes = field(repr=False)
    format: str
    width: int
    height: int
    sha256: str
    gate: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    def grey(self) -> Image.Image:
        """All pixels as 8-bit luminance (mode L).

        Raises RefusedError with AIS.0102 where the data is damaged or no picture.
        """
        return self._decode("L", (self.width, self.height))

    def colour(self, width: int) -> Image.Image:
        """The picture as 8-bit RGB, not much wider than `width` pixels where its format allows a coarse decode.

        Raises RefusedError as `grey` does.
        """
        return self._decode("RGB", (width, self.height * width // self.width + 1))

    def _decode(self, mode: str, size: tuple[int, int]) -> Image.Image:
        if self.width * self.height < _LARGE_PIXELS:
            return _pixels(self.data, mode, size)
        with self.gate:
            return _pixels(self.data, mode, size)


def open_picture(data: bytes, edition: Edition, behaviour: Checks, gate: threading.Lock) -> Picture:
    """Read the header of a file and hold its sides against the limits.

    Raises RefusedError with AIS.0102 (format), AIS.0103 (sides) or AIS.0106 (bit depth, where the edition lists it).
    """
    readable = tuple(name for name in edition.formats if name != "PDF")
    formats = readable if behaviour.checks("format") else None
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            name, mode, (width, height) = image.format or "", image.mode, _stored_size(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        # Pillow warns from 89 million pixels on: more than the longest side allows in both directions.
        raise refused(SIZE_NOT_MET, "maximum-side") from error
    except Exception as error:
        # Hostile bytes make a decoder raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "format") from error
    if min(width, height) < edition.minimum_side and behaviour.checks("minimum-side"):
        raise refused(SIZE_NOT_MET, "minimum-side")
    if max(width, height) > edition.maximum_side and behaviour.checks("maximum-side"):
        raise refused(SIZE_NOT_MET, "maximum-side")
    if mode in _DEEP_MODES:
        code = BIT_DEPTH_NOT_SUPPORTED if edition.bit_depth_code else FORMAT_NOT_SUPPORTED
        raise refused(code, "bit-depth")
    return Picture(data, name, width, height, hashlib.sha256(data).hexdigest(), gate)


def _stored_size(image: Image.Image) -> tuple[int, int]:
    """Width and height of the stored grid: of TIFF alone Pillow gives those of the turned picture."""
    turned = image.format == "TIFF" and image.getexif().get(_ORIENTATION) in _SIDEWAYS
    return image.size[::-1] if turned else image.size


def _pixels(data: bytes, mode: str, size: tuple[int, int]) -> Image.Image:
    try:
        with Image.open(BytesIO(data)) as image:
            if image.format == "TIFF":
                image.getexif().pop(_ORIENTATION, None)  # else Pillow turns the pixels as it loads them, here alone
            image.draft(mode, size)
            if image.mode in _SIXTEEN_BIT_MODES:
                return image.convert("I").point(lambda value: value / 256).convert("L").convert(mode)
            return image.convert(mode)
    except Exception as error:
        # Hostile bytes make a decoder raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "decodable") from error


# The picture on a page of a PDF file, for files as scanners write them: one JPEG picture a page.
#
# Source: the rows `image` and `pdf_page_number` of the edition of 2025. Drawing any other page takes a renderer,
# which the reference does not have: it refuses such a file like one of a format that it does not know.


_SIGNATURE = b"%PDF-"
_JPEG = b"DCTDecode"


def is_pdf(data: bytes) -> bool:
    """Whether a file calls itself PDF."""
    return data.startswith(_SIGNATURE)


def page_picture(data: bytes, number: int) -> bytes:
    """The JPEG file on the page of this number, counted from 1.

    Raises RefusedError with AIS.0101 where there is no such page, AIS.0102 where the page is anything else.
    """
    try:
        file = PdfParser(buf=data)
        if number > len(file.pages):
            raise refused(INVALID_PARAMETER, "pdf-page-beyond")
        pictures = _pictures(file, file.read_indirect(file.pages[number - 1]))
    except RefusedError:
        raise
    except Exception as error:
        # Hostile bytes make a parser raise anything.
        raise refused(FORMAT_NOT_SUPPORTED, "pdf") from error
    if len(pictures) != 1 or pictures[0].dictionary.get(b"Filter") not in (_JPEG, [_JPEG]):
        raise refused(FORMAT_NOT_SUPPORTED, "pdf-page-not-scanned")
    return bytes(pictures[0].buf)


def _pictures(file: PdfParser, page: PdfDict) -> list[PdfStream]:
    resources = cast("PdfDict", _resolved(file, page[b"Resources"]))
    objects = cast("PdfDict", _resolved(file, resources.get(b"XObject", {})))
    streams = [cast("PdfStream", _resolved(file, value)) for value in objects.values()]
    return [stream for stream in streams if stream.dictionary.get(b"Subtype") == b"Image"]


def _resolved(file: PdfParser, value: object) -> object:
    return file.read_indirect(value) if isinstance(value, IndirectReference) else value


# Remembering results: the same picture is sent many times in a run, and reading it is what takes the time.


K = TypeVar("K", bound="Hashable")
V = TypeVar("V")


class Memory(Generic[K, V]):
    """The results of the last `size` different questions. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._lock = threading.Lock()
        self._results: OrderedDict[K, V] = OrderedDict()

    def recall(self, key: K, make: Callable[[], V]) -> V:
        """The result for a key, made by `make` where it is not remembered. What `make` raises is not remembered."""
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        result = make()
        with self._lock:
            self._results[key] = result
            self._results.move_to_end(key)
            if len(self._results) > self._size:
                self._results.popitem(last=False)
        return result
