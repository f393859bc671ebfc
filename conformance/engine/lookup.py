"""What is found by its name: requirements, purposes, faults, faulty implementations, and contracts by their paths."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from conformance.contract.catalogues import read_positions
from conformance.contract.contract import load_contract
from conformance.engine.purposes import load_purposes
from conformance.exchange import PROJECT_SLOT
from conformance.files import PRIMARY, DataError, added_folder, contract_ids, default_contracts, near_it, nearest
from conformance.strategies.requests import fault_ids
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement
    from conformance.engine.purposes import Purpose
    from conformance.exchange import Request


Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class FaultyImplementation:
    """One way in which `serve --fault ID` differs from the reference. `breaks` are names of requirements.

    A `fault` breaks a requirement; a `variant` is unusual but conformant and breaks none: `points` are numbers of the
    open points of which it takes another reading than the reference. `wire` says that it shows on a socket only.
    `declares` are the positions (`position=value`) without which a variant is not conformant.
    """

    id: str
    title: str
    breaks: tuple[str, ...]
    kind: str
    points: tuple[int, ...] = ()
    wire: bool = False
    declares: tuple[str, ...] = ()
    zh: str = ""

    @property
    def words(self) -> Text:
        """What it does; in English for both where nobody translated it."""
        return Text(self.title, self.zh or self.title)


def faulty_implementations() -> list[FaultyImplementation]:
    """Every faulty implementation and every variant, as the reference lists them; it is asked by name, as a stranger.

    Where contracts were added those that say something about them: the faults made from their tables by rule (their ids
    begin with the contract's), and those of the fleet that break requirements which no rule breaks.

    Raises DataError where it does not answer.
    """
    command = [sys.executable, "-P", "-m", "conformance.reference", "--list-faults", "--json"]
    folder = added_folder()
    command += ["--contracts", str(folder)] if folder is not None else []
    answered = subprocess.run(command, capture_output=True, text=True, check=False)
    if answered.returncode:
        raise DataError(
            f"the reference implementation did not list its faults: {answered.stderr.strip()}",
            f"参考实现未能列出其缺陷：“{answered.stderr.strip()}”",
        )
    listed = [
        FaultyImplementation(
            id=str(row["id"]),
            title=str(row["title"]),
            breaks=tuple(row["breaks"]),
            kind=str(row["kind"]),
            points=tuple(row["points"]),
            wire=bool(row["wire"]),
            declares=tuple(row["declares"]),
            zh=str(row.get("zh", "")),
        )
        for row in json.loads(answered.stdout)
    ]
    if folder is None:
        return listed
    contracts = [load_contract(name) for name in default_contracts()]
    names = {name for contract in contracts for name in contract.requirements}
    # Where the kit has no specimen nobody knows what a picture shows; where GIF and WEBP are listed no library reads a
    # picture in a format that is not.
    beyond = {"unreadable-colours"} if not any(contract.types for contract in contracts) else set()
    if all({"GIF", "WEBP"} <= set(contract.limits.formats) for contract in contracts):
        beyond.add("accepts-any-format")
    by_rule = {name for one in listed if ":" in one.id for name in one.breaks}
    concerned = []
    for one in listed:
        broken = tuple(name for name in one.breaks if name in names and (":" in one.id or name not in by_rule))
        if one.kind == "fault" and broken and one.id not in beyond:
            concerned.append(replace(one, breaks=broken))
    return concerned


def unknown_name(implementation: FaultyImplementation, contracts: Sequence[Contract]) -> str | None:
    """What to say of a name among those that it breaks which no requirement has."""
    known = list(dict.fromkeys(name for contract in contracts for name in contract.requirements))
    for name in implementation.breaks:
        if name not in known:
            return f"breaks: no requirement {name!r}; {near_it(name, known).en}"
    return None


def in_several(wanted: str, ids: Sequence[str]) -> DataError:
    """What to say of the name of a requirement that several contracts have."""
    return DataError(
        f"{wanted!r} is in several contracts; write {' or '.join(ids)}",
        f"“{wanted}” 在多个接口契约中都有；请写 {' 或 '.join(ids)}",
    )


def nothing_named(wanted: str, known: Iterable[str]) -> DataError:
    """What to say of an id that nothing has: which ones of those known are near it."""
    near, listed = nearest(wanted, known), "`ocr-conformance requirements`"
    return DataError(
        f"nothing has the id {wanted!r}; "
        + (f"near it are {', '.join(near)}" if near else f"{listed} lists those of requirements"),
        f"没有编号为 “{wanted}” 的内容；" + (f"相近的有 {'、'.join(near)}" if near else f"用 {listed} 列出要求的编号"),
    )


def requirements_named(name: str) -> list[tuple[Contract, Requirement]]:
    """The requirements of a name or full id. Editions have those of the edition before: a name means the documents
    under test, unless only later editions have it.
    """
    return _under_test([(c, r) for c in _contracts() for r in c.requirements.values() if name in (r.name, r.id)])


def purposes_named(name: str) -> list[tuple[Contract, Purpose]]:
    """The purposes of a name or full id, as for requirements."""
    return _under_test([(c, p) for c in _contracts() for p in load_purposes(c) if name in (p.name, p.id)])


def _under_test(found: list[tuple[Contract, Found]]) -> list[tuple[Contract, Found]]:
    return [(c, one) for c, one in found if c.id in PRIMARY] or found


def variants_of(fault: str) -> list[str]:
    """The ids of requests with a fault (`body.not-json`), or the one of that id, of all contracts."""
    every = dict.fromkeys(name for contract in _contracts() for name in fault_ids(contract))
    return [name for name in every if fault in (name, name.partition("/")[0])]


def known_ids() -> list[str]:
    """Every id that can be explained, the plainest names first; those of faulty implementations aside, which only the
    reference knows.
    """
    contracts, names = _contracts(), dict[str, None]()
    names |= dict.fromkeys(name for contract in contracts for name in contract.requirements)
    purposes = [purpose for contract in contracts for purpose in load_purposes(contract)]
    names |= dict.fromkeys(purpose.name for purpose in purposes)
    names |= dict.fromkeys(read_positions())
    for contract in contracts:
        names |= dict.fromkeys((*contract.errors.codes, *contract.errors.faults, *fault_ids(contract)))
    names |= dict.fromkeys(requirement.id for contract in contracts for requirement in contract.requirements.values())
    return [*(names | dict.fromkeys(purpose.id for purpose in purposes))]


def _contracts() -> list[Contract]:
    return [load_contract(name) for name in contract_ids()]


def purposes_by_requirement(contract: Contract) -> Mapping[str, Sequence[str]]:
    """Ids of the purposes that aim at each requirement, by its name."""
    found: dict[str, list[str]] = {name: [] for name in contract.requirements}
    for purpose in load_purposes(contract):
        for aim in purpose.aims:
            found[aim].append(purpose.id)
    return found


_MOST_PATHS = 10_000
"""Paths of which it is remembered whose they are."""


class Operations:
    """Tells by its path which contract a request is of."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        """Raises DataError where two contracts describe one path."""
        self._contracts: dict[tuple[str, ...], Contract] = {}
        self._found: dict[str, Contract | None] = {}
        for contract in contracts:
            other = self._contracts.setdefault(_steps_of(contract.page.path), contract)
            if other is not contract:
                path = contract.page.path
                raise DataError(
                    f"{other.id} and {contract.id} both describe {path}, and traffic does not say which "
                    "edition it is of; give one of them with --contract",
                    f"{other.id} 和 {contract.id} 都描述 {path}，流量看不出是哪个版本；请用 --contract 给出其一",
                )

    def contract_of(self, path: str) -> Contract | None:
        """The contract whose path a request has, whatever stands in the place of the project id; None for none."""
        if path not in self._found:
            if len(self._found) >= _MOST_PATHS:
                self._found.clear()
            self._found[path] = self._search(path)
        return self._found[path]

    def _search(self, path: str) -> Contract | None:
        wanted = _steps_of(path.partition("?")[0])
        return next((contract for path, contract in self._contracts.items() if _fits(path, wanted)), None)

    def fitting(self, path: str) -> list[str]:
        """The ids of the contracts of the kit, chosen or not, whose path a request has."""
        wanted = _steps_of(path.partition("?")[0])
        return [name for name, path in _known_paths() if _fits(path, wanted)]


@cache
def _known_paths() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((name, _steps_of(load_contract(name).page.path)) for name in contract_ids())


def is_documented(request: Request) -> bool:
    """Whether a request is of an operation that some contract of the kit describes."""
    return bool(Operations(()).fitting(request.path))


def _steps_of(path: str) -> tuple[str, ...]:
    return tuple(path.strip("/").split("/"))


def _fits(path: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    return len(path) == len(wanted) and all(
        ours in (theirs, PROJECT_SLOT) for ours, theirs in zip(path, wanted, strict=True)
    )
