"""Whether what a statement names can be used from here: addresses, files, ports. `check` and a live run ask alike."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.statement.sample_images import missing_files, no_file
from conformance.statement.stated_text import Mistake, StatedText
from conformance.text import Text

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
                yield text.line("target", key), _of_target(key, problem)
    listen, pictures = target.get("pictures-listen"), target.get("pictures")
    if isinstance(listen, str):
        port = int(listen.rpartition(":")[2])
        if port > _LARGEST_PORT:
            wrong = Text(
                f"expected a port up to {_LARGEST_PORT}; found {port}", f"端口应不超过 {_LARGEST_PORT}；实为 {port}"
            )
            yield text.line("target", "pictures-listen"), _of_target("pictures-listen", wrong)
        if pictures is None:
            yield text.line("target", "pictures-listen"), _of_target("pictures-listen", _ALONE)
    elif isinstance(pictures, str) and pictures.startswith("https://"):
        yield text.line("target", "pictures"), _of_target("pictures", _NOBODY_LISTENS)


_ALONE = Text(
    "expected pictures beside it, the address at which the target reaches it",
    "应同时声明 pictures，即被测系统访问它所用的地址",
)
_NOBODY_LISTENS = Text(
    "expected pictures-listen beside an https address, the HOST:PORT to which a proxy forwards; found none",
    "地址为 https 时，应同时声明 pictures-listen，即代理转发到的 HOST:PORT；实际没有",
)


def _of_target(key: str, problem: Text) -> Text:
    return Text(f"target.{key}: {problem.en}", f"target.{key}：{problem.zh}")


def _problem(address: str, *, path: bool) -> Text | None:
    """What is wrong with an address, or None."""
    if not _PLAIN.fullmatch(address):
        return Text(
            "expected ASCII; write a name with other letters as xn--..., and leave out white space",
            "应为 ASCII；含其他文字的域名请写为 xn--...，且不含空白",
        )
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return Text("expected host and port; found text that is no address", "应为主机与端口；实为无法解析的地址")
    if not host:
        return Text("expected a host; found none", "应有主机名；实际没有")
    if port == 0 or parts.netloc.endswith(":"):
        return Text("expected a port from 1 to 65535, or none at all", "端口应在 1 到 65535 之间，或不写端口")
    if parts.query or parts.fragment or "?" in address or "#" in address or (parts.path not in ("", "/") and not path):
        if path:
            return Text("expected no query and no fragment", "不得含查询参数与片段")
        return Text("expected scheme, host and port alone", "应仅含协议、主机与端口")
    if ":" not in host and not all(_LABEL.fullmatch(label) for label in host.removesuffix(".").split(".")):
        return Text(f"expected the name of a host; found {host!r}", f"应为主机名；实为 {host!r}")
    return None


def here_mistakes(text: StatedText, folder: Path) -> Iterator[Mistake]:
    """Files that are not there or hold something else, and ports of this machine that cannot be listened on."""
    target = cast("Mapping[str, object]", text.data.get("target", {}))
    if isinstance(target.get("ca-file"), str):
        problem = _certificates(folder / str(target["ca-file"]))
        if problem is not None:
            yield text.line("target", "ca-file"), problem
    tls = cast("Mapping[str, str]", target.get("tls", {}))
    for key, name in tls.items():
        if not (folder / name).is_file():
            yield text.line("target", "tls", key), no_file(f"tls.{key}", folder / name)
    yield from missing_files(text, folder)
    for index, entry in text.entries("image"):
        file = folder / str(entry["file"])
        if file.is_file() and not _begins_as_picture(file):
            wrong = Text(
                f"image {index + 1}: expected a JPEG, PNG, BMP, TIFF, PDF or OFD file; {file} is none",
                f"image {index + 1}：应为 JPEG、PNG、BMP、TIFF、PDF 或 OFD 文件；{file} 不是",
            )
            yield text.line("image", index, "file"), wrong
    unusable = any(".pictures" in message.en for _, message in address_mistakes(text))
    place = _listening(target) if not unusable else None
    if place is not None:
        problem = _taken(*place)
        if problem is not None:
            key = "pictures-listen" if "pictures-listen" in target else "pictures"
            yield text.line("target", key), _of_target(key, problem)


def _certificates(file: Path) -> Text | None:
    if not file.is_file():
        return no_file("ca-file", file)
    try:
        ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError):
        return Text(
            f"ca-file: expected certificates in PEM; there are none in {file}",
            f"ca-file：应为 PEM 格式的证书；{file} 中没有",
        )
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


def _taken(host: str, port: int) -> Text | None:
    """Why nobody can listen there, or None."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        return Text(
            f"expected a place of this machine to listen on; {host}, port {port or 'any'}: {reason}",
            f"应为本机可监听的位置；{host}，端口 {port or '任意'}：“{reason}”",
        )
    return None
