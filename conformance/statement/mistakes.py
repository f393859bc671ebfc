"""What is wrong with the text of a target statement: its shape, and what its sound parts name that does not exist."""

from __future__ import annotations

import re
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, cast

from conformance.contract.catalogues import Position, read_positions
from conformance.contract.contract import load_contract as documented
from conformance.contract.tables import Page, types_of
from conformance.files import PRIMARY, contract_ids, nearest
from conformance.statement.measures import A_DAY, load_mistakes, measure_mistakes, stated_twice
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
    wrong_value,
)
from conformance.statement.usable import address_mistakes
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
        *_unknown_requirements(text, pages),
        *image_mistakes(text, pages),
        *measure_mistakes(text, pages),
        *load_mistakes(text, pages),
        *_unknown_offers(text),
        *_kept_headers(text),
        *_unknown_prefixes(text),
        *_shared_paths(pages),
        *_repeated(text),
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


def _repeated(text: StatedText) -> Iterator[Mistake]:
    """Waivers and other entries on requirements that say the same thing twice."""
    for table in ("waiver", "unprovable"):
        seen: set[tuple[object, ...]] = set()
        for index, entry in text.entries(table):
            about = tuple(entry.get(key) for key in ("requirement", "type", "format", "purpose"))
            if about in seen:
                yield text.line(table, index), stated_twice(f"{table} {index + 1}", about[0])
            seen.add(about)


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


LEAST_MAX_SIDE = 4000
"""Pixels that the kit's own pictures may need."""


def _wrong_offer(page: Page, offer: Mapping[str, object]) -> Iterator[tuple[str, Text]]:
    row = page.picture_row
    known = {"types": page.types, "formats": row.formats}
    for key, names in known.items():
        for name in cast("Sequence[str]", offer.get(key, ())):
            if name not in names:
                wrong = Text(f"{name!r} is none of {page.id}", f"{page.id} 没有 {name!r}")
                yield key, meant(wrong, name, names)
    low, high = row.side_min or 1, row.side_max or LEAST_MAX_SIDE
    ranges = {"side-min": (low, 200), "side-max": (LEAST_MAX_SIDE, high), "base64-max": (2_000_000, 10_485_760)}
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


def tables_in(data: Mapping[str, object], name: str) -> Mapping[str, Mapping[str, object]]:
    """A table of tables; empty where it is absent."""
    return cast("Mapping[str, Mapping[str, object]]", data.get(name, {}))


def _unknown_requirements(text: StatedText, pages: Mapping[str, Page]) -> Iterator[Mistake]:
    named = [(table, *entry) for table in ("waiver", "unprovable") for entry in text.entries(table)]
    if not named:
        return
    known = [requirement.id for name in pages for requirement in documented(name).requirements.values()]
    for table, index, entry in named:
        where, stated = f"{table} {index + 1}", str(entry["requirement"])
        if stated not in known:
            wrong = Text(
                f"{where}: no requirement {stated!r} in the contracts of this statement",
                f"{where}：本声明的接口契约中没有要求 {stated!r}",
            )
            hint = _full_ids(stated, known)
            yield text.line(table, index, "requirement"), Text(f"{wrong.en}; {hint.en}", f"{wrong.zh}；{hint.zh}")
        if table == "waiver":
            yield from _wrong_waiver(text, index, entry, pages)


def _wrong_waiver(
    text: StatedText, index: int, waiver: Mapping[str, object], pages: Mapping[str, Page]
) -> Iterator[Mistake]:
    """What a waiver names that does not exist: a day, a type, a format, a purpose."""
    where, expires = f"waiver {index + 1}", str(waiver["expires"])
    try:
        date.fromisoformat(expires)
    except ValueError:
        line = text.line("waiver", index, "expires")
        yield line, wrong_value(f"{where}: expires", A_DAY, expires)
    known = {
        "type": types_of(pages.values()),
        "format": list(dict.fromkeys(name for page in pages.values() for name in page.picture_row.formats)),
    }
    for key, names in known.items():
        name = waiver.get(key)
        if name is not None and name not in names:
            line = text.line("waiver", index, key)
            what = {"type": "类型", "format": "格式"}[key]
            wrong = Text(
                f"{where}: no {key} {name!r} in the contracts of this statement",
                f"{where}：本声明的接口契约中没有{what} {name!r}",
            )
            yield line, meant(wrong, str(name), names)


def _full_ids(stated: str, known: Sequence[str]) -> Text:
    """Which requirement may be meant by a text that is no full id."""
    name = stated.rpartition("/")[2]
    same = [full for full in known if full.partition("/")[2] == name]
    near = nearest(name, dict.fromkeys(full.partition("/")[2] for full in known))
    if same:
        return Text(f"write {' or '.join(same)}", f"请写为 {' 或 '.join(same)}")
    if near:
        return Text(f"near it are {', '.join(near)}", f"相近的有 {'、'.join(near)}")
    command = "`ocr-conformance requirements`"
    return Text(f"list them with {command}", f"用 {command} 列出全部要求")
