"""Test purposes: what is asked of a target, as data in `cases/<contract id>/*.toml` (format: cases/README.md), and what
is drawn at depth thorough.
"""

from __future__ import annotations

import base64
import difflib
import json
import marshal
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING

from conformance.contract.requirements import DEPTHS, Depth, Requirement
from conformance.engine.case_files import Entry, has_fault, has_subject, read_cases
from conformance.entries import text_from
from conformance.exchange import Request, StatedDocument
from conformance.files import DataError, data_folder, read_bytes
from conformance.judging import require_checks
from conformance.strategies.draw import Draw
from conformance.strategies.requests import examples, fault_ids, is_heavy, is_served
from conformance.strategies.valid import plain_draws, valid_draws
from conformance.text import Text, said_of

if TYPE_CHECKING:
    from conformance.contract.contract import Contract

URL = "url"
"""The capability of a target that reaches pictures which the kit serves."""

EXAMPLE = "example"
"""That of one that may be sent a url which the documents print: it is no business of what runs on this machine."""

MOST_PICTURES = 1_000
"""Pictures of the user's own whose outcome is told one by one, of those that broke something and of the others."""

_HEAVY = 1_000_000
"""Characters of base64 from which a request counts as heavy."""


@dataclass(frozen=True, slots=True)
class Relation:
    """What must hold between the control's answer and this one: a requirement and the comparator that decides it."""

    requirement: str
    comparator: str


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a purpose: the control with one fault (`fault`), or another valid draw (`draw`); `thorough` where
    a shallower run does without it.
    """

    fault: str | None = None
    draw: Draw | None = None
    relation: Relation | None = None
    thorough: bool = False


@dataclass(frozen=True, slots=True)
class OwnPicture:
    """A file of the user's, and the documents that the user says are on it, packed: there may be ten thousands."""

    name: str
    packed: bytes

    @classmethod
    def of(cls, file: Path, documents: tuple[StatedDocument, ...]) -> OwnPicture:
        """A picture with these documents on it."""
        plain = [(d.type, d.corners, d.fields, d.original, d.degradation) for d in documents]
        return cls(str(file), zlib.compress(marshal.dumps(plain), 1))

    @property
    def file(self) -> Path:
        """Where it is; a path takes six times the room of its name."""
        return Path(self.name)

    @property
    def documents(self) -> tuple[StatedDocument, ...]:
        """What is on it."""
        return tuple(StatedDocument(*stated) for stated in marshal.loads(zlib.decompress(self.packed)))

    def request(self, contract: Contract) -> Request:
        """The plainest request with this picture. Raises DataError where the file cannot be read."""
        picture = base64.b64encode(read_bytes(self.file)).decode("ascii")
        return Request(
            method=contract.page.method,
            path=contract.page.path,
            headers=(("Content-Type", "application/json"),),
            body=json.dumps({contract.page.picture: picture}, separators=(",", ":")).encode("ascii"),
            stated=self.documents,
        )


@dataclass(frozen=True, slots=True)
class Purpose:
    """The unit of a run: one control, the requests that depend on it, and the requirements (names) they aim at.

    `thorough_aims` are those that only its `thorough` requests aim at. The control is a draw, or a picture of the
    user's own; None where nothing is built: the requests are in a recording, or everything that the run saw is
    measured.
    """

    contract_id: str
    name: str
    title: Text
    depth: Depth
    control: Draw | OwnPicture | None
    steps: tuple[Step, ...]
    aims: tuple[str, ...]
    thorough_aims: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """`<contract id>/<name>`; many things of a run keep it, all of them the same text."""
        return intern(f"{self.contract_id}/{self.name}")

    @property
    def needs(self) -> frozenset[str]:
        """What the target must have for these requests: `url` where a picture has to be served for one of them, and
        `example` where one names a url that is not the kit's.
        """
        served = any(draw.url for draw in self.draws) or any(is_served(step.fault or "") for step in self.steps)
        elsewhere = any(draw.address is not None for draw in self.draws)
        return frozenset({URL} if served else ()) | frozenset({EXAMPLE} if elsewhere else ())

    @property
    def heavy(self) -> bool:
        """Whether a request of several megabytes is among them."""
        lengths = [max(draw.base64 or 0, draw.body or 0) for draw in self.draws]
        return max(lengths, default=0) > _HEAVY or any(is_heavy(step.fault or "") for step in self.steps)

    @property
    def price(self) -> int:
        """Tickets that its valid requests may bill, at most; a fault bills none, and its own control is not counted."""
        return sum(max(1, len(draw.page)) for draw in self.draws)

    def without_thorough(self) -> Purpose:
        """The purpose with what a shallower run than a thorough one asks."""
        steps = tuple(step for step in self.steps if not step.thorough)
        return replace(self, steps=steps, aims=tuple(aim for aim in self.aims if aim not in self.thorough_aims))

    def shown_on(self, pictures: Sequence[str]) -> Purpose:
        """The purpose with pictures in the place of the specimens of its draws: one for each page, the first where
        there are more pages than pictures.
        """
        if not pictures or not isinstance(self.control, Draw):
            return self
        pages = list(dict.fromkeys(draw.page for draw in self.draws if draw.page))
        taken = {page: pictures[number if number < len(pictures) else 0] for number, page in enumerate(pages)}

        def shown(draw: Draw) -> Draw:
            return replace(draw, page=(taken[draw.page],)) if draw.page else draw

        steps = tuple(step if step.draw is None else replace(step, draw=shown(step.draw)) for step in self.steps)
        return replace(self, control=shown(self.control), steps=steps)

    @property
    def draws(self) -> list[Draw]:
        """Of its valid requests: of the control, if that is drawn, and of the steps that are no faults."""
        control = [self.control] if isinstance(self.control, Draw) else []
        return [*control, *(step.draw for step in self.steps if step.draw is not None)]


