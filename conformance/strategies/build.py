"""From a draw to a valid request and its parts: how its body is spelled, and how its picture is served."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from pybase64 import b64encode

from conformance.contract.contract import Contract, contract_from
from conformance.exchange import PICTURES_SLOT, Request, ServedPicture
from conformance.files import DataError
from conformance.strategies.draw import Dialect, Draw, Recipe
from conformance.strategies.pictures import Picture, draw_picture
from conformance.strategies.specimens import shows_own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conformance.images import Format
    from conformance.strategies.draw import JsonSpelling


# Spells the members of a request as JSON, in every way that the standard allows and clients really use.


Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


_STANDS = "\0unescaped\0"
"""Stands in the members of a body for base64 text, megabytes long maybe, that is put in as it is."""


def spell(members: Mapping[str, Json], spelling: JsonSpelling = "plain", unescaped: str = "") -> bytes:
    """The object with these members as JSON text in UTF-8 (RFC 8259).

    `plain` is compact. `spaced` has blanks, tabs and line ends wherever they may stand. `escaped` writes names as
    \\u escapes and each solidus and underscore of a value as an escape. `reordered` has the members from last to first.
    `unescaped` is base64 text, megabytes long maybe, that needs no escapes but for line ends where it is one of the
    values.
    """
    is_there = any(value is unescaped for value in members.values())
    if unescaped and "\n" not in unescaped and is_there:
        marked = {name: _STANDS if value is unescaped else value for name, value in members.items()}
        return _spell_around(marked, spelling, unescaped.encode("ascii"))
    if spelling == "spaced":
        text = json.dumps(members, ensure_ascii=False, indent="\t ", separators=(" ,", " : "))
        return f"\r\n {text}\r\n".encode()
    if spelling == "escaped":
        return ("{" + ",".join(f"{_name(name)}:{_value(value)}" for name, value in members.items()) + "}").encode()
    if spelling == "reordered":
        members = dict(reversed(list(members.items())))
    return json.dumps(members, ensure_ascii=False, separators=(",", ":")).encode()


def _spell_around(members: Mapping[str, Json], spelling: JsonSpelling, encoded: bytes) -> bytes:
    """As `spell`, with `encoded`, base64 without line ends, in the place of each value that stands for it."""
    if spelling == "escaped":
        encoded = encoded.replace(b"/", b"\\/").replace(b"_", b"\\u005f")
    return encoded.join(spell(members, spelling).split(json.dumps(_STANDS)[1:-1].encode()))


def _name(name: str) -> str:
    # Upper and lower case in turn: both are legal hexadecimal digits.
    digits = (f"{ord(c):04x}" if at % 2 else f"{ord(c):04X}" for at, c in enumerate(name))
    return '"' + "".join(f"\\u{code}" for code in digits) + '"'


def _value(value: Json) -> str:
    # Both characters stand in strings only, never in the syntax around them.
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").replace("_", "\\u005f")


# How the picture of a draw is served for a url that names it: the address, and what a target finds there.
#
# A name holds a digest of what it stands for, so that equal bodies of requests mean equal pictures, and a target
# that keeps what it fetched once never answers for another picture.


SLOW_S = 6.0
"""Seconds until a slow picture comes: more than most would wait for, less than the time for a whole request."""

_FOUND = 302
_CHINESE = "票证样例"
_KINDS: dict[Format, tuple[str, str]] = {
    "PNG": ("png", "image/png"),
    "JPEG": ("jpg", "image/jpeg"),
    "BMP": ("bmp", "image/bmp"),
    "TIFF": ("tif", "image/tiff"),
}


@dataclass(frozen=True, slots=True)
class Address:
    """A url with the slot of the address in it, and the pictures that have to be served for it."""

    url: str
    pictures: tuple[ServedPicture, ...]


def serve(draw: Draw, data: bytes) -> Address:
    """The address of a draw whose picture's file is `data`."""
    ending, media_type = _KINDS[draw.format]
    digest = digest_of(data)
    plain = ServedPicture(f"specimen-{digest}.{ending}", data, media_type)
    match draw.served:
        case "plain":
            return named(plain)
        case "chinese":
            return named(ServedPicture(f"{_CHINESE}-{digest}.{ending}", data, media_type))
        case "not-encoded":
            picture = ServedPicture(f"{_CHINESE}-{digest}.{ending}", data, media_type)
            return Address(f"{PICTURES_SLOT}/{picture.name}", (picture,))
        case "redirected":
            moved = ServedPicture(f"moved-{digest}.{ending}", status=_FOUND, location=plain.name)
            return Address(f"{PICTURES_SLOT}/{moved.name}", (moved, plain))
        case "mislabelled":
            return named(ServedPicture(f"specimen-{digest}.txt", data, "text/plain"))
        case "slow":
            return named(ServedPicture(f"slow-{digest}.{ending}", data, media_type, delay_s=SLOW_S))


def named(picture: ServedPicture) -> Address:
    """The address of one picture, percent-encoded."""
    return Address(f"{PICTURES_SLOT}/{quote(picture.name)}", (picture,))


