"""What is wrong with the text of a target statement: its shape, and what its sound parts name that does not exist.

What is wrong with its pictures and its terms stands beside those.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from conformance.contract.catalogues import Position, read_positions
from conformance.contract.contract import load_contract as documented
from conformance.contract.tables import Page
from conformance.files import PRIMARY, contract_ids
from conformance.statement.sample_images import image_mistakes
from conformance.statement.stated_text import (
    KeyPath,
    Mistake,
    StatedText,
    meant,
    one_of,
    shape_mistakes,
    shown_place,
    statement_schema,
    tables_in,
    wrong_value,
)
from conformance.statement.terms import term_mistakes
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def mistakes_in(text: StatedText) -> list[Mistake]:
    """What the schema says against the statement, and what its sound parts name that does not exist, in one pass."""
    shape = shape_of(text)
    text = text.without([path for path, _ in shape])
    pages = {name: documented(name).page for name in contracts_in(text.data) if name in contract_ids()}
    return [
        *((text.line(*path), message) for path, message in shape),
        *_unknown_contracts(text),
        *_unknown_positions(text),
        *image_mistakes(text, pages),
        *term_mistakes(text, pages),
        *_unknown_offers(text),
        *_kept_headers(text),
        *_unknown_prefixes(text),
        *_shared_paths(pages),
        *address_mistakes(text),
        *text.twice,
    ]


def _shared_paths(pages: Mapping[str, Page]) -> Iterator[Mistake]:
    """Editions of one operation: a target has one of them at its path."""
    seen: dict[str, str] = {}
    for name, page in pages.items():
        other = seen.setdefault(page.path, name)
        if other != name:
            yield (
                1,
                Text(
                    f"contracts: {other} and {name} share the path {page.path}; expected one of them",
                    f"contracts：{other} 与 {name} 的路径同为 {page.path}；只能声明其中之一",
                ),
            )


def shape_of(text: StatedText) -> list[tuple[KeyPath, Text]]:
    """What the schema says against a statement, with the place of each."""
    return list(shape_mistakes(_without_positions(text.data), statement_schema()))


def _without_positions(data: Mapping[str, object]) -> Mapping[str, object]:
    """The statement without the values of positions: where one is wrong, those of its position are named."""
    rest = {key: value for key, value in data.items() if key != "positions" or not isinstance(value, dict)}
    offers = data.get("contract")
    if isinstance(offers, dict):
        rest["contract"] = {
            name: {key: value for key, value in offer.items() if key != "positions" or not isinstance(value, dict)}
            if isinstance(offer, dict)
            else offer
            for name, offer in offers.items()
        }
    return rest


def contracts_in(data: Mapping[str, object]) -> tuple[str, ...]:
    """The contracts that a statement is of."""
    return tuple(cast("Sequence[str]", data.get("contracts", PRIMARY)))


def _unknown_contracts(text: StatedText) -> Iterator[Mistake]:
    known = contract_ids()
    for name in contracts_in(text.data):
        if name not in known:
            yield (
                text.line("contracts"),
                Text(
                    f"contracts: expected some of {', '.join(known)}; found {name!r}",
                    f"contracts：应为 {'、'.join(known)} 中的一个或多个；实为 {name!r}",
                ),
            )


def _unknown_positions(text: StatedText) -> Iterator[Mistake]:
    catalogue = _catalogue()
    yield from _wrong_positions(text, ("positions",), catalogue)
    for name in tables_in(text.data, "contract"):
        if name in contract_ids():
            page = documented(name).page
            had = {key: position for key, position in catalogue.items() if position.concerns(page)}
            yield from _wrong_positions(text, ("contract", name, "positions"), had)


@cache
def _catalogue() -> Mapping[str, Position]:
    return read_positions()


def _wrong_positions(text: StatedText, path: KeyPath, catalogue: Mapping[str, Position]) -> Iterator[Mistake]:
    stated: object = text.data
    for key in path:
        stated = cast("Mapping[str, object]", stated).get(str(key), {})
    where = shown_place(path)
    for name, value in cast("Mapping[str, object]", stated).items():
        line = text.line(*path, name)
        if name not in catalogue:
            wrong = Text(f"{where}: no position {name!r}", f"{where}：没有约定做法 {name!r}")
            yield line, meant(wrong, name, list(catalogue))
        elif isinstance(value, bool) or str(value) not in catalogue[name].values:
            yield line, wrong_value(f"{where}: {name}", one_of(catalogue[name].values), value)


def _unknown_offers(text: StatedText) -> Iterator[Mistake]:
    """What is stated of a contract that it does not have, and limits that are no smaller than the documented ones."""
    declared = contracts_in(text.data)
    for name, offer in tables_in(text.data, "contract").items():
        where = f'contract."{name}"'
        if name not in declared:
            yield (
                text.line("contract", name),
                Text(
                    f"{where}: expected one of the contracts of this statement, in quotes: {', '.join(declared)}",
                    f"{where}：应为本声明的接口契约之一，加引号：{'、'.join(declared)}",
                ),
            )
        elif name in contract_ids():
            for key, message in _wrong_offer(documented(name).page, offer):
                line = text.line("contract", name, key)
                yield line, Text(f"{where}.{key}: {message.en}", f"{where}.{key}：{message.zh}")


_LEAST_MAX_SIDE = 4000
"""Pixels that the kit's own pictures may need."""


