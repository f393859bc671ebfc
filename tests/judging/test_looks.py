"""Whatever is said at a glance is what the judge says, on healthy answers and on answers broken in every known way."""

from __future__ import annotations

import base64
import json
import os
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from answer_mutants import Mutant, changed_twice, mutants
from answers import TICKETS, exchange, png, tickets_answer
from healthy_cases import recorded_cases
from promises import Case

from conformance.contract.contract import Contract, load_contract
from conformance.exchange import Exchange, Lean, Response
from conformance.judging import judge
from conformance.judging.looks import Looks, Seen
from conformance.judging.results import Observation
from conformance.judging.view import View

DRAWN = int(os.environ.get("OCR_CONFORMANCE_LOOKS", "1500"))
"""Answers that are drawn, with one change and with two."""

BEFORE = (1, 20)
"""Healthy answers that were seen before: one that teaches a look, or enough for a type of its own."""

KINDS = 3 if DRAWN < 10_000 else 100
"""Recorded exchanges whose answers are changed."""


def bits_of(contract: Contract) -> dict[str, int]:
    """A bit for each requirement."""
    return {one.id: 1 << place for place, one in enumerate(contract.requirements.values())}


def as_traffic(judged: Exchange) -> Exchange:
    """The exchange as somebody else would have recorded it: nothing is known about its picture."""
    return replace(judged, request=replace(judged.request, truth=None, label=None, stated=None, pictures=()))


def ticket_exchange(width: int = 2000, height: int = 1500) -> Exchange:
    """Two recognised tickets and a failed one, on a picture that is as long as pictures are."""
    made = png(width, height)
    picture = made[:33] + (300).to_bytes(4, "big") + b"tEXt" + b"x" * 300 + b"\0\0\0\0" + made[33:]
    body = json.dumps({"image": base64.b64encode(picture).decode()}).encode()
    judged = as_traffic(exchange(TICKETS))
    return replace(judged, request=replace(judged.request, body=body))


def summed(found: list[Observation], bits: dict[str, int]) -> tuple[int, int] | None:
    """What the judge says: proven and broken; None where anything is undecided."""
    if any(one.state == "undecided" or one.slip for one in found):
        return None
    proven = sum(bits[one.requirement] for one in found if one.state == "held")
    return proven, sum(bits[one.requirement] for one in found if one.state == "broken")


def cases() -> list[Case]:
    """Accepted exchanges of the recording that are about tickets, and two more, as traffic of others."""
    two = ticket_exchange()
    assert isinstance(two.answer, Response)
    small = replace(two, answer=replace(two.answer, body=json.dumps(healthy()).encode()))
    recorded = [case.exchange for case in recorded_cases() if case.contract == TICKETS]
    accepted = [one for one in recorded if one.request.label is None and View(one, load_contract(TICKETS)).accepted]
    return [Case(TICKETS, as_traffic(one)) for one in (small, two, *accepted[:KINDS])]


def drawn(count: int) -> Iterator[Mutant]:
    """So many answers with one change, and as many with two."""
    once = list(mutants(cases()))
    random.Random(1).shuffle(once)
    yield from once[:count]
    yield from changed_twice(once, count, 7)


def test_what_is_said_at_a_glance_is_what_the_judge_says() -> None:
    contract = load_contract(TICKETS)
    bits = bits_of(contract)
    found: list[Observation] = []
    judged_again: list[View] = []

    def known(view: View) -> list[Observation]:
        judged_again.append(view)
        return found

    looks, told = Looks(contract, bits, judge), Looks(contract, bits, known)
    glanced = said = 0
    for mutant in drawn(DRAWN):
        judged = mutant.case.exchange
        view, lean = View(judged, contract), Lean.of(judged)
        seen = looks.see(lean) if lean is not None else None
        found = judge(view)
        if seen is not None:
            glanced += 1
            assert summed(found, bits) == (seen.proven, seen.broken), mutant
        assert told.say(view) == found, mutant
        said += 1
    assert glanced > 300, "most mutants are to be judged, and many are not"
    assert said - len(judged_again) > 100, "some are told as they were told before"


def glance(answer: Any, written: str = "", before: int = 1) -> Seen | None:
    """What is said of an answer at a later glance: the first one learns its look, many give its tickets a type."""
    contract = load_contract(TICKETS)
    looks = Looks(contract, bits_of(contract), judge)
    lean = Lean.of(ticket_exchange())
    assert lean is not None
    lean.answer = json.dumps(healthy()).encode()
    for _ in range(before):
        assert looks.see(lean) is not None
    lean.answer = (written or json.dumps(answer)).encode()
    return looks.see(lean)


