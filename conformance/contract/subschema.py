"""A JSON Schema under construction, and what the kit knows of it beside: two renderings of one tree.

What is published says about a value what every tool understands, and nothing else. Who owns a keyword - the place in
the documents that it comes from, the requirement that a breach of it breaks - stands in `owners.json` beside it: for
each place of a schema (a JSON Pointer into the schema) its annotations. `read_annotated` puts the two together
again; that is the copy that judging reads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, cast

from conformance.files import mistakes_in, read_json

if TYPE_CHECKING:
    from pathlib import Path

Schema: TypeAlias = dict[str, object]
Owners: TypeAlias = dict[str, Schema]
"""Annotations by JSON Pointer into a schema: `x-source` and `x-requirement` by keyword (`required` by member), and what
no keyword can say."""

DIALECT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://ocr-conformance.example/schemas"
"""Where the identities of the schemas begin: an address under a reserved domain, that nobody is meant to fetch."""

OWNERS = "owners.json"
"""The file of annotations beside the schemas of a folder: by schema, then by place."""

RECOGNISED = "AIS.0000"
"""The code in the status of a ticket that was recognised; any other one says why it was not."""

BRANCHES = ("recognised", "failed")
"""The two kinds of tickets: their branches are `then` and `else`. Kinds of one result are branches of `allOf`."""

_BRANCH_KEYWORDS = dict(zip(BRANCHES, ("then", "else"), strict=True))
_FIRST = ("$schema", "$id", "title", "description", "$comment", "examples", "type", "required")
"""Keywords that are written first, in this order."""

_NOWHERE: Mapping[str, list[str]] = {}


@dataclass(slots=True)
class Subschema:
    """One place of a schema: keywords, annotations, members, entries, and what its members require.

    `sources` and `owners` say for each keyword where it comes from and whose requirement it is. An owner is the name of
    a requirement, or by branch the names of several.
    """

    keywords: Schema = field(default_factory=dict)
    annotations: Schema = field(default_factory=dict)
    sources: Schema = field(default_factory=dict)
    owners: Schema = field(default_factory=dict)
    members: dict[str, Subschema] = field(default_factory=dict)
    entries: Subschema | None = None
    branches: dict[str, Subschema] = field(default_factory=dict)
    conditions: dict[str, Schema] = field(default_factory=dict)
    definitions: dict[str, Subschema] = field(default_factory=dict)

    def put(self, keywords: Mapping[str, object], source: object, owner: object = None) -> None:
        """Add keywords of one source and one owner; a name that begins with `x-` is an annotation."""
        for keyword, value in keywords.items():
            (self.annotations if keyword.startswith("x-") else self.keywords)[keyword] = value
            self.sources[keyword] = source
            if owner is not None:
                self.owners[keyword] = owner

    def describe(self, **words: object) -> None:
        """Add what is said to people (`description`, `examples`): it needs no source."""
        self.keywords.update(words)

    def require(self, member: str, source: str, owner: object = None) -> None:
        """The member must be there."""
        required = cast("list[str]", self.keywords.setdefault("required", []))
        if member not in required:
            required.append(member)
        cast("Schema", self.sources.setdefault("required", {}))[member] = source
        if owner is not None:
            cast("Schema", self.owners.setdefault("required", {}))[member] = owner

    def child(self, name: str) -> Subschema:
        """The member of that name, or each entry for `*`; made when it is not there."""
        if name == "*":
            self.entries = self.entries or Subschema()
            return self.entries
        return self.members.setdefault(name, Subschema())

    def define(self, name: str) -> Subschema:
        """What places of this schema `refer` to by that name; made when it is not there."""
        return self.definitions.setdefault(name, Subschema())

    def refer(self, name: str) -> None:
        """The place is what is defined by that name."""
        self.keywords["$ref"] = f"#/$defs/{name}"

    def at(self, pointer: str) -> Subschema:
        """The place below, as a JSON Pointer with `*` for each entry of a list."""
        node = self
        for step in pointer.split("/")[1:]:
            node = node.child(step)
        return node

    def tell_apart(self, by: str, kinds: Mapping[str, Sequence[str]]) -> None:
        """There are several kinds of what stands here: its member `by` says which, by its values."""
        for kind, values in kinds.items():
            self.conditions[kind] = {"properties": {by: {"enum": list(values)}}, "required": [by]}

    def branch(self, name: str) -> Subschema:
        """What holds in one branch alone; made when it is not there."""
        return self.branches.setdefault(name, Subschema())

    def narrow(self, member: str, stated: Mapping[str, Mapping[str, object]], source: str) -> None:
        """Declare a member that differs by branch: what holds in all of them here, and what is narrower there.

        So nobody has to look into a branch to know that there is such a member.
        """
        first, *others = stated.values()
        wide = {key: value for key, value in first.items() if all(other.get(key) == value for other in others)}
        if all("type" in keywords for keywords in stated.values()):
            wide["type"] = _either(keywords["type"] for keywords in stated.values())
        self.child(member).put(wide, source)
        for branch, keywords in stated.items():
            narrower = {key: value for key, value in keywords.items() if wide.get(key) != value}
            if narrower:
                self.branch(branch).child(member).put(narrower, source)

    def published(self) -> Schema:
        """The JSON Schema, without annotations; the keywords of `_FIRST` are written first."""
        schema = dict(self.keywords)
        if self.members:
            schema["properties"] = {name: member.published() for name, member in self.members.items()}
        if self.entries is not None:
            schema["items"] = self.entries.published()
        if self.conditions and self.branches:
            whole = self.branches.items()
            schema["allOf"] = [{"if": self.conditions[name], "then": node.published()} for name, node in whole]
        elif self.branches:
            schema["if"] = when_recognised()
            for branch, node in self.branches.items():
                schema[_BRANCH_KEYWORDS[branch]] = node.published()
        if self.definitions:
            schema["$defs"] = {name: node.published() for name, node in self.definitions.items()}
        return {key: schema[key] for key in _FIRST if key in schema} | schema

    def annotated_places(self, at: str = "") -> Owners:
        """The annotations of this place and of all below, by JSON Pointer into the published schema."""
        own = dict(self.annotations)
        own |= {key: value for key, value in (("x-source", self.sources), ("x-requirement", self.owners)) if value}
        found: Owners = {at: own} if own else {}
        for pointer, node in self._below():
            found |= node.annotated_places(at + pointer)
        return found

    def assign(
        self,
        owner: Callable[[str], str | None],
        at: str = "",
        branch: str | None = None,
        restated: Mapping[str, list[str]] = _NOWHERE,
    ) -> None:
        """Give each keyword its owner: `owner` is asked with `<place> [<branch>] <keyword>[:<member>]`.

        `restated` has the branches that state a keyword of this place more narrowly: they own it there.
        """

        def of(keyword: str) -> object:
            named = owner(" ".join(part for part in (at or "/", branch, keyword) if part))
            if named is not None or branch is not None:
                return named
            each = {
                name: owner(f"{at or '/'} {name} {keyword}")
                for name in BRANCHES
                if name not in restated.get(keyword, ())
            }
            return {name: named for name, named in each.items() if named is not None} or None

        for keyword, value in self.keywords.items():
            if keyword == "required":
                members = {member: of(f"required:{member}") for member in cast("list[str]", value)}
                named: object = {member: owner for member, owner in members.items() if owner is not None} or None
            else:
                named = of(keyword)
            if named is not None:
                self.owners[keyword] = named
        for name, member in self.members.items():
            member.assign(owner, f"{at}/{name}", branch, self._restated(name))
        if self.entries is not None:
            self.entries.assign(owner, f"{at}/*", branch)
        for key, node in self.branches.items():
            node.assign(owner, at, key)

    def _restated(self, name: str) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for branch, node in self.branches.items():
            for keyword in node.members[name].keywords if name in node.members else ():
                found.setdefault(keyword, []).append(branch)
        return found

    def _below(self) -> list[tuple[str, Subschema]]:
        below = [(f"/properties/{escaped(name)}", member) for name, member in self.members.items()]
        if self.entries is not None:
            below.append(("/items", self.entries))
        below += [
            (f"/allOf/{number}/then" if self.conditions else f"/{_BRANCH_KEYWORDS[branch]}", node)
            for number, (branch, node) in enumerate(self.branches.items())
        ]
        return below + [(f"/$defs/{escaped(name)}", node) for name, node in self.definitions.items()]


def when_recognised() -> Schema:
    """What a ticket satisfies that was recognised."""
    status = {"type": "object", "properties": {"error_code": {"const": RECOGNISED}}, "required": ["error_code"]}
    return {"properties": {"status": status}, "required": ["status"]}


def identity(*path: str) -> Schema:
    """The head of a published schema; `path` is where it stands below `schemas/`, without its ending."""
    return {"$schema": DIALECT, "$id": f"{BASE}/{'/'.join(path)}.schema.json"}


def escaped(name: str) -> str:
    """A name as a step of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def _either(types: Iterable[object]) -> object:
    """The type of what is of any of these types."""
    names = dict.fromkeys(name for stated in types for name in (stated if isinstance(stated, list) else [stated]))
    return list(names) if len(names) > 1 else next(iter(names))