def _wrong_offer(page: Page, offer: Mapping[str, object]) -> Iterator[tuple[str, Text]]:
    row = page.picture_row
    known = {"types": page.types, "formats": row.formats}
    for key, names in known.items():
        for name in cast("Sequence[str]", offer.get(key, ())):
            if name not in names:
                wrong = Text(f"{name!r} is none of {page.id}", f"{page.id} 没有 {name!r}")
                yield key, meant(wrong, name, names)
    low, high = row.side_min or 1, row.side_max or _LEAST_MAX_SIDE
    ranges = {"side-min": (low, 200), "side-max": (_LEAST_MAX_SIDE, high), "base64-max": (2_000_000, 10_485_760)}
    for key, (least, most) in ranges.items():
        value = cast("int | None", offer.get(key))
        if value is not None and not least <= value <= most:
            yield (
                key,
                Text(
                    f"expected {least} to {most}: no more than documented, and so that specimens fit; found {value}",
                    f"应在 {least} 到 {most} 之间：不超过文档所列，且能容纳样张；实为 {value}",
                ),
            )


_KIT_HEADERS = frozenset(
    {
        "accept-encoding", "authorization", "connection", "content-length", "content-type", "enterprise-project-id",
        "expect", "host", "te", "trailer", "transfer-encoding", "upgrade", "x-auth-token", "x-project-id",
        "x-sdk-date", "x-security-token",
    }
)  # fmt: skip
"""What the kit sets itself, in lower case."""

_SECRET_HEADER = re.compile(r"cookie|proxy-authorization|(.*[-_])?(api-?key|key|token|secret|password)", re.IGNORECASE)


def _kept_headers(text: StatedText) -> Iterator[Mistake]:
    """Headers that the kit sets itself, that are given twice, or that hold a secret in the open."""
    target = tables_in(text.data, "target")
    seen: set[str] = set()
    for name, value in cast("Mapping[str, str | Mapping[str, str]]", target.get("headers", {})).items():
        line, where = text.line("target", "headers", name), f"target.headers.{name}"
        if name.lower() in _KIT_HEADERS:
            yield (
                line,
                Text(
                    f"{where}: expected another header; the kit sets this one itself",
                    f"{where}：应为其他请求头；此请求头由本套件设置",
                ),
            )
        elif _SECRET_HEADER.fullmatch(name) and isinstance(value, str):
            variable = '{ env = "VARIABLE" }'
            yield (
                line,
                Text(
                    f"{where}: expected {variable}, since it may be secret; found text",
                    f"{where}：可能是密钥，应为 {variable}；实为文本",
                ),
            )
        if name.lower() in seen:
            yield (
                line,
                Text(
                    f"{where}: given twice; the names of headers have no case",
                    f"{where}：重复给出；请求头名称不区分大小写",
                ),
            )
        seen.add(name.lower())


def _unknown_prefixes(text: StatedText) -> Iterator[Mistake]:
    known = sorted(documented(PRIMARY[0]).errors.prefixes)
    codes = tables_in(text.data, "codes")
    for name in cast("Mapping[str, str]", codes.get("prefix", {})):
        if name not in known:
            wrong = Text(f"codes.prefix: no prefix {name!r}", f"codes.prefix：没有前缀 {name!r}")
            yield text.line("codes", "prefix", name), meant(wrong, name, known)


# Addresses that no client can use.


_PLAIN = re.compile(r"[!-~]+")
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_LARGEST_PORT = 65535


def address_mistakes(text: StatedText) -> Iterator[Mistake]:
    """Addresses that no client can use, and places to listen on that go with none."""
    target = cast("Mapping[str, object]", text.data.get("target", {}))
    for key in ("proxy", "pictures", "iam"):
        address = target.get(key)
        if isinstance(address, str):
            problem = _problem(address, path=key == "pictures")
            if problem is not None:
                yield text.line("target", key), of_target(key, problem)
    listen, pictures = target.get("pictures-listen"), target.get("pictures")
    if isinstance(listen, str):
        port = int(listen.rpartition(":")[2])
        if port > _LARGEST_PORT:
            wrong = Text(
                f"expected a port up to {_LARGEST_PORT}; found {port}", f"端口应不超过 {_LARGEST_PORT}；实为 {port}"
            )
            yield text.line("target", "pictures-listen"), of_target("pictures-listen", wrong)
        if pictures is None:
            yield text.line("target", "pictures-listen"), of_target("pictures-listen", _ALONE)
    elif isinstance(pictures, str) and pictures.startswith("https://"):
        yield text.line("target", "pictures"), of_target("pictures", _NOBODY_LISTENS)


_ALONE = Text(
    "expected pictures beside it, the address at which the target reaches it",
    "应同时声明 pictures，即被测系统访问它所用的地址",
)
_NOBODY_LISTENS = Text(
    "expected pictures-listen beside an https address, the HOST:PORT to which a proxy forwards; found none",
    "地址为 https 时，应同时声明 pictures-listen，即代理转发到的 HOST:PORT；实际没有",
)


def of_target(key: str, problem: Text) -> Text:
    """A problem with a key of `[target]`."""
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
