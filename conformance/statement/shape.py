"""What the JSON Schema of target statements says against one, in sentences: what was expected, what was found."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, cast

from conformance.files import data_folder, read_json
from conformance.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jsonschema import ValidationError

    from conformance.statement.lines import KeyPath

_KINDS = {
    "string": Text("text in quotes", "加引号的文本"),
    "integer": Text("a number", "数"),
    "number": Text("a number", "数"),
    "array": Text("a list", "列表"),
    "object": Text("a table", "表"),
}
_LONGEST = 200
_SECRETS = frozenset({"token", "ak", "sk", "password", "iam-password", "user", "secret", "secrets"})
_NEVER_HERE = Text(
    "; secrets go into the environment or a secrets file, never here", "；密钥应放在环境变量或密钥文件中，不得写在这里"
)


def statement_schema() -> Mapping[str, object]:
    """The JSON Schema of target statements."""
    return cast("Mapping[str, object]", read_json(data_folder("schemas") / "statement.schema.json"))


def shape_mistakes(data: Mapping[str, object], schema: Mapping[str, object]) -> Iterator[tuple[KeyPath, Text]]:
    """The place of each breach of the schema, and a sentence on it; numbers of a statement are finite, too."""
    from jsonschema import Draft202012Validator  # late: without a statement nothing here is needed

    validator = Draft202012Validator(schema)
    yield from _endless_numbers((), data)
    # Two keywords may say one thing: `pattern`, and `not` where `$` would let a line break pass in Python alone.
    yield from dict.fromkeys(mistake for error in validator.iter_errors(data) for mistake in _mistakes(error))


def _mistakes(error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties":
        yield from _unknown_keys(path, error)
    elif error.validator == "required":
        yield from _missing_keys(path, error)
    else:
        yield path, wrong_value(shown_place(path), _expected(error), error.instance)


def _endless_numbers(path: KeyPath, value: object) -> Iterator[tuple[KeyPath, Text]]:
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
            yield path, wrong_value(shown_place(path), Text("a finite number", "有限的数"), value)


def _unknown_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    known = cast("Mapping[str, object]", cast("Mapping[str, object]", error.schema)["properties"])
    for key in cast("Mapping[str, object]", error.instance):
        if key not in known:
            place = Text.of(shown_place(path)) if path else Text("the statement", "声明")
            hint = _NEVER_HERE if key in _SECRETS else Text("", "")
            yield (
                (*path, key),
                Text(
                    f"{place.en} has no key {key!r}; known are {', '.join(known)}{hint.en}",
                    f"{place.zh} 中没有键 {key!r}；已知的键有 {'、'.join(known)}{hint.zh}",
                ),
            )


def _missing_keys(path: KeyPath, error: ValidationError) -> Iterator[tuple[KeyPath, Text]]:
    needed = cast("list[str]", error.validator_value)
    missing = [key for key in needed if key not in cast("Mapping[str, object]", error.instance)]
    # jsonschema reports each missing key on its own, in a message that begins with it: one sentence is enough for all.
    if error.message.startswith(f"{missing[0]!r} "):
        yield (
            path,
            Text(
                f"{shown_place(path)}: expected {', '.join(needed)}; found no {', '.join(missing)}",
                f"{shown_place(path)}：应有 {'、'.join(needed)}；缺少 {'、'.join(missing)}",
            ),
        )


def _expected(error: ValidationError) -> Text:
    schema = cast("Mapping[str, object]", error.schema)
    match error.validator:
        case "enum":
            return one_of(cast("list[str]", error.validator_value))
        case "type":
            kinds = error.validator_value if isinstance(error.validator_value, list) else [error.validator_value]
            named = [_KINDS[str(kind)] for kind in kinds]
            return Text(" or ".join(kind.en for kind in named), "或".join(kind.zh for kind in named))
        case "minLength":
            return Text("text that is not empty", "非空文本")
        case "minItems" if error.validator_value == 1:
            return Text("at least one entry", "至少一项")
        case "uniqueItems":
            return Text("each entry once", "每项仅出现一次")
        case "anyOf":
            return Text.of(str(schema["description"])) if "description" in schema else _KINDS["string"]
        case _:
            return Text.of(str(schema["description"]))


def one_of(names: Iterable[object]) -> Text:
    """`one of "a", "b"`."""
    quoted = [f'"{name}"' for name in names]
    return Text(f"one of {', '.join(quoted)}", f"{'、'.join(quoted)} 之一")


def wrong_value(where: str, expected: Text, value: object) -> Text:
    """What was expected at a place of a statement, and the value that was found; a secret is not repeated."""
    found = shown_value(value)
    return Text(f"{where}: expected {expected.en}; found {found.en}", f"{where}：应为{expected.zh}；实为 {found.zh}")


def shown_value(value: object) -> Text:
    """A value of a statement as it is written there, cut where it is long; an address with a user in it may hold a
    password, too.
    """
    if isinstance(value, str) and "@" in value:
        return Text("one with a user in it", "含用户名的地址")
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    shown = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    return Text(shown, shown)


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