# The files of a folder: a schema in each, and `owners.json` beside them.


def schema_files(schemas: Mapping[str, Subschema]) -> dict[str, str]:
    """The files of a folder by name: the schemas, and who owns their keywords."""
    files = {f"{name}.schema.json": schema.published() for name, schema in schemas.items()}
    owners = {name: schema.annotated_places() for name, schema in schemas.items()}
    return {name: written(content) + "\n" for name, content in {**files, OWNERS: owners}.items()}


def written(value: object, indent: str = "") -> str:
    """JSON text of a schema: what fits on a line of 200 characters stands on one, so that a row does."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= 200 or not value:
        return line
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(deeper + written(item, deeper) for item in value) + f"\n{indent}]"
    members = (f"{deeper}{json.dumps(key, ensure_ascii=False)}: {written(item, deeper)}" for key, item in value.items())
    return "{\n" + ",\n".join(members) + f"\n{indent}}}"


def read_annotated(folder: Path, *names: str) -> dict[str, Schema]:
    """The committed schemas of a folder by name, with their annotations: those named, or all.

    Raises DataError where a file is missing, or does not fit the schemas beside it.
    """
    path = folder / OWNERS
    owners = cast("Mapping[str, Owners]", read_json(path))
    found: dict[str, Schema] = {}
    for name in names or sorted(owners):
        schema = cast("Schema", read_json(folder / f"{name}.schema.json"))
        with mistakes_in(f"{path}: {name}"):
            found[name] = annotate(schema, owners[name])
    return found


def annotate(schema: Schema, owners: Mapping[str, Schema]) -> Schema:
    """Put the annotations of a published schema in their places, and return it.

    Raises KeyError for a place that it does not have.
    """
    for pointer, own in owners.items():
        node = schema
        for step in pointer.split("/")[1:]:
            below = cast("object", node)
            key = step.replace("~1", "/").replace("~0", "~")
            node = cast("Schema", below[int(key)] if isinstance(below, list) else node[key])
        node.update(own)
    return schema