def load_purposes(contract: Contract, cases: Path | None = None) -> list[Purpose]:
    """Every purpose of a contract, in the order of files and entries; those of the edition before come first.

    `cases` is a folder like the kit's own `cases/`. Raises DataError naming file and purpose for any mistake, and for
    an id that is given twice; naming the requirement, where one of the contract names a check that does not exist.
    """
    require_checks(contract)
    root, known = cases or data_folder("cases"), fault_ids(contract)
    purposes: dict[str, Purpose] = {}
    for case in read_cases(root, contract, known):
        if not _asked(case.entry, contract):
            continue
        try:
            purpose = _purpose(case.entry, contract, known, inherited=case.inherited)
        except DataError as error:
            raise DataError(said_of(case.place, error.words)) from error
        if purpose.name in purposes:
            raise DataError(
                f"{root / contract.id}: the purpose {purpose.name!r} is given twice",
                f"{root / contract.id}：测试目的 {purpose.name!r} 给出了两次",
            )
        purposes[purpose.name] = purpose
    return list(purposes.values())


def in_depth(purposes: Iterable[Purpose], depth: Depth) -> list[Purpose]:
    """The purposes that run at a depth: its own and all shallower ones, each with the requests of that depth."""
    asked = (purpose for purpose in purposes if DEPTHS.index(purpose.depth) <= DEPTHS.index(depth))
    if depth == "thorough":
        return list(asked)
    return [purpose.without_thorough() for purpose in asked]


def supported(purposes: Iterable[Purpose], capabilities: frozenset[str]) -> list[Purpose]:
    """The purposes whose requests a target with these capabilities can be sent."""
    return [purpose for purpose in purposes if purpose.needs <= capabilities]


def in_scope(contract: Contract, depth: Depth) -> Iterator[Requirement]:
    """The requirements that a verdict at a depth speaks of."""
    for requirement in contract.requirements.values():
        if DEPTHS.index(requirement.depth) <= DEPTHS.index(depth):
            yield requirement


def _purpose(entry: Entry, contract: Contract, known: Sequence[str], *, inherited: bool) -> Purpose:
    base: Entry = entry.get("control", {})
    faults, deep, stated = (list(entry.get(key, ())) for key in ("faults", "thorough", "aims"))
    requests: list[Entry] = list(entry.get("request", ()))
    if inherited:  # a later edition has dropped it; the edition that states it checks its spelling
        faults, deep = ([fault for fault in named if has_fault(fault, known)] for named in (faults, deep))
        requests = [step for step in requests if has_fault(step.get("fault"), known) and has_subject(step, contract)]
    base, requests = _readable(base, requests, contract)
    if contract.offer.formats is not None:
        faults = [fault for fault in faults if fault in known or fault.partition("/")[2] in ("", "*")]
        faults, deep = ([fault for fault in named if has_fault(fault, known)] for named in (faults, deep))
    steps = [Step(fault=fault) for name in faults for fault in _variants(name, contract, known)]
    usual = {step.fault for step in steps}
    more = dict.fromkeys(fault for name in deep for fault in _variants(name, contract, known))
    steps += [Step(fault=fault, thorough=True) for fault in more if fault not in usual]
    steps += [_step(step, base, contract, known) for step in requests]
    named = [str(step["aim"]) for step in requests if "aim" in step]
    aims = dict.fromkeys([*stated, *(aim for step in steps for aim in _aims_of(step, contract)), *named])
    usual_aims = {*stated, *named, *(aim for step in steps if not step.thorough for aim in _aims_of(step, contract))}
    for aim in list(aims):
        if inherited and aim not in contract.requirements:
            del aims[aim]
        else:
            contract.requirement(aim)
    return Purpose(
        contract_id=contract.id,
        name=entry["id"],
        title=text_from(entry),
        depth=entry.get("depth", "standard"),
        control=_draw(base, contract),
        steps=tuple(steps),
        aims=tuple(aims),
        thorough_aims=tuple(aim for aim in aims if aim not in usual_aims),
    )


