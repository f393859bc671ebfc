"""Valid requests: plain ones that must be accepted, and the whole range that the documents allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import get_args

from conformance.contract.contract import Contract, contract_from
from conformance.contract.members import is_required, member_rows, member_type
from conformance.contract.tables import Row
from conformance.exchange import Request
from conformance.images import VARIANTS, Variant
from conformance.strategies.build import ENTERPRISE_PROJECT, build
from conformance.strategies.draw import JSON_TYPE, Draw, EnterpriseProject, HeaderSpelling, JsonSpelling
from conformance.strategies.lazy import st
from conformance.strategies.pictures import draw_file
from conformance.strategies.specimens import specimens, typed_specimens

CHARSETS = (JSON_TYPE, f"{JSON_TYPE};charset=UTF-8", f"{JSON_TYPE}; charset=utf-8")


def valid_requests(contract: Contract | str, *, url: bool = False) -> st.SearchStrategy[Request]:
    """Requests that the documents allow, with the truth about their picture.

    Every optional part is present and absent; every specimen that has a type in the contract appears. `url` True adds
    requests that name their picture by a url: what has to be served for them is in `Request.pictures`, and their body
    has the slot `{pictures}` for the address. The minimal example is the smallest plain request. Pictures are drawn
    while Hypothesis generates, 10 to 200 ms each: on a slow machine a test may have to suppress
    `HealthCheck.too_slow`.
    """
    contract = contract_from(contract)
    return valid_draws(contract, url=url).map(lambda draw: build(contract, draw))


def images(contract: Contract | str) -> st.SearchStrategy[bytes]:
    """Files of pictures that a valid request of the contract may carry; from 100 bytes to 7 MB."""
    contract = contract_from(contract)
    return valid_draws(contract).map(draw_file)


def plain_draws(contract: Contract | str) -> st.SearchStrategy[Draw]:
    """Draws of one document on a plain picture of about 100 kB: what every target must accept and read."""
    contract = contract_from(contract)
    formats: dict[str, st.SearchStrategy[object]] = {"format": st.sampled_from(("PNG", "JPEG", "TIFF"))}
    pages = st.fixed_dictionaries({"page": _one_document(contract)})
    return _draws(contract, pages, formats | _switches(contract) | _spellings(contract))


def valid_draws(contract: Contract | str, *, url: bool = False) -> st.SearchStrategy[Draw]:
    """Draws of everything that the documents allow; those with `plain` False leave an open point to the target.

    `url` True adds pictures that have to be served.
    """
    contract = contract_from(contract)
    if not contract.page.picture:
        return plain_draws(contract)
    pictures = st.one_of(
        _placed(contract), _stored(contract), _at_limits(contract), _worn(contract), _loosely_written(contract)
    )
    ways = (pictures, _by_url(contract)) if url else (pictures,)
    others = _switches(contract) | _spellings(contract)
    return st.one_of(plain_draws(contract), *(_draws(contract, way, others) for way in ways))


def _draws(
    contract: Contract,
    pictures: st.SearchStrategy[Mapping[str, object]],
    others: dict[str, st.SearchStrategy[object]],
) -> st.SearchStrategy[Draw]:
    """Draws with the keys of a picture and any of the other keys."""

    def joined(picture: Mapping[str, object], chosen: Mapping[str, object]) -> Draw:
        draw = Draw.from_data({**picture, **chosen})
        shown = [kind for name in draw.page if (kind := specimens()[name].type_in(contract))]
        if draw.type_list is None or not shown or set(shown) & set(draw.type_list):
            return draw
        # Asked for none of what it shows, a target may answer that it supports nothing there.
        return replace(draw, type_list=(*draw.type_list, shown[0]))

    always = {key: value for key, value in others.items() if key == "members" and _needs_members(contract)}
    rest = {key: value for key, value in others.items() if key not in always}
    return st.builds(joined, pictures, st.fixed_dictionaries(always, optional=rest))


def _needs_members(contract: Contract) -> bool:
    return any(is_required(row) for row in member_rows(contract.page))


def _switches(contract: Contract) -> dict[str, st.SearchStrategy[object]]:
    """The optional parameters, as keys of a draw."""
    switches: dict[str, st.SearchStrategy[object]] = {}
    if "type_list" in contract.parameters:
        some = st.lists(st.sampled_from(contract.types), min_size=1, max_size=len(contract.types), unique=True)
        switches["type_list"] = st.one_of(some, st.just(list(contract.types)), st.permutations(contract.types))
    if rows := member_rows(contract.page):
        required = {row.name: _values(row) for row in rows if is_required(row)}
        others = {row.name: _values(row) for row in rows if not is_required(row)}
        switches["members"] = st.fixed_dictionaries(required, optional=others)
    switches |= {name: st.booleans() for name in ("alarm", "detect_seal") if name in contract.parameters}
    return switches


def _values(row: Row) -> st.SearchStrategy[object]:
    """Values of a parameter that only the tables know: those documented, or plain ones of its type."""
    if row.values and member_type(row) == "string":
        return st.sampled_from(row.values)
    plain: dict[str, st.SearchStrategy[object]] = {
        "boolean": st.booleans(),
        "integer": st.integers(0, 9),
        "number": st.integers(0, 9),
        "array": st.just([]),
        "object": st.just({}),
    }
    return plain.get(member_type(row), st.just("0"))


def _spellings(contract: Contract) -> dict[str, st.SearchStrategy[object]]:
    """Ways to spell the same request, as keys of a draw."""
    spellings: dict[str, st.SearchStrategy[object]] = {
        "json": st.sampled_from(get_args(JsonSpelling)),
        "headers": st.sampled_from(get_args(HeaderSpelling)),
        "content_type": st.sampled_from(CHARSETS),
    }
    if any(row.name == ENTERPRISE_PROJECT for _, row in contract.page.rows_of("header")):
        spellings["enterprise_project"] = st.sampled_from(get_args(EnterpriseProject))
    return spellings


def _one_document(contract: Contract, *, worn: bool = False) -> st.SearchStrategy[list[str]]:
    """The page of a draw with one document on it."""
    names = [specimen.id for specimen in typed_specimens(contract, worn=worn)]
    return st.sampled_from(names).map(lambda name: [name])


def _placed(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """Where the documents lie: several on a page where the answer is a list, turned, scaled, moved."""
    names = [specimen.id for specimen in typed_specimens(contract)]
    return st.fixed_dictionaries(
        {"page": st.lists(st.sampled_from(names), min_size=1, max_size=3 if contract.answers_tickets else 1)},
        optional={
            "format": st.sampled_from(("PNG", "JPEG", "TIFF")),
            "rotate": st.one_of(st.sampled_from((0, 90, 180, 270)), st.integers(0, 359)),
            "scale": st.sampled_from((1, 0.8, 1.25, 1.5)),
            "margin": st.one_of(st.just(0), st.integers(0, 200)),
            "shift": st.lists(st.integers(0, 300), min_size=2, max_size=2),
        },
    )


def _stored(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """How the file is written: every mode and layout of every listed format, every orientation."""

    def keys(page: list[str], variant: Variant, orientation: int) -> dict[str, object]:
        ways: dict[str, object] = {"format": variant.format, "mode": variant.mode, "layout": variant.layout}
        return {"page": page, **ways, "orientation": orientation if variant.oriented else 1}

    return st.builds(keys, _one_document(contract), st.sampled_from(VARIANTS), st.integers(1, 8))


def _at_limits(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """Sides and lengths at the limits of the contract."""
    limits, page = contract.limits, [typed_specimens(contract)[0].id]
    return st.sampled_from(
        (
            {"width": limits.side_min},
            {"height": limits.side_min},
            {"page": page, "width": limits.side_max},
            {"page": page, "height": limits.side_max},
            {"page": page, "base64": limits.base64_advised},
            {"page": page, "base64": limits.base64_accepted},
            {"page": page, "base64": limits.base64_max},
        )
    )


def _loosely_written(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """A plain picture in a dialect of base64, or beside parameters that are null."""
    others = [name for name in contract.parameters if name != contract.page.picture]
    written = st.sampled_from(("broken-lines", "url-safe", "unpadded")).map(lambda dialect: {"dialect": dialect})
    nothing = st.lists(st.sampled_from(others), min_size=1, unique=True).map(lambda names: {"null": names})
    return st.builds(lambda page, way: {"page": page, **way}, _one_document(contract), st.one_of(written, nothing))


def _by_url(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """Pictures that a url names, served in every way but slowly."""
    ways = st.sampled_from(("plain", "chinese", "redirected", "mislabelled", "not-encoded"))
    return st.fixed_dictionaries(
        {"page": _one_document(contract), "url": st.just(True), "served": ways},
        optional={"format": st.sampled_from(("PNG", "JPEG", "TIFF", "BMP"))},
    )


def _worn(contract: Contract) -> st.SearchStrategy[dict[str, object]]:
    """Worn copies that can still be read, beside the masters."""
    return _one_document(contract, worn=True).map(lambda page: {"page": page})
