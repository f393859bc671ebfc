"""What is known about a requirement: which purposes aim at it, and which faulty implementations break it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from conformance.contract.contract import PRIMARY, contract_ids, load_contract
from conformance.engine.purposes import load_purposes
from conformance.files import DataError, added_folder, default_contracts, near_it, nearest

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Requirement


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


def faulty_implementations() -> list[FaultyImplementation]:
    """Every faulty implementation and every variant, as the reference lists them; it is asked by name, as a stranger.

    Where contracts were added those that say something about them: the faults made from their tables by rule (their ids
    begin with the contract's), and those of the fleet that break requirements which no rule breaks.

    Raises DataError where it does not answer.
    """
    command = [sys.executable, "-m", "conformance.reference", "--list-faults", "--json"]
    folder = added_folder()
    command += ["--contracts", str(folder)] if folder is not None else []
    answered = subprocess.run(command, capture_output=True, text=True, check=False)
    if answered.returncode:
        raise DataError(f"the reference implementation did not list its faults: {answered.stderr.strip()}")
    listed = [
        FaultyImplementation(
            id=str(row["id"]),
            title=str(row["title"]),
            breaks=tuple(row["breaks"]),
            kind=str(row["kind"]),
            points=tuple(row["points"]),
            wire=bool(row["wire"]),
            declares=tuple(row["declares"]),
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
            return f"breaks: no requirement {name!r}; {near_it(name, known)}"
    return None


def find_requirement(requirement_id: str) -> tuple[Contract, Requirement]:
    """A requirement by its full id, or by a name that only one contract has, or only one of the primary ones.

    Raises DataError otherwise.
    """
    contract_id, slash, _ = requirement_id.partition("/")
    if slash and contract_id in contract_ids():
        contract = load_contract(contract_id)
        return contract, contract.requirement(requirement_id)
    found = [
        (c, c.requirements[requirement_id])
        for c in map(load_contract, contract_ids())
        if requirement_id in c.requirements
    ]
    # Editions have the requirements of the edition before: a bare name means the document under test.
    found = [(c, r) for c, r in found if c.id in PRIMARY] or found
    if len(found) == 1:
        return found[0]
    if found:
        raise DataError(f"{requirement_id!r} is in several contracts; write {' or '.join(r.id for _, r in found)}")
    names = {r.id: r.name for c in map(load_contract, contract_ids()) for r in c.requirements.values()}
    near = nearest(requirement_id, [*dict.fromkeys(names.values()), *names])
    hint = f"near it are {', '.join(near)}" if near else "list them with `ocr-conformance requirements`"
    raise DataError(f"no requirement {requirement_id!r}; {hint}")


def purposes_by_requirement(contract: Contract) -> Mapping[str, Sequence[str]]:
    """Ids of the purposes that aim at each requirement, by its name."""
    found: dict[str, list[str]] = {name: [] for name in contract.requirements}
    for purpose in load_purposes(contract):
        for aim in purpose.aims:
            found[aim].append(purpose.id)
    return found
