"""The one judge: from an exchange to observations. Live runs, replayed cassettes and audited traffic all come here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from conformance.contract.additions import added_checks
from conformance.contract.contract import Contract, contract_from
from conformance.contract.requirements import Requirement
from conformance.exchange import Exchange
from conformance.files import DataError, near_it
from conformance.judging import content, corners, document, envelope, locations, requests, tickets
from conformance.judging.envelope import Check
from conformance.judging.looks import Looks
from conformance.judging.observation import Observation
from conformance.judging.shape import judge_shape
from conformance.judging.view import View

CHECKS: Mapping[str, Check] = {
    **envelope.CHECKS,
    **requests.CHECKS,
    **tickets.CHECKS,
    **content.CHECKS,
    **document.CHECKS,
    **locations.CHECKS,
    **corners.CHECKS,
}
"""Every check by the name that requirements use; those of APART are judged apart."""

_MOST_LOOKS = 16
"""Contracts whose looks are kept in mind."""

APART = frozenset({"schema", "relation", "measure"})
"""Judged by the schema of answers, between two answers, and by all answers of a run."""


def require_checks(contract: Contract) -> None:
    """Raise DataError, naming the nearest checks, where a requirement names one that does not exist."""
    for name, requirements in contract.by_check.items():
        if name not in CHECKS and name not in APART and name not in added_checks():
            stated, near = requirements[0].id, near_it(name, (*CHECKS, *added_checks()))
            raise DataError(
                f"{stated}: no check is named {name!r}; {near.en}; checks are listed in CHECKS of conformance/judging/",
                f"{stated}：没有名为 {name!r} 的检查；{near.zh}；检查列于 conformance/judging/ 的 CHECKS",
            )


def examine(
    exchange: Exchange, contract: Contract | str | Path, *, control: Exchange | None = None
) -> list[Observation]:
    """What an exchange says about each requirement of a contract that it could hold or break.

    `control` is the exchange of the same request without its fault; without it no refusal is a witness. Never raises
    for anything that a target answered. The contract may be given by its id or its folder; raises DataError for an
    unknown one, and for other values.
    """
    contract = contract_from(contract)
    return looks_of(contract).say(View(exchange, contract, View(control, contract) if control is not None else None))


_LOOKS: dict[tuple[int, tuple[str, ...]], tuple[Contract, Looks]] = {}
"""What was learnt in this process, so that nothing is learnt twice: by the contract, and what is asked about."""


def looks_of(contract: Contract, names: tuple[str, ...] = ()) -> Looks:
    """What judges the answers of a contract at a glance; each of `names`, full ids of requirements, has a bit."""
    key = id(contract), names
    if key not in _LOOKS:
        if len(_LOOKS) >= _MOST_LOOKS:
            _LOOKS.clear()
        _LOOKS[key] = contract, Looks(contract, {name: 1 << place for place, name in enumerate(names)}, judge)
    return _LOOKS[key][1]


def _added(name: str, view: View) -> Check:
    """The check of another distribution; what it raises is told as its own. Raises DataError where there is none."""
    check = added_checks().get(name)
    if check is None:
        require_checks(view.contract)

    def judged(view: View, requirement: Requirement) -> Observation | None:
        try:
            found: Observation | None = check(view, requirement) if check is not None else None
        except Exception as error:
            raise RuntimeError(f"the added check {name} failed: {type(error).__name__}: {error}") from error
        return found

    return judged


def judge(view: View) -> list[Observation]:
    """`examine` for an exchange that is read already, so that what was read is not read again."""
    found = judge_shape(view)
    for name, requirements in view.contract.by_check.items():
        if name in APART or (name in requests.OF_FAULTS and not view.expectation.faults):
            continue
        check = CHECKS.get(name) or _added(name, view)
        for requirement in requirements:
            observation = check(view, requirement)
            if observation is not None:
                found.append(observation)
    return found
