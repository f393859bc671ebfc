"""Decides the limits of a target statement from everything that a run saw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from conformance.engine.account import Measured
from conformance.engine.intervals import Interval, wilson
from conformance.judging.observation import Observation, State
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.contract import Contract
    from conformance.contract.requirements import Measure, Requirement
    from conformance.engine.figures import Counted, Figures
    from conformance.engine.ledger import ExchangeNote, Ledger

_MOST_PICTURES = 100_000


def measure_all(ledger: Ledger, contract: Contract) -> list[Measured]:
    """Every limit of a contract that the run speaks of."""
    return [
        _measured(account.requirement, account.requirement.measure, ledger, contract)
        for account in ledger.accounts.values()
        if account.requirement.measure is not None and account.requirement.id.startswith(f"{contract.id}/")
    ]


def _measured(requirement: Requirement, measure: Measure, ledger: Ledger, contract: Contract) -> Measured:
    if measure.kind == "latency":
        return _latency(requirement, measure, ledger, contract)
    if measure.kind == "billed":
        return _billed(requirement, measure, ledger, contract)
    return _recognition(requirement, measure, ledger.figures, contract.id)


def _recognition(requirement: Requirement, measure: Measure, figures: Figures, contract_id: str) -> Measured:
    counted: Counted = "fields" if measure.kind == "fields" else "recall" if measure.kind == "recall" else "precision"
    found = figures.share(counted, contract_id, measure.pictures, measure.type, measure.confidence)
    recall = counted == "recall"
    keys = figures.keys(contract_id, measure.pictures, measure.type)
    evidence = [
        exchange
        for showing in ("missed" if recall else "invented", "seen")
        for key in keys
        if (exchange := figures.exchange(showing, key)) is not None
    ]
    if measure.kind == "fields":
        words = Text(f"{found.hits} of {found.trials} fields read", f"{found.trials} 个字段中读对 {found.hits} 个")
    elif recall:
        words = Text(f"{found.hits} of {found.trials} recognised", f"{found.trials} 张中识别出 {found.hits} 张")
    else:
        words = Text(f"{found.hits} of {found.trials} right", f"识别 {found.trials} 张，正确 {found.hits} 张")
    if round(found.documents) < found.trials:
        worth = round(found.documents)
        words = Text(f"{words.en}, worth {worth} documents", f"{words.zh}，相当于 {worth} 份独立票证")
    words = Text(f"{words.en}: {_range(found)}", f"{words.zh}：{_range(found)}")
    if found.low >= measure.bound:
        state: State = "held"
    elif found.high < measure.bound:
        state = "broken"
    else:
        state, words = "undecided", _too_few(words, found, measure)
    observation = Observation(requirement.id, state, requirement.statement, words)
    return Measured(observation, evidence[0] if evidence else None)


def _range(found: Interval) -> str:
    share = f"{found.share:.3f}, " if found.share is not None else ""
    return f"{share}{found.low:.3f} ... {found.high:.3f}"


def _too_few(words: Text, found: Interval, measure: Measure) -> Text:
    """How many documents more without a miss would prove it, each asked as often as those so far."""
    often = found.trials / found.documents if found.documents else 1.0
    low, high = 0, _MOST_PICTURES
    while low < high:
        more = (low + high) // 2
        hits, trials = found.hits + more * often, found.trials + more * often
        proven = wilson(hits, trials, measure.confidence, found.documents + more).low >= measure.bound
        low, high = (low, more) if proven else (more + 1, high)
    return Text(
        f"{words.en}; too few to tell from {measure.bound:g}: {low} more without a miss would prove it",
        f"{words.zh}；数量太少，无法判断是否达到 {measure.bound:g}；再测 {low} 张且全部正确即可证实",
    )


def answered_ms(notes: Iterable[ExchangeNote], paths: Mapping[str, str]) -> dict[str, list[float]]:
    """Milliseconds of every valid request that was answered, sorted, by contract; `paths` are theirs by id.

    Faulty requests are left out, since refusing is quicker than recognising, and so are requests without an answer and
    those that the target asked to send again.
    """
    elapsed: dict[str, list[float]] = {contract: [] for contract in paths}
    contracts = {path: contract for contract, path in paths.items()}
    for note in notes:
        # The purpose of audited traffic is a file, which names no contract.
        contract = note.purpose.partition("/")[0]
        contract = contract if contract in paths else contracts.get(note.path, "")
        counts = note.fault is None and note.role != "probe" and not note.retried
        if counts and note.response_bytes and contract in elapsed:
            elapsed[contract].append(note.elapsed_s * 1000)
    return {contract: sorted(values) for contract, values in elapsed.items()}


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of sorted values."""
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def _latency(requirement: Requirement, measure: Measure, ledger: Ledger, contract: Contract) -> Measured:
    ordered = answered_ms(ledger.notes, {contract.id: contract.page.path})[contract.id]
    # Fewer answers than this, and the percentile is no other figure than that of the slowest one.
    needed = math.ceil(100 / (100 - measure.percentile)) if measure.percentile < 100 else 1
    if len(ordered) < needed:
        words = Text(
            f"{len(ordered)} answers; expected at least {needed} for a percentile of {measure.percentile:g}",
            f"响应 {len(ordered)} 个；第 {measure.percentile:g} 百分位至少需要 {needed} 个",
        )
        return Measured(Observation(requirement.id, "undecided", requirement.statement, words), None)
    value = percentile(ordered, measure.percentile)
    words = Text(
        f"p{measure.percentile:g} of {len(ordered)} answers is {value:.0f} ms",
        f"{len(ordered)} 个响应的 p{measure.percentile:g} 为 {value:.0f} 毫秒",
    )
    state: State = "held" if value <= measure.bound else "broken"
    return Measured(
        Observation(requirement.id, state, requirement.statement, words),
        ledger.figures.exchange("slowest", contract.id),
    )


def _billed(requirement: Requirement, measure: Measure, ledger: Ledger, contract: Contract) -> Measured:
    """The meter against the answers; a request without an answer may have been billed or not."""
    notes = [note for note in ledger.notes if note.purpose.startswith(f"{contract.id}/")]
    unknown = sum(note.unknown for note in notes)
    billed = sum(note.billed - min(note.billed, note.unknown) for note in notes)
    metered = int(measure.bound)
    words = Text(f"the answers bill {billed}, the meter shows {metered}", f"响应应计费 {billed}，计量为 {metered}")
    evidence = ledger.figures.exchange("billing", contract.id)
    if billed == metered and notes:
        state: State = "held"
    elif not notes or billed < metered <= billed + unknown:
        state = "undecided"
        words = Text(
            f"{words.en}; {unknown} more may have been billed without an answer",
            f"{words.zh}；另有 {unknown} 张可能计费但未获响应",
        )
    else:
        state = "broken"
    return Measured(Observation(requirement.id, state, requirement.statement, words), evidence)
