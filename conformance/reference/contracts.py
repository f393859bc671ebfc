"""Operations that a folder of contracts adds, and their faulty sisters: made from tables and schemas alone.

`<contract id>/tables.toml` has the path, the member that carries the picture and its limits, `request.schema.json` the
types of the parameters, `success.schema.json` the shape of an answer, `owners.json` which requirement a keyword is of.
An answer shows what was read on a specimen where the contract names its types, else it is made from the schema.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from conformance.reference.behaviour import Behaviour, Fault
from conformance.reference.calls import is_type
from conformance.reference.editions import INVALID_PARAMETER, NOT_RECOGNISED, Edition, Kind, Shape, refused

if TYPE_CHECKING:
    from conformance.reference.calls import Call
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.recognizer import Found

_MAXIMUM_BASE64 = 10_485_760
_UNLIMITED = 65_535


def load_contracts(folder: Path) -> tuple[Edition, ...]:
    """The operations of a folder. Raises ValueError where it holds none, or one that cannot be read."""
    found = sorted(path.parent for path in folder.glob("*/tables.toml"))
    if not found:
        raise ValueError(
            f"--contracts: expected a folder of contracts (<contract id>/tables.toml), found none in {folder}"
        )
    try:
        return tuple(map(_edition, found))
    except (OSError, KeyError, TypeError) as error:
        raise ValueError(
            f"--contracts: {folder}: expected tables.toml and the schemas beside it, found {error!r}"
        ) from error


def _edition(folder: Path) -> Edition:
    table = tomllib.loads((folder / "tables.toml").read_text(encoding="utf-8"))
    rows = [row for part in table["table"] if part["kind"] == "body" for row in part.get("row", [])]
    picture: dict[str, Any] = next((row for row in rows if row["name"] == table["picture"]), {})
    request = _json(folder / "request.schema.json")
    named = {table["picture"], "url"}
    parameters = {name: schema["type"] for name, schema in request["properties"].items() if name not in named}
    return Edition(
        id=folder.name,
        path=table["path"],
        answers="fields",
        picture=table["picture"],
        types=tuple(table.get("specimens", [])),
        formats=tuple(dict.fromkeys(name.replace("JPG", "JPEG") for name in picture.get("formats", [])))
        or ("JPEG", "PNG", "BMP", "TIFF"),
        minimum_side=picture.get("side-min", 1),
        maximum_side=picture.get("side-max", _UNLIMITED),
        maximum_base64=_MAXIMUM_BASE64,
        contents=MappingProxyType({}),
        filterable=False,
        alarms=False,
        bit_depth_code=False,
        download_s=10.0,
        shape=Shape(
            success=_json(folder / "success.schema.json"),
            parameters=parameters,
            required=frozenset(request.get("required", [])) & parameters.keys(),
            owners=_json(folder / "owners.json")["success"],
            stated=frozenset(
                name
                for path in sorted((folder / "requirements").glob("*.toml"))
                for name in tomllib.loads(path.read_text(encoding="utf-8"))
            ),
            kinds=tuple(_kind(part) for part in table["table"] if "variant" in part),
        ),
    )


def _kind(table: Mapping[str, Any]) -> Kind:
    """A kind of result, from the table that lists its members."""
    stated = table["variant"]
    below = f"{stated['at']}/"
    places = [str(row.get("at", "")) for row in table.get("row", [])]
    return Kind(
        name=stated["name"],
        by=stated["by"],
        values=tuple(stated["values"]),
        members=frozenset(at.removeprefix(below).split("/")[0] for at in places if at.startswith(below)),
        request=stated.get("request", {}),
        shows=stated.get("shows"),
    )


def _json(path: Path) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))


def fields_answer(
    found: tuple[Found, ...], edition: Edition, *, everything: bool, asked: Mapping[str, Json] = MappingProxyType({})
) -> JsonObject:
    """The answer of an added operation: what was read, in the shape of its schema, `everything` of it if asked for.

    Of a result of several kinds the one that the parameters `asked` mean, else that of the picture, else the first.
    Raises RefusedError with AIS.0104 where the operation has specimens and none of them can be read.
    """
    assert edition.shape is not None
    read: JsonObject | None = None
    if edition.types:
        legible = [entry.content for entry in found if entry.ticket in edition.types and entry.content is not None]
        if not legible:
            raise refused(NOT_RECOGNISED, "nothing-recognised")
        read = legible[0]
    result = edition.shape.success["properties"]["result"]
    kinds = edition.shape.kinds
    if kinds:
        shown = {entry.ticket for entry in found}
        wanted = (kind for kind in kinds if kind.request and kind.request.items() <= asked.items())
        seen = (kind for kind in kinds if kind.shows in shown)
        result = of_kind(result, next(wanted, None) or next(seen, kinds[0]), kinds)
    return {"result": made(result, read, everything=everything or read is None)}


def of_kind(schema: Mapping[str, Any], kind: Kind, kinds: tuple[Kind, ...]) -> dict[str, Any]:
    """The schema of a result of one kind: without the members of others alone, with what holds for that kind alone."""
    others = frozenset[str]().union(*(other.members for other in kinds)) - kind.members
    members = {name: member for name, member in schema["properties"].items() if name not in others}
    members[kind.by] = {**members.get(kind.by, {}), "enum": list(kind.values)}
    required = [name for name in schema.get("required", []) if name not in others]
    for part in schema.get("allOf", []):
        if set(part["if"]["properties"][kind.by]["enum"]) == set(kind.values):
            required += part["then"].get("required", [])
            for name, narrower in part["then"].get("properties", {}).items():
                members[name] = {**members.get(name, {}), **narrower}
    return {**schema, "properties": members, "required": required}


def made(schema: Mapping[str, Any], read: Json, *, everything: bool) -> Json:
    """A value of a schema: `read` where that fits, else the plainest; `everything` shows optional members, too."""
    stated = schema.get("type", "object")
    kind = stated if isinstance(stated, str) else stated[0]
    if kind == "object":
        known = read if isinstance(read, dict) else {}
        required = schema.get("required", ())
        return {
            name: made(member, known.get(name), everything=everything)
            for name, member in schema.get("properties", {}).items()
            if everything or name in required or name in known
        }
    if kind == "array":
        entries = read if isinstance(read, list) and read else [None]
        return [made(schema["items"], entry, everything=everything) for entry in entries] if "items" in schema else []
    if "enum" in schema:
        return read if read in schema["enum"] else cast("Json", schema["enum"][0])
    if read is not None and is_type(read, kind):
        return read
    plain: Mapping[str, Json] = {"string": "", "boolean": False, "null": None}
    return plain.get(kind, schema.get("minimum", 0))


# Faults of added operations, made from their tables by rule: no one wrote them, so that each row has its own.
#
# Each keyword of the schema of an answer is broken (a member left out, of another type, outside its range or list),
# each parameter treated otherwise than documented, and answers differ that should agree. An id is
# `<contract id>:<requirement>`, with the keyword behind it where the requirement has several.


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
                    title = f"leaves out {member}", f"不返回 {member}"
                    yield _fault(edition, name, title, _dropped(edition, steps, member, kind))
            elif isinstance(owner, str):
                wrong = _wrong(keyword, schema)
                shown = json.dumps(wrong)
                title = f"breaks {keyword} with {shown}", f"违反 {keyword}，改为 {shown}"
                yield _fault(edition, owner, title, _put(edition, steps, wrong, kind), keyword)


def _of_request(edition: Edition) -> Iterator[Fault]:
    assert edition.shape is not None
    for name in edition.shape.parameters:
        slug = name.replace("_", "-").lower()
        if f"accepts.{slug}" in edition.shape.stated:
            title = f"refuses {name}", f"拒绝 {name}"
            yield _fault(edition, f"accepts.{slug}", title, Behaviour(body=(_refusing(edition, name),)))
        title = f"takes {name} of any type", f"接受任意类型的 {name}"
        yield _fault(edition, f"{slug}.type", title, Behaviour(body=(_leaving(edition, name),)))
        if name in edition.shape.required:
            title = f"does without {name}", f"不要求 {name}"
            yield _fault(edition, f"{slug}.required", title, Behaviour(edition=(_without(edition, name),)))


def _of_relations(edition: Edition) -> Iterator[Fault]:
    """Answers that differ where they should agree: to a call again, another spelling, format or way to the picture."""
    ways: list[tuple[str, str, str, Any]] = [
        ("relation.repeat", "every other call", "每隔一次调用结果不同", lambda call: call.number % 2 == 0),
        ("relation.spelling", "a body with blanks or escapes", "请求体有空白或转义时结果不同", _respelled),
    ]
    if edition.picture:
        ways += [
            ("relation.re-encoding", "a BMP or TIFF file", "BMP 或 TIFF 文件的结果不同", _raw),
            ("url.same-as-inline", "a url", "以 url 提交时结果不同", lambda call: call.parameters.url is not None),
        ]
    for name, what, zh, applies in ways:
        change = _only(edition, lambda body: {**body, "result": _reworded(body["result"])[0]}, applies)
        yield _fault(edition, name, (f"answers {what} otherwise", zh), Behaviour(success=(change,)))


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


def _fault(edition: Edition, requirement: str, told: tuple[str, str], change: Behaviour, keyword: str = "") -> Fault:
    """A fault of a requirement, `told` in English and Chinese."""
    name = ":".join(part for part in (edition.id, requirement, keyword) if part)
    title, zh = told
    return Fault(name, (requirement,), change, title=f"{edition.id}: {title}", zh=f"{edition.id}：{zh}")


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
