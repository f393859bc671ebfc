"""Which contracts and purposes a run goes through, in its order, and which requirements its verdict speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from conformance.contract.contract import PRIMARY, Contract, load_contract
from conformance.contract.requirements import DEPTHS
from conformance.engine.own_pictures import picture_purposes, shown_on, standing_in
from conformance.engine.purposes import URL, Purpose, in_depth, load_purposes, supported
from conformance.engine.settings import DEFAULT_DEPTH, Settings, capabilities_of
from conformance.files import DataError, near_it
from conformance.statement.sample_images import iter_manifest, sampled

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth
    from conformance.statement.sample_images import SampleImage


def select(settings: Settings) -> tuple[list[Contract], list[Purpose]]:
    """The contracts and purposes that a live run would go through, in its order. Raises BadInput."""
    contracts = contracts_of(settings, PRIMARY)
    depth = settings.depth or DEFAULT_DEPTH
    images: Iterable[SampleImage] = iter_manifest(settings.images) if settings.images is not None else ()
    if settings.images_sample is not None:
        if settings.images is None:
            raise DataError(
                "--images-sample: expected --images DIR, the pictures to draw from; found none",
                "--images-sample：应同时给出 --images DIR，即抽取的来源；实际没有",
            )
        images = sampled(images, settings.images_sample, settings.seed or 0)
    own = picture_purposes(chain(settings.declared.images, images), contracts)
    pages = standing_in(own, contracts)
    found = purposes_of(contracts, depth, settings, capabilities_of(settings), own)
    return contracts, [shown_on(purpose, pages[purpose.contract_id]) for purpose in found]


def contracts_of(settings: Settings, default: Sequence[str]) -> list[Contract]:
    """The contracts that were asked for, else those of `default`, as the target statement reads them."""
    return [load_contract(name).bound_to(settings.declared) for name in (settings.contracts or default)]


def purposes_of(
    contracts: Sequence[Contract], depth: Depth, settings: Settings, capabilities: frozenset[str], own: list[Purpose]
) -> list[Purpose]:
    """What a run goes through; `own` are the purposes of the user's pictures."""
    found = [p for contract in contracts for p in in_depth(load_purposes(contract, settings.cases), depth)]
    if depth == "thorough":
        from conformance.engine.exploration import explore  # late: the other depths draw nothing with Hypothesis

        served = URL in capabilities
        found += [purpose for contract in contracts for purpose in explore(contract, settings.seed or 0, url=served)]
    if settings.only:
        _check_only(settings.only, contracts, [*found, *own], depth)
        measured = {c.id for c in contracts if any(_is_measured(c, wanted) for wanted in settings.only)}
        found, own = (
            [p for p in kept if p.contract_id in measured or _wanted(p, settings.only)] for kept in (found, own)
        )
        if not supported([*found, *own], capabilities):
            named = ", ".join(settings.only)
            raise DataError(
                f"--only {named}: expected a target that reaches pictures of the kit, found none "
                "declared; state the address under [target] pictures of the target statement",
                f"--only {named}：被测系统须能访问套件提供的图片，但未声明地址；"
                "请在被测系统声明的 [target] pictures 中给出",
            )
    found = supported(found, capabilities)
    if not found and not own:
        raise DataError(
            f"no purposes at depth {depth}; expected cases in {settings.cases or 'the kit'}",
            f"深度 {depth} 没有测试目的；{settings.cases or '套件'} 中应有用例",
        )
    return [*sorted(found, key=_cheapest_first), *own]


def _check_only(only: Sequence[str], contracts: Sequence[Contract], purposes: Sequence[Purpose], depth: Depth) -> None:
    """Raises DataError for an id of `--only` that nothing has, or that no purpose of the depth aims at."""
    requirements = {name: r for c in contracts for r in c.requirements.values() for name in (r.name, r.id)}
    for wanted in only:
        if any(_wanted(purpose, [wanted]) for purpose in purposes):
            continue
        if wanted not in requirements:
            near = near_it(wanted, [*requirements, *(name for p in purposes for name in (p.name, p.id))])
            raise DataError(
                f"--only {wanted}: no purpose or requirement of that id at depth {depth}; {near.en}",
                f"--only {wanted}：深度 {depth} 下没有该编号的测试目的或要求；{near.zh}",
            )
        if requirements[wanted].measure is None:
            raise DataError(
                f"--only {wanted}: no purpose aims at this requirement at depth {depth}: every answer is held "
                "against it, or a deeper run asks about it; name a purpose, or run without --only",
                f"--only {wanted}：深度 {depth} 下没有专门针对该要求的测试目的："
                "每个响应都据此检验，或由更深的测试检验；请给出测试目的，或不用 --only",
            )


def _cheapest_first(purpose: Purpose) -> tuple[int, bool, int, int]:
    """What every depth runs, then the rest, megabytes last; in each what bills least, and of that the shortest: so that
    a run that ends early, by a limit or by its reader, has learnt most for its cost.
    """
    return DEPTHS.index(purpose.depth), purpose.heavy, purpose.price, len(purpose.steps)


def scope_of(contracts: Sequence[Contract], purposes: Sequence[Purpose], settings: Settings) -> frozenset[str] | None:
    """Ids of the requirements that `--only` leaves: those it names, and what the purposes it names aim at."""
    if not settings.only:
        return None
    found: set[str] = set()
    for contract in contracts:
        for wanted in settings.only:
            name = wanted.removeprefix(f"{contract.id}/")
            if name in contract.requirements:
                found.add(f"{contract.id}/{name}")
    for purpose in purposes:
        if {purpose.id, purpose.name} & set(settings.only):
            found |= {f"{purpose.contract_id}/{aim}" for aim in purpose.aims}
    return frozenset(found)


def names_purposes(purposes: Sequence[Purpose], settings: Settings) -> bool:
    """Whether `--only` names a purpose: it then judges what it judges in a whole run, and not its aims alone."""
    return any({purpose.id, purpose.name} & set(settings.only) for purpose in purposes)


def _is_measured(contract: Contract, wanted: str) -> bool:
    """Whether `--only` names a limit of the statement: everything that a run sends counts for it."""
    requirement = contract.requirements.get(wanted.removeprefix(f"{contract.id}/"))
    return requirement is not None and requirement.measure is not None


def _wanted(purpose: Purpose, only: Sequence[str]) -> bool:
    names = {purpose.id, purpose.name, *purpose.aims, *(f"{purpose.contract_id}/{aim}" for aim in purpose.aims)}
    return any(wanted in names for wanted in only)
