"""From what a call names to the bytes of a file: base64 text, or a url."""

from __future__ import annotations

import binascii
import ipaddress
import re
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import anyio
import httpcore

from conformance.reference.errors import FORMAT_NOT_SUPPORTED, SIZE_NOT_MET, URL_FAILED, URL_NOT_ALLOWED, refused

if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpcore import SOCKET_OPTION, AsyncNetworkStream

    from conformance.reference.editions import Edition
    from conformance.reference.values import Checks


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