def digest_of(data: bytes) -> str:
    """Twelve digits that stand for a file in its name."""
    return hashlib.sha256(data).hexdigest()[:12]


# The request itself, and its parts.


ENTERPRISE_PROJECT = "Enterprise-Project-Id"
_LINE = 76
_ENTERPRISE_PROJECTS = {
    "default": "0",
    "unknown": "00000000-1111-4222-8333-444444444444",
    "malformed": "no-such-project",
}


@dataclass(frozen=True)
class Valid:
    """A valid request and its parts: the draw, the picture's file and base64 text, the members of its body.

    The base64 text is empty where the draw names the picture by a url instead. In `bare` something stands for it.
    """

    contract: Contract
    draw: Draw
    picture: Picture
    encoded: bytes
    bare: Mapping[str, Json]
    request: Request

    @cached_property
    def text(self) -> str:
        """The base64 text; megabytes, and most who make a request want that alone."""
        return self.encoded.decode("ascii")

    @cached_property
    def members(self) -> dict[str, Json]:
        """The members of the body."""
        return _with_text(self.bare, self.text)


def build(contract: Contract | str | Path, draw: Draw) -> Request:
    """The request of a draw: the same bytes each time.

    Raises DataError where the draw asks for a parameter or a header that the contract does not document, and for a
    picture that cannot be drawn.
    """
    contract = contract_from(contract)
    return prepare(contract, draw).request


def prepare(contract: Contract | str | Path, draw: Draw) -> Valid:
    """As `build`, with the parts."""
    contract = contract_from(contract)
    picture = draw_picture(draw)
    address = serve(draw, picture.data) if draw.url else None
    encoded = _written(picture.data, draw.dialect) if address is None else b""
    members: dict[str, Json] = {}
    if contract.page.picture:
        members = {contract.page.picture: _STANDS} if address is None else {"url": address.url}
        members = members if draw.address is None else {"url": draw.address}
    members |= {_documented(contract, name): json.loads(value) for name, value in draw.members}
    if draw.type_list is not None:
        members[_documented(contract, "type_list")] = list(draw.type_list)
    given = {"alarm": draw.alarm, "detect_seal": draw.detect_seal, "pdf_page_number": draw.pdf_page_number}
    for name, value in given.items():
        if value is not None:
            members[_documented(contract, name)] = value
    for name in draw.null:
        members.setdefault(_documented(contract, name), None)
    request = Request(
        method=contract.page.method,
        path=contract.page.path,
        headers=_headers(contract, draw),
        body=_body(members, draw, encoded).ljust(draw.body or 0),
        truth=None if shows_own(draw) else picture.truth(contract),
        stated=() if shows_own(draw) else None,
        pictures=address.pictures if address is not None else (),
        recipe=Recipe(contract.id, draw),
    )
    return Valid(contract, draw, picture, encoded, members, request)


def _body(bare: Mapping[str, Json], draw: Draw, encoded: bytes) -> bytes:
    if draw.dialect == "broken-lines":  # line ends are escaped
        return spell(_with_text(bare, encoded.decode("ascii")), draw.json)
    return _spell_around(bare, draw.json, encoded)


def _with_text(bare: Mapping[str, Json], text: str) -> dict[str, Json]:
    return {name: text if value is _STANDS else value for name, value in bare.items()}


def _written(data: bytes, dialect: Dialect) -> bytes:
    """The base64 text of a file, in one of the ways that clients write it (RFC 4648, RFC 2045)."""
    text = b64encode(data)
    match dialect:
        case "standard":
            return text
        case "broken-lines":
            return b"\r\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
        case "url-safe":
            return text.replace(b"+", b"-").replace(b"/", b"_")
        case "unpadded":
            return text.rstrip(b"=")


def _documented(contract: Contract, name: str) -> str:
    if name not in contract.parameters:
        raise DataError(
            f"draw: {name}: {contract.id} has no such parameter; it has {', '.join(contract.parameters)}",
            f"draw：{name}：{contract.id} 没有该参数；已有 {'、'.join(contract.parameters)}",
        )
    return name


def _headers(contract: Contract, draw: Draw) -> tuple[tuple[str, str], ...]:
    headers = [("Content-Type", draw.content_type)]
    if draw.enterprise_project is not None:
        documented = [row.name for _, row in contract.page.rows_of("header")]
        if ENTERPRISE_PROJECT not in documented:
            raise DataError(
                f"draw: enterprise_project: {contract.id} documents no header {ENTERPRISE_PROJECT}",
                f"draw：enterprise_project：{contract.id} 的文档没有请求头 {ENTERPRISE_PROJECT}",
            )
        headers.append((ENTERPRISE_PROJECT, _ENTERPRISE_PROJECTS[draw.enterprise_project]))
    if draw.headers == "lower":
        return tuple((name.lower(), value) for name, value in headers)
    if draw.headers == "upper":
        return tuple((name.upper(), value) for name, value in headers)
    return tuple(headers)
