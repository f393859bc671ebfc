"""Entries of data files and lines of recordings: what each key holds is a form, and one reader serves all of them."""

from __future__ import annotations

import base64
import binascii
import json
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

from conformance.files import DataError, unknown_names
from conformance.text import Text, expected, one_of, plain, said_of

T = TypeVar("T")


class EntryError(DataError, ValueError):
    """What an entry holds is not of its form: the message names the key, what was expected there, and what there is."""


@dataclass(frozen=True, slots=True)
class Form(Generic[T]):
    """What a key holds: how a message calls it, and which values of TOML or JSON it takes.

    A message about traffic tells a text only where it should have been one of a few words (`told`): it may be a secret.
    """

    words: Text
    fits: Callable[[Any], bool]
    told: bool = False


Forms: TypeAlias = "Mapping[str, Form[Any]]"
"""What each key of an entry holds."""


_NOWHERE = 1e9
"""Pixels beyond any picture; JSON has numbers that nothing can be computed with."""


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_point(value: Any) -> bool:
    return LIST.fits(value) and len(value) == 2 and all(FINITE.fits(x) and abs(x) < _NOWHERE for x in value)


def list_of(form: Form[T], words: Text) -> Form[list[T]]:
    """A list of what another form takes."""
    return Form(words, lambda value: isinstance(value, list) and all(map(form.fits, value)))


def word_of(words: Collection[T]) -> Form[T]:
    """One of some words."""
    return Form(one_of(map(str, words)), lambda value: isinstance(value, str) and value in words, told=True)


TEXT: Form[str] = Form(Text("a string", "字符串"), lambda value: isinstance(value, str))
WHOLE: Form[int] = Form(Text("a whole number", "整数"), _is_whole)
NUMBER: Form[float] = Form(Text("a number", "数值"), lambda value: _is_whole(value) or isinstance(value, float))
FINITE: Form[float] = Form(
    Text("a finite number", "有限数值"),  # JSON has integers beyond any float
    lambda value: NUMBER.fits(value) and abs(value) <= sys.float_info.max,
)
FLAG: Form[bool] = Form(Text("a boolean", "布尔值"), lambda value: isinstance(value, bool))
TABLE: Form[dict[str, Any]] = Form(Text("a table", "表"), lambda value: isinstance(value, dict))
OBJECT: Form[dict[str, Any]] = Form(Text("an object", "对象"), TABLE.fits)
LIST: Form[list[Any]] = Form(Text("a list", "列表"), lambda value: isinstance(value, list))
TEXTS = list_of(TEXT, Text("a list of strings", "字符串列表"))
TABLES = list_of(TABLE, Text("an array of tables", "表数组"))
OBJECTS = list_of(OBJECT, Text("a list of objects", "对象列表"))
WHOLES = list_of(WHOLE, Text("a list of whole numbers", "整数列表"))
POINTER: Form[str] = Form(
    Text("a JSON Pointer such as /result", "JSON Pointer，如 /result"),
    lambda value: isinstance(value, str) and value.startswith("/"),
)
QUAD: Form[list[list[float]]] = Form(
    Text("four points of two numbers", "四个顶点，各有两个数值"),
    lambda value: LIST.fits(value) and len(value) == 4 and all(map(_is_point, value)),
)
LABELS: Mapping[str, Form[str]] = {"en": TEXT, "zh": TEXT}
"""The sentence of an entry in both languages."""


def members_of(entry: Mapping[str, object], forms: Forms, *needed: str) -> dict[str, Any]:
    """The keys of an entry as members of a value: `side-max` is `side_max`, a list a tuple; `en` and `zh` are left out.

    Raises EntryError for a key that `forms` does not have, one that holds something else, and a `needed` one that is
    not there.
    """
    unknown = sorted(set(entry) - forms.keys())
    if unknown:
        raise EntryError(unknown_names(unknown, sorted(forms)))
    for key, form in forms.items():
        if (key in entry and not form.fits(entry[key])) or (key in needed and key not in entry):
            raise EntryError(said_of(key, expected(form.words, entry.get(key))))
    members = {key.replace("-", "_"): value for key, value in entry.items() if key not in LABELS}
    return {key: tuple(value) if isinstance(value, list) else value for key, value in members.items()}


def text_from(entry: Mapping[str, object]) -> Text:
    """The `en` and `zh` members of an entry. Raises EntryError where one is missing."""
    if not isinstance(entry.get("en"), str) or not isinstance(entry.get("zh"), str):
        raise EntryError(
            f"expected the strings en and zh, found {sorted(entry)}", f"应有字符串 en 和 zh，实为 {sorted(entry)}"
        )
    return Text(str(entry["en"]), str(entry["zh"]))


