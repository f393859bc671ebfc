"""The plan of a run: the contracts and purposes that it goes through, pictures of the user's own among them, and what
they cost, known beforehand: requests are built and counted, one at a time, and not sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, astuple, dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import Contract, load_contract
from conformance.contract.requirements import DEPTHS, Depth
from conformance.engine.budget import is_local, price_of
from conformance.engine.options import Settings
from conformance.engine.purposes import EXAMPLE, URL, OwnPicture, Purpose, explore, in_depth, load_purposes, supported
from conformance.engine.scripts import drawn_script
from conformance.exchange import StatedDocument
from conformance.files import PRIMARY, DataError, near_it, read_bytes
from conformance.judging.body import read_body
from conformance.judging.expect import expect
from conformance.judging.inputs import is_plain_picture
from conformance.statement.sample_images import iter_manifest, sampled
from conformance.strategies.specimens import stand_in
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.engine.budget import Budget
    from conformance.exchange import Quad, Request
    from conformance.statement.sample_images import SampleImage


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
    return contracts, [purpose.shown_on(pages[purpose.contract_id]) for purpose in found]


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
            f"--depth {depth} 下没有测试目的；{settings.cases or '套件'} 中应有用例",
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
                f"--only {wanted}：--depth {depth} 下没有该编号的测试目的或要求；{near.zh}",
            )
        if requirements[wanted].measure is None:
            raise DataError(
                f"--only {wanted}: no purpose aims at this requirement at depth {depth}: every answer is held "
                "against it, or a deeper run asks about it; name a purpose, or run without --only",
                f"--only {wanted}：--depth {depth} 下没有专门针对该要求的测试目的："
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


# What it costs.


_REFUSAL, _DOCUMENT, _WITH_ALARMS, _TICKET, _FIELD = 80, 105, 550, 160, 18
"""Bytes of an error, of a classified document without and with alarms, of a ticket, and of a field beside its text."""

REPEATS = 2
"""How often a purpose runs at most: one that fails runs once more."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What purposes send when each runs once.

    `bytes_up` counts request bodies, exactly; `bytes_down` the bodies of the answers of a faultless implementation,
    about; `billable` the tickets that may be billed at most, as `--max-billable` reserves them: what is drawn on each
    picture, also where the request has to be refused.
    """

    purposes: int = 0
    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    billable: int = 0

    def __add__(self, other: Cost) -> Cost:
        """Both together."""
        return Cost(*(ours + theirs for ours, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class Plan:
    """The cost of a run at each depth up to its own, and what its limits make of it.

    `depths` holds totals: what a run at that depth sends, shallower purposes included. `rate` is in requests a second.
    `within` counts the purposes that the limits let through for certain, in order and each once; None is all of them.
    """

    contracts: tuple[str, ...]
    depths: tuple[tuple[Depth, Cost], ...]
    rate: float | None
    max_requests: int | None
    max_billable: int | None
    within: int | None

    @property
    def total(self) -> Cost:
        """Of the run itself: the deepest row."""
        return self.depths[-1][1] if self.depths else Cost()

    def duration_s(self, cost: Cost) -> float | None:
        """Seconds at the rate, None without one: then it takes as long as the target takes."""
        return cost.requests / self.rate if self.rate is not None else None


def plan(purposes: Sequence[Purpose], contracts: Sequence[Contract], budget: Budget, seed: int = 0) -> Plan:
    """Build every request of the purposes, which are in the order of the run, and add up what they cost.

    One request is in memory at a time. Raises DataError where a request cannot be built.
    """
    by_id = {contract.id: contract for contract in contracts}
    own: dict[Depth, Cost] = {}
    spent, within = Cost(), 0
    fits, answered = True, set[bytes]()
    for purpose in purposes:
        cost = _cost(purpose, by_id[purpose.contract_id], seed, answered)
        own[purpose.depth] = own.get(purpose.depth, Cost()) + cost
        spent += cost
        fits = fits and _fits(spent, budget)
        within += fits
    rows: list[tuple[Depth, Cost]] = []
    for depth in DEPTHS:
        if depth in own:
            before = rows[-1][1] if rows else Cost()
            rows.append((depth, before + own[depth]))
    return Plan(
        contracts=tuple(by_id),
        depths=tuple(rows),
        rate=budget.rate,
        max_requests=budget.max_requests,
        max_billable=budget.max_billable,
        within=None if fits else within,
    )


def _cost(purpose: Purpose, contract: Contract, seed: int, answered: set[bytes]) -> Cost:
    """What a purpose adds to those before it, of which `answered` are the requests that may stand for others."""
    requests = bytes_up = bytes_down = billable = 0
    for planned in drawn_script(purpose, contract, seed):
        if planned.shared:
            key = planned.request.sent_sum()
            if key in answered:
                continue
            if planned.lends:
                answered.add(key)
        requests += 1
        bytes_up += len(planned.request.body)
        bytes_down += _answer_bytes(planned.request, contract)
        billable += price_of(planned.request)
    return Cost(1, requests, bytes_up, bytes_down, billable)


def _answer_bytes(request: Request, contract: Contract) -> int:
    """About how long the body of a faultless answer is: of a refusal, or of what there is to read, with confidences."""
    if request.truth is None or request.label is not None:
        return _REFUSAL
    if not contract.answers_tickets:
        members = read_body(request.body).value
        return _WITH_ALARMS if isinstance(members, dict) and members.get("alarm") is True else _DOCUMENT
    read = [ticket for ticket in request.truth.documents if ticket.readable]
    printed = sum(2 * len(name) + len(value.encode()) + _FIELD for ticket in read for name, value in ticket.fields)
    return len(request.truth.documents) * _TICKET + printed


def _fits(spent: Cost, budget: Budget) -> bool:
    requests, billable = budget.max_requests, budget.max_billable
    # One request goes before the run, to see that the target answers.
    return (requests is None or spent.requests < requests) and (billable is None or spent.billable <= billable)


def plan_document(made: Plan) -> dict[str, object]:
    """The plan as JSON: the totals of a run at each depth; `repeats` is how often a purpose runs at most."""
    return {
        "contracts": list(made.contracts),
        "depths": [{"depth": d, **asdict(cost), "duration_s": made.duration_s(cost)} for d, cost in made.depths],
        "repeats": REPEATS,
        "rate": made.rate,
        "max_requests": made.max_requests,
        "max_billable": made.max_billable,
        "purposes_within_limits": made.within,
    }
