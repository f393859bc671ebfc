"""Holds a successful answer against the derived JSON Schema; every keyword of it belongs to a requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, cast

from conformance.contract.error_codes import RECOGNISED
from conformance.judging.body import Json, json_type, step
from conformance.judging.observation import AS_DOCUMENTED, Observation, as_shown, no_member, shown
from conformance.text import Text

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from conformance.contract.schemas import SchemaPlace
    from conformance.judging.view import View


_OF_FAILED = ("type", "location")
"""Members of a failed ticket that may as well be missing; its content is a requirement of its own."""

_MOST_ERRORS = 1000
"""Errors of one answer that are looked at; an answer of three tickets has some sixty places to go wrong."""


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
    broken: dict[str, Observation] = {}
    value = _without_nulls(view)
    conforms = view.contract.success_conforms(value)
    errors = [] if conforms else list(islice(view.contract.success_validator.iter_errors(value), _MOST_ERRORS))
    for error in errors:
        for name, observation in _findings(view, error):
            broken.setdefault(name, observation)
    found = list(broken.values())
    if len(errors) == _MOST_ERRORS:
        return found  # what the rest of the answer breaks is not known: nothing held
    applied: dict[str, None] = {}
    _applied(view.contract.schema_places, value, None, applied)
    for name in applied:
        if name not in broken:
            requirement = view.contract.requirements[name]
            found.append(view.held(requirement, AS_DOCUMENTED))
    return found


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


def _findings(view: View, error: ValidationError) -> Iterator[tuple[str, Observation]]:
    if error.validator in ("enum", "pattern", "not") and not isinstance(error.instance, str):
        return  # of the wrong type, which is a keyword of its own
    owners = cast("Mapping[str, object]", error.schema).get("x-requirement", {})
    owner = cast("Mapping[str, object]", owners).get(str(error.validator))
    pointer = "".join(step(str(part)) for part in error.absolute_path)
    branch = _branch_at(view.body.value, error.absolute_path)
    if error.validator == "required":
        present = cast("Mapping[str, Json]", error.instance)
        for member, named in cast("Mapping[str, object]", owner or {}).items():
            name = _of_branch(named, branch)
            if name is not None and member not in present:
                null = _is_null(view.body.value, [*error.absolute_path, member])
                observed = Text(f"{member} is null", f"{member} 为 null") if null else no_member(member)
                at = f"{pointer}{step(member)}" if null else pointer
                yield name, view.broken(view.contract.requirements[name], observed, at)
    elif (name := _of_branch(owner, branch)) is not None:
        yield name, view.broken(view.contract.requirements[name], _observed(error), pointer, _expected(error))


def _of_branch(owner: object, branch: str) -> str | None:
    """The requirement that a keyword belongs to: it may be another one for each branch, or none."""
    return owner.get(branch) if isinstance(owner, Mapping) else cast("str | None", owner)


def _branch_at(value: Json, path: Iterable[str | int]) -> str:
    """The branch of the ticket that a place is in; what shows no success is held against the other one."""
    branch = None
    for part in path:
        value = cast("Json", value[part])  # type: ignore[index]
        branch = (_branch(value) if isinstance(part, int) else None) or branch
    return branch or "failed"


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


def _expected(error: ValidationError) -> Text | None:
    """What a keyword asks for, where that says more than the requirement does."""
    wanted = shown(error.validator_value, 400)
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
    }.get(str(error.validator))


def _observed(error: ValidationError) -> Text:
    value = cast("Json", error.instance)
    if error.validator in ("minItems", "maxItems") and isinstance(value, list):
        return Text(f"{len(value)} entries: {shown(value)}", f"{len(value)} 项：{shown(value)}")
    if error.validator == "type":
        kind = json_type(value)
        return Text(f"{kind}: {shown(value)}", f"{kind}：{shown(value)}")
    return as_shown(value)


def _applied(place: SchemaPlace, value: Json, branch: str | None, found: dict[str, None]) -> None:
    """Collect the names of the schema requirements that had something to hold for: their place occurs in the answer."""
    if place.variants and isinstance(value, dict):
        told = value.get(place.variants[0].by)
        branch = next((variant.name for variant in place.variants if told in variant.values), None)
    for keyword_branch, of_objects, name in place.owners:
        if (keyword_branch is None or keyword_branch == branch) and (not of_objects or isinstance(value, dict)):
            found[name] = None
    if isinstance(value, dict):
        for member, below in place.members.items():
            if member in value:
                _applied(below, value[member], branch, found)
    elif isinstance(value, list) and place.entries is not None:
        for entry in value:
            _applied(place.entries, entry, _branch(entry) or branch, found)


def _branch(entry: Json) -> str | None:
    """Which branch of the schema a ticket is held against, or None for what is no ticket."""
    status = entry.get("status") if isinstance(entry, dict) else None
    if not isinstance(status, dict):
        return None
    return "recognised" if status.get("error_code") == RECOGNISED else "failed"
