"""Proves that the checks can fail: runs the kit against every faulty implementation, and against every unusual but
conformant one, which must stay green. The result is the kill table.

Implementations are called in this process, unless what they do shows on a wire only or `live` is asked for; then each
is a process of its own behind a socket. A fault is asked first what aims at its own requirement, and no further once
that requirement's check fired; a variant is asked everything.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from conformance.contract.contract import Contract, load_contract, with_positions
from conformance.contract.requirements import DEPTHS
from conformance.engine.lookup import FaultyImplementation, unknown_name
from conformance.engine.purposes import URL, Purpose, in_depth, load_purposes
from conformance.engine.run import Run
from conformance.engine.scripts import Maker, Planned, drawn_script
from conformance.files import PRIMARY, add_contracts, added_folder, contract_ids, default_contracts
from conformance.judging.expect import Expectation, expect
from conformance.targets.reference import ReferenceFleet, ReferenceTarget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conformance.contract.requirements import Depth
    from conformance.engine.scripts import Scripts
    from conformance.engine.sight import Answers
    from conformance.exchange import Request
    from conformance.strategies.draw import Draw
    from conformance.targets.http import HttpTarget

_CAPABILITIES = frozenset({URL})
"""What every faulty implementation has: each is the reference, which is started with them."""


_KEPT_BYTES = 400_000_000
"""Bytes of request bodies that a process keeps."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What the kit found in one implementation.

    `killed` are ids of requirements that the fault was made to break and whose check fired; `missed` are names that it
    was made to break and that no contract's check fired for; `others` are further broken requirements of level must.
    `requests` were sent until the first finding, or in all where there was none. `depth` is that of the run. `error` is
    the kit's own failure, or a misspelt name among those that the fault breaks.
    """

    implementation: FaultyImplementation
    killed: tuple[str, ...]
    missed: tuple[str, ...]
    others: tuple[str, ...]
    requests: int
    depth: Depth = "standard"
    error: str | None = None

    @property
    def survived_musts(self) -> tuple[str, ...]:
        """Names of requirements of level must that the fault was made to break, and whose check did not fire."""
        return tuple(name for name in self.missed if name in must_names())

    @property
    def good(self) -> bool:
        """A fault is killed by all of its own checks; a variant breaks no must."""
        if self.error is not None:
            return False
        return not self.missed if self.implementation.kind == "fault" else not self.others


def prove_all(
    implementations: Sequence[FaultyImplementation],
    jobs: int,
    *,
    live: bool = False,
    engine: Mapping[str, float] = MappingProxyType({}),
) -> Iterator[Proof]:
    """Prove implementations in `jobs` processes, in their order; `live` puts a socket between them and the kit.

    `engine` gives shares of documents that their engine gets wrong, and the seed of that: see `ReferenceFleet.open`.
    """
    # Fresh processes: a fork would share the parent's threads and connections.
    context = multiprocessing.get_context("spawn")
    folder = added_folder()
    with ProcessPoolExecutor(max_workers=jobs, mp_context=context, initializer=_settle_in, initargs=(folder,)) as pool:
        yield from pool.map(partial(prove, live=live, engine=dict(engine)), implementations)


def _settle_in(folder: Path | None) -> None:
    """Make the contracts of a folder known, and a process of the pool quiet.

    An interrupt is the parent's to handle, and only Python may write to stderr: libraries in C, below Pillow, comment
    there on files that are damaged on purpose.
    """
    if folder is not None:
        add_contracts(folder)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stderr = os.fdopen(os.dup(2), "w")
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)


def prove(
    implementation: FaultyImplementation, *, live: bool = False, engine: Mapping[str, float] = MappingProxyType({})
) -> Proof:
    """Run the kit against one implementation: until its own checks fired, or, for a variant, with everything."""
    bench = _bench()
    unknown = unknown_name(implementation, bench.contracts)
    if unknown is not None:
        return Proof(implementation, (), implementation.breaks, (), 0, error=unknown)
    with closing(bench.open(implementation, live=live, engine=engine)) as target:
        if implementation.kind == "variant":
            return _prove_variant(bench, target, implementation)
        proof = _prove_fault(bench, target, implementation)
        # What is seen less often around an engine that misses takes more requests to be told from its misses.
        return _prove_fault(bench, target, implementation, "thorough") if engine and proof.missed else proof


@cache
def must_names() -> frozenset[str]:
    """Names of the requirements of level must of the primary contracts."""
    contracts = (load_contract(name) for name in PRIMARY)
    return frozenset(r.name for contract in contracts for r in contract.requirements.values() if r.level == "must")


class Bench:
    """What the proofs of one process share, since it is the same for all: contracts, purposes, and their requests."""

    def __init__(self) -> None:
        self.contracts = tuple(load_contract(name) for name in default_contracts())
        self._purposes = {contract.id: load_purposes(contract) for contract in self.contracts}
        self._maker = _KeptMaker()
        self._expected: dict[int, Expectation] = {}
        self._folder = added_folder()
        self._fleet = ReferenceFleet(self._folder)

    def concerned(self, implementation: FaultyImplementation) -> tuple[Contract, ...]:
        """The contracts that an implementation is asked by: that whose tables it was made from, or all."""
        made_from = implementation.id.partition(":")[0]
        return tuple(contract for contract in self.contracts if contract.id == made_from) or self.contracts

    def declaring(self, implementation: FaultyImplementation) -> tuple[Contract, ...]:
        """The contracts under what a variant declares; where no primary one has the position, the edition that has."""
        if not implementation.declares:
            return self.contracts
        chosen = dict(stated.split("=", 1) for stated in implementation.declares)
        known = [self.contracts, (load_contract(name) for name in reversed(contract_ids()) if name not in PRIMARY)]
        having = [c for contracts in known for c in contracts if chosen.keys() <= c.positions.keys()]
        primary = [contract for contract in having if contract in self.contracts]
        return tuple(with_positions(contract, chosen) for contract in primary or having[:1])

    def open(
        self, implementation: FaultyImplementation, *, live: bool, engine: Mapping[str, float] = MappingProxyType({})
    ) -> HttpTarget:
        """An implementation as a target, to be closed."""
        faults = [implementation.id]
        editions = [c.id for c in self.declaring(implementation) if c.id not in {k.id for k in self.contracts}]
        if live or implementation.wire:
            return ReferenceTarget(faults=faults, editions=editions, contracts=self._folder, engine=engine)
        return self._fleet.open(faults, engine, editions=editions)

    def purposes(self, contract: Contract, depth: Depth) -> list[Purpose]:
        """What a run at a depth would send, explorations aside: shallow and small first."""
        known = self._purposes[contract.id] if self._is_plain(contract) else load_purposes(contract)
        chosen = in_depth(known, depth)
        return sorted(chosen, key=lambda purpose: (purpose.depth != "smoke", purpose.heavy))

    def run(
        self, contracts: Sequence[Contract], target: HttpTarget, depth: Depth, scripts: Scripts | None = None
    ) -> Run:
        """A run of contracts at a depth, by scripts of its own or those of all: no purpose is run again."""
        return Run(
            contracts,
            target,
            depth=depth,
            attempts=1,
            capabilities=_CAPABILITIES,
            scripts=scripts or self.script,
            expected=self.expected,
        )

    def script(self, purpose: Purpose, contract: Contract, _attempt: int, answers: Answers) -> Iterator[Planned]:
        """The requests of a purpose, each drawn when it is first wanted, and kept."""
        return drawn_script(purpose, contract, 0, answers, self._maker)

    def expected(self, request: Request, contract: Contract) -> Expectation:
        """What a contract allows for a request of a script; of one that is kept the object stands for it."""
        if id(request) not in self._maker.known or not self._is_plain(contract):
            return expect(request, contract)
        if id(request) not in self._expected:
            self._expected[id(request)] = expect(request, contract)
        return self._expected[id(request)]

    def _is_plain(self, contract: Contract) -> bool:
        """Whether it is one of those that all runs share, and not one under other positions."""
        return any(contract is known for known in self.contracts)


@cache
def _bench() -> Bench:
    return Bench()


class _KeptMaker(Maker):
    """A maker that keeps what it made, since many targets are sent the same: up to _KEPT_BYTES of bodies."""

    def __init__(self) -> None:
        """Has made nothing."""
        super().__init__()
        self.known: dict[int, Request] = {}
        self._made: dict[tuple[object, ...], Request] = {}
        self._bytes = 0

    def valid(self, contract: Contract, draw: Draw) -> Request:
        """The request of a draw."""
        return self._kept((contract.id, draw), lambda: Maker.valid(self, contract, draw))

    def broken(self, contract: Contract, fault: str, draw: Draw, seed: int) -> Request:
        """The request of a draw with a fault."""
        return self._kept((contract.id, fault, draw), lambda: Maker.broken(self, contract, fault, draw, seed))

    def _kept(self, key: tuple[object, ...], make: Callable[[], Request]) -> Request:
        if key in self._made:
            return self._made[key]
        request = make()
        if self._bytes < _KEPT_BYTES:
            control = request.label.control if request.label is not None else request
            self._bytes += len(request.body) + (len(control.body) if control is not request else 0)
            self._made[key] = request
            self.known[id(request)] = request
            self.known[id(control)] = control
        return request


class _Hunt:
    """A run of one contract that ends once all of its own requirements are broken. `first` is 0 without a finding."""

    def __init__(
        self, bench: Bench, target: HttpTarget, contract: Contract, names: Sequence[str], least: Depth = "standard"
    ) -> None:
        self.names = frozenset(names) & contract.requirements.keys()
        self.contract = _declaring(contract, self.names)
        self.own = frozenset(f"{contract.id}/{name}" for name in self.names)
        self.depth = max(least, depth_of(contract, self.names), key=DEPTHS.index)
        self.first = 0
        self._bench = bench
        self.run = bench.run([self.contract], target, self.depth, lambda *asked: self._script(bench.script(*asked)))

    def go(self, wanted: Callable[[Purpose], bool]) -> None:
        """Run the purposes that are wanted."""
        for purpose in filter(wanted, self._bench.purposes(self.contract, self.depth)):
            if self.over or self.run.ledger.stop_reason is not None:
                return
            self.run.run_purpose(purpose)
            self._look()

    def aims(self, purpose: Purpose) -> bool:
        """Whether a purpose aims at one of its own requirements."""
        return not self.names.isdisjoint(purpose.aims)

    @property
    def over(self) -> bool:
        """Whether there is nothing left to be found."""
        return self.own <= self.broken

    @property
    def broken(self) -> frozenset[str]:
        """Ids of the requirements broken so far."""
        return frozenset(name for name, account in self.run.ledger.accounts.items() if account.broken)

    def _script(self, planned: Iterator[Planned]) -> Iterator[Planned]:
        for step in planned:
            yield step
            self._look()
            if self.over:
                return

    def _look(self) -> None:
        if not self.first and self.broken:
            self.first = self.run.budget.requests


def _declaring(contract: Contract, names: frozenset[str]) -> Contract:
    """The contract under the positions that requirements of these names need; mostly the contract itself."""
    needs = {contract.requirements[name].needs for name in names} - contract.capabilities - _CAPABILITIES - {None}
    chosen = dict(need.split("=", 1) for need in needs if need is not None and "=" in need)
    return with_positions(contract, {**contract.positions, **chosen}, declared=chosen) if chosen else contract


def depth_of(contract: Contract, names: frozenset[str]) -> Depth:
    """The shallowest depth from standard on whose verdict speaks of all of these requirements."""
    return "thorough" if any(contract.requirements[name].depth == "thorough" for name in names) else "standard"


def _prove_fault(
    bench: Bench, target: HttpTarget, implementation: FaultyImplementation, least: Depth = "standard"
) -> Proof:
    concerned = bench.concerned(implementation)
    hunts = [_Hunt(bench, target, contract, implementation.breaks, least) for contract in concerned]
    for hunt in hunts:
        hunt.go(hunt.aims)
    for hunt in hunts if _missed(implementation, hunts) else ():
        hunt.go(lambda purpose, hunt=hunt: not hunt.aims(purpose))  # type: ignore[misc]
    found = [hunt for hunt in hunts if hunt.broken]
    return Proof(
        implementation=implementation,
        killed=tuple(sorted(name for hunt in hunts for name in hunt.own & hunt.broken)),
        missed=_missed(implementation, hunts),
        others=tuple(name for hunt in hunts for name in sorted(hunt.broken - hunt.own) if _is_must(hunt, name)),
        requests=min(hunt.first for hunt in found) if found else sum(hunt.run.budget.requests for hunt in hunts),
        depth="thorough" if any(hunt.depth == "thorough" for hunt in hunts) else "standard",
        error=next((error for hunt in hunts if (error := _error(hunt.run)) is not None), None),
    )


def _missed(implementation: FaultyImplementation, hunts: Sequence[_Hunt]) -> tuple[str, ...]:
    fired = {name.partition("/")[2] for hunt in hunts for name in hunt.own & hunt.broken}
    return tuple(name for name in implementation.breaks if name not in fired)


def _prove_variant(bench: Bench, target: HttpTarget, implementation: FaultyImplementation) -> Proof:
    points = frozenset(implementation.points)
    contracts = bench.declaring(implementation)
    deep = {
        (contract.id, requirement.name)
        for contract in contracts
        for requirement in contract.requirements.values()
        if requirement.depth == "thorough" and points.intersection(requirement.points)
    }
    depth: Depth = "thorough" if deep else "standard"
    run = bench.run(contracts, target, depth)
    run.execute(
        [
            purpose
            for contract in contracts
            for purpose in bench.purposes(contract, depth)
            if purpose.depth != "thorough" or any((contract.id, aim) in deep for aim in purpose.aims)
        ]
    )
    accounts = run.ledger.accounts.values()
    broken = tuple(a.requirement.id for a in accounts if a.verdict == "fail" and a.requirement.level == "must")
    return Proof(implementation, (), (), broken, run.budget.requests, depth, _error(run))


def _is_must(hunt: _Hunt, requirement_id: str) -> bool:
    return hunt.contract.requirement(requirement_id).level == "must"


def _error(run: Run) -> str | None:
    return next((f"{result.purpose.id}: {result.error}" for result in run.ledger.errors), None)