def _aims_of(step: Step, contract: Contract) -> Iterator[str]:
    """The requirements that a request is about by what it is: those that forbid its fault, that of its relation."""
    if step.fault is not None:
        yield from (owner.name for owner in contract.by_fault[step.fault.partition("/")[0]])
    if step.relation is not None:
        yield step.relation.requirement


def _readable(base: Entry, requests: list[Entry], contract: Contract) -> tuple[Entry, list[Entry]]:
    """A control and its requests in formats that the target offers; those that are about another one are left out."""
    offered = contract.offer.formats
    if offered is None:
        return base, requests
    read = contract.limits.formats
    kept = [step for step in requests if _drawn(step).get("format", read[0]) in read]
    if base.get("format", "PNG") in read:
        return base, kept
    usual = next(name for name in ("PNG", "JPEG", "TIFF", "BMP") if name in read)
    ways = ("mode", "layout", "orientation")
    kept = [step for step in kept if "format" in _drawn(step) or not any(way in _drawn(step) for way in ways)]
    return {**{key: value for key, value in base.items() if key not in ways}, "format": usual}, kept


def _drawn(step: Entry) -> Entry:
    drawn: Entry = step.get("draw", {})
    return drawn


def _asked(entry: Entry, contract: Contract) -> bool:
    """Whether the target takes one of the positions (`position=value`) under which a purpose is asked."""
    return "when" not in entry or not contract.capabilities.isdisjoint(entry["when"])


def _step(entry: Entry, base: Entry, contract: Contract, known: Sequence[str]) -> Step:
    fault, changes, relation = entry.get("fault"), entry.get("draw"), None
    if (fault is None) == (changes is None):
        raise DataError("request: expected either fault or draw", "request：应给出 fault 或 draw 之一")
    if "relation" in entry:
        relation = Relation(**entry["relation"])
        contract.requirement(relation.requirement)
    draw = _draw({**base, **changes}, contract) if changes is not None else None
    variant = _variants(fault, contract, known)[0] if fault is not None else None
    return Step(variant, draw, relation, thorough=entry.get("thorough", False))


def _draw(data: Entry, contract: Contract) -> Draw:
    """A draw, with `all` standing for every documented type, and `min` and `max` for the limits of a side."""
    data = dict(data)
    if data.get("type_list") == "all":
        data["type_list"] = list(contract.types)
    for side in {"width", "height"} & data.keys():
        limits = {"min": contract.limits.side_min, "max": contract.limits.side_max}
        data[side] = limits.get(str(data[side]), data[side])
    draw = Draw.from_data(data)
    accepted = contract.limits.base64_accepted
    return replace(draw, base64=accepted) if draw.base64 is not None and draw.base64 > accepted else draw


def _variants(name: str, contract: Contract, known: Sequence[str]) -> list[str]:
    """Of the fault ids of a contract those that an entry means: one variant, the first of a fault (no slash), or all
    of it (`/*`).
    """
    fault, _, variant = name.partition("/")
    found = [
        known_id
        for known_id in known
        if known_id == name or (known_id.partition("/")[0] == fault and variant in ("", "*"))
    ]
    if not found:
        near = difflib.get_close_matches(
            name.removesuffix("/*"), {fault.partition("/")[0] for fault in known}, cutoff=0.4
        )
        hint = Text("schemas/errors.toml lists them", "见 schemas/errors.toml")
        if near:
            hint = Text(f"near it are {', '.join(near)}", f"相近的有 {'、'.join(near)}")
        raise DataError(
            f"no fault {name!r} for {contract.id}; {hint.en}", f"{contract.id} 没有 fault {name!r}；{hint.zh}"
        )
    return found if variant == "*" else found[:1]


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
