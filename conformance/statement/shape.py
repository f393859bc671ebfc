"""What the JSON Schema of target statements says against one, in sentences: what was expected, what was found."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, cast

from conformance.files import data_folder, read_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jsonschema import ValidationError

    from conformance.statement.lines import KeyPath

_KINDS = {
    "string": "text in quotes",
    "integer": "a number",
    "number": "a number",
    "array": "a list",
    "object": "a table",
}
_LONGEST = 200
_SECRETS = frozenset({"token", "ak", "sk", "password", "iam-password", "user", "secret", "secrets"})


def statement_schema() -> Mapping[str, object]:
    """The JSON Schema of target statements."""
    return cast("Mapping[str, object]", read_json(data_folder("schemas") / "statement.schema.json"))


def shape_mistakes(data: Mapping[str, object], schema: Mapping[str, object]) -> Iterator[tuple[KeyPath, str]]:
    """The place of each breach of the schema, and a sentence on it; numbers of a statement are finite, too."""
    from jsonschema import Draft202012Validator  # late: without a statement nothing here is needed

    validator = Draft202012Validator(schema)
    yield from _endless_numbers((), data)
    # Two keywords may say one thing: `pattern`, and `not` where `$` would let a line break pass in Python alone.
    yield from dict.fromkeys(mistake for error in validator.iter_errors(data) for mistake in _mistakes(error))


def _mistakes(error: ValidationError) -> Iterator[tuple[KeyPath, str]]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, error)
    elif error.validator == "required":
        yield from _missing_keys(path, error)
    else:
        yield path, f"{shown_place(path)}: expected {_expected(error)}; found {shown_value(error.instance)}"


def _endless_numbers(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, str]]:
    """Numbers that TOML has and JSON Schema cannot refuse: `nan`, `inf`, and integers beyond any float."""
    if isinstance(value, dict | list):
        for key, below in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _endless_numbers((*path, key), below)
    elif isinstance(value, int | float):
        try:
            finite = math.isfinite(value)
        except OverflowError:
            finite = False
        if not finite:
            yield path, f"{shown_place(path)}: expected a finite number; found {shown_value(value)}"


def _unknown_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, str]]:
    known = cast("Mapping[str, object]", cast("Mapping[str, object]", error.schema)["properties"])
    for key in cast("Mapping[str, object]", error.instance):
        if key not in known:
            place = shown_place(path) if path else "the statement"
            hint = "; secrets go into the environment or a secrets file, never here" if key in _SECRETS else ""
            yield (*path, key), f"{place} has no key {key!r}; known are {', '.join(known)}{hint}"


def _missing_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, str]]:
    needed = cast("list[str]", error.validator_value)
    missing = [key for key in needed if key not in cast("Mapping[str, object]", error.instance)]
    # jsonschema reports each missing key on its own, in a message that begins with it: one sentence is enough for all.
    if error.message.startswith(f"{missing[0]!r} "):
        yield path, f"{shown_place(path)}: expected {', '.join(needed)}; found no {', '.join(missing)}"


def _expected(error: ValidationError) -> str:
    schema = cast("Mapping[str, object]", error.schema)
    match error.validator:
        case "enum":
            return "one of " + ", ".join(f'"{value}"' for value in cast("list[str]", error.validator_value))
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            return " or ".join(_KINDS[str(kind)] for kind in kinds)
        case "minLength":
            return "text that is not empty"
        case "minItems" if error.validator_value == 1:
            return "at least one entry"
        case "uniqueItems":
            return "each entry once"
        case "anyOf":
            return str(schema.get("description", "text in quotes"))
        case _:
            return str(schema["description"])


def shown_value(value: object) -> str:
    """A value of a statement as it is written there, cut where it is long; an address with a user in it may hold a
    password, too.
    """
    if isinstance(value, str) and "@" in value:
        return "one with a user in it"
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def shown_place(path: KeyPath) -> str:
    """`target.proxy`, `waiver 2: expires`, `contract."auto-classification-v1.0".types`."""
    text = ""
    for before, part in zip(("", *path), path, strict=False):
        if isinstance(part, int):
            text += f" {part + 1}"
            continue
        key = part if re.fullmatch(r"[A-Za-z_-]+", part) else f'"{part}"'
        text += f": {key}" if isinstance(before, int) else f".{key}" if text else key
    return text
