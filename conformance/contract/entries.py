"""Entries of data files: which keys one has and what each holds is a form, and one reader serves all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.files import DataError, unknown_names
from conformance.text import Text, expected, one_of, said_of


@dataclass(frozen=True, slots=True)
class Form:
    """What a key holds: how a message calls it, and which values of TOML it takes."""

    words: Text
    fits: Callable[[Any], bool]


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def list_of(form: Form, words: Text) -> Form:
    """A list of what another form takes."""
    return Form(words, lambda value: isinstance(value, list) and all(map(form.fits, value)))


def word_of(words: Collection[str]) -> Form:
    """One of some words."""
    return Form(one_of(words), lambda value: isinstance(value, str) and value in words)


TEXT = Form(Text("a string", "字符串"), lambda value: isinstance(value, str))
WHOLE = Form(Text("a whole number", "整数"), _is_whole)
NUMBER = Form(Text("a number", "数值"), lambda value: _is_whole(value) or isinstance(value, float))
FLAG = Form(Text("a boolean", "布尔值"), lambda value: isinstance(value, bool))
TABLE = Form(Text("a table", "表"), lambda value: isinstance(value, dict))
TEXTS = list_of(TEXT, Text("a list of strings", "字符串列表"))
TABLES = list_of(TABLE, Text("an array of tables", "表数组"))
WHOLES = list_of(WHOLE, Text("a list of whole numbers", "整数列表"))
POINTER = Form(
    Text("a JSON Pointer such as /result", "JSON Pointer，如 /result"),
    lambda value: isinstance(value, str) and value.startswith("/"),
)
LABELS: Mapping[str, Form] = {"en": TEXT, "zh": TEXT}
"""The sentence of an entry in both languages."""


def members_of(entry: Mapping[str, object], forms: Mapping[str, Form], *needed: str) -> dict[str, Any]:
    """The keys of an entry as members of a value: `side-max` is `side_max`, a list a tuple; `en` and `zh` are left out.

    Raises DataError for a key that `forms` does not have, one that holds something else, and a `needed` one that is
    not there.
    """
    unknown = sorted(set(entry) - forms.keys())
    if unknown:
        raise DataError(unknown_names(unknown, sorted(forms)))
    for key, form in forms.items():
        if (key in entry and not form.fits(entry[key])) or (key in needed and key not in entry):
            raise DataError(said_of(key, expected(form.words, entry.get(key))))
    members = {key.replace("-", "_"): value for key, value in entry.items() if key not in LABELS}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in members.items()}


def text_from(entry: Mapping[str, object]) -> Text:
    """The `en` and `zh` members of an entry. Raises DataError where one is missing."""
    if not isinstance(entry.get("en"), str) or not isinstance(entry.get("zh"), str):
        raise DataError(
            f"expected the strings en and zh, found {sorted(entry)}", f"应有字符串 en 和 zh，实为 {sorted(entry)}"
        )
    return Text(str(entry["en"]), str(entry["zh"]))


def entries_of(data: Mapping[str, object], key: str) -> Mapping[str, Mapping[str, object]]:
    """Entries by name; none where there is none. Raises DataError for anything else."""
    entries: Any = data.get(key, {})
    if not TABLE.fits(entries) or not TABLES.fits(list(entries.values())):
        raise DataError(said_of(key, expected(Text(f"tables ([{key}.name])", f"表（[{key}.name]）"), entries)))
    return dict(entries)


def tables_of(data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """The tables of an array; none where there is none. Raises DataError for anything else."""
    entries: Any = data.get(key, [])
    if not TABLES.fits(entries):
        raise DataError(f"{key}: expected an array of tables ([[{key}]])", f"{key}：应为表数组（[[{key}]]）")
    return list(entries)
