"""From exchange to observations: what a request allows (`expect`), what an answer says (`examine`). Pure functions.

Here is the one judge: the table of all checks, and the one that walks over an answer's shape. What an exchange is read
as, once for all checks, is a `view`: what its request gives (`inputs`) and allows (`expect`), the JSON of its answer
(`body`) and the `results` in it. The checks, by what they are of: `envelope`, `acceptance` of requests, `tickets` with
their `content`, the `document` of a call, each `location` by its `geometry`; `relations` between two answers. Most
answers look like one that was judged before: `looks` and `ticket_look` know them at a glance.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast

from conformance.contract.contract import Contract, contract_from
from conformance.contract.family import added_checks
from conformance.contract.owned import of_branch
from conformance.contract.requirements import Requirement
from conformance.contract.subschema import RECOGNISED
from conformance.exchange import Exchange
from conformance.files import DataError, near_it
from conformance.judging import acceptance, content, document, envelope, location, tickets
from conformance.judging.body import Json, as_shown, json_type, no_member, shown, step
from conformance.judging.envelope import Check
from conformance.judging.expect import Expectation, expect
from conformance.judging.looks import Looks
from conformance.judging.relations import COMPARATORS, relate
from conformance.judging.results import AS_DOCUMENTED, Observation
from conformance.judging.view import View
from conformance.text import Text

if TYPE_CHECKING:
    from conformance.contract.owned import SchemaPlace

__all__ = ["CHECKS", "COMPARATORS", "Expectation", "Observation", "examine", "expect", "relate"]


CHECKS: Mapping[str, Check] = {
    **envelope.CHECKS,
    **acceptance.CHECKS,
    **tickets.CHECKS,
    **content.CHECKS,
    **document.CHECKS,
    **location.CHECKS,
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
        if name in APART or (name in acceptance.OF_FAULTS and not view.expectation.faults):
            continue
        check = CHECKS.get(name) or _added(name, view)
        for requirement in requirements:
            observation = check(view, requirement)
            if observation is not None:
                found.append(observation)
    return found


# A successful answer, held against the derived JSON Schema; every keyword of that belongs to a requirement.


_OF_FAILED = ("type", "location")
"""Members of a failed ticket that may as well be missing; its content is a requirement of its own."""

_MOST_BREACHES = 1000
"""Breaches of one answer that are looked at; an answer of three tickets has some sixty places to go wrong."""


def judge_shape(view: View) -> list[Observation]:
    """One observation for each requirement of the `schema` check that the answer could break.

    A result that is missing or empty where nothing can be read is a warning, which another check gives (open points 67
    and 145).
    """
    if view.kind != "success" and not (view.kind == "unreadable" and view.body.readable):
        return []
    if view.empty_handed:
        return []
    if view.kind == "unreadable" and view.of_gateway:
        return []  # what a gateway says in the place of an object is judged by its shape
    walk = _Walk(view)
    walk.visit(view.contract.success_place, _without_nulls(view), None)
    found = list(walk.broken.values())
    if walk.breaches >= _MOST_BREACHES:
        return found  # what the rest of the answer breaks is not known: nothing held
    held = (view.contract.requirements[name] for name in walk.met if name not in walk.broken)
    return [*found, *(view.held(requirement, AS_DOCUMENTED) for requirement in held)]


@dataclass(slots=True)
class _Walk:
    """One walk over an answer: the requirements that had something to hold for (`met`), and the first breach of each.

    `at` are the steps to where it is; `branch` is the kind of the ticket around, None where none is around or it has no
    status, which is held against what failed tickets have to be.
    """

    view: View
    at: list[str | int] = field(default_factory=list)
    met: dict[str, None] = field(default_factory=dict)
    broken: dict[str, Observation] = field(default_factory=dict)
    breaches: int = 0

    def visit(self, place: SchemaPlace, value: Json, branch: str | None, applies: bool = True) -> None:
        """Hold a value, and everything below it, against a place of the schema."""
        if self.breaches >= _MOST_BREACHES:
            return
        is_object, at = isinstance(value, dict), self.at
        if applies and place.owners:
            self.met.update(place.claims(branch, is_object))
        for keyword, test in place.tests:
            if not test(value):
                self.breaches += 1
                self._break(place, keyword, value, branch or "failed")
        if isinstance(value, dict):
            for name, member in place.members.items():
                if name in value:
                    at.append(name)
                    self.visit(member, value[name], branch, applies)
                    at.pop()
        elif place.entries is not None and isinstance(value, list):
            for index, entry in enumerate(value):
                at.append(index)
                self.visit(
                    place.entries, entry, (_branch(entry) if isinstance(entry, dict) else None) or branch, applies
                )
                at.pop()
        for condition, then, otherwise in place.forks:
            if condition.admits(value):
                self.visit(then, value, branch, applies)
            else:
                self.visit(otherwise, value, branch, applies and branch is not None)

    def _break(self, place: SchemaPlace, keyword: str, value: Json, branch: str) -> None:
        """Enter what a keyword finds wrong, for each requirement that owns it and is not broken yet."""
        if keyword in ("enum", "pattern", "not") and not isinstance(value, str):
            return  # of the wrong type, which is a keyword of its own
        owner, pointer = place.owners.get(keyword), "".join(step(str(part)) for part in self.at)
        if keyword != "required":
            name = of_branch(owner, branch)
            if name is not None and name not in self.broken:
                observed, expected = _observed(keyword, value), _expected(keyword, place.stated[keyword])
                self.broken[name] = self.view.broken(self._stated(name), observed, pointer, expected)
            return
        present = cast("Mapping[str, Json]", value)
        for member, named in cast("Mapping[str, object]", owner or {}).items():
            name = of_branch(named, branch)
            if name is not None and name not in self.broken and member not in present:
                null = _is_null(self.view.body.value, [*self.at, member])
                observed = Text(f"{member} is null", f"{member} 为 null") if null else no_member(member)
                self.broken[name] = self.view.broken(
                    self._stated(name), observed, f"{pointer}{step(member)}" if null else pointer
                )

    def _stated(self, name: str) -> Requirement:
        return self.view.contract.requirements[name]


def _without_nulls(view: View) -> Json:
    """The answer without what is null in failed tickets: where nothing was read, null stands for no such member."""
    value, result = view.body.value, view.members.get("result")
    failed = {ticket.pointer: ticket for ticket in view.tickets if not ticket.recognised}
    bare = [pointer for pointer, ticket in failed.items() if any(ticket.members.get(n, "") is None for n in _OF_FAILED)]
    if not bare or not isinstance(value, dict) or not isinstance(result, list):
        return value
    entries = list(result)
    for pointer in bare:
        members = failed[pointer].members.items()
        entries[int(pointer.rpartition("/")[2])] = {n: m for n, m in members if m is not None or n not in _OF_FAILED}
    return {**value, "result": entries}


def _is_null(value: Json, path: list[str | int]) -> bool:
    """Whether there is a null at a place of an answer."""
    for name in path:
        if isinstance(value, dict):
            value = value.get(str(name), False)
        elif isinstance(value, list) and isinstance(name, int):
            value = value[name]
        else:
            return False
    return value is None


def _expected(keyword: str, stated: object) -> Text | None:
    """What a keyword asks for, where that says more than the requirement does."""
    wanted = shown(stated, 400)
    return {
        "type": Text(f"type {wanted}", f"类型 {wanted}"),
        "enum": Text(f"one of {wanted}", f"取值之一：{wanted}"),
        "const": Text(wanted, wanted),
        "minItems": Text(f"at least {wanted} entries", f"至少 {wanted} 项"),
        "maxItems": Text(f"at most {wanted} entries", f"至多 {wanted} 项"),
        "minimum": Text(f"at least {wanted}", f"不小于 {wanted}"),
        "maximum": Text(f"at most {wanted}", f"不大于 {wanted}"),
        "not": Text("text without a line break", "不含换行的文本"),
        "pattern": Text(f"text of the form {wanted}", f"形如 {wanted} 的文本"),
    }.get(keyword)


def _observed(keyword: str, value: Json) -> Text:
    if keyword in ("minItems", "maxItems") and isinstance(value, list):
        return Text(f"{len(value)} entries: {shown(value)}", f"{len(value)} 项：{shown(value)}")
    if keyword == "type":
        kind = json_type(value)
        return Text(f"{kind}: {shown(value)}", f"{kind}：{shown(value)}")
    return as_shown(value)


def _branch(entry: Json) -> str | None:
    """Which branch of the schema a ticket is held against, or None for what is no ticket."""
    status = entry.get("status") if isinstance(entry, dict) else None
    if not isinstance(status, dict):
        return None
    return "recognised" if status.get("error_code") == RECOGNISED else "failed"
