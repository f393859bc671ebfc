"""Proves that the checks can fail: runs the kit against every faulty implementation, and against every unusual but
conformant one, which must stay green. The result is the kill table.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from conformance.contract.contract import PRIMARY, Contract, load_contract
from conformance.engine.catalogue import FaultyImplementation
from conformance.engine.purposes import URL, Purpose, in_depth, load_purposes
from conformance.engine.run import Run
from conformance.targets.reference import ReferenceTarget

if TYPE_CHECKING:
    from conformance.contract.requirements import Depth, Requirement

_CAPABILITIES = frozenset({URL})
"""What every faulty implementation has: each is the reference, which is started with them."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the kit found in one implementation.

    `killed` are ids of requirements that the fault was made to break and whose check fired; `missed` are names that it
    was made to break and that no contract's check fired for; `others` are further broken requirements of level must.
    `requests` were sent until the first finding, or in all where there was none. `error` is the kit's own failure.
    """

    implementation: FaultyImplementation
    killed: tuple[str, ...]
    missed: tuple[str, ...]
    others: tuple[str, ...]
    requests: int
    error: str | None = None

    @property
    def good(self) -> bool:
        """A fault is killed by all of its own checks; a variant breaks no must."""
        if self.error is not None:
            return False
        return not self.missed if self.implementation.kind == "fault" else not self.others


def prove_all(implementations: Sequence[FaultyImplementation], jobs: int) -> Iterator[Proof]:
    """Prove implementations in `jobs` processes, in their order."""
    # Fresh processes: a fork would share the parent's threads and connections.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context) as pool:
        yield from pool.map(prove, implementations)


def prove(implementation: FaultyImplementation) -> Proof:
    """Run the kit against one implementation: until its own checks fired, or, for a variant, at depth standard."""
    contracts = [load_contract(name) for name in PRIMARY]
    if implementation.kind == "variant":
        return _prove_variant(implementation, contracts)
    proofs = [_prove_fault(implementation, contract, _aimed) for contract in contracts]
    fired = {name.partition("/")[2] for proof in proofs for name in proof.killed}
    if set(implementation.breaks) - fired:
        proofs = [_prove_fault(implementation, contract, _everything) for contract in contracts]
        fired = {name.partition("/")[2] for proof in proofs for name in proof.killed}
    errors = [proof.error for proof in proofs if proof.error is not None]
    return Proof(
        implementation=implementation,
        killed=tuple(name for proof in proofs for name in proof.killed),
        missed=tuple(name for name in implementation.breaks if name not in fired),
        others=tuple(name for proof in proofs for name in proof.others),
        requests=min((proof.requests for proof in proofs if proof.killed or proof.others), default=0),
        error=errors[0] if errors else None,
    )


def _aimed(purposes: Sequence[Purpose], names: frozenset[str]) -> list[Purpose]:
    """The purposes that aim at a requirement of these names; the first ones where none does."""
    return [purpose for purpose in purposes if names.intersection(purpose.aims)] or list(purposes[:3])


def _everything(purposes: Sequence[Purpose], names: frozenset[str]) -> list[Purpose]:
    aimed = _aimed(purposes, names)
    return aimed + [purpose for purpose in purposes if purpose not in aimed]


def _prove_fault(
    implementation: FaultyImplementation,
    contract: Contract,
    choose: Callable[[Sequence[Purpose], frozenset[str]], list[Purpose]],
) -> Proof:
    names = frozenset(implementation.breaks) & contract.requirements.keys()
    if not names:
        return Proof(implementation, (), (), (), 0)
    own = {f"{contract.id}/{name}" for name in names}
    depth = _depth_of([contract.requirements[name] for name in names])
    purposes = choose(in_depth(load_purposes(contract), depth), names)
    first, broken = 0, set[str]()
    with ReferenceTarget(faults=[implementation.id]) as target:
        run = Run([contract], target, depth=depth, attempts=1, capabilities=_CAPABILITIES)
        for purpose in sorted(purposes, key=lambda purpose: purpose.depth != "smoke"):
            run.run_purpose(purpose)
            broken = {name for name, account in run.ledger.accounts.items() if account.verdict == "fail"}
            first = first or (run.budget.requests if broken else 0)
            if own <= broken or run.ledger.stop_reason is not None:
                break
    return Proof(
        implementation=implementation,
        killed=tuple(sorted(own & broken)),
        missed=(),
        others=tuple(sorted(name for name in broken - own if _is_must(contract, name))),
        requests=first or run.budget.requests,
        error=_error(run),
    )


def _depth_of(requirements: Sequence[Requirement]) -> Depth:
    """The shallowest depth from standard on whose verdict speaks of all of them."""
    return "thorough" if any(requirement.depth == "thorough" for requirement in requirements) else "standard"


def _prove_variant(implementation: FaultyImplementation, contracts: Sequence[Contract]) -> Proof:
    with ReferenceTarget(faults=[implementation.id]) as target:
        run = Run(contracts, target, attempts=1, capabilities=_CAPABILITIES)
        run.execute([p for contract in contracts for p in in_depth(load_purposes(contract), "standard")])
    accounts = run.ledger.accounts
    broken = [a.requirement.id for a in accounts.values() if a.verdict == "fail" and a.requirement.level == "must"]
    return Proof(implementation, (), (), tuple(broken), run.budget.requests, _error(run))


def _is_must(contract: Contract, requirement_id: str) -> bool:
    return contract.requirement(requirement_id).level == "must"


def _error(run: Run) -> str | None:
    return next((f"{result.purpose.id}: {result.error}" for result in run.ledger.errors), None)
