"""Requests as Hypothesis strategies: valid ones, and ones with exactly one thing wrong; and examples of any strategy.

A faulty request has the requirement that it breaks, and the same request without the fault. Loading this module loads
no Hypothesis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, TypeVar

from conformance.contract.contract import Contract, contract_from
from conformance.contract.schemas import is_required, member_rows
from conformance.exchange import FaultyRequest, Label, Request
from conformance.files import DataError, near_it
from conformance.images import FORMATS
from conformance.strategies import call_faults, faults, picture_faults
from conformance.strategies.build import Valid, build, prepare
from conformance.strategies.draw import Draw, Recipe
from conformance.strategies.faults import Variant
from conformance.strategies.pictures import draw_file
from conformance.strategies.valid import CHARSETS, acceptable_draws, plain_draws, plain_value, st, valid_draws, wanted

if TYPE_CHECKING:
    from hypothesis.internal.conjecture.data import ConjectureData
    from hypothesis.internal.conjecture.providers import HypothesisProvider


def acceptable_requests(
    contract: Contract | str | Path,
    *,
    documents: Iterable[str] | None = None,
    formats: Iterable[str] | None = None,
    sides: tuple[int, int] | None = None,
    several: bool | None = None,
) -> st.SearchStrategy[Request]:
    """Requests that must be accepted: a target that refuses one breaks the contract.

    `documents` (ids of specimens, or types), `formats`, `sides` (least and most pixels of either side) and `several`
    (several documents on a page, or one) narrow what is drawn. Widths, heights and lengths come from their whole range.
    The minimal example is the smallest plain request. Raises DataError for what the contract does not have.
    """
    contract = contract_from(contract)
    chosen = wanted(contract, documents, formats, sides, several)
    return acceptable_draws(contract, chosen).map(lambda draw: build(contract, draw))


def valid_requests(
    contract: Contract | str | Path,
    *,
    url: bool = False,
    documents: Iterable[str] | None = None,
    formats: Iterable[str] | None = None,
    sides: tuple[int, int] | None = None,
    several: bool | None = None,
) -> st.SearchStrategy[Request]:
    """Requests that the documents allow, with the truth about their picture.

    Some leave an open point to the target, which may then refuse them (`expect` says `either`): grey pictures, other
    dialects of base64, null parameters; `acceptable_requests` draws only what must be accepted. Every optional part is
    present and absent; every specimen that has a type in the contract appears. `url` True adds requests that name their
    picture by a url: what has to be served for them is in `Request.pictures`, and their body has the slot `{pictures}`
    for the address. The other arguments are those of `acceptable_requests`. The minimal example is the smallest plain
    request. Pictures are drawn while Hypothesis generates, 10 to 200 ms each: on a slow machine a test may have to
    suppress `HealthCheck.too_slow`.
    """
    contract = contract_from(contract)
    chosen = wanted(contract, documents, formats, sides, several)
    return valid_draws(contract, url=url, chosen=chosen).map(lambda draw: build(contract, draw))


def images(contract: Contract | str | Path) -> st.SearchStrategy[bytes]:
    """Files of pictures that a valid request of the contract may carry; from 100 bytes to 7 MB."""
    return valid_draws(contract_from(contract)).map(draw_file)


# Requests with exactly one thing wrong.


VARIANTS: tuple[Variant, ...] = (
    *faults.VARIANTS,
    *call_faults.VARIANTS,
    *picture_faults.VARIANTS,
    *picture_faults.SIZE_VARIANTS,
    *call_faults.CALL_VARIANTS,
    *picture_faults.URL_VARIANTS,
)
"""Every variant of every fault, whatever the contract."""

_BY_ID = {variant.id: variant for variant in VARIANTS}

_TELLING = (
    "input.absent", "token.absent", "token.garbage", "body.not-json", "picture.not-base64", "picture.format",
    "picture.wrong-type", "picture.empty", "input.null", "input.both", "body.empty", "body.not-object",
    "body.not-utf8", "token.empty", "token.expired", "token.bad-signature", "token.other-project",
    "project.malformed", "method.wrong", "path.unknown", "url.empty", "url.wrong-type", "url.scheme", "url.host",
    "url.not-found", "url.not-an-image",
    "type-list.wrong-type", "alarm.wrong-type", "picture.data-uri", "picture.wrong-name", "picture.side-far-below",
    "picture.side-below", "picture.none", "picture.incomplete", "picture.side-far-above", "picture.side-above",
    "url.sides", "picture.base64-too-long", "url.too-large",
)  # fmt: skip
"""The faults from the one that tells most about a target for its cost to the one that tells least."""

_LAST_FORM = 999

_HARDLY_EVER = 2.0**-40

_OTHERWISE: tuple[dict[str, object], ...] = (
    {"json": "spaced"}, {"headers": "lower"}, {"format": "JPEG"}, {"json": "escaped"}, {"headers": "upper"},
    {"format": "TIFF"}, {"json": "reordered"}, {"content_type": CHARSETS[1]},
)  # fmt: skip
"""Ways of a control that a failure may need one of."""

_KEPT = tuple(stated.name for stated in fields(Request) if stated.init and stated.name not in ("label", "recipe"))


def fault_ids(contract: Contract | str | Path, *, url: bool = True) -> tuple[str, ...]:
    """Every `<fault>/<variant>` that applies to a contract, cheapest and most telling first.

    First one variant of each fault, then a second one of each, and so on; requests of several megabytes end a round.
    `url` False leaves out those whose control has its picture served.
    """
    contract = contract_from(contract)
    order = {fault: place for place, fault in enumerate(_TELLING)}
    seen: dict[str, int] = {}
    keyed: list[tuple[tuple[int, bool, int], str]] = []
    for variant in (*VARIANTS, *faults.variants(contract)):
        if _required(contract, variant) is not None and (url or not variant.served):
            turn = seen.get(variant.fault, 0)
            seen[variant.fault] = turn + 1
            keyed.append(((turn, variant.heavy, order.get(variant.fault, len(order))), variant.id))
    return tuple(name for _, name in sorted(keyed, key=lambda entry: entry[0]))


def break_request(
    contract: Contract | str | Path, fault: str, control: Draw, form: int = 0, *, prepared: Valid | None = None
) -> FaultyRequest:
    """The request of the draw with one fault (`<fault>/<variant>`), and its label: the same bytes each time.

    `form` picks among forms of the same variant; 0 is the plain one that its name promises. A control with a url has
    its picture inline here, unless the fault is one of the url. `prepared` is what `prepare` made of the control, where
    that is at hand. Raises DataError for a fault that does not exist in the contract.
    """
    contract = contract_from(contract)
    variant = _BY_ID.get(fault) or next((one for one in faults.variants(contract) if one.id == fault), None)
    requirement = _required(contract, variant) if variant is not None else None
    if variant is None or requirement is None:
        raise _no_fault(contract, fault)
    draw = variant.start(contract, replace(control, url=False, served="plain"))
    valid = prepared if prepared is not None and prepared.draw == draw else prepare(contract, draw)
    label = Label(
        fault=variant.id,
        requirement=requirement,
        codes=tuple(sorted(contract.errors.faults[variant.fault].codes)),
        control=valid.request,
    )
    broken = variant.breaks(valid, form)
    kept = {name: getattr(broken, name) for name in _KEPT}
    return FaultyRequest(**kept, label=label, recipe=Recipe(contract.id, control, fault, form))


def invalid_requests(
    contract: Contract | str | Path, *, fault: str | None = None, control: Draw | None = None, url: bool = False
) -> st.SearchStrategy[FaultyRequest]:
    """Requests with exactly one fault, each with its Label.

    Every fault is shown once in its plain form, in any order, and eight with a control that is spelled or stored
    otherwise, before faults, forms and controls vary freely. So 150 examples show all faults of a contract that has at
    most 140 (`fault_ids`; 132 and 138 in the two that the kit comes with); one with more needs ten more than it has.
    `fault` narrows them to one variant (`body.not-json/nan`) or to all variants of one fault (`body.not-json`), which
    vary from the beginning.
    `control` is the valid request to break, plain draws of the contract where it is None. `url` True adds faults of
    pictures that have to be served (`Request.pictures`), which `fault` may name in any case. The minimal example is the
    plain form of the first fault in the smallest control. Raises DataError for a fault that does not exist in the
    contract.
    """
    contract = contract_from(contract)
    names = fault_ids(contract, url=url or fault is not None)
    if fault is not None:
        names = tuple(name for name in names if fault in (name, name.partition("/")[0]))
        if not names:
            raise _no_fault(contract, fault)
    controls = st.just(control) if control is not None else plain_draws(contract)
    varied = st.builds(break_request, st.just(contract), st.sampled_from(names), controls, st.integers(0, _LAST_FORM))
    if fault is not None:
        return varied
    plain = list(_shown_first(contract, names, control))
    first = st.sampled_from(range(len(plain))).map(lambda place: break_request(contract, *plain[place]))
    return _at_last().flatmap(lambda all_shown: varied if all_shown else first)


@cache
def _at_last() -> st.SearchStrategy[bool]:
    """False while anything new can follow it, True from then on.

    Hypothesis draws nothing twice, and what it has drawn is all that it needs to know for that: the strategy itself
    keeps nothing. Left to chance, True never comes; it is drawn where False leads to nothing new, and once at the
    beginning, when Hypothesis wants the first choice to differ from that of its first example.
    """
    from hypothesis.strategies import SearchStrategy  # its public strategies do not say this

    class AtLast(SearchStrategy[bool]):
        def do_draw(self, data: ConjectureData) -> bool:
            """One choice, which shrinks to False."""
            return data.draw_boolean(_HARDLY_EVER)

    return AtLast()


def _shown_first(contract: Contract, names: Sequence[str], control: Draw | None) -> Iterator[tuple[str, Draw]]:
    """Every fault in its plain form, then a few whose control is spelled or stored otherwise."""
    if control is not None:
        yield from ((name, control) for name in names)
        return
    chosen = wanted(contract)
    usual: dict[str, object] = {} if Draw().format in chosen.formats else {"format": chosen.formats[0]}
    if members := {row.name: plain_value(row) for row in member_rows(contract.page) if is_required(row)}:
        usual["members"] = members
    usual["page"] = next(([name] for name in chosen.documents if chosen.fits(name)), [])
    yield from ((name, Draw.from_data(usual)) for name in names)
    others = [way for way in _OTHERWISE if way.get("format", chosen.formats[0]) in chosen.formats]
    spread = names[:: max(1, len(names) // len(others))]
    yield from ((name, Draw.from_data(usual | way)) for name, way in zip(spread, others, strict=False))


def is_served(fault: str) -> bool:
    """Whether a fault (`<fault>/<variant>`) or its control needs pictures to be served."""
    return fault in _BY_ID and _BY_ID[fault].served


def is_heavy(fault: str) -> bool:
    """Whether a fault (`<fault>/<variant>`) sends more than 1 MB."""
    return fault in _BY_ID and _BY_ID[fault].heavy


def _required(contract: Contract, variant: Variant) -> str | None:
    """The id of the requirement that a variant breaks, or None where the contract has none against it."""
    owner = next((r.id for r in contract.by_fault.get(variant.fault, ()) if r.check == "rejected"), None)
    if owner is None or not variant.applies(contract):
        return None
    if contract.offer.formats is None:
        return owner
    # A fault that needs a format which the target does not offer would be two.
    plain = Draw(format=next(name for name in FORMATS if name in contract.offer.formats))
    return owner if variant.start(contract, plain).format in contract.limits.formats else None


def _no_fault(contract: Contract, fault: str) -> DataError:
    near = near_it(fault, fault_ids(contract))
    return DataError(
        f"{contract.id} has no fault {fault!r}; {near.en}", f"{contract.id} 没有 fault {fault!r}；{near.zh}"
    )


# Values of a strategy outside of a test.


T = TypeVar("T")

_TURNS = 4
"""How often drawing goes on where values came twice, before the strategy counts as exhausted."""

_BACKEND, _PROVIDER = "ocr-conformance", "FromTheSeedAlone"
"""What draws is named: a backend of Hypothesis, and the class of this module that Hypothesis imports for it."""


def example(strategy: st.SearchStrategy[T], seed: int) -> T:
    """One value: the minimal one of the strategy, which does not depend on the seed."""
    return examples(strategy, 1, seed)[0]


def examples(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    """At most `count` unlike values, the minimal one first; fewer where the strategy has hardly any more.

    The seed reproduces them as long as Hypothesis and the kit stay the same: a recording keeps what was drawn, not the
    seed alone. Nothing is left in the folder that the kit was called from.
    """
    found: list[T] = []
    seeds = Random(seed)
    for _ in range(_TURNS):
        if len(found) == count:
            break
        # Every turn begins with the minimal value, which later turns only find again.
        more = count - len(found) + bool(found)
        found = _unlike(found + _drawn(strategy, more, seeds.getrandbits(64)))
    return found


def _unlike(values: list[T]) -> list[T]:
    """Each value once, in the order in which they came."""
    try:
        return list(dict.fromkeys(values))
    except TypeError:  # values that have no hash
        return [value for at, value in enumerate(values) if value not in values[:at]]


def _drawn(strategy: st.SearchStrategy[T], count: int, seed: int) -> list[T]:
    """`count` values, some of which may be alike."""
    from hypothesis import HealthCheck, Phase, Verbosity, given, settings
    from hypothesis import seed as seeded
    from hypothesis.internal.conjecture.providers import AVAILABLE_PROVIDERS

    AVAILABLE_PROVIDERS[_BACKEND] = f"{__name__}.{_PROVIDER}"
    found: list[T] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        phases=(Phase.explicit, Phase.generate),
        database=None,
        deadline=None,
        derandomize=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
        backend=_BACKEND,
    )
    @given(strategy)
    def collect(value: T) -> None:
        found.append(value)

    collect()
    return found


@cache
def _from_the_seed_alone() -> type[HypothesisProvider]:
    """Draws as Hypothesis does, without constants.

    Hypothesis's own source mixes in constants from local modules: whatever this process has loaded of a checkout, or of
    a user's application. With it a wheel draws otherwise than a checkout, and a worker otherwise than the process that
    controls it.
    """
    from hypothesis.internal.conjecture.providers import HypothesisProvider

    class FromTheSeedAlone(HypothesisProvider):
        def _maybe_draw_constant(self, *_what: object, **_how: object) -> None:
            return None

    return FromTheSeedAlone


if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        """The provider, made when Hypothesis imports it."""
        if name == _PROVIDER:
            return _from_the_seed_alone()
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