def texts_of(ticket: Any) -> list[str]:
    """The names of what a ticket says."""
    return [name for name, value in ticket["content"].items() if isinstance(value, str)]


def healthy() -> dict[str, Any]:
    """An answer with two recognised tickets."""
    answer = tickets_answer()
    answer["result"].pop()
    return answer


@pytest.mark.parametrize("before", BEFORE)
def test_a_healthy_answer_is_told_at_a_glance(before: int) -> None:
    seen = glance(healthy(), before=before)
    assert seen is not None
    assert (seen.broken, seen.tickets) == (0, 2)


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("a day that is none", lambda ticket: ticket["content"].update(departure_time="2026年02月30日09:15")),
        ("a confidence of 1.1", lambda ticket: ticket["content"]["confidence"].update(train_number=1.1)),
        ("a corner beside the picture", lambda ticket: ticket["location"].__setitem__(1, [5000, 100])),
        ("another corner first", lambda ticket: ticket.update(location=ticket["location"][::-1])),
        ("half pixels", lambda ticket: ticket["location"].__setitem__(0, [800.5, 100])),
        ("blanks only", lambda ticket: ticket["content"].update(dict.fromkeys(texts_of(ticket), " "))),
    ],
)
def test_a_value_that_may_break_something_is_left_to_the_judge(name: str, change: Any, before: int) -> None:
    answer = healthy()
    change(answer["result"][1])
    assert glance(answer, before=before) is None, name


def test_tickets_that_were_told_often_are_told_by_a_type_of_their_own() -> None:
    contract = load_contract(TICKETS)
    looks = Looks(contract, bits_of(contract), judge)
    lean = Lean.of(ticket_exchange())
    assert lean is not None
    lean.answer = json.dumps(healthy()).encode()
    first = looks.see(lean)
    for _ in range(BEFORE[-1]):
        assert looks.see(lean) == first
    assert tuple(looks._typed) == ("quota_invoice", "train_ticket")


@pytest.mark.parametrize("before", BEFORE)
def test_a_ticket_that_stands_twice_is_left_to_the_judge(before: int) -> None:
    answer = healthy()
    answer["result"].append(answer["result"][0])
    assert glance(answer, before=before) is None


@pytest.mark.parametrize("before", BEFORE)
def test_a_ticket_that_stands_twice_in_two_looks_is_left_to_the_judge(before: int) -> None:
    answer = healthy()
    again = json.loads(json.dumps(answer["result"][0]))
    del again["content"]["confidence"]
    answer["result"].append(again)
    assert glance(answer, before=before) is None


@pytest.mark.parametrize("before", BEFORE)
def test_a_key_that_stands_twice_is_left_to_the_judge(before: int) -> None:
    plain = json.dumps(healthy())
    assert glance(healthy(), plain.replace('"amount":', '"amount": "x", "amount":', 1), before) is None


@pytest.mark.parametrize("before", BEFORE)
@pytest.mark.parametrize("number", ["NaN", "1e400", "\\ud800"])
def test_what_a_fast_parser_cannot_read_is_left_to_the_judge(number: str, before: int) -> None:
    written = json.dumps(healthy()).replace(
        "[100, 100]", f'["{number}", 100]' if "\\" in number else f"[{number}, 100]", 1
    )
    assert glance(healthy(), written, before) is None


def test_a_breach_that_every_answer_of_a_look_has_is_told_at_a_glance() -> None:
    answer = healthy()
    answer["result"][0]["content"]["seen_by"] = "x"
    contract = load_contract(TICKETS)
    seen = glance(answer)
    assert seen is not None
    assert seen.broken == bits_of(contract)[f"{TICKETS}/content.unlisted"]


def test_a_place_is_held_against_the_picture_that_it_is_on() -> None:
    contract = load_contract(TICKETS)
    looks = Looks(contract, bits_of(contract), judge)
    for (width, height), ticket in zip([(900, 700), (2000, 1500)], healthy()["result"], strict=True):
        lean = Lean.of(ticket_exchange(width, height))
        assert lean is not None
        lean.answer = json.dumps({"result": [ticket]}).encode()
        seen = looks.see(lean)
        assert seen is not None
        assert seen.broken == 0, "the second ticket is beyond the first picture, which is of the same kind"


def test_another_status_is_left_to_the_judge() -> None:
    contract = load_contract(TICKETS)
    looks = Looks(contract, bits_of(contract), judge)
    judged = ticket_exchange()
    assert isinstance(judged.answer, Response)
    lean = Lean.of(replace(judged, answer=replace(judged.answer, status=201)))
    assert lean is not None
    assert looks.see(lean) is None
