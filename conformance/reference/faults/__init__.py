"""The faulty implementations, and unusual but conformant ones: small named changes of the reference.

limits      checks of a request that are missing or wrong
files       files that are legal and less common, and pictures that are named by a url
refusals    refusals that are wrong
answers     the whole answer of a success, and the content of a ticket: fields, values, confidence
documents   the identity document of an answer and its alarms, and the location of a ticket or document
tickets     one ticket of an answer, and answers that should agree with each other
http        everything around the JSON
variants    conformant implementations that a check must leave alone
"""

from __future__ import annotations

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour, Fault
from conformance.reference.faults import answers, documents, http, inputs, limits, refusals, tickets
from conformance.reference.faults.variants import VARIANTS

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS: tuple[Fault, ...] = (
    *limits.FAULTS,
    *inputs.URL_FAULTS,
    *inputs.FAULTS,
    *refusals.FAULTS,
    *answers.FAULTS,
    *documents.PLACE_FAULTS,
    *tickets.FAULTS,
    *answers.CONTENT_FAULTS,
    *documents.FAULTS,
    *tickets.RELATION_FAULTS,
    *http.FAULTS,
)
ALL: tuple[Fault, ...] = FAULTS + VARIANTS


def chinese_titles(faults: Iterable[Fault]) -> dict[str, str]:
    """What faults do, in Chinese, by id: from `titles_zh.toml` beside this, which also has the words of rules.

    A fault that nobody translated is left out.
    """
    told = tomllib.loads(Path(__file__).with_name("titles_zh.toml").read_text(encoding="utf-8"))
    found: dict[str, str] = {}
    for fault in faults:
        begins = [words for words in told["by-rule"] if fault.title.startswith(words)]
        if fault.id in told["title"]:
            found[fault.id] = told["title"][fault.id]
        elif ":" in fault.id and begins:
            rest = fault.title.removeprefix(begins[0]).removesuffix(" of any type").replace(" with ", "，改为 ")
            found[fault.id] = told["by-rule"][begins[0]] + rest
    return found


def combine(ids: Iterable[str], more: Iterable[Fault] = ()) -> Behaviour:
    """The behaviour of several faults at once, in the order given; `more` are known beside those of the fleet.

    Raises ValueError for an id that no fault or variant has, naming those that are alike.
    """
    known = {fault.id: fault for fault in (*ALL, *more)}
    behaviour = Behaviour()
    for name in ids:
        if name not in known:
            alike = get_close_matches(name, known, n=3)
            hint = f"did you mean {' or '.join(alike)}?" if alike else "--list-faults lists them all"
            raise ValueError(f"no fault or variant is named {name!r}; {hint}")
        behaviour += known[name].change
    return behaviour
