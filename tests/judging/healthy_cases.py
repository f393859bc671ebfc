"""Healthy exchanges to take apart: those of the recording that ships with the kit, and what the reference answers."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from promises import Case

from conformance.contract.contract import Contract, load_contract
from conformance.engine.purposes import Purpose, in_depth, load_purposes
from conformance.engine.run import Run
from conformance.engine.scripts import Planned
from conformance.exchange import Exchange
from conformance.files import PRIMARY
from conformance.judging.expect import expect
from conformance.recordings.reader import CassetteReader
from conformance.targets.reference import ReferenceFleet

RECORDED = Path(__file__).parents[2] / "cases" / "cassettes" / "reference-smoke"


def recorded_cases(folder: Path = RECORDED) -> list[Case]:
    """The exchanges of a recording, each beside its control."""
    found: list[Case] = []
    controls: dict[tuple[str, int], Exchange] = {}
    for one in CassetteReader(folder):
        controls[one.purpose, one.position] = one.exchange
        control = controls.get((one.purpose, one.control)) if one.control is not None else None
        found.append(Case(one.contract, one.exchange, control))
    return found


class _Listener:
    """Keeps every exchange of a run, beside its control."""

    def __init__(self) -> None:
        self.cases: list[Case] = []
        self._sent: dict[tuple[str, int], Exchange] = {}

    def exchanged(self, purpose: Purpose, planned: Planned, _attempt: int, exchange: Exchange) -> None:
        contract_id = purpose.id.partition("/")[0]
        self._sent[purpose.id, planned.position] = exchange
        control = self._sent.get((purpose.id, planned.control)) if planned.control is not None else None
        self.cases.append(Case(contract_id, exchange, control, open_input(exchange, load_contract(contract_id))))

    def finished(self, _result: object) -> None:
        """Nothing to do."""


def open_input(exchange: Exchange, contract: Contract) -> str | None:
    """The requirement about an input that the pages leave open, where the request has just one such input."""
    if exchange.request.label is not None:
        return None
    features = expect(exchange.request, contract).features
    names = [
        requirement.name
        for requirement in contract.requirements.values()
        if requirement.check == "open" and features.issuperset(requirement.features)
    ]
    return names[0] if len(names) == 1 else None


def asked_cases(wanted: Callable[[Purpose, Contract], bool]) -> list[Case]:
    """What the reference answers, in this process, to the purposes of both contracts that are wanted."""
    listener = _Listener()
    with closing(ReferenceFleet().open(())) as target:
        for contract in map(load_contract, PRIMARY):
            run = Run([contract], target, attempts=1, listeners=[listener])
            for purpose in in_depth(load_purposes(contract), "standard"):
                if wanted(purpose, contract) and not purpose.heavy:
                    run.run_purpose(purpose)
    return listener.cases


def open_cases() -> list[Case]:
    """What the reference answers to each input that the pages leave open, one request of each."""

    def wanted(purpose: Purpose, contract: Contract) -> bool:
        return any(
            name in contract.requirements and contract.requirements[name].check == "open" for name in purpose.aims
        )

    found: dict[tuple[str, str], Case] = {}
    for case in asked_cases(wanted):
        if case.open is not None and case.control is not None:
            found.setdefault((case.contract, case.open), case)
    return [replace(case) for case in found.values()]
