"""Faults of added operations, made from their tables by rule: no one wrote them, so that each row has its own.

Each keyword of the schema of an answer is broken (a member left out, of another type, outside its range or list), each
parameter treated otherwise than documented, and answers differ that should agree. An id is
`<contract id>:<requirement>`, with the keyword behind it where the requirement has several.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from conformance.reference.behaviour import Behaviour
from conformance.reference.contracts import is_type, made
from conformance.reference.editions import INVALID_PARAMETER, refused
from conformance.reference.faults.fault import Fault

if TYPE_CHECKING:
    from conformance.reference.calls import Call
    from conformance.reference.editions import Edition, Json, JsonObject, Kind, Shape

_WRONG: tuple[Json, ...] = (7, "text", True, [], {}, 1.5)


def rule_faults(editions: tuple[Edition, ...]) -> tuple[Fault, ...]:
    """The faulty sisters of added operations: each keyword of a schema broken, each parameter treated otherwise."""
    return tuple(
        fault
        for edition in editions
        if edition.shape
        for fault in (*_of_answer(edition), *_of_request(edition), *_of_relations(edition))
    )


def _of_answer(edition: Edition) -> Iterator[Fault]:
    assert edition.shape is not None
    for pointer, owners in edition.shape.owners.items():
        named = owners.get("x-requirement", {})
        steps, schema, kind = _steps(pointer, edition.shape)
        for keyword, owner in named.items():
            if keyword == "required":
                for member, name in owner.items():
                    yield _fault(edition, name, f"leaves out {member}", _dropped(edition, steps, member, kind))
            elif isinstance(owner, str):
                wrong = _wrong(keyword, schema)
                what = f"breaks {keyword} with {json.dumps(wrong)}"
                yield _fault(edition, owner, what, _put(edition, steps, wrong, kind))


def _of_request(edition: Edition) -> Iterator[Fault]:
    assert edition.shape is not None
    for name in edition.shape.parameters:
        slug = name.replace("_", "-").lower()
        if f"accepts.{slug}" in edition.shape.stated:
            yield _fault(edition, f"accepts.{slug}", f"refuses {name}", Behaviour(body=(_refusing(edition, name),)))
        yield _fault(edition, f"{slug}.type", f"takes {name} of any type", Behaviour(body=(_leaving(edition, name),)))
        if name in edition.shape.required:
            change = _without(edition, name)
            yield _fault(edition, f"{slug}.required", f"does without {name}", Behaviour(edition=(change,)))


def _of_relations(edition: Edition) -> Iterator[Fault]:
    """Answers that differ where they should agree: to a call again, another spelling, format or way to the picture."""
    ways: dict[str, tuple[str, Any]] = {
        "relation.repeat": ("answers every other call otherwise", lambda call: call.number % 2 == 0),
        "relation.spelling": ("answers a body with blanks or escapes otherwise", _respelled),
    }
    if edition.picture:
        ways["relation.re-encoding"] = ("answers a BMP or TIFF file otherwise", _raw)
        ways["url.same-as-inline"] = ("answers a url otherwise", lambda call: call.parameters.url is not None)
    for name, (title, applies) in ways.items():
        change = _only(edition, lambda body: {**body, "result": _reworded(body["result"])[0]}, applies)
        yield _fault(edition, name, title, Behaviour(success=(change,)))


def _respelled(call: Call) -> bool:
    return b'": ' in call.body or b"\\u" in call.body or b"\n" in call.body


def _raw(call: Call) -> bool:
    picture = call.parameters.picture if call.parameters is not None else None
    return picture is not None and picture.startswith(("Qk", "SUkq", "TU0A"))


def _reworded(node: Json) -> tuple[Json, bool]:
    """A value with its first text or number another one, of the same type; and whether it has one."""
    if isinstance(node, dict):
        changed = False
        made: JsonObject = {}
        for name, value in node.items():
            made[name], done = (value, False) if changed or name in ("confidence", "type") else _reworded(value)
            changed = changed or done
        return made, changed
    if isinstance(node, list):
        entries = [_reworded(entry) for entry in node]
        return [entry for entry, _ in entries], any(done for _, done in entries)
    if isinstance(node, str):
        return f"{node}x", True
    return (node + 1, True) if isinstance(node, int) and not isinstance(node, bool) else (node, False)


def _fault(edition: Edition, requirement: str, title: str, change: Behaviour) -> Fault:
    keyword = title.split()[1] if title.startswith("breaks") else ""
    name = ":".join(part for part in (edition.id, requirement, keyword) if part)
    return Fault(name, f"{edition.id}: {title}", (requirement,), change)


def _steps(pointer: str, shape: Shape) -> tuple[tuple[str, ...], Mapping[str, Any], Kind | None]:
    """The place in an answer that a place of a schema is about, `*` for each entry of a list, and its schema.

    Also the kind of result that the place is about, where it is about one alone.
    """
    steps: list[str] = []
    schema, kind = shape.success, None
    parts = pointer.split("/")[1:]
    while parts:
        keyword = parts.pop(0)
        schema = schema[keyword]
        if keyword == "allOf":
            part = cast("list[Mapping[str, Any]]", schema)[int(parts.pop(0))]
            kind = next(one for one in shape.kinds if part["if"]["properties"][one.by]["enum"] == list(one.values))
            schema = part[parts.pop(0)]
        elif keyword == "items":
            steps.append("*")
        else:
            name = parts.pop(0).replace("~1", "/").replace("~0", "~")
            schema = schema[name]
            steps.append(name)
    return tuple(steps), schema, kind


def _wrong(keyword: str, schema: Mapping[str, Any]) -> Json:
    """A value that breaks one keyword of a schema."""
    if keyword == "enum":
        return "no_such_value"
    if keyword in ("minimum", "maximum"):
        return cast("float", schema[keyword]) + (-1000 if keyword == "minimum" else 1000)
    stated = schema["type"]
    kinds = [stated] if isinstance(stated, str) else stated
    return next(value for value in _WRONG if not any(is_type(value, kind) for kind in kinds))


def _put(edition: Edition, steps: tuple[str, ...], wrong: Json, kind: Kind | None = None) -> Behaviour:
    """Answers with another value at a place; an object gets the member, a list an entry, that it did not have."""

    def put(node: Json, left: tuple[str, ...]) -> Json:
        if not left:
            return wrong
        if left[0] == "*":
            entries = node if isinstance(node, list) and node else [{}]
            return [put(entry, left[1:]) for entry in entries] if isinstance(node, list) else node
        if isinstance(node, dict):
            return {**node, left[0]: put(node.get(left[0], [] if left[1:2] == ("*",) else {}), left[1:])}
        return node

    return Behaviour(success=(_only(edition, _in_kind(kind, lambda body: cast("JsonObject", put(body, steps)))),))


def _dropped(edition: Edition, steps: tuple[str, ...], member: str, kind: Kind | None = None) -> Behaviour:
    """Answers without a member, wherever it stands."""

    def drop(node: Json, left: tuple[str, ...]) -> Json:
        if not left:
            return {name: value for name, value in node.items() if name != member} if isinstance(node, dict) else node
        if isinstance(node, list):
            return [drop(entry, left[1:]) for entry in node]
        if isinstance(node, dict) and left[0] in node:
            return {**node, left[0]: drop(node[left[0]], left[1:])}
        return node

    return Behaviour(success=(_only(edition, _in_kind(kind, lambda body: cast("JsonObject", drop(body, steps)))),))


def _in_kind(kind: Kind | None, change: Any) -> Any:
    """A change of an answer, made only to results of one kind."""
    return lambda body: change(body) if kind is None or body["result"].get(kind.by) in kind.values else body


def _only(edition: Edition, change: Any, applies: Any = lambda _call: True) -> Any:
    return lambda body, call: change(body) if call.operation.id == edition.id and applies(call) else body


def _refusing(edition: Edition, name: str) -> Any:
    def refuse(body: JsonObject, call: Call) -> JsonObject:
        if call.operation.id == edition.id and name in body:
            raise refused(INVALID_PARAMETER, "member-type")
        return body

    return refuse


def _leaving(edition: Edition, name: str) -> Any:
    """The parameter is taken out before its type is looked at; a required one gets a value that fits."""

    def leave(body: JsonObject, call: Call) -> JsonObject:
        shape = edition.shape
        if call.operation.id != edition.id or name not in body or shape is None:
            return body
        rest = {key: value for key, value in body.items() if key != name}
        if name not in shape.required:
            return rest
        return {**rest, name: made({"type": shape.parameters[name]}, None, everything=True)}

    return leave


def _without(edition: Edition, name: str) -> Any:
    def change(served: Edition) -> Edition:
        if served.id != edition.id or served.shape is None:
            return served
        return replace(served, shape=replace(served.shape, required=served.shape.required - {name}))

    return change
