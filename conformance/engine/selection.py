"""Which contracts and purposes a run goes through: of case files, of own pictures, drawn at depth thorough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import PRIMARY, Contract, load_contract
from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.budget import is_local
from conformance.engine.options import Settings
from conformance.engine.purposes import EXAMPLE, URL, OwnPicture, Purpose, Step, in_depth, load_purposes, supported
from conformance.exchange import StatedDocument
from conformance.files import DataError, near_it, read_bytes
from conformance.judging.expect import expect
from conformance.judging.inputs import is_plain_picture
from conformance.statement.sample_images import iter_manifest, sampled
from conformance.strategies.draw import Draw
from conformance.strategies.requests import examples, fault_ids
from conformance.strategies.specimens import stand_in
from conformance.strategies.valid import plain_draws, valid_draws
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth
    from conformance.exchange import Quad
    from conformance.statement.sample_images import SampleImage


# Pictures of the user's own as purposes of a run: one each, so that one that fails is repeated alone.


PREFIX = "images/"
"""What the names of their purposes begin with."""
MOST_STANDING_IN = 10
"""How many of them take the place of specimens: a purpose has fewer pages."""


def picture_purposes(
    images: Iterable[SampleImage], contracts: Sequence[Contract], told: Callable[[], None] = lambda: None
) -> list[Purpose]:
    """A purpose for each picture and each contract that it concerns; `told` hears of each picture that was read.

    Reads each file once, so that a run does not begin with one that cannot be sent. Raises DataError for such a file,
    and where none of the pictures concerns any of the contracts.
    """
    found: dict[str, list[Purpose]] = {contract.id: [] for contract in contracts}
    none = True
    for image in images:
        none = False
        for contract in contracts:
            if image.concerns(contract.id, contract.types):
                found[contract.id].append(_purpose(image, contract, first=not found[contract.id]))
        told()
    if not none and not any(found.values()):
        raise DataError(
            "pictures: expected some with documents of the contracts of this run, found none",
            "pictures：应有本次测试的接口契约所含类型的图片，未找到",
        )
    return [purpose for purposes in found.values() for purpose in purposes]


def standing_in(own: Sequence[Purpose], contracts: Iterable[Contract]) -> dict[str, list[str]]:
    """The pictures that take the place of specimens in each contract: of an operation that the kit has none for.

    Its controls then show a document that the target knows, so that a refusal of it, or what it answers, proves
    something. Empty for every other contract.
    """
    found = {}
    for contract in contracts:
        lacking = contract.page.result == "fields" and not contract.page.specimens
        mine = (one.control for one in own if one.contract_id == contract.id and lacking)
        files = (one.file for one in mine if isinstance(one, OwnPicture))
        found[contract.id] = stand_in(contract.id, list(islice(files, MOST_STANDING_IN)))
    return found


def shown_on(purpose: Purpose, pictures: Sequence[str]) -> Purpose:
    """A purpose with pictures in the place of the specimens of its draws: one for each page, the first where there are
    more pages than pictures.
    """
    if not pictures or not isinstance(purpose.control, Draw):
        return purpose
    draws = [purpose.control, *(step.draw for step in purpose.steps if step.draw is not None)]
    pages = list(dict.fromkeys(draw.page for draw in draws if draw.page))
    taken = {page: pictures[number if number < len(pictures) else 0] for number, page in enumerate(pages)}

    def shown(draw: Draw) -> Draw:
        return replace(draw, page=(taken[draw.page],)) if draw.page else draw

    steps = tuple(step if step.draw is None else replace(step, draw=shown(step.draw)) for step in purpose.steps)
    return replace(purpose, control=shown(purpose.control), steps=steps)


def recorded_purposes(names: Iterable[str], contracts: Iterable[Contract]) -> Iterator[Purpose]:
    """The purposes of a recorded run (full ids) that were of pictures; the requests come from the recording."""
    ids = {contract.id for contract in contracts}
    for name in names:
        contract_id, _, own = name.partition("/")
        if contract_id in ids and own.startswith(PREFIX):
            yield _made(contract_id, own.removeprefix(PREFIX), None)


def _purpose(image: SampleImage, contract: Contract, *, first: bool) -> Purpose:
    """Of the `first` picture of a contract the whole request is looked at: the others differ in the picture alone."""
    several = len(image.documents) > 1
    documents = tuple(
        StatedDocument(
            document.type,
            cast("Quad | None", document.corners),
            document.fields,
            f"{image.original} {place}" if several and image.original is not None else image.original,
            image.degradation,
        )
        for place, document in enumerate(image.documents)
    )
    picture = OwnPicture.of(image.file, documents)
    plain = not first and is_plain_picture(read_bytes(image.file), contract)
    faults = frozenset[str]() if plain else expect(picture.request(contract), contract).faults
    if faults:
        wrong = [contract.errors.faults[fault].title for fault in sorted(faults)]
        titles, zh_titles = ", ".join(title.en for title in wrong), "、".join(title.zh for title in wrong)
        raise DataError(
            f"{image.file}: expected a picture that {contract.id} has to accept, found that {titles}",
            f"{image.file}：应为 {contract.id} 必须接受的图片，实际：{zh_titles}",
        )
    return _made(contract.id, image.id, picture)


_TITLE = Text("A picture of the user's own.", "自有图片。")
"""One for all: there may be ten thousands, and their ids tell them apart."""


def _made(contract_id: str, name: str, picture: OwnPicture | None) -> Purpose:
    return Purpose(
        contract_id=contract_id,
        name=f"{PREFIX}{name}",
        title=_TITLE,
        depth="smoke",
        control=picture,
        steps=(),
        aims=(),
    )


DEFAULT_DEPTH: Depth = "standard"
"""Of a live run for which nobody chose one."""


def capabilities_of(settings: Settings) -> frozenset[str]:
    """What a live target has of what requirements may need."""
    served = settings.target == "reference" or settings.declared.target.pictures is not None
    # A url that the documents print is no business of what runs on this machine.
    elsewhere = settings.target.startswith(("http://", "https://")) and not is_local(settings.target)
    return frozenset({URL} if served else ()) | frozenset({EXAMPLE} if elsewhere else ())


def select(settings: Settings, told: Callable[[], None] = lambda: None) -> tuple[list[Contract], list[Purpose]]:
    """The contracts and purposes that a live run would go through, in its order; `told` hears of each picture that was
    read. Raises BadInput.
    """
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
    own = picture_purposes(chain(settings.declared.images, images), contracts, told)
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


# What depth thorough adds: purposes that Hypothesis draws, each a fresh control with some faults of it.


CONTROLS = 30
"""Controls drawn for a contract, each of them one purpose."""

FAULTS = 6
"""Faults sent with each control: all variants take their turns."""

VARIED = 2
"""Further valid requests of each purpose, from everything that the documents allow."""


def explore(contract: Contract, seed: int, *, url: bool = False) -> list[Purpose]:
    """The purposes of an exploration: the same for the same seed, Hypothesis and kit; a recording keeps what was drawn.

    `url` True adds requests whose pictures have to be served.
    """
    controls = examples(plain_draws(contract), CONTROLS, seed)
    varied = examples(valid_draws(contract, url=url), CONTROLS * VARIED, seed + 1)
    faults = fault_ids(contract, url=url)
    purposes = []
    for number, control in enumerate(controls):
        chosen = [faults[(number * FAULTS + turn) % len(faults)] for turn in range(FAULTS)]
        steps = [Step(draw=draw) for draw in varied[number * VARIED : (number + 1) * VARIED]]
        steps += [Step(fault=fault) for fault in chosen]
        owners = (owner for fault in chosen for owner in contract.by_fault[fault.partition("/")[0]])
        purposes.append(
            Purpose(
                contract_id=contract.id,
                name=f"explore-{number + 1:02d}",
                title=Text(
                    f"Exploration {number + 1}, drawn with seed {seed}.", f"探索 {number + 1}，随机种子 {seed}。"
                ),
                depth="thorough",
                control=control,
                steps=tuple(steps),
                aims=tuple(dict.fromkeys(owner.name for owner in owners)),
            )
        )
    return purposes
