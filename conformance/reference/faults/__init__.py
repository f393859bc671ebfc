"""The faulty implementations, and unusual but conformant ones: small named changes of the reference.

    requests            what is let through and what is not: checks, files, urls
    replies             refusals, how an answer is written and sent, what stands around a result
    tickets             the tickets of an answer: their list, their status, their content
    documents           the identity document of an answer and its alarms; locations; answers that should agree
    variant_requests    variants: what is accepted otherwise, and what a target statement has to declare
    variant_replies     variants: refusals and answers of another form

Variants are conformant, and a check must leave them alone: where the documents are silent or contradict themselves they
take a reading that the reference does not take; their numbers say of which open points. `titles.toml` says in both
languages what each fault and variant does whose entry does not say it.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from difflib import get_close_matches
from importlib.resources import files
from typing import TYPE_CHECKING

from conformance.reference.behaviour import Behaviour
from conformance.reference.faults import documents, replies, requests, tickets, variant_replies, variant_requests

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from conformance.reference.behaviour import Fault


_TITLES = tomllib.loads(files("conformance.reference").joinpath("faults", "titles.toml").read_text(encoding="utf-8"))


def _told(*faults: Fault) -> tuple[Fault, ...]:
    """Faults with what they do: as their entry or `titles.toml` says it, else in the words of their id."""
    return tuple(fault if fault.title else _titled(fault, _TITLES.get(fault.id, {})) for fault in faults)


def _titled(fault: Fault, told: Mapping[str, str]) -> Fault:
    return replace(fault, title=told.get("en", fault.id.replace("-", " ")), zh=told.get("zh", ""))


FAULTS = _told(
    *requests.CHECKS,
    *requests.URLS,
    *requests.FILES,
    *replies.REFUSALS,
    *replies.RESULTS,
    *documents.PLACES,
    *tickets.TICKETS,
    *tickets.CONTENTS,
    *documents.DOCUMENTS,
    *documents.RELATIONS,
    *replies.WIRE,
)
VARIANTS = _told(
    *variant_requests.REQUESTS,
    *variant_replies.REFUSALS,
    *variant_replies.ANSWERS,
    *variant_replies.WIRE,
    *variant_requests.DECLARED,
)
ALL: tuple[Fault, ...] = FAULTS + VARIANTS


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
