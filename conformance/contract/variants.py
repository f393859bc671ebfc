"""Kinds of one result, told apart by the values of one of its members: a table of a page may be about one alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from conformance.files import DataError
from conformance.text import Text, expected, said_of


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several kinds of what stands `at` a place of an answer: there the member `by` has one of `values`.

    `name` is what the keywords of requirements call it: `/result used-vehicle-sales required:total`.
    """

    name: str
    at: str
    by: str
    values: tuple[str, ...]


_VARIANT = Text(
    "{ name, at, by, values }, with a name of small letters and a JSON Pointer",
    "{ name, at, by, values }，name 为小写字母，at 为 JSON Pointer",
)


def read_variant(entry: object) -> Variant:
    """The kind of result that a table is about. Raises DataError.

    `request` and `shows` beside it say what the reference answers with it.
    """
    known = entry if isinstance(entry, dict) and {"name", "at", "by", "values"} <= entry.keys() else {}
    values = known.get("values")
    lists = isinstance(values, list) and all(isinstance(value, str) for value in values)
    if not (lists and re.fullmatch(r"[a-z0-9-]+", str(known["name"])) and str(known["at"]).startswith("/")):
        raise DataError(said_of("variant", expected(_VARIANT, entry)))
    return Variant(str(known["name"]), str(known["at"]), str(known["by"]), tuple(cast("list[str]", values)))