def entries_of(data: Mapping[str, object], key: str) -> Mapping[str, Mapping[str, object]]:
    """Entries by name; none where there is none. Raises EntryError for anything else."""
    entries: Any = data.get(key, {})
    if not TABLE.fits(entries) or not TABLES.fits(list(entries.values())):
        raise EntryError(said_of(key, expected(Text(f"tables ([{key}.name])", f"表（[{key}.name]）"), entries)))
    return dict(entries)


def tables_of(data: Mapping[str, object], key: str) -> list[Mapping[str, object]]:
    """The tables of an array; none where there is none. Raises EntryError for anything else."""
    entries: Any = data.get(key, [])
    if not TABLES.fits(entries):
        raise EntryError(f"{key}: expected an array of tables ([[{key}]])", f"{key}：应为表数组（[[{key}]]）")
    return list(entries)


# Lines of recordings hold what somebody else's program wrote: further keys are nobody's mistake there, and a message
# tells of a value only what can be no secret.


def fitting(value: object, place: str, form: Form[T]) -> T:
    """A value that is of a form. Raises EntryError naming its place."""
    if not form.fits(value):
        raise EntryError(said_of(place, expected(form.words, _kind(value, told=form.told))))
    found: Any = value
    return found  # type: ignore[no-any-return]


def reads(form: Form[T]) -> Callable[[Mapping[str, object], str], T]:
    """What reads a key of that form in an entry, and raises EntryError where it is missing or holds something else."""
    fits = form.fits

    def read(entry: Mapping[str, object], key: str) -> T:
        value: Any = entry.get(key)
        return value if fits(value) else fitting(value, key, form)

    return read


def _kind(value: object, *, told: bool) -> Text:
    """What a value is, as far as that can be said of somebody's traffic."""
    if value is None:
        return Text("nothing", "无")
    if NUMBER.fits(value) or (told and isinstance(value, str)):
        return plain(f"{value!r:.60}")
    kinds = (form.words for form in (FLAG, TEXT, LIST, OBJECT) if form.fits(value))
    return next(kinds, plain(type(value).__name__))


Members: TypeAlias = Mapping[str, object]

_PAIR: Form[tuple[str, str]] = Form(
    Text("a pair of strings", "一对字符串"), lambda value: TEXTS.fits(value) and len(value) == 2
)
_PAIRS = list_of(_PAIR, Text("pairs of strings", "成对的字符串"))
_STATUS: Form[int] = Form(
    Text("a status of HTTP, 100 to 999", "HTTP 状态码，100～999"),
    lambda value: WHOLE.fits(value) and 100 <= value <= 999,
)

text, integer, member, http_status = reads(TEXT), reads(WHOLE), reads(OBJECT), reads(_STATUS)
"""What a member holds: a string, a whole number, an object, a status of HTTP. Each raises EntryError, a ValueError."""

_finite, _texts = reads(FINITE), reads(TEXTS)


def read_object(line: bytes | str, name: str = "line") -> Members:
    """The JSON object that a line is. Raises ValueError for anything else."""
    return as_object(_parsed(line), name)


def read_list(body: str) -> list[Any]:
    """The JSON array that a text is. Raises ValueError for anything else."""
    return as_list(_parsed(body), "text")


def _parsed(source: bytes | str) -> object:
    try:
        value: object = json.loads(source)
    except RecursionError:
        raise EntryError("expected JSON, found nesting without end", "应为 JSON，实为无尽的嵌套") from None
    return value


def as_object(value: object, name: str = "line") -> Members:
    """`value` as a JSON object. Raises EntryError."""
    return fitting(value, name, OBJECT)


def as_list(value: object, name: str) -> list[Any]:
    """`value` as a JSON array. Raises EntryError."""
    return fitting(value, name, LIST)


def number(entry: Members, name: str) -> float:
    """A member that is a finite number. Raises EntryError."""
    return float(_finite(entry, name))


def strings(entry: Members, name: str) -> tuple[str, ...]:
    """A member that is a list of strings; absent means empty. Raises EntryError."""
    return tuple(_texts(entry, name)) if name in entry else ()


def pairs(value: object, name: str) -> tuple[tuple[str, str], ...]:
    """A list of pairs of strings, as headers are kept. Raises EntryError."""
    found: tuple[tuple[str, str], ...] = tuples(fitting(value, name, _PAIRS))
    return found


def tuples(value: Any) -> Any:
    """What JSON has as lists, as tuples."""
    return tuple(map(tuples, value)) if isinstance(value, list) else value


def from_base64(body: str) -> bytes:
    """The bytes of a body that is kept as base64. Raises EntryError."""
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise EntryError(f"a body is not base64: {error}", f"报文体不是 Base64：“{error}”") from None


def to_line(value: Mapping[str, object]) -> bytes:
    """A JSON object as one line of UTF-8, line feed included; lone surrogates are written as escapes."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8") + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii") + b"\n"
