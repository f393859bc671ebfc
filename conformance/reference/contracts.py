"""Operations that a folder of contracts adds: served from their tables and schemas alone, without code of their own.

`<contract id>/tables.toml` has the path, the member that carries the picture and its limits, `request.schema.json` the
types of the parameters, `success.schema.json` the shape of an answer, `owners.json` which requirement a keyword is of.
An answer shows what was read on a specimen where the contract names its types, else it is made from the schema.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from conformance.reference.editions import INVALID_PARAMETER, NOT_RECOGNISED, Edition, Kind, Shape, refused

if TYPE_CHECKING:
    from conformance.reference.editions import Json, JsonObject
    from conformance.reference.recognizer import Found

_MAXIMUM_BASE64 = 10_485_760
_UNLIMITED = 65_535
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str, "boolean": bool, "array": list, "object": dict, "integer": int, "number": (int, float),
}  # fmt: skip


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


def check_members(body: JsonObject, edition: Edition) -> None:
    """Refuse a parameter of another type than documented, and the lack of one that is required: AIS.0101."""
    shape = edition.shape
    if shape is None:
        return
    for name in shape.required:
        if name not in body:
            raise refused(INVALID_PARAMETER, "member-required")
    for name, kind in shape.parameters.items():
        if name in body and not is_type(body[name], kind):
            raise refused(INVALID_PARAMETER, "member-type")


def is_type(value: Json, kind: str) -> bool:
    if kind != "boolean" and isinstance(value, bool):
        return False
    return isinstance(value, _KINDS.get(kind, object))


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
