"""Everything that the documents allow comes up among valid requests: counted for each dimension, over a few draws."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

import pytest
from two_opinions import CONTRACTS

from conformance.images import FORMATS, LAYOUTS, MODES
from conformance.strategies import examples, specimens, valid_draws
from conformance.strategies.draw import Dialect, EnterpriseProject, HeaderSpelling, JsonSpelling, Served
from conformance.strategies.valid import CHARSETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conformance.contract.contract import Contract
    from conformance.strategies import Draw

DRAWS = 800
SLOW: Served = "slow"
"""Asked at depth thorough by a purpose of its own: drawn at random, it would cost seconds each time."""


def sizes(contract: Contract) -> dict[str, set[str]]:
    """What a dimension may show, by its name."""
    return {
        "type": set(contract.types),
        "specimen": {"master", "worn copy"},
        "documents": {"0", "1", "2", "3"} if contract.answers_tickets else {"0", "1"},
        "format": set(FORMATS),
        "mode": set(MODES),
        "layout": set(LAYOUTS),
        "orientation": set("12345678"),
        "turned": {"not", "by quarters", "by degrees"},
        "scaled": {"not", "down", "up"},
        "margin": {"none", "usual", "other"},
        "shifted": {"no", "yes"},
        "width": {"its own", "least", "below 4,000", "above", "most"},
        "height": {"its own", "least", "below 4,000", "above", "most"},
        "base64": {"its own", "below 1,000,000", "above", "most that must be accepted", "most"},
        "dialect": set(get_args(Dialect)),
        "null": {"nothing", *(name for name in contract.parameters if name != contract.page.picture)},
        "json": set(get_args(JsonSpelling)),
        "headers": set(get_args(HeaderSpelling)),
        "content_type": set(CHARSETS),
        "input": {"inline", *get_args(Served)} - {SLOW},
        **optional(contract),
    }


def optional(contract: Contract) -> dict[str, set[str]]:
    """The dimensions that not every contract has."""
    found: dict[str, set[str]] = {}
    if "type_list" in contract.parameters:
        lists = {"absent", "all in order", "all in another order", "some in order", "some in another order"}
        found["type_list"] = {*lists, "no more than the page shows", "more than the page shows"}
    for name in {"alarm", "detect_seal"} & set(contract.parameters):
        found[name] = {"absent", "True", "False"}
    if contract.page.path.startswith("/v2"):
        found["enterprise_project"] = {"absent", *get_args(EnterpriseProject)}
    return found


def shown(draw: Draw, contract: Contract) -> Iterator[tuple[str, str]]:
    """What one draw shows, as pairs of a dimension and a value."""
    types = [specimens()[name].type_in(contract) for name in draw.page]
    yield from (("type", str(kind)) for kind in types)
    yield from (("specimen", "worn copy" if specimens()[name].wear else "master") for name in draw.page)
    yield "documents", str(len(draw.page))
    yield "format", draw.format
    yield from (("mode", draw.mode), ("layout", draw.layout))
    yield "orientation", str(draw.orientation)
    yield "turned", "not" if draw.rotate == 0 else "by degrees" if draw.rotate % 90 else "by quarters"
    yield "scaled", "not" if draw.scale == 1 else "up" if draw.scale > 1 else "down"
    yield "margin", "none" if draw.margin == 0 else "usual" if draw.margin == 16 else "other"
    yield "shifted", "yes" if any(draw.shift) else "no"
    limits = contract.limits
    ends = {None: "its own", limits.side_min: "least", limits.side_max: "most"}
    for name, side in (("width", draw.width), ("height", draw.height)):
        yield name, ends.get(side, "below 4,000" if side is None or side < 4_000 else "above")
    lengths = {None: "its own", limits.base64_accepted: "most that must be accepted", limits.base64_max: "most"}
    short = draw.base64 is None or draw.base64 < 1_000_000
    yield "base64", lengths.get(draw.base64, "below 1,000,000" if short else "above")
    yield "dialect", draw.dialect
    yield from (("null", name) for name in draw.null or ("nothing",))
    yield from (("json", draw.json), ("headers", draw.headers), ("content_type", draw.content_type))
    yield "input", draw.served if draw.url else "inline"
    yield from (("type_list", word) for word in words_about(draw.type_list, {str(kind) for kind in types}, contract))
    yield "alarm", "absent" if draw.alarm is None else str(draw.alarm)
    yield "detect_seal", "absent" if draw.detect_seal is None else str(draw.detect_seal)
    yield "enterprise_project", draw.enterprise_project or "absent"


def words_about(names: tuple[str, ...] | None, page: set[str], contract: Contract) -> Iterator[str]:
    if names is None:
        yield "absent"
        return
    order = "in order" if list(names) == sorted(names, key=contract.types.index) else "in another order"
    yield f"{'all' if set(names) == set(contract.types) else 'some'} {order}"
    yield "no more than the page shows" if set(names) <= page else "more than the page shows"


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.id)
def test_every_dimension_of_valid_requests_shows_everything_it_has(contract: Contract) -> None:
    counted: Counter[tuple[str, str]] = Counter()
    for draw in examples(valid_draws(contract, url=True), DRAWS, seed=0):
        counted.update(set(shown(draw, contract)))
    missing = {name: sorted(v for v in values if not counted[name, v]) for name, values in sizes(contract).items()}
    assert {name: values for name, values in missing.items() if values} == {}, sorted(counted.items())
    drawn = {name: {value for known, value in counted if known == name} for name in sizes(contract)}
    assert drawn == sizes(contract), "a dimension shows what this table does not know"
