"""Whether what a statement names can be used from here: addresses, files, ports. `check` and a live run ask alike."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.statement.stated_text import Mistake, StatedText

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_PLAIN = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LARGEST_PORT = 65535
_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"BM", b"II*\x00", b"MM\x00*", b"%PDF-", b"PK\x03\x04")
"""Of the files that some edition documents: JPEG, PNG, BMP, TIFF, PDF, OFD."""


def address_mistakes(text: StatedText) -> Iterator[Mistake]:
    """Addresses that no client can use, and places to listen on that go with none."""
    target = cast("Mapping[str, object]", text.data.get("target", {}))
    for key in ("proxy", "pictures", "iam"):
        address = target.get(key)
        if isinstance(address, str):
            problem = _problem(address, path=key == "pictures")
            if problem is not None:
                yield text.line("target", key), f"target.{key}: {problem}"
    listen, pictures = target.get("pictures-listen"), target.get("pictures")
    if isinstance(listen, str):
        port = int(listen.rpartition(":")[2])
        if port > _LARGEST_PORT:
            yield (
                text.line("target", "pictures-listen"),
                f"target.pictures-listen: expected a port up to {_LARGEST_PORT}; found {port}",
            )
        if pictures is None:
            yield (
                text.line("target", "pictures-listen"),
                "target.pictures-listen: expected pictures beside it, the address at which the target reaches it",
            )
    elif isinstance(pictures, str) and pictures.startswith("https://"):
        expected = "expected pictures-listen beside an https address, the HOST:PORT to which a proxy forwards"
        yield text.line("target", "pictures"), f"target.pictures: {expected}; found none"


def _problem(address: str, *, path: bool) -> str | None:
    """What is wrong with an address, or None."""
    if not _PLAIN.fullmatch(address):
        return "expected ASCII; write a name with other letters as xn--..., and leave out white space"
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "expected host and port; found text that is no address"
    if not host:
        return "expected a host; found none"
    if port == 0 or parts.netloc.endswith(":"):
        return "expected a port from 1 to 65535, or none at all"
    if parts.query or parts.fragment or "?" in address or "#" in address or (parts.path not in ("", "/") and not path):
        return "expected scheme, host and port alone" if not path else "expected no query and no fragment"
    if ":" not in host and not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
        return f"expected the name of a host; found {host!r}"
    return None


def here_mistakes(text: StatedText, folder: Path) -> Iterator[Mistake]:
    """Files that are not there or hold something else, and ports of this machine that cannot be listened on."""
    target = cast("Mapping[str, object]", text.data.get("target", {}))
    if isinstance(target.get("ca-file"), str):
        problem = _certificates(folder / str(target["ca-file"]))
        if problem is not None:
            yield text.line("target", "ca-file"), f"ca-file: {problem}"
    tls = cast("Mapping[str, str]", target.get("tls", {}))
    for key, name in tls.items():
        if not (folder / name).is_file():
            yield text.line("target", "tls", key), f"tls.{key}: expected a file; there is none at {folder / name}"
    for index, entry in text.entries("image"):
        file = folder / str(entry["file"])
        line = text.line("image", index, "file")
        if not file.is_file():
            yield line, f"image {index + 1}: expected a file; there is none at {file}"
        elif not _begins_as_picture(file):
            yield line, f"image {index + 1}: expected a JPEG, PNG, BMP, TIFF, PDF or OFD file; {file} is none"
    unusable = any(".pictures" in message for _, message in address_mistakes(text))
    place = _listening(target) if not unusable else None
    if place is not None:
        problem = _taken(*place)
        if problem is not None:
            key = "pictures-listen" if "pictures-listen" in target else "pictures"
            yield text.line("target", key), f"target.{key}: {problem}"


def _certificates(file: Path) -> str | None:
    if not file.is_file():
        return f"expected a file; there is none at {file}"
    try:
        ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError):
        return f"expected certificates in PEM; there are none in {file}"
    return None


def _begins_as_picture(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(8).startswith(_BEGINNINGS)


def _listening(target: Mapping[str, object]) -> tuple[str, int] | None:
    """Where a run would listen for the target to fetch pictures; None where nowhere, or on a port of its choice."""
    listen, pictures = target.get("pictures-listen"), target.get("pictures")
    if not isinstance(pictures, str):
        return None
    if isinstance(listen, str):
        host, _, port = listen.rpartition(":")
        return host.strip("[]"), int(port)
    parts = urlsplit(pictures)
    return parts.hostname or "", parts.port or 0


def _taken(host: str, port: int) -> str | None:
    """Why nobody can listen there, or None."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return f"expected a place of this machine to listen on; {host}, port {port or 'any'}: {reason}"
    return None
