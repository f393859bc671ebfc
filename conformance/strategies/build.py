"""From a draw to a valid request, with the parts that a fault may replace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from pybase64 import b64encode_as_string

from conformance.contract.contract import Contract, contract_from
from conformance.exchange import Request
from conformance.files import DataError
from conformance.strategies.draw import Dialect, Draw, Recipe
from conformance.strategies.pictures import Picture, draw_picture, shows_own
from conformance.strategies.served import serve
from conformance.strategies.spelling import Json, spell

ENTERPRISE_PROJECT = "Enterprise-Project-Id"
_LINE = 76
_ENTERPRISE_PROJECTS = {
    "default": "0",
    "unknown": "00000000-1111-4222-8333-444444444444",
    "malformed": "no-such-project",
}


@dataclass(frozen=True, slots=True)
class Valid:
    """A valid request and its parts: the draw, the picture's file and base64 text, the members of its body.

    The base64 text is empty where the draw names the picture by a url instead.
    """

    contract: Contract
    draw: Draw
    picture: Picture
    text: str
    members: dict[str, Json]
    request: Request


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
    text = _written(picture.data, draw.dialect) if address is None else ""
    members: dict[str, Json] = {}
    if contract.page.picture:
        members = {contract.page.picture: text} if address is None else {"url": address.url}
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
        body=spell(members, draw.json, text).ljust(draw.body or 0),
        truth=None if shows_own(draw) else picture.truth(contract),
        stated=() if shows_own(draw) else None,
        pictures=address.pictures if address is not None else (),
        recipe=Recipe(contract.id, draw),
    )
    return Valid(contract, draw, picture, text, members, request)


def _written(data: bytes, dialect: Dialect) -> str:
    """The base64 text of a file, in one of the ways that clients write it (RFC 4648, RFC 2045)."""
    text = b64encode_as_string(data)
    match dialect:
        case "standard":
            return text
        case "broken-lines":
            return "\r\n".join(text[at : at + _LINE] for at in range(0, len(text), _LINE))
        case "url-safe":
            return text.replace("+", "-").replace("/", "_")
        case "unpadded":
            return text.rstrip("=")


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
