"""Holds the judge against the second opinion: what one of them says and the other does not, by kind."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Any

from promises import LEVELS, Breach, Case, parse
from second_opinion import second_opinion

from conformance.contract.contract import Contract, load_contract
from conformance.judging import judge
from conformance.judging.view import View

if TYPE_CHECKING:
    from answer_mutants import Mutant

    from conformance.judging import Observation
    from conformance.judging.expect import Expectation

_PYTHON = re.compile(r"\b(None|True|False|inf|nan|dict|Decimal)\b")


@dataclass
class Compared:
    """How often the two disagreed, by kind, and the first few of each."""

    judged: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, example: str) -> None:
        """Count a disagreement."""
        self.counts[kind] += 1
        kept = self.examples.setdefault(kind, [])
        if len(kept) < 6:
            kept.append(example)


class Judge:
    """The judge of the kit, which reads the requests of a recording once."""

    def __init__(self) -> None:
        self._expected: dict[int, Expectation] = {}
        self._controls: dict[int, View] = {}

    def __call__(self, case: Case) -> list[Observation]:
        """What the judge says."""
        contract, sent = contract_of(case.contract), case.exchange.request
        control = None
        if case.control is not None:
            key = id(case.control)
            control = self._controls.setdefault(key, View(case.control, contract))
        view = View(case.exchange, contract, control, self._expected.get(id(sent)))
        self._expected.setdefault(id(sent), view.expectation)
        return judge(view)


@cache
def contract_of(name: str) -> Contract:
    """A contract as it is without a statement."""
    return load_contract(name)


def compare(mutants: Iterable[Mutant]) -> Compared:
    """Judge every mutant twice."""
    found, judge_of = Compared(), Judge()
    for mutant in mutants:
        found.judged += 1
        for kind, detail in disagreements(mutant.case, judge_of(mutant.case)):
            found.add(kind, f"{mutant}: {detail}")
    return found


def disagreements(case: Case, observations: list[Observation]) -> Iterator[tuple[str, str]]:
    """What the judge says otherwise than the second opinion: the kind, and the details."""
    contract, opinion = contract_of(case.contract), second_opinion(case)
    broken = {o.requirement.partition("/")[2]: o for o in observations if o.state == "broken"}
    held = {o.requirement.partition("/")[2] for o in observations if o.state == "held"}
    levels = {name: contract.requirements[name].level for name in broken}
    for breach in opinion:
        if breach.least == "none":
            continue
        said = [name for name in broken if _among(name, breach)]
        best = max((_rank(levels[name]) for name in said), default=-1)
        if best < 0:
            silent = not set(levels.values()) & {"must", "should"}
            proven = [name for name in held if name in breach.names]
            kind = "silent" if silent else "held" if proven and len(breach.names) == 1 else "unnamed"
            yield f"{kind}: {breach.promise}", f"{breach.names}; found {sorted(broken)}"
        elif best < _rank(breach.least):
            yield f"weaker: {breach.promise}", f"{breach.least} promised; found {said}"
    for name, level in levels.items():
        if level == "must" and not any(breach.most == "must" and _among(name, breach) for breach in opinion):
            yield f"overreach: {name}", _shown(broken[name])
    yield from _wrong_places(case, broken)


def _among(name: str, breach: Breach) -> bool:
    return any(name == known or ("*" in known and fnmatchcase(name, known)) for known in breach.names)


def _rank(level: str) -> int:
    return LEVELS.index(level) if level in LEVELS else 0


def _shown(observation: Observation) -> str:
    return f"{observation.pointer} {observation.observed.en}"


def _wrong_places(case: Case, broken: dict[str, Observation]) -> Iterator[tuple[str, str]]:
    response = case.exchange.response
    body = response.body if response is not None else b""
    try:
        value = parse(body)
    except ValueError:
        value = None
    for name, observation in broken.items():
        if observation.pointer and not resolves(observation.pointer, value):
            yield f"pointer: {name}", _shown(observation)
        for text in (observation.observed.en, observation.observed.zh):
            words = {word for word in _PYTHON.findall(text) if word.encode() not in body}
            if words:
                yield f"python: {name}", _shown(observation)
                break


def resolves(pointer: str, value: Any) -> bool:
    """Whether there is something at a JSON Pointer."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return False
    return True


def as_json(found: Compared) -> str:
    """The counts, for a file."""
    return json.dumps(dict(sorted(found.counts.items())), indent=1)
