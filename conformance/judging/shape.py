"""Holds a successful answer against the derived JSON Schema; every keyword of it belongs to a requirement."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, cast

from conformance.contract.error_codes import RECOGNISED
from conformance.judging.body import Json, json_type
from conformance.judging.observation import AS_DOCUMENTED, Observation, as_shown, no_member, shown, step
from conformance.text import Text

if TYPE_CHECKING:
    from jsonschema import ValidationError

    from conformance.contract.schemas import SchemaPlace
    from conformance.judging.view import View


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
    broken: dict[str, Observation] = {}
    value = view.body.value
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


def _findings(view: View, error: ValidationError) -> Iterator[tuple[str, Observation]]:
    owners = cast("Mapping[str, object]", error.schema).get("x-requirement", {})
    owner = cast("Mapping[str, object]", owners).get(str(error.validator))
    pointer = "".join(step(str(part)) for part in error.absolute_path)
    branch = _branch_at(view.body.value, error.absolute_path)
    if error.validator == "required":
        present = cast("Mapping[str, Json]", error.instance)
        for member, named in cast("Mapping[str, object]", owner or {}).items():
            name = _of_branch(named, branch)
            if name is not None and member not in present:
                yield name, view.broken(view.contract.requirements[name], no_member(member), pointer)
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
