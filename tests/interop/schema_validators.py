"""The published schemas in the hands of many validators: documents made from them, judged by each.

`python tests/interop/schema_validators.py [FOLDER]` prints the table of `schemas/README.md`. FOLDER is one in which
`npm install ajv @hyperjump/json-schema` was run; without it the validators of Node are left out.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from copy import copy
from importlib.metadata import version
from itertools import chain, islice
from pathlib import Path
from typing import Any, TypeAlias

import fastjsonschema
import jsonschema_rs
from jsonschema import Draft202012Validator

from conformance.files import data_folder

Verdict: TypeAlias = Callable[[str], bool]
"""Whether a document, as JSON text, satisfies a schema."""

PER_SCHEMA = 60
"""Documents of each schema at most in the table: every n-th of those that could be made."""

_STRINGS = (
    "AIS.0000", "a" * 64, "a" * 16, f"{'a' * 16} 1 10-", "http://a.example:80", "https://a.example", "a:80", "/a",
    "X-A", "2030-12-31", "OCR", "data:image/jpeg;base64,AAAA", "recognised",
)  # fmt: skip
"""Texts that the regular expressions of the schemas ask for."""

_OTHERS: tuple[object, ...] = (
    None, True, 0, 1, 1.0, -1, 0.5, 10**20, "", "a", "\n", " ", "\u00a0", "\ufeff", "\U0001f600", [], [1], {}, {"a": 1},
)  # fmt: skip
"""What takes the place of a value."""

_ENDINGS = ("\n", "\u0085", "\u00a0", "\u2028", "\ufeff", " ", "x")
"""What is put behind a text."""

_PARSED = ("1e400", '"\\ud800"')
"""Values that parsers of JSON read differently: beyond a double, and half a surrogate pair."""


def schemas() -> dict[str, Any]:
    """Every published schema, by its path below `schemas/`."""
    folder = data_folder("schemas")
    return {
        path.relative_to(folder).as_posix(): json.loads(path.read_text(encoding="utf-8"))
        for path in sorted(folder.rglob("*.schema.json"))
    }


def documents(schema: Any, most: int = PER_SCHEMA) -> list[str]:
    """JSON texts that a schema accepts or refuses: one that it accepts, and that one with a change in each place."""
    whole = example(schema, schema)
    accepts = Draft202012Validator(schema).is_valid
    optional = list(whole) if isinstance(whole, dict) else []
    while not accepts(whole):  # of members that exclude each other, the first stays
        del whole[optional.pop()]
    count = 1 + sum(1 for _ in _changed(whole))
    made = chain([whole], _changed(whole))
    return [json.dumps(value) for value in islice(made, 0, None, max(1, -(-count // most)))]


def parser_documents(schema: Any) -> list[str]:
    """JSON texts with a value that parsers read differently, in the place of each of the first five leaves."""
    whole = example(schema, schema)
    mark = "a value to replace"
    marked = islice((json.dumps(_put(whole, path, mark)) for path in _leaves(whole)), 5)
    return [text.replace(json.dumps(mark), value) for text in marked for value in _PARSED]


def example(schema: Any, root: Any) -> Any:
    """A value of a schema with every member that it names."""
    while "$ref" in schema:
        schema = _get(root, tuple(schema["$ref"].split("/")[1:]))
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example(schema["anyOf"][0], root)
    if "oneOf" in schema and "type" not in schema:
        return example(schema["oneOf"][0], root)
    kind = schema.get("type", "object")
    kind = kind if isinstance(kind, str) else kind[0]
    if kind == "object":
        members = {name: example(member, root) for name, member in schema.get("properties", {}).items()}
        more = schema.get("additionalProperties")
        if isinstance(more, dict):
            names = [name for name in schema.get("required", []) if name not in members]
            members |= {name: example(more, root) for name in names or ([] if members else ["X-A"])}
        return members
    if kind == "array":
        return [example(schema.get("items", {}), root) for _ in range(schema.get("minItems", 1))]
    if kind == "string":
        accepts = Draft202012Validator({**schema, "$defs": root.get("$defs", {})}).is_valid
        return next(text for text in _STRINGS if accepts(text))
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0) + ("exclusiveMinimum" in schema) / 2)
    return {"integer": int(-(-least // 1)), "number": least, "boolean": True, "null": None}[kind]


def _changed(whole: Any) -> Iterator[Any]:
    for path in _places(whole):
        value = _get(whole, path)
        if path and isinstance(path[-1], str):
            yield _put(whole, path[:-1], {k: v for k, v in _get(whole, path[:-1]).items() if k != path[-1]})
        if isinstance(value, dict):
            yield _put(whole, path, {**value, "surplus": 1})
        if isinstance(value, list):
            yield _put(whole, path, [*value, *value[:1]])
        if isinstance(value, str):
            yield from (_put(whole, path, value + ending) for ending in _ENDINGS)
        yield from (_put(whole, path, other) for other in _OTHERS)


def _places(value: Any) -> Iterator[tuple[str | int, ...]]:
    yield ()
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from ((key, *path) for path in _places(value[key]))


def _leaves(value: Any) -> Iterator[tuple[str | int, ...]]:
    return (path for path in _places(value) if not isinstance(_get(value, path), dict | list))


def _get(value: Any, path: tuple[str | int, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def _put(value: Any, path: tuple[str | int, ...], new: object) -> Any:
    if not path:
        return new
    changed = copy(value)
    changed[path[0]] = _put(value[path[0]], path[1:], new)
    return changed


def _of_jsonschema(schema: Any) -> Verdict:
    validator = Draft202012Validator(schema)
    return lambda text: validator.is_valid(json.loads(text))


def _of_rust(options: Any) -> Callable[[Any], Verdict]:
    def load(schema: Any) -> Verdict:
        validator = jsonschema_rs.validator_for(schema, pattern_options=options)
        return lambda text: bool(validator.is_valid(json.loads(text)))

    return load


def _of_fastjsonschema(schema: Any) -> Verdict:
    validate = fastjsonschema.compile(schema)

    def verdict(text: str) -> bool:
        try:
            validate(json.loads(text))
        except fastjsonschema.JsonSchemaValueException:
            return False
        return True

    return verdict


VALIDATORS: dict[str, Callable[[Any], Verdict]] = {
    f"jsonschema {version('jsonschema')}": _of_jsonschema,
    f"jsonschema-rs {version('jsonschema-rs')}, fancy-regex": _of_rust(jsonschema_rs.FancyRegexOptions()),
    f"jsonschema-rs {version('jsonschema-rs')}, regex": _of_rust(jsonschema_rs.RegexOptions()),
    f"fastjsonschema {version('fastjsonschema')}": _of_fastjsonschema,
}
"""Those of PyPI; the first is the one that the others are held against."""


def verdicts(load: Callable[[Any], Verdict], name: str, schema: Any, texts: list[str]) -> list[bool | str]:
    """What a validator says of each document; where it raises something, that stands in the place of a verdict."""
    judge = load(schema)
    found: list[bool | str] = []
    for text in texts:
        try:
            found.append(judge(text))
        except Exception as error:  # noqa: BLE001 - whatever a foreign library raises is what is asked for
            found.append(f"{name}: {type(error).__name__}")
    return found


def node_verdicts(folder: Path, texts: dict[str, list[str]]) -> dict[str, dict[str, list[bool | str] | str]]:
    """What Ajv and hyperjump say, by validator, then by schema: a verdict for each text, or why it was refused."""
    asked = {name: {"schema": schema, "texts": texts[name]} for name, schema in schemas().items()}
    run = subprocess.run(
        ["node", str(Path(__file__).with_name("node_validators.mjs")), str(folder.resolve())],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    answer: dict[str, dict[str, list[bool | str] | str]] = json.loads(run.stdout)
    return answer


def main() -> None:
    """Print the table."""
    known = schemas()
    plain = {name: documents(schema) for name, schema in known.items()}
    odd = {name: parser_documents(schema) for name, schema in known.items()}
    texts = {name: plain[name] + odd[name] for name in known}
    (_, reference), *_ = VALIDATORS.items()
    right = {name: verdicts(reference, "", schema, texts[name]) for name, schema in known.items()}
    tables: dict[str, dict[str, list[bool | str] | str]] = {}
    for tool, load in VALIDATORS.items():
        tables[tool] = {}
        for name, schema in known.items():
            try:
                tables[tool][name] = verdicts(load, tool, schema, texts[name])
            except Exception as error:  # noqa: BLE001 - the same
                tables[tool][name] = f"{type(error).__name__}: {error}"
    if len(sys.argv) > 1:
        tables |= node_verdicts(Path(sys.argv[1]), texts)
    print(f"{len(known)} schemas, {sum(map(len, plain.values()))} documents, {sum(map(len, odd.values()))} odd ones\n")
    print("| validator | schemas loaded | other verdicts | of the odd ones |\n|---|--:|--:|--:|")
    for tool, by_schema in tables.items():
        loaded = [name for name in known if isinstance(by_schema[name], list)]
        pairs = [(index < len(plain[n]), v != right[n][index]) for n in loaded for index, v in enumerate(by_schema[n])]
        other, strange = (sum(differs for is_plain, differs in pairs if is_plain is kind) for kind in (True, False))
        print(f"| {tool} | {len(loaded)} | {other} | {strange} |")
        for name in known:
            if name not in loaded:
                print(f"{tool}: {name}: {by_schema[name]}", file=sys.stderr)
            else:
                for index, found in enumerate(by_schema[name][: len(plain[name])]):
                    if found != right[name][index]:
                        print(f"{tool}: {name}: {found}: {texts[name][index][:300]}", file=sys.stderr)


if __name__ == "__main__":
    main()
