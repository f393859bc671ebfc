"""A quick yes: whether a value satisfies a derived schema.

Most answers do, and to say so takes a fraction of the time of a validator that could also say what is wrong. Where the
answer is no, jsonschema says it. A test holds the two against each other.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

Schema: TypeAlias = Mapping[str, object]
Predicate: TypeAlias = "Callable[[object], bool]"

_SILENT = frozenset({"$schema", "$id", "title", "description", "x-source", "x-requirement"})
"""Keywords that say nothing about a value."""

_NUMBERS = (int, float)


def predicate(schema: Schema) -> Predicate:
    """Whether a value satisfies the schema, as a function. Raises ValueError for an unknown keyword or type."""
    parts = [_MAKERS[keyword](schema) for keyword in schema if keyword in _MAKERS]
    unknown = set(schema) - _MAKERS.keys() - _SILENT - {"then", "else"}
    if unknown:
        raise ValueError(f"expected keywords of derived schemas, found {', '.join(sorted(unknown))}")
    if len(parts) == 1:
        return parts[0]

    def every(value: object) -> bool:
        return all(part(value) for part in parts)

    return every


def _type(schema: Schema) -> Predicate:
    stated = schema["type"]
    names = cast("list[str]", stated if isinstance(stated, list) else [stated])
    if not _TYPES.keys() >= set(names):
        raise ValueError(f"type: expected one of {', '.join(_TYPES)}, found {stated!r}")
    single = [_TYPES[name] for name in names]
    return single[0] if len(single) == 1 else lambda value: any(test(value) for test in single)


def _integer(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


_TYPES: Mapping[str, Predicate] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": lambda value: isinstance(value, _NUMBERS) and not isinstance(value, bool),
    "integer": _integer,
}


def _required(schema: Schema) -> Predicate:
    names = frozenset(cast("list[str]", schema["required"]))
    return lambda value: not isinstance(value, dict) or names <= value.keys()


def _properties(schema: Schema) -> Predicate:
    below = {name: predicate(member) for name, member in cast("Mapping[str, Schema]", schema["properties"]).items()}

    def members(value: object) -> bool:
        if isinstance(value, dict):
            for name, test in below.items():
                if name in value and not test(value[name]):
                    return False
        return True

    return members


def _items(schema: Schema) -> Predicate:
    test = predicate(cast("Schema", schema["items"]))
    return lambda value: not isinstance(value, list) or all(map(test, value))


def _if(schema: Schema) -> Predicate:
    condition = predicate(cast("Schema", schema["if"]))
    then, otherwise = (predicate(cast("Schema", schema.get(name, {}))) for name in ("then", "else"))
    return lambda value: (then if condition(value) else otherwise)(value)


def _all_of(schema: Schema) -> Predicate:
    tests = [predicate(part) for part in cast("list[Schema]", schema["allOf"])]
    return lambda value: all(test(value) for test in tests)


def _text(keyword: str) -> Callable[[Schema], Predicate]:
    def make(schema: Schema) -> Predicate:
        stated = schema[keyword]
        values = cast("list[object]", stated if isinstance(stated, list) else [stated])
        if not all(isinstance(value, str) for value in values):
            raise ValueError(f"{keyword}: expected texts, found {values!r}")
        allowed = frozenset(values)
        return lambda value: isinstance(value, str) and value in allowed

    return make


def _pattern(schema: Schema) -> Predicate:
    try:
        search = re.compile(str(schema["pattern"])).search
    except re.error as error:
        raise ValueError(f"pattern: {error}") from error
    return lambda value: not isinstance(value, str) or search(value) is not None


def _not(schema: Schema) -> Predicate:
    test = predicate(cast("Schema", schema["not"]))
    return lambda value: not test(value)


def _length(schema: Schema) -> Predicate:
    least, most = _end(schema, "minItems", 0), _end(schema, "maxItems", math.inf)
    return lambda value: not isinstance(value, list) or least <= len(value) <= most


def _text_length(schema: Schema) -> Predicate:
    most = _end(schema, "maxLength", math.inf)
    return lambda value: not isinstance(value, str) or len(value) <= most


def _range(schema: Schema) -> Predicate:
    least, most = _end(schema, "minimum", -math.inf), _end(schema, "maximum", math.inf)
    return lambda value: not isinstance(value, _NUMBERS) or isinstance(value, bool) or least <= value <= most


def _end(schema: Schema, keyword: str, otherwise: float) -> float:
    value = schema.get(keyword, otherwise)
    if not isinstance(value, _NUMBERS) or isinstance(value, bool):
        raise ValueError(f"{keyword}: expected a number, found {value!r}")
    return value


_MAKERS: Mapping[str, Callable[[Schema], Predicate]] = {
    "type": _type,
    "required": _required,
    "properties": _properties,
    "items": _items,
    "if": _if,
    "allOf": _all_of,
    "enum": _text("enum"),
    "const": _text("const"),
    "pattern": _pattern,
    "not": _not,
    "maxLength": _text_length,
    "minItems": _length,
    "maxItems": _length,
    "minimum": _range,
    "maximum": _range,
}
